"""Blocks: walks the nodes of a page line by line and makes drafts of headings, paragraphs, lists, quotes, code, tables."""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit import LIST_SIGNS, Emitter, tag_name
from pipeline.parsers.wikitext.extensions import PICTURES, extension
from pipeline.parsers.wikitext.nodes import COMMENT, HEADING, LINK, TAG, TEMPLATE, Node, Nodes
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.strip import DEFINITION, GAP, ITEM, ITEM_END, ITEM_START, Item
from pipeline.parsers.wikitext.table import table
from pipeline.text.layout import Draft, DraftLink
from pipeline.text.words import joined

MAX_LIST_DEPTH = 16  # levels of a list that are told apart: deeper is abuse, and indent would grow with the square of the depth

BlockTemplate = Callable[["Flow", Node], bool]  # adds the passages of a template that is a block; False where it is none

_LIST_NAMES = {"li", "dd", "dt"}
_HEADING_TAGS = {f"h{n}": n for n in range(1, 7)}
_PUNCTUATION = re.compile(r"[\s.,;:!?…·()\[\]{}'\"“”‘’«»。、，；：！？（）「」/_–—-]*")  # without a word it says nothing; ★, → and € do
_THROUGH = {"translate", "tvar"}  # tags that change nothing on the page itself


class Flow:
    """A stream of lines that becomes drafts. Positions count code points of the stripped text, -1 where unknown."""

    def __init__(self, page: Page, em: Emitter, block_template: BlockTemplate) -> None:
        self.page = page
        self.em = em
        self.block_template = block_template
        self.kind = "paragraph"
        self.level = 0
        self.line: list[str] = []  # pieces of the line that is being read
        self.line_start = 0
        self.marks = ""  # list signs at its start
        self.lines: list[str] = []  # lines of the paragraph that is being read
        self.lines_start = 0
        self.lines_end = 0
        self.indented = False  # these lines start with a space
        self.numbers: dict[str, int] = {}  # list signs -> last number
        self.term: tuple[str, int, int] | None = None  # `;` waiting for its `:`
        self.defined = False  # a definition stands right above
        self.nested = ""  # signs of the HTML lists around

    # -- walking ----------------------------------------------------------------------------------------------------------

    def walk(self, nodes: Nodes, at: int) -> None:
        """Reads nodes whose first stands at `at`."""
        template = self.em.template
        for index, node in enumerate(nodes):
            if type(node) is str:
                if "\n" in node or (not at and node[0] in LIST_SIGNS):
                    self.text(node, at)
                elif ITEM_START in node:
                    self.marked(node, at)
                else:
                    self.line.append(node)
                at += len(node)
                continue
            assert not isinstance(node, str)
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

    # -- lines ------------------------------------------------------------------------------------------------------------

    def end_line(self, end: int) -> None:
        """What a line is, now that all of it has been read."""
        line = self.line
        if not line:
            if not self.marks:
                if self.lines or self.term or self.defined or (self.numbers and not self.nested):
                    self.flush(end)
                return
            text = ""
        else:
            text = line[0] if len(line) == 1 else "".join(line)
            line.clear()
        marks = self.marks
        if marks:
            self.marks = ""
            self.item(marks, text, self.line_start, end)
            return
        if not text or text.isspace() or (GAP in text and not text.strip(" \t" + GAP)):
            if self.lines or self.term or (self.numbers and not self.nested):
                self.flush(end)
            return
        if self.term or self.numbers:
            self.flush(self.line_start)
        indented = text[0] == " " and self.kind == "paragraph"
        if indented != self.indented and self.lines:
            self._paragraph()
        if not self.lines:
            self.lines_start = self.line_start
        self.indented = indented
        self.lines.append(text)
        self.lines_end = end

    def flush(self, end: int) -> None:
        """Ends the passage that is being read."""
        if self.line:
            self.end_line(end)
        self.marks = ""
        self.defined = False
        self._paragraph()
        if self.term:
            text, start, stop = self.term
            self.term = None
            self.add("definition", text, start, stop)
        if self.numbers:
            self.numbers = {}
        if self.page.captions:
            self._captions(end)

    def _captions(self, before: int) -> None:
        """Captions of pictures that stand before a place become passages."""
        page = self.page
        page.drafts += [draft for at, draft in page.captions if at < before]
        page.captions = [pair for pair in page.captions if pair[0] >= before]

    def _paragraph(self) -> None:
        lines = self.lines
        if not lines:
            return
        self.lines = []
        if self.page.captions:  # a picture at the start of a paragraph stands above it, one inside below
            self._captions(self.lines_end if lines[0].lstrip()[:1] == GAP else self.lines_start)
        if self.indented and len(lines) > 1:
            self.preformatted(lines, self.lines_start, self.lines_end)  # the space that says so is no indent
            return
        text = lines[0] if len(lines) == 1 else joined(lines, "\n")
        if not self.page.bold and "'''" in text:
            self._lead(text)
        self.add(self.kind, text, self.lines_start, self.lines_end, self.level)
        if self.page.captions:
            self._captions(self.lines_end)

    def preformatted(self, lines: list[str], start: int, end: int) -> None:
        """A passage of code whose lines are wikitext."""
        common = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        texts = [" " * (len(line) - len(line.lstrip(" ")) - common) + self.page.finish(line)[0] for line in lines]
        text = "\n".join(text.rstrip() for text in texts).strip("\n")
        if text.strip():
            self.page.drafts.append(Draft("code", text, raw=self.page.span((start, end))))

    def _lead(self, text: str) -> None:
        before, _, rest = text.partition("'''")
        bold, closed, _ = rest.partition("'''")
        if closed and len(before.strip(" '\n\x04\"“«(")) < 30 and len(bold) < 120 and not self.page.headings:
            self.page.bold = self.page.words(bold.lstrip("'"))  # of four apostrophes the first is the article's: L'<b>antropologia</b>

    def add(self, kind: str, text: str, start: int, end: int, level: int = 0, marker: str = "") -> None:
        """A draft of a passage."""
        paragraph = kind == "paragraph"
        if paragraph and ITEM_END in text and text.endswith(ITEM_END, 0, len(text.rstrip(" .,;"))) and self._formula(text):
            return
        words, links = self.page.finish(text, paragraph or kind == "quote")
        if words and (GAP not in text or not _PUNCTUATION.fullmatch(words)):  # no full stop alone behind a template that went
            if links and "\n" in words:  # layout may have to move them
                links = [DraftLink(*link) for link in links]
            self.page.drafts.append(Draft(kind, words, level, marker, links, self.page.span((start, end))))

    def _formula(self, text: str) -> bool:
        """A formula that has a paragraph to itself is a block."""
        match = ITEM.fullmatch(text.strip(" .,;\n"))
        item = self.page.items[int(match[1])] if match else None
        if item is None or item.what != "math":
            return False
        extension(self.page, item, self.kind, self.level)
        return True

    # -- lists ------------------------------------------------------------------------------------------------------------

    def item(self, marks: str, text: str, start: int, end: int) -> None:
        """A line that starts with list signs."""
        self._paragraph()
        marks = marks[:MAX_LIST_DEPTH]
        last = marks[-1]
        if last == ";":
            self._term(text, start, end)
        elif last == ":":
            self._indented(marks, text, start, end)
        else:
            self._end_term()
            if self.numbers:
                self.numbers = {k: v for k, v in self.numbers.items() if marks.startswith(k)}
            number = self.numbers.get(marks, 0) + 1
            self.numbers[marks] = number
            self.add("list_item", text, start, end, len(marks), f"{number}. " if last == "#" else "- ")

    def _term(self, text: str, start: int, end: int) -> None:
        self._end_term()
        term, split, definition = text.partition(DEFINITION)
        if split and definition.strip():
            self._define(term, definition, start, end)
        else:
            self.term = (term, start, end)

    def _indented(self, marks: str, text: str, start: int, end: int) -> None:
        if self.term:
            term, before, _ = self.term
            self.term = None
            self._define(term, text, before, end)
        elif marks == ":" and self.defined and self.page.drafts and self.page.drafts[-1].kind == "definition":
            self.add("definition", text, start, end)
        elif marks.strip(":") and self.page.drafts and self.page.drafts[-1].kind == "list_item":
            self.add("list_item", text, start, end, len(marks.rstrip(":")) + 1, "- ")
        else:
            self.add(self.kind, text, start, end, self.level)

    def _define(self, term: str, definition: str, start: int, end: int) -> None:
        self.add("definition", f"{term.strip().rstrip(':')}: {definition.strip()}", start, end)
        self.defined = True

    def _end_term(self) -> None:
        if self.term:
            text, start, end = self.term
            self.term = None
            self.add("definition", text, start, end)

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
        elif name in _THROUGH and node.body is not None:
            self.walk(node.body, node.inner)
        elif node.mark is not None or name not in data.BLOCK_TAGS:
            if name == "hr":
                self.flush(node.start)
                self.line_start = node.end
            elif name not in data.HTML_TAGS and name not in data.EXTENSION and not self.marks and _has_lines(node.body):
                self._block_tag(node, name, node.body or [])  # an extension of its wiki: what stands in it are passages
            else:
                self.em.tag(node, self.line.append)
        elif self.marks or node.body is None:
            self.em.tag(node, self.line.append)
        elif not self.em.hidden(node):
            self._block_tag(node, name, node.body)

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
            self._end_item(node.start)
        marks = {"li": self.nested or "*", "dt": ";", "dd": ":"}[name]
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


def _has_lines(body: Nodes | None) -> bool:
    return body is not None and any(type(node) is str and "\n" in node for node in body)
