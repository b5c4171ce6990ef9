"""Dollars: formulas whose lines look like Markdown, and dollars of addresses that look like formulas. Masked without moving a byte.

Markdown finds blocks before formulas, so a line of a formula that begins with `-` or `+` would be an item, `=` would make a heading
of what stands above, and an empty line would end the paragraph with the formula open. Obsidian reads the formula as a whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.parsers.obsidian.comments import FILL, PIPE, bars_back, pairs

MAX_FORMULA = 20_000  # code points: what is longer is two stray marks with half a note between them

# Signs that Markdown must not see, most of them where a line of a formula begins, and what stands for them meanwhile: control characters,
# which `freed` takes out of a note.
STAND_IN = {sign: chr(0x0E + number) for number, sign in enumerate("-+*#=>.)\n~|[")}
_EMPTY = "\x1a"  # stands for the line end above an empty line of a quote, whose marks then are part of the formula
_PRICE = "\x1b"  # stands for a dollar that opens no formula
_RESTORE = {ord(mask): sign for sign, mask in [*STAND_IN.items(), ("$", _PRICE)]}
_HOLDERS = [*STAND_IN.values(), _EMPTY, _PRICE, PIPE]  # one look for each is faster than one pattern for all
_FREED = dict.fromkeys(map(ord, _HOLDERS), "\x01")  # as long in bytes, and goes with all control characters
_HELD = re.compile(f"[{''.join(STAND_IN.values())}{_EMPTY}{_PRICE}]")
_EMPTY_LINE = re.compile(r"\n(?=[ \t]*+>[ \t>]*+\n)")
_HELD_EMPTY = re.compile(_EMPTY + r"[ \t>]*")
_STARTS = re.compile(r"(?<=\n)([ \t]*)(?:([-+*#=>~|])|(\d{1,9})([.)])(?=[ \t\n])|(\n))")
_STARTS_QUOTED = re.compile(r"(?<=\n)([ \t>]*)(?:([-+*#=~|])|(\d{1,9})([.)])(?=[ \t\n])|(?!))")
_STRUCTURE = re.compile(r"\n[ \t>]*(?:#{1,6} |```|~~~|---+[ \t]*\n|\[!)")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`(){}\[\]\\|]++")
_INNER_DOLLAR = re.compile(r"\$(?=[\w/!])")
_PRICES = re.compile(r"\$\d")
_CLOSES = re.compile(r"(?<![\s$\\])\$(?!\$)")
_ROW = re.compile(r"^[ \t>]*\|[^\n]*\$\$[^\n]*$", re.M)
# A formula of a cell, or how dear a place is: `| $$$ |`; two dollars amid signs end one formula and begin the next.
_RATING = re.compile(r"\$\$(?!\$)[^$|\n]+\$\$(?!\$)|(?<=[\s|(~])\${2,}(?=[\s|\d)~+-]|\Z)")
_IN_CELL = re.compile(r"\$\$(?!\$)[^$|\n]+\$\$(?!\$)|(?<=[^\s|$])\$\$(?=[^\s|$])")  # what opens nothing beyond its row
_DOLLARS = re.compile(r"\\[\s\S]|\$++|\n[ \t]*+\n")


class Dollars(NamedTuple):
    """A text whose dollars within web addresses are masked."""

    text: str  # as long as before
    sign: str  # what stands for them; empty where there are none


def freed(text: str) -> str:
    """A text without the characters that stand for others here: copies out of PDF files hold them in the place of ligatures.

    >>> freed("o\\x0ece") == "o\\x01ce"
    True
    """
    return text.translate(_FREED) if any(map(text.__contains__, _HOLDERS)) else text


def mask(text: str) -> Dollars:
    """Masks all that formulas and dollars would do to a text."""
    if "$" not in text:
        return mask_dollars(text)
    masked = mask_dollars(mask_lines(mask_ratings(text)))
    return masked._replace(text=mask_prices(masked.text))


def mask_ratings(text: str) -> str:
    """Masks dollars in a row of a table that no formula of their cell closes: they would open one down to the next table.

    >>> mask_ratings("| $$4.9 | $$x$$ | $a$$b$ |\\n|x\\\\rangle $$").replace(chr(0x1B), "?")
    '| ??4.9 | $$x$$ | $a$$b$ |\\n|x\\\\rangle $$'
    """
    if "$$" not in text or "|" not in text:
        return text
    return _ROW.sub(_rated, text)


def _without_cells(row: re.Match[str]) -> str:
    return _IN_CELL.sub(lambda m: m[0].replace("$$", "  "), row[0])


def _rated(row: re.Match[str]) -> str:
    """A row with the dollars of its ratings masked; what stands behind the last bar is in no cell."""
    end = row[0].rfind("|")
    return _RATING.sub(lambda m: m[0] if m[0].strip("$") else _PRICE * len(m[0]), row[0][:end]) + row[0][end:]


def mask_lines(text: str) -> str:
    """A text in which no line of a formula between `$$` and `$$` looks like the start of a block.

    >>> mask_lines("$$\\na\\n- b\\n$$") == "$$\\na\\n" + chr(14) + " b\\n$$"
    True
    """
    if "$$" not in text:
        return text
    parts: list[str] = []
    at = 0
    scanned = _ROW.sub(_without_cells, text) if "|" in text else text
    for start, end in pairs(scanned, "$$")[0]:
        formula = text[start:end]
        if "\n" not in formula or len(formula) > MAX_FORMULA or _STRUCTURE.search(formula):
            continue
        quoted = text[text.rfind("\n", 0, start) + 1 : start].lstrip()[:1] == ">"
        if quoted:
            formula = _EMPTY_LINE.sub(_EMPTY, formula)
        parts += [text[at:start], (_STARTS_QUOTED if quoted else _STARTS).sub(_masked, formula)]
        at = end
    return "".join([*parts, text[at:]]) if parts else text


def _masked(found: re.Match[str]) -> str:
    lead, sign, number, stop, *empty = found.groups()
    if sign:
        return f"{lead}{STAND_IN[sign]}"
    if number:
        return f"{lead}{number}{STAND_IN[stop]}"
    return lead + STAND_IN["\n"] if empty and empty[0] else found[0]


def restore(text: str) -> str:
    """A piece of a masked text as it stood: with its bars and its signs, and without what stands for a comment.

    >>> restore(FILL + FILL + "a" + PIPE + "b")
    'a|b'
    """
    text = bars_back(text).replace(FILL, "")
    return _HELD_EMPTY.sub("\n", text).translate(_RESTORE) if _HELD.search(text) else text


def mask_prices(text: str) -> str:
    """Masks a dollar whose next fellow stands behind a space or before a digit: what closes a formula does not, so it is money.

    >>> mask_prices("($5-$10) and $x$").replace(chr(0x1B), "?")
    '(?5-?10) and $x$'
    """
    if not (_PRICES.search(text) and _CLOSES.search(text)):
        return text
    parts: list[str] = []
    at = 0
    opened, display = -1, False  # where a dollar waits for its fellow; between two double ones
    for m in _DOLLARS.finditer(text):
        place, end = m.span()
        if text[place] != "$":
            opened = -1 if text[place] == "\n" else opened
        elif end - place > 1:
            opened, display = -1, not display
        elif not display:
            after = text[end : end + 1]
            if opened >= 0 and not after.isdecimal() and not text[place - 1].isspace():
                opened = -1
                continue
            if opened >= 0:
                parts += [text[at:opened], _PRICE]
                at = opened + 1
            opened = place if after.strip() else -1
    return "".join([*parts, text[at:]]) if parts else text


def mask_dollars(text: str) -> Dollars:
    """Masks every `$` within a web address: two of them would make a formula of all that stands between.

    A control character would end the address, so a sign stands for them that is in no address of the text; where all of these are,
    the dollars stay.

    >>> mask_dollars("![$5](https://ex.com/$s/a.png)")
    Dollars(text='![$5](https://ex.com/;s/a.png)', sign=';')
    """
    if "$" not in text or "://" not in text:
        return Dollars(text, "")
    found = _ADDRESS.findall(text)
    if not any("$" in address for address in found):
        return Dollars(text, "")
    sign = next((sign for sign in ";@,!" if not any(sign in address for address in found)), "")
    return Dollars(_ADDRESS.sub(lambda m: _INNER_DOLLAR.sub(sign, m[0]), text) if sign else text, sign)


def with_dollars(text: str, sign: str) -> str:
    """A piece of a masked text with its dollars back."""
    return _ADDRESS.sub(lambda m: m[0].replace(sign, "$"), text) if sign in text and "://" in text else text
