"""Immutable files of encoded values: written once by one worker, read at an offset by any other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_ENCODER = msgspec.msgpack.Encoder()


class Writer:
    """Writes values one after another; the file appears under its name only when it is whole and on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._file = self._part.open("wb")
        self._at = 0

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        if kind is None:
            self._part.rename(self._path)

    def add(self, value: Any) -> tuple[int, int]:
        """Appends a value and returns its (offset, length) in bytes."""
        frame = _ENCODER.encode(value)
        self._file.write(frame)
        place = (self._at, len(frame))
        self._at += len(frame)
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
        """The value at a place of the segment `name`."""
        if name not in self._open:
            if len(self._open) >= MAX_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            self._open[name] = os.open(self._folder / name, os.O_RDONLY)
        return self._decoder.decode(os.pread(self._open[name], length, offset))


class Lazy(Sequence[Any]):
    """Values of segments as a sequence, each read when it is asked for."""

    def __init__(self, reader: Reader, places: Sequence[tuple[str, int, int]]) -> None:
        self._reader = reader
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: Any) -> Any:
        return self._reader.get(*self._places[number])


MAX_OPEN = 64  # segments that a reader holds open: far below any descriptor limit, enough that neighbours stay open
