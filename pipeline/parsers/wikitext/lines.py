"""Lines to passages: paragraphs, items of lists and definitions, each a draft in the order of the page."""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.emit import Emitter
from pipeline.parsers.wikitext.extensions import extension
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.strip import DEFINITION, GAP, ITEM, ITEM_END
from pipeline.text.layout import Draft, DraftLink
from pipeline.text.words import joined

MAX_LIST_DEPTH = 16  # levels of a list that are told apart: deeper is abuse, and indent would grow with the square of the depth

_PUNCTUATION = re.compile(r"[\s.,;:!?…·()\[\]{}'\"“”‘’«»。、，；：！？（）「」/_–—-]*")  # without a word it says nothing; ★, → and € do


class Lines:
    """The line that is being read and the passage around it. Positions count code points of the stripped text, -1 where unknown."""

    def __init__(self, page: Page, em: Emitter) -> None:
        self.page = page
        self.em = em
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
        self.around = ""  # signs of the HTML item that holds the lists of wikitext that are being read

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
            self.item(self.around + marks, text, self.line_start, end)
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
            span = self.page.span((start, end))
            if "\n" in words and links:  # layout may have to move them
                links = [DraftLink(*link) for link in links]
            if "\n" in words and "\n\n" in words:  # one sign is looked for ten times as fast as two
                self.page.drafts += [Draft(kind, part, level, marker, inside, span) for part, inside in _parted(words, links)]
            else:
                self.page.drafts.append(Draft(kind, words, level, marker, links, span))

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
            if self.numbers and (len(self.numbers) > 1 or marks not in self.numbers):
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
        both = [term.strip().rstrip(":"), definition.strip()]
        self.add("definition", ": ".join(part for part in both if part.strip(f" {GAP}")), start, end)
        self.defined = True

    def _end_term(self) -> None:
        if self.term:
            text, start, end = self.term
            self.term = None
            self.add("definition", text, start, end)


def _parted(words: str, links: list[DraftLink]) -> list[tuple[str, list[DraftLink]]]:
    """A passage parted at its blank lines, as readers see it."""
    parts: list[tuple[str, list[DraftLink]]] = []
    at = 0
    for part in words.split("\n\n"):
        end = at + len(part)
        inside = [link._replace(start=link.start - at, end=min(link.end, end) - at) for link in links if at <= link.start < end]
        parts.append((part, inside))
        at = end + 2
    return parts
