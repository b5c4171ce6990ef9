"""What documents share: link fuzzily, drop only exactly.

`fingerprint` makes small arrays of each document; `candidates` and `verify` find the pairs that overlap, exactly; `decide`
chooses canonical documents and who joins them; `merge` plans, for one cluster, which passage survives where.
Nothing here knows markup.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pipeline.overlap.decide import Relation, Standing, decide
from pipeline.overlap.fingerprint import Fingerprint, Outline


class Resolution(msgspec.Struct, frozen=True):
    """What the barrier decided; documents are numbered in the order of their ids."""

    records: list[int]  # documents that become records
    members: dict[int, list[int]]  # canonical document -> documents that join it, in order of rank
    relations: dict[int, list[Relation]]  # document -> its verified overlaps


def resolve(standings: Sequence[Standing], prints: Sequence[Fingerprint], outlines: Sequence[Outline] | None = None) -> Resolution:
    """Overlap over all documents at once, from their fingerprints alone.

    `standings[i]`, `prints[i]` and `outlines[i]` belong to document i; documents must be sorted by id, so that input order cannot matter.
    `prints` may read each fingerprint when it is asked for: it is read through once or a few times, and then only for pairs.
    """
    if len(standings) < 2:
        return Resolution(list(range(len(standings))), {}, {})
    from pipeline.overlap.edges import edges

    decided = decide(standings, edges(standings, prints, outlines or [p.outline() for p in prints]))
    return Resolution([i for i in range(len(standings)) if i not in decided.canonical], decided.members, decided.relations)
