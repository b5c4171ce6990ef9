"""Inline elements that say how they stand to the words beside them: apart from them, part of them, code, struck out, inserted."""

from __future__ import annotations

from typing import Final

from pipeline.parsers.html.passages import Passages
from pipeline.parsers.html.vocabulary import CODE, GAP, INSERTED, STRUCK, WITHIN

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
