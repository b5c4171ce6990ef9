"""A document or a record as Markdown, with its headings, lists, tables and links."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pipeline.model import Document, Record
from pipeline.text.edit import drafts_of
from pipeline.text.layout import Draft

# Signs that open something wherever they stand; `==`, tags and entities only where they are whole.
_SPECIAL = re.compile(r"([\\`*_\[\]<>~^]|=(?==)|(?<!\w)#(?=[^\W\d])|&(?=#?\w{1,31};))")
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
_COMMENT = re.compile("%(?=%)")  # of Obsidian: no backslash stops it
_CLOSER = re.compile(r"(?<= )#+$")  # at the end of a heading
_ADDRESS = re.compile(r"(https?://[^\s<>\[\]`*\\]+)")  # shown as it stands: readers make a link of it, with what escapes it
_NUMBERED = re.compile(r"(?m)^([ \t]*\d{1,9})([.)](?= |$))")  # before its stop: a backslash before a digit would be shown
_LINE_START = re.compile(r"(?m)^([ \t]*)(#{1,6}(?= |$)|\+(?= |$)|-(?= |[- ]*$)|=+$|\||\^)")


def to_markdown(document: Document | Record, targets: Mapping[str, str] | None = None) -> str:
    """Markdown (CommonMark with tables) that renders to the document's text, structure and links.

    `targets` says where a link is to point instead.

    >>> from pipeline.model import Block, Document
    >>> to_markdown(Document(text="Types", title="A", blocks=[Block("heading", 2, 0, 5, [])]))
    '# A\\n\\n## Types\\n'
    """
    drafts = drafts_of(document)
    for draft in drafts if targets else []:
        draft.links = [link._replace(target=(targets or {}).get(link.target, link.target)) for link in draft.links]
    parts = [f"# {_escape(document.title)}"] if document.title and not _opens_with(drafts, document.title) else []
    items, callouts = _Items(), _Callouts(document)
    for draft in drafts:
        listed = bool(items.open)
        column = items.column(draft)
        within = callouts.within
        opener = callouts.begun(draft)
        gap = "" if not parts else "\n" if listed and draft.marker else "\n\n"
        if within and draft.kind == "callout" and not opener:  # a further passage of the callout
            gap = "\n" + ("> " * min(within, draft.level)).rstrip() + "\n"
        parts += [gap, _block(draft, column, opener)]
    return "".join(parts) + "\n"


class _Items:
    """The items of a list that are open: a deeper one must stand where the words of its parent begin, or it is none, or code."""

    def __init__(self) -> None:
        self.open: list[tuple[int, int]] = []  # level, and the column where its words begin

    def column(self, draft: Draft) -> int:
        """The column where a passage begins."""
        if draft.kind != "list_item":
            self.open.clear()
            return 0
        further = not draft.marker  # a further paragraph of the item before it
        while self.open and self.open[-1][0] >= draft.level + further:
            self.open.pop()
        column = self.open[-1][1] if self.open else 0
        if not further:
            self.open.append((draft.level, column + len(draft.marker)))
        return column


class _Callouts:
    """The callouts that the metadata of a note names, in order: a passage begins one where its first line is the next one's title."""

    def __init__(self, document: Document | Record) -> None:
        metadata = document.metadata if isinstance(document.metadata, dict) else json.loads(document.metadata or "{}")
        named = metadata.get("callouts")
        self.waiting: list[dict[str, Any]] = [*named] if isinstance(named, list) else []
        self.within = 0  # level of the callout that the passage before stands in

    def begun(self, draft: Draft) -> str:
        """The sign of the callout that a passage begins, with a line end where no title follows; empty where it begins none."""
        within, self.within = self.within, draft.level if draft.kind == "callout" else 0
        if not self.within:
            return ""
        first = draft.text.partition("\n")[0]
        number = next((n for n, callout in enumerate(self.waiting) if callout.get("title") == first), -1)
        if number < 0 and draft.level > within and self.waiting and not self.waiting[0].get("title"):
            number = 0  # without a title it cannot be told from a further passage of the one before
        if number < 0:
            return ""
        callout = self.waiting[number]
        del self.waiting[: number + 1]
        return f"[!{callout.get('type', 'note')}]{callout.get('fold', '')}" + (" " if callout.get("title") else "\n")


def _opens_with(drafts: list[Draft], title: str) -> bool:
    return bool(drafts) and drafts[0].kind == "heading" and drafts[0].text == title


def _block(draft: Draft, column: int, opener: str) -> str:
    """A passage that begins in a column; `opener` is the sign of the callout that it begins."""
    if draft.kind == "code":
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", draft.text)), default=0))
        return f"{fence}\n{draft.text}\n{fence}"
    if draft.kind == "math":
        return f"$$\n{draft.text}\n$$"
    if draft.rows is not None:
        return _table(draft)
    text = _inline(draft)
    if draft.kind == "heading":
        return "#" * min(6, max(1, draft.level)) + " " + _CLOSER.sub(r"\\\g<0>", " ".join(text.split()))
    if draft.kind == "list_item":
        within = " " * (column + len(draft.marker))
        return " " * column + draft.marker + text.replace("\n", "\n" + within)
    if draft.kind in ("quote", "callout"):
        mark = "> " * max(1, draft.level)
        return mark + (opener + text).replace("\n", "\n" + mark)
    return f"*{text}*" if draft.kind == "caption" else text


def _inline(draft: Draft) -> str:
    """The passage with its links; a link without words is shown by its target."""
    out, at = "", 0
    for link in sorted(draft.links, key=lambda x: (x.start, x.end)):
        if link.start < at or link.kind in ("embed", "anchor"):
            continue
        out += _escape(draft.text[at : link.start])
        words = _escape(draft.text[link.start : link.end])
        if words and not re.search(r"[<>\n]", link.target):
            out = out[:-1] + "\\!" if out.endswith("!") else out  # else it would be a picture
            words = f"[{words}](<{link.target}>)"
        out += words
        at = link.end
    return out + _escape(draft.text[at:])


def _table(draft: Draft) -> str:
    rows = [[_escape(" ".join(cell.split())).replace("|", "\\|") for cell in row] for row in draft.rows or []]
    width = max((len(row) for row in rows), default=1)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]])


def _escape(text: str) -> str:
    """Text in which nothing reads as markup of CommonMark or Obsidian; line starts that would open a block are escaped, too.

    >>> _escape("15. a *b* costs $5 or $6, see #this & that"), _escape("AT&amp;T")
    ('15\\\\. a \\\\*b\\\\* costs \\\\$5 or \\\\$6, see \\\\#this & that', 'AT\\\\&amp;T')
    """
    pieces = _ADDRESS.split(text)
    pieces[::2] = [_SPECIAL.sub(r"\\\1", piece) for piece in pieces[::2]]
    pieces[1::2] = [_ENTITY.sub(r"\\&", piece) for piece in pieces[1::2]]
    text = _COMMENT.sub("&#37;", "".join(pieces))
    if text.count("$") > 1:
        text = text.replace("$", "\\$")
    text = _NUMBERED.sub(r"\1\\\2", text)
    return _LINE_START.sub(r"\1\\\2", text)
