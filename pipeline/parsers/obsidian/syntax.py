"""What Obsidian adds inside a passage: highlights, tags, block ids, footnotes, callouts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

_HIGHLIGHT = re.compile(r"==(?=[^\s=])([^=\n]*(?:=[^=\n]+)*)(?<=[^\s=])==")
_BLOCK_ID = re.compile(r"(?:^|(?<=\s))\^[A-Za-z0-9-]+[ \t]*$")
_TAG = re.compile(r"(?:^|(?<=[\s(\[,;]))#([\w/-]*[^\W\d_][\w/-]*)")
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")
_INLINE_FOOTNOTE = re.compile(r"\^(?=\[[^\]\n]+\])")
_CALLOUT = re.compile(r"[ \t]*\[!([^\]\n|]+)(?:\|([^\]\n]*))?\]([+-]?)[ \t]*")
_TASK = re.compile(r"\[([^\[\]\n])\][ \t]+(?=\S)")
_SPACES = re.compile(r"[ \t]{2,}|\t|[ \t]+(?=\n)|(?<=\n)[ \t]+")
_WORD_GLUED_STARS = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")


class Callout(NamedTuple):
    """The head of a callout."""

    type: str  # lower case, as written otherwise
    fold: str  # "+", "-" or empty
    meta: str  # what stands behind a bar
    end: int  # code points of the head in its passage


class Edit(NamedTuple):
    """A replacement inside a passage."""

    start: int
    end: int
    text: str


def callout(text: str) -> Callout | None:
    """The callout that a quote's first passage opens, None for a plain quote."""
    found = _CALLOUT.match(text)
    return Callout(found[1].strip().lower(), found[3], found[2] or "", found.end()) if found else None


def task(text: str) -> tuple[str, int]:
    """(state, length of the mark) of a list item that is a task in any state, ("", 0) where it is none."""
    found = _TASK.match(text)
    return (found[1], found.end()) if found else ("", 0)


def tags(text: str, literal: list[tuple[int, int]]) -> list[str]:
    """Tags in the text, without `#`; numbers alone are none."""
    return [m[1].rstrip("/") for m in _TAG.finditer(text) if not _inside(m.start(), literal)] if "#" in text else []


def edits(text: str, literal: list[tuple[int, int]], dialect: bool) -> list[Edit]:
    """What goes from a passage: signs of the dialect, runs of spaces. Sorted, apart from each other, none inside literal text."""
    found: list[Edit] = []
    if dialect and "==" in text:
        for m in _HIGHLIGHT.finditer(text):
            found += [Edit(m.start(), m.start() + 2, ""), Edit(m.end() - 2, m.end(), "")]
    if dialect and "**" in text:  # emphasis that CommonMark does not see, between letters of scripts without spaces
        for m in _WORD_GLUED_STARS.finditer(text):
            found += [Edit(m.start(), m.start() + 2, ""), Edit(m.end() - 2, m.end(), "")]
    if dialect and "^" in text:
        found += [Edit(m.start(), m.end(), "") for m in _BLOCK_ID.finditer(text)]
        found += [Edit(m.start(), m.end(), "") for m in _INLINE_FOOTNOTE.finditer(text)]
        found += [Edit(m.start() + 1, m.start() + 2, "") for m in _FOOTNOTE.finditer(text)]
    found = [e for e in found if not _inside(e.start, literal)]
    found += [
        Edit(m.start(), m.end(), "" if "\n" in text[m.end() : m.end() + 1] or text[m.start() - 1 : m.start()] == "\n" else " ")
        for m in _SPACES.finditer(text)
    ]
    return _apart(found)


def apply(text: str, changes: Iterable[Edit], marks: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The text with its changes made and without white space at its ends, and the spans `marks` moved along."""
    parts: list[str] = []
    ends: list[int] = [0]  # where each change ends in the old text
    shifts: list[int] = [0]  # by how much what follows moves
    at = shift = 0
    for change in changes:
        parts += [text[at : change.start], change.text]
        at = change.end
        shift += len(change.text) - (change.end - change.start)
        ends.append(change.end)
        shifts.append(shift)
    whole = "".join([*parts, text[at:]])
    lead = len(whole) - len(whole.lstrip())
    final = whole.strip()

    def moved(place: int) -> int:
        return min(max(place + shifts[bisect_right(ends, place) - 1] - lead, 0), len(final))

    return final, [(moved(a), max(moved(a), moved(b))) for a, b in marks]


def _inside(place: int, literal: list[tuple[int, int]]) -> bool:
    """Whether a place is in one of the spans, which are in order and apart."""
    at = bisect_right(literal, place, key=lambda span: span[0]) - 1
    return at >= 0 and place < literal[at][1]


def _apart(found: list[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(found):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
