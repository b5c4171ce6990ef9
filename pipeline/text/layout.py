"""Lays passages out as one text, the same way for every format.

A parser collects `Draft`s; `layout` joins them as docs/record.md says: blocks apart by a blank line, items of a list on
adjacent lines, `- ` or the number before an item, two spaces of indent a level, further lines of an item below its words, and
gives every passage its section.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from pipeline.model import NO_SPAN, Block, Link, Removal, Span, Table

INDENT = "  "
MAX_DEPTH: Final = 20  # levels that parsers tell apart: deeper, indents make the text grow with the square of the depth


class DraftLink(NamedTuple):
    """A link inside a passage; start and end count code points of the passage's own text."""

    start: int
    end: int
    target: str
    kind: str  # one of model.LINK_KINDS
    original: str = ""  # the target as written, only where cleaning changed it


class Draft(msgspec.Struct):
    """A passage that has no place yet."""

    kind: str  # one of model.BLOCK_KINDS
    text: str  # clean text, never empty for a passage that is to stand
    level: int = 0  # as in model.Block
    marker: str = ""  # "- ", "3. ": stands before a list item, outside its span
    links: list[DraftLink] = []  # in the order of text
    raw: tuple[int, int] = NO_SPAN  # bytes in raw; a plain pair will do, as there are thousands a page and only layout reads it
    rows: list[list[str]] | None = None  # cells, for kind table; `text` is then their lines
    header_rows: int = 0  # how many of the first rows are headers
    caption: str = ""  # caption, for kind table


class Layout(NamedTuple):
    """What `layout` makes of drafts: the fields of a Document that depend on place."""

    text: str
    blocks: list[Block]
    links: list[Link]
    tables: list[Table]


def layout(drafts: list[Draft]) -> Layout:
    """Joins drafts into one text and turns their relative offsets into offsets of that text.

    Drafts without text are passed over. The section of a block is the list of headings above it; a heading closes every
    heading of its own or a deeper level.

    >>> layout([Draft("heading", "Types", level=2), Draft("list_item", "one", level=1, marker="- ")]).text
    'Types\\n\\n- one'
    """
    parts: list[str] = []
    blocks: list[Block] = []
    links: list[Link] = []
    tables: list[Table] = []
    levels: list[int] = []  # of the headings above, with their titles
    titles: list[str] = []
    section: list[str] = []  # the titles, one list for all blocks below one heading
    at = 0
    before = ""
    put, block = parts.append, blocks.append  # there are as many as passages in a corpus
    for draft in drafts:
        text = draft.text
        if not text:
            continue
        kind, found = draft.kind, draft.links
        if kind == "list_item":
            level = draft.level
            if "\n" in text:
                text, found = _hanging(text, found, INDENT * level)
            lead = (INDENT * (level - 1) if level > 1 else "") + draft.marker
            if before:
                lead = ("\n" if before == "list_item" else "\n\n") + lead
            put(lead)
            at += len(lead)
        elif before:
            put("\n\n")
            at += 2
        if kind == "heading":
            while levels and levels[-1] >= draft.level:
                del levels[-1], titles[-1]
            section = titles[:]
        elif before == "heading":
            section = titles[:]
        size = len(text)
        end = at + size
        put(text)
        raw_start, raw_end = draft.raw
        block(Block(kind, draft.level, at, end, section, "", raw_start, raw_end))
        for start, stop, target, link_kind, original in found:
            # A link may end in white space that the passage lost at its end: its words are those that stand.
            if stop > size:
                start, stop = min(start, size), size
            links.append(Link(at + start, at + stop, text[start:stop], target, link_kind, original))
        if draft.rows is not None:
            tables.append(Table(at, end, draft.caption, draft.header_rows, draft.rows))
        if kind == "heading":
            levels.append(draft.level)
            titles.append(text)
        at = end
        before = kind
    return Layout("".join(parts), blocks, links, tables)


def _hanging(text: str, links: list[DraftLink], pad: str) -> tuple[str, list[DraftLink]]:
    """Further lines of an item stand below its words: at the start of the line they would read as text outside the list."""
    moved = [
        link._replace(
            start=link.start + len(pad) * text.count("\n", 0, link.start), end=link.end + len(pad) * text.count("\n", 0, link.end)
        )
        for link in links
    ]
    return text.replace("\n", "\n" + pad), moved


def table_text(rows: list[list[str]]) -> str:
    """The lines of a table: one a row, cells joined by ` | `; newlines inside a cell become spaces.

    >>> table_text([["Drug", "Dose"], ["A1", "5 mg"]])
    'Drug | Dose\\nA1 | 5 mg'
    """
    return "\n".join(" | ".join(" ".join(cell.split()) for cell in row) for row in rows)


def drop_empty_sections(drafts: list[Draft], rule: str) -> tuple[list[Draft], list[Removal], list[str]]:
    """Takes out headings under which nothing stands, at any depth.

    Returns the drafts that stay, a Removal for each heading that went, and the texts of these headings.
    """
    kept: list[Draft] = []
    removals: list[Removal] = []
    names: list[str] = []
    deepest = 0  # a heading above content of this level or deeper stays; 0 = content stands right below
    content = False
    for draft in reversed(drafts):
        if draft.kind != "heading":
            if draft.text:
                content, deepest = True, 99
            kept.append(draft)
        elif content and deepest > draft.level:
            # Whatever stands below belongs to this heading, so what is above a heading of this level needs its own content.
            deepest = draft.level
            kept.append(draft)
        else:
            removals.append(Removal(rule, draft.text, Span(*draft.raw), "heading"))
            names.append(draft.text)
    return kept[::-1], removals[::-1], names[::-1]
