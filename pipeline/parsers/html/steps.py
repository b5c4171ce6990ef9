"""Ingredients and steps that a page states for machines as well as on the screen: they are what a recipe or instruction is about.

Cards of recipes look like furniture: short entries, ticks to set, buttons between them. What JSON-LD (`recipeIngredient`,
`recipeInstructions`, `step`; schema.org/Recipe, schema.org/HowTo) or microdata of the same names says, and a passage of the page
too, stays, with the rest of its list and the heading above.
"""

from __future__ import annotations

from typing import Any, Final

from pipeline.parsers.html import jsonld
from pipeline.parsers.html.hints import letters
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import TAG

TYPES: Final = frozenset(("Recipe", "HowTo"))
MIN_LETTERS: Final = 4  # letters of an entry: "Salt" is one
MIN_INSIDE: Final = 16  # letters of a passage that may be a part of a longer step
MAX_ENTRIES: Final = 500  # entries of one page: a bound for hostile data
MAX_COMPARED: Final = 20_000_000  # letters that all searches together may pass over: the same
LIST_SHARE: Final = 0.5  # share of a list's passages that are stated from which all of it is
MAX_HEADING: Final = 80  # characters of a passage above such a list that may head it
CLIMB: Final = 4  # containers up from a passage within which its list is looked for

_PROPERTIES: Final = ("recipeIngredient", "ingredients", "recipeInstructions", "step")
_INSIDE: Final = ("itemListElement", "step", "steps", "text")
_LISTS: Final = frozenset(TAG[name] for name in ("ul", "ol", "dl", "table"))


def stated(page: Page, gone: list[str]) -> list[int]:
    """Numbers of the passages that say such an entry, and of those that belong to their lists, but for those that a rule has taken."""
    if not page.data_scripts and not page.itemprops:
        return []
    marks = [False] * len(page.text)
    _by_data(page, marks)
    _by_property(page, marks)
    if True not in marks:
        return []
    free = [not rule for rule in gone]
    found = {number for number, mark in enumerate(marks) if mark and free[number]}
    for element in {_list(page, page.holder[number]) for number in found} - {0}:
        first, last = page.first[element], page.last[element]
        inside = [number for number in range(first, last) if free[number]]
        if sum(marks[number] for number in inside) >= LIST_SHARE * len(inside):
            found.update(inside)
            head = first - 1
            if head >= 0 and free[head] and len(page.text[head]) <= MAX_HEADING and 2 * page.linked[head] <= len(page.text[head]):
                found.add(head)
    return sorted(found)


def _by_data(page: Page, marks: list[bool]) -> None:
    entries = [entry for entry in map(letters, _entries(page)) if len(entry) >= MIN_LETTERS]
    if not entries:
        return
    known, whole = set(entries), "\0".join(entries)
    looks = MAX_COMPARED // max(1, len(whole))
    for number, text in enumerate(page.text):
        own = letters(text)
        if own in known:
            marks[number] = True
        elif len(own) >= MIN_INSIDE and looks > 0:
            looks -= 1
            marks[number] = own in whole


def _by_property(page: Page, marks: list[bool]) -> None:
    covered = 0  # passages up to here are marked: elements come in document order, those inside after those around
    for name, _, element in page.itemprops:
        if element and name in _PROPERTIES and page.last[element] > covered:
            for number in range(max(covered, page.first[element]), page.last[element]):
                marks[number] = True
            covered = page.last[element]


def _entries(page: Page) -> list[str]:
    """Texts of the entries in JSON-LD, however deep the sections of a recipe put them."""
    waiting: list[Any] = [
        node.get(name) for node in jsonld.described(page) if not TYPES.isdisjoint(jsonld.types(node)) for name in reversed(_PROPERTIES)
    ]
    out: list[str] = []
    while waiting and len(out) < MAX_ENTRIES:
        value = waiting.pop()
        if isinstance(value, str):
            out += [line for line in jsonld.without_tags(value).split("\n") if line.strip()]
        elif isinstance(value, list):
            waiting += reversed(value[:MAX_ENTRIES])
        elif isinstance(value, dict):
            waiting += [value.get(name) for name in reversed(_INSIDE)]
    return out[:MAX_ENTRIES]


def _list(page: Page, element: int) -> int:
    """The list or table that an entry stands in, 0 for none."""
    for _ in range(CLIMB):
        if page.tag[element] in _LISTS:
            return element
        element = page.parent[element]
    return 0
