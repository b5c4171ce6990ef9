"""Bounds the cost of markup that never closes.

mwparserfromhell reads on to the end of the text for every opener, and back again when no closer comes: its time grows with the
square of their number (earwig/mwparserfromhell#286). So openers are paired first, in one pass. A text whose unpaired openers
would cost more than BUDGET times its length gets them masked: a sign that is not markup, of the same length, so that every
position holds. Real pages never come near it: of 1,628 measured none was changed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.parsers.wikitext.strip import EQUALS, LESS_THAN, MASKED

BUDGET = 2.0  # rereading that is allowed, in lengths of the text: a handful of slips in a page costs less than masking a good one wrongly
FLOOR = 20_000  # code points of rereading that are always allowed (2 ms): short texts keep what the parser can heal

MAX_TAGS = 40  # tags inside one another: the parser's own limit, beyond which they are text to it, but only after it tried each again
MAX_HEADING_LINE = 2000  # code points: the parser rereads a heading's line for every `=` in it, and titles end at 255 bytes
# The parser knows no tag whose name ends its line; for what begins no tag, `p <0.05`, it looks for an end as far as the text goes.
_ODD_TAG = re.compile(r"<(?:([a-zA-Z][a-zA-Z0-9]*)\n(?=[^<>]*>)|(?![a-zA-Z/!\s]))")
_INDENTED_TABLE = re.compile(r"\n[ \t:]+(?=\{\|)|\n[ \t]+(?=\|\}(?!\}))")
_INDENTED_FIRST = re.compile(r"[ \t:]+(?=\{\|)")
_LONG_HEADING = re.compile(rf"\n=+(?=[^\n]{{{MAX_HEADING_LINE}}})")

ADDRESS = r":(?://|(?<=(?i:mailto:|magnet:))|(?<=(?i:bitcoin:))|(?<=(?i:news:|sips:|xmpp:))|(?<=(?i:geo:|sip:|sms:|tel:|urn:)))"
"""Where the scheme of an address ends, in brackets or not, as a pattern."""

SCAN = re.compile(
    r"\[\[[^\[\]{}<>\n]*\]\]|\{\{[^\[\]{}<>]*\}\}(?!\})|\{\{+|\}\}+|\[\[|\]\]"
    r"|\[(?:(?:[a-z][a-z+.-]{1,9}:)?//|mailto:)(?=([^\[\]\n]*))|\n(?:\{\||\|\}(?!\})|=|----|[*#:]*;)"
    r"|<(su[bp]|small|big|i|b)>[^<>\[\]{}&\n:]*</\2>"
    r"|</?([a-zA-Z][a-zA-Z0-9]*)(?:[\s/][^<>]*)?>|<(?=[/a-zA-Z])|&#?[a-zA-Z0-9]{1,31};"
    rf"|{ADDRESS}"
)
_LINE_FIRST = re.compile(r"=|----|[*#:]*;")
_SINGLE = frozenset(("li", "dt", "dd", "td", "th", "tr"))  # need no closer, and cost the parser nothing without one
_STRUCTURE = frozenset(("{", "[", "\n", "link"))  # openers that hold or set apart words, see _Scan
_VOID = frozenset(("br", "hr", "wbr", "img", "meta", "link"))


class Region(NamedTuple):
    """A stretch of a text that needs the parser; what stands between two of them is words, line ends and signs of lists."""

    start: int
    end: int
    kind: int  # what it looks like: FLAT_TEMPLATE, FLAT_LINK, FLAT_TAG, ENTITY, HEADING_LINE, else MARKUP


MARKUP, FLAT_TEMPLATE, ENTITY, FLAT_LINK, HEADING_LINE, FLAT_TAG = range(6)


class Bounded(NamedTuple):
    """A text that parses in linear time."""

    text: str
    masked: int  # openers of templates, links and tables that were masked; a tag without its end says nothing, masked or not
    tables: int  # tables that were closed at the end of the text
    regions: list[Region] | None  # in order, apart from each other; None where the whole text needs the parser


def bound(text: str) -> Bounded:
    """Masks openers that never close, where there are too many of them; closes tables that run to the end of the page.

    >>> bound("{{a| [[b]] " * 3).masked
    0
    >>> bound("{{a| [[b]] " * 5000).masked
    5000
    >>> [tuple(region) for region in bound("A {{b|c}} d.\\n== E ==\\n* f &amp; {{g|{{h}}}}").regions]
    [(2, 9, 1), (13, 20, 4), (25, 30, 2), (31, 42, 0)]
    """
    if "\n=" in text:
        text = _LONG_HEADING.sub(lambda m: "\n" + EQUALS * (len(m[0]) - 1), text)
    if text[:1] == "=" and (first := _LONG_HEADING.match(f"\n{text}")):
        text = EQUALS * (first.end() - 1) + text[first.end() - 1 :]
    if text.rfind("{|") >= 0:  # a third of the time of `in`
        text = _INDENTED_TABLE.sub(_outdented, text)
        if first := _INDENTED_FIRST.match(text):
            text = _outdented(first) + text[first.end() :]
    if "<" in text:
        text = _ODD_TAG.sub(lambda m: f"<{m[1]} " if m[1] else LESS_THAN, text)
    scan = _Scan(text)
    size = len(text)
    unpaired = scan.lost + [(at, kind) for at, kind in scan.open if kind not in _SINGLE]
    unpaired += [(at + 2, "brace") for at, kind in unpaired if kind == "{" and at in scan.odd]
    singles = scan.singles + [(at, size) for at, kind in scan.open if kind in _SINGLE]
    regions = None if scan.doubtful or scan.open else scan.regions
    if deep := scan.deep():
        text, regions = _mask(text, [(at, "tag") for at in deep]), None
    if scan.swallowing:
        text = _mask(text, [(at, "li") for at in scan.swallowing])
    if singles:
        singles = singles if sum(end - at for at, end in singles) > BUDGET * size + FLOOR else []
        text = _mask(text, [(at, "li") for at, _ in singles])  # what they say is said by their text as well
    if not unpaired:
        return Bounded(text, 0, 0, None if singles else regions)
    tables = [at for at, sign in unpaired if sign == "\n"]
    if len(tables) <= 4:  # a missing last line: the wiki closes the table too
        unpaired = [(at, sign) for at, sign in unpaired if sign != "\n"]
    else:
        tables = []
    if sum(size - at for at, _ in unpaired) <= BUDGET * size + FLOOR:
        unpaired = []
    if unpaired:
        text, regions = _mask(text, unpaired), None
    if tables:
        text, regions = text + "\n|}" * len(tables), None
    masked = sum(kind in _STRUCTURE for _, kind in unpaired)
    return Bounded(text, masked, len(tables), None if singles else regions)


def _outdented(match: re.Match[str]) -> str:
    """The start or end of an indented table at the same length, its line end right before it: the parser knows a table only there.

    Source: MediaWiki includes/parser/Parser.php, handleTables: colons and spaces may stand before `{|`.
    """
    return " " * (match.end() - match.start() - 1) + "\n"


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


def _crossed(words: str) -> bool:
    """Whether something that does not begin in an external link ends there, or the other way round."""
    return words.count("{") != words.count("}") or words.count("<") != 2 * words.count("</")


class _Scan:
    """One pass over a text: what is open at a place, what was given up, and the regions at the top level.

    Openers are (position, kind): "{" and "[" are two signs long, "\\n" is a table, else a tag's name or a link. Whole simple links and
    templates are passed over in one step.
    """

    def __init__(self, text: str) -> None:
        self.open: list[tuple[int, str]] = []
        self.lost: list[tuple[int, str]] = []
        self.singles: list[tuple[int, int]] = []  # openers that need no closer, but inside another tag are read as far as its end
        self.regions: list[Region] = []
        self.swallowing: list[int] = []  # the same in a template, link or table: the parser reads on beyond its end, and finds none
        self._pairs: list[tuple[int, int]] = []  # where tags begin that close, and where their closers do; closers in order
        self._closed = 0  # where the opener stood that was closed last
        self._crowded = False  # whether so much was open that tags may stand too deep
        self.doubtful = False  # whether what pairs with what, or what a heading or a link holds, is the parser's to say
        self._count: dict[str, int] = {}  # of each kind in `open`, so that a closer without opener costs nothing
        self.odd: dict[int, int] = {}  # openers of a run of three braces, or five: where that run begins, until a run of three closes it
        self._lost_kinds: set[str] = set()  # what was given up inside a template or a table: its closer may still come, outside
        self._text = text
        self._line = False  # whether the last region goes on to the end of its line
        self._walls: list[tuple[int, int]] = []  # headings and external links, in which nothing ends that began before: end, what was open
        if text.startswith("{|"):
            self._push(0, "\n")
        elif _LINE_FIRST.match(text):
            self._whole_line(0, 0)
        self._run(text)

    def _run(self, text: str) -> None:
        """Goes through the signs, ordered by how often each kind comes."""
        for match in SCAN.finditer(text):
            sign = match[0]
            first, at = sign[0], match.start()
            if first == "{":
                if sign[-1] == "}":
                    if "\n" in sign and "\n=" in sign:
                        self.doubtful = True
                        line = text.rfind("\n", at, match.end())
                        if text[line + 1] == "=" and self._is_heading(line, at, "{"):
                            self._lose(at, "{")  # the heading ends behind it
                    if not self.open:
                        self._add(at, match.end(), FLAT_TEMPLATE)
                else:
                    self._braces(sign, at)
            elif first == "}":
                self.doubtful = self.doubtful or len(sign) % 2 == 1
                third = len(sign) % 2 == 1
                for _ in range(len(sign) // 2):
                    third = self._pop("{", match.end(), third)
            elif first == "\n":
                self._line_sign(sign, at, match.end())
            elif first == "[":
                if match[1] is not None:
                    end = match.end(1)
                    crossed = _crossed(match[1])
                    self.doubtful = self.doubtful or crossed or text[end : end + 2] == "]]"
                    if text[end : end + 1] != "]" or (crossed and _Scan(match[1]).open):
                        self._lose(at, "link")  # an external link ends with its line, and what begins in it does not end with it
                    else:
                        if crossed:
                            self._walls.append((end, len(self.open)))
                        self._add(at, end + 1, MARKUP)
                elif sign[-1] == "]":
                    self._add(at, match.end(), FLAT_LINK)
                else:
                    self._push(at, "[")
            elif first == "]":
                self._pop("[", match.end())
            elif first == "&":
                self._add(at, match.end(), ENTITY)
            elif first == ":":
                if not self.open:
                    self._whole_line(text.rfind("\n", 0, at) + 1, at)
                else:
                    self.doubtful = self.doubtful or sign == ":"
            elif match[2] is not None:
                self._add(at, match.end(), FLAT_TAG)
            else:
                self._tag(sign, match[3], at, match.end())

    def _braces(self, sign: str, at: int) -> None:
        """A run of openers: of three, or five, one is an argument's if a run of three closes it, else a brace of its own."""
        self.doubtful = self.doubtful or len(sign) > 2
        for step in range(len(sign) // 2):
            self._push(at + 2 * step, "{")
            if len(sign) % 2:
                self.odd[at + 2 * step] = at

    def _line_sign(self, sign: str, at: int, end: int) -> None:
        if sign[-1] == "|":
            self._push(at, "\n")
        elif sign[-1] == "}":
            self._pop("\n", end)
        elif not self.open:
            self._whole_line(at + 1, end)
        elif sign == "\n=" or self.open[-1][1] not in "{\n":
            self.doubtful = True
            if sign == "\n=" and self._is_heading(at, *self.open[-1]):
                self._walls.append((self._line_end(end), len(self.open)))

    def _is_heading(self, at: int, around: int, kind: str) -> bool:
        """Whether a line is a heading inside an opener, to the parser: in a template only before the sign of equality of a parameter."""
        text = self._text
        if text[self._line_end(at + 1) - 1] != "=":
            return False
        return kind != "{" or around in self.odd or "=" not in text[text.rfind("|", around, at) + 1 : at]

    def _tag(self, sign: str, name: str | None, at: int, end: int) -> None:
        if name is None:
            self._lose(at, "tag")
            return
        name = name.lower()
        self.doubtful = self.doubtful or "\n" in sign
        if (sign.count("[") != sign.count("]")) or (sign.count("{") != sign.count("}")):
            self._lose(at, "tag")  # what begins in an attribute goes on behind the tag
        elif name in _VOID or sign[-2] == "/":
            self._add(at, end, MARKUP)
        elif sign[1] == "/":
            known = self._count.get(name, 0)
            self.doubtful = self.doubtful or (bool(self.open) and not known)
            self._pop(name, end)
            if known and self._count[name] < known:
                self._pairs.append((self._closed, at))
        else:
            self._crowded = self._crowded or len(self.open) >= MAX_TAGS
            self._push(at, name)

    def deep(self) -> list[int]:
        """Places of tags, and of their closers, that stand inside more than MAX_TAGS others; what never closes is around nothing."""
        found: list[int] = []
        around: list[int] = []  # closers of the tags around a place
        for start, end in sorted(self._pairs) if self._crowded else ():
            while around and around[-1] < start:
                around.pop()
            if len(around) >= MAX_TAGS:
                found += (start, end)
            else:
                around.append(end)
        return found

    def _lose(self, at: int, kind: str) -> None:
        """An opener that cannot close."""
        self.lost.append((at, kind))
        self.doubtful = True

    def _push(self, at: int, kind: str) -> None:
        self.open.append((at, kind))
        self._count[kind] = self._count.get(kind, 0) + 1

    def _pop(self, kind: str, end: int, third: bool = False) -> bool:
        """Closes the last opener of a kind; whatever was opened after it is lost.

        `third` says that the closer has a third brace to give; returned is whether it still has.
        """
        if not self._count.get(kind):
            self.doubtful = self.doubtful or kind in self._lost_kinds
            return third
        if self._walls and self._is_walled(kind, end):
            return third
        while True:
            at, top = self.open.pop()
            self._count[top] -= 1
            if top == kind:
                break
            if top in _SINGLE and kind in _STRUCTURE:
                self.swallowing.append(at)
            elif top in _SINGLE:
                self.singles.append((at, end))
            else:
                self.lost.append((at, top))
            self._lost_kinds.add(top)
            self.doubtful = self.doubtful or (kind not in "{\n" and top not in _SINGLE)
        self._closed = at
        run = self.odd.pop(at, -1) if self.odd else -1
        if run >= 0:
            if third:  # an argument: no brace of the run is left over
                third = False
                for other in range(run, at, 2):
                    self.odd.pop(other, None)
            elif run == at:  # the parser would look for the end of an argument as far as the text goes
                self.lost.append((at, "brace"))
        self._add(at + (self._text[at] == "\n"), end, MARKUP)
        return third

    def _is_walled(self, kind: str, end: int) -> bool:
        """Whether a closer stands in a heading or an external link that its opener stands before: to the parser it is text."""
        walls = self._walls
        while walls and walls[-1][0] < end:
            walls.pop()
        return bool(walls) and all(top != kind for _, top in self.open[walls[-1][1] :])

    def _add(self, start: int, end: int, kind: int) -> None:
        """A region, if it stands at the top level; one that overlaps the last is one with it."""
        if self.open:
            return
        regions = self.regions
        if regions and start < regions[-1].end:
            last = regions[-1]
            if end > last.end:
                regions[-1] = Region(last.start, self._line_end(end) if self._line else end, MARKUP)
            return
        regions.append(tuple.__new__(Region, (start, end, kind)))
        self._line = False

    def _whole_line(self, start: int, at: int) -> None:
        """A line is a region of its own, with all that begins in it."""
        end = self._line_end(at)
        kind = HEADING_LINE if self._text.startswith("=", start) else MARKUP
        regions = self.regions
        while regions and regions[-1].end > start:
            last = regions.pop()
            start, end, kind = min(start, last.start), max(end, last.end), MARKUP
        regions.append(tuple.__new__(Region, (start, end, kind)))
        self._line = True

    def _line_end(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end
