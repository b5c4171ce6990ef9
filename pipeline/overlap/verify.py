"""The exact measure of a candidate pair, from the full sets of shingles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.overlap.decide import Measure
from pipeline.overlap.fingerprint import SHINGLE, Fingerprint

NEAR_JACCARD = 0.7  # edits of 2 % of the words stay above it in 97 to 100 of 100 pairs; of 15 % in none
CONTAINS = 0.8  # share of the smaller document's shingles in the larger; boilerplate reaches it, hence the guards below
REVISED_JACCARD = 0.3  # below it pairs are unrelated; the median of pairs with 15 % of their words edited
REVISED_CONTAINMENT = 0.5  # half of one text stands in the other
MIN_SHARED_WORDS = 40  # `revised` needs a common run of text of this length ...
MIN_SHARED_BLOCKS = 2  # ... or this many equal blocks: less is a shared boilerplate
MIN_WORDS = 8  # documents that share fewer words are nothing to each other, even when they are equal

MIN_REST = 4  # shingles (8 words in a row) that must remain beside boilerplate: less, and a text is judged as a whole
TEMPLATE_JACCARD = 0.9  # documents of boilerplate and a few words are one only above this: stubs differ in those words

U64 = NDArray[np.uint64]

NONE = Measure("", 0.0, 0.0)


def measure(one: Fingerprint, two: Fingerprint, boilerplate: U64 | None = None) -> Measure:
    """Jaccard and containment of two documents, exactly, and the relation that they amount to.

    Both figures count all shingles, headings left out; shared shingles of weak blocks alone are no evidence. `boilerplate`
    (sorted shingles) is left out of both documents first. Where hardly anything of one of them remains, they are judged as a whole,
    and only near-equality counts.
    """
    strong_one, strong_two = _array(one.strong), _array(two.strong)
    if one.exact == two.exact and one.words >= MIN_WORDS:
        return Measure("exact", 1.0, 1.0)
    if boilerplate is not None:
        rest_one, rest_two = (np.setdiff1d(a, boilerplate, assume_unique=True) for a in (strong_one, strong_two))
        if min(len(rest_one), len(rest_two)) < MIN_REST:
            whole = measure(one, two)
            return whole if whole.jaccard >= TEMPLATE_JACCARD else NONE
        strong_one, strong_two = rest_one, rest_two
    common = _shared(strong_one, strong_two)
    run = common + SHINGLE - 1  # shingles that follow one another: as many words and four more
    a, b = _union(strong_one, one.weak), _union(strong_two, two.weak)
    shared = _shared(a, b)
    if not common or run < MIN_WORDS:
        return NONE
    jaccard = shared / (len(a) + len(b) - shared)
    containment = shared / min(len(a), len(b))
    relation = _close(jaccard, containment, len(a) >= len(b)) or _distant(one, two, jaccard, containment, run)
    return Measure(relation, jaccard, containment)


def _close(jaccard: float, containment: float, larger: bool) -> str:
    """Relations in which nearly all of one document stands in the other."""
    if jaccard >= NEAR_JACCARD:
        return "near"
    return ("contains" if larger else "contained") if containment >= CONTAINS else ""


def _distant(one: Fingerprint, two: Fingerprint, jaccard: float, containment: float, run: int) -> str:
    """The relation of two documents that share a good part; a short common part is boilerplate, not kinship."""
    if jaccard < REVISED_JACCARD and containment < REVISED_CONTAINMENT:
        return ""
    if run >= MIN_SHARED_WORDS or _shared(_array(one.blocks), _array(two.blocks)) >= MIN_SHARED_BLOCKS:
        return "revised"
    return ""


def _shared(one: U64, two: U64) -> int:
    return len(np.intersect1d(one, two, assume_unique=True))


def _union(strong: U64, weak: bytes) -> U64:
    return np.union1d(strong, _array(weak)) if weak else strong


def _array(data: bytes) -> U64:
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)
