"""Plans how the documents of one cluster become one text: which passage stands where, and what survives what.

A passage leaves only when its own normalised sentence stands in the canonical document or in a passage that was merged before it.
Everything else is a passage of the result, placed in the section that it belongs to. Headings and short sentences say little out of
their place: they leave only with a match in the same section or beside a sentence that leaves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.model import Document
from pipeline.overlap.matching import NOWHERE, Match, Matcher, Section, slot
from pipeline.overlap.units import SHORT_WORDS, WHOLE_KINDS, Place, Unit, units
from pipeline.text import words as text_words


class Drop(NamedTuple):
    """A passage that leaves."""

    gone: Place
    rule: str  # overlap.sentence | overlap.heading | overlap.title | overlap.empty_section | overlap.not_merged
    survivor: Place | None  # where its words still stand


@dataclass(slots=True, eq=False)
class Piece:
    """A passage of the result: a block of one document, whole or some of its sentences in a row."""

    document: int  # index in the cluster
    block: int  # index of the block
    start: int  # first code point in its document's text
    end: int  # one past the last
    root: int  # index of the canonical block after which it hangs; -1 before the first
    level: int = 0  # of a heading that was merged; 0 of all else
    above: Piece | None = None  # the merged heading that it stands below, where there is one
    followers: list[Piece] = field(default_factory=list)  # passages placed right behind it
    sections: list[Piece] = field(default_factory=list)  # merged headings behind all these, none deeper than the one before it


class Conflict(NamedTuple):
    """Two sentences of the merged text that differ in a number or a negation only; both stand."""

    passage: Place  # in the document that was merged
    other: Place  # what it contradicts


class Plan(NamedTuple):
    """The result of a cluster."""

    pieces: list[Piece]  # in the order of the merged text
    drops: list[Drop]  # by document, then place
    conflicts: list[Conflict]  # by document, then place


def plan(documents: Sequence[Document], keep_unique: Sequence[bool] | None = None, whole: Collection[int] = ()) -> Plan:
    """Merges documents[1:] into documents[0], in the order given.

    Where `keep_unique[i]` is false, the passages that only document i has are not merged but dropped as `overlap.not_merged`. Of the
    documents in `whole` nothing leaves: all their blocks stand behind the others.
    """
    result = _Result(documents[0])
    drops: list[Drop] = []
    conflicts: list[Conflict] = []
    for number, document in enumerate(documents[1:], 1):
        if number in whole:
            continue
        member = _Member(result, number, document, keep_unique is None or keep_unique[number])
        drops += member.place()
        conflicts += member.conflicts
    behind = [Piece(n, i, b.start, b.end, -1) for n in sorted(whole) for i, b in enumerate(documents[n].blocks)]
    return Plan([*result.in_order(), *behind], drops, conflicts)


class _Result:
    """The merged text as it grows: canonical blocks, what hangs behind them, and where each unit stands."""

    def __init__(self, canonical: Document) -> None:
        self.canonical = canonical
        self.start = Piece(0, -1, 0, 0, -1)
        self.pieces = [Piece(0, i, b.start, b.end, i) for i, b in enumerate(canonical.blocks)]
        self.headings = [i for i, b in enumerate(canonical.blocks) if b.kind == "heading"]
        self.places: dict[str, list[Match[Piece]]] = {}
        self.numbered: dict[tuple[int, int], Match[Piece]] = {}  # (document, number of the unit)
        self.skeletons: dict[str, Match[Piece]] = {}  # sentences without their numbers and negations
        for number, unit in enumerate(units(canonical)):
            section = (0, unit.head) if unit.head >= 0 else NOWHERE
            self.add(0, number, unit, canonical.blocks[unit.block].kind, self.pieces[unit.block], section)

    def add(self, document: int, number: int, unit: Unit, kind: str, piece: Piece, section: Section) -> None:
        """Records that a unit of a document stands in the result."""
        match = Match(Place(document, unit.block, unit.start, unit.end), piece, section, number, unit)
        self.places.setdefault(slot(unit, kind), []).append(match)
        self.numbered[document, number] = match
        if unit.words >= SHORT_WORDS and kind not in WHOLE_KINDS:
            self.skeletons.setdefault(text_words.skeleton(unit.key), match)

    def lead_end(self) -> Piece:
        """The last passage before the canonical document's first heading that follows text: where an unplaced lead goes."""
        last = self.start
        for block, piece in zip(self.canonical.blocks, self.pieces, strict=True):
            if block.kind == "heading" and last is not self.start:
                break
            last = piece
        return last

    def section(self, heading: Piece, anchor: Piece) -> None:
        """Places a merged heading behind the section that it follows, or else at the end of the one it is part of.

        Not behind `anchor` itself: what stands behind that, or comes to stand there, is not below this heading.
        """
        beside, above = None, anchor if anchor.level else anchor.above
        while above is not None and above.level >= heading.level:
            beside, above = above, above.above
        holder = above or self._section_end(anchor.root, heading.level)
        heading.root, heading.above = holder.root, above
        row = holder.sections
        at = len(row)
        while at and row[at - 1].level < heading.level:
            at -= 1
        while at and beside is not None and row[at - 1].level == heading.level and row[at - 1] is not beside:
            at -= 1
        row.insert(at, heading)

    def _section_end(self, root: int, level: int) -> Piece:
        """The last canonical passage behind block `root` before a heading of `level` or above."""
        blocks = self.canonical.blocks
        behind = range(bisect_right(self.headings, root), len(self.headings))
        end = next((self.headings[at] for at in behind if blocks[self.headings[at]].level <= level), len(blocks))
        return self.pieces[end - 1] if end else self.start

    def in_order(self) -> Iterator[Piece]:
        """Every piece of the merged text; iterative, as a chain of followers may be long."""
        stack = [*reversed(self.pieces), self.start]
        while stack:
            piece = stack.pop()
            if piece is not self.start:
                yield piece
            stack.extend(reversed(piece.sections))
            stack.extend(reversed(piece.followers))


