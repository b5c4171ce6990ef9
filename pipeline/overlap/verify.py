"""The exact measure of a candidate pair, from the full sets of shingles."""

from __future__ import annotations

from typing import NamedTuple

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


class Sets(NamedTuple):
    """A fingerprint as sets, for many comparisons."""

    exact: bytes  # hash of the whole normal form
    words: int  # words of the document
    strong: frozenset[int]  # shingles of strong blocks
    weak: frozenset[int]  # shingles of short blocks
    blocks: frozenset[int]  # strong blocks
    basis: frozenset[int]  # of strong, those that were looked at for boilerplate: all, or a sample
    template: frozenset[int]  # of basis, those that are boilerplate of the source
    fraction: int  # how many shingles each of the basis stands for


def sets(print_: Fingerprint, boilerplate: U64 | None = None, fraction: int = 1) -> Sets:
    """The sets of a fingerprint; `boilerplate` are the sorted boilerplate shingles of its source, of which one in `fraction` is known."""
    strong = np.frombuffer(print_.strong, dtype="<u8")
    template = strong[np.isin(strong, boilerplate, assume_unique=True)].tolist() if boilerplate is not None else []
    weak, blocks = np.frombuffer(print_.weak, dtype="<u8"), np.frombuffer(print_.blocks, dtype="<u8")
    whole = frozenset(strong.tolist())
    basis = whole if fraction == 1 else frozenset(strong[strong % np.uint64(fraction) == 0].tolist())
    rest = frozenset(weak.tolist()) - whole
    return Sets(print_.exact, print_.words, whole, rest, frozenset(blocks.tolist()), basis, frozenset(template), fraction)


def measure(one: Sets, two: Sets, versions: bool = True) -> Measure:
    """Jaccard and containment of two documents, exactly, and the relation that they amount to.

    Both figures count all shingles, headings left out; shared shingles of weak blocks alone are no evidence. Where two documents
    that are not `versions` of each other are alike only through boilerplate of their sources, the measure says so.
    """
    if one.exact == two.exact and one.words >= MIN_WORDS:
        return Measure("exact", 1.0, 1.0)
    found = _measure(one, two, one.strong, two.strong)
    if not found.relation or versions or not (one.template or two.template):
        return found
    template = one.template | two.template
    rest_one, rest_two = one.basis - template, two.basis - template
    if min(len(rest_one), len(rest_two)) * one.fraction < MIN_REST:
        alike = found.jaccard >= TEMPLATE_JACCARD
    else:
        alike = bool(_measure(one, two, rest_one, rest_two, one.fraction).relation)
    if alike:
        return found
    return found._replace(template=True) if found.jaccard >= NEAR_JACCARD else NONE


def _measure(one: Sets, two: Sets, strong_one: frozenset[int], strong_two: frozenset[int], fraction: int = 1) -> Measure:
    common = len(strong_one & strong_two)
    run = common * fraction + SHINGLE - 1  # shingles that follow one another: as many words and four more
    if not common or run < MIN_WORDS:
        return NONE
    size_one, size_two = len(strong_one) + len(one.weak), len(strong_two) + len(two.weak)
    shared = common + len(one.weak & two.weak) + len(one.weak & strong_two) + len(strong_one & two.weak)
    jaccard = shared / (size_one + size_two - shared)
    containment = shared / min(size_one, size_two)
    relation = _close(jaccard, containment, size_one >= size_two) or _distant(one, two, jaccard, containment, run)
    return Measure(relation, jaccard, containment)


def _close(jaccard: float, containment: float, larger: bool) -> str:
    """Relations in which nearly all of one document stands in the other."""
    if jaccard >= NEAR_JACCARD:
        return "near"
    return ("contains" if larger else "contained") if containment >= CONTAINS else ""


def _distant(one: Sets, two: Sets, jaccard: float, containment: float, run: int) -> str:
    """The relation of two documents that share a good part; a short common part is boilerplate, not kinship."""
    if jaccard < REVISED_JACCARD and containment < REVISED_CONTAINMENT:
        return ""
    return "revised" if run >= MIN_SHARED_WORDS or len(one.blocks & two.blocks) >= MIN_SHARED_BLOCKS else ""
