"""Main content that a page states for machines only: the body of an article, a product's description, a thread's posts in JSON-LD.

Shops and pages drawn by scripts often hold their text nowhere else. It is asked for only where the visible page gives little, and
only what no passage of the page says already is taken.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pipeline.parsers.html import drivers, jsonld
from pipeline.parsers.html.hints import copied, letters
from pipeline.parsers.html.page import Page

ASK_BELOW: Final = 0.7  # expected F1 of the visible choice below which stated text is asked for (above, it repeats more than it adds)
MIN_LETTERS: Final = 80  # of a stated text: shorter ones are labels
BARE: Final = 400  # letters of a page's own text below which a script draws it: then the data it draws from is read
LEAST_DRAWN: Final = 500  # letters of such data together from which they are taken for what the page shows: less is a teaser or a label
_MARKUP = re.compile(r"<(?:p|h[1-6]|li|div|br)\b", re.I)


def _drawn(page: Page) -> list[str]:
    """Texts with markup in the data that a script draws a page from (`__NEXT_DATA__` and its like), in their order, each once.

    Data holds much else: names, addresses, other pages' titles. A text that carries its own paragraphs was written to be shown.
    """
    found: dict[str, None] = {}
    waiting: list[Any] = [value for kind, script in page.data_scripts if kind != jsonld.MEDIA_TYPE for value in jsonld.load(script)]
    waiting.reverse()
    for _ in range(jsonld.MAX_NODES):
        if not waiting or len(found) >= jsonld.MAX_TEXTS:
            break
        value = waiting.pop()
        if isinstance(value, str):
            if len(value) >= MIN_LETTERS and _MARKUP.search(value):
                found[value] = None
        elif isinstance(value, (list, dict)):
            waiting += reversed(list(value.values() if isinstance(value, dict) else value)[: jsonld.MAX_NODES])
    return list(found) if sum(map(len, map(letters, found))) >= LEAST_DRAWN else []


def texts(page: Page) -> list[str]:
    """Passages of the stated texts that are not on the page, in their order."""
    visible = letters(" ".join(page.text))
    bodies = jsonld.texts(page) or (_drawn(page) if len(visible) < BARE else [])
    out: list[str] = []
    for body in bodies:
        passages = drivers.read(body).text
        text = letters("".join(passages))
        if len(text) >= MIN_LETTERS and not copied(text, visible):
            out += passages
    return out
