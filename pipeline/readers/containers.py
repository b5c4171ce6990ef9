"""Files that hold many documents: MediaWiki dumps, each page a document of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from pipeline.readers import mediawiki_xml as dump
from pipeline.readers.files import Unreadable, encode_path

_NAME = re.compile(rb"\.xml(?:\.(?:bz2|gz|zst))?$", re.I)
HEAD = 4096  # bytes in which a plain dump shows its root element
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


def is_container(raw: str | os.PathLike[str], real: bytes) -> bool:
    """Whether a file is a dump, by its name and its first bytes."""
    if not _NAME.search(real):
        return False
    try:
        with _opened(raw, real) as file:
            return bool(dump.packing(file)) or b"<mediawiki" in (file.seek(0), file.read(HEAD))[1]
    except (OSError, Unreadable):
        return False


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
            yield Member(name, page.text, skip, "" if skip else error, page.title, site.language, page.extra())


def _skip(page: dump.Page) -> str:
    if page.namespace != ARTICLES:
        return "namespace"
    if page.redirect:
        return "redirect"
    return "not_wikitext" if page.model and page.model != "wikitext" else ""


@contextmanager
def _opened(raw: str | os.PathLike[str], real: bytes) -> Iterator[BinaryIO]:
    handle = os.open(os.path.join(os.fsencode(raw), real), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        yield file
