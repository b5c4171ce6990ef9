"""Cells of a table in their columns: where one spans several columns or rows, empty cells stand for the rest of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

MAX_SPAN: Final = 1000  # columns or rows that one cell may claim, HTML's cap for columns; the table's own width bounds it too
PADDING: Final = 4  # empty cells added for spans, per real cell: bounds memory where many cells claim many rows
MAX_DIGITS: Final = 12  # of a number that says a span: more are none

Spans = tuple[int, int]  # columns and rows that a cell takes
_Cell = TypeVar("_Cell")


class Grid:
    """The columns of a table, row by row; as wide as its row of most cells, as far as memory allows."""

    def __init__(self, sizes: Sequence[int]) -> None:
        """`sizes` are how many cells each row has."""
        self._width = max(sizes, default=0)
        self._rows = len(sizes)
        self._budget = PADDING * sum(sizes) + 16
        self._below: dict[int, int] = {}  # column -> rows that a cell above still claims

    def spread(self, row: Sequence[_Cell], spans: Callable[[_Cell], Spans | None]) -> list[_Cell | None]:
        """The cells of the next row with None for every place that a span of this row or of a row above takes.

        >>> grid = Grid([2, 1]); claims = {"a": (1, 2)}
        >>> grid.spread("ab", claims.get), grid.spread("c", claims.get)
        (['a', 'b'], [None, 'c'])
        """
        out: list[_Cell | None] = []
        free = self._width - len(row)
        for cell in row:
            free = self._under(out, free)
            column = len(out)
            out.append(cell)
            if claimed := spans(cell):
                across, down = claimed
                free = self._pad(out, min(across - 1, free), free)
                if down > 1:
                    self._below[column] = min(down, self._rows) - 1
        self._under(out, free)
        return out

    def _under(self, out: list[_Cell | None], free: int) -> int:
        """Goes past the columns that cells above still claim."""
        below = self._below
        while free > 0 and self._budget > 0 and below.get(len(out), 0) > 0:
            below[len(out)] -= 1
            free = self._pad(out, 1, free)
        return free

    def _pad(self, out: list[_Cell | None], count: int, free: int) -> int:
        count = max(0, min(count, self._budget))
        out += [None] * count
        self._budget -= count
        return free - count


def span(stated: str) -> int:
    """How many columns or rows an attribute says.

    >>> span("3"), span(" 2 "), span("all"), span("99999")
    (3, 2, 1, 1000)
    """
    stated = stated.strip()
    return min(MAX_SPAN, int(stated)) if stated.isascii() and stated.isdigit() and len(stated) < MAX_DIGITS else 1
