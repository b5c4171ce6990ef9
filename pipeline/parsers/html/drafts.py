"""Passages that stay become drafts: kinds, levels, list marks, definitions, tables, links without tracking."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from pipeline.model import Image, Removal
from pipeline.parsers.html import tables
from pipeline.parsers.html.inline import Characters, Passage, read, read_verbatim
from pipeline.parsers.html.links import Links
from pipeline.parsers.html.lists import is_mark
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.places import Place, Places
from pipeline.parsers.html.vocabulary import TAG, WIKI_BITS
from pipeline.text.layout import MAX_DEPTH, Draft

MAX_TERM: Final = 200  # characters of a definition's term that go before its definition; longer ones are passages of their own
MAX_LINES: Final = 200  # lines of one stanza or paragraph: a text that grows by one line at a time is copied as often
LINES_BEFORE: Final = 20  # lines before one that tell how long a line of its paragraph is
SHORT_LINE: Final = (
    0.8  # share of their longest below which a line ends its paragraph: hyphens and justified setting leave lines longer
)
IMAGE_CLIMB: Final = 3  # containers up from an image within which a passage must stay for the image to stay
FIGURE_CLIMB: Final = 5  # containers up from an image within which a figure is looked for

_DT, _CAPTION, _FIGURE = TAG["dt"], TAG["caption"], TAG["figure"]


@dataclass(slots=True)
class Result:
    """What `Writer.write` gives."""

    drafts: list[Draft] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # stretches inside passages that are not shown
    images: list[Image] = field(default_factory=list)


class Writer:
    """Writes the drafts of one page."""

    def __init__(self, page: Page, keep: list[bool], links: Links, characters: Characters, *, show_hidden: bool) -> None:
        self._page = page
        self._keep = keep
        self._links = links
        self._characters = characters
        self._show_hidden = show_hidden
        self._places = Places(page, tables.data_tables(page))
        self._begun: set[int] = set()  # list items whose mark has been written
        self._term: tuple[int, Draft] | None = None  # (list, term) that waits for its definition
        self._entries: dict[int, tuple[str, int]] = {}  # definitions that are items: what stands before their further passages, depth
        self._line = (-2, 0)  # the passage last written that is a line of a stanza or page, and lines before it in its draft
        self._result = Result()

    def write(self) -> Result:
        """Drafts in the order of the page."""
        page, keep = self._page, self._keep
        number, count = 0, len(page.text)
        marks = {item: (page.text[mark], level) for mark, (item, level) in page.marks.items()}
        while number < count:
            if not keep[number]:
                number += 1
                continue
            place = self._places.of(page.holder[number])
            if place.table:
                self._table(place.table)
                number = max(number + 1, page.last[place.table])
                continue
            passage = self.passage(number)
            if passage.text.strip() and number not in page.marks:  # a mark stands before its item
                if page.lines and self._continues(number, place):
                    self._add_line(passage)
                elif number in marks:
                    self._marked(*marks[number], place, passage)
                else:
                    self._passage(place._replace(kind="footnote", level=0) if number in page.asides else place, passage)
            elif number in marks:  # of an item that turns out to have no text
                self._result.drafts.append(Draft("paragraph", marks[number][0]))
            number += 1
        self._flush_term()
        self._result.images = self._images()
        return self._result

    def _continues(self, number: int, place: Place) -> bool:
        """Whether a passage is the next line of what the last draft began: a stanza, an address, a paragraph of a printed page.

        In print a paragraph ends with a line that is shorter than the one before, and where the size of the letters changes.
        """
        page, element = self._page, self._page.holder[number]
        if element not in page.lines or (page.first[element], page.last[element]) != (number, number + 1):
            return False
        before, count = self._line
        self._line = number, 0
        last = page.holder[before] if before == number - 1 >= 0 else 0
        if not last or self._term or count >= MAX_LINES or place.kind not in ("paragraph", "quote"):
            return False
        if page.parent[last] != page.parent[element] or page.lines[last] != page.lines[element]:
            return False
        sizes = list(map(len, page.text[before - min(count, LINES_BEFORE) : before + 1]))
        if page.lines[element] and sizes[-1] < SHORT_LINE * max(sizes):
            return False
        self._line = number, count + 1
        return True

    def _add_line(self, passage: Passage) -> None:
        draft = self._result.drafts[-1]
        shift = len(draft.text) + 1
        draft.text += "\n" + passage.text
        moved = [(start + shift, end + shift, href) for start, end, href in passage.links]
        draft.links = draft.links + self._links.of(moved)

    def passage(self, number: int) -> Passage:
        """The text and links of a passage."""
        page = self._page
        marked = page.marked.get(number)
        if marked is None:
            return Passage(self._characters.prose(page.text[number]).strip(), [], [])
        hrefs = page.targets.get(number, [])
        reader = read_verbatim if number in page.verbatim else read
        passage = reader(marked, hrefs, self._characters, show_hidden=self._show_hidden)
        self._result.hidden += passage.hidden
        return passage

    def _marked(self, mark: str, level: int, place: Place, passage: Passage) -> None:
        """An item of a list that is set as a table."""
        self._flush_term()
        marker = mark + " " if any(map(str.isalnum, mark)) else "- "
        level = min(MAX_DEPTH, place.lists + level)
        self._result.drafts.append(Draft("list_item", passage.text, level, marker=marker, links=self._links.of(passage.links)))

    def _passage(self, place: Place, passage: Passage) -> None:
        draft = Draft(place.kind, passage.text, place.level, links=self._links.of(passage.links))
        if place.kind == "definition":
            self._definition(place, draft)
            return
        self._flush_term()
        if place.kind == "list_item":
            marker = self._places.marker(place.item)
            draft.marker = " " * len(marker) if place.item in self._begun else marker
            self._begun.add(place.item)
        elif place.kind == "heading":
            draft.text = " ".join(draft.text.split("\n"))
        self._result.drafts.append(draft)

    # -- definitions ----------------------------------------------------------------------------------------------------

    def _definition(self, place: Place, draft: Draft) -> None:
        """A term waits for the first passage of its definition and stands before it; a number or sign is no term but marks an item."""
        page = self._page
        if page.tag[place.entry] == _DT:
            self._flush_term()
            if len(draft.text) <= MAX_TERM and "\n" not in draft.text:
                self._term = (page.parent[place.entry], draft)
                return
        elif self._term is not None:
            around, term = self._term
            self._term = None
            if around != page.parent[place.entry]:
                self._result.drafts.append(term)
            elif is_mark(term.text):
                marker = term.text + " " if any(map(str.isalnum, term.text)) else "- "
                self._entries[place.entry] = " " * len(marker), self._places.entries(place.entry)
                draft.kind, draft.marker, draft.level = "list_item", marker, place.lists + self._entries[place.entry][1]
            else:
                lead = term.text if term.text.endswith((":", "：", "?", "？")) else term.text + ":"
                shift = len(lead) + 1
                draft.links = term.links + [link._replace(start=link.start + shift, end=link.end + shift) for link in draft.links]
                draft.text = f"{lead} {draft.text}"
        elif place.entry in self._entries:
            draft.kind, (draft.marker, depth) = "list_item", self._entries[place.entry]
            draft.level = place.lists + depth
        self._result.drafts.append(draft)

    def _flush_term(self) -> None:
        if self._term is not None:
            self._result.drafts.append(self._term[1])
            self._term = None

    # -- tables ---------------------------------------------------------------------------------------------------------

    def _table(self, table: int) -> None:
        self._flush_term()
        page = self._page
        found = tables.cells(page, table)
        passages = {n: p for n in range(page.first[table], page.last[table]) if self._keep[n] and (p := self.passage(n)).text.strip()}
        captions = [passages.pop(n) for n, cell in found.owner.items() if cell and page.tag[cell] == _CAPTION and n in passages]
        for caption in captions:
            self._result.drafts.append(Draft("caption", caption.text, links=self._links.of(caption.links)))
        for heading, part in tables.sections(page, found, passages):
            if heading >= 0:
                self._passage(self._places.of(page.holder[heading]), passages[heading])
            rows = tables.build(page, part, passages)
            if not rows.text.strip(" |\n"):
                continue
            if line := tables.signature(rows.rows, rows.links):
                self._result.drafts.append(Draft("code", line.text, links=self._links.of(line.links)))
                continue
            title = " ".join(c.text.replace("\n", " ") for c in captions)
            captions = []
            links = self._links.of(rows.links)
            self._result.drafts.append(Draft("table", rows.text, links=links, rows=rows.rows, header_rows=rows.header_rows, caption=title))

    # -- images ---------------------------------------------------------------------------------------------------------

    def _images(self) -> list[Image]:
        """Images beside passages that stay, each target once."""
        page = self._page
        if not page.pictures:
            return []
        sums = [0]
        for keep in self._keep:
            sums.append(sums[-1] + keep)
        seen: set[str] = set()
        images: list[Image] = []
        for picture in page.pictures:
            if picture.target not in seen and (not page.text or self._near(picture.container, sums)):
                seen.add(picture.target)
                target = self._links.target(picture.target)
                if target:
                    images.append(Image(target, self._characters.prose(picture.alt).strip(), self._caption(picture.container)))
        return images

    def _near(self, element: int, sums: list[int]) -> bool:
        """Whether most passages of the nearest container that has any stay."""
        page = self._page
        if page.anc[element] & WIKI_BITS["infobox"]:  # its words are data, and so are its pictures
            return True
        for _ in range(IMAGE_CLIMB + 1):
            first, last = page.first[element], page.last[element]
            if last > first:
                return 2 * (sums[last] - sums[first]) >= last - first
            if not element:
                return False
            element = page.parent[element]
        return False

    def _caption(self, element: int) -> str:
        page = self._page
        for _ in range(FIGURE_CLIMB):
            if page.tag[element] == _FIGURE:
                break
            if not element:
                return ""
            element = page.parent[element]
        else:
            return ""
        numbers = range(page.first[element], min(page.last[element], page.first[element] + 20))
        return " ".join(self._characters.prose(page.text[n]) for n in numbers if self._places.of(page.holder[n]).kind == "caption").strip()


def runs(page: Page, rules: list[str]) -> list[Removal]:
    """The ledger of passages that do not stay: neighbours that one rule took are one entry."""
    out: list[Removal] = []
    text, items = page.text, page.items
    at = 0
    for rule, run in groupby(rules):
        end = at + len(list(run))
        if rule:
            lines = text[at:end]
            if items:
                marks = [items.get(page.holder[number], (0, ""))[1] for number in range(at, end)]
                lines = [(mark if mark != "- " else "") + line for mark, line in zip(marks, lines, strict=True)]
            out.append(Removal(rule, "\n".join(lines)))
        at = end
    return out
