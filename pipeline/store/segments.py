"""Immutable files of encoded values: written once by one worker, read at an offset by any other.

A segment is three files: documents (`<name>`), their fingerprints (`<name>.prints`) and an index (`<name>.units`) that is written last:
a segment without one is the rest of a run that was killed. One that grows for long has an index now and then, which speaks of what stands
before it. Every value has a checksum behind it: what a disk changed is never published.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from pipeline.errors import EnvironmentFailedError
from pipeline.store.state import Unit

T = TypeVar("T")

PRINTS = ".prints"  # ending of a segment's fingerprints
UNITS = ".units"  # ending of its index
PART = ".part"  # ending of a file that is not whole yet
CHECK = 4  # bytes of a checksum
MAX_OPEN = 64  # segments that a reader holds open: far below any descriptor limit, enough that neighbours stay open

_ENCODER = msgspec.msgpack.Encoder()


class Index(msgspec.Struct, frozen=True, array_like=True):
    """The third file of a segment."""

    bytes: int  # size of the documents
    prints: int  # size of the fingerprints
    units: list[Unit]


class Writer:
    """Writes values one after another; the file appears under its name only when it is whole and on disk.

    Nothing is written before the first value, so that a task without results leaves no file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + PART)
        self._file: BinaryIO | None = None
        self.size = 0  # bytes written

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._file is None:
            return
        try:
            with self._file:
                if kind is None:
                    self.keep()
        finally:
            self._part.unlink(missing_ok=True)

    def keep(self) -> None:
        """Brings what was written so far to disk, under the file's name: there it stays, whatever happens to the rest."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        if self._part.exists():
            self._part.rename(self._path)

    def add(self, value: Any) -> tuple[int, int]:
        """Appends a value and returns its (offset, length) in bytes, its checksum among them."""
        if self._file is None:
            self._file = self._part.open("wb")
        frame = _ENCODER.encode(value)
        frame += _check(frame)
        self._file.write(frame)
        place = (self.size, len(frame))
        self.size += len(frame)
        return place


class Reader:
    """Reads values of one type from segments, keeping the last few files open."""

    def __init__(self, folder: Path, kind: type[T]) -> None:
        self._folder = folder
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._open: dict[str, int] = {}

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._open.values():
            os.close(handle)
        self._open.clear()

    def get(self, name: str, offset: int, length: int) -> Any:
        """The value at a place of the segment `name`.

        Raises EnvironmentFailedError where it is not as it was written; the file is deleted then, so that the next run makes it anew.
        """
        if name not in self._open:
            if len(self._open) >= MAX_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            self._open[name] = os.open(self._folder / name, os.O_RDONLY | os.O_CLOEXEC)
        frame = os.pread(self._open[name], length, offset)
        if _check(frame[:-CHECK]) != frame[-CHECK:]:
            (self._folder / name).unlink(missing_ok=True)
            raise EnvironmentFailedError(f"{self._folder / name}: damaged since an earlier run wrote it; nothing was published, run again")
        return self._decoder.decode(frame[:-CHECK])


def finish(path: Path, size: int, prints: int, units: list[Unit]) -> None:
    """Writes the index of a segment whose other files are whole so far, over that of an earlier time."""
    with Writer(path.with_name(path.name + UNITS)) as writer:
        writer.add(Index(size, prints, units))


def index(path: Path) -> Index | None:
    """The index of a segment, None where it or one of the files that it speaks of is not whole."""
    try:
        frame = path.with_name(path.name + UNITS).read_bytes()
        if _check(frame[:-CHECK]) != frame[-CHECK:]:
            return None
        found = msgspec.msgpack.decode(frame[:-CHECK], type=Index)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return found if whole(path, found.bytes, found.prints) else None


def whole(path: Path, size: int, prints: int) -> bool:
    """Whether a segment's files have all that they should; a run that was killed may have written on."""
    return _size(path) >= size and _size(path.with_name(path.name + PRINTS)) >= prints


def names(folder: Path) -> Iterator[str]:
    """Names of segments with an index, oldest first."""
    yield from sorted(p.name.removesuffix(UNITS) for p in folder.glob("*" + UNITS))


def clear(folder: Path, keep: Sequence[str]) -> None:
    """Deletes every file that is not of a segment to keep."""
    wanted = {name + ending for name in keep for ending in ("", PRINTS, UNITS)}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def _check(frame: bytes) -> bytes:
    return zlib.crc32(frame).to_bytes(CHECK, "little")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
