"""Pairs of documents that share a shingle, found by one sort of all shingle hashes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_DOCUMENTS = 300  # a shingle in more documents starts no pair: it is boilerplate, and its pairs would grow quadratically


def join(hashes: Sequence[bytes]) -> list[tuple[int, int]]:
    """All pairs (i, j), i < j, of documents that share at least one hash which at most MAX_DOCUMENTS documents hold.

    `hashes[i]` is a sorted distinct little-endian uint64 array of document i. The result is sorted and does not depend on
    anything but the set of arrays.

    >>> one, two = np.array([1, 2], "<u8").tobytes(), np.array([2, 3], "<u8").tobytes()
    >>> join([one, two, b""])
    [(0, 1)]
    """
    sizes = np.array([len(h) // 8 for h in hashes], dtype=np.int64)
    if not sizes.any():
        return []
    values = np.frombuffer(b"".join(hashes), dtype="<u8")
    owners = np.repeat(np.arange(len(hashes), dtype=np.int64), sizes)
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    counts = np.diff(np.concatenate((starts, [len(values)])))
    usable = (counts >= 2) & (counts <= MAX_DOCUMENTS)
    keys = [_pairs(owners, starts[usable & (counts == c)], int(c), len(hashes)) for c in np.unique(counts[usable])]
    if not keys:
        return []
    distinct = np.unique(np.concatenate(keys))
    first, second = np.divmod(distinct, len(hashes))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _pairs(owners: NDArray[np.int64], starts: NDArray[np.int64], count: int, documents: int) -> NDArray[np.int64]:
    """Keys i * documents + j of all pairs inside posting lists of one length; owners ascend within a list, as the sort was stable."""
    rows = owners[starts[:, None] + np.arange(count)[None, :]]
    i, j = np.triu_indices(count, 1)
    return np.unique(rows[:, i] * documents + rows[:, j])
