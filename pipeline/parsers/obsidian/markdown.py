"""Markdown events: the one file that knows pyromark.

Turns CommonMark (with tables, footnotes, math, wikilinks) into passages with their raw byte ranges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyromark

from pipeline.parsers.obsidian.comments import PIPE
from pipeline.text.unicode import normalize

_OPTIONS = pyromark.Options
PLAIN = _OPTIONS.ENABLE_TABLES | _OPTIONS.ENABLE_FOOTNOTES | _OPTIONS.ENABLE_TASKLISTS | _OPTIONS.ENABLE_STRIKETHROUGH
OBSIDIAN = PLAIN | _OPTIONS.ENABLE_WIKILINKS | _OPTIONS.ENABLE_MATH

BACKSLASH = ord("\\")


@dataclass(slots=True)
class InlineLink:
    """A link or an image inside a passage."""

    start: int  # first code point of its words in the passage
    end: int  # one past the last
    target: str  # as written
    kind: str  # wiki | inline | autolink
    image: bool  # an image or an embed
    words: str  # alias or alternative text
    title: str = ""  # title in quotes


@dataclass(slots=True)
class Passage:
    """A leaf block of the note."""

    kind: str  # heading | paragraph | code | table | html | math
    text: str  # inline text; white space as in the note
    start: int  # first byte in the parsed text
    end: int  # one past the last
    level: int = 0  # heading level
    info: str = ""  # info string of a fence
    depth: int = 0  # list depth, 0 outside lists
    marker: str = ""  # list marker, for the first passage of an item
    task: str = ""  # state of a task: " " or "x"; empty where it is none
    quotes: int = 0  # depth of block quotes
    quote: int = -1  # number of the innermost block quote
    footnote: str = ""  # label of the footnote it belongs to
    links: list[InlineLink] = field(default_factory=list)
    literal: list[tuple[int, int]] = field(default_factory=list)  # code, math and escapes: no syntax of the dialect in there
    rows: list[list[str]] | None = None  # cells of a table


def passages(text: str, options: Any, soft_break: str) -> list[Passage]:
    """The leaf blocks of a Markdown text in order; byte ranges count the UTF-8 form of `text`."""
    events: Any = pyromark.events_with_range(text, options=options)
    return _Walker(text.encode("utf-8", "replace"), soft_break).walk(events)


class _Walker:
    """One walk over the events; `parts` is the passage under way."""

    def __init__(self, source: bytes, soft_break: str) -> None:
        self.source = source
        self.soft_break = soft_break
        self.done: list[Passage] = []
        self.parts: list[str] = []
        self.size = 0
        self.start = self.end = -1
        self.links: list[InlineLink] = []
        self.open_links: list[tuple[InlineLink, int]] = []  # with the number of parts before their words
        self.literal: list[tuple[int, int]] = []
        self.lists: list[int | None] = []  # next number of each open list
        self.marker = ""
        self.task = ""
        self.quotes: list[int] = []
        self.quote_count = 0
        self.footnote = ""
        self.footnote_start = -1
        self.info = ""
        self.cells: list[tuple[str, list[InlineLink], list[tuple[int, int]]]] | None = None
        self.rows: list[list[tuple[str, list[InlineLink], list[tuple[int, int]]]]] = []
        self.raw = False  # inside code or HTML: text stays as it is

    def walk(self, events: Any) -> list[Passage]:
        """Hands every event to its handler; a tag's handler is found by its name, with `/` before it for an end."""
        handlers = _HANDLERS
        text = self.text
        for event, place in events:
            if event.__class__ is str:
                name, value = event, None
            else:
                name, value = next(iter(event.items()))
                if name == "Text":
                    text(value, place["start"], place["end"])
                    continue
                if name in ("Start", "End"):
                    slash = "" if name == "Start" else "/"
                    tag, value = (value, None) if value.__class__ is str else next(iter(value.items()))
                    name = slash + tag
            method = handlers.get(name)
            if method is not None:
                method(self, value, place["start"], place["end"])
        self.flush("paragraph")
        return self.done

    # -- inline --------------------------------------------------------------------------------------------------------

    def add(self, text: str, start: int, end: int) -> None:
        if self.start < 0:
            self.start = start
        self.end = max(self.end, end)
        self.parts.append(text)
        self.size += len(text)

    def text(self, value: str, start: int, end: int) -> None:
        if self.raw:
            self.add(value, start, end)
            return
        shown = normalize(value)
        if start and self.source[start - 1] == BACKSLASH:  # an escaped sign is no syntax
            self.literal.append((self.size, self.size + 1))
        elif end - start > len(value.encode("utf-8", "replace")):  # nor is what a character reference gives
            self.literal.append((self.size, self.size + len(shown)))
        self.add(shown, start, end)

    def code(self, value: str, start: int, end: int) -> None:
        self.literal.append((self.size, self.size + len(value)))
        self.add(value, start, end)

    def display_math(self, value: str, start: int, end: int) -> None:
        if not "".join(self.parts).strip() and not self.cells and not self.lists:
            self.parts, self.size = [], 0
            self.start = self.end = -1
            self.add(value.strip(), start, end)
            self.flush("math")
        else:
            self.code(value.strip(), start, end)

    def soft(self, _: Any, start: int, end: int) -> None:
        self.add(self.soft_break, start, end)

    def hard(self, _: Any, start: int, end: int) -> None:
        self.add("\n", start, end)

    def reference(self, value: str, start: int, end: int) -> None:
        self.code(f"[{value}]", start, end)

    def inline_html(self, value: str, start: int, end: int) -> None:
        low = value.lower()
        if low.startswith("<br"):
            self.add("\n", start, end)
        elif low.startswith(("<p", "</p", "<div", "</div", "<hr", "<li", "</li", "<tr", "</tr", "<td", "</td")):
            self.add("\n" if low[1:3] != "td" else " ", start, end)
        else:
            self.add("", start, end)

    def link_start(self, value: dict[str, Any], start: int, end: int, image: bool = False) -> None:
        kind = value["link_type"]
        wiki = kind.__class__ is dict
        name = ("wiki" if kind["WikiLink"]["has_pothole"] else "bare") if wiki else str(kind).lower()
        self.add("", start, end)
        link = InlineLink(self.size, self.size, value["dest_url"], name, image, "", value["title"])
        self.open_links.append((link, len(self.parts)))

    def image_start(self, value: dict[str, Any], start: int, end: int) -> None:
        self.link_start(value, start, end, image=True)

    def link_end(self, _: Any, start: int, end: int) -> None:
        if not self.open_links:
            return
        link, before = self.open_links.pop()
        link.words = "".join(self.parts[before:])
        if PIPE in link.target:  # a link in a table, whose bar was masked
            link.target, _, alias = link.target.partition(PIPE)
            link.words, link.kind = alias.lstrip(PIPE), "wiki"
            self.parts[before:] = [normalize(link.words)]
            self.size = link.start + len(self.parts[-1])
        if link.image:  # an image's words are its alternative text, not prose
            del self.parts[before:]
            self.size = link.start
            while self.literal and self.literal[-1][1] > link.start:
                self.literal.pop()
            while self.links and self.links[-1].end > link.start:
                self.links.pop()
        elif link.kind == "bare":
            shown = normalize(_shown(link.target))
            self.parts[before:] = [shown]
            self.size = link.start + len(shown)
            self.literal.append((link.start, self.size))
        link.end = self.size
        self.links.append(link)
        self.end = max(self.end, end)

    # -- blocks --------------------------------------------------------------------------------------------------------

    def flush(self, kind: str, level: int = 0, start: int = -1, end: int = -1) -> None:
        """Ends the passage under way; nothing, where there is none."""
        if not self.parts and not self.links:
            self.info = ""
            return
        text = "".join(self.parts)
        if text.strip() or self.links:
            self.done.append(
                Passage(
                    kind,
                    text,
                    self.start if start < 0 else start,
                    max(self.end, end),
                    level,
                    self.info,
                    len(self.lists),
                    self.marker,
                    self.task,
                    len(self.quotes),
                    self.quotes[-1] if self.quotes else -1,
                    self.footnote,
                    self.links,
                    self.literal,
                )
            )
            if self.footnote_start >= 0:
                self.done[-1].start, self.footnote_start = self.footnote_start, -1
            self.marker = self.task = ""
        self.parts, self.links, self.literal = [], [], []
        self.open_links = []
        self.size, self.start, self.end, self.info = 0, -1, -1, ""

    def boundary(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")

    def heading_end(self, value: Any, start: int, end: int) -> None:
        level = value.get("level", 1) if isinstance(value, dict) else value
        self.flush("heading", int(str(level).removeprefix("H")), start, end)

    def list_start(self, value: int | None, start: int, end: int) -> None:
        self.flush("paragraph")
        self.lists.append(value)

    def list_end(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        if self.lists:
            self.lists.pop()

    def item_start(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        number = self.lists[-1] if self.lists else None
        self.marker = "- " if number is None else f"{number}. "
        if self.lists and number is not None:
            self.lists[-1] = number + 1

    def item_end(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        self.marker = ""

    def task_marker(self, value: bool, start: int, end: int) -> None:
        self.task = "x" if value else " "

    def quote_start(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        self.quotes.append(self.quote_count)
        self.quote_count += 1

    def quote_end(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        if self.quotes:
            self.quotes.pop()

    def footnote_begin(self, value: str, start: int, end: int) -> None:
        self.flush("paragraph")
        self.footnote, self.footnote_start = value, start

    def footnote_end(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        self.footnote, self.footnote_start = "", -1

    def code_start(self, value: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        self.raw = True
        self.pending_info = value["Fenced"] if isinstance(value, dict) and "Fenced" in value else ""

    def code_end(self, _: Any, start: int, end: int) -> None:
        self.info, self.raw = self.pending_info, False
        self.flush("code", start=start, end=end)

    pending_info = ""

    def html_start(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        self.raw = True

    def html_end(self, _: Any, start: int, end: int) -> None:
        self.raw = False
        self.flush("html", start=start, end=end)

    def html(self, value: str, start: int, end: int) -> None:
        self.add(value, start, end)

    # -- tables --------------------------------------------------------------------------------------------------------

    def table_start(self, _: Any, start: int, end: int) -> None:
        self.flush("paragraph")
        self.rows = []

    def row_start(self, _: Any, start: int, end: int) -> None:
        self.cells = []

    def row_end(self, _: Any, start: int, end: int) -> None:
        self.rows.append(self.cells or [])
        self.cells = None

    def cell_start(self, _: Any, start: int, end: int) -> None:
        self.parts, self.links, self.literal, self.size = [], [], [], 0

    def cell_end(self, _: Any, start: int, end: int) -> None:
        if self.cells is not None:
            self.cells.append(("".join(self.parts).replace("\n", " "), self.links, self.literal))
        self.parts, self.links, self.literal, self.size = [], [], [], 0

    def table_end(self, _: Any, start: int, end: int) -> None:
        text: list[str] = []
        size = 0
        for number, row in enumerate(self.rows):
            for place, (cell, links, literal) in enumerate(row):
                lead = "" if not number and not place else " | " if place else "\n"
                size += len(lead)
                for link in links:
                    self.links.append(
                        InlineLink(link.start + size, link.end + size, link.target, link.kind, link.image, link.words, link.title)
                    )
                self.literal += [(a + size, b + size) for a, b in literal]
                text += [lead, cell]
                size += len(cell)
        self.parts, self.size, self.start, self.end = text, size, start, end
        rows = [[cell for cell, _, _ in row] for row in self.rows]
        before = len(self.done)
        self.flush("table", start=start, end=end)
        if len(self.done) > before:
            self.done[-1].rows = rows
        self.rows = []


_HANDLERS: dict[str, Any] = {
    "Text": _Walker.text,
    "Code": _Walker.code,
    "InlineMath": _Walker.code,
    "DisplayMath": _Walker.display_math,
    "SoftBreak": _Walker.soft,
    "HardBreak": _Walker.hard,
    "FootnoteReference": _Walker.reference,
    "InlineHtml": _Walker.inline_html,
    "Html": _Walker.html,
    "Link": _Walker.link_start,
    "/Link": _Walker.link_end,
    "Image": _Walker.image_start,
    "/Image": _Walker.link_end,
    "Paragraph": _Walker.boundary,
    "/Paragraph": _Walker.boundary,
    "Heading": _Walker.boundary,
    "/Heading": _Walker.heading_end,
    "List": _Walker.list_start,
    "/List": _Walker.list_end,
    "Item": _Walker.item_start,
    "/Item": _Walker.item_end,
    "TaskListMarker": _Walker.task_marker,
    "BlockQuote": _Walker.quote_start,
    "/BlockQuote": _Walker.quote_end,
    "FootnoteDefinition": _Walker.footnote_begin,
    "/FootnoteDefinition": _Walker.footnote_end,
    "CodeBlock": _Walker.code_start,
    "/CodeBlock": _Walker.code_end,
    "HtmlBlock": _Walker.html_start,
    "/HtmlBlock": _Walker.html_end,
    "Table": _Walker.table_start,
    "/Table": _Walker.table_end,
    "TableHead": _Walker.row_start,
    "/TableHead": _Walker.row_end,
    "TableRow": _Walker.row_start,
    "/TableRow": _Walker.row_end,
    "TableCell": _Walker.cell_start,
    "/TableCell": _Walker.cell_end,
}


def _shown(target: str) -> str:
    """What a reader sees of a link without an alias: the note's name, then the headings; a block's id is no word.

    >>> _shown("folder/Note#Part#Section"), _shown("#Part"), _shown("Note#^a1b2c3")
    ('Note > Part > Section', 'Part', 'Note')
    """
    name, *rest = target.rstrip("\\").split("#")
    headings = [part.strip() for part in rest if part.strip() and not part.startswith("^")]
    return " > ".join([*([name.rsplit("/", 1)[-1].strip()] if name.strip() else []), *headings])
