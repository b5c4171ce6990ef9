"""Which documents are canonical, and which join them: a total order and stars, so that the order of input cannot matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

MERGED_RELATIONS = frozenset({"exact", "near", "contains", "contained"})  # `revised` only links: too much of either is its own
SWAPPED = {"contains": "contained", "contained": "contains"}


class Measure(NamedTuple):
    """How two documents overlap."""

    relation: str  # exact | contains | contained | near | revised, read as: the first <relation> the second; empty for none
    jaccard: float  # shared shingles over all shingles
    containment: float  # shared shingles over those of the smaller document
    template: bool = False  # most of what they share is boilerplate of their source: they are alike, but no copies


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What decides between copies of a text: one document's rank, and what its source allows."""

    id: str  # the document
    source: str  # its source
    title: str  # normal form of its title
    protect: bool  # never joins another document
    policy: str  # merge | keep_canonical | annotate
    priority: int  # smaller first
    licensed: bool  # its licence is known
    words: int  # more is more complete
    modified: str  # ISO 8601; later is fresher
    sha256: str  # of the clean text


class Relation(msgspec.Struct, frozen=True, gc=False):
    """How one document overlaps another that it is not merged with, or is."""

    other: int  # index of the other document
    relation: str  # one of model.RELATIONS, read as: this document <relation> the other
    jaccard: float
    containment: float


class Decisions(msgspec.Struct, frozen=True):
    """What becomes of every document."""

    members: dict[int, list[int]]  # canonical document -> documents that join it, in order of rank
    canonical: dict[int, int]  # document that joins -> its canonical document
    relations: dict[int, list[Relation]]  # document -> its verified overlaps, by the other's index


class Ranked(Protocol):
    """What decides between copies, by the numbers of documents (overlap.facts.Facts)."""

    @property
    def place(self) -> Any:
        """Place of the document in the order of ranks."""

    @property
    def protect(self) -> Any:
        """Whether the document never joins another."""

    @property
    def annotate(self) -> Any:
        """Whether its source's policy is to change nothing."""


def decide(facts: Ranked, edges: Mapping[tuple[int, int], Measure]) -> Decisions:
    """Stars around canonical documents: a document joins the best-ranked canonical one to which it has a verified edge.

    `edges` holds, for i < j, the measure of document i against document j. Membership needs a direct edge of a merging relation; there
    is no transitive closure, so a chain of small changes never pulls unlike documents together.
    """
    relations: dict[int, list[Relation]] = {}
    near: dict[int, list[int]] = {}
    for (i, j), (relation, jaccard, containment, template) in sorted(edges.items()):
        if not relation:
            continue
        relations.setdefault(i, []).append(Relation(j, relation, jaccard, containment))
        relations.setdefault(j, []).append(Relation(i, SWAPPED.get(relation, relation), jaccard, containment))
        if relation in MERGED_RELATIONS and not template and not facts.annotate[i] and not facts.annotate[j]:
            near.setdefault(i, []).append(j)
            near.setdefault(j, []).append(i)
    members: dict[int, list[int]] = {}
    canonical: dict[int, int] = {}
    place = {number: int(facts.place[number]) for number in near}
    for i in sorted(near, key=place.__getitem__):
        if i in canonical:
            continue
        joining = [j for j in near[i] if j not in canonical and j not in members and not facts.protect[j] and place[j] > place[i]]
        if joining:
            members[i] = sorted(joining, key=place.__getitem__)
            canonical.update(dict.fromkeys(joining, i))
    return Decisions(members, canonical, relations)
