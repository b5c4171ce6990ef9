"""Main content that a page states for machines only: the body of an article, a product's description, a thread's posts in JSON-LD.

Shops and pages drawn by scripts often hold their text nowhere else. It is asked for only where the visible page gives little, and
only what no passage of the page says already is taken.
"""

from __future__ import annotations

from typing import Final

from pipeline.parsers.html import drivers, jsonld
from pipeline.parsers.html.hints import letters
from pipeline.parsers.html.page import Page

ASK_BELOW: Final = 0.7  # expected F1 of the visible choice below which stated text is asked for (above, it repeats more than it adds)
MIN_LETTERS: Final = 80  # of a stated text: shorter ones are labels
SAMPLE: Final = 40  # letters of a sample; a text of which any sample is on the page is taken for visible
SAMPLES: Final = 5


def texts(page: Page) -> list[str]:
    """Passages of the stated texts that are not on the page, in their order."""
    bodies = jsonld.texts(page)
    if not bodies:
        return []
    visible = letters(" ".join(page.text))
    out: list[str] = []
    for body in bodies:
        passages = drivers.read(body).text
        if _is_new(letters("".join(passages)), visible):
            out += passages
    return out


def _is_new(text: str, visible: str) -> bool:
    if len(text) < MIN_LETTERS:
        return False
    step = max(1, (len(text) - SAMPLE) // (SAMPLES - 1))
    return not any(text[at : at + SAMPLE] in visible for at in range(0, len(text) - SAMPLE + 1, step))
