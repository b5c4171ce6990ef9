"""From fingerprints to verified edges between documents, in memory that does not grow with the words of a corpus."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from pipeline.overlap import boilerplate, verify
from pipeline.overlap.candidates import I32, MAX_DOCUMENTS, MAX_OF_MANY, U64, InMemory, Postings, Ranges, distinct, join
from pipeline.overlap.decide import SWAPPED, Measure, Standing
from pipeline.overlap.facts import I64, Facts
from pipeline.overlap.fingerprint import Fingerprint

KEPT_SHINGLES = 2_000_000  # shingles kept while pairs are measured, some 20 MB; twice as many save a seventh of the time of 4 million pairs
ALL_SHINGLES = 1_000_000  # shingles of a corpus up to which all of them find candidates: about 10,000 short documents
FRACTION = 8  # beyond, one shingle in so many does: finds .985 of pairs of containment .8 (FracMinHash, Irber et al. 2022)
PART = 500_000  # shingles sorted, or pairs numbered, at once, some 30 MB while that lasts: more are taken in ranges, one after another
AT_ONCE = 256  # documents whose shingles are compared with those of one at once: some 100,000 values
READ = 8 << 20  # bytes of fingerprints looked at as one array, four times as much while that lasts
MIN_SHARED = 4  # shingles that a pair must share, 8 words in a row: less amounts to no relation (verify.MIN_WORDS)

Edges = dict[tuple[int, int], Measure]


def edges(facts: Facts, standings: Sequence[Standing], prints: Sequence[Fingerprint], ranges: Ranges | None = None) -> Edges:
    """The measure of every pair of documents that amounts to something; for i < j, of i against j.

    Candidates may be sampled; measures are exact. Hashes wait in `ranges`, in memory by default.
    """
    total = int(facts.shingles.sum())
    fraction = 1 if total <= ALL_SHINGLES else FRACTION
    parts = 1 if fraction == 1 else max(1, -(-total // fraction // PART))  # to cut a small corpus costs time and saves nothing
    equals, alone = facts.equals()
    pairs, templates = _candidates(facts, prints, alone, fraction, parts, ranges or InMemory())
    again = np.array([(best, e) for best, others in equals.items() for e in others], np.int32).reshape(-1, 2)
    spread = _Spread(facts, equals)
    documents = len(facts.place)
    tile = max(1, round(documents * KEPT_SHINGLES / max(1, total) / 2))

    kept: OrderedDict[int, verify.Shingles] = OrderedDict()
    size = 0

    def known(number: int) -> verify.Shingles:
        """The shingles of a document."""
        nonlocal size
        if number in kept:
            kept.move_to_end(number)
            return kept[number]
        found = verify.shingles(prints[number], templates.get(facts.sources[facts.source[number]]), fraction)
        kept[number] = found
        size += len(found.strong)
        while size > KEPT_SHINGLES and len(kept) > 1:
            size -= len(kept.popitem(last=False)[1].strong)
        return found

    def versions(i: int, j: int) -> bool:
        """Whether two documents bear one title."""
        title = standings[i].title
        return bool(title) and title == standings[j].title

    found: Edges = {}
    for i, others in _grouped(np.concatenate((pairs, again)), documents, tile):
        one = known(i)
        twos = [known(j) for j in others]
        for j, two, common in zip(others, twos, verify.in_common(one, twos), strict=True):
            measure = verify.measure(one, two, partial(versions, i, j), common)
            if measure.relation:
                found[i, j] = measure
                spread(found, i, j)
    return found


def _grouped(pairs: I32, documents: int, tile: int) -> Iterator[tuple[int, list[int]]]:
    """Each document that is the first of a pair, with up to AT_ONCE of its others at a time, each pair once.

    `tile` documents are compared with as many others before the next come, so that the shingles of twice as many are enough to keep:
    in the order of pairs, those of nearly every second document would be read again. A pair is one number that sorts so; millions of
    tuples would fill the memory.
    """
    tiles = documents // tile + 1
    numbers = np.empty(len(pairs), np.int64)
    for at in range(0, len(pairs), PART):
        some = pairs[at : at + PART].astype(np.int64)
        (tile_i, i), (tile_j, j) = (np.divmod(side(axis=1), tile) for side in (some.min, some.max))
        numbers[at : at + PART] = ((tile_i * tiles + tile_j) * tile + i) * tile + j
    keys = distinct(numbers)
    del pairs, numbers
    start = 0
    while start < len(keys):
        row = int(keys[start]) // tile
        end = min(start + AT_ONCE, int(np.searchsorted(keys, (row + 1) * tile)))
        one, two = divmod(row // tile, tiles)
        yield one * tile + row % tile, (keys[start:end] - (row - two) * tile).tolist()
        start = end


class _Spread:
    """What holds for the best of some equal documents holds for each of them: they may all join the other side.

    Of more than MAX_DOCUMENTS equal ones it is said only where it may decide: of namesakes, and of what may join a better document. All
    pairs of ten thousand empty pages would fill the memory, and the records with each other's names.
    """

    def __init__(self, facts: Facts, equals: dict[int, list[int]]) -> None:
        self.facts, self.equals = facts, equals
        self.namesakes: dict[tuple[int, int], list[int]] = {}  # of the many: (best, name) -> the others of that name
        self.free: dict[int, list[int]] = {}  # of the many whose best changes nothing: the best that may
        for best, others in equals.items():
            if len(others) > MAX_DOCUMENTS:
                for number in others:
                    self.namesakes.setdefault((best, int(facts.name[number])), []).append(number)
                if facts.annotate[best]:
                    self.free[best] = [e for e in others if not facts.annotate[e]][:1]

    def __call__(self, found: Edges, i: int, j: int) -> None:
        measure = found[i, j]
        for a, b in [*((e, j) for e in self._of(i, j)), *((i, e) for e in self._of(j, i))]:
            if a != b:
                swapped = SWAPPED.get(measure.relation, measure.relation)
                found[min(a, b), max(a, b)] = measure if a < b else measure._replace(relation=swapped)

    def _of(self, best: int, other: int) -> Sequence[int]:
        """The equals of a document that are said to overlap another one as it does."""
        equals = self.equals.get(best, ())
        if len(equals) <= MAX_DOCUMENTS:
            return equals
        name = int(self.facts.name[other])
        namesakes = self.namesakes.get((best, name), []) if name else []
        if (self.facts.exact[best] == self.facts.exact[other]).all():
            return [*namesakes[:1], *self.free.get(best, ())]
        return equals if self.facts.place[other] < self.facts.place[best] else namesakes


def _candidates(
    facts: Facts, prints: Sequence[Fingerprint], alone: I64, fraction: int, parts: int, ranges: Ranges
) -> tuple[I32, dict[str, U64]]:
    """Pairs of documents worth measuring, and the boilerplate of each source; `alone` are the documents to pair, best first."""
    _gather(prints, _places(alone, len(facts.place)), fraction, parts, ranges)
    sources = facts.source[alone]
    templates: dict[str, list[U64]] = {}

    def each() -> Iterator[Postings]:
        for number in range(parts):
            part = Postings(*ranges.take(number), len(alone)).repeated()
            for source, hashes in boilerplate.find(sources, part).items():
                templates.setdefault(facts.sources[source], []).append(hashes)
            yield part

    pairs = join(each(), MIN_SHARED) if fraction == 1 else join(each(), 1, MAX_OF_MANY)
    return alone.astype(np.int32)[pairs], {source: np.concatenate(found) for source, found in templates.items()}


def _places(alone: I64, count: int) -> I32:
    """For each document its place among those to pair, -1 where it is none of them."""
    places = np.full(count, -1, dtype=np.int32)
    places[alone] = np.arange(len(alone))
    return places


def _read(prints: Iterable[Fingerprint]) -> Iterator[list[bytes]]:
    """The strong shingles of documents, of some at a time."""
    some: list[bytes] = []
    size = 0
    for print_ in prints:
        some.append(print_.strong)
        size += len(print_.strong)
        if size >= READ:
            yield some
            some, size = [], 0
    yield some


def _gather(prints: Iterable[Fingerprint], places: I32, fraction: int, parts: int, ranges: Ranges) -> None:
    """Puts the sampled hashes of all documents to their ranges; fingerprints are read through once, in the order of documents."""
    start = 0
    bounds = np.array([number * ((1 << 64) // parts) for number in range(1, parts)], dtype=np.uint64)
    for data in _read(prints):
        values = np.frombuffer(b"".join(data), dtype="<u8").astype(np.uint64, copy=False)
        owners = np.repeat(places[start : start + len(data)], [len(d) // 8 for d in data])
        start += len(data)
        chosen = owners >= 0
        if fraction > 1:
            chosen &= values % np.uint64(fraction) == 0
        values, owners = values[chosen], owners[chosen]
        if parts == 1:
            ranges.add(0, values, owners)
            continue
        part = np.searchsorted(bounds, values, side="right")
        order = np.argsort(part.astype(np.uint16), kind="stable")
        edges_ = np.searchsorted(part[order], np.arange(parts + 1)).tolist()
        for number in range(parts):
            own = order[edges_[number] : edges_[number + 1]]
            ranges.add(number, values[own], owners[own])
