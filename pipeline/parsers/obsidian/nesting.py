"""What nests deeper than in any note, masked without moving a byte: a reader of Markdown needs the square of its depth for it."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.parsers.obsidian.formulas import STAND_IN

MAX_MARKS = 100  # marks of quotes and items before one line; for each the reader looks at every further line of the paragraph
MIN_TEXT = 4_000  # characters of a text that is looked at: the square of what stands in less is nothing, and most notes are less
MAX_EMBEDS = 50  # embeds that begin in others; for each the reader looks at all behind it

_MARKS = rf"(?:[ \t]*+(?:>|[-*+](?=[ \t])|\d{{1,9}}[.)](?=[ \t]))){{{MAX_MARKS}}}[ \t]*+\d{{0,9}})([->*+.)])"
_FIRST = re.compile("(" + _MARKS)
_DEEP = re.compile(r"([\n\r]" + _MARKS)  # not `^`, which is asked at every character
_EMBED = re.compile(r"!\[\[|\]\]")


def mask_marks(text: str) -> str:
    """Masks the mark behind MAX_MARKS others before a line: it begins the words, and all behind it are words.

    >>> mask_marks("> " * 2002 + "a").replace(STAND_IN[">"], "?") == "> " * 100 + "? " + "> " * 1901 + "a"
    True
    """
    if len(text) < MIN_TEXT:
        return text
    text = _DEEP.sub(_masked, text)
    return _FIRST.sub(_masked, text, count=1) if _FIRST.match(text) else text


def _masked(found: re.Match[str]) -> str:
    return found[1] + STAND_IN[found[2]]


def mask_embeds(text: str) -> str:
    """Masks embeds in which another begins, where there are many: they are none, as no name holds brackets.

    >>> mask_embeds("![[a" * 52 + "]]").replace(STAND_IN["["], "?") == "!?[a" * 51 + "![[a]]"
    True
    """
    if text.count("![[") <= MAX_EMBEDS:
        return text
    signs = _EMBED.finditer(text)
    held = [sign.start() + 1 for sign, below in pairwise(signs) if sign[0] == below[0] == "![["]
    if len(held) <= MAX_EMBEDS:
        return text
    starts = [0, *(at + 1 for at in held)]
    return STAND_IN["["].join(text[start:end] for start, end in zip(starts, [*held, len(text)], strict=True))
