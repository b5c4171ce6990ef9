"""Which documents are canonical, and which join them: a total order and stars, so that the order of input cannot matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    named: bool = False  # the title is what the document calls itself, not made of the name of any file


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

    @property
    def source(self) -> Any:
        """A number for its source."""

    @property
    def name(self) -> Any:
        """A number for the name that it bears, 0 where it has none of its own."""


def decide(facts: Ranked, edges: Mapping[tuple[int, int], Measure]) -> Decisions:
    """Stars around canonical documents: a document joins the best-ranked canonical one to which it has a verified edge.

    `edges` holds, for i < j, the measure of document i against document j. Membership needs a direct edge of a merging relation; there
    is no transitive closure, so a chain of small changes never pulls unlike documents together. Documents of one source that bear
    different names are different documents, however alike: a vault has a note for each of twenty potions. They are related, never joined,
    not even through a third.
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
    members = _stars(facts, near)
    return Decisions(members, {j: i for i, joining in members.items() for j in joining}, relations)


def _stars(facts: Ranked, near: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """Canonical documents with those that join them, from the pairs that may: pairs of one name first, then the others.

    A document that others of its name have joined may join another with all of them, where each has an edge of its own to it.
    """
    stars: dict[int, list[int]] = {}
    joined: set[int] = set()
    names: dict[tuple[int, int], int] = {}  # (canonical document, source) -> the name that a document of the source that joined it bears

    def join(i: int, some: Sequence[int]) -> bool:
        """Whether documents may join the star of i: a source has documents of one name in it."""
        new: dict[int, int] = {}
        for j in some:
            name, source = int(facts.name[j]), int(facts.source[j])
            own = int(facts.name[i]) if facts.source[i] == source else 0
            if name and (own or names.get((i, source)) or new.setdefault(source, name)) != name:
                return False
        names.update(((i, source), name) for source, name in new.items())
        return True

    place = {number: int(facts.place[number]) for number in near}
    order = sorted(near, key=place.__getitem__)
    for alike in (True, False):
        for i in order:
            if i in joined:
                continue
            around = set(near[i])
            for j in sorted(around, key=place.__getitem__):
                if j in joined or facts.protect[j] or place[j] < place[i]:
                    continue
                if alike and not (facts.name[i] and facts.name[i] == facts.name[j]):  # two without a name are no namesakes
                    continue
                some = [j, *stars.get(j, ())]
                if (len(some) > 1 and not around.issuperset(some)) or not join(i, some):
                    continue
                stars.pop(j, None)
                stars.setdefault(i, []).extend(some)
                joined.update(some)
    return {i: sorted(joining, key=place.__getitem__) for i, joining in stars.items()}
