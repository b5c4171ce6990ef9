"""MediaWiki dumps: each page a document of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pipeline.readers import mediawiki_xml as dump
from pipeline.readers.containers.member import Member
from pipeline.readers.files import encode_path
from pipeline.readers.unpack import packing

HEAD = 4096  # bytes in which a plain dump shows its root element
SITE = 1 << 16  # bytes in which a dump says what wiki it is of
CHECKSUM = 16  # bytes at the end of a file of bzip2, which hold the checksum of its last stream
ARTICLES = 0  # namespace of pages that are content; talk, users, templates and the rest are the wiki's own affairs


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether a file is a dump, by its first bytes."""
    return bool(packing(file)) or b"<mediawiki" in (file.seek(0), file.read(HEAD))[1]


def chunks(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Stretches of pages."""
    for chunk in dump.split(file):
        yield chunk.start, chunk.end


def facts(file: BinaryIO) -> bytes:
    """What the head says of the wiki, and the checksum of all at the end: a page may go on in the blocks behind its stretch."""
    end = b""
    if packing(file) == "bz2":
        file.seek(max(0, file.seek(0, 2) - CHECKSUM))
        end = file.read()
    file.seek(0)
    return file.read(SITE) + end


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The pages of a stretch."""
    site = dump.site_info(file)
    names = "\n".join(f"{number} {name}" for number, name in site.namespaces.items() if name)
    spaces = {"namespaces": names} if names else {}
    for page in dump.pages(file, start, end):
        name = f"{path}!/{encode_path(page.title.encode('utf-8', 'replace'))}"
        error = "the page is larger than a document may be" if page.oversized else "" if page.text.strip() else "the page is empty"
        skip = _skip(page)
        hint, extra = "split the page, or leave it out of the dump", page.extra() | spaces
        yield Member(name, page.text, skip, "" if skip else error, page.title, site.language, extra, hint, format="wikitext")


def _skip(page: dump.Page) -> str:
    if page.namespace != ARTICLES:
        return "namespace"
    if page.redirect:
        return "redirect"
    return "not_wikitext" if page.model and page.model != "wikitext" else ""
