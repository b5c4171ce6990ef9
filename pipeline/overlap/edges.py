"""From fingerprints to verified edges between documents, in memory that does not grow with the words of a corpus."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.overlap import boilerplate, verify
from pipeline.overlap.candidates import U64, Postings, join
from pipeline.overlap.decide import SWAPPED, Measure, Standing, later_first
from pipeline.overlap.fingerprint import Fingerprint, Outline

KEPT_SHINGLES = 400_000  # shingles kept as sets while pairs are measured, some 40 MB: pairs come sorted, so few are built twice
ALL_SHINGLES = 1_000_000  # shingles of a corpus up to which all of them find candidates: about 10,000 short documents
FRACTION = 8  # beyond, one shingle in so many does: finds .985 of pairs of containment .8 (FracMinHash, Irber et al. 2022)
PART = 1_000_000  # shingles sorted at once, some 60 MB while that lasts: more are taken in ranges, one after another
AT_ONCE = 8  # ranges gathered while fingerprints are read through once: 12 bytes a shingle, some 100 MB
READ = 2000  # documents whose fingerprints are looked at as one array
MIN_SHARED = 4  # shingles that a pair must share, 8 words in a row: less amounts to no relation (verify.MIN_WORDS)

Edges = dict[tuple[int, int], Measure]


def edges(standings: Sequence[Standing], prints: Sequence[Fingerprint], outlines: Sequence[Outline]) -> Edges:
    """The measure of every pair of documents that amounts to something; for i < j, of i against j.

    Candidates may be sampled; measures are exact.
    """
    total = sum(o.shingles for o in outlines)
    fraction = 1 if total <= ALL_SHINGLES else FRACTION
    equals, alone = _equals(standings, outlines)
    pairs, templates = _candidates(standings, prints, alone, fraction, max(1, -(-total // fraction // PART)))
    pairs |= {(min(best, e), max(best, e)) for best, others in equals.items() for e in others}

    kept: OrderedDict[int, verify.Sets] = OrderedDict()
    size = 0

    def sets(number: int) -> verify.Sets:
        nonlocal size
        if number in kept:
            kept.move_to_end(number)
            return kept[number]
        made = kept[number] = verify.sets(prints[number], templates.get(standings[number].source), fraction)
        size += len(made.strong)
        while size > KEPT_SHINGLES and len(kept) > 1:
            size -= len(kept.popitem(last=False)[1].strong)
        return made

    found: Edges = {}
    for i, j in sorted(pairs):
        versions = bool(standings[i].title) and standings[i].title == standings[j].title
        measure = verify.measure(sets(i), sets(j), versions)
        if measure.relation:
            found[i, j] = measure
            _spread(found, equals, i, j)
    return found


def _spread(found: Edges, equals: dict[int, list[int]], i: int, j: int) -> None:
    """What holds for the best of some equal documents holds for each of them: they may all join the other side."""
    measure = found[i, j]
    for a, b in [*((e, j) for e in equals.get(i, ())), *((i, e) for e in equals.get(j, ()))]:
        if a != b:
            found[min(a, b), max(a, b)] = measure if a < b else measure._replace(relation=SWAPPED.get(measure.relation, measure.relation))


def _equals(standings: Sequence[Standing], outlines: Sequence[Outline]) -> tuple[dict[int, list[int]], list[int]]:
    """The equals of the best of each set of equal documents, and all documents but these, best first.

    Arrays, not objects: a rank as a tuple, and a hash as a key, for each of a million documents would be held at once.
    """
    order = _by_rank(standings)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    exact = np.frombuffer(b"".join(o.exact for o in outlines), dtype="<u8").reshape(-1, 2)
    empty = np.fromiter((o.words == 0 for o in outlines), dtype=bool, count=len(order))
    grouped = np.lexsort((place, exact[:, 0], exact[:, 1]))
    same = np.zeros(len(order), dtype=bool)  # whether a document in this order says what the one before it says
    same[1:] = (exact[grouped[1:]] == exact[grouped[:-1]]).all(axis=1)
    best = grouped[np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))]
    joins = same & ~empty[grouped]
    equals: dict[int, list[int]] = {}
    for number, first in zip(grouped[joins].tolist(), best[joins].tolist(), strict=True):
        equals.setdefault(first, []).append(number)
    joined = np.zeros(len(order), dtype=bool)
    joined[grouped[joins]] = True
    return equals, order[~joined[order]].tolist()


def _by_rank(standings: Sequence[Standing]) -> NDArray[np.int64]:
    """The numbers of documents in the order of `Standing.rank`: by the same facts, as arrays, of hashes the first 128 bits.

    Ids come sorted in a run, so their numbers stand for them; where they do not, they are sorted here.
    """
    count = len(standings)
    facts = np.empty((4, count), dtype=np.int64)
    dates = np.empty(count, dtype=np.int64)
    text = np.empty((4, count), dtype=np.uint64)
    code_of: dict[str, int] = {}
    names = np.arange(count)
    before, ordered = "", True
    for number, s in enumerate(standings):
        before, ordered = s.id, ordered and before <= s.id
        facts[:, number] = not s.protect, s.priority, not s.licensed, -s.words
        dates[number] = code_of.setdefault(s.modified, len(code_of))
        text[:, number] = np.frombuffer(s.sha256.encode()[:32].ljust(32, b"\0"), dtype=">u8")
    place = {date: at for at, date in enumerate(sorted(code_of, key=later_first))}
    dates = np.array([place[date] for date in code_of], dtype=np.int64)[dates]
    if not ordered:
        names[sorted(range(count), key=lambda n: standings[n].id)] = np.arange(count)
    return np.lexsort((names, *text[::-1], dates, *facts[::-1]))


def _candidates(
    standings: Sequence[Standing], prints: Sequence[Fingerprint], alone: Sequence[int], fraction: int, parts: int
) -> tuple[set[tuple[int, int]], dict[str, U64]]:
    """Pairs of documents worth measuring, and the boilerplate of each source; `alone` are the documents to pair, best first."""
    sources = [standings[i].source for i in alone]
    templates: dict[str, list[U64]] = {}

    def ranges() -> Iterator[Postings]:
        for first in range(0, parts, AT_ONCE):
            last = min(first + AT_ONCE, parts)
            values, owners = _gathered(prints, alone, fraction, _bound(first, parts), _bound(last, parts))
            for number in range(first, last):
                inside = _between(values, _bound(number, parts), _bound(number + 1, parts))
                part = Postings(values[inside], owners[inside], len(alone))
                for source, hashes in boilerplate.find(sources, part).items():
                    templates.setdefault(source, []).append(hashes)
                yield part

    pairs = join(ranges(), MIN_SHARED if fraction == 1 else 1)
    numbered = {(min(alone[a], alone[b]), max(alone[a], alone[b])) for a, b in pairs}
    return numbered, {source: np.concatenate(found) for source, found in templates.items()}


def _bound(number: int, parts: int) -> int:
    """Where range `number` of `parts` equal ranges of hashes begins; one past the last hash for the one after the last."""
    return (1 << 64) if number == parts else number * ((1 << 64) // parts)


def _between(values: U64, low: int, high: int) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = values >= np.uint64(low)
    return inside if high == 1 << 64 else inside & (values < np.uint64(high))


def _gathered(prints: Sequence[Fingerprint], alone: Sequence[int], fraction: int, low: int, high: int) -> tuple[U64, NDArray[np.int32]]:
    """The sampled hashes of all documents that lie in a range, and who holds each; read through once, some documents at a time."""
    values: list[U64] = [np.zeros(0, np.uint64)]
    owners: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    for start in range(0, len(alone), READ):
        data = [prints[i].strong for i in alone[start : start + READ]]
        found = np.frombuffer(b"".join(data), dtype="<u8").astype(np.uint64, copy=False)
        owner = np.repeat(np.arange(start, start + len(data), dtype=np.int32), [len(d) // 8 for d in data])
        chosen = _between(found, low, high)
        if fraction > 1:
            chosen &= found % np.uint64(fraction) == 0
        values.append(found[chosen])
        owners.append(owner[chosen])
    return np.concatenate(values), np.concatenate(owners)
