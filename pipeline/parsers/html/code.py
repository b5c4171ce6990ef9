"""What stands beside code and is none: the numbers of its lines, told by what they are, since every highlighter names them in its own way;
and the prompts of a notebook's cells."""

from __future__ import annotations

import re
from typing import Final

from pipeline.parsers.html.page import MARKS, Page
from pipeline.parsers.html.vocabulary import BITS, TAG

LEAST: Final = 2  # numbers that must follow one another: a single one may be code
MAX_DIGITS: Final = 6  # digits of a line's number
CELL_CLIMB: Final = 6  # containers up from preformatted text within which its cell is looked for

_PROMPT = re.compile(r"(?:(?:In|Out) ?)?\[[\d* ]{0,6}\]:")  # as Jupyter numbers cells and what they gave
_TD: Final = TAG["td"]
_MARKS: Final = frozenset(MARKS)


def numbers(pieces: list[str], borders: list[int]) -> tuple[list[int], bool]:
    """Which pieces of preformatted text number its lines, and whether all have lines of their own.

    Each is alone in its element (`borders` are the pieces that an element begins or ends before), at the start of its line, and one more
    than the last. Every line with text has a number, or stands below one that has a line of its own.

    >>> numbers(["1", "import a\\n", "2", "print(a)"], [0, 1, 2, 3]), numbers(["1. one\\n2. two"], [])
    (([0, 2], False), ([], False))
    """
    edges = set(borders)
    for border in borders:  # a link's marks stand between the border and its text
        while border < len(pieces) and pieces[border] in _MARKS and border + 1 not in edges:  # else its marks are gone through once
            border += 1
            edges.add(border)
    found: list[int] = []
    last, bare = -1, False  # the number before, and whether it had a line of its own
    own = code = 0  # numbers with a line of their own; lines of code
    for line in _lines(pieces):
        at, text = line[0]
        alone = pieces[at].strip() == text and at in edges and at + 1 in edges
        if alone and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and last in (-1, int(text) - 1):
            found.append(at)
            last, bare = int(text), len(line) == 1
            own, code = own + bare, code + (not bare)
        elif bare:
            bare = False
            code += 1
        else:
            return [], False
    return (found, own == len(found)) if len(found) >= LEAST and code else ([], False)


def listing(text: str, *, numbered: bool) -> str:
    """The text of a listing whose lines were blocks: no-break spaces only indent it or hold an empty line
    open, and one space parted each line from its number.

    >>> listing("\\xa0int\\n\\xa0\\n   x;", numbered=True), listing(" int", numbered=False)
    ('int\\n\\n  x;', ' int')
    """
    lines = [line.rstrip() for line in text.replace("\xa0", " ").split("\n")]
    if numbered and all(line[0] == " " for line in lines if line):
        lines = [line[1:] for line in lines]
    return "\n".join(lines)


def _lines(pieces: list[str]) -> list[list[tuple[int, str]]]:
    """The lines that have text: for each its parts, as number of the piece and text."""
    lines: list[list[tuple[int, str]]] = [[]]
    for at, piece in enumerate(pieces):
        if piece in _MARKS:
            continue
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append([])
            if text := part.strip():
                lines[-1].append((at, text))
    return [line for line in lines if line]


def prompts(page: Page) -> list[int]:
    """Passages that number the cells of a notebook (`In [1]:`)."""
    if not page.verbatim or not page.names & BITS[".card"]:  # cells are cards by their name
        return []
    return [number for number, text in enumerate(page.text) if text[-2:] == "]:" and _PROMPT.fullmatch(text)]


def gutters(page: Page) -> list[int]:
    """Passages that are nothing but the numbers of the lines of the code in the next cell, as tables of code have them."""
    out: list[int] = []
    for number in sorted(page.verbatim):
        words = page.text[number].split()
        if number + 1 in page.verbatim and words[0].isascii() and words[0].isdigit() and len(words[0]) <= MAX_DIGITS:
            first = int(words[0])
            row = _row(page, number)
            if row and row == _row(page, number + 1) and all(word == str(first + step) for step, word in enumerate(words)):
                out.append(number)
    return out


def _row(page: Page, number: int) -> int:
    """The row in a cell of which a passage stands, 0 for none."""
    element = page.holder[number]
    for _ in range(CELL_CLIMB):
        if page.tag[element] == _TD:
            return page.parent[element]
        element = page.parent[element]
    return 0
