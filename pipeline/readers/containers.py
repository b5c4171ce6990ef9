"""Files that hold many documents: MediaWiki dumps, each page a document of its own."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from pipeline.readers import mediawiki_xml as dump
from pipeline.readers.files import Unreadable, encode_path, open_regular

_NAME = re.compile(rb"\.xml(?:\.(?:bz2|gz|zst))?$", re.I)
HEAD = 4096  # bytes in which a plain dump shows its root element
SITE = 1 << 16  # bytes in which a dump says what wiki it is of
ARTICLES = 0  # namespace of pages that are content; talk, users, templates and the rest are the wiki's own affairs


class Member(NamedTuple):
    """One document of a container."""

    path: str  # the container's path, `!/` and the member's name, percent-encoded
    text: str  # as the container holds it
    skip: str  # why it is no document: redirect | namespace | not_wikitext; empty for what is to be read
    error: str  # why it cannot be read, one sentence; empty where it can
    title: str
    language: str
    extra: dict[str, str]  # facts for the parser: page id, revision, timestamp, contributor, namespace
    hint: str = "split the page, or leave it out of the dump"  # the next step where it cannot be read
    data: bytes = b""  # its bytes, where the container holds bytes and not text
    format: str = ""  # as the container states it; empty to detect it
    url: str = ""  # where it was read, as the container states it


def is_container(raw: str | os.PathLike[str], real: bytes) -> bool:
    """Whether a file is a dump, by its name and its first bytes."""
    if not _NAME.search(real):
        return False
    try:
        with _opened(raw, real) as file:
            return bool(dump.packing(file)) or b"<mediawiki" in (file.seek(0), file.read(HEAD))[1]
    except (OSError, Unreadable):
        return False


def may_be(real: bytes) -> bool:
    """Whether a file may be a container, by its name alone."""
    return bool(_NAME.search(real))


def digest(raw: str | os.PathLike[str], real: bytes, start: int, end: int) -> str:
    """Hash of all bytes that the members of a range come from: the range, and the head of the file.

    Raises Unreadable.
    """
    found = hashlib.sha256()
    with _opened(raw, real) as file:
        found.update(file.read(SITE))
        file.seek(start)
        while start < end and (piece := file.read(min(1 << 20, end - start))):
            found.update(piece)
            start += len(piece)
    return found.hexdigest()


def chunks(raw: str | os.PathLike[str], real: bytes) -> Iterator[tuple[int, int]]:
    """Byte ranges of a container that different workers can read; together they hold every member once."""
    with _opened(raw, real) as file:
        for chunk in dump.split(file):
            yield chunk.start, chunk.end


def members(raw: str | os.PathLike[str], path: str, real: bytes, start: int, end: int) -> Iterator[Member]:
    """The members of a byte range, in order, streamed.

    Raises Unreadable where the container is damaged; the members before the damage have been given by then.
    """
    with _opened(raw, real) as file:
        site = dump.site_info(file)
        for page in dump.pages(file, start, end):
            name = f"{path}!/{encode_path(page.title.encode('utf-8', 'replace'))}"
            error = "the page is larger than a document may be" if page.oversized else "" if page.text.strip() else "the page is empty"
            skip = _skip(page)
            yield Member(name, page.text, skip, "" if skip else error, page.title, site.language, page.extra(), format="wikitext")


def _skip(page: dump.Page) -> str:
    if page.namespace != ARTICLES:
        return "namespace"
    if page.redirect:
        return "redirect"
    return "not_wikitext" if page.model and page.model != "wikitext" else ""


@contextmanager
def _opened(raw: str | os.PathLike[str], real: bytes) -> Iterator[BinaryIO]:
    with os.fdopen(open_regular(raw, real), "rb") as file:
        yield file
