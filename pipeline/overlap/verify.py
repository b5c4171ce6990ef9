"""The exact measure of a candidate pair, from the full sets of shingles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.overlap.decide import Measure
from pipeline.overlap.fingerprint import Fingerprint
from pipeline.overlap.shingles import SHINGLE

NEAR_JACCARD = 0.7  # edits of 2 % of the words stay above it in 97 to 100 of 100 pairs; of 15 % in none
CONTAINS = 0.8  # share of the smaller document's shingles in the larger; boilerplate reaches it, hence the guards below
REVISED_JACCARD = 0.35  # below it pairs are hardly related; pairs with 15 % of their words edited have .3 in the median
REVISED_CONTAINMENT = 0.55  # more than half of one text stands in the other; where signs are counted as words or not must not decide
MIN_SHARED_WORDS = 40  # `revised` needs a common run of text of this length ...
MIN_SHARED_BLOCKS = 2  # ... or this many equal blocks: less is a shared boilerplate
MIN_WORDS = 8  # documents that share fewer words are nothing to each other, even when they are equal
MIN_REST = 4  # shingles (8 words in a row) that must remain beside boilerplate: less, and a text is judged as a whole
UNKNOWN, TOO_LITTLE = -1, -2  # in place of a number of shared shingles
LOW_BITS = np.uint64(0xFFFF)  # by which a document's shingles are known: of one of two hundred words, .3 % of others seem to be among them
FEW = 4  # documents that are measured one by one sooner than at once
TEMPLATE_JACCARD = 0.9  # documents of boilerplate and a few words are one only above this: stubs differ in those words

U64 = NDArray[np.uint64]

NONE = Measure("", 0.0, 0.0)


class Shingles(NamedTuple):
    """A fingerprint as sorted arrays without repeats, for many comparisons."""

    exact: bytes  # hash of the words of the whole document
    words: int  # words of the document
    strong: U64  # shingles of strong blocks
    weak: U64  # shingles of short blocks alone
    blocks: bytes  # strong blocks, as in the fingerprint: few pairs are asked for them
    basis: U64  # of strong, those that were looked at for boilerplate: all, or a sample
    template: U64  # of basis, those that are boilerplate of the source
    fraction: int  # how many shingles each of the basis stands for


def shingles(print_: Fingerprint, boilerplate: U64 | None = None, fraction: int = 1) -> Shingles:
    """The shingles of a fingerprint; `boilerplate` are those of its source, sorted, of which one in `fraction` is known."""
    strong, weak = _numbers(print_.strong), _numbers(print_.weak)
    basis = strong if fraction == 1 else strong[strong % np.uint64(fraction) == 0]
    template = basis[_among(basis, boilerplate)] if boilerplate is not None else _NOTHING
    return Shingles(print_.exact, print_.words, strong, weak[~_among(weak, strong)], print_.blocks, basis, template, fraction)


def _numbers(data: bytes) -> U64:
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)


_NOTHING = _numbers(b"")


def _among(values: U64, others: U64) -> NDArray[np.bool_]:
    """Which of some sorted values are among other sorted values; the others may be very many."""
    if not len(values) or not len(others):
        return np.zeros(len(values), dtype=bool)
    place = np.searchsorted(others, values)
    place[place == len(others)] = 0
    found: NDArray[np.bool_] = others[place] == values
    return found


def _common(one: U64, two: U64) -> int:
    """How many values two sorted arrays share."""
    if len(one) > len(two):
        one, two = two, one
    # Methods, not functions, of arrays: a large corpus asks this a million times of a few dozen values.
    return int(np.count_nonzero(two.take(two.searchsorted(one), mode="clip") == one)) if len(one) else 0


def measure(one: Shingles, two: Shingles, versions: Callable[[], bool] = lambda: True, common: int = UNKNOWN) -> Measure:
    """Jaccard and containment of two documents, exactly, and the relation that they amount to.

    Both figures count all shingles, headings left out; shared shingles of weak blocks alone are no evidence. Where two documents
    are alike only through boilerplate of their sources, the measure says so, unless `versions` says that they are versions of each
    other. `common` is what `in_common` found.
    """
    if common == TOO_LITTLE:
        return NONE
    if one.exact == two.exact and one.words >= MIN_WORDS:
        return Measure("exact", 1.0, 1.0)
    found = _measure(one, two, one.strong, two.strong, common=common)
    if not found.relation or not (len(one.template) or len(two.template)) or versions():
        return found
    rest_one, rest_two = (_without(_without(x.basis, one.template), two.template) for x in (one, two))
    if min(len(rest_one), len(rest_two)) * one.fraction < MIN_REST:
        alike = found.jaccard >= TEMPLATE_JACCARD
    else:
        alike = bool(_measure(one, two, rest_one, rest_two, one.fraction).relation)
    if alike:
        return found
    return found._replace(template=True) if found.jaccard >= NEAR_JACCARD else NONE


def in_common(one: Shingles, others: Sequence[Shingles]) -> list[int]:
    """How many strong shingles each of some documents shares with one, at once for all.

    TOO_LITTLE where that could be no relation even if they shared all weak ones: so it is with most pages of a template, which are all
    pairs to measure. UNKNOWN where asking one by one is as quick.
    """
    if len(others) < FEW or not len(one.strong):
        return [UNKNOWN] * len(others)
    sizes, weak = (np.array([len(a) for a in arrays]) for arrays in ([o.strong for o in others], [o.weak for o in others]))
    values = np.concatenate([o.strong for o in others])
    # Nearly all values stand in no other document. A table of low bits says so of most of them, at a quarter of the cost of a search.
    table = np.zeros(int(LOW_BITS) + 1, dtype=bool)
    table[(one.strong & LOW_BITS).astype(np.intp)] = True
    places = np.flatnonzero(table.take((values & LOW_BITS).astype(np.intp), mode="clip"))
    found = values[places]
    places = places[one.strong.take(one.strong.searchsorted(found), mode="clip") == found]
    shared = np.diff(np.searchsorted(places, np.cumsum(sizes)), prepend=0)
    most = shared + weak + len(one.weak)
    size, theirs = len(one.strong) + len(one.weak), sizes + weak
    enough = (most >= REVISED_JACCARD * (size + theirs - most)) | (most >= REVISED_CONTAINMENT * np.minimum(size, theirs))
    counts: list[int] = np.where(enough, shared, TOO_LITTLE).tolist()
    return counts


def _without(values: U64, others: U64) -> U64:
    return values[~_among(values, others)]


def _measure(one: Shingles, two: Shingles, strong_one: U64, strong_two: U64, fraction: int = 1, common: int = UNKNOWN) -> Measure:
    common = _common(strong_one, strong_two) if common == UNKNOWN else common
    run = common * fraction + SHINGLE - 1  # shingles that follow one another: as many words and four more
    if run < MIN_WORDS:
        return NONE
    size_one, size_two = len(strong_one) + len(one.weak), len(strong_two) + len(two.weak)
    shared = common + _common(one.weak, two.weak) + _common(one.weak, strong_two) + _common(strong_one, two.weak)
    jaccard = shared / (size_one + size_two - shared)
    containment = shared / min(size_one, size_two)
    relation = _close(jaccard, containment, size_one >= size_two) or _distant(one, two, jaccard, containment, run)
    return Measure(relation, jaccard, containment)


def _close(jaccard: float, containment: float, larger: bool) -> str:
    """Relations in which nearly all of one document stands in the other."""
    if jaccard >= NEAR_JACCARD:
        return "near"
    return ("contains" if larger else "contained") if containment >= CONTAINS else ""


def _distant(one: Shingles, two: Shingles, jaccard: float, containment: float, run: int) -> str:
    """The relation of two documents that share a good part; a short common part is boilerplate, not kinship."""
    if jaccard < REVISED_JACCARD and containment < REVISED_CONTAINMENT:
        return ""
    return "revised" if run >= MIN_SHARED_WORDS or _common(_numbers(one.blocks), _numbers(two.blocks)) >= MIN_SHARED_BLOCKS else ""
