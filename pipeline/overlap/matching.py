"""Which sentences of a document stand in a merged text already, and where.

Long sentences leave wherever their words stand. Headings and short sentences say little out of their place: "The dose is 5 mg." is another
fact under the name of another drug. So they leave only in the section that is the same one in both texts, or in step with what is beside
them; and what a document says twice, in two of its sections, it means twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from pipeline.model import Document
from pipeline.overlap.units import SHORT_WORDS, Place, Unit

Section = tuple[int, int]  # (document, number of the unit) of a heading that stands in the merged text
NOWHERE: Section = (-1, -1)  # below no heading but the title

P = TypeVar("P")  # what the merged text is made of


class Match(NamedTuple, Generic[P]):
    """A unit that stands in the merged text."""

    place: Place  # where its own document says it
    piece: P  # the piece that holds it
    section: Section  # the nearest heading above
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


class _Numbers(NamedTuple, Generic[P]):
    """Where the merged text says a sentence."""

    options: Mapping[str, Sequence[Match[P]]]  # by the number right before it
    facts: bool  # some of these numbers are facts


def slot(unit: Unit, kind: str) -> str:
    """Headings survive only in headings: the same words in prose do not give a section its name."""
    return f"#{unit.key}" if kind == "heading" else unit.key


class Matcher(Generic[P]):
    """For every unit of a document, in `found`, where the merged text says the same; None where it does not, or in another place."""

    def __init__(
        self,
        places: Mapping[str, Sequence[Match[P]]],
        numbered: Mapping[tuple[int, int], Match[P]],
        document: Document,
        units: Sequence[Unit],
        number: int,
        titles: Collection[str],
    ) -> None:
        self._places, self._numbered = places, numbered
        self._document, self._units, self._number, self._titles = document, units, number, titles
        self._taken: set[Place] = set()  # headings that one of this document has matched: it has two sections of one name, not one twice
        self.sections: set[Section] = set()  # sections of the merged text that have a heading in this document
        self._last = NOWHERE  # the heading matched last
        self._used: Counter[str] = Counter()  # how often a sentence has matched
        self._numbers: dict[str, _Numbers[P]] = {}
        self._known: dict[tuple[str, str, str, Section], tuple[int, Match[P] | None, Match[P] | None]] = {}
        self._shared = self._headings_of_shared()
        self.found: list[Match[P] | None] = [None] * len(units)
        headings = [at for at, unit in enumerate(units) if self._kind(unit) == "heading"]
        for at in headings:
            self.found[at] = self._heading(units[at])
        for at in headings:  # when it is known which sections have their own, the others may have another name or level
            self.found[at] = self.found[at] or self._heading(units[at]) or self._moved(units[at])
        for at, unit in enumerate(units):
            if self._kind(unit) != "heading":
                self.found[at] = self._sentence(unit, self.found[at - 1] if at else None)
        for at in range(len(self.found) - 2, -1, -1):  # a short sentence may lean on the one behind it, too
            after = self.found[at + 1]
            if self.found[at] is None and after is not None:
                self.found[at] = self._neighbour(units[at], after, -1)
        self._keep_together()

    def section(self, unit: Unit) -> Section:
        """The heading of the merged text under which a unit stands, or would stand."""
        if unit.head < 0 or self._units[unit.head].key in self._titles:
            return NOWHERE
        match = self.found[unit.head]
        return (self._number, unit.head) if match is None else (match.place.document, match.number)

    def _kind(self, unit: Unit) -> str:
        return self._document.blocks[unit.block].kind

    def _headings_of_shared(self) -> set[int]:
        """The headings above the long sentences that the merged text says, too, and as often as this document."""
        prose = [unit for unit in self._units if unit.words >= SHORT_WORDS and self._kind(unit) != "heading"]
        often = Counter(unit.key for unit in prose)
        found: set[int] = set()
        for unit in prose:
            if len(self._places.get(unit.key, ())) >= often[unit.key]:
                head = unit.head
                while head >= 0 and head not in found:
                    found.add(head)
                    head = self._units[head].head
        return found

    def _heading(self, unit: Unit) -> Match[P] | None:
        """The heading of the same name in the same section, of several the next."""
        above = self.section(unit)
        options = [o for o in self._places.get(slot(unit, "heading"), ()) if o.section == above and o.place not in self._taken]
        ahead = (o for o in options if (o.place.document, o.number) > self._last)
        return self._take(next(ahead, options[0])) if options else None

    def _moved(self, unit: Unit) -> Match[P] | None:
        """The only heading of the same name in a section that has another name or level, by what else stands in both, or none above it."""
        options = self._places.get(slot(unit, "heading"), ())
        above = self.section(unit)
        if above[0] == self._number:  # the section above is this document's own: a new one, or an old one by a new name
            options = [o for o in options if o.place not in self._taken and o.section not in self.sections]
            fits = unit.head in self._shared
        else:
            fits = above == NOWHERE or any(o.section == NOWHERE and (o.place.document, o.number) > above for o in options)
        return self._take(options[0]) if fits and len(options) == 1 and options[0].place not in self._taken else None

    def _take(self, match: Match[P]) -> Match[P]:
        self._taken.add(match.place)
        self._last = (match.place.document, match.number)
        self.sections.add(self._last)
        return match

    def _sentence(self, unit: Unit, before: Match[P] | None) -> Match[P] | None:
        found = self._neighbour(unit, before, 1) if before is not None else None
        if found is None:
            count, at_home, first = self._options(unit)
            found = at_home or (first if unit.words >= SHORT_WORDS and self._used[unit.key] < count else None)
        self._used[unit.key] += found is not None
        return found

    def _options(self, unit: Unit) -> tuple[int, Match[P] | None, Match[P] | None]:
        """How often the merged text says it, the first place in the same section, and the first of all; lists of equal lines are long."""
        numbers = self._by_number(unit.key)
        question = unit.key, unit.said, unit.before if numbers.facts else "", self.section(unit)
        if question not in self._known:
            options = [o for o in (numbers.options.get(unit.said, ()) if unit.said else self._places.get(unit.key, ())) if o.says(unit)]
            at_home = next((o for o in options if o.section == question[3]), None)
            self._known[question] = len(options), at_home, options[0] if options else None
        return self._known[question]

    def _by_number(self, key: str) -> _Numbers[P]:
        if key not in self._numbers:
            options: dict[str, list[Match[P]]] = {}
            for option in self._places.get(key, ()):
                options.setdefault(option.unit.before, []).append(option)
            self._numbers[key] = _Numbers(options, any(o.unit.said for some in options.values() for o in some))
        return self._numbers[key]

    def _neighbour(self, unit: Unit, beside: Match[P], step: int) -> Match[P] | None:
        """The unit next to a match, where it says the same as this one: the texts run in parallel."""
        other = self._numbered.get((beside.place.document, beside.number + step))
        same = other is not None and other.key == unit.key and other.says(unit)
        return other if same and self._kind(unit) != "heading" else None

    def _keep_together(self) -> None:
        """Short sentences stay in a passage of which a sentence stays, but where they run in step with a heading or a long sentence."""
        torn = {unit.block for unit, match in zip(self._units, self.found, strict=True) if match is None}
        start = 0
        while start < len(self.found):
            end = start + 1
            while end < len(self.found) and self._in_step(end):
                end += 1
            run = range(start, end)
            if not any(self._units[at].words >= SHORT_WORDS or self._kind(self._units[at]) == "heading" for at in run):
                for at in run:
                    if self._units[at].block in torn:
                        self.found[at] = None
            start = end

    def _in_step(self, at: int) -> bool:
        """Whether a unit and the one before it match two that follow each other."""
        one, two = self.found[at - 1], self.found[at]
        return one is not None and two is not None and (two.place.document, two.number) == (one.place.document, one.number + 1)
