"""What a Markdown reader hands on: leaf blocks with their places, before any of Obsidian's own syntax is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.text.layout import Draft

Spans = Sequence[tuple[int, int]]


@dataclass(slots=True)
class InlineLink:
    """A link or an image inside a passage."""

    start: int  # first code point of its words in the passage
    end: int  # one past the last
    target: str  # as written
    kind: str  # wiki | bare (a wikilink without alias) | mail | html | inline (all others)
    image: bool  # an image or an embed
    words: str  # alias or alternative text


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    found: Sequence[InlineLink]
    literal: Spans


class Passage(Draft):
    """A leaf block of the note; the body makes a draft that can stand of it, in place.

    There are as many as paragraphs and items in a vault, and most are plain: what is rare is set after the fact, over these defaults.
    """

    plain = True  # words alone: all that follows is as it stands here
    found: Sequence[InlineLink] = ()  # links as the reader gave them
    literal: Spans = ()  # code, math, escapes, character references: no syntax of the dialect in there
    info = ""  # info string of a fence
    task = ""  # state of a task, " " or "x"; empty where it is none
    quotes = 0  # depth of block quotes
    quote = -1  # number of the innermost block quote
    footnote = ""  # label of the footnote it belongs to
    lines: Spans = ()  # of HTML: code points before each piece of the text, and the piece's first byte
    cells: Sequence[Sequence[Cell]] | None = None  # of a table
    hidden: Sequence[tuple[str, int, int]] = ()  # HTML comments inside the passage, with their bytes

    def __init__(self, kind: str, text: str, level: int, start: int, end: int, depth: int, marker: str) -> None:
        self.kind = kind  # heading | paragraph | code | table | html | math
        self.text = text  # inline text; white space as in the note
        self.level = level  # heading level
        self.start = start  # first byte in the parsed text
        self.end = end  # one past the last
        self.depth = depth  # list depth, 0 outside lists
        self.marker = marker  # list marker, for the first passage of an item
        self.links = []
        self.rows = None
        self.header_rows = 0
        self.caption = ""

    def restore(self, change: Callable[[str], str]) -> None:
        """Changes all words and targets; `change` keeps the length of what it is given."""
        self.text = change(self.text)
        self.hidden = [(change(text), start, end) for text, start, end in self.hidden]
        if self.cells is not None:
            self.cells = [[cell._replace(text=change(cell.text)) for cell in row] for row in self.cells]
        for link in [*self.found, *(link for row in self.cells or () for cell in row for link in cell.found)]:
            link.target, link.words = change(link.target), change(link.words)
