"""The one file that knows pyromark: Markdown to passages.

CommonMark with tables, footnotes and tasks; for notes also wikilinks and math. Where pyromark has no wheel for a machine,
markdown-it-py reads the same text, more slowly and without footnotes and math.
"""

from __future__ import annotations

from typing import Any

try:
    import pyromark
except ImportError:  # pragma: no cover - a machine without a wheel
    pyromark = None  # type: ignore[assignment]  # what stands in for it is asked below

from pipeline.parsers.obsidian.passages import Passage
from pipeline.parsers.obsidian.walker import Walker

PLAIN: Any = None
OBSIDIAN: Any = None
if pyromark is not None:
    _OPTIONS = pyromark.Options
    PLAIN = _OPTIONS.ENABLE_TABLES | _OPTIONS.ENABLE_FOOTNOTES | _OPTIONS.ENABLE_TASKLISTS | _OPTIONS.ENABLE_STRIKETHROUGH
    OBSIDIAN = PLAIN | _OPTIONS.ENABLE_WIKILINKS | _OPTIONS.ENABLE_MATH


def passages(text: str, dialect: bool, normal: bool) -> list[Passage]:
    """The leaf blocks of a Markdown text in order; byte ranges count the UTF-8 form of `text`.

    `dialect` reads wikilinks and math, and keeps line ends inside paragraphs, as Obsidian shows them; without it they are spaces.
    `normal` says that the character policy leaves the whole text as it is.
    """
    events: Any
    if pyromark is not None:
        events = pyromark.events_with_range(text, options=OBSIDIAN if dialect else PLAIN)
    else:
        from pipeline.parsers.obsidian import fallback

        events = fallback.events(text, dialect)
    return Walker(text, "\n" if dialect else " ", normal).walk(events)
