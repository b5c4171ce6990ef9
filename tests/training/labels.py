"""Which passages of a page the wanted text consists of: labels for training, and the score of a choice of passages."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

GRAM = 4  # words that must stand in the truth side by side for a passage's words to count as covered
NEAR = 80  # words to each side that decide which of several copies of a passage is meant
SHORT_NEAR = 0.4  # share of covered words around a passage shorter than GRAM above which it may be taken

_WORD = re.compile(r"\w+")

Array = npt.NDArray[Any]


def tokens(text: str) -> list[str]:
    """Lower-case words."""
    return _WORD.findall(text.lower())


def labels(texts: list[str], truth: str) -> tuple[Array, Array]:
    """(share of each passage's words that the truth covers, words of each passage)."""
    words = [tokens(text) for text in texts]
    sizes = np.array([len(w) for w in words], float)
    stream = [w for passage in words for w in passage]
    wanted = tokens(truth)
    if not stream or not wanted:
        return np.zeros(len(texts)), sizes
    passage_of = np.repeat(np.arange(len(texts)), sizes.astype(int))
    covered = _covered(stream, wanted)
    share = np.bincount(passage_of, covered, len(texts)) / np.maximum(sizes, 1)
    return _with_short_ones(words, sizes, share, stream, covered, wanted), sizes


def _covered(stream: list[str], wanted: list[str]) -> Array:
    """Which words of the page belong to the truth; of several copies the one in the densest surroundings."""
    grams = [tuple(stream[i : i + GRAM]) for i in range(max(1, len(stream) - GRAM + 1))]
    budget = Counter(tuple(wanted[i : i + GRAM]) for i in range(max(1, len(wanted) - GRAM + 1)))
    hit = np.array([gram in budget for gram in grams])
    maybe = np.zeros(len(stream), bool)
    for shift in range(GRAM):
        maybe[shift : shift + len(hit)] |= hit[: len(stream) - shift]
    sums = np.concatenate(([0], np.cumsum(maybe)))
    at = np.arange(len(grams))
    low, high = np.maximum(at - NEAR, 0), np.minimum(at + NEAR, len(stream))
    density = np.round((sums[high] - sums[low]) / (high - low), 2)
    covered = np.zeros(len(stream), bool)
    for i in sorted(np.flatnonzero(hit), key=lambda i: (-density[i], i)):
        if budget[grams[i]] > 0:
            budget[grams[i]] -= 1
            covered[i : i + GRAM] = True
    return covered


def _with_short_ones(words: list[list[str]], sizes: Array, share: Array, stream: list[str], covered: Array, wanted: list[str]) -> Array:
    """Passages too short for any gram: taken where the truth still has their words and their surroundings are covered."""
    left = Counter(wanted)
    left.subtract(Counter(w for w, c in zip(stream, covered, strict=True) if c))
    window = np.ones(7)
    near = np.convolve(np.pad(share * sizes, 3), window, "valid") / np.maximum(np.convolve(np.pad(sizes, 3), window, "valid"), 1)
    joined = " " + " ".join(wanted) + " "
    out = share.copy()
    for i in np.argsort(-np.round(near, 6), kind="stable"):
        if 0 < sizes[i] < GRAM and out[i] < 1 and near[i] > SHORT_NEAR and f" {' '.join(words[i])} " in joined:
            need = Counter(words[i])
            if all(left[w] >= k for w, k in need.items()):
                left.subtract(need)
                out[i] = 1
    return out


def word_f1(predicted: Counter[str], truth: Counter[str]) -> float:
    """F1 of two bags of words; an empty truth is met by nothing."""
    have, want = sum(predicted.values()), sum(truth.values())
    if not want:
        return float(not have)
    both = sum((predicted & truth).values())
    return 2 * both / (have + want) if both else 0.0
