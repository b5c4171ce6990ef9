"""Tables that stand on one line get their rows and cells back."""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.repair_mask import HIDDEN, mask

_EDGE = re.compile(r"(?:(?<=[\s:*])|^)\{\||\|\}(?!\})", re.M)
_CELL = re.compile(rf"(?:(?<=\s)|^|(?<={HIDDEN}))(\|-+|\|\+|\|(?![|}}])|!(?!!))(?=[\s{HIDDEN}]|\S)")
_ATTRIBUTES = re.compile(r"\s*(?:[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'|]+)\s*)+")
_OWN_LINES = re.compile(r"[^\n]\n[^\n]")  # a single line end: the table has its lines; blank lines inside cells survive the damage
_LEAD = re.compile(r"\s*[|!]")


def broken_tables(text: str) -> tuple[str, int]:
    """The text with every balanced table without lines broken into lines, and how many rows that made.

    >>> broken_tables("x {| class=a ! A ! B |- | 1 || 2 |} y")[0]
    'x\\n{| class=a\\n! A\\n! B\\n|-\\n| 1 || 2\\n|}\\ny'
    """
    hidden = mask(text, tables=False)
    spans: list[tuple[int, int]] = []
    stack: list[int] = []
    for match in _EDGE.finditer(hidden):
        if match[0] == "{|":
            stack.append(match.start())
        elif stack:
            start = stack.pop()
            if not stack:
                spans.append((start, match.end()))
    out: list[str] = []
    at = rows = 0
    for start, end in spans:
        if _OWN_LINES.search(text, start, end):
            continue
        table, count = _broken(text[start:end], hidden[start:end])
        out += [text[at:start].rstrip(" "), "\n", table, "\n"]
        at = end
        while at < len(text) and text[at] == " ":
            at += 1
        rows += count
    return "".join(out) + text[at:], rows


def _broken(table: str, hidden: str) -> tuple[str, int]:
    body, hidden = table[2:-2], hidden[2:-2]
    lines: list[str] = []
    at = rows = 0
    for match in _CELL.finditer(hidden):
        sign, start = match[1], match.start()
        part = body[at:start]
        if sign == "|" and at and _is_attribute_bar(part):
            continue
        if sign == "!" and at and body[at] not in "!|":
            continue
        lines.append(part.strip())
        at = start
        rows += sign.startswith("|-")
    lines.append(body[at:].strip())
    first = "{|" + (" " + lines[0] if lines[0] else "")
    return "\n".join([first, *(line for line in lines[1:] if line), "|}"]), max(rows, 1)


def _is_attribute_bar(part: str) -> bool:
    """Whether the bar after `part` only ends the attributes of a cell."""
    return bool(_ATTRIBUTES.fullmatch(_LEAD.sub("", part, count=1).split("||")[-1].split("!!")[-1]))
