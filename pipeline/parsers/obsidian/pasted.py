"""What copying and keyboards leave in a note so that Markdown misses its marks; masked without moving a byte."""

from __future__ import annotations

import re

from pipeline.parsers.obsidian.comments import outside_fences

# A no-break space before or behind a mark of a block: pages that were copied have it, and a key of its own on some keyboards.
_WIDE = re.compile(r"^\u00a0(?=[ ]?(?:#{1,6}[ ]|```|~~~|[-*+][ ]|>))|^[ \t>]*+(?:#{1,6}|[-*+]|\d{1,9}[.)])\u00a0(?=\S)", re.M)
# A line break on a line of its own begins a block of HTML that takes the lines below it along, marks and all.
_BREAK = re.compile(r"^[ \t]*+(?:<br[ ]?/?>[ \t]*+)+\r?\n(?=[ \t]*+[^\s<])", re.M | re.I)
_SIGNS = re.compile(r"\S")


def masked(text: str) -> str:
    """A text whose marks Markdown sees.

    >>> masked("#\\u00a0Stones\\n<br>\\n- one")
    '#  Stones\\n    \\n- one'
    """
    if "\u00a0" in text:
        text = outside_fences(text, _WIDE, lambda m: m[0].replace("\u00a0", "  "))
    if "<br" in text or "<BR" in text:
        text = outside_fences(text, _BREAK, lambda m: _SIGNS.sub(" ", m[0]))
    return text
