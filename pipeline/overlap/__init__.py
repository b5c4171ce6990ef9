"""What documents share: link fuzzily, drop only exactly.

`fingerprint` makes small arrays of each document; `candidates` and `verify` find the pairs that overlap, exactly; `decide`
chooses canonical documents and who joins them; `merge` plans, for one cluster, which passage survives where.
Nothing here knows markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from pipeline.overlap.decide import SWAPPED, Measure, Relation, Standing, decide
from pipeline.overlap.fingerprint import Fingerprint

KEPT_SETS = 4096  # documents whose shingles are kept as sets while pairs are measured: pairs come sorted, so few are built twice


class Resolution(msgspec.Struct, frozen=True):
    """What the barrier decided; documents are numbered in the order of their ids."""

    records: list[int]  # documents that become records
    members: dict[int, list[int]]  # canonical document -> documents that join it, in order of rank
    relations: dict[int, list[Relation]]  # document -> its verified overlaps


def resolve(standings: Sequence[Standing], prints: Sequence[Fingerprint]) -> Resolution:
    """Overlap over all documents at once, from their fingerprints alone.

    `standings[i]` and `prints[i]` belong to document i; documents must be sorted by id, so that input order cannot matter.
    """
    if len(prints) < 2:
        return Resolution(list(range(len(prints))), {}, {})
    decided = decide(standings, _edges(standings, prints))
    return Resolution([i for i in range(len(prints)) if i not in decided.canonical], decided.members, decided.relations)


def _edges(standings: Sequence[Standing], prints: Sequence[Fingerprint]) -> dict[tuple[int, int], Measure]:
    """The measure of every pair of documents that share a shingle and amount to something; for i < j, of i against j."""
    from pipeline.overlap import boilerplate, verify
    from pipeline.overlap.candidates import join

    strong = [p.strong for p in prints]
    templates = boilerplate.find([s.source for s in standings], strong)

    @lru_cache(maxsize=KEPT_SETS)
    def sets(number: int) -> verify.Sets:
        return verify.sets(prints[number], templates.get(standings[number].source))

    edges = {}
    equals, pairs = _pairs(standings, prints, join)
    for i, j in pairs:
        versions = bool(standings[i].title) and standings[i].title == standings[j].title
        found = verify.measure(sets(i), sets(j), versions)
        if not found.relation:
            continue
        edges[i, j] = found
        # What holds for the best of some equal documents holds for each of them: they may all join the other side.
        for a, b in [*((e, j) for e in equals.get(i, ())), *((i, e) for e in equals.get(j, ()))]:
            if a != b:
                edges[min(a, b), max(a, b)] = found if a < b else found._replace(relation=SWAPPED.get(found.relation, found.relation))
    return edges


def _pairs(
    standings: Sequence[Standing], prints: Sequence[Fingerprint], join: Callable[[Sequence[bytes]], list[tuple[int, int]]]
) -> tuple[dict[int, list[int]], list[tuple[int, int]]]:
    """The equals of the best of each set of equal documents, and the pairs worth measuring.

    These are each equal with its best, and the bests that share shingles.
    """
    best_first = sorted(range(len(prints)), key=lambda i: standings[i].rank())
    first_of: dict[bytes, int] = {}
    equals: dict[int, list[int]] = {}
    alone: list[int] = []  # the best of each set of equal documents
    for number in best_first:
        first = first_of.setdefault(prints[number].exact, number)
        if first == number or prints[number].words == 0:
            alone.append(number)
        else:
            equals.setdefault(first, []).append(number)
    pairs = {(min(first, e), max(first, e)) for first, others in equals.items() for e in others}
    for a, b in join([prints[i].strong for i in alone]):
        i, j = alone[a], alone[b]
        pairs.add((min(i, j), max(i, j)))
    return equals, sorted(pairs)
