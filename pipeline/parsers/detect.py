"""Which format a document is in, with reasons. A tie or a low score is for the caller to refuse, never to guess."""

from __future__ import annotations

import re

from pipeline.model import Detection
from pipeline.parsers import FORMATS

HEAD = 65536  # code points that detectors look at: bounds their cost, and a dialect shows itself earlier
MIN_SCORE = 0.3  # below it a document is quarantined with the scores: guessing wrong costs the whole document
MIN_LEAD = 0.1  # how far the best must be ahead of the next
FOREIGN = 0.2  # score of a page or a text that is XML of another vocabulary: read as one, its words would run together
_ROOT = re.compile(r"\s*<\?xml\b[^<>]{0,200}\?>\s*(?:<!--.{0,2000}?-->\s*|<\?[^<>]{0,500}\?>\s*|<![^<>\[]{0,500}>\s*)*<([\w:.-]+)", re.S)
_PAGE_ROOTS = frozenset("html head body main section div p span h1 h2 h3 ul ol dl table".split())


def rank(text: str, path: str) -> list[Detection]:
    """Every format that sees any evidence, best first; equal scores in the order of the registry.

    >>> [(d.format, d.reasons) for d in rank("<?xml version='1.0'?><TEI><p>Two words.</p></TEI>", "a.xml")][0]
    ('html', ['XML of another kind: <TEI>'])
    """
    head = text[:HEAD]
    root = _ROOT.match(head)
    foreign = root[1] if root and root[1].lower() not in _PAGE_ROOTS else ""
    found = []
    for name, parser in FORMATS.items():
        score, reasons = parser.detect(head, path)
        if foreign and name in ("html", "text"):
            score, reasons = min(score, FOREIGN), [f"XML of another kind: <{foreign}>"]
        if score > 0:
            found.append(Detection(name, round(min(score, 1.0), 3), reasons))
    return sorted(found, key=lambda d: -d.score)


def choose(found: list[Detection]) -> str:
    """The name of the format that is clearly best, empty where none is."""
    if not found or found[0].score < MIN_SCORE:
        return ""
    if len(found) > 1 and found[0].score - found[1].score < MIN_LEAD:
        return ""
    return found[0].format
