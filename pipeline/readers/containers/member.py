"""What every kind of container gives: members, each a document or the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from pipeline.model import ParseOptions
from pipeline.readers.files import MAX_BYTES, encode_path, skip_reason

MOST_NAMES = 1_000_000  # names of a stretch that are held to tell members of one name apart: 130 MB, of which a worker has 1.4 GiB
TOO_LARGE = f"it is larger than {MAX_BYTES >> 20} MiB"
EMPTY = "it is empty"
PACK_AGAIN = "pack the archive again with names that lead nowhere but into it"
_BODY = re.compile(r"<body\b[^<>]*>", re.I)
_BODY_END = re.compile("</body", re.I)
_ESCAPES = re.compile(rb"^(?:[/\\]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)|\0")


class Member(msgspec.Struct, frozen=True):
    """One document of a container."""

    path: str  # the container's path, `!/` and the member's name, percent-encoded
    text: str = ""  # as the container holds it, where it holds text
    skip: str = ""  # why it is no document; empty for what is to be read
    error: str = ""  # why it cannot be read, one sentence; empty where it can
    title: str = ""
    language: str = ""
    extra: dict[str, str] = {}  # facts for the parser: page id, revision, timestamp, contributor, namespace
    hint: str = "split it, or leave it out"  # the next step where it cannot be read
    data: bytes = b""  # its bytes, where the container holds bytes and not text
    format: str = ""  # as the container states it; empty to detect it
    mode: str = ""  # for HTML: what is asked of it, where it is no page of a site
    url: str = ""  # where it was read, as the container states it
    facts: dict[str, Any] = {}  # fields of the document that the container states: created, modified, license, metadata

    def options(self, source: ParseOptions) -> ParseOptions:
        """What is asked of the document's parser: what its source asks, and what the container knows of it."""
        return msgspec.structs.replace(
            source,
            mode=self.mode or source.mode,
            title=self.title,
            language=source.language or self.language,
            base_url=self.url or source.base_url,
            extra=self.extra,
        )


def body_of(page: str) -> str:
    """What stands in the body of a page, all of it where no body is marked: pages are joined to one document by it. Linear.

    >>> body_of("<html><BODY class='a'><p>b</p></body></html>"), body_of("<p>b</p>")
    ('<p>b</p>', '<p>b</p>')
    """
    found = _BODY.search(page)
    if not found:
        return page
    ends = [end.start() for end in _BODY_END.finditer(page, found.end())]
    return page[found.end() : ends[-1] if ends else len(page)]


def named(path: str, name: bytes, data: bytes | None, again: str = "") -> Member:
    """A member of an archive, from its name there and its bytes; None for one that is too large.

    `again` tells members of one name apart. Nothing is ever written under a member's name, so no name can do harm; but one that would
    lead out of the archive if somebody unpacked it is a sign that something is wrong.

    >>> named("a.zip", b"x/y.html", b"<p>").path, named("a.zip", b"../y", b"<p>").error
    ('a.zip!/x/y.html', 'its name leads out of the archive')
    """
    full = f"{path}!/{encode_path(name)}{again}"
    if _ESCAPES.search(name):
        return Member(full, error="its name leads out of the archive", hint=PACK_AGAIN)
    if name.startswith(b"__MACOSX/"):  # what macOS adds to archives
        return Member(full, skip="hidden")
    if skip := skip_reason(name):
        return Member(full, skip=skip)
    if data is None:
        return Member(full, error=TOO_LARGE)
    return Member(full, data=data)


class Names:
    """Names that were given in a stretch; of the last MOST_NAMES at least half, as one that cannot be cut may have any number.

    What this does not tell apart, its id does: by its bytes (`store.state.Table.numbered`).
    """

    def __init__(self) -> None:
        self._new: set[str] = set()
        self._old: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether a name was given before; from now on it is."""
        if name in self._new or name in self._old:
            return True
        self._new.add(name)
        if 2 * len(self._new) >= MOST_NAMES:
            self._old, self._new = self._new, set()
        return False


# What most kinds of container answer alike (see `Kind`).


def always(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """`opens` by the name alone: what is none of its kind is quarantined as a damaged one."""
    return True


def whole(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """`chunks` of what is read in one go: all of it."""
    yield 0, file.seek(0, 2)


def nothing_more(file: BinaryIO) -> bytes:
    """`facts` of members that depend on the bytes of their range alone."""
    return b""
