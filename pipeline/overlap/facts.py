"""What is known of every document before documents are compared, as arrays: objects for a million of them would fill the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.overlap.decide import Standing, later_first
from pipeline.overlap.fingerprint import Outline

AT_ONCE = 2000  # documents held as objects

Bools = NDArray[np.bool_]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class Facts(NamedTuple):
    """A column for each fact, a row for each document, in the order of their numbers."""

    place: I64  # of the document in the order of ranks, 0 for the best
    protect: Bools  # never joins another document
    annotate: Bools  # its source's policy is to change nothing
    source: NDArray[np.int32]  # index into `sources`
    sources: list[str]  # names
    exact: U64  # two numbers: the hash of the whole document
    words: I64  # headings left out
    shingles: I64  # strong ones

    def order(self) -> I64:
        """The numbers of documents, best first."""
        order = np.empty_like(self.place)
        order[self.place] = np.arange(len(order))
        return order

    def equals(self) -> tuple[dict[int, list[int]], I64]:
        """The equals of the best of each set of equal documents, and all documents but these; both best first."""
        grouped = np.lexsort((self.place, self.exact[:, 0], self.exact[:, 1]))
        same = np.zeros(len(grouped), dtype=bool)  # whether a document in this order says what the one before it says
        same[1:] = (self.exact[grouped[1:]] == self.exact[grouped[:-1]]).all(axis=1)
        best = grouped[np.maximum.accumulate(np.where(same, 0, np.arange(len(grouped))))]
        joins = same & (self.words[grouped] > 0)
        equals: dict[int, list[int]] = {}
        for number, first in zip(grouped[joins].tolist(), best[joins].tolist(), strict=True):
            equals.setdefault(first, []).append(number)
        joined = np.zeros(len(grouped), dtype=bool)
        joined[grouped[joins]] = True
        order = self.order()
        return equals, order[~joined[order]]


def facts(standings: Sequence[Standing], outlines: Sequence[Outline]) -> Facts:
    """The facts of all documents; standings and outlines are read through once.

    Places are those of `Standing.rank`, of hashes the first 128 bits. Ids come sorted in a run, so their numbers stand for them; where
    they do not, they are sorted here.
    """
    sources: dict[str, int] = {}
    dates: dict[str, int] = {}
    numbers: list[I64] = [np.zeros((0, 9), np.int64)]
    hashes: list[U64] = [np.zeros((0, 6), np.uint64)]
    last, ascend = "", True
    for some, lines in _chunks(standings, outlines):
        numbers.append(_numbers(some, lines, sources, dates))
        data = b"".join(s.sha256.encode()[:32].ljust(32, b"\0") + o.exact for s, o in zip(some, lines, strict=True))
        hashes.append(np.frombuffer(data, dtype=">u8").astype(np.uint64).reshape(-1, 6))
        ids = [last, *(s.id for s in some)]
        ascend, last = ascend and all(one <= two for one, two in pairwise(ids)), ids[-1]
    table, text = np.concatenate(numbers), np.concatenate(hashes)
    names = np.arange(len(table))
    if not ascend:
        every = [s.id for s in standings]
        names[sorted(range(len(every)), key=every.__getitem__)] = np.arange(len(every))
    by_date = {date: at for at, date in enumerate(sorted(dates, key=later_first))}
    fresh = np.array([by_date[date] for date in dates] or [0], dtype=np.int64)[table[:, 4]]
    order = np.lexsort((names, *text[:, 3::-1].T, fresh, table[:, 3], table[:, 2], table[:, 1], table[:, 0]))
    place = np.empty(len(table), dtype=np.int64)
    place[order] = np.arange(len(table))
    protect, annotate = table[:, 0] == 0, table[:, 5] == 1
    return Facts(place, protect, annotate, table[:, 6].astype(np.int32), list(sources), text[:, 4:], table[:, 8], table[:, 7])


def _chunks(standings: Iterable[Standing], outlines: Iterable[Outline]) -> Iterator[tuple[list[Standing], list[Outline]]]:
    one, two = iter(standings), iter(outlines)
    while some := list(islice(one, AT_ONCE)):
        yield some, list(islice(two, len(some)))


def _numbers(some: Sequence[Standing], lines: Sequence[Outline], sources: dict[str, int], dates: dict[str, int]) -> I64:
    """A row of numbers for each document; names of sources and dates are numbered as they come."""
    columns = (
        [not s.protect for s in some],
        [s.priority for s in some],
        [not s.licensed for s in some],
        [-s.words for s in some],
        [dates.setdefault(s.modified, len(dates)) for s in some],
        [s.policy == "annotate" for s in some],
        [sources.setdefault(s.source, len(sources)) for s in some],
        [o.shingles for o in lines],
        [o.words for o in lines],
    )
    return np.array(columns, dtype=np.int64).T
