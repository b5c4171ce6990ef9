"""The top of a page copied out of Fandom's skins: its title stands below the menus and the categories, above the tabs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.parsers.rendered_wiki import furniture as f

MAX_TABS_AWAY = 80  # lines between the label of the categories and the tabs: categories, the title, other languages
MIN_TABS = 2  # tabs that follow one another: "Edit", "History", "Talk (3)"
LEAD_LINES = 8  # lines below the tabs in which the title comes again: in the box, in the first sentence

_PAGES = re.compile(r"[\d.,\u202f\xa0 ]+ \w+")  # "16,878 Pages", below the wiki's name


class Top(NamedTuple):
    """Places among the lines given."""

    title: int
    end: int  # the first line below the tabs
    site: str


def _edits(line: str) -> bool:
    """Whether a tab leads to the editor; for visitors of some wikis by way of the login."""
    return line.lower() in f.EDIT_BARE or line.lower().rpartition(" ")[2] in f.EDIT_BARE


def top(shown: Sequence[str]) -> Top | None:
    """Where a title stands below menus; None where the lines do not begin as Fandom's do.

    >>> top(["Games", "Low Wiki", "1,200 Pages", "in:", "Rivers", "Low Mere", "Deutsch", "Edit", "History", "Talk (2)", "The Low Mere is."])
    Top(title=5, end=10, site='Low Wiki')
    """
    label = next((i for i, line in enumerate(shown) if f.LISTED_IN.fullmatch(line)), -1)
    if label < 0:
        return None
    last = min(len(shown), label + MAX_TABS_AWAY)
    tabs = next((i for i in range(label + 2, last) if _edits(shown[i]) and all(map(f.chrome, shown[i : i + MIN_TABS]))), -1)
    if tabs < 0:
        return None
    end = tabs
    while end < len(shown) and f.chrome(shown[end]):
        end += 1
    lead = "\n".join(shown[end : end + LEAD_LINES]).lower()
    title = next((i for i in range(tabs - 1, label, -1) if len(shown[i]) > 1 and shown[i].lower() in lead), tabs - 1)
    site = next((shown[i - 1] for i in range(1, label) if _PAGES.fullmatch(shown[i]) and shown[i][0].isdigit()), "")
    return Top(title, end, site)
