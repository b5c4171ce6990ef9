"""Comments and bars of links that must be out of the way before Markdown is read, without moving a byte.

What is masked becomes as many bytes of something that says nothing, so that ranges of the masked text are ranges of the note.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

PIPE = "\x1f"  # stands for the `|` of a wikilink inside a table row, where Markdown would split the cell; two stand for `\|`
FILL = "\x02"  # stands for a comment before other words: white space there would make indented code of them

_TOKEN = re.compile(
    r"(?P<mark>%%)|^[ \t>]*+(?:[-*+][ \t]++|\d{1,9}[.)][ \t]++)*+(?P<fence>`{3,}+(?=[^`\n]*+$)|~{3,}+)|(?P<run>`++)",
    re.M,
)
_CLOSING = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)[ \t\r]*+$", re.M)
_RUNS = re.compile(r"`+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TABLE_LINK = re.compile(r"\[\[[^\[\]\n]*\]\]")
_TABLE_LINE = re.compile(r"^[ \t>]*\|.*\[\[.*$", re.M)


class Masked(NamedTuple):
    """A text with its comments masked."""

    text: str  # as long as before, in bytes
    comments: list[tuple[int, int]]  # code points of each comment in the text before, marks included
    unclosed: int  # code point of a comment mark that is never closed, -1 where there is none


def mask_comments(text: str) -> Masked:
    """Masks `%%` comments, inline and across lines, but not in code.

    A mark that is never closed is masked alone: to hide the rest of the note, as Obsidian does, would lose it without a word.
    """
    if "%%" not in text:
        return Masked(text, [], -1)
    comments, unclosed = _find(text)
    parts: list[str] = []
    at = 0
    for start, end in comments + ([(unclosed, unclosed + 2)] if unclosed >= 0 else []):
        line_end = text.find("\n", end)
        rest = text[end : line_end if line_end >= 0 else len(text)]
        parts += [text[at:start], _blank(text[start:end], " " if not rest or rest.isspace() else FILL)]
        at = end
    return Masked("".join([*parts, text[at:]]), comments, unclosed)


def mask_table_pipes(text: str) -> str:
    """Replaces the bar of wikilinks in table rows by PIPE, escaped or not."""
    if "[[" not in text or "|" not in text or PIPE in text:
        return text
    return _TABLE_LINE.sub(lambda line: _TABLE_LINK.sub(lambda m: m[0].replace("\\|", PIPE + PIPE).replace("|", PIPE), line[0]), text)


def restore(text: str) -> str:
    """A piece of a masked text with its bars back.

    >>> restore("a" + PIPE + PIPE + "b")
    'a\\\\|b'
    """
    return text.replace(PIPE + PIPE, "\\|").replace(PIPE, "|") if PIPE in text else text


def _blank(piece: str, fill: str) -> str:
    """`fill` for each byte of the last line and spaces for those above; line ends stay, so that the lines of the note stay its lines."""
    above, end, last = piece.rpartition("\n")
    return re.sub(r"[^\n]", _spaces, above) + end + fill * len(last.encode("utf-8", "replace"))


def _spaces(character: re.Match[str]) -> str:
    return " " * len(character[0].encode("utf-8", "replace"))


def _find(text: str) -> tuple[list[tuple[int, int]], int]:
    """Comments outside code, and an unclosed mark or -1; linear, as every step moves forward and looks ahead one paragraph at most."""
    comments: list[tuple[int, int]] = []
    runs: dict[int, list[int]] | None = None
    at = paragraph_end = 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found["mark"]:
            close = text.find("%%", at)
            if close < 0:
                return comments, found.start()
            at = close + 2
            comments.append((found.start(), at))
        elif found["fence"]:
            at = _fence_end(text, at, found["fence"])
        elif found["run"]:
            if runs is None:
                runs = _runs(text)
            if at > paragraph_end:
                blank = _BLANK_LINE.search(text, at)
                paragraph_end = blank.start() if blank else len(text)
            size = len(found["run"])
            places = runs[size]
            number = bisect_right(places, found.start())
            if number < len(places) and places[number] < paragraph_end:
                at = places[number] + size
    return comments, -1


def _fence_end(text: str, at: int, fence: str) -> int:
    """Where the code of a fence ends: after the next line of at least as many of its signs, else at the end of the text."""
    for found in _CLOSING.finditer(text, at):
        if found[1].startswith(fence):
            return found.end()
    return len(text)


def _runs(text: str) -> dict[int, list[int]]:
    """Where runs of backticks start, by their length."""
    runs: dict[int, list[int]] = {}
    for found in _RUNS.finditer(text):
        runs.setdefault(found.end() - found.start(), []).append(found.start())
    return runs
