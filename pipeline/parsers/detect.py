"""Which format a document is in, with reasons. A tie or a low score is for the caller to refuse, never to guess."""

from __future__ import annotations

from pipeline.model import Detection
from pipeline.parsers import FORMATS

HEAD = 65536  # code points that detectors look at: bounds their cost, and a dialect shows itself earlier
MIN_SCORE = 0.3  # below it a document is quarantined with the scores: guessing wrong costs the whole document
MIN_LEAD = 0.1  # how far the best must be ahead of the next


def rank(text: str, path: str) -> list[Detection]:
    """Every format that sees any evidence, best first; equal scores in the order of the registry."""
    head = text[:HEAD]
    found = []
    for name, parser in FORMATS.items():
        score, reasons = parser.detect(head, path)
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
