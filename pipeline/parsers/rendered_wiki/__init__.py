"""Pages of a MediaWiki wiki saved as text: the words of the page with what the skin writes around them.

`page.py` has the order of the steps, `furniture.toml` the phrases of the skin.
"""

from __future__ import annotations

import re

from pipeline.model import Document, RawDocument

NAME = "rendered_wiki"
VERSION = "7"
MEDIA_TYPE = "text/plain"
IDENTITY: tuple[str, ...] = ("url", "title", "path")

MIN_VOTES = 2  # signs of a wiki's skin that a text must show: one alone stands in many a plain text
_MARKUP = re.compile(r"\A\ufeff?\s*<(?:!doctype|html|\?xml|head|body)|\{\{[^{}\n]{1,80}\||'''|^---\s*$", re.I | re.M)


def detect(head: str, path: str) -> tuple[float, list[str]]:  # noqa: ARG001  # the protocol's signature
    """How much a text looks like a saved wiki page: by votes, each a phrase that only a wiki's skin writes."""
    from pipeline.parsers.rendered_wiki.votes import votes

    if head.lstrip()[:1] in ("<", ""):
        return 0.0, []
    reasons = votes(head)
    if len(reasons) < MIN_VOTES:
        return 0.0, []
    score = min(0.95, 0.4 + 0.15 * len(reasons))
    if _MARKUP.search(head[:4000]):
        return max(0.0, score - 0.35), [*reasons, "against: markup of another format"]
    return score, reasons


def parse(raw: RawDocument) -> Document:
    """The cleaned page; never raises on content."""
    from pipeline.parsers.rendered_wiki.page import parse as run

    return run(raw)
