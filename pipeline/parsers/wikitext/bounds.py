"""Bounds the cost of markup that never closes.

mwparserfromhell reads on to the end of the text for every opener, and back again when no closer comes: its time grows with the
square of their number (earwig/mwparserfromhell#286). So openers are paired first, in one pass. A text whose unpaired openers
would cost more than BUDGET times its length gets them masked: a sign that is not markup, of the same length, so that every
position holds. Real pages never come near it: of 1,628 measured none was changed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.parsers.wikitext.strip import EQUALS, MASKED

BUDGET = 2.0  # rereading that is allowed, in lengths of the text: a handful of slips in a page costs less than masking a good one wrongly
FLOOR = 20_000  # code points of rereading that are always allowed (2 ms): short texts keep what the parser can heal

SHORT = 120  # code points below which nothing can be slow: spares the pass for the many short pieces of a page

MAX_HEADING_LINE = 2000  # code points: the parser rereads a heading's line for every `=` in it, and titles end at 255 bytes
_TAG_BREAK = re.compile(r"(<[a-zA-Z][a-zA-Z0-9]*)\n(?=[^<>]*>)")  # the parser knows no tag whose name ends its line
_LONG_HEADING = re.compile(rf"^=+(?=[^\n]{{{MAX_HEADING_LINE}}})", re.M)

_SCAN = re.compile(
    r"\[\[[^\[\]{}<>\n]*\]\]|\{\{[^\[\]{}<>]*\}\}(?!\})|\{\{+|\}\}+|\[\[|\]\]"
    r"|\[(?:(?:[a-z][a-z+.-]{1,9}:)?//|mailto:)(?=([^\[\]\n]*))|\n(?:[ :]*\{\||\|\})"
    r"|</?([a-zA-Z][a-zA-Z0-9]*)(?:[\s/][^<>]*)?>|<(?=[/a-zA-Z])"
)
_TABLE_FIRST = re.compile(r"[ :]*\{\|")
_VOID = frozenset(("br", "hr", "wbr", "img", "meta", "link"))


class Bounded(NamedTuple):
    """A text that parses in linear time."""

    text: str
    masked: int  # openers that were masked
    tables: int  # tables that were closed at the end of the text


def bound(text: str) -> Bounded:
    """Masks openers that never close, where there are too many of them; closes tables that run to the end of the page.

    >>> bound("{{a| [[b]] " * 3).masked
    0
    >>> bound("{{a| [[b]] " * 5000).masked
    5000
    """
    if len(text) < SHORT and "{|" not in text and "<" not in text:
        return Bounded(text, 0, 0)
    if "=" in text:
        text = _LONG_HEADING.sub(lambda m: EQUALS * len(m[0]), text)
    if "<" in text:
        text = _TAG_BREAK.sub(r"\1 ", text)
    unpaired = _unpaired(text)
    tables = [at for at, sign in unpaired if sign == "\n"]
    if len(tables) <= 4:  # a missing last line: the wiki closes the table too
        unpaired = [(at, sign) for at, sign in unpaired if sign != "\n"]
    else:
        tables = []
    size = len(text)
    if sum(size - at for at, _ in unpaired) <= BUDGET * size + FLOOR:
        unpaired = []
    if unpaired:
        text = _mask(text, unpaired)
    if tables:
        text += "\n|}" * len(tables)
    return Bounded(text, len(unpaired), len(tables))


def _mask(text: str, openers: list[tuple[int, str]]) -> str:
    signs = list(text)
    for at, kind in openers:
        if kind == "\n":
            at = text.find("{", at)
        mark = MASKED[text[at]]
        signs[at] = mark
        if kind in "{[":
            signs[at + 1] = mark
    return "".join(signs)


class _Stack:
    """What is open at a place of the text, and what was given up."""

    def __init__(self) -> None:
        self.open: list[tuple[int, str]] = []  # (position, kind)
        self.lost: list[tuple[int, str]] = []
        self._count: dict[str, int] = {}  # of each kind in `open`, so that a closer without opener costs nothing

    def push(self, at: int, kind: str) -> None:
        self.open.append((at, kind))
        self._count[kind] = self._count.get(kind, 0) + 1

    def pop(self, kind: str) -> None:
        """Closes the last opener of a kind; whatever was opened after it is lost."""
        if not self._count.get(kind):
            return
        while True:
            at, top = self.open.pop()
            self._count[top] -= 1
            if top == kind:
                return
            self.lost.append((at, top))


def _unpaired(text: str) -> list[tuple[int, str]]:
    """Openers without a closer, in one pass: (position, kind) each. "{" and "[" are two signs long, "\n" is a table, else a tag's
    name or a link. Whole simple links and templates are passed over in one step."""
    stack = _Stack()
    if _TABLE_FIRST.match(text):
        stack.push(0, "\n")
    for match in _SCAN.finditer(text):
        sign = match[0]
        first, at = sign[0], match.start()
        if first == "[":
            if match[1] is not None:
                if text[match.end(1) : match.end(1) + 1] != "]":  # an external link ends with its line
                    stack.lost.append((at, "link"))
            elif sign[-1] != "]":
                stack.push(at, "[")
        elif first == "]":
            stack.pop("[")
        elif first == "{":
            if sign[-1] != "}":
                for step in range(len(sign) // 2):
                    stack.push(at + 2 * step, "{")
        elif first == "}":
            for _ in range(len(sign) // 2):
                stack.pop("{")
        elif first == "\n":
            if sign[-1] == "|":
                stack.push(at, "\n")
            else:
                stack.pop("\n")
        else:
            _tag(stack, sign, match[2], at)
    return stack.lost + stack.open


def _tag(stack: _Stack, sign: str, name: str | None, at: int) -> None:
    if name is None:
        stack.lost.append((at, "tag"))
    elif sign[1] == "/":
        stack.pop(name.lower())
    elif sign[-2] != "/" and name.lower() not in _VOID:
        stack.push(at, name.lower())
