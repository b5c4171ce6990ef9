"""Where a passage stands: in which list, table, quotation or heading, read off its containers."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final, NamedTuple

from pipeline.parsers.html.lists import numbering, ordinal, shift
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import FOOTNOTE, POST_CLASSES, TAG
from pipeline.text.layout import MAX_DEPTH

ENTRY_CLIMB: Final = 60  # containers up from an entry within which lists of definitions are counted
MAX_ORDINAL: Final = 10**9  # list numbers beyond this are abuse and are not counted

_WHOLE = re.compile(r"[ \t\n\f\r]*([+-]?[0-9]{1,10})(?![0-9])")
_HEADING = {TAG[f"h{level}"]: level for level in range(1, 7)}
_LISTS = frozenset(TAG[t] for t in ("ul", "ol", "menu"))
_BULLETED = _LISTS - {TAG["ol"]}
_OL, _LI, _DL, _QUOTE, _PRE, _TABLE = (TAG[t] for t in ("ol", "li", "dl", "blockquote", "pre", "table"))
_FIGURE = TAG["figure"]
_LOW = frozenset(TAG[f"h{level}"] for level in range(4, 7))
_DEFINITION = frozenset((TAG["dt"], TAG["dd"]))
_CAPTION = frozenset((TAG["figcaption"], TAG["caption"]))
_PLACING = _LISTS | _DEFINITION | _CAPTION | _HEADING.keys() | {_LI, _QUOTE, _PRE, _TABLE}


class Place(NamedTuple):
    """What the containers of a passage say of it."""

    kind: str = "paragraph"
    level: int = 0
    item: int = 0  # the list item it stands in, 0 for none
    lists: int = 0  # lists around it
    quotes: int = 0  # quotations around it
    table: int = 0  # the outermost table of data around it
    entry: int = 0  # the dt or dd it stands in


class Places:
    """Places of one page's containers, worked out once each."""

    def __init__(self, page: Page, tables: frozenset[int]) -> None:
        self._page = page
        self._tables = tables
        self._known: dict[int, Place] = {0: Place()}
        self._headings: list[int] | None = None
        self._ordinals: dict[int, str] | None = None

    def of(self, element: int) -> Place:
        """The place of a container."""
        known = self._known
        path = []
        while element not in known:
            path.append(element)
            element = self._page.parent[element]
        place = known[element]
        for element in reversed(path):
            place = self._step(element, place)
            known[element] = place
        return place

    def _step(self, element: int, place: Place) -> Place:
        tag = self._page.tag[element]
        if tag not in _PLACING:
            if element in self._page.items:
                return place._replace(kind="list_item", level=place.lists + self._page.items[element][0], item=element)
            return place._replace(kind="footnote", level=0) if self._page.own[element] & FOOTNOTE else place
        kind, level, item, lists, quotes, table, entry = place
        if tag == _LI:
            if not self._holds_heading(element):
                kind, level, item = "list_item", max(1, lists), element
            else:
                kind, item = "paragraph" if kind == "list_item" else kind, 0
        elif tag in _LISTS:
            lists = min(MAX_DEPTH, lists + 1 + shift(self._page.attributes.get(element, {}).get("class") or ""))
        elif tag in _HEADING:
            in_figure = self._page.tag[self._page.parent[element]] == _FIGURE  # `Figure 1` above its caption heads no section
            kind, level = ("caption", 0) if in_figure and tag in _LOW else ("heading", _HEADING[tag])
        elif tag == _TABLE:
            table = table or (element if element in self._tables else 0)
        elif tag == _QUOTE:
            if not POST_CLASSES.isdisjoint((self._page.attributes.get(element, {}).get("class") or "").split()):
                return place._replace(kind="paragraph", level=0, item=0)
            quotes = min(MAX_DEPTH, quotes + 1)
            kind, level = "quote", quotes
        elif tag in _DEFINITION:
            kind, level, entry = "definition", 0, element
        elif tag == _PRE:
            kind, level = "code", 0
        else:
            kind, level = "caption", 0
        return Place(kind, level, item, lists, quotes, table, entry)

    def _holds_heading(self, element: int) -> bool:
        """An item with a heading inside is a card, not a line of a list."""
        if self._headings is None:
            self._headings = list(accumulate((tag in _HEADING for tag in self._page.tag), initial=0))
        return self._headings[self._page.stop[element]] > self._headings[element]

    def entries(self, entry: int) -> int:
        """How many lists of definitions stand around an entry."""
        found, page = 0, self._page
        for _ in range(ENTRY_CLIMB):
            found += page.tag[entry] == _DL
            if not entry:
                break
            entry = page.parent[entry]
        return max(1, found)

    def marker(self, item: int) -> str:
        """What stands before a list item: its number as a reader sees it, or a dash."""
        page = self._page
        if item in page.items:
            return page.items[item][1]
        if page.tag[page.parent[item]] in _BULLETED:
            return "- "
        if self._ordinals is None:
            self._ordinals = self._count()
        number = self._ordinals.get(item)
        return f"{number}. " if number else "- "

    def _count(self) -> dict[int, str]:
        """Numbers of all items of ordered lists, by `start`, `value`, `reversed` and `type`.

        An item belongs to the nearest list around it, whatever stands between the two (HTML standard, "list owner").
        """
        page = self._page
        items: dict[int, list[int]] = {}
        known: dict[int, int] = {0: 0}
        for element, tag in enumerate(page.tag):
            if tag == _LI:
                around = page.parent[element]
                if page.tag[around] not in _LISTS:
                    around = self._list_around(around, known)
                if page.tag[around] == _OL:
                    items.setdefault(around, []).append(element)
        numbers: dict[int, str] = {}
        for ordered, children in items.items():
            attributes = page.attributes.get(ordered, {})
            step = -1 if "reversed" in attributes else 1
            start = _integer(attributes.get("start"))
            kind = numbering(attributes)
            number = start if start is not None else len(children) if step < 0 else 1
            for child in children:
                own = page.attributes.get(child, {})
                value = _integer(own.get("value"))
                number = value if value is not None else number
                numbers[child] = ordinal(number, numbering(own, kind) if own else kind)
                number += step
        return numbers

    def _list_around(self, element: int, known: dict[int, int]) -> int:
        """The nearest list around an element, 0 for none; what `known` has is not climbed again."""
        page, path = self._page, []
        while element not in known and page.tag[element] not in _LISTS:
            path.append(element)
            element = page.parent[element]
        found = known.get(element, element)
        known.update(dict.fromkeys(path, found))
        return found


def _integer(value: str | None) -> int | None:
    """A whole number as browsers read an attribute: whatever follows its digits is passed over."""
    found = _WHOLE.match(value or "")
    return int(found[1]) if found and abs(int(found[1])) <= MAX_ORDINAL else None
