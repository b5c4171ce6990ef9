"""Plans how the documents of one cluster become one text: which passage stands where, and what survives what.

A passage leaves only when its own normalised sentence stands in the canonical document or in a passage that was merged before it.
Everything else is a passage of the result, placed in the section that it belongs to. Headings and short sentences say little out of
their place: they leave only with a match in the same section or beside a sentence that leaves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.model import Block, Document
from pipeline.text import words as text_words

SHORT_WORDS = 8  # a sentence with fewer words leaves only in its place: "The dose is 5 mg." is another fact in another section
_NUMBER_BEFORE = re.compile(r"(?<![\w.,])(\d+)[.)]?\s+\Z")
MARKER = 12  # characters of the number of an item with its stop: Markdown allows ten
WHOLE_KINDS = frozenset({"heading", "code", "table", "math"})  # kinds that are one unit, not sentences
EXACT_KINDS = frozenset({"code", "math"})  # kinds in which every sign counts: `a - b` is not `a / b`; only white space may differ


class Unit(NamedTuple):
    """The smallest thing that can leave: a sentence, or a whole block of WHOLE_KINDS."""

    block: int  # index of its block
    start: int  # first code point in the document's text
    end: int  # one past the last
    key: str  # normal form; of EXACT_KINDS the text itself
    words: int  # words of the normal form
    home: str  # normal form of the nearest heading above
    said: str  # the number of its item where no counting explains it: `1986. A good year.` is another fact than `1987.`
    before: str  # the number that stands right before it, of an item or not


class Place(NamedTuple):
    """A span of a document's own text."""

    document: int  # index in the cluster, 0 = canonical
    block: int  # index of the block
    start: int  # first code point
    end: int  # one past the last


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
    followers: list[Piece] = field(default_factory=list)  # passages placed right behind it


class Conflict(NamedTuple):
    """Two sentences of the merged text that differ in a number or a negation only; both stand."""

    passage: Place  # in the document that was merged
    other: Place  # what it contradicts


class Plan(NamedTuple):
    """The result of a cluster."""

    pieces: list[Piece]  # in the order of the merged text
    drops: list[Drop]  # by document, then place
    conflicts: list[Conflict]  # by document, then place


class _Match(NamedTuple):
    """A unit that stands in the result."""

    place: Place  # where its own document says it
    piece: Piece  # the piece that holds it
    home: str  # normal form of the heading above
    number: int  # its number among its document's units
    unit: Unit  # what it says

    @property
    def key(self) -> str:
        """Its normal form."""
        return self.unit.key

    def says(self, unit: Unit) -> bool:
        """Whether it says the same as a unit of equal key: a number of one side that is a fact stands before the other, too."""
        own = self.unit
        return (not unit.said or unit.said == own.before) and (not own.said or not unit.before or unit.before == own.said)


def units(document: Document) -> list[Unit]:
    """The units of a document in order; a sentence without words belongs to the one before it."""
    found: list[Unit] = []
    counts: dict[int, int] = {}  # level of a list -> number of its last item
    for number, block in enumerate(document.blocks):
        said = _number(document, block, counts) if block.kind == "list_item" else ""
        home = text_words.key(block.section[-1]) if block.section else ""
        for start, end in _spans(document, block):
            text = document.text[start:end]
            key = " ".join(text.split()) if block.kind in EXACT_KINDS else text_words.key(text)
            if not key and found and found[-1].block == number:
                found[-1] = found[-1]._replace(end=end)
                continue
            # What has no words (a row of dashes) is its own key: it still leaves only for its equal.
            words = key.count(" ") + 1 if key else 0
            found.append(Unit(number, start, end, key or text, words, home, said, _before(document.text, start)))
            said = ""
    return found


def _number(document: Document, block: Block, counts: dict[int, int]) -> str:
    """The number of an item where it is neither 1 nor that of the item before plus one; empty for others, and for items without one."""
    marker = document.text[document.text.rfind("\n", 0, block.start) + 1 : block.start].strip()
    number = int(marker[:-1]) if marker[:-1].isdecimal() and len(marker) < MARKER else 0
    counted = number <= 1 or number == counts.get(block.level, 0) + 1
    counts[block.level] = number
    return "" if counted else str(number)


def _before(text: str, start: int) -> str:
    """The number right before a place, with its stop or bracket or without."""
    found = _NUMBER_BEFORE.search(text, max(0, start - MARKER), start)
    return str(int(found[1])) if found else ""


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


def _spans(document: Document, block: Block) -> list[tuple[int, int]]:
    if block.kind in WHOLE_KINDS:
        return [(block.start, block.end)]
    return [(block.start + a, block.start + b) for a, b in text_words.sentences(document.text[block.start : block.end])]


def _slot(unit: Unit, kind: str) -> str:
    """Headings survive only in headings: the same words in prose do not give a section its name."""
    return f"#{unit.key}" if kind == "heading" else unit.key


