"""Comments and bars of links that must be out of the way before Markdown is read, without moving a byte.

What is masked becomes as many bytes of something that says nothing, so that ranges of the masked text are ranges of the note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

PIPE = "\x1f"  # stands for the `|` of a wikilink inside a table row, where Markdown would split the cell; two stand for `\|`
MAX_ADDRESS = 500  # code points of an address before a sign in it: bounds a look back
FILL = "\x02"  # stands for a comment before other words: white space there would make indented code of them

_FENCE = re.compile(r"^[ \t>]*+(?:[-*+][ \t]++|\d{1,9}[.)][ \t]++)*+(`{3,}+(?=[^`\n]*+$)|~{3,}+)", re.M)
_CLOSING = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)[ \t\r]*+$", re.M)
_RUNS = re.compile(r"`+")
_ENDS_ADDRESS = re.compile(r"[\s)]")
_AMID_WORD = re.compile(r"\S%%(?=\S)")
_LINE_ENDS = re.compile(r"[^\S\n]*+(?:\n|\Z)")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TABLE_LINK = re.compile(r"\[\[[^\[\]\n]*\]\]")
_FIRST_ROW = re.compile(r"[ \t>]*+\|")
_ROW = re.compile(r"\n[ \t>]*+\|")
_TABLE_LINE = re.compile(r"^[ \t>]*\|.*\[\[.*$", re.M)
_BARE_ROWS = re.compile(r"\|[ \t\r]*\n(?:[ \t>]*+[^|\s>].*\n?)+")  # lines below a row are rows, with a bar before them or not


class Masked(NamedTuple):
    """A text with its comments masked."""

    text: str  # as long as before, in bytes
    comments: list[tuple[int, int]]  # code points of each comment in the text before, marks included
    strays: list[int]  # code points of comment marks that are never closed


def mask_comments(text: str) -> Masked:
    """Masks `%%` comments, inline and across lines, but not in code.

    A mark that is never closed is masked alone: to hide the rest of the note, as Obsidian does, would lose it without a word. Two marks
    amid their lines with an empty line between them (`${word%%suffix}` here and there) are none; within a word they even stay.
    """
    if "%%" not in text:
        return Masked(text, [], [])
    comments, strays = pairs(text, "%%", amid=False)
    marks = [(at, at + 2) for at in strays if not _AMID_WORD.match(text, at - 1)]
    parts: list[str] = []
    at = 0
    for start, end in sorted(comments + marks) if marks else comments:
        parts += [text[at:start], _blank(text[start:end], " " if _LINE_ENDS.match(text, end) else FILL)]
        at = end
    return Masked("".join([*parts, text[at:]]), comments, strays)


def mask_table_pipes(text: str) -> str:
    """Replaces the bar of wikilinks in table rows by PIPE, escaped or not."""
    if "[[" not in text or "|" not in text or not (_ROW.search(text) or _FIRST_ROW.match(text)):
        return text
    return _BARE_ROWS.sub(_bars_held, _TABLE_LINE.sub(_bars_held, text))


def _bars_held(line: re.Match[str]) -> str:
    if "[[" not in line[0]:
        return line[0]
    return _TABLE_LINK.sub(lambda m: m[0].replace("\\|", PIPE + PIPE).replace("|", PIPE), line[0])


def bars_back(text: str) -> str:
    """A piece of a masked text with its bars back.

    >>> bars_back("a" + PIPE + PIPE + "b")
    'a\\\\|b'
    """
    return text.replace(PIPE + PIPE, "\\|").replace(PIPE, "|") if PIPE in text else text


def _blank(piece: str, fill: str) -> str:
    """`fill` for each byte of the last line and spaces for those above; line ends stay, so that the lines of the note stay its lines."""
    above, end, last = piece.rpartition("\n")
    spaces = "\n".join(" " * len(line.encode("utf-8", "replace")) for line in above.split("\n")) if end else ""
    return spaces + end + fill * len(last.encode("utf-8", "replace"))


def pairs(text: str, sign: str, amid: bool = True) -> tuple[list[tuple[int, int]], list[int]]:
    """What stands between two signs outside code, signs included, and the unclosed ones; linear, as every step moves forward.

    `amid` says that a sign with words on both sides in its line opens what reaches beyond its paragraph.
    """
    found: list[tuple[int, int]] = []
    strays: list[int] = []
    if amid and "`" not in text and "~~~" not in text:  # no code to look out for: every sign opens or closes
        at, size = text.find(sign), len(sign)
        while at >= 0:
            close = text.find(sign, at + size)
            if close < 0:
                return found, [at]
            found.append((at, close + size))
            at = text.find(sign, close + size)
        return found, strays
    fenced = "```" in text or "~~~" in text
    at = paragraph_end = 0
    code: list[tuple[int, int]] = []  # inline code of the paragraph that ends at paragraph_end, last first
    while (mark := text.find(sign, at)) >= 0:
        fence = _FENCE.search(text, at, mark) if fenced else None
        if fence:
            at = _fence_end(text, fence.end(), fence[1])
            continue
        if mark >= paragraph_end:
            blank = _BLANK_LINE.search(text, mark)
            start, paragraph_end = max(text.rfind("\n\n", at, mark), at), blank.start() if blank else len(text)
            code = _code(text, start, paragraph_end)[::-1] if "`" in text[start:paragraph_end] else []
        while code and code[-1][1] <= mark:
            code.pop()
        if code and code[-1][0] < mark:
            at = code[-1][1]
            continue
        if not amid and _in_address(text, mark):
            at = mark + len(sign)
            continue
        close = text.find(sign, mark + len(sign))
        if close < 0:
            strays.append(mark)
            break
        at = close + len(sign)
        if amid or close < paragraph_end or _alone(text, mark, sign):
            found.append((mark, at))
        else:
            strays.append(mark)
            at = mark + len(sign)
    return found, strays


def _in_address(text: str, mark: int) -> bool:
    """Whether a place is inside the address of a link."""
    start = text.rfind("](", max(0, mark - MAX_ADDRESS), mark)
    return start >= 0 and _ENDS_ADDRESS.search(text, start + 2, mark) is None


def _alone(text: str, mark: int, sign: str) -> bool:
    """Whether a sign begins or ends its line, signs of lists and quotes apart."""
    return bool(_LINE_ENDS.match(text, mark + len(sign))) or not text[text.rfind("\n", 0, mark) + 1 : mark].strip(" \t>-*+0123456789.)")


def unfenced(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """What a pattern finds outside fences of code."""
    seen = 0
    for found in pattern.finditer(text):
        while seen <= found.start() and (fence := _FENCE.search(text, seen, found.start())):
            seen = _fence_end(text, fence.end(), fence[1])
        if seen <= found.start():
            seen = found.start()
            yield found


def outside_fences(text: str, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> str:
    """Replaces what a pattern finds outside fences of code."""
    parts: list[str] = []
    at = 0
    for found in unfenced(text, pattern):
        parts += [text[at : found.start()], put(found)]
        at = found.end()
    return "".join([*parts, text[at:]]) if parts else text


def _fence_end(text: str, at: int, fence: str) -> int:
    """Where the code of a fence ends: after the next line of at least as many of its signs, else at the end of the text."""
    for found in _CLOSING.finditer(text, at):
        if found[1].startswith(fence):
            return found.end()
    return len(text)


def _code(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Inline code of a paragraph: a run of backticks pairs with the next run of its length."""
    runs = [m.span() for m in _RUNS.finditer(text, start, end)]
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
            number = waiting[-1]
        number += 1
    return spans
