"""Immutable files of encoded values: written once by one worker, read at an offset by any other."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_ENCODER = msgspec.msgpack.Encoder()


def write(path: Path, values: Iterable[Any]) -> list[tuple[int, int]]:
    """Writes values one after another and returns the (offset, length) of each, in bytes.

    The file appears under its name only when it is whole and on disk.
    """
    places: list[tuple[int, int]] = []
    part = path.with_name(path.name + ".part")
    at = 0
    with part.open("wb") as file:
        for value in values:
            frame = _ENCODER.encode(value)
            file.write(frame)
            places.append((at, len(frame)))
            at += len(frame)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return places


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


MAX_OPEN = 64  # segments that a reader holds open: far below any descriptor limit, enough that neighbours stay open