class _Member:
    """Places one document into the result."""

    def __init__(self, result: _Result, number: int, document: Document, keep_unique: bool) -> None:
        self.result = result
        self.number = number
        self.document = document
        self.keep_unique = keep_unique
        self.units = units(document)
        self.titles = {text_words.key(document.title), text_words.key(result.canonical.title)} - {""}
        self.matcher = Matcher(result.places, result.numbered, document, self.units, number, self.titles)
        self.anchor: Piece | None = None  # the passage behind which the next one goes
        self.pending: list[int] = []  # headings without a match, whose section has shown nothing of its own yet
        self.open: Piece | None = None  # the piece that the next sentence of the same block extends
        self.drops: list[Drop] = []
        self.conflicts: list[Conflict] = []

    def place(self) -> list[Drop]:
        """Places every unit; returns what leaves, in the order of the document."""
        for at, (unit, match) in enumerate(zip(self.units, self.matcher.found, strict=True)):
            if self._kind(unit) == "heading":
                self._heading(at, unit, match)
            elif match is not None:
                self._leave(unit, match, "overlap.sentence")
            elif self.keep_unique:
                self._stay(at, unit)
            else:
                self._drop(unit, "overlap.not_merged", None)
        self._close(0)
        return sorted(self.drops, key=lambda drop: drop.gone.start)

    def _kind(self, unit: Unit) -> str:
        return self.document.blocks[unit.block].kind

    # -- placing -------------------------------------------------------------------------------------------------------

    def _heading(self, at: int, unit: Unit, match: Match[Piece] | None) -> None:
        self._close(self.document.blocks[unit.block].level)
        if match is not None:
            self._leave(unit, match, "overlap.heading")
        elif unit.key in self.titles:
            self._drop(unit, "overlap.title", None)
        else:
            self.pending.append(at)

    def _leave(self, unit: Unit, match: Match[Piece], rule: str) -> None:
        """A unit that stands elsewhere: its section is where that is, so headings without a match have nothing to head."""
        self.open = None
        if rule == "overlap.heading" or not self._away(unit, match):
            self._close(0)
            self.anchor = match.piece
        self._drop(unit, rule, match.place)

    def _away(self, unit: Unit, match: Match[Piece]) -> bool:
        """Whether a sentence stands in another section than its own: what comes next does not follow it there.

        Its own is the nearest one above that the record has. One that the record has under another name is its own, too, but where the
        document has a section of that name beside it.
        """
        standing, head = self.result.numbered, unit
        while (own := self.matcher.section(head)) not in standing and own != NOWHERE:
            head = self.units[head.head]
        at = match.section
        while at != own and at in standing and at not in self.matcher.sections:
            at = standing[at].section
        return at != own and (at in standing or (at == NOWHERE and own in standing))

    def _stay(self, at: int, unit: Unit) -> None:
        """A sentence of this document alone."""
        for heading in self.pending:
            self._hang_heading(heading)
        self.pending = []
        if self.open is not None and self.open.block == unit.block:
            self.open.end = unit.end
        else:
            self.open = self._hang(unit, self.anchor or self.result.lead_end())
        self._compare(unit)
        self.result.add(self.number, at, unit, self._kind(unit), self.open, self.matcher.section(unit))

    def _compare(self, unit: Unit) -> None:
        """Notes a sentence that says the same as another but for its numbers or a negation."""
        other = self.result.skeletons.get(text_words.skeleton(unit.key)) if unit.words >= SHORT_WORDS else None
        if other is not None and other.place.document != self.number and (other.key != unit.key or not other.says(unit)):
            self.conflicts.append(Conflict(Place(self.number, unit.block, unit.start, unit.end), other.place))

    def _hang_heading(self, at: int) -> None:
        unit = self.units[at]
        piece = Piece(self.number, unit.block, unit.start, unit.end, -1, self.document.blocks[unit.block].level)
        self.result.section(piece, self.anchor or self.result.lead_end())
        self.result.add(self.number, at, unit, "heading", piece, self.matcher.section(unit))
        self.anchor = piece

    def _hang(self, unit: Unit, anchor: Piece) -> Piece:
        piece = Piece(self.number, unit.block, unit.start, unit.end, anchor.root, above=anchor if anchor.level else anchor.above)
        anchor.followers.append(piece)
        self.anchor = piece
        return piece

    def _close(self, level: int) -> None:
        """Ends the sections of pending headings at `level` or deeper (0: all): nothing of their own stands below them."""
        while self.pending and self.document.blocks[self.units[self.pending[-1]].block].level >= level:
            self._drop(self.units[self.pending.pop()], "overlap.empty_section", None)

    def _drop(self, unit: Unit, rule: str, survivor: Place | None) -> None:
        """Records what leaves; sentences that run on in both texts make one line."""
        gone = Place(self.number, unit.block, unit.start, unit.end)
        last = self.drops[-1] if self.drops else None
        before = last.survivor if last is not None else None
        if last is not None and survivor is not None and before is not None and self._runs_on(last.gone, before, gone, survivor):
            self.drops[-1] = Drop(last.gone._replace(end=gone.end), rule, before._replace(end=survivor.end))
        else:
            self.drops.append(Drop(gone, rule, survivor))

    def _runs_on(self, last: Place, before: Place, gone: Place, survivor: Place) -> bool:
        """Whether both sides follow the last drop in the same block, with only white space between, and the survivor is canonical."""
        if last.block != gone.block or before.document != 0 or before[:2] != survivor[:2] or before.end > survivor.start:
            return False
        between = self.document.text[last.end : gone.start] + self.result.canonical.text[before.end : survivor.start]
        return not between.strip()
