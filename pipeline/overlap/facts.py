"""What is known of every document before documents are compared, as arrays: objects for a million of them would fill the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.overlap.decide import Standing
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
    name: U64  # a hash of its own name, 0 where it has none
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

    First comes what is protected, then what has a smaller priority, a known licence, more words, a later date; then the first 128 bits of
    the hash decide, and the id, so that no two are equal. Ids come sorted in a run, so their numbers stand for them; where they do not,
    they are sorted here.
    """
    count = len(standings)
    table = np.empty(count, dtype=_ROW)
    sources: dict[str, int] = {}
    dates: dict[str, int] = {}
    last, ascend, at = "", True, 0
    for some, lines in _chunks(standings, outlines):
        _fill(table[at : at + len(some)], some, lines, sources, dates)
        ids = [last, *(s.id for s in some)]
        ascend, last, at = ascend and all(one <= two for one, two in pairwise(ids)), ids[-1], at + len(some)
    names = np.arange(count)
    if not ascend:
        every = [s.id for s in standings]
        names[sorted(range(count), key=every.__getitem__)] = np.arange(count)
    by_date = {date: at for at, date in enumerate(sorted(dates, key=later_first))}
    fresh = np.array([by_date[date] for date in dates] or [0], dtype=np.int32)[table["date"]]
    text = table["text"]
    keys = (names, *(text[:, n] for n in (3, 2, 1, 0)), fresh, -table["complete"], ~table["licensed"], table["priority"], ~table["protect"])
    order = np.lexsort(keys)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    kept = {name: table[name].copy() for name in ("protect", "annotate", "source", "name", "exact", "words", "shingles")}
    return Facts(place=place, sources=list(sources), **kept)


_ROW = np.dtype(
    [
        *((name, np.bool_) for name in ("protect", "licensed", "annotate")),
        *((name, np.int64) for name in ("priority", "complete", "words", "shingles")),
        *((name, np.int32) for name in ("date", "source")),
        ("name", np.uint64),
        ("text", np.uint64, 4),
        ("exact", np.uint64, 2),
    ]
)


def _chunks(standings: Iterable[Standing], outlines: Iterable[Outline]) -> Iterator[tuple[list[Standing], list[Outline]]]:
    one, two = iter(standings), iter(outlines)
    while some := list(islice(one, AT_ONCE)):
        yield some, list(islice(two, len(some)))


def _fill(
    rows: NDArray[np.void], some: Sequence[Standing], lines: Sequence[Outline], sources: dict[str, int], dates: dict[str, int]
) -> None:
    """Sets a row for each document; names of sources and dates are numbered as they come."""
    rows["protect"] = [s.protect for s in some]
    rows["licensed"] = [s.licensed for s in some]
    rows["annotate"] = [s.policy == "annotate" for s in some]
    rows["priority"] = [s.priority for s in some]
    rows["complete"] = [s.words for s in some]
    rows["date"] = [dates.setdefault(s.modified, len(dates)) for s in some]
    rows["source"] = [sources.setdefault(s.source, len(sources)) for s in some]
    rows["name"] = [_name(s.title) if s.named else 0 for s in some]
    rows["words"] = [o.words for o in lines]
    rows["shingles"] = [o.shingles for o in lines]
    text = b"".join(s.sha256.encode()[:32].ljust(32, b"\0") for s in some)
    rows["text"] = np.frombuffer(text, dtype=">u8").reshape(-1, 4)
    rows["exact"] = np.frombuffer(b"".join(o.exact for o in lines), dtype="<u8").reshape(-1, 2)


def _name(title: str) -> int:
    return int.from_bytes(blake2b(title.encode("utf-8", "replace"), digest_size=8).digest(), "little") if title else 0


def later_first(date: str) -> str:
    """A key under which later ISO dates sort first and a missing date last."""
    return "".join(chr(0x7E - (ord(c) - 0x20)) if 0x20 <= ord(c) <= 0x7E else c for c in date) if date else "\x7f"
