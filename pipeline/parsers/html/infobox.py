"""Portable infoboxes: the box of facts that Fandom and other wikis write beside an article, as fields with their labels.

Source of the names: the templates of the PortableInfobox extension (mediawiki.org/wiki/Extension:PortableInfobox). Its labels and
values are elements of their own; a group set in columns has all its labels first and its values behind them, in the same order.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import TAG, WIKI_BITS

if TYPE_CHECKING:
    from pipeline.parsers.html.drafts import Writer

RULE: Final = ("html.infobox", WIKI_BITS["infobox"])
MAX_FIELDS: Final = 400  # fields of one box that are kept, as in wikitext: more than any real one, bounds the metadata

_TITLE, _HEADER, _LABEL, _VALUE = (WIKI_BITS[name] for name in ("infobox_title", "infobox_header", "infobox_label", "infobox_value"))
_PARTS: Final = _TITLE | _HEADER | _LABEL | _VALUE
_LI: Final = TAG["li"]


def infoboxes(page: Page, gone: list[str], writer: Writer) -> list[dict[str, Any]]:
    """The boxes that went from the text, each with its name (the box's own title) and fields, label by label."""
    if not page.names & RULE[1] or RULE[0] not in gone:
        return []
    out: list[dict[str, Any]] = []
    end = 0
    for element, bits in enumerate(page.own):
        if bits & RULE[1] and element >= end:
            end = page.stop[element]
            if RULE[0] in gone[page.first[element] : page.last[element]]:
                out.append(_box(page, element, gone, writer))
    return [box for box in out if box["name"] or box["fields"]]


def _box(page: Page, box: int, gone: list[str], writer: Writer) -> dict[str, Any]:
    """One box; a value without a label of its own stands under the header above it, where there is one."""
    name = header = ""
    fields: dict[str, str] = {}
    labels: deque[str] = deque()
    for element in range(box + 1, page.stop[box]):
        bits = page.own[element]
        if not bits & _PARTS or page.anc[page.parent[element]] & _PARTS:
            continue
        text = _text(page, element, gone, writer)
        if bits & _VALUE:
            label = labels.popleft() if labels else header
            if label and text and (label in fields or len(fields) < MAX_FIELDS):
                fields[label] = f"{fields[label]}; {text}" if label in fields else text
            continue
        text = text.replace("\n", " ")
        if bits & _LABEL:
            labels.append(text)
        else:
            labels.clear()
            name, header = (name or text, header) if bits & _TITLE else (name, text)
    return {"name": name, "fields": fields}


def _text(page: Page, element: int, gone: list[str], writer: Writer) -> str:
    """The words of an element: items of a list apart by `; `, other passages by a space; a `<br>` is a line end, as in wikitext."""
    out = ""
    for number in range(page.first[element], page.last[element]):
        if gone[number] == RULE[0] and (text := writer.passage(number).text.strip()):
            is_item = _LI in (page.tag[page.holder[number]], page.tag[page.parent[page.holder[number]]])
            out += ("; " if is_item else " ") * bool(out) + text
    return out
