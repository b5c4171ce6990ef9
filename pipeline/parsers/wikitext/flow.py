"""Nodes to lines: walks a page and says where its headings, lists, quotes, tables and lines begin and end; see lines.py for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit import LIST_SIGNS, Emitter, tag_name
from pipeline.parsers.wikitext.extensions import PICTURES, extension
from pipeline.parsers.wikitext.lines import MAX_LIST_DEPTH, Lines
from pipeline.parsers.wikitext.nodes import COMMENT, HEADING, LINK, TAG, TEMPLATE, Node, Nodes
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.strip import DEFINITION, GAP, ITEM, ITEM_START, LESS_THAN, Item
from pipeline.parsers.wikitext.table import table
from pipeline.text.layout import Draft

BlockTemplate = Callable[["Flow", Node], bool]  # adds the passages of a template that is a block; False where it is none

_LIST_NAMES = {"li", "dd", "dt"}
_HEADING_TAGS = {f"h{n}": n for n in range(1, 7)}
_THROUGH = {"translate", "tvar"}  # tags that change nothing on the page itself
_FORMATS = frozenset("b bdi bdo big cite del em font i ins mark s small span strike strong tt u".split())  # these only set letters
_LIST_LINE = re.compile(r"\n[*#:;]")


class Flow(Lines):
    """A stream of nodes that becomes lines."""

    def __init__(self, page: Page, em: Emitter, block_template: BlockTemplate) -> None:
        super().__init__(page, em)
        self.block_template = block_template

    # -- walking ----------------------------------------------------------------------------------------------------------

    def walk(self, nodes: Nodes, at: int) -> None:
        """Reads nodes whose first stands at `at`."""
        template = self.em.template
        for index, node in enumerate(nodes):
            if isinstance(node, str):
                if "\n" in node or (not at and node[0] in LIST_SIGNS):
                    self.text(node, at)
                elif ITEM_START in node:
                    self.marked(node, at)
                else:
                    self.line.append(node)
                at += len(node)
                continue
            kind = node.kind
            if kind == LINK:
                self.em.link(node, self.line.append)
            elif kind == TAG:
                self.tag(node)
            elif kind == HEADING:
                self.heading(node)
            elif kind == TEMPLATE:
                if not self.block_template(self, node):
                    template(self.em, node, self.line.append, nodes, index)
            elif kind != COMMENT:
                self.em.other(node, self.line.append)
            at = node.end

    def text(self, text: str, at: int) -> None:
        """Text that holds line ends."""
        first, *rest = text.split("\n")
        if first:
            size = len(first)
            if not at and first[0] in LIST_SIGNS:
                first = self.signs(first)
            if ITEM_START in first:
                self.marked(first, at + size - len(first))
            else:
                self.line.append(first)
            at += size
        for piece in rest:
            self.end_line(at)
            at += 1
            self.line_start = at
            if piece:
                if piece[0] in LIST_SIGNS:
                    size = len(piece)
                    piece = self.signs(piece)
                    at += size - len(piece)
                if ITEM_START in piece:
                    self.marked(piece, at)
                else:
                    self.line.append(piece)
                at += len(piece)

    def signs(self, line: str) -> str:
        """Takes the signs of a list off the start of a line."""
        words = line.lstrip(LIST_SIGNS)
        self.marks = line[: len(line) - len(words)]
        return words

    def marked(self, text: str, at: int) -> None:
        """A piece of a line with extension tags in it: those that are blocks end the passage before them."""
        done = 0
        alone = not "".join(self.line).strip() and not ITEM.sub("", text).strip()
        for match in ITEM.finditer(text):
            item = self.page.items[int(match[1])]
            if item.what == "literal" or not self._is_block(item, alone):
                continue
            self.em.items(text[done : match.start()], self.line.append)
            done = match.end()
            self.flush(at + match.start())
            extension(self.page, item, self.kind, self.level)
            self.line_start = at + done
        self.em.items(text[done:], self.line.append)

    def _is_block(self, item: Item, alone: bool) -> bool:
        """Whether an extension tag is a passage of its own; `alone` says that nothing else stands on its line."""
        if self.marks:
            return False
        if item.what == "math":
            return "block" in item.attributes
        if item.what == "code":
            return item.tag == "pre" or alone or "\n" in item.content.strip("\n")
        return item.what in PICTURES or item.what == "poem"

    # -- blocks -----------------------------------------------------------------------------------------------------------

    def heading(self, node: Node) -> None:
        """`== title ==`."""
        self.flush(node.start)
        words, links = self.page.finish(self.em.flat(node.body or []))
        if words:
            self.page.headings.append(words)
            self.page.drafts.append(Draft("heading", words, node.level, links=links, raw=self.page.span((node.start, node.end))))
        self.line_start = node.end

    def tag(self, node: Node) -> None:
        """A tag of HTML or wiki markup."""
        name = tag_name(node)
        if node.mark is not None and name in _LIST_NAMES:
            self._sign(node, name)
        elif name == "table":
            self._table(node)
        elif node.body and (name in _THROUGH or (name in _FORMATS and node.mark is None and _has_passages(node.body))):
            if self.em.hidden(node):
                self.line.append(GAP)
            else:
                self.walk(node.body, node.inner)
        elif node.mark is not None or name not in data.BLOCK_TAGS:
            if name == "hr":
                self.flush(node.start)
                self.line_start = node.end
            elif name in data.HTML_TAGS or name in data.EXTENSION or self.marks:
                self.em.tag(node, self.line.append)
            elif self.page.exact and self.kind == "paragraph" and self.page.stripped.text.startswith("\n ", self.line_start - 1):
                self._as_written(node)
            elif _has_lines(node.body):
                self._block_tag(node, name, node.body or [])  # an extension of its wiki: what stands in it are passages
            else:
                self.em.tag(node, self.line.append)
        elif self.marks or node.body is None:
            self.em.tag(node, self.line.append)
        elif not self.em.hidden(node):
            self._block_tag(node, name, node.body)

    def _as_written(self, node: Node) -> None:
        """A tag that wikitext does not know in a line that begins with a space: code in XML, whose tags are shown."""
        text = self.page.stripped.text
        stop = node.end if node.body is None else text.rfind("</", node.inner, node.end)
        inner = node.end if node.body is None else node.inner
        self.text(text[node.start : inner].replace("<", LESS_THAN), node.start)
        self.walk(node.body or [], inner)
        self.text(text[stop : node.end].replace("<", LESS_THAN), stop)

    def _sign(self, node: Node, name: str) -> None:
        sign = node.mark or ""
        if not self.line or not "".join(self.line).strip():
            self.line.clear()
            if len(self.marks) <= MAX_LIST_DEPTH:
                self.marks += sign
        elif name == "dd" and self.marks.endswith(";"):
            self.line.append(DEFINITION)
        else:
            self.line.append(sign)

    def _table(self, node: Node) -> None:
        self.flush(node.start)
        only = table(self.page, self.em, node)
        if only is not None:  # a frame around one passage is no table
            self.walk(only.body or [], only.inner)
            self.flush(node.end)
        self.line_start = node.end

    def _block_tag(self, node: Node, name: str, body: Nodes) -> None:
        if name in ("ul", "ol", "dl"):
            (self._end_item if self.nested else self.flush)(node.start)
            before, self.nested = self.nested, (self.nested + {"ul": "*", "ol": "#", "dl": ""}[name])[:MAX_LIST_DEPTH]
            if name == "dl":  # line ends between a term and what it means part nothing
                body = [child for child in body if not isinstance(child, str) or child.strip()]
            self.walk(body, node.inner)
            self._end_item(node.end)
            self.nested = before
            self.numbers = {marks: number for marks, number in self.numbers.items() if len(marks) <= len(before)}
        elif name in ("li", "dd", "dt"):
            self._html_item(node, name, body)
        elif name in _HEADING_TAGS:
            node.level, node.kind = _HEADING_TAGS[name], HEADING
            self.heading(node)
        elif name == "pre":
            self.flush(node.start)
            self.add("code", self.em.flat(body), node.start, node.end)
        else:
            self.flush(node.start)
            before_kind, before_level = self.kind, self.level
            if name == "blockquote":
                self.kind, self.level = "quote", self.level + 1
            self.line_start = node.inner
            self.walk(body, node.inner)
            self.flush(node.end)
            self.kind, self.level = before_kind, before_level
        self.line_start = node.end

    def _end_item(self, end: int) -> None:
        """Ends a line inside a list of HTML: numbers go on until the list ends."""
        numbers = self.numbers
        self.flush(end)
        self.numbers = numbers

    def _html_item(self, node: Node, name: str, body: Nodes) -> None:
        if name != "dd" or not self.term or self.line:
            defined = self.defined and name == "dd"
            self._end_item(node.start)
            self.defined = defined
        marks = {"li": self.nested or "*", "dt": ";", "dd": ":"}[name]
        below: Nodes = []
        if (place := next((place for place, child in enumerate(body) if _begins_list(child)), -1)) >= 0:
            body, below = _lists_apart(body, place)
        pieces: list[str] = []
        rest: list[Node] = []
        for child in body:
            if not isinstance(child, str) and child.kind == TAG and (tag_name(child) in ("ul", "ol", "dl", "table") or child.mark):
                rest.append(child)
            else:
                self.em.emit([child], pieces.append)
        text = "".join(pieces)
        if text.strip():
            self.item(marks, text, node.start, rest[0].start if rest else node.end)
        for child in rest:
            self.tag(child)
        if below:
            around, self.around = self.around, marks
            self.walk(below, node.end)
            self._end_item(node.end)
            self.around = around


def _has_lines(body: Nodes | None) -> bool:
    return body is not None and any(type(node) is str and "\n" in node for node in body)


def _has_passages(body: Nodes) -> bool:
    """Whether passages of their own stand in what a tag sets in other letters: then it does not end them."""
    for node in body:
        if isinstance(node, str):
            if "\n\n" in node or _LIST_LINE.search(node):
                return True
        elif node.kind == HEADING or (node.kind == TAG and _is_passage(node)):
            return True
    return False


def _is_passage(node: Node) -> bool:
    name = tag_name(node)
    if node.mark is not None:
        return name in _LIST_NAMES or name == "table"
    return name in data.BLOCK_TAGS or (name in _FORMATS and _has_passages(node.body or []))


def _begins_list(node: Node | str) -> bool:
    """Whether a list of wikitext begins in an item of an HTML list."""
    if isinstance(node, str):
        return _LIST_LINE.search(node) is not None
    return node.kind == TAG and node.mark is not None and tag_name(node) in _LIST_NAMES


def _lists_apart(body: Nodes, place: int) -> tuple[Nodes, Nodes]:
    """What an item says and the lists below it, which begin in the node at `place`."""
    first = body[place]
    if not isinstance(first, str):
        return body[:place], body[place:]
    words, *_ = _LIST_LINE.split(first, 1)
    return [*body[:place], words], [first[len(words) :], *body[place + 1 :]]
