"""Tar archives, plain or packed: each file a document. Read as a stream, so never cut."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from pipeline.readers.containers.member import Member, Names, always, named, nothing_more, whole
from pipeline.readers.files import MAX_BYTES, Unreadable
from pipeline.readers.unpack import Stream, unpacked

MAX_HEADER = 1 << 20  # bytes of a long name or of a member's attributes: real ones have some hundred
_HINT = "get the archive again, or pack it again; what stands before the damage was read"
_HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


opens = always
chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """Its files. Links and devices are counted and left alone.

    Raises Unreadable.
    """
    headers: list[tarfile.HeaderError] = []
    names = Names()
    archive: Any  # the stubs do not know its list of members
    try:
        stream: Any = Stream(unpacked(file, start, end))  # it is asked to read, no more; the stubs want a whole file
        with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", tarinfo=_bounded(headers)) as archive:
            while (info := archive.next()) is not None:
                archive.members.clear()  # it would keep all of them
                if not info.isdir():
                    yield _member(archive, info, path, names)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise Unreadable(f"the archive is damaged: {error}", _HINT) from error
    if headers and not isinstance(headers[-1], (tarfile.EOFHeaderError, tarfile.EmptyHeaderError)):  # type: ignore[attr-defined]  # not in the stubs
        raise Unreadable(f"the archive is damaged: {headers[-1]}", _HINT)


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo, path: str, names: Names) -> Member:
    name = info.name.encode("utf-8", "surrogateescape").removeprefix(b"./")
    again = f"@{info.offset}" if names.has(info.name.removeprefix("./")) else ""
    if not info.isreg():
        return Member(named(path, name, b"x", again).path, skip="link" if info.issym() or info.islnk() else "special")
    if info.size > MAX_BYTES:
        return named(path, name, None, again)
    content = archive.extractfile(info)
    return named(path, name, content.read() if content else b"", again)


def _bounded(headers: list[tarfile.HeaderError]) -> type[tarfile.TarInfo]:
    """Headers that may not be huge, and that say how reading ended: tarfile itself stops at a broken one as if all were read."""

    class Bounded(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, *args: Any, **kwargs: Any) -> Any:
            try:
                info = super().frombuf(*args, **kwargs)
                if info.type in _HEADERS and info.size > MAX_HEADER:
                    raise tarfile.InvalidHeaderError("a header is too large")  # type: ignore[attr-defined]  # not in the stubs
            except tarfile.HeaderError as error:
                headers.append(error)
                raise
            return info

    return Bounded
