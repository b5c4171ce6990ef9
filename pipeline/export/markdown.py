"""A document or a record as Markdown, with its headings, lists, tables and links."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.model import Document, Record
from pipeline.text.edit import drafts_of
from pipeline.text.layout import INDENT, Draft

_SPECIAL = re.compile(r"([\\`*_\[\]<>])")


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
    before = ""
    out = "\n\n".join(parts)
    for draft in drafts:
        gap = "" if not out else "\n" if draft.kind == before == "list_item" else "\n\n"
        out += gap + _block(draft)
        before = draft.kind
    return out + "\n"


def _opens_with(drafts: list[Draft], title: str) -> bool:
    return bool(drafts) and drafts[0].kind == "heading" and drafts[0].text == title


def _block(draft: Draft) -> str:
    if draft.kind == "code":
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", draft.text)), default=0))
        return f"{fence}\n{draft.text}\n{fence}"
    if draft.kind == "math":
        return f"$$\n{draft.text}\n$$"
    if draft.rows is not None:
        return _table(draft)
    text = _inline(draft)
    if draft.kind == "heading":
        return f"{'#' * min(6, max(1, draft.level))} {' '.join(text.split())}"
    if draft.kind == "list_item":
        indent = INDENT * max(0, draft.level - 1)
        return indent + draft.marker + text.replace("\n", "\n" + indent + " " * len(draft.marker))
    if draft.kind in ("quote", "callout"):
        mark = "> " * max(1, draft.level)
        return mark + text.replace("\n", "\n" + mark)
    return f"*{text}*" if draft.kind == "caption" else text


def _inline(draft: Draft) -> str:
    """The passage with its links; a link without words is shown by its target."""
    out, at = "", 0
    for link in sorted(draft.links, key=lambda x: (x.start, x.end)):
        if link.start < at or link.kind in ("embed", "anchor"):
            continue
        out += _escape(draft.text[at : link.start])
        words = _escape(draft.text[link.start : link.end])
        out += f"[{words}](<{link.target}>)" if words and not re.search(r"[<>\n]", link.target) else words
        at = link.end
    return out + _escape(draft.text[at:])


def _table(draft: Draft) -> str:
    rows = [[_escape(" ".join(cell.split())).replace("|", "\\|") for cell in row] for row in draft.rows or []]
    width = max((len(row) for row in rows), default=1)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]])


def _escape(text: str) -> str:
    """Text in which nothing reads as markup; line starts that would open a block are escaped, too."""
    text = _SPECIAL.sub(r"\\\1", text)
    return re.sub(r"(?m)^(\s*)(#{1,6} |[-+] |\d+[.)] |=+$|-+$|~~~)", lambda m: m[1] + "\\" + m[2], text)
