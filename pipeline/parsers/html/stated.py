"""Main content that a page states for machines only: the body of an article, a product's description, a thread's posts in JSON-LD.

Shops and pages drawn by scripts often hold their text nowhere else. It is asked for only where the visible page gives little, and
only what no passage of the page says already is taken.
"""

from __future__ import annotations

from typing import Final

from pipeline.parsers.html import drivers, jsonld
from pipeline.parsers.html.hints import copied, letters
from pipeline.parsers.html.page import Page

ASK_BELOW: Final = 0.7  # expected F1 of the visible choice below which stated text is asked for (above, it repeats more than it adds)
MIN_LETTERS: Final = 80  # of a stated text: shorter ones are labels


def texts(page: Page) -> list[str]:
    """Passages of the stated texts that are not on the page, in their order."""
    bodies = jsonld.texts(page)
    if not bodies:
        return []
    visible = letters(" ".join(page.text))
    out: list[str] = []
    for body in bodies:
        passages = drivers.read(body).text
        text = letters("".join(passages))
        if len(text) >= MIN_LETTERS and not copied(text, visible):
            out += passages
    return out
