"""Comments and other syntax that must be out of the way before Markdown is read, without moving a byte.

What is masked becomes spaces of the same length in UTF-8, so that ranges of the masked text are ranges of the note.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PIPE = "\x1f"  # stands for the `|` of a wikilink inside a table row, where Markdown would split the cell

_FENCE = re.compile(r"^[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)*(`{3,}|~{3,})")
_LINES = re.compile(r"^.*(?:%%|```|~~~).*$", re.M)
_RUNS = re.compile(r"`+")
_TABLE_LINK = re.compile(r"\[\[[^\[\]\n]*\]\]")
_TABLE_LINE = re.compile(r"^[ \t>]*\|")


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
    marks = _marks(text)
    comments = [(marks[i], marks[i + 1] + 2) for i in range(0, len(marks) - 1, 2)]
    unclosed = marks[-1] if len(marks) % 2 else -1
    parts: list[str] = []
    at = 0
    for start, end in comments + ([(unclosed, unclosed + 2)] if unclosed >= 0 else []):
        parts += [text[at:start], _blank(text[start:end])]
        at = end
    return Masked("".join([*parts, text[at:]]), comments, unclosed)


def mask_table_pipes(text: str) -> str:
    """Replaces the bar of wikilinks in table rows by PIPE, escaped or not."""
    if "[[" not in text or "|" not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "[[" in line and _TABLE_LINE.match(line):
            lines[number] = _TABLE_LINK.sub(lambda m: m[0].replace("\\|", PIPE + PIPE).replace("|", PIPE), line)
    return "\n".join(lines)


def _blank(piece: str) -> str:
    """Spaces of the same length in UTF-8; line ends stay, so that the lines of the note stay its lines."""
    if piece.isascii():
        return re.sub(r"[^\n]", " ", piece)
    return "".join("\n" if c == "\n" else " " * len(c.encode("utf-8", "replace")) for c in piece)


def _marks(text: str) -> list[int]:
    """Positions of `%%` outside code; linear, as only lines with a mark or a fence are looked at, each once."""
    marks: list[int] = []
    fence = ""
    for found in _LINES.finditer(text):
        line, at = found[0], found.start()
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not line[opened.end() :].strip("`~ \t\r"):
                fence = ""
        elif opened and not len(marks) % 2 and "`" not in line[opened.end() :]:
            fence = opened[1]
        elif "%%" in line:
            code = _code_spans(line) if "`" in line else []
            marks += [at + m.start() for m in re.finditer("%%", line) if not any(a <= m.start() < b for a, b in code)]
    return marks


def _code_spans(line: str) -> list[tuple[int, int]]:
    """Inline code of one line: runs of backticks pair with the next run of their length."""
    runs = [(m.start(), m.end()) for m in _RUNS.finditer(line)]
    later: dict[int, list[int]] = {}
    for number in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[number][1] - runs[number][0], []).append(number)
    spans: list[tuple[int, int]] = []
    number = 0
    while number < len(runs):
        waiting = later[runs[number][1] - runs[number][0]]
        while waiting and waiting[-1] <= number:
            waiting.pop()
        if waiting:
            spans.append((runs[number][0], runs[waiting[-1]][1]))
            number = waiting[-1] + 1
        else:
            number += 1
    return spans
