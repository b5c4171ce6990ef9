"""Tables read without the parser: only the cells that hold markup go through it, all of them at once.

Most of a table is signs of the table itself, and the parser spends a dozen tokens on each cell. A table inside a table, or one whose
markup does not end in the cell in which it begins, is the parser's to read.
"""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.bounds import MARKUP, Region
from pipeline.parsers.wikitext.nodes import TAG, Node, Nodes

_SIGN = re.compile(r"\n[ \t]*(?:\|\}|\|-[^\n]*|\||!)|\|\||!!|\||\n|\{\{(?:[^{}]++|\{\{[^{}]*+\}\})*+\}\}|\[\[[^\[\]\n]*\]\]")
_FIRST_LINE = re.compile(r"\{\|[^\n|{}\[\]<>&]*\n")
_MARKUP = re.compile(r"[\[{<&]|:[^\s]|\n[ \t]*[=*#:;-]")
_ALONE = re.compile(r"<(?:(?:br|hr|wbr)\b[^<>]*|[^<>]*/)>", re.I)
_LINE_SIGNS = frozenset("*#:;=-{|!")  # they mean something at the start of a line, where a cell does not begin


class _Table:
    """A table that is being read."""

    def __init__(self, text: str, region: Region) -> None:
        self.text = text
        self.node = _tag("table", "{|", region.start, region.end)
        self.rows: Nodes = []  # where cells go: the table's body, or the last row's
        self.cell: Node | None = None
        self.outside = region.start  # where text that is in no cell begins
        self.pending: list[tuple[Region, Nodes]] = []  # cells that need the parser, each with its list to fill

    def begin(self, name: str, mark: str, start: int, inner: int) -> None:
        """A cell begins."""
        self.cell = _tag(name, mark, start, -1, inner)
        self.rows.append(self.cell)

    def finish(self, end: int) -> bool:
        """The cell, or what stands before the first cell of a row, ends; False where the parser has to read the table."""
        cell, self.cell = self.cell, None
        if cell is None:
            return not self.text[self.outside : end].strip()
        cell.end = end
        words = self.text[cell.inner : end]
        body: Nodes = []
        cell.body = body
        if not _MARKUP.search(words):
            if words:
                body.append(words)
            return True
        if words[0] in _LINE_SIGNS or words.count("<") != 2 * words.count("</") + len(_ALONE.findall(words)):
            return False
        self.pending.append((Region(cell.inner, end, MARKUP), body))
        return True


def table(text: str, region: Region) -> tuple[Node, list[tuple[Region, Nodes]]] | None:
    """The node of a table, and its cells that still need the parser, each with its list to fill; None for a table that needs it whole."""
    source = text[region.start : region.end]
    first = _FIRST_LINE.match(source)
    if first is None or source[-2:] != "|}" or "\n{|" in source or _bar_in_address(source):
        return None
    found = _Table(text, region)
    found.node.inner = region.start + first.end() - 1
    body: Nodes = []
    found.node.body = found.rows = body
    found.outside = found.node.inner
    line = ""  # what `||` and `!!` begin on this line: td, th, or nothing
    styled = True  # whether the cell has had its attributes, or cannot have any
    whole = 0  # templates and links that stand in one piece
    for match in _SIGN.finditer(text, found.node.inner, region.end):
        sign, start, end = match[0], match.start(), match.end()
        first_sign = sign[0]
        if first_sign in "{[":
            links = sign.count("[[")
            if links != sign.count("]]"):
                return None
            whole += sign.count("{{") + links
            styled = styled or first_sign == "["  # no attributes stand where a link does
        elif sign == "\n":
            line, styled = "", True
        elif first_sign == "\n":
            mark = sign.lstrip("\n \t")
            at = end - len(mark)
            if not found.finish(at):
                return None
            line, styled = "", True
            if mark == "|}":
                break
            if mark[:2] == "|-":
                row = _tag("tr", "|-", at, region.end)
                row.body = found.rows = []
                body.append(row)
                found.outside = end
                if any(c in "{[<&" for c in mark):
                    return None
            else:
                line, styled = ("th" if mark == "!" else "td"), False
                found.begin(line, mark, at, end)
        elif sign == "|":
            if not styled and found.cell is not None:
                found.cell.attributes = [([text[found.cell.inner : start].lstrip()], None)]
                found.cell.inner, styled = end, True
        elif line == "th" or (line and sign == "||"):
            if not found.finish(start):
                return None
            styled = False
            found.begin(line, sign, start, end)
    if source.count("{{") + source.count("[[") != whole or source.count("}}") + source.count("]]") != whole:
        return None
    return found.node, found.pending


def _bar_in_address(source: str) -> bool:
    """Whether a bar follows an address without a space: the parser reads it as part of the address."""
    return "://" in source and any("|" in word[word.find("://") :] for word in source.split() if "://" in word)


def _tag(name: str, mark: str, start: int, end: int, inner: int = -1) -> Node:
    return Node(TAG, start, [name], end, inner, None, mark)
