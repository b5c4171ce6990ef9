"""The exact measure of a candidate pair, from the full sets of shingles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.overlap.fingerprint import SHINGLE, Fingerprint

NEAR_JACCARD = 0.7  # edits of 2 % of the words stay above it in 97 to 100 of 100 pairs; of 15 % in none
CONTAINS = 0.8  # share of the smaller document's shingles in the larger; boilerplate reaches it, hence the guards below
REVISED_JACCARD = 0.3  # below it pairs are unrelated; the median of pairs with 15 % of their words edited
REVISED_CONTAINMENT = 0.5  # half of one text stands in the other
MIN_SHARED_WORDS = 40  # a link needs a common run of text of this length ...
MIN_SHARED_BLOCKS = 2  # ... or this many equal blocks
MIN_EXACT_WORDS = 8  # documents with fewer words are not the same for being equal


class Measure(NamedTuple):
    """How two documents overlap."""

    relation: str  # exact | contains | contained | near | revised, read as: the first <relation> the second; empty for none
    jaccard: float  # shared shingles over all shingles
    containment: float  # shared shingles over those of the smaller document


NONE = Measure("", 0.0, 0.0)


def measure(one: Fingerprint, two: Fingerprint) -> Measure:
    """Jaccard and containment of two documents, exactly, and the relation that they amount to.

    Both figures count all shingles, headings left out. A relation needs MIN_SHARED_WORDS in shared shingles of strong blocks or
    MIN_SHARED_BLOCKS equal strong blocks, unless the two are equal.
    """
    a, b = _all(one), _all(two)
    shared = len(np.intersect1d(a, b, assume_unique=True))
    if not shared:
        return NONE
    jaccard = shared / (len(a) + len(b) - shared)
    containment = shared / min(len(a), len(b))
    if one.exact == two.exact:
        return Measure("exact" if one.words >= MIN_EXACT_WORDS else "", 1.0, 1.0)
    if not _is_evidence(one, two):
        return Measure("", jaccard, containment)
    return Measure(_relation(jaccard, containment, len(a), len(b)), jaccard, containment)


def _relation(jaccard: float, containment: float, size_one: int, size_two: int) -> str:
    if jaccard >= NEAR_JACCARD:
        return "near"
    if containment >= CONTAINS:
        return "contains" if size_one >= size_two else "contained"
    if jaccard >= REVISED_JACCARD or containment >= REVISED_CONTAINMENT:
        return "revised"
    return ""


def _is_evidence(one: Fingerprint, two: Fingerprint) -> bool:
    strong = len(np.intersect1d(_array(one.strong), _array(two.strong), assume_unique=True))
    if strong + SHINGLE - 1 >= MIN_SHARED_WORDS:
        return True
    return len(np.intersect1d(_array(one.blocks), _array(two.blocks), assume_unique=True)) >= MIN_SHARED_BLOCKS


def _all(print_: Fingerprint) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.union1d(_array(print_.strong), _array(print_.weak)) if print_.weak else _array(print_.strong)


def _array(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)
