"""What is gathered while a page is walked."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from pipeline.model import NO_SPAN, Citation, Image, Removal, Span
from pipeline.parsers.wikitext import data, variants
from pipeline.parsers.wikitext.inline import finish, plain
from pipeline.parsers.wikitext.prepare import is_semantic
from pipeline.parsers.wikitext.strip import ITEM, ITEM_END, ITEM_START, Item, Stripped, as_written, strip
from pipeline.text.layout import Draft, DraftLink

Where = tuple[int, int]  # start and end in the stripped text; -1 where unknown


class Page:
    """Everything a page says beside its words, and the drafts of its passages.

    Positions given to its methods count code points of the stripped text; `span` turns them into code points of the source. The
    last step to bytes is the caller's.
    """

    def __init__(self, source: str, stripped: Stripped, title: str) -> None:
        self.source = source
        self.stripped = stripped
        self.items = stripped.items
        self._inside: dict[int, str] = {}  # what `inside` gave, by the place of the content
        self.exact = False  # whether positions may be trusted
        self.fragment = ""  # the wikitext of its own that is being walked, a footnote or what an extension tag holds
        self.in_note = False  # whether that is a footnote
        self.in_cell = False  # whether a cell of a table, or the words of a link, are being walked
        self.title = title
        self.spaces = data.SPACES  # names of the wiki's namespaces
        self.normal = False  # whether the character policy leaves every character of the page as it is
        self.repaired = False  # whether line ends had been lost and were put back
        self.infobox_name = ""
        self.bold = ""  # the first words in bold
        self.drafts: list[Draft] = []
        self.parse: Callable[[str], str] = str  # wikitext inside an extension tag to a raw passage
        self.targets: list[tuple[str, str]] = []  # (target, kind) of the links, by number
        self.cited: list[tuple[int, Citation]] = []  # with the position in the source
        self.images: list[Image] = []
        self.captions: list[tuple[int, Draft]] = []  # of framed pictures, with their place: they wait for the end of the passage around
        self.tags: list[str] = []
        self.removals: list[Removal] = []
        self.unknown: dict[str, int] = {}  # template name -> how often
        self.kept_unknown = 0
        self.infoboxes: list[dict[str, Any]] = []
        self.fields: list[dict[str, Any]] = []
        self.coordinates: list[str] = []
        self.language_links: list[str] = []
        self.headings: list[str] = []
        self.kinds: set[str] = set()  # disambiguation
        self.numbered = 0  # links without words so far
        self.hidden_letters = 0
        self.sort_key = ""
        self.variants: str | None = None  # the language whose variant is shown; None where the page has no variants

    @cached_property
    def semantic(self) -> bool:
        """Whether links may state facts, `[[capital of::Northland]]`; looked up at the first link that could."""
        return is_semantic(self.source)

    def span(self, where: Where) -> tuple[int, int]:
        """Code points of the source for a stretch of the stripped text; a plain pair, in a third of the time of a Span."""
        start, end = where
        if not self.exact or start < 0 or end < start:
            return NO_SPAN
        return self.stripped.span(start, end)

    def markup(self, where: Where) -> str:
        """The source of a stretch, as written."""
        if self.fragment:
            return self._written(self.fragment[where[0] : where[1]]) if where[0] >= 0 else ""
        start, end = self.span(where)
        return self.source[start:end] if start >= 0 else ""

    def _written(self, piece: str) -> str:
        """A piece of what is walked as it was written: with the tags that were taken out, without this parser's signs."""
        return as_written(ITEM.sub(self._tag, piece) if ITEM_START in piece else piece)

    def _tag(self, mark: re.Match[str]) -> str:
        item = self.items[int(mark[1])]
        return self.source[item.start : item.end]

    def inside(self, item: Item) -> str:
        """The content of an extension tag without the tags in it, which join the page's: a footnote in a poem, a formula in a footnote."""
        if "<" not in item.content:
            return item.content
        found = self._inside.get(item.inner)  # or what is walked twice would cite twice
        if found is None:
            inner, first, at = strip(item.content), len(self.items), item.inner
            self.items += [tag._replace(start=tag.start + at, end=tag.end + at, inner=tag.inner + at) for tag in inner.items]
            found = ITEM.sub(lambda mark: f"{ITEM_START}{int(mark[1]) + first}{ITEM_END}", inner.text) if inner.items else inner.text
            self._inside[at] = found
        return found

    def finish(self, text: str, lines: bool = False) -> tuple[str, list[DraftLink]]:
        """The words of a passage and its links."""
        if self.variants is not None and "-{" in text:
            text = self.variant(text)
        return finish(text, self.items, self.targets, lines, self.normal)

    def words(self, text: str, *, normal: bool = True) -> str:
        """The words of a passage alone; `normal` is False where it holds signs that the page itself has as entities only."""
        if self.variants is not None and "-{" in text:
            text = self.variant(text)
        if text.isprintable():
            return plain(text, self.normal and normal)
        return finish(text, self.items, self.targets, False, self.normal and normal)[0]

    def variant(self, text: str) -> str:
        """A passage in one of the page's variants; the others are noted as removed."""
        gone: list[str] = []
        text = variants.shown(text, self.variants or "", gone)
        for words in gone:
            read = finish(words, self.items, self.targets, False, self.normal)[0]
            if read:
                self.removals.append(Removal("wikitext.variant", read))
        return text

    def remove(self, what: str, where: Where, text: str = "", *, own: bool = True) -> None:
        """Notes that something left the text under the rule `wikitext.<what>`: its markup, with `own` False only the words given."""
        if shown := (self.markup(where) if own else "") or as_written(text):
            span = tuple.__new__(Span, self.span(where))  # half the time of Span(...), and a page has dozens
            self.removals.append(Removal(f"wikitext.{what}", shown, span))

    def named_unknown(self) -> dict[str, int]:
        """How often each template stood here that no table knows, by name."""
        counts: dict[str, int] = {}
        for name, count in sorted(self.unknown.items()):
            written = as_written(name) or "?"
            counts[written] = counts.get(written, 0) + count
        return counts

    def count_unknown(self, name: str, markup: str) -> None:
        """Notes a template that no table knows, which stood outside the text."""
        name = self.words(name) or "?"
        self.unknown[name] = self.unknown.get(name, 0) + 1
        self.removals.append(Removal("wikitext.unknown_template", self._written(markup)))

    def cite(self, citation: Citation, at: int) -> None:
        """Adds a citation that stands at a position of the source."""
        self.cited.append((at, citation))
