"""What documents share: link fuzzily, drop only exactly.

`fingerprint` makes small arrays of each document; `candidates` and `verify` find the pairs that overlap, exactly; `decide`
chooses canonical documents and who joins them; `merge` plans, for one cluster, which passage survives where.
Nothing here knows markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from pipeline.overlap.decide import Relation, Standing, decide
from pipeline.overlap.fingerprint import Fingerprint, Outline

if TYPE_CHECKING:
    from pipeline.overlap.candidates import Ranges


class Resolution(msgspec.Struct, frozen=True):
    """What the barrier decided; documents are numbered in the order of their ids."""

    records: list[int]  # documents that become records
    members: dict[int, list[int]]  # canonical document -> documents that join it, in order of rank
    relations: dict[int, list[Relation]]  # document -> its verified overlaps


def resolve(
    standings: Sequence[Standing],
    prints: Sequence[Fingerprint],
    outlines: Sequence[Outline] | None = None,
    ranges: Ranges | None = None,
) -> Resolution:
    """Overlap over all documents at once, from their fingerprints alone.

    `standings[i]`, `prints[i]` and `outlines[i]` belong to document i; documents must be sorted by id, so that input order cannot matter.
    All three may make each value when it is asked for: they are read through once, in order, and then asked only for what pairs. Hashes
    wait in `ranges`, in memory by default: 12 bytes for each that finds candidates.
    """
    if len(standings) < 2:
        return Resolution(list(range(len(standings))), {}, {})
    from pipeline.overlap.edges import edges
    from pipeline.overlap.facts import facts

    known = facts(standings, outlines or [p.outline() for p in prints])
    decided = decide(known, edges(known, standings, prints, ranges))
    return Resolution([i for i in range(len(standings)) if i not in decided.canonical], decided.members, decided.relations)
