"""What can leave a document: its sentences, and the passages that are one whole."""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.model import Block, Document
from pipeline.text import words as text_words

SHORT_WORDS = 8  # a sentence with fewer words leaves only in its place: "The dose is 5 mg." is another fact in another section
_NUMBER_BEFORE = re.compile(r"(?<![\w.,])(\d+)[.)]?\s+\Z")
MARKER = 12  # characters of the number of an item with its stop: Markdown allows ten
WHOLE_KINDS = frozenset({"heading", "code", "table", "math"})  # kinds that are one unit, not sentences
EXACT_KINDS = frozenset({"code", "math"})  # kinds in which every sign counts: `a - b` is not `a / b`; only white space may differ


class Unit(NamedTuple):
    """The smallest thing that can leave: a sentence, or a whole block of WHOLE_KINDS."""

    block: int  # index of its block
    start: int  # first code point in the document's text
    end: int  # one past the last
    key: str  # normal form; of EXACT_KINDS the text itself, behind a sign that no normal form begins with
    words: int  # words of the normal form, as its readers count them
    head: int  # number of the unit that is the nearest heading above, -1 where there is none but the document's title
    said: str  # the number of its item where no counting explains it: `1986. A good year.` is another fact than `1987.`
    before: str  # the number that stands right before it, of an item or not


class Place(NamedTuple):
    """A span of a document's own text."""

    document: int  # index in the cluster, 0 = canonical
    block: int  # index of the block
    start: int  # first code point
    end: int  # one past the last


def units(document: Document) -> list[Unit]:
    """The units of a document in order; a sentence without words belongs to the one before it."""
    found: list[Unit] = []
    counts: dict[int, int] = {}  # level of a list -> number of its last item
    above: list[tuple[int, int]] = []  # level and number of each heading above
    title = text_words.key(document.title)
    for number, block in enumerate(document.blocks):
        said = _number(document, block, counts) if block.kind == "list_item" else ""
        while block.kind == "heading" and above and above[-1][0] >= block.level:
            above.pop()
        head = above[-1][1] if above else -1
        for start, end in _spans(document, block):
            text = document.text[start:end]
            key = f"`{' '.join(text.split())}" if block.kind in EXACT_KINDS else text_words.key(text)
            if not key and found and found[-1].block == number:
                found[-1] = found[-1]._replace(end=end)
                continue
            # What has no words (a row of dashes) is its own key: it still leaves only for its equal.
            found.append(Unit(number, start, end, key or text, text_words.spoken(key), head, said, _before(document.text, start)))
            said = ""
        if block.kind == "heading":
            above.append((block.level, -1 if found[-1].key == title else len(found) - 1))
    return found


def _number(document: Document, block: Block, counts: dict[int, int]) -> str:
    """The number of an item where it is neither 1 nor that of the item before plus one; empty for others, and for items without one."""
    marker = document.text[document.text.rfind("\n", 0, block.start) + 1 : block.start].strip()
    number = int(marker[:-1]) if marker[:-1].isdecimal() and len(marker) < MARKER else 0
    counted = number <= 1 or number == counts.get(block.level, 0) + 1
    counts[block.level] = number
    return "" if counted else str(number)


def _before(text: str, start: int) -> str:
    """The number right before a place, with its stop or bracket or without."""
    found = _NUMBER_BEFORE.search(text, max(0, start - MARKER), start)
    return str(int(found[1])) if found else ""


def _spans(document: Document, block: Block) -> list[tuple[int, int]]:
    if block.kind in WHOLE_KINDS:
        return [(block.start, block.end)]
    return [(block.start + a, block.start + b) for a, b in text_words.sentences(document.text[block.start : block.end])]
