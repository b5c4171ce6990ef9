"""Takes passages out of a finished Document and puts its offsets right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from pipeline.model import Block, Document, Record, Removal, Span
from pipeline.text.layout import INDENT, Draft, DraftLink, layout

EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+[ \t]*")


def parted(draft: Draft) -> list[Draft]:
    """A passage that holds empty lines as several of its kind, in the same place of the raw document; an item goes on in paragraphs.

    >>> [x.text for x in parted(Draft("paragraph", "One.\\n\\nTwo."))]
    ['One.', 'Two.']
    """
    gaps = [m.span() for m in EMPTY_LINES.finditer(draft.text)]
    places = zip([0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(draft.text)], strict=True)
    pieces: list[Draft] = []
    links, item = list(draft.links), draft.kind == "list_item"
    for start, end in [(a, b) for a, b in places if draft.text[a:b].strip()][::-1]:  # so that a link in a gap is of what stands before
        mine = [x for x in links if x.start >= start]
        links = [x for x in links if x.start < start]
        moved = [x._replace(start=min(x.start, end) - start, end=min(x.end, end) - start) for x in mine]
        pieces.append(Draft("paragraph" if item else draft.kind, draft.text[start:end], 0 if item else draft.level, "", moved, draft.raw))
    if pieces:
        first = pieces[-1]
        first.kind, first.level, first.marker, first.links = draft.kind, draft.level, draft.marker, [*links, *first.links]
    return pieces[::-1]


def drafts_of(document: Document | Record) -> list[Draft]:
    """The passages of a document as drafts, from which `layout` makes the same text again."""
    drafts: list[Draft] = []
    links = iter(document.links)
    link = next(links, None)
    tables = {table.start: table for table in document.tables}
    text, before = document.text, 0
    for block in document.blocks:
        draft = Draft(block.kind, text[block.start : block.end], level=block.level, raw=Span(block.raw_start, block.raw_end))
        if block.kind == "list_item":
            draft.marker = text[before : block.start].rsplit("\n", 1)[-1].lstrip(" ")
        while link is not None and link.start <= block.end:
            start = max(link.start, block.start) - block.start
            draft.links.append(DraftLink(start, max(start, link.end - block.start), link.target, link.kind, link.original))
            link = next(links, None)
        table = tables.get(block.start)
        if table is not None and block.kind == "table":
            draft.rows, draft.header_rows, draft.caption = table.rows, table.header_rows, table.caption
        if block.kind == "list_item" and "\n" in draft.text:
            _unhang(draft, "\n" + INDENT * draft.level)
        drafts.append(draft)
        before = block.end
    return drafts


def part_of(document: Document, block: Block, draft: Draft, start: int, end: int) -> Draft:
    """The draft of some sentences of a block: from `start` to `end` of the document's text, with the links that lie inside.

    An item that loses its beginning loses its number: it is not that item any more.
    """
    pad = len(INDENT) * draft.level if draft.kind == "list_item" else 0

    def place(at: int) -> int:
        return at - block.start - pad * document.text.count("\n", block.start, at)

    a, b = place(start), place(end)
    links = [link._replace(start=link.start - a, end=link.end - a) for link in draft.links if a <= link.start and link.end <= b]
    marker = draft.marker if a == 0 or not draft.marker else "- "
    return Draft(draft.kind, draft.text[a:b], draft.level, marker, links, draft.raw)


def _unhang(draft: Draft, pad: str) -> None:
    """Takes back the indent that `layout` gave to the further lines of an item."""
    extra = len(pad) - 1

    def back(place: int) -> int:
        return place - extra * draft.text.count(pad, 0, place)

    draft.links = [link._replace(start=back(link.start), end=back(link.end)) for link in draft.links]
    draft.text = draft.text.replace(pad, "\n")


def with_drafts(document: Document, drafts: list[Draft]) -> Document:
    """The document with other passages."""
    text, blocks, links, tables = layout(drafts)
    return msgspec.structs.replace(document, text=text, blocks=blocks, links=links, tables=tables)


def drop_furniture(document: Document, format: str, drop_lines: Sequence[str], drop_after: Sequence[str]) -> Document:
    """Takes out whole lines that match `drop_lines`, and everything from the first line that matches `drop_after`.

    The patterns are a source's own; a line is a line of the clean text without its list marker. What goes is recorded under
    `<format>.drop_line` and `<format>.drop_after`.
    """
    lines = [re.compile(p) for p in drop_lines]
    ends = [re.compile(p) for p in drop_after]
    kept: list[Draft] = []
    removals: list[Removal] = []
    ended = False
    for draft in drafts_of(document):
        found = draft.text.split("\n")
        end = 0 if ended else next((number for number, line in enumerate(found) if any(p.search(line) for p in ends)), len(found))
        ended = end < len(found)
        stays = [number < end and not any(p.fullmatch(line.strip()) for p in lines) for number, line in enumerate(found)]
        furniture = [line for line, stay in zip(found[:end], stays[:end], strict=True) if not stay]
        for rule, gone in (("drop_line", furniture), ("drop_after", found[end:])):
            if gone:
                removals.append(Removal(f"{format}.{rule}", "\n".join(gone), Span(*draft.raw), draft.kind))
        kept += _shortened(draft, stays)
    if not removals:
        return document
    return msgspec.structs.replace(with_drafts(document, kept), removals=[*document.removals, *removals])


def drop_lines(document: Document, lines: frozenset[str], rule: str) -> Document:
    """Takes out lines that are known word for word, but never all that a document says; headings, code and tables stay."""
    kept: list[Draft] = []
    removals: list[Removal] = []
    for draft in drafts_of(document):
        whole = draft.kind in ("heading", "code", "math", "table")
        if gone := [] if whole else [x for x in draft.text.split("\n") if x.strip() in lines]:
            removals.append(Removal(rule, "\n".join(gone), Span(*draft.raw), draft.kind))
        kept += _shortened(draft, [whole or x.strip() not in lines for x in draft.text.split("\n")])
    if not removals or not any(d.kind != "heading" for d in kept):
        return document
    return msgspec.structs.replace(with_drafts(document, kept), removals=[*document.removals, *removals])


def _shortened(draft: Draft, stays: Sequence[bool]) -> list[Draft]:
    """The draft with those of its lines that stay, and the links in them; nothing where no words do."""
    if all(stays):
        return [draft]
    lines = draft.text.split("\n")
    whole = "\n".join(line for line, stay in zip(lines, stays, strict=True) if stay)
    text = whole.strip()
    if not text:
        return []
    sizes = (0 if stay else len(line) + 1 for line, stay in zip(lines, stays, strict=True))
    before = [*accumulate(sizes, initial=len(whole) - len(whole.lstrip()))]  # characters that go before each line
    links: list[DraftLink] = []
    for link in draft.links:
        number = draft.text.count("\n", 0, link.start)
        start, end = link.start - before[number], link.end - before[number]
        if stays[number] and start >= 0 and text[start:end] == draft.text[link.start : link.end]:
            links.append(link._replace(start=start, end=end))
    rows = draft.rows
    if rows is not None and len(rows) == len(lines):
        rows = [row for row, stay in zip(rows, stays, strict=True) if stay]
    return [Draft(draft.kind, text, draft.level, draft.marker, links, draft.raw, rows, draft.header_rows, draft.caption)]
