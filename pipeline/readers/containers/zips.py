"""Zip archives: each file a document. Cut between files, so that a large archive is read by all workers."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from msgspec.structs import replace

from pipeline.readers.containers.member import Member, always, named
from pipeline.readers.files import MACHINE_ERRORS, MAX_BYTES, Unreadable
from pipeline.readers.unpack import MAX_RATIO, PIECE

CHUNK = 8 << 20  # packed bytes that a stretch has at least
_ENCRYPTED = 1  # bit of a member's flags (APPNOTE.TXT 4.4.4)
# What the standard library raises on damaged archives.
FAULTS = (KeyError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError, RuntimeError, IndexError)


opens = always


def chunks(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Stretches of whole members."""
    with archive(file) as found:
        starts = [info.header_offset for info in _in_order(found)]
    start = 0
    for at in starts:
        if at - start >= CHUNK:
            yield start, at
            start = at
    yield start, file.seek(0, 2)


def facts(file: BinaryIO) -> bytes:
    """The directory at the end: what a member is called and how it is packed stands there."""
    with archive(file) as found:
        return b"\0".join(
            f"{i.header_offset} {i.CRC} {i.file_size} {i.compress_size} {i.compress_type} {i.flag_bits} {i.filename}".encode(
                "utf-8", "surrogatepass"
            )
            for i in _in_order(found)
        )


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The files of a stretch.

    Raises Unreadable.
    """
    given = 0
    with archive(file) as found:
        infos = _in_order(found)
        names = Counter(info.filename for info in infos)
        for info in infos:
            if start <= info.header_offset < end and not info.filename.endswith("/"):  # is_dir() fails on a name that is empty
                again = f"@{info.header_offset}" if names[info.filename] > 1 or not info.filename else ""
                member = _member(found, info, path, again)
                given += len(member.data)
                if given > MAX_RATIO * max(end - start, PIECE):  # files that lie upon one another are read again and again
                    raise Unreadable(f"the archive unpacks to more than {MAX_RATIO} times its size", "leave it out of raw/: it is a bomb")
                yield member


def _member(found: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, again: str) -> Member:
    name = info.filename.encode("utf-8", "surrogateescape")
    member = named(path, name, None if info.file_size > MAX_BYTES else b"x", again)
    if member.skip or member.error:
        return member
    if info.flag_bits & _ENCRYPTED:
        return replace(member, error="it is encrypted", hint="unpack the archive with its password, and put the files below raw/", data=b"")
    try:
        with found.open(info) as content:
            data = content.read(MAX_BYTES + 1)
    except (*FAULTS, OSError) as error:
        if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
            raise
        return replace(member, error=f"it cannot be unpacked: {error}", hint="get the archive again, or pack it again", data=b"")
    return named(path, name, None if len(data) > MAX_BYTES else data, again)


@contextmanager
def archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """An open archive.

    Raises Unreadable.
    """
    file.seek(0)
    try:
        found = zipfile.ZipFile(file)
    except (*FAULTS, OSError) as error:
        if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
            raise
        raise Unreadable(f"the archive is damaged: {error}", "get the archive again, or pack it again") from error
    with found:
        yield found


def _in_order(found: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return sorted(found.infolist(), key=lambda info: (info.header_offset, info.filename))
