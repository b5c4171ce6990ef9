"""Lines of a text and the marks of boxes on them, as generators of sites write them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple

DATA: dict[str, str] = tomllib.loads(files(__package__).joinpath("sites.toml").read_text(encoding="utf-8"))
CALLOUTS = frozenset(DATA["callouts"].split())

UNTITLED = frozenset(DATA["untitled"].split())

_ADMONITION = re.compile(
    rf"(`{{3,}}|~{{3,}})[ \t]*(?:ad-([\w-]+)[ \t]*\Z|\{{({'|'.join([*sorted(CALLOUTS), *DATA['directives'].split()])})\}}[ \t]*(.*))"
)
_DIRECTIVE = re.compile(r"\{([A-Za-z][\w:-]*)\}[ \t]*(.*)")
_ITEM = re.compile(r"(?:[-*+:]|\d{1,9}[.)])[ \t]+(?=\S)")
_NAMED = re.compile(r"([\w-]+)[ \t]*(?:\[([^\]]*)\])?(?:\{[^}]*\})?[ \t]*(.*)")
_PANDOC = re.compile(r"\{([^}]*)\}")
_CLASS = re.compile(r"\.(?:callout-)?([\w-]+)")
_TITLE = re.compile(r"\btitle=(?:\"([^\"]*)\"|'([^']*)')")
_ROLE = re.compile(rf"(?<![\\}}])\{{(?:{'|'.join(DATA['roles'].split())})\}}\Z")
MAX_ROLE = max(map(len, DATA["roles"].split())) + len("{}")  # characters before code among which a role is looked for


class Line(NamedTuple):
    """A line, its place, and how it is indented."""

    start: int
    end: int
    text: str  # without indent and line end
    indent: int  # columns; a tab goes on to the next fourth
    lead: str  # the white space before the text


def lines(text: str) -> list[Line]:
    """The lines of a text.

    >>> lines("a\\n\\t b")[1]
    Line(start=2, end=5, text='b', indent=5, lead='\\t ')
    """
    found: list[Line] = []
    at = 0
    for whole in text.split("\n"):
        words = whole.lstrip(" \t")
        lead = whole[: len(whole) - len(words)]
        indent = len(lead) if "\t" not in lead else len(lead.expandtabs(4))
        end = at + len(whole.removesuffix("\r"))
        found.append(Line(at, end, words.rstrip(), indent, lead))
        at += len(whole) + 1
    return found


class IndentedCode:
    """Tells the lines of indented code: four columns further in than the text around them, below an empty line or more code."""

    def __init__(self) -> None:
        self.items: list[int] = []  # columns at which the text of each open list item begins
        self.inside = False

    def has(self, line: Line, apart: bool) -> bool:
        """Whether the next line that is not empty is code; `apart` says that an empty line or nothing stands above it.

        >>> code = IndentedCode()
        >>> [code.has(line, True) for line in lines("- a\\n    b\\n      <C>\\nd\\n    <E>")]
        [False, False, True, False, True]
        """
        item = _ITEM.match(line.text)
        if apart or item:
            while self.items and line.indent < self.items[-1]:
                self.items.pop()
        self.inside = line.indent >= 4 + (self.items[-1] if self.items else 0) and (self.inside or apart)
        if item and not self.inside:
            self.items.append(line.indent + len(item[0]))
        return self.inside


def closers(found: list[Line]) -> int:
    """Lines of colons alone outside code: without one left, colons open nothing."""
    count, code = 0, ""
    marks: list[str] = []  # of the fences that are boxes
    for line in found:
        sign = line.text.lstrip("> \t")
        if code:
            code = "" if sign.startswith(code) and not sign.strip(code[0]) else code
        elif sign[:3] in ("```", "~~~"):
            box = _ADMONITION.match(sign)
            if box:
                marks.append(box[1])
            elif marks and sign.startswith(marks[-1]) and not sign.strip(sign[0]):
                marks.pop()
            else:
                code = sign[: len(sign) - len(sign.lstrip(sign[0]))]
        elif sign[:3] == ":::":
            count += not sign.strip(":")
    return count


class Fence(NamedTuple):
    """A fence that is a box: what is in it is Markdown."""

    mark: str  # what closes it
    kind: str  # of callout, empty for a box that is none
    title: tuple[int, int]  # its place in the line


def fence(text: str) -> Fence | None:
    """The box that a fence opens: of the Admonition plugin, or a directive of MyST.

    >>> fence("```ad-tip"), fence("```{card} Look"), fence("```{python}")
    (Fence(mark='```', kind='tip', title=(6, 9)), Fence(mark='```', kind='', title=(10, 14)), None)
    """
    found = _ADMONITION.match(text)
    if not found:
        return None
    if found[2]:
        return Fence(found[1], found[2].lower(), found.span(2))
    kind, (start, end) = head(text[found.start(3) - 1 :])
    at = found.start(3) - 1
    return Fence(found[1], kind, (at + start, at + end))


def head(text: str) -> tuple[str, tuple[int, int]]:
    """(kind of callout, place of the title) of what stands behind the colons; no kind for a box that is none.

    Sites show a callout without a title under the name of its kind.

    >>> head("tip Try this"), head("note[Look]"), head('{.callout-note title="So"}'), head("tip"), head("columns"), head("{card} A b")
    (('tip', (4, 12)), ('note', (5, 9)), ('note', (22, 24)), ('tip', (0, 3)), ('', (0, 0)), ('', (7, 10)))
    """
    directive = _DIRECTIVE.match(text)
    if directive:
        name = directive[1].lower()
        kind = name if name in CALLOUTS or name == "admonition" else ""
        return kind, (0, 0) if name in UNTITLED else directive.span(2) if directive[2] else directive.span(1) if kind else (0, 0)
    pandoc = _PANDOC.match(text)
    if pandoc:
        title = _TITLE.search(text)
        group = 1 if title and title[1] is not None else 2
        kind = next((name for name in _CLASS.findall(pandoc[1]) if name in CALLOUTS), "")
        return kind, title.span(group) if title else (0, 0)
    found = _NAMED.match(text)
    if not found:
        return "", (0, 0)
    kind = found[1].lower() if found[1].lower() in CALLOUTS else ""
    named = 2 if found[2] else 3 if found[3] else 1 if kind else 0
    return kind, found.span(named) if named else (0, 0)


def roles(text: str, literal: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places of MyST's roles before the code that they are about, and of the target behind its words there.

    >>> roles("see {ref}the slate <s>, {x}y", [(9, 22), (27, 28)])
    [(4, 9), (18, 22)]
    """
    found: list[tuple[int, int]] = []
    behind = 0  # what is literal before
    for start, end in literal:
        role = _ROLE.search(text, max(behind, start - MAX_ROLE), start) if text[start - 1 : start] == "}" else None
        behind = end
        if role is None:
            continue
        found.append(role.span())
        at = text.rfind(" <", start, end)
        if at > start and text[end - 1] == ">":
            found.append((at, end))
    return found
