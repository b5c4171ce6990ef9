"""Columns of a table as a reader sees them: those that only set others apart go, and a sign joins the number that it belongs to.

Statements of accounts, as offices of finance file them, set the currency sign, the number and its closing bracket or percent sign in cells
of their own, with empty cells between them, so that numbers stand one below another.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

from pipeline.parsers.html.inline import Passage

NEAR: Final = 2  # columns to each side within which a sign's number is looked for: there may be an empty one between
MAX_SIGN: Final = 4  # characters of a currency sign: "$", "US$", "HK$"

HEADERS: Final = 2  # rows at the top of a table that may hold nothing but headings

EMPTY: Final = Passage("", [], [])
_NUMBER = re.compile(r"[(\[]?\s?[-–—−]?\s?(?:[\d.,]|\Z)")
_CLOSING: Final = frozenset((")", "%", ")%", "%)", "]"))


def seen(rows: list[list[Passage]]) -> list[list[Passage]]:
    """Rows without columns that are empty throughout, signs joined with their numbers.

    >>> cells = [[Passage(text, [], []) for text in row.split("|")] for row in ("|2020||", "Sales|$|5|", "Loss||(3|)")]
    >>> [[cell.text for cell in row] for row in seen(cells)]
    [['', '2020'], ['Sales', '$5'], ['Loss', '(3)']]
    """
    opened = _join(rows)
    for column in sorted(opened, reverse=True):
        _close_up(rows, column)
    filled = _head(rows)
    width = max(map(len, rows), default=0)
    if len(filled) == width:
        return rows
    columns = sorted(filled)
    return [[row[at] for at in columns if at < len(row)] for row in rows]


def _join(rows: list[list[Passage]]) -> set[int]:
    """Joins signs with their numbers, in place; gives the columns that held currency signs."""
    opened: set[int] = set()
    closing: dict[int, bool] = {}  # columns with signs: whether they hold nothing else (a column headed "%" holds numbers)
    for row in rows:
        for at, cell in enumerate(row):
            if cell.text:
                closing[at] = closing.get(at, True) and cell.text in _CLOSING
    for row in rows:
        for at, cell in enumerate(row):
            text = cell.text
            if not text or len(text) > MAX_SIGN:
                continue
            if closing[at]:
                before = next((n for n in range(at - 1, max(-1, at - 1 - NEAR), -1) if row[n].text), -1)
                if before >= 0 and _closes(row[before].text, text):
                    row[before], row[at] = _both(row[before], cell), EMPTY
            elif unicodedata.category(text[-1]) == "Sc":
                after = next((n for n in range(at + 1, min(len(row), at + 1 + NEAR)) if row[n].text), -1)
                if after >= 0 and _NUMBER.match(row[after].text):
                    row[at], row[after] = _both(cell, row[after]), EMPTY
                    opened.add(at)
    return opened


def _closes(number: str, sign: str) -> bool:
    """Whether a sign ends what stands before it: an open bracket, or a number."""
    return ("(" in number and ")" not in number) if sign[0] == ")" else number[-1] in "0123456789)-–—"


def _both(first: Passage, second: Passage) -> Passage:
    size = len(first.text)
    return Passage(first.text + second.text, first.links + [(a + size, b + size, href) for a, b, href in second.links], [])


def _close_up(rows: list[list[Passage]], column: int) -> None:
    """Numbers without a sign move to the column of those that have one, where no row fills both."""
    beside = range(column + 1, column + 1 + NEAR)
    after = next((at for at in beside if any(at < len(row) and row[at].text for row in rows)), -1)
    if after < 0 or any(after < len(row) and row[column].text and row[after].text for row in rows):
        return
    for row in rows:
        if after < len(row) and row[after].text:
            row[column], row[after] = row[after], EMPTY


def _head(rows: list[list[Passage]]) -> set[int]:
    """Columns that have text; a heading that spans an empty column beside its own moves to the values below, which stand in the next."""
    first: dict[int, int] = {}  # row of the first text of each column, and of the last
    last: dict[int, int] = {}
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell.text:
                first.setdefault(at, number)
                last[at] = number
    filled = sorted(first)
    for at, beside in pairwise(filled):
        if last[at] < min(first[beside], HEADERS):
            for row in rows[: last[at] + 1]:
                if at < len(row) and row[at].text:
                    row.extend([EMPTY] * (beside + 1 - len(row)))
                    row[beside], row[at] = row[at], EMPTY
            del first[at]
    return set(first)
