"""A text with pieces put in the place of others, and the way back from its bytes to those of the text before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pipeline.model import Span
from pipeline.parsers.obsidian.syntax import Edit
from pipeline.text.offsets import ByteOffsets


class Places(Protocol):
    """Where a text stands in the raw document."""

    def of_bytes(self, start: int, end: int) -> Span:
        """The raw span of a range of UTF-8 bytes of the text."""
        ...

    def of_chars(self, start: int, end: int) -> Span:
        """The raw span of a range of code points of the text."""
        ...


class Rewritten(NamedTuple):
    """A text after edits, with places that know where it comes from."""

    text: str
    places: Places


def rewrite(text: str, edits: Sequence[Edit], places: Places) -> Rewritten:
    """Makes edits that are in order and apart; `places` are those of the text before.

    >>> rewrite("a::b", [Edit(1, 3, " ")], NOWHERE).text
    'a b'
    """
    parts: list[str] = []
    kept: list[tuple[int, int, int]] = []  # of what stays: its first byte after, its first byte before, its bytes
    at = before = after = 0
    for start, end, new in edits:
        piece = text[at:start]
        size = _bytes(piece)
        kept.append((after, before, size))
        parts += [piece, new]
        before += size + _bytes(text[start:end])
        after += size + _bytes(new)
        at = end
    parts.append(text[at:])
    kept.append((after, before, _bytes(text[at:])))
    whole = "".join(parts)
    return Rewritten(whole, _Moved(places, kept, whole))


def _bytes(piece: str) -> int:
    return len(piece) if piece.isascii() else len(piece.encode("utf-8", "replace"))


class _Moved:
    """Places of a rewritten text."""

    def __init__(self, places: Places, kept: list[tuple[int, int, int]], text: str) -> None:
        self._places = places
        self._kept = kept
        self._text = text
        self._chars: ByteOffsets | None = None
        self._starts = [after for after, _, _ in kept]

    def of_bytes(self, start: int, end: int) -> Span:
        """The raw span of what stayed of a range of bytes."""
        first = self._start(start)
        return self._places.of_bytes(first, max(first, self._end(end)))

    def of_chars(self, start: int, end: int) -> Span:
        """The raw span of what stayed of a range of code points."""
        if self._chars is None:
            self._chars = ByteOffsets(self._text.encode("utf-8", "replace"), self._text, "utf-8")
        return self.of_bytes(self._chars(start), self._chars(end))

    def _start(self, place: int) -> int:
        """The byte that stood at a place; of what is new, the next one that stayed."""
        number = bisect_right(self._starts, place) - 1
        after, before, size = self._kept[number]
        if place - after < size or number + 1 == len(self._kept):
            return before + min(place - after, size)
        return self._kept[number + 1][1]

    def _end(self, place: int) -> int:
        """Behind the byte that stood before a place; of what is new, behind the last one that stayed."""
        after, before, size = self._kept[bisect_right(self._starts, max(0, place - 1)) - 1]
        return before + min(place - after, size)


class _Nowhere:
    def of_bytes(self, start: int, end: int) -> Span:
        """The range itself."""
        return Span(start, end)

    of_chars = of_bytes


NOWHERE = _Nowhere()
