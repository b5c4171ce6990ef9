"""A passage with marks to its text, its links and its hidden stretches."""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.parsers.html.page import HIDE_CLOSE, HIDE_OPEN, LINE, LINK_CLOSE, LINK_OPEN, MARKS
from pipeline.text import unicode

_MARK = re.compile(f"([{MARKS}])")


class Passage(NamedTuple):
    """A passage as it will stand."""

    text: str
    links: list[tuple[int, int, str]]  # start, end, href as written
    hidden: list[str]  # stretches that are not shown


class Characters:
    """The character policy for one document, with the counts of what it took out, by class."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.length = 0

    def prose(self, text: str) -> str:
        """Clean prose: every space is U+0020, and none stands beside another."""
        self.length += len(text)
        if text.isascii() and text.isprintable():
            return text
        clean = unicode.apply(text)
        self._count(clean.counts)
        return " ".join(clean.text.split(" ")) if "  " not in clean.text else re.sub(" {2,}", " ", clean.text)

    def code(self, text: str) -> str:
        """Clean code: white space is content."""
        clean = unicode.apply(text, spaces=False)
        self.length += len(text)
        self._count(clean.counts)
        return clean.text

    def _count(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


def read(marked: str, hrefs: list[str], characters: Characters, *, show_hidden: bool = False) -> Passage:
    """A passage of prose: white space collapsed, lines where the page breaks them, links as spans.

    >>> read(f"see {LINK_OPEN}hyper{LINK_CLOSE} you {LINK_OPEN}calcemia {LINK_CLOSE}, ok", ["a", "b"], Characters()).links
    [(4, 9, 'a'), (14, 22, 'b')]
    """
    inner = marked[1:-1]
    if marked[0] == LINK_OPEN and marked[-1] == LINK_CLOSE and hrefs and inner.isprintable():  # one link and nothing else: most of them
        text = characters.prose(inner).strip(" ")
        return Passage(text, [(0, len(text), hrefs[0])] if text else [], [])
    out: list[str] = []
    links: list[tuple[int, int, str]] = []
    hidden: list[str] = []
    at = depth = used = 0
    start, href, space = -1, "", False
    for piece in _MARK.split(marked):
        if piece == LINK_OPEN:
            if used < len(hrefs):
                start, href = -2, hrefs[used]
                used += 1
        elif piece == LINK_CLOSE:
            if start >= 0:
                links.append((start, at, href))
            start = -1
        elif piece == LINE:
            if out and not depth:
                out.append("\n")
                at += 1
                space = False
        elif piece == HIDE_OPEN:
            depth += not show_hidden
        elif piece == HIDE_CLOSE:
            depth = max(0, depth - 1)
        elif piece:
            text = characters.prose(piece)
            if depth:
                hidden.append(text.strip())
                continue
            inner = text.strip(" ")
            if not inner:
                space = space or bool(text)
                continue
            if (space or text[0] == " ") and out and out[-1] != "\n":
                out.append(" ")
                at += 1
            if start == -2:
                start = at
            out.append(inner)
            at += len(inner)
            space = text[-1] == " "
    if start >= 0:
        links.append((start, at, href))
    text = "".join(out)
    if text[-1:] == "\n":
        text = text.rstrip("\n")
    return Passage(text, links, [h for h in hidden if h])


def read_verbatim(marked: str, hrefs: list[str], characters: Characters, *, show_hidden: bool = False) -> Passage:
    """A preformatted passage: every character that shows stays but the newline behind the opening tag and those at the end."""
    marked = marked.replace("\r\n", "\n").replace("\r", "\n")
    if marked.startswith("\n"):
        marked = marked[1:]
    out: list[str] = []
    links: list[tuple[int, int, str]] = []
    hidden: list[str] = []
    at = used = depth = 0
    start, href = -1, ""
    for piece in _MARK.split(marked):
        if piece == LINK_OPEN:
            if used < len(hrefs):
                start, href = at, hrefs[used]
                used += 1
        elif piece == LINK_CLOSE:
            if 0 <= start < at:
                links.append((start, at, href))
            start = -1
        elif piece == HIDE_OPEN:
            depth += not show_hidden
        elif piece == HIDE_CLOSE:
            depth = max(0, depth - 1)
        else:
            text = "\n" if piece == LINE else characters.code(piece)
            if depth:
                hidden.append(text.strip())
                continue
            out.append(text)
            at += len(text)
    text = "".join(out).rstrip("\n")
    return Passage(text, [(a, min(b, len(text)), h) for a, b, h in links if a < len(text)], [h for h in hidden if h])
