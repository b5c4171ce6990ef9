"""What a Markdown reader hands on: leaf blocks with their places, before any of Obsidian's own syntax is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from pipeline.text.layout import Draft

Spans = Sequence[tuple[int, int]]


class InlineLink(msgspec.Struct, gc=False):  # holds no container: the collector need not look at thousands of them
    """A link or an image inside a passage."""

    start: int  # first code point of its words in the passage
    end: int  # one past the last
    target: str  # as written
    kind: str  # wiki | bare (a wikilink without alias) | mail | html | inline (all others)
    image: bool  # an image or an embed
    words: str  # alias or alternative text
    title: str = ""  # of an image


class Hidden(NamedTuple):
    """What a passage holds and no reader of it sees: an HTML comment, cells of a row beyond its table's columns."""

    rule: str  # name in the ledger
    text: str
    start: int  # first byte in the parsed text
    end: int  # one past the last


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    found: Sequence[InlineLink]
    literal: Spans


class Passage(Draft):
    """A leaf block of the note; the body makes a draft that can stand of it, in place.

    `kind` is heading, paragraph, code, table, html or math; `text` is inline text, white space as in the note; `level` is that of a
    heading, `marker` that of a list, for the first passage of an item. There are as many as paragraphs and items in a vault, and most
    are plain: what is rare is set after the fact, over the defaults.
    """

    start: int = 0  # first byte in the parsed text
    end: int = 0  # one past the last
    depth: int = 0  # list depth, 0 outside lists
    plain: bool = True  # words alone: all that follows is as it stands here
    found: Sequence[InlineLink] = ()  # links as the reader gave them
    literal: Spans = ()  # code, math, escapes, character references: no syntax of the dialect in there
    info: str = ""  # info string of a fence
    task: str = ""  # state of a task, " " or "x"; empty where it is none
    quotes: int = 0  # depth of block quotes
    quote: int = -1  # number of the innermost block quote
    begins: bool = False  # its list item begins with that quote
    footnote: str = ""  # label of the footnote it belongs to
    lines: Spans = ()  # of HTML: code points before each piece of the text, and the piece's first byte
    cells: Sequence[Sequence[Cell]] | None = None  # of a table
    hidden: Sequence[Hidden] = ()

    def restore(self, change: Callable[[str], str]) -> None:
        """Changes all words and targets; `change` keeps the length of what it is given."""
        self.text = change(self.text)
        self.hidden = [x._replace(text=change(x.text)) for x in self.hidden]
        if self.cells is not None:
            self.cells = [[cell._replace(text=change(cell.text)) for cell in row] for row in self.cells]
        for link in [*self.found, *(link for row in self.cells or () for cell in row for link in cell.found)]:
            link.target, link.words = change(link.target), change(link.words)
