"""Pairs of documents that share shingles, found by one sort of all shingle hashes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_DOCUMENTS = 300  # documents that pair with each other for one shingle; more pair with the best of them only, or cost is quadratic
SAMPLE = 8  # of the shingles in more documents, one in so many is used: they come in long runs, and one of a run is enough
MIN_SHARED = 4  # shingles that a pair must share, 8 words in a row: less amounts to no relation (verify.MIN_WORDS)

I64 = NDArray[np.int64]


def join(hashes: Sequence[bytes]) -> list[tuple[int, int]]:
    """All pairs (i, j), i < j, of documents that share at least MIN_SHARED hashes.

    `hashes[i]` is a sorted distinct little-endian uint64 array of document i; documents come best first. A hash that more than
    MAX_DOCUMENTS hold pairs the best of them with each other one. The result is sorted and depends on nothing but the list.

    >>> one, two = np.arange(6, dtype="<u8").tobytes(), np.arange(2, 9, dtype="<u8").tobytes()
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
    common = counts > MAX_DOCUMENTS
    usable = (counts >= 2) & ~common
    keys = [_all_pairs(owners, starts[usable & (counts == c)], int(c), len(hashes)) for c in np.unique(counts[usable])]
    distinct, shared = np.unique(np.concatenate([np.zeros(0, np.int64), *keys]), return_counts=True)
    sampled = common & (values[starts] % np.uint64(SAMPLE) == 0)
    stars = [_star(owners[a : a + c], len(hashes)) for a, c in zip(starts[sampled].tolist(), counts[sampled].tolist(), strict=True)]
    chosen = np.unique(np.concatenate([distinct[shared >= MIN_SHARED], *stars]))
    first, second = np.divmod(chosen, len(hashes))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _all_pairs(owners: I64, starts: I64, count: int, documents: int) -> I64:
    """Keys i * documents + j of all pairs inside posting lists of one length; owners ascend within a list, as the sort was stable."""
    rows = owners[starts[:, None] + np.arange(count)[None, :]]
    i, j = np.triu_indices(count, 1)
    keys: I64 = (rows[:, i] * documents + rows[:, j]).ravel()
    return keys


def _star(owners: I64, documents: int) -> I64:
    """Keys of the pairs of the best document of a list with each other one."""
    keys: I64 = owners[0] * documents + owners[1:]
    return keys
