"""What a Markdown reader hands on: leaf blocks with their places, before any of Obsidian's own syntax is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class InlineLink:
    """A link or an image inside a passage."""

    start: int  # first code point of its words in the passage
    end: int  # one past the last
    target: str  # as written
    kind: str  # wiki | bare (a wikilink without alias) | mail | inline (all others)
    image: bool  # an image or an embed
    words: str  # alias or alternative text


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    links: Sequence[InlineLink]
    literal: Sequence[tuple[int, int]]


@dataclass(slots=True)
class Passage:
    """A leaf block of the note."""

    kind: str  # heading | paragraph | code | table | html | math
    text: str  # inline text; white space as in the note
    start: int  # first byte in the parsed text
    end: int  # one past the last
    links: Sequence[InlineLink] = ()
    literal: Sequence[tuple[int, int]] = ()  # code, math, escapes, character references: no syntax of the dialect in there
    level: int = 0  # heading level
    info: str = ""  # info string of a fence
    depth: int = 0  # list depth, 0 outside lists
    marker: str = ""  # list marker, for the first passage of an item
    task: str = ""  # state of a task, " " or "x"; empty where it is none
    quotes: int = 0  # depth of block quotes
    quote: int = -1  # number of the innermost block quote
    footnote: str = ""  # label of the footnote it belongs to
    rows: Sequence[Sequence[Cell]] | None = None  # cells of a table
    hidden: Sequence[tuple[str, int, int]] = ()  # HTML comments inside the passage, with their bytes
