"""Hashes that wait on disk, range by range, until all documents have been read through: in memory they would outgrow it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]

_ROW = np.dtype([("value", "<u8"), ("owner", "<i4")])


class OnDisk:
    """One file a range in a folder of the run, 12 bytes a hash; a range is gone when it has been taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, number: int, values: U64, owners: I32) -> None:
        """Puts hashes and their owners to the range of a number."""
        rows = np.empty(len(values), dtype=_ROW)
        rows["value"], rows["owner"] = values, owners
        with self._path(number).open("ab") as file:
            file.write(rows.tobytes())

    def take(self, number: int) -> tuple[U64, I32]:
        """All that was put to a range."""
        path = self._path(number)
        rows = np.fromfile(path, dtype=_ROW) if path.exists() else np.empty(0, dtype=_ROW)
        path.unlink(missing_ok=True)
        return rows["value"].astype(np.uint64), rows["owner"].astype(np.int32)

    def _path(self, number: int) -> Path:
        return self._folder / f"range-{number:06}"
