"""Code that is set as a block for each line, as highlighters and editors in browsers write it: read as one preformatted passage.

Elsewhere white space between blocks is nothing, and so it is between such lines; within them it is code. The numbers beside the lines and
what a pointer over a name would show are no code and go to the ledger.
"""

from __future__ import annotations

import re
from typing import Final

from pipeline.parsers.html.elements import ROW
from pipeline.parsers.html.media import NOTE, Media
from pipeline.parsers.html.vocabulary import LINE, LINE_NUMBERS, LINED, LISTING, PRINTED, TABLE_ROLE, TABLE_ROLES, TOOLTIP, name_bits
from pipeline.text.layout import INDENT, MAX_DEPTH

_PRINTED = re.compile(r"t m\w{1,8} x\w{1,8} h\w{1,8} y\w{1,8} ff\w{1,8} (fs\w{1,8}) ")
_NESTS: Final = frozenset(("ul", "ol"))


class Listings(Media):
    """The part of the builder that reads listings of code."""

    __slots__ = ()

    def _begin_listing(self, attrs: dict[str, str]) -> None:
        """The element just opened has a name that listings or parts of them have, or the role of a part of a table."""
        names, self._listed = self._listed, 0
        if names & TABLE_ROLE:
            self._rows[ROW * self._current + 1] = TABLE_ROLES[attrs["role"]]
        elif names & LINE_NUMBERS:
            self._close()
            self._read(NOTE, "html.line_number\0")
        elif names & LISTING:
            self._start_listing(self._level)
        elif names & LINED:
            self._lined = (self._current, self._level)
        elif names & LINE:
            around = self._rows[ROW * self._current]
            if self._lined == (around, self._level - 1) and self._rows[ROW * around + 5] == len(self.text):  # nothing stands before it
                self._lined = (0, 0)
                self._close()
                self._start_listing(self._level - 1)
                self._line_end = -1
            else:
                self.lines[self._current] = ""
        elif names & PRINTED and (found := _PRINTED.match(attrs.get("class") or "")):
            self.lines[self._current] = found[1]

    def _start_listing(self, level: int) -> None:
        self._open("pre", {})
        self._pre_level, self._listing, self._line_end, self._depth = level, True, 0, 0

    def _block_in_pre(self, tag: str, attrs: dict[str, str]) -> None:
        """A block begins inside preformatted text: on a new line."""
        if not self._listing:
            self._line_in_pre()
            return
        names = name_bits(attrs.get("class") or "")[0] if attrs else 0
        if names & (LINE_NUMBERS | TOOLTIP) or tag == "button":
            rule = "html.tooltip\0" if names & TOOLTIP else "html.form_control\0" if tag == "button" else "html.line_number\0"
            self._read(NOTE, rule)
            return
        end, self._line_end = self._line_end, -1
        if end >= 0 and not "".join(self._buffer[end:]).strip():
            del self._buffer[end:]
        elif self._buffer and not self._buffer[-1].isspace():
            self._line_in_pre()
        if tag in _NESTS:
            self._depth = min(MAX_DEPTH, self._depth + 1)
        elif tag == "li" and self._depth:
            self._buffer.append(INDENT * self._depth)

    def _block_ends_in_pre(self, tag: str, level: int) -> None:
        """A block ends inside preformatted text, or the listing does."""
        if not self._listing:
            self._line_in_pre()
        elif level == self._pre_level:
            if self._buffer:
                self._flush_pre()
            self._pre_level, self._listing = 0, False
            self._close()
            self._close()
        else:
            if self._line_end < 0 or "".join(self._buffer[self._line_end :]).strip():
                self._buffer.append("\n")
                self._line_end = len(self._buffer)
                self._borders.append(self._line_end)
            else:
                del self._buffer[self._line_end :]
            if tag in _NESTS:
                self._depth = max(0, self._depth - 1)
                self._buffer.append(INDENT * self._depth)
