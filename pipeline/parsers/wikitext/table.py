"""Tables: rows of cells as data, one line a row in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pipeline.parsers.wikitext.emit import Emitter, tag_name
from pipeline.parsers.wikitext.nodes import EXTERNAL, LINK, TAG, TEMPLATE, Node, Nodes
from pipeline.parsers.wikitext.page import Page
from pipeline.text.grid import Grid, Spans, span
from pipeline.text.layout import Draft, DraftLink

SEPARATOR = " | "  # between the cells of a row, as docs/record.md says

_ATTRIBUTES = re.compile(r"\s*+(?:[a-z-]{1,20}+\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[\w.%#-]++)\s*+)++", re.I)
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?\s*([0-9]+)", re.I)
_BARE = frozenset(("nowrap",))  # an attribute of cells that has no value
_SECTIONS = {"tbody", "thead", "tfoot", "colgroup"}


@dataclass(slots=True)
class _Rows:
    cells: list[list[tuple[Node, bool]]] = field(default_factory=list)  # (cell, is a header)
    caption: str = ""
    outside: list[Node | str] = field(default_factory=list)  # text between cells
    spans: dict[Node, Spans] = field(default_factory=dict)  # of the cells that take several columns or rows

    def spread(self) -> list[list[Node | None]]:
        """The cells of each row in their columns, as tables of HTML have them."""
        if not self.spans:
            return [[cell for cell, _ in row] for row in self.cells]
        grid = Grid([len(row) for row in self.cells])
        return [grid.spread([cell for cell, _ in row], self.spans.get) for row in self.cells]


def table(page: Page, em: Emitter, node: Node) -> Node | None:
    """Adds the draft of a table; returns its only cell instead where it has but one, which is a frame for layout."""
    rows = _Rows()
    _collect(em, node.body or [], rows)
    stray = page.words(em.flat(rows.outside)) if rows.outside else ""
    if stray:
        page.drafts.append(Draft("paragraph", stray))
    if len(rows.cells) == 1 and len(rows.cells[0]) == 1 and not rows.cells[0][0][1] and not rows.caption:
        return rows.cells[0][0][0]
    texts: list[list[str]] = []
    links: list[DraftLink] = []
    lines: list[str] = []
    headers, at, leading = 0, 0, True
    for row, places in zip(rows.cells, rows.spread(), strict=True):
        found, row_links, inner = _row(page, em, places, at)
        if any(found):
            texts.append(found)
            links += row_links
            lines.append(SEPARATOR.join(found))
            at += len(lines[-1]) + 1
            leading = leading and all(header for _, header in row)
            headers += leading
        for more in inner:  # rows of a nested table follow the outer row
            texts.append(more)
            lines.append(SEPARATOR.join(more))
            at += len(lines[-1]) + 1
            leading = False
    if texts:
        page.drafts.append(
            Draft(
                "table",
                "\n".join(lines),
                links=links,
                raw=page.span((node.start, node.end)),
                rows=texts,
                header_rows=headers,
                caption=rows.caption,
            )
        )
    if rows.caption:
        place = len(page.drafts) - bool(texts)
        page.drafts.insert(place, Draft("caption", rows.caption, raw=page.span((node.start, node.end))))
    return None


def _collect(em: Emitter, nodes: Nodes, rows: _Rows) -> None:
    """Sorts the nodes of a table into rows."""
    for node in nodes:
        if isinstance(node, str) or node.kind != TAG:
            if not isinstance(node, str) or node.strip():
                rows.outside.append(node)
            continue
        name = tag_name(node)
        if name == "tr":
            rows.cells.append([])
            _collect(em, node.body or [], rows)
        elif name == "td" and node.mark == "|" and _is_caption(node):
            rows.caption = f"{rows.caption} {em.words(node.body or []).lstrip('+').strip()}".strip()
        elif name in ("td", "th"):
            if not rows.cells:
                rows.cells.append([])
            attributes: Nodes = []
            if node.attributes:
                attributes = [part for name, value in node.attributes for part in (*name, *([] if value is None else ("=", *value)), " ")]
            elif not em.page.repaired and not _plain(node.body):  # where line ends were put back, a bar may be one that was missed
                attributes = _drop_attributes(node) or _before_template(node)
            if attributes:
                _note_words(em, node, attributes)
                _note_spans(rows, node, attributes)
            rows.cells[-1].append((node, name == "th"))
        elif name == "caption":
            rows.caption = rows.caption or em.words(node.body or [])
        elif name in _SECTIONS:
            _collect(em, node.body or [], rows)
        else:
            rows.outside.append(node)


def _plain(body: Nodes | None) -> bool:
    """Whether a cell holds nothing, or words alone without a bar: most do, and need none of the questions that others raise."""
    return not body or (len(body) == 1 and type(body[0]) is str and "|" not in body[0])


def _is_caption(node: Node) -> bool:
    """`|+ words`: mwparserfromhell reads it as a cell that starts with a plus sign right after the bar."""
    if node.attributes:
        name = node.attributes[0][0]
        return bool(name) and isinstance(name[0], str) and name[0].startswith("+")
    first = node.body[0] if node.body else ""
    return isinstance(first, str) and first.startswith("+")


def _row(page: Page, em: Emitter, row: list[Node | None], at: int) -> tuple[list[str], list[DraftLink], list[list[str]]]:
    """Texts of a row's cells, its links counted from the start of the table, and the rows of tables inside it."""
    texts: list[str] = []
    links: list[Any] = []  # plain tuples, see inline.finish
    inner: list[list[str]] = []
    for cell in row:
        if cell is None:  # taken by a cell before or above it
            texts.append("")
            at += len(SEPARATOR)
            continue
        body = cell.body or []
        if not _plain(body):
            nested = [n for n in body if not isinstance(n, str) and n.kind == TAG and tag_name(n) == "table"]
            if nested:
                body = [n for n in body if n not in nested]
                for node in nested:
                    inner += _nested_rows(em, node)
        page.in_cell = True
        flat = em.flat(body)
        page.in_cell = False
        text, found = page.finish(flat)
        if "\n" in text:
            text = text.replace("\n", " ")  # a line end would be a row of its own; same length, so links hold
        texts.append(text)
        if found:
            links += [(at + start, at + end, target, kind, original) for start, end, target, kind, original in found]
        at += len(text) + len(SEPARATOR)
    return texts, links, inner


