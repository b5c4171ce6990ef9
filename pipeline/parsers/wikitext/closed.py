"""Closes cells, rows and items of HTML lists that a page leaves open, as browsers do: `<tr><td>a<td>b`.

The parser wants a closer for each opener that stands inside another tag; without one it takes no rows and no items, and reads the
rest of the table again for each. Source: https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.parsers.wikitext.strip import Stripped

_OPEN = re.compile(r"<(?:td|th|tr|li|dt|dd)[\s>]", re.I)
_TAG = re.compile(r"<(/?)(table|ul|ol|dl|td|th|tr|li|dt|dd)(?:\s[^<>]*)?(/?)>", re.I)
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
    if "<" not in text or not _OPEN.search(text):
        return stripped
    missing = _missing(text)
    return stripped.with_inserted(missing) if missing else stripped


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
