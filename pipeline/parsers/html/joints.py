"""Where an inline element begins between two words that no space parts: labels, values, tags and numbers that a style sets apart.

A reader sees them as words of their own, and glued together they would be words that nobody wrote. The signs are those of the markup and of
the letters beside it: a capital or a number behind a small letter, what follows a colon, the number of a paragraph. (Chinese sets links
side by side, too, and half of a logo may be bold: of scripts without spaces and of two letters nothing is parted.)
"""

from __future__ import annotations

import re
from typing import Final

from pipeline.parsers.html.lists import is_mark
from pipeline.parsers.html.page import MARKS
from pipeline.parsers.html.vocabulary import VERBS

BLANK: Final = " \t\r\n\x0c" + MARKS
TYPE: Final = frozenset(("b", "i", "strong", "u"))  # without attributes they change the type alone: Linked<b>In</b> is one word
NEAR: Final = 6  # pieces to each side of a border that may be marks

_CAPITAL = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0410-\u042f"
_SPACED = "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff"  # letters of scripts that part words by spaces
# Three signs before, one behind. Between two elements side by side:
_BESIDE = re.compile(rf".{{0,2}}[^\W_{_CAPITAL}][{_CAPITAL}]|.?[{_CAPITAL}]{{3}}|.?[^\W\d_]:[^\W_]|[{_SPACED}]{{3}}\d", re.S)
# Between text and an element in it, where more is at stake: half a word may stand in an element.
_AROUND = re.compile(rf"[{_SPACED}]{{2}}(?:[{_SPACED}]\d|(?![{_CAPITAL}])[{_SPACED}][{_CAPITAL}])")


def part(buffer: list[str], borders: list[int]) -> None:
    """Puts a space into pieces of text where words meet at a border.

    A border is the number of pieces before it, in order; `~` of it where no element ends there, but text stands before the one that begins.

    >>> pieces = ["Weight", "5 kg", " and Java", "Script", " or YouTube", "Music"]
    >>> part(pieces, [1, ~3, ~5])
    >>> "".join(pieces)
    'Weight 5 kg and Java Script or YouTube Music'
    """
    size = len(buffer)
    apart: list[int] = []
    for border in borders:
        at = max(border, ~border)
        last, first = at - 1, at
        while last > 0 and last > at - NEAR and buffer[last] in MARKS:
            last -= 1
        while first < size and first < at + NEAR and buffer[first] in MARKS:
            first += 1
        before, sign = buffer[last], buffer[first][:1] if first < size else ""
        if sign.isalnum() or sign == "/":
            if border < 0:
                meet = _AROUND.fullmatch(before[-3:] + sign) is not None
            else:
                meet = _BESIDE.fullmatch(before[-3:] + sign) is not None or _number(buffer, last, sign)
            if meet and not (apart and apart[-1] == at):
                apart.append(at)
    if apart:
        ends = [*apart[1:], size]
        buffer[apart[0] :] = [piece for at, end in zip(apart, ends, strict=True) for piece in (" ", *buffer[at:end])]


def _number(buffer: list[str], last: int, sign: str) -> bool:
    """Whether the piece before numbers the paragraph, as laws set it, or is a verb of HTTP before a path."""
    before = buffer[last]
    if sign == "/":
        return before.lower() in VERBS
    return last <= NEAR and sign.isalpha() and is_mark(before.strip()) and not "".join(buffer[:last]).strip(BLANK)
