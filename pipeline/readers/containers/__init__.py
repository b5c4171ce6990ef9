"""Files that hold many documents, or hold them packed: dumps, feeds, archives, JSON Lines, tables, web archives, books, mail, saved pages.

A kind of container is a module with the names of `Kind`; KINDS is the only registry. Whoever reads gives a container's members one by
one, streamed, without ever writing one to disk; a container in a container is opened too, MAX_DEPTH deep.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from msgspec.structs import replace

from pipeline.readers.containers.member import Member
from pipeline.readers.files import MACHINE_ERRORS, Unreadable, open_regular

__all__ = ["KINDS", "Kind", "Member", "chunks", "digest", "holder", "is_container", "may_be", "members", "rest"]

MAX_DEPTH = 2  # containers in one another: a tar of zips of pages; one more is no way to keep documents


class Kind(Protocol):
    """A kind of container."""

    def opens(self, file: BinaryIO, fields: Mapping[str, str]) -> bool:
        """Whether a file of such a name is one; `fields` is the stanza's field map."""

    def chunks(self, file: BinaryIO) -> Iterator[tuple[int, int]]:
        """Byte ranges that different workers can read; together they hold every member once."""

    def facts(self, file: BinaryIO) -> bytes:
        """What members depend on beside the bytes of their range."""

    def members(self, file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
        """The members of a range, in order."""


_PACKED = r"(?:\.(?:bz2|gz|xz|zst))"
# Endings, and the module of the kind. A name may fit several: the first that opens the file has it. A module is loaded when a name fits:
# archives and tables ask for much of the standard library that most runs never need.
KINDS = (
    (r"\.(?:xml|rss|atom|rdf|enex)$", "feeds"),
    (rf"\.xml{_PACKED}?$", "dumps"),
    (rf"\.(?:tar{_PACKED}?|tgz|tbz2?|txz|tzst)$", "tars"),
    (rf"\.warc{_PACKED}?$", "warc"),
    (rf"\.(?:jsonl|ndjson|jsonlines){_PACKED}?$", "jsonlines"),
    (rf"\.(?:csv|tsv|json){_PACKED}?$", "tables"),
    (r"\.epub$", "epub"),
    (r"\.mht(?:ml)?$", "mhtml"),
    (r"\.eml$", "mail"),
    (r"\.mbox$", "mbox"),
    (r"\.ipynb$", "notebook"),
    (r"\.zip$", "zips"),
    (rf"{_PACKED}$", "packed"),
)
_REST = re.compile(r"(.+)!/@\d+-\d*", re.S)
_NAMES = [(re.compile(pattern.encode(), re.I), module) for pattern, module in KINDS]


def may_be(real: bytes) -> bool:
    """Whether a file may be a container, by its name alone."""
    return any(name.search(real) for name, _ in _NAMES)


def is_container(raw: str | os.PathLike[str], real: bytes, fields: Mapping[str, str]) -> bool:
    """Whether a file is a container, by its name and its first bytes, or by its name alone where these cannot be read now.

    Raises OSError where the machine is at fault: a container that is taken for a document is no text, and stays so for later runs.
    """
    if not may_be(real):
        return False
    try:
        with _opened(raw, real) as file:
            return _kind(real, file, fields) is not None
    except Unreadable:
        return False
    except OSError as error:
        if error.errno in MACHINE_ERRORS:
            raise
        return True


def digest(
    raw: str | os.PathLike[str], real: bytes, start: int, end: int, fields: Mapping[str, str], each: Callable[[], None] = lambda: None
) -> str:
    """Hash of all bytes that the members of a range come from; `each` is called for each megabyte of it.

    Raises Unreadable.
    """
    with _opened(raw, real) as file:
        found = hashlib.sha256(_must(real, file, fields).facts(file))
        file.seek(start)
        while start < end and (piece := file.read(min(1 << 20, end - start))):
            found.update(piece)
            start += len(piece)
            each()
    return found.hexdigest()


def chunks(raw: str | os.PathLike[str], real: bytes, fields: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Byte ranges of a container that different workers can read; together they hold every member once.

    Raises Unreadable.
    """
    with _opened(raw, real) as file:
        yield from _must(real, file, fields).chunks(file)


def members(raw: str | os.PathLike[str], path: str, real: bytes, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The members of a byte range, in order, streamed.

    Raises Unreadable where the container is damaged; the members before the damage have been given by then.
    """
    with _opened(raw, real) as file:
        size = os.fstat(file.fileno()).st_size
        if end == 0 < size:  # who cut it into stretches could not open it
            raise _changed()
        given = False
        for member in _inside(_must(real, file, fields).members(file, path, start, end, fields), fields, 1):
            given = True
            yield member
        if not given and start == 0 and end == size:
            raise Unreadable("the file holds no documents", "leave it out of raw/, or get it again")


def rest(path: str, start: int) -> str:
    """The name of what cannot be read of a container, from a byte of its stretch on; members have others.

    >>> rest("a.jsonl.gz", 0)
    'a.jsonl.gz!/@0-'
    """
    return f"{path}!/@{start}-"


def holder(path: str) -> str:
    """The path of the container whose rest cannot be read; any other path as it is.

    >>> holder("s/a.jsonl.gz!/@0-"), holder("s/a.zip!/b.md")
    ('s/a.jsonl.gz', 's/a.zip!/b.md')
    """
    found = _REST.fullmatch(path)
    return found[1] if found else path


def _inside(found: Iterator[Member], fields: Mapping[str, str], depth: int) -> Iterator[Member]:
    """Members, those that are containers opened in turn; one that is damaged or empty costs itself alone."""
    for member in found:
        given = False
        try:
            for one in _opened_in_turn(member, fields, depth):
                given = True
                yield one
        except Unreadable as no:
            given = True
            yield Member(rest(member.path, 0), error=no.error, hint=no.hint)
        if not given:
            yield replace(member, data=b"", error="it holds no documents", hint="leave it out, or get it again")


def _opened_in_turn(member: Member, fields: Mapping[str, str], depth: int) -> Iterator[Member]:
    name = member.path.rsplit("!/", 1)[-1].encode()
    file = io.BytesIO(member.data)
    kind = _kind(name, file, fields) if member.data and may_be(name) else None
    if kind is None:
        yield member
    elif depth == MAX_DEPTH:
        yield replace(member, error="it is a container in a container in a container", hint="unpack the outermost one")
    else:
        yield from _inside(kind.members(file, member.path, 0, len(member.data), fields), fields, depth + 1)


def _kind(real: bytes, file: BinaryIO, fields: Mapping[str, str]) -> Kind | None:
    for name, module in _NAMES:
        if name.search(real):
            kind: Any = import_module(f"{__name__}.{module}")
            if kind.opens(file, fields):
                found: Kind = kind
                return found
    return None


def _must(real: bytes, file: BinaryIO, fields: Mapping[str, str]) -> Kind:
    kind = _kind(real, file, fields)
    if kind is None:
        raise _changed()
    return kind


def _changed() -> Unreadable:
    return Unreadable("the file changed while it was read", "run again when nobody writes to it")


@contextmanager
def _opened(raw: str | os.PathLike[str], real: bytes) -> Iterator[BinaryIO]:
    """An open file; what a damaged one makes a library raise, and nobody foresaw, is its damage and not the end of the run."""
    with os.fdopen(open_regular(raw, real), "rb") as file:
        try:
            yield file
        except (Unreadable, OSError, MemoryError):
            raise
        except Exception as error:
            raise Unreadable(f"the file cannot be read ({type(error).__name__})", "get it again; if it is whole, report it") from error
