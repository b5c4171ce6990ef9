"""One walk over the events of a Markdown reader, which makes passages of them.

What happens thousands of times a note (words, line ends, emphasis) is in the loop itself, the rest in a handler a tag.
Events have the shape that pyromark gives them: a name, or one name with its value, and a range of bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pipeline.parsers.obsidian.formulas import restore
from pipeline.parsers.obsidian.inline import Inline, Place
from pipeline.parsers.obsidian.passages import Cell, Hidden, Passage

_SPACELESS = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")  # Han and kana


class Walker(Inline):
    """One walk over the events of a text."""

    def __init__(self, text: str, soft_break: str, normal: bool) -> None:
        super().__init__(text, normal)
        self.soft_break = soft_break
        self.whole = text
        self.source: bytes | None = None  # the text in UTF-8, where it was asked for
        self.done: list[Passage] = []
        self.lists: list[int | None] = []  # next number of each open list
        self.marker = self.task = self.footnote = self.info = ""
        self.quotes: list[int] = []
        self.quote_count = 0
        self.begun = -1  # number of the quote that its list item begins with
        self.footnote_start = -1
        self.lines: list[tuple[int, int]] = []  # of HTML: code points before each piece of the passage, and its first byte
        self.row: list[Cell] | None = None
        self.row_words = 0  # the byte behind the last cell of the row under way
        self.rows: list[list[Cell]] = []
        self.special = False  # the passage under way has more than words: a quote, a footnote, a task, an info string
        self.spaceless: bool | None = None  # the text has letters of a script without spaces; None before it was asked
        self.raw = False  # inside code or HTML: text stays as it is

    def walk(self, events: Iterable[tuple[Any, Place]]) -> list[Passage]:
        """The passages of the events."""
        parts, soft_break, odd, normal = self.parts, self.soft_break, self.odd, self.normal
        spots, add, flush = self.spots, parts.append, self.flush
        spot = spots.append
        simple = normal and not odd  # every piece of text stands as it is
        starts, ends = _STARTS.get, _ENDS.get
        for event, place in events:
            if event.__class__ is str:
                if event == "Rule":
                    flush("paragraph")
                else:
                    add(soft_break if event == "SoftBreak" else "\n")
                    spot(place)
                continue
            (name,) = event
            value = event[name]
            if name == "Text":
                spot(place)
                if simple or ((normal or (value.isascii() and value.isprintable())) and not (odd and place["start"] in odd)) or self.raw:
                    add(value)
                else:
                    self.text(value, place)
            elif name == "End":
                if value.__class__ is not str:
                    (tag,) = value
                    _ENDS[tag](self, value[tag], place)
                elif value == "Item":
                    if spots:
                        flush("paragraph")
                    self.marker = ""
                elif value == "Paragraph":
                    flush("paragraph")
                else:
                    handler = ends(value)
                    if handler is None:  # emphasis
                        spot(place)
                    else:
                        handler(self, None, place)
            elif name == "Start":
                if value.__class__ is str:
                    handler = starts(value)
                    if handler is None:
                        spot(place)
                    else:
                        handler(self, None, place)
                else:
                    (tag,) = value
                    _STARTS[tag](self, value[tag], place)
            else:
                spot(place)
                _LEAVES[name](self, value, place)
        flush("paragraph")
        return self.done

    # -- blocks --------------------------------------------------------------------------------------------------------

    def drop_parts(self) -> None:
        self.parts.clear()
        self.size = self.counted = 0

    def flush(self, kind: str, level: int = 0, whole: Place | None = None, cells: list[list[Cell]] | None = None) -> None:
        """Ends the passage under way; `whole` is its place where that is known better than from its words."""
        parts, spots = self.parts, self.spots
        if not parts and not self.links and not cells:
            spots.clear()
            return
        if self.verses:
            self.settle()
        text = parts[0] if len(parts) == 1 else "".join(parts)
        if self.links or cells or (text and not text.isspace()) or self.hidden:
            if whole:
                start, end = whole["start"], whole["end"]
            else:
                start, end = (spots[0]["start"], spots[-1]["end"]) if spots else (-1, -1)
            passage = Passage(kind, text, level, self.marker, start=start, end=end, depth=len(self.lists))
            if self.special or self.links or self.literal or self.hidden or cells:
                self.describe(passage, cells)
            self.done.append(passage)
            self.marker = ""
        if self.open_links:
            self.open_links = []
        self.size = self.counted = 0
        spots.clear()
        parts.clear()

    def describe(self, passage: Passage, cells: list[list[Cell]] | None) -> None:
        """Sets what few passages have."""
        if self.quotes:
            passage.quotes, passage.quote, passage.begins = len(self.quotes), self.quotes[-1], self.quotes[-1] == self.begun
        if self.footnote:
            passage.footnote = self.footnote
            if self.footnote_start >= 0:
                passage.start, self.footnote_start = self.footnote_start, -1
        passage.plain = False
        passage.found, passage.literal, passage.hidden, passage.cells = self.links, self.literal, self.hidden, cells
        passage.task, passage.info, passage.lines = self.task, self.info, self.lines
        self.links, self.literal, self.hidden, self.lines = [], [], [], []
        self.task = self.info = ""
        self.special = bool(self.quotes or self.footnote)

    def paragraph_start(self, _: Any, place: Place) -> None:
        if self.spots:
            self.flush("paragraph")
        self.spots.append(place)

    def heading_end(self, value: str, _place: Place) -> None:
        self.flush("heading", int(value[1:]))

    def list_start(self, value: int | None, _place: Place) -> None:
        if self.spots:
            self.flush("paragraph")
        self.lists.append(value)

    def list_end(self, _: Any, _place: Place) -> None:
        if self.spots:
            self.flush("paragraph")
        if self.lists:
            self.lists.pop()

    def item_start(self, _: Any, _place: Place) -> None:
        if self.spots:
            self.flush("paragraph")
        number = self.lists[-1] if self.lists else None
        if number is None:
            self.marker = "- "
        else:
            self.marker = f"{number}. "
            self.lists[-1] = number + 1

    def task_marker(self, value: bool, _place: Place) -> None:
        self.task, self.special = "x" if value else " ", True

    def quote_start(self, _: Any, _place: Place) -> None:
        if self.spots:
            self.flush("paragraph")
        self.quotes.append(self.quote_count)
        self.begun = self.quote_count if self.marker else -1
        self.special = True
        self.quote_count += 1

    def quote_end(self, _: Any, _place: Place) -> None:
        if self.spots:
            self.flush("paragraph")
        if self.quotes:
            self.quotes.pop()
        self.special = bool(self.quotes or self.footnote)

    def footnote_begin(self, value: str, place: Place) -> None:
        self.flush("paragraph")
        self.footnote, self.footnote_start, self.special = value, place["start"], True

    def footnote_end(self, _: Any, _place: Place) -> None:
        self.flush("paragraph")
        self.footnote, self.footnote_start = "", -1
        self.special = bool(self.quotes)

    def code_start(self, value: Any, _place: Place) -> None:
        self.flush("paragraph")
        self.raw = True
        if value.__class__ is dict and "Fenced" in value:
            self.info, self.special = value["Fenced"], True

    def code_end(self, _: Any, place: Place) -> None:
        self.raw = False
        self.flush("code", whole=place)

    def html_start(self, _: Any, _place: Place) -> None:
        self.flush("paragraph")
        self.raw = self.special = True

    def html_end(self, _: Any, place: Place) -> None:
        self.raw = False
        self.flush("html", whole=place)

    def html_line(self, value: str, place: Place) -> None:
        self.lines.append((self.here(), place["start"]))
        self.parts.append(value)

    # -- tables --------------------------------------------------------------------------------------------------------

    def table_start(self, _: Any, _place: Place) -> None:
        self.flush("paragraph")
        self.rows = []

    def row_start(self, _: Any, place: Place) -> None:
        self.row, self.row_words = [], place["start"]

    def row_end(self, _: Any, place: Place) -> None:
        self.rows.append(self.row or [])
        self.row = None
        if place["end"] - self.row_words > 2:  # more than the last bar and the end of the line
            self.excess(self.row_words, place["end"])

    def excess(self, start: int, end: int) -> None:
        """Cells of a row beyond the columns of its table: Markdown shows none of them, and they are not lost without a word."""
        piece = self.bytes()[start:end]
        text = piece.strip(b"| \t\r\n>")
        if text:
            start += piece.index(text)
            self.hidden.append(Hidden("obsidian.excess_cells", restore(text.decode("utf-8", "replace")), start, start + len(text)))

    def cell_start(self, _: Any, _place: Place) -> None:
        self.drop_parts()
        self.links, self.literal = [], []

    def cell_end(self, _: Any, place: Place) -> None:
        self.row_words = place["end"]
        if self.verses:
            self.settle()
        if self.row is not None:
            self.row.append(Cell("".join(self.parts), self.links, self.literal))
        self.drop_parts()
        self.links, self.literal, self.open_links = [], [], []

    def table_end(self, _: Any, place: Place) -> None:
        self.flush("table", whole=place, cells=self.rows)
        self.rows = []

    def inline_math(self, value: str, place: Place) -> None:
        """A formula amid words. In a script without spaces its dollars are all that parts it from these: a space stands for them."""
        if self.spaceless is None:
            self.spaceless = bool(_SPACELESS.search(self.whole))
        if not self.spaceless:
            self.code(value, place)
            return
        if self.parts and value[:1].isalnum() and _SPACELESS.match(self.parts[-1][-1:]):
            self.parts.append(" ")
        self.code(value, place)
        if value[-1:].isalnum() and _SPACELESS.match(self.follows(place["end"])):
            self.parts.append(" ")

    def display_math(self, value: str, place: Place) -> None:
        """A formula of its own is a passage of its own; amid words it is a line of its own."""
        if self.row is not None or self.lists or any(part.strip() for part in self.parts):
            if self.parts and not self.parts[-1][-1:].isspace():
                self.parts.append("\n")
            self.code(value.strip(), place)
            if self.follows(place["end"]).isalnum():
                self.parts.append("\n")
            return
        self.drop_parts()
        self.spots[:] = [place]
        self.code(value.strip(), place)
        self.flush("math")

    def follows(self, byte: int) -> str:
        """The character at a byte of the text, empty at its end."""
        return self.bytes()[byte : byte + 4].decode("utf-8", "ignore")[:1]

    def bytes(self) -> bytes:
        """The text in UTF-8."""
        if self.source is None:
            self.source = self.whole.encode("utf-8", "replace")
        return self.source


Handler = Callable[[Walker, Any, Place], None]

_LEAVES: dict[str, Handler] = {
    "Code": Walker.code,
    "InlineMath": Walker.inline_math,
    "DisplayMath": Walker.display_math,
    "FootnoteReference": Walker.reference,
    "InlineHtml": Walker.inline_html,
    "Html": Walker.html_line,
    "TaskListMarker": Walker.task_marker,
}
_STARTS: dict[str, Handler] = {
    "Link": Walker.link_start,
    "Image": Walker.image_start,
    "Paragraph": Walker.paragraph_start,
    "Heading": Walker.paragraph_start,
    "List": Walker.list_start,
    "Item": Walker.item_start,
    "BlockQuote": Walker.quote_start,
    "FootnoteDefinition": Walker.footnote_begin,
    "CodeBlock": Walker.code_start,
    "HtmlBlock": Walker.html_start,
    "Table": Walker.table_start,
    "TableHead": Walker.row_start,
    "TableRow": Walker.row_start,
    "TableCell": Walker.cell_start,
}
_ENDS: dict[str, Handler] = {
    "Link": Walker.link_end,
    "Image": Walker.link_end,
    "Heading": Walker.heading_end,
    "List": Walker.list_end,
    "BlockQuote": Walker.quote_end,
    "FootnoteDefinition": Walker.footnote_end,
    "CodeBlock": Walker.code_end,
    "HtmlBlock": Walker.html_end,
    "Table": Walker.table_end,
    "TableHead": Walker.row_end,
    "TableRow": Walker.row_end,
    "TableCell": Walker.cell_end,
}
