"""Code that is set as a block for each line, as highlighters and editors in browsers write it: read as one preformatted passage.

Elsewhere white space between blocks is nothing, and so it is between such lines; within them it is code. The numbers beside the lines and
what a pointer over a name would show are no code and go to the ledger.
"""

from __future__ import annotations

from pipeline.parsers.html.media import NOTE, Media
from pipeline.parsers.html.passages import ROW
from pipeline.parsers.html.vocabulary import LINE, LINE_NUMBERS, LINED, LISTING, TOOLTIP, name_bits


class Listings(Media):
    """The part of the builder that reads listings of code."""

    __slots__ = ()

    def _begin_listing(self) -> None:
        """The element just opened has a name that listings or parts of them have."""
        names, self._listed = self._listed, 0
        if names & LINE_NUMBERS:
            self._close()
            self._read(NOTE, "html.line_number\0")
        elif names & LISTING:
            self._start_listing(self._level)
        elif names & LINED:
            self._lined = (self._current, self._level)
        elif names & LINE and self._lined == (around := self._rows[ROW * self._current], self._level - 1):
            self._lined = (0, 0)
            if self._rows[ROW * around + 5] == len(self.text):  # nothing stands before it
                self._close()
                self._start_listing(self._level - 1)
                self._line_end = -1

    def _start_listing(self, level: int) -> None:
        self._open("pre", {})
        self._pre_level, self._listing, self._line_end = level, True, 0

    def _block_in_pre(self, attrs: dict[str, str]) -> None:
        """A block begins inside preformatted text: on a new line."""
        if self._listing:
            names = name_bits(attrs.get("class") or "")[0] if attrs else 0
            if names & (LINE_NUMBERS | TOOLTIP):
                self._read(NOTE, "html.line_number\0" if names & LINE_NUMBERS else "html.tooltip\0")
                return
            end, self._line_end = self._line_end, -1
            if end >= 0 and not "".join(self._buffer[end:]).strip():
                del self._buffer[end:]
                return
        self._line_in_pre()

    def _block_ends_in_pre(self, level: int) -> None:
        """A block ends inside preformatted text, or the listing does."""
        if not self._listing:
            self._line_in_pre()
        elif level == self._pre_level:
            if self._buffer:
                self._flush_pre()
            self._pre_level, self._listing = 0, False
            self._close()
            self._close()
        elif self._line_end < 0:
            self._buffer.append("\n")
            self._line_end = len(self._buffer)
            self._borders.append(self._line_end)
