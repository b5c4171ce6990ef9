"""Signs that a text is a saved wiki page."""

from __future__ import annotations

import itertools
import re

from pipeline.parsers.rendered_wiki.furniture import (
    BOTTOM,
    CONTENTS,
    EDIT_AFTER,
    EDIT_ALONE,
    EDIT_BARE,
    EMPTY_MARK,
    JUMP,
    REDIRECTED,
    chrome,
    site,
)

SIDE_LINES = 300  # lines in which a title and the site's name stand, also where the side bar was saved above them
LONG = 300  # code points of a line above which it is prose and no line of a skin
SHORT = 60  # code points of a line of a menu
SKIN_LINES = 60  # lines at the top in which a skin's menus stand
MIN_CHROME = 4  # different lines of menus that say so: two or three stand in many a text on programs
MIN_OTHER_MARKS = 2  # marks that are a bare word or empty brackets: one may be anything
VOTING = frozenset(("retrieved_from", "categories", "hidden_categories", "last_modified", "licence", "navigation", "contributors"))
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\s+\S")


def votes(text: str) -> list[str]:
    """Each kind of sign that a text shows, once.

    >>> votes("Foo\\n\\nFrom Example Wiki\\n\\nBar.\\n\\nTypes[edit]\\n\\nBaz.")
    ["the site's name under the title", 'edit marks']
    """
    lines = [line.strip() for line in text.split("\n")]
    found: list[str] = []
    shown = [line for line in lines if line]
    if len(shown) > 1 and any(_site(line) for line in shown[1:SIDE_LINES]):
        found.append("the site's name under the title")
    if any("[" in line and len(line) <= LONG and (EDIT_AFTER.fullmatch(line) or EDIT_ALONE.fullmatch(line)) for line in shown):
        found.append("edit marks")
    elif _other_marks(shown) >= MIN_OTHER_MARKS:
        found.append("edit marks of a phone's or Fandom's skin")
    menus = {line.lower() for line in shown[:SKIN_LINES] if len(line) <= SHORT and chrome(line)}
    if len(menus - EDIT_BARE) >= MIN_CHROME:
        found.append("lines of a skin")
    if any(JUMP.fullmatch(line) or REDIRECTED.fullmatch(line) for line in shown[:SIDE_LINES]):
        found.append("jump and redirect lines")
    if any(a.lower() in CONTENTS and _NUMBERED.match(b) for a, b in itertools.pairwise(shown)):
        found.append("a table of contents")
    for kind in BOTTOM:
        if kind.rule in VOTING and any(len(line) <= LONG * 2 and kind.pattern.fullmatch(line) for line in shown[-200:]) and not kind.weak:
            found.append(kind.rule.replace("_", " "))
        elif kind.rule == "navigation" and any(line.startswith("Navigation:") and line.count(" - ") >= 3 for line in shown[-200:]):
            found.append("a line of navigation")
    return found


def _other_marks(shown: list[str]) -> int:
    """How many headings have the bare word of an edit mark below them, or empty brackets behind."""
    bare = sum(b.lower() in EDIT_BARE and len(a) <= LONG and a[-1] not in ".:;,!?" and not chrome(a) for a, b in itertools.pairwise(shown))
    return max(bare, sum("[" in line and len(line) <= LONG and EMPTY_MARK.fullmatch(line) is not None for line in shown))


def _site(line: str) -> bool:
    return len(line) <= LONG and site(line) is not None
