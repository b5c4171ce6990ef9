"""What copying and keyboards leave in a note so that Markdown misses its marks; masked without moving a byte."""

from __future__ import annotations

import re

from pipeline.parsers.obsidian.comments import FILL, outside_fences, unfenced
from pipeline.parsers.obsidian.syntax import Edit

MAX_WIDE = 5_000  # no-break spaces of a text, many times those of copied pages: where there are more, they are how it is written

MAX_HEADS = 500  # callouts right below each other's words in a text: a hundred times what notes have

# A no-break space before or behind a mark of a block: pages that were copied have it, and a key of its own on some keyboards.
_WIDE = re.compile(r"^\u00a0(?=[ ]?(?:#{1,6}[ ]|```|~~~|[-*+][ ]|>))|^[ \t>]*+(?:#{1,6}|[-*+]|\d{1,9}[.)])\u00a0(?=\S)", re.M)
# Line breaks on lines of their own begin a block of HTML that takes the lines below it along, marks and all.
_BREAK = re.compile(r"^(?:[ \t]*+(?:<br[ ]?/?>[ \t]*+)++\r?\n)++", re.M | re.I)
_WORDS = re.compile(r"[ \t]*+[^\s<]")
_NO_PARAGRAPH = ("#", "---", "***", "___", "```", "~~~")  # what a line above begins with that is no paragraph, which a tag does not end
_HEAD = re.compile(r"\n((?:[ \t]*+>)++[ \t]*+)\[!\w[^\]\n]*\]")
_QUOTE = re.compile(r"((?:[ \t]*+>)++)[ \t]*+(\S?)")
_TAG = re.compile(r"<[bB][rR]")
_SIGNS = re.compile(r"\S")


def masked(text: str) -> str:
    """A text whose marks Markdown sees.

    >>> masked("\\u00a0# Stones\\n<br>\\n- one")
    '  # Stones\\n    \\n- one'
    """
    if not text.isascii() and 0 < text.count("\u00a0") <= MAX_WIDE:
        text = outside_fences(text, _WIDE, lambda m: m[0].replace("\u00a0", "  " if m[0][0] == "\u00a0" else " " + FILL))
    if "<" in text and _TAG.search(text):
        text = outside_fences(text, _BREAK, _blank)
    return text


def heads(text: str) -> list[Edit]:
    """Parts a callout's head from the line of its quote right above it: without an empty line between, Markdown takes it into that one.

    >>> heads("> a\\n> [!tip] b")
    [Edit(start=4, end=4, text='>\\n')]
    """
    if "[!" not in text:
        return []
    found: dict[int, Edit] = {}
    for m in _HEAD.finditer(text):
        at = m.start(1)
        above = _QUOTE.match(text, text.rfind("\n", 0, at - 1) + 1)
        if above and above[2] and above[1].count(">") >= m[1].count(">"):
            found[m.start()] = Edit(at, at, m[1].rstrip() + "\n")
    if not found or len(found) > MAX_HEADS:
        return []
    return [found[m.start()] for m in unfenced(text, _HEAD) if m.start() in found]


def _blank(found: re.Match[str]) -> str:
    text, end = found.string, found.start() - 1
    if not _WORDS.match(text, found.end()):
        return found[0]
    above = text[text.rfind("\n", 0, max(0, end)) + 1 : max(0, end)].strip(" \t\r")
    return found[0] if above and not above.startswith(_NO_PARAGRAPH) else _SIGNS.sub(" ", found[0])
