"""Puts in the ends that a page leaves out: of cells, rows and items in HTML, as browsers do, and of tables that a template begins or ends.

The parser wants a closer for each opener that stands inside another tag; without one it takes no rows and no items, and reads the
rest of the table again for each. Source: https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.parsers.wikitext.strip import Stripped

_OPEN = re.compile(r"<(?:td|th|tr|li|dt|dd)[\s>]", re.I)
_TAG = re.compile(r"<(/?)(table|ul|ol|dl|td|th|tr|li|dt|dd)(?:\s[^<>]*)?(/?)>", re.I)
_HEADING = re.compile(r"(={2,6})(?!=)[^={}|]{1,200}(?<!=)\1\s*\Z")
_TABLE = re.compile(r"\n[ \t:]*(?:\{\||\|\}(?!\}))")
_AROUND = frozenset(("table", "ul", "ol", "dl"))
_ENDS = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"), "li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd")}
"""Opener -> the open tags that it ends."""


def closed(stripped: Stripped) -> Stripped:
    """The text with closers before the tags that end what is open; the text itself where nothing is left open.

    >>> from pipeline.parsers.wikitext.strip import strip
    >>> closed(strip("<table><tr><td>a<td>b<tr><td>c</table>")).text
    '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>'
    >>> closed(strip("<ul><li>a<ul><li>b</ul><li>c</ul> <li>d")).text
    '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul> <li>d'
    """
    text = stripped.text
    missing = _missing(text) if "<" in text and _OPEN.search(text) else []
    if text.rfind("\n|") >= 0 and not _paired(text):
        missing = sorted(missing + _table_signs(text), key=_place)
    return stripped.with_inserted(missing) if missing else stripped


def _place(piece: tuple[int, str]) -> int:
    return piece[0]


def _paired(text: str) -> bool:
    """Whether each table of wikitext ends, and each end has its table."""
    depth = int(text.startswith("{|"))
    for match in _TABLE.finditer(text):
        depth += 1 if match[0][-1] == "|" else -1
        if depth < 0:
            return False
    return not depth


def _table_signs(text: str) -> list[tuple[int, str]]:
    """Starts and ends of tables that are missing where a template stands for them.

    A table that never ends does so before the next heading; rows between a template on a line of its own and the end of a table are one.

    >>> _table_signs("{|\\n|a\\n{{end}}\\n== B ==\\n{{start}}\\n! c\\n|-\\n| d\\n|}")
    [(14, '|}\\n'), (32, '{|\\n')]
    """
    found: list[tuple[int, str]] = []
    open_tables: list[int] = []  # for each, how many headings have been seen before it
    headings: list[int] = []
    rows = -1  # where rows begin that stand in no table
    at = depth = 0
    after_template = False
    for line in text.split("\n"):
        sign = line.lstrip(" \t:")[:2]
        if depth and not _HEADING.match(line):
            pass
        elif sign == "{|":
            open_tables.append(len(headings))
            rows = -1
        elif sign == "|}" and line.lstrip(" \t:")[2:3] != "}":
            if rows >= 0:
                found.append((rows, "{|\n"))
            elif open_tables:
                open_tables.pop()
            rows = -1
        elif sign[:1] == "=" and line.rstrip()[-1:] == "=":
            headings.append(at)
            rows, depth = -1, 0  # a template that holds a heading is rarer than one that never ends
        elif sign[:1] in ("!", "|") and (not open_tables or open_tables[-1] < len(headings)):
            rows = at if rows < 0 and after_template else rows
        elif not line.strip():
            rows = -1
        depth = max(0, depth + line.count("{{") - line.count("}}"))
        after_template = not depth and line.rstrip()[-2:] == "}}"
        at += len(line) + 1
    for seen in open_tables:
        if seen < len(headings):
            found.append((headings[seen], "|}\n"))
    return sorted(found, key=_place)


def _missing(text: str) -> list[tuple[int, str]]:
    """What has to be put in, and where, in order."""
    found: list[tuple[int, str]] = []
    stack: list[str] = []  # open tags, each list or table with what stands in it
    around = Counter[str]()  # how many of each kind of list, and of tables, are open

    def close(names: tuple[str, ...], at: int) -> None:
        while stack and stack[-1] in names:
            found.append((at, f"</{stack.pop()}>"))

    for match in _TAG.finditer(text):
        name, at = match[2].lower(), match.start()
        if match[3]:
            continue
        if not match[1]:
            if name in _AROUND:
                stack.append(name)
                around[name] += 1
            elif stack:  # outside a list and a table the parser does without
                close(_ENDS[name], at)
                stack.append(name)
        elif name in _AROUND:
            if around[name]:
                while stack[-1] not in _AROUND:
                    close((stack[-1],), at)
                while (top := stack.pop()) != name:
                    around[top] -= 1
                around[name] -= 1
        elif name == "tr":
            close(("td", "th"), at)
            if stack and stack[-1] == name:
                stack.pop()
        elif stack and stack[-1] == name:
            stack.pop()
    return found if not stack else []