def _note_words(em: Emitter, cell: Node, attributes: Nodes) -> None:
    """Words where a cell's attributes stand: the wiki shows none of them, and they are no markup, so they go through the ledger."""
    if any("=" in part for part in attributes if isinstance(part, str)):
        return
    words = em.words(attributes)
    if words and words.lower() not in _BARE:
        em.page.remove("cell_attributes", (cell.start, cell.inner), words)


def _note_spans(rows: _Rows, cell: Node, attributes: Nodes) -> None:
    """How many columns and rows a cell takes, where it says so."""
    stated = "".join([part for part in attributes if isinstance(part, str)])
    if "span" not in stated.lower():
        return
    found = {match[1].lower(): span(match[2]) for match in _SPAN.finditer(stated)}
    if found:
        rows.spans[cell] = found.get("col", 1), found.get("row", 1)


def _drop_attributes(cell: Node) -> Nodes:
    """Takes off what stands before a bar in a cell's first line: a wiki reads that as attributes, unless a link stands there."""
    at = cell.inner
    body = cell.body or []
    for index, node in enumerate(body):
        if isinstance(node, str):
            words = node
        elif node.kind == LINK:
            return []
        else:  # a bare address goes on to the next space
            words = node.head[0] if node.kind == EXTERNAL and node.mark is None and node.head and isinstance(node.head[0], str) else ""
        line, end, _ = words.partition("\n")
        attributes, bar, _ = line.partition("|")
        if bar:
            cell.body, cell.inner = [words[len(attributes) + 1 :], *body[index + 1 :]], at + len(attributes) + 1
            return [*body[:index], attributes]
        if end:
            return []
        at = at + len(node) if isinstance(node, str) else node.end
    return []


def _before_template(cell: Node) -> Nodes:
    """Takes off attributes right before a template: the bar after them is in the template, `rowspan="2" {{N/A}}`."""
    body = cell.body or []
    first = body[0]
    if len(body) < 2 or not isinstance(first, str) or "=" not in first or not _ATTRIBUTES.fullmatch(first):
        return []
    if isinstance(body[1], str) or body[1].kind != TEMPLATE:
        return []
    cell.body, cell.inner = body[1:], cell.inner + len(first)
    return [first]


def _nested_rows(em: Emitter, node: Node) -> list[list[str]]:
    rows = _Rows()
    _collect(em, node.body or [], rows)
    found = [["" if cell is None else em.words(cell.body or []) for cell in row] for row in rows.spread()]
    return [row for row in found if any(row)]