class _Result:
    """The merged text as it grows: canonical blocks, what hangs behind them, and where each unit stands."""

    def __init__(self, canonical: Document) -> None:
        self.canonical = canonical
        self.start = Piece(0, -1, 0, 0, -1)
        self.pieces = [Piece(0, i, b.start, b.end, i) for i, b in enumerate(canonical.blocks)]
        self.places: dict[str, list[_Match]] = {}
        self.numbered: dict[tuple[int, int], _Match] = {}  # (document, number of the unit)
        self.skeletons: dict[str, _Match] = {}  # sentences without their numbers and negations
        for number, unit in enumerate(units(canonical)):
            self.add(0, number, unit, canonical.blocks[unit.block].kind, self.pieces[unit.block])

    def add(self, document: int, number: int, unit: Unit, kind: str, piece: Piece) -> None:
        """Records that a unit of a document stands in the result."""
        match = _Match(Place(document, unit.block, unit.start, unit.end), piece, unit.home, number, unit)
        self.places.setdefault(_slot(unit, kind), []).append(match)
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

    def section_end(self, anchor: Piece, level: int) -> Piece:
        """The last canonical passage behind `anchor` before a heading of `level` or above."""
        at = anchor.root
        blocks = self.canonical.blocks
        while at + 1 < len(blocks) and not (blocks[at + 1].kind == "heading" and blocks[at + 1].level <= level):
            at += 1
        return self.pieces[at] if at >= 0 else self.start

    def in_order(self) -> Iterator[Piece]:
        """Every piece of the merged text; iterative, as a chain of followers may be long."""
        stack = [*reversed(self.pieces), self.start]
        while stack:
            piece = stack.pop()
            if piece is not self.start:
                yield piece
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
        self.anchor: Piece | None = None  # the passage behind which the next one goes
        self.pending: list[int] = []  # headings without a match, whose section has shown nothing of its own yet
        self.open: Piece | None = None  # the piece that the next sentence of the same block extends
        self.drops: list[Drop] = []
        self.conflicts: list[Conflict] = []

    def place(self) -> list[Drop]:
        """Places every unit; returns what leaves, in the order of the document."""
        for at, (unit, match) in enumerate(zip(self.units, self._matches(), strict=True)):
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

    # -- matching ------------------------------------------------------------------------------------------------------

    def _matches(self) -> list[_Match | None]:
        """For every unit where the result says the same; None where it does not, or where a short unit is out of its place."""
        found: list[_Match | None] = []
        for unit in self.units:
            found.append(self._match(unit, found[-1] if found else None))
        for at in range(len(found) - 2, -1, -1):  # a short sentence may lean on the one behind it, too
            after = found[at + 1]
            if found[at] is None and after is not None:
                found[at] = self._neighbour(self.units[at], after, -1)
        return found

    def _match(self, unit: Unit, before: _Match | None) -> _Match | None:
        if before is not None and (following := self._neighbour(unit, before, 1)) is not None:
            return following
        kind = self._kind(unit)
        options = [o for o in self.result.places.get(_slot(unit, kind), ()) if o.says(unit)]
        at_home = next((o for o in options if o.home == unit.home), None)
        if at_home is not None or not options:
            return at_home
        if kind == "heading":
            return options[0] if len(options) == 1 else None
        return options[0] if unit.words >= SHORT_WORDS else None

    def _neighbour(self, unit: Unit, beside: _Match, step: int) -> _Match | None:
        """The unit next to a match, where it says the same as this one: the texts run in parallel."""
        other = self.result.numbered.get((beside.place.document, beside.number + step))
        same = other is not None and other.key == unit.key and other.says(unit)
        return other if same and self._kind(unit) != "heading" else None

    # -- placing -------------------------------------------------------------------------------------------------------

    def _heading(self, at: int, unit: Unit, match: _Match | None) -> None:
        self._close(self.document.blocks[unit.block].level)
        self.open = None
        if match is not None:
            self._leave(unit, match, "overlap.heading")
        elif unit.key in self.titles:
            self._drop(unit, "overlap.title", None)
        else:
            self.pending.append(at)

    def _leave(self, unit: Unit, match: _Match, rule: str) -> None:
        """A unit that stands elsewhere: its section is where that is, so headings without a match have nothing to head."""
        self._close(0)
        self.open = None
        self._drop(unit, rule, match.place)
        self.anchor = match.piece

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
        self.result.add(self.number, at, unit, self._kind(unit), self.open)

    def _compare(self, unit: Unit) -> None:
        """Notes a sentence that says the same as another but for its numbers or a negation."""
        other = self.result.skeletons.get(text_words.skeleton(unit.key)) if unit.words >= SHORT_WORDS else None
        if other is not None and other.place.document != self.number and (other.key != unit.key or not other.says(unit)):
            self.conflicts.append(Conflict(Place(self.number, unit.block, unit.start, unit.end), other.place))

    def _hang_heading(self, at: int) -> None:
        unit = self.units[at]
        anchor = self.anchor or self.result.lead_end()
        if anchor.document == 0:  # a new section stands behind the one it follows, not inside it
            anchor = self.result.section_end(anchor, self.document.blocks[unit.block].level)
        self.result.add(self.number, at, unit, "heading", self._hang(unit, anchor))
        self.open = None

    def _hang(self, unit: Unit, anchor: Piece) -> Piece:
        piece = Piece(self.number, unit.block, unit.start, unit.end, anchor.root)
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
        if last is not None and survivor is not None and last.survivor is not None and self._runs_on(last, gone, rule, survivor):
            self.drops[-1] = Drop(last.gone._replace(end=gone.end), rule, last.survivor._replace(end=survivor.end))
        else:
            self.drops.append(Drop(gone, rule, survivor))

    def _runs_on(self, last: Drop, gone: Place, rule: str, survivor: Place) -> bool:
        """Whether both sides follow the last drop in the same block, with only white space between, and the survivor is canonical."""
        before = last.survivor
        if before is None or last.rule != rule or last.gone.block != gone.block:
            return False
        if before.document != 0 or before[:2] != survivor[:2] or before.end > survivor.start:
            return False
        if self.document.text[last.gone.end : gone.start].strip():
            return False
        return not self.result.canonical.text[before.end : survivor.start].strip()
