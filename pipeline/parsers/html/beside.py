"""Inline elements that say how they stand to the words beside them: apart from them, part of them, code, struck out, inserted, hidden."""

from __future__ import annotations

from typing import Final

from pipeline.parsers.html.elements import ROW
from pipeline.parsers.html.hiding import MAY_HIDE, hides
from pipeline.parsers.html.lists import word_item
from pipeline.parsers.html.page import HIDE_CLOSE, HIDE_OPEN
from pipeline.parsers.html.passages import Passages
from pipeline.parsers.html.vocabulary import CODE, GAP, INSERTED, SHOWN_CLASSES, STRUCK, TAG, WITHIN

MAX_MARK_PIECES: Final = 8  # pieces of text before the gap of a list item: more are no mark
VEILING: Final = frozenset(("style", "hidden"))
"""Attributes that may hide an element."""

_CELLS = frozenset((TAG["td"], TAG["th"]))
BESIDE: Final = frozenset((GAP, WITHIN, CODE, STRUCK, INSERTED))


class Beside(Passages):
    """The part of the builder that reads such elements."""

    __slots__ = ()

    def _beside(self, kind: int) -> None:
        """Such an element begins."""
        buffer = self._buffer
        if kind == GAP or (kind == INSERTED and buffer and self._struck == (len(self.text), len(buffer))):
            self._gap()
        elif kind == WITHIN:
            self._forget(len(buffer))
        elif kind == CODE:
            self._code_at = len(self._joins)

    def _ends_beside(self, kind: int) -> None:
        """Such an element ends."""
        if kind == GAP:
            self._gap()
        elif kind == CODE:
            del self._joins[self._code_at :]
            self._closed = 0
        elif kind == STRUCK:
            self._struck = len(self.text), len(self._buffer)

    def _hide(self, attrs: dict[str, str]) -> None:
        """An inline element begins that a style or attribute may hide; inside one that is hidden all is."""
        style = attrs.get("style") or ""
        if style and self._veiled:
            self._unveil(style)
        gone = "hidden" in attrs and attrs["hidden"].lower() != "until-found"
        gone = gone or (MAY_HIDE.search(style) is not None and hides(style, "data-w-id" in attrs) > 0)
        if gone and not self._veil and SHOWN_CLASSES.isdisjoint((attrs.get("class") or "").split()):
            self._veil = True
            self._buffer.append(HIDE_OPEN)
            self._marks = True
            self._inline.append((self._level, HIDE_CLOSE))

    def _word_item(self) -> None:
        """What stands before the gap of a word processor's list item is its mark, no text; in a cell it stays text."""
        if len(self._buffer) > MAX_MARK_PIECES:
            return
        element, before = self._current, "".join(self._buffer).strip()
        at = ROW * element
        inside = self._rows[ROW * self._rows[at] + 1]
        if self._rows[at + 1] == TAG["p"] and inside not in _CELLS and self._rows[at + 5] == len(self.text) and before.isprintable():
            item = word_item(before, self.attributes.get(element, {}).get("style") or "")
            if item is not None:
                self.items[element] = item
                self._buffer.clear()
                self._forget(0)
