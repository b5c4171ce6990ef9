"""markdown-it-py in pyromark's place, for machines that pyromark has no wheel for, and as a second opinion in tests.

Gives the same events, twenty times as slowly. Inside a block it knows no places: everything in it stands where the block stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from pipeline.parsers.obsidian.inline import Place

MAX_NESTING = 100  # levels of blocks; what is nested deeper stands as text of the last level

_WIKILINK = re.compile(r"(!?)\[\[(?!\])([^\[\]\n|]+)(\|[^\n]*?)?\]\]")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_PAIRS = {
    "paragraph": "Paragraph",
    "blockquote": "BlockQuote",
    "list_item": "Item",
    "table": "Table",
    "thead": "TableHead",
    "th": "TableCell",
    "td": "TableCell",
}
_MARKS = {"em": "Emphasis", "strong": "Strong", "s": "Strikethrough"}

Event = tuple[Any, Place]


class _Reader(MarkdownIt):
    """A reader to which every address is one: links to files are links as written, and where one leads is judged elsewhere."""

    def validateLink(self, _url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        return url


def events(text: str, dialect: bool) -> Iterator[Event]:
    """The events of a Markdown text; places count bytes of its UTF-8 form."""
    parser = _Reader("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    if dialect:
        parser.inline.ruler.before("link", "wikilink", _wikilink)
    source = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    starts = [0, *accumulate(len(line.encode("utf-8", "replace")) + 1 for line in text.split("\n"))]
    place: Place = {"start": 0, "end": len(text.encode("utf-8", "replace"))}
    whole = place
    rows = 0
    fresh_item = False
    for token in parser.parse(source):
        if token.map and token.map[1] < len(starts):
            place = {"start": starts[token.map[0]], "end": min(starts[token.map[1]], whole["end"])}
        kind, _, side = token.type.rpartition("_")
        if token.type == "inline":
            yield from _inline(token, place, fresh_item and dialect)
            fresh_item = False
            continue
        fresh_item = token.type == "list_item_open" or (fresh_item and token.type == "paragraph_open")
        if kind in ("tr", "thead", "tbody"):
            if kind == "tr":
                rows = rows + 1 if side == "open" else rows
                yield {"Start" if side == "open" else "End": "TableRow"}, place
        elif kind == "paragraph" and token.hidden:
            continue
        else:
            yield from _block(token, kind, side, place)


def _block(token: Token, kind: str, side: str, place: Place) -> Iterator[Event]:
    name = "Start" if side == "open" else "End"
    if kind in ("bullet_list", "ordered_list"):
        start = token.attrGet("start")
        number = (1 if start is None else int(start)) if kind == "ordered_list" and side == "open" else None
        yield {name: {"List": number}}, place
    elif kind == "heading":
        yield {name: {"Heading": token.tag.upper()}}, place
    elif kind in _PAIRS:
        yield {name: _PAIRS[kind]}, place
    elif token.type in ("fence", "code_block"):
        yield {"Start": {"CodeBlock": {"Fenced": token.info}}}, place
        yield {"Text": token.content}, place
        yield {"End": "CodeBlock"}, place
    elif token.type == "html_block":
        yield {"Start": "HtmlBlock"}, place
        yield {"Html": token.content}, place
        yield {"End": "HtmlBlock"}, place
    elif token.type == "hr":
        yield "Rule", place


def _inline(token: Token, place: Place, in_item: bool) -> Iterator[Event]:
    for number, child in enumerate(token.children or ()):
        kind, _, side = child.type.rpartition("_")
        name = "Start" if side == "open" else "End"
        if child.type in ("text", "text_special"):
            words = child.content
            if number == 0 and in_item and (task := _TASK.match(words)):
                yield {"TaskListMarker": task[1] != " "}, place
                words = words[task.end() :]
            yield {"Text": words}, place
        elif child.type in ("softbreak", "hardbreak"):
            yield "SoftBreak" if child.type == "softbreak" else "HardBreak", place
        elif child.type == "code_inline":
            yield {"Code": child.content}, place
        elif child.type == "html_inline":
            yield {"InlineHtml": child.content}, place
        elif kind in _MARKS:
            yield {name: _MARKS[kind]}, place
        elif child.type == "link_open":
            yield {"Start": {"Link": {"link_type": _link_type(child), "dest_url": str(child.attrGet("href") or "")}}}, place
        elif child.type == "link_close":
            yield {"End": "Link"}, place
        elif child.type in ("image", "wikilink"):
            yield from _whole_link(child, place)


def _link_type(token: Token) -> str:
    return "Email" if token.info == "auto" and str(token.attrGet("href")).startswith("mailto:") else "Inline"


def _whole_link(child: Token, place: Place) -> Iterator[Event]:
    """An image, or a wikilink with its words inside."""
    tag = "Image" if child.type == "image" or child.markup == "!" else "Link"
    kind: Any = {"WikiLink": {"has_pothole": bool(child.info)}} if child.type == "wikilink" else "Inline"
    target = str(child.attrGet("href") or child.attrGet("src") or "")
    yield {"Start": {tag: {"link_type": kind, "dest_url": target}}}, place
    yield {"Text": child.content}, place
    yield {"End": tag}, place


def _wikilink(state: StateInline, silent: bool) -> bool:
    """A rule of markdown-it-py for `[[target|alias]]` and `![[target]]`."""
    found = _WIKILINK.match(state.src, state.pos)
    if not found or found.end() > state.posMax:
        return False
    if not silent:
        token = state.push("wikilink", "", 0)
        token.markup = found[1]
        token.attrSet("href", found[2])
        token.info = "alias" if found[3] else ""
        token.content = (found[3] or "")[1:] or found[2]
    state.pos = found.end()
    return True
