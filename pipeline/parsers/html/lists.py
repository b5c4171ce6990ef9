"""Lists as readers see them: numbers in their style, and paragraphs that word processors export in place of list items.

Word writes an item as a paragraph that begins with its sign or number and a gap of no-break spaces in a span of 7 point Times;
`mso-list` or the paragraph's margin tells the level (what "Web page" and "Web page, filtered" save). Google Docs writes the levels
of one list as lists beside one another, with the level at the end of a class (`lst-kix_id-1`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MAX_MARKER: Final = 12  # characters of an item's own number: a longer text before the gap is no number
STEP: Final = 36.0  # points of margin a level, as Word indents its lists
MAX_WORD_LEVEL: Final = 9  # levels of a list in Word
MAX_ROMAN: Final = 3999
MAX_STYLE: Final = 400  # characters of a style that are read

_GAP = re.compile(r"font:\s*7(?:\.0)?pt\s*[\"']?Times\s+New\s+Roman", re.I)
_LEVEL = re.compile(r"mso-list:[^;]{0,60}?\blevel(\d)", re.I)
_MARGIN = re.compile(r"margin-left:\s*(\d{1,4}(?:\.\d{1,4})?)(pt|in|cm|mm|px)", re.I)
_POINTS: Final = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75}
_KIX = re.compile(r"(?:^|\s)lst-kix_\w{1,60}-(\d)(?:\s|$)")
_MARK = re.compile(r"(?:\(\w{1,4}\)|(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,5})[.)]|[•·▪■◦●○‣–—])\Z")
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]{1,20})", re.I)
_TYPES: Final = {"a": "a", "A": "A", "i": "i", "I": "I"}
_STYLES: Final = {
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
}
_ROMAN: Final = tuple(zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "m cm d cd c xc l xl x ix v iv i".split(), strict=True))


def is_gap(style: str) -> bool:
    """Whether an inline style is that of the gap behind the number of a list item in Word.

    >>> is_gap('font:7.0pt "Times New Roman"'), is_gap("font-size:7.0pt")
    (True, False)
    """
    return _GAP.search(style[:MAX_STYLE]) is not None


def indented(style: str) -> bool:
    """Whether a paragraph's style may be that of a list item in Word."""
    return "mso-list" in style or "text-indent:-" in style


def word_item(before: str, style: str) -> tuple[int, str] | None:
    """Level and mark of a paragraph by what stands before the gap and by its style; None where that is no mark.

    A sign of a symbol font is a dash; a number stays as it is written.

    >>> word_item("·", "margin-left:1.0in;text-indent:-.25in"), word_item("a)", "mso-list:l0 level3 lfo1"), word_item("Not so, he", "")
    ((2, '- '), (3, 'a) '), None)
    """
    mark = before.strip()
    if not mark or len(mark) > MAX_MARKER or " " in mark:
        return None
    level, margin = _LEVEL.search(style[:MAX_STYLE]), _MARGIN.search(style[:MAX_STYLE])
    steps = int(level[1]) if level else round(float(margin[1]) * _POINTS[margin[2].lower()] / STEP) if margin else 1
    return max(1, min(MAX_WORD_LEVEL, steps)), "- " if len(mark) == 1 and not mark.isdigit() else mark + " "


def is_mark(text: str) -> bool:
    """Whether a text is what stands before an item of a list and cannot be a value of a table.

    >>> [is_mark(text) for text in ("(a)", "12.", "iv)", "•", "12", "a", "Yes.", "-")]
    [True, True, True, True, False, False, False, False]
    """
    return _MARK.match(text) is not None


def shift(classes: str) -> int:
    """Levels that a list of a Google document stands deeper than its place says.

    >>> shift("c4 lst-kix_8xq2-2 start"), shift("menu")
    (2, 0)
    """
    found = _KIX.search(classes[:MAX_STYLE])
    return int(found[1]) if found else 0


def numbering(attributes: Mapping[str, str], inherited: str = "1") -> str:
    """The kind of an ordered list's numbers ("1", "a", "A", "i", "I"), by `type` or its inline style.

    >>> numbering({"type": "a"}), numbering({"style": "list-style-type: upper-roman"}), numbering({})
    ('a', 'I', '1')
    """
    found = _STYLE.search((attributes.get("style") or "")[:MAX_STYLE])
    if found:
        return _STYLES.get(found[1].lower(), "1")
    return _TYPES.get((attributes.get("type") or "").strip(), inherited)


def ordinal(number: int, kind: str) -> str:
    """A number in the letters of its list, where it has any there.

    >>> [ordinal(n, k) for n, k in ((4, "i"), (28, "a"), (0, "A"), (12, "1"))]
    ['iv', 'ab', '0', '12']
    """
    if kind in "iI" and 0 < number <= MAX_ROMAN:
        out = ""
        for value, letters in _ROMAN:
            out += letters * (number // value)
            number %= value
        return out.upper() if kind == "I" else out
    if kind in "aA" and number > 0:
        out = ""
        while number:
            number, digit = divmod(number - 1, 26)
            out = chr(ord(kind) + digit) + out
        return out
    return str(number)
