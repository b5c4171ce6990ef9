"""Pairs of documents that share shingles, found by sorting shingle hashes, one range of hashes after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

MAX_DOCUMENTS = 300  # documents that pair with each other for one shingle; more pair with the best of them only, or cost is quadratic
MAX_OF_MANY = 100  # the same in a corpus so large that shingles are sampled: a phrase that chance has put into 200 texts makes 20,000 pairs
PAIRS = 1_000_000  # pairs held before they are counted, some 30 MB while that lasts: a hundred near copies make thousands a hash
STARS = 8  # of the shingles in more than MAX_DOCUMENTS, one in so many is used: they come in long runs, and one of a run is enough

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class Postings(NamedTuple):
    """Hashes and the documents that hold them, side by side; no document holds a hash twice."""

    values: U64
    owners: I32  # places of documents in the order of ranks
    documents: int  # how many documents there are

    @staticmethod
    def of(arrays: Sequence[U64]) -> Postings:
        """The postings of documents, from the hashes of each."""
        sizes = [len(a) for a in arrays]
        return Postings(np.concatenate(arrays), np.repeat(np.arange(len(arrays), dtype=np.int32), sizes), len(arrays))

    def repeated(self) -> Postings:
        """In the order of documents, and without most of the hashes that one document alone holds, which are most of all: they pair nobody.

        Values alone sort ten times as fast as values with owners, so those that repeat are found first, and marked by their low bits.
        """
        ordered = np.sort(self.values)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        marks = np.zeros(1 << max(10, (8 * len(again)).bit_length()), dtype=bool)
        low = np.uint64(len(marks) - 1)
        marks[again & low] = True
        kept = marks[self.values & low]
        values, owners = self.values[kept], self.owners[kept]
        ascending = np.argsort(owners, kind="stable")
        return Postings(values[ascending], owners[ascending], self.documents)


class Ranges(Protocol):
    """Where the hashes of all documents wait, range by range, while documents are read through: in memory, or on disk."""

    def add(self, number: int, values: U64, owners: I32) -> None:
        """Puts hashes and their owners to the range of a number."""

    def take(self, number: int) -> tuple[U64, I32]:
        """All that was put to a range; it is asked for once."""


class InMemory:
    """Ranges as lists of arrays."""

    def __init__(self) -> None:
        self._ranges: dict[int, list[tuple[U64, I32]]] = {}

    def add(self, number: int, values: U64, owners: I32) -> None:
        """See `Ranges`."""
        self._ranges.setdefault(number, []).append((values, owners))

    def take(self, number: int) -> tuple[U64, I32]:
        """See `Ranges`."""
        found = self._ranges.pop(number, [])
        empty: tuple[U64, I32] = np.zeros(0, np.uint64), np.zeros(0, np.int32)
        values, owners = zip(empty, *found, strict=True)
        return np.concatenate(values), np.concatenate(owners)


def join(parts: Iterable[Postings], least: int, most: int = MAX_DOCUMENTS) -> I32:
    """All pairs (i, j), i < j, of documents that share at least `least` hashes, a row each.

    Every part holds the hashes of one range, and no hash is in two parts. Documents come best first: a hash that more than `most`
    hold pairs the best of them with each other one, whatever else they share. The result is sorted and depends on nothing but the parts.

    >>> one, two = np.arange(6, dtype=np.uint64), np.arange(2, 9, dtype=np.uint64)
    >>> join([Postings.of([one, two, one[:0]])], 4).tolist()
    [[0, 1]]
    """
    keys: I64 = np.zeros(0, np.int64)
    shared: I64 = np.zeros(0, np.int64)
    stars: I64 = np.zeros(0, np.int64)
    documents = 1
    for part in parts:
        documents = max(1, part.documents)
        for more, star in _part(part, most):
            if least > 1:
                keys, shared = _added(keys, shared, more)
            else:  # to count what need not be counted takes three times the memory
                keys = distinct(np.concatenate((keys, more)))
            stars = distinct(np.concatenate((stars, star)))
    chosen = distinct(np.concatenate((keys[shared >= least] if least > 1 else keys, stars)))
    pairs = np.empty((len(chosen), 2), np.int32)
    np.divmod(chosen, documents, out=(pairs[:, 0], pairs[:, 1]), casting="unsafe")
    return pairs


def distinct(values: I64) -> I64:
    """The distinct values, sorted; as fast as sorting alone."""
    values = np.sort(values)
    first = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return values[first]


def _part(part: Postings, most: int) -> Iterator[tuple[I64, I64]]:
    """Keys i * documents + j of the pairs of one range, once for each hash that they share; and those of stars; some at a time."""
    empty = np.zeros(0, np.int64)
    if not len(part.values):
        return
    documents = part.documents
    order = np.argsort(part.values, kind="stable")
    values, owners = part.values[order], part.owners[order].astype(np.int64)
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    counts = np.diff(np.concatenate((starts, [len(values)])))
    common = counts > most
    usable = (counts >= 2) & ~common
    waiting: list[I64] = []
    size = 0
    for count in np.unique(counts[usable]).tolist():
        own = starts[usable & (counts == count)]
        step = max(1, PAIRS // (count * (count - 1) // 2))
        for first in range(0, len(own), step):
            waiting.append(_all_pairs(owners, own[first : first + step], count, documents))
            size += len(waiting[-1])
            if size >= PAIRS:
                yield np.concatenate(waiting), empty
                waiting, size = [], 0
    sampled = common & ((counts <= MAX_DOCUMENTS) | (values[starts] // np.uint64(STARS) % np.uint64(STARS) == 0))
    stars = [_star(owners[a : a + c], documents) for a, c in zip(starts[sampled].tolist(), counts[sampled].tolist(), strict=True)]
    yield np.concatenate([empty, *waiting]), np.concatenate([empty, *stars])


def _added(keys: I64, shared: I64, more: I64) -> tuple[I64, I64]:
    """Distinct keys with their counts, `more` counted in."""
    distinct, counts = np.unique(more, return_counts=True)
    if not len(keys):
        return distinct, counts.astype(np.int64, copy=False)
    whole, place = np.unique(np.concatenate((keys, distinct)), return_inverse=True)
    return whole, np.bincount(place, np.concatenate((shared, counts)), len(whole)).astype(np.int64)


def _all_pairs(owners: I64, starts: I64, count: int, documents: int) -> I64:
    """Keys of all pairs inside posting lists of one length; owners ascend within a list, as the sort was stable."""
    rows = owners[starts[:, None] + np.arange(count)[None, :]]
    i, j = np.triu_indices(count, 1)
    keys: I64 = (rows[:, i] * documents + rows[:, j]).ravel()
    return keys


def _star(owners: I64, documents: int) -> I64:
    """Keys of the pairs of the best document of a list with each other one."""
    keys: I64 = owners[0] * documents + owners[1:]
    return keys
