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
LINE_NEAR = 0.25  # the same for a passage that the truth has word for word elsewhere than the page: entries of lists come in another order
LINE_KIN = 0.3  # or share of covered words in passages whose containers have the same tags and classes
LINE_WORDS = 40  # words of such a passage at most
WHOLE = 0.1  # both, where the passage is a line of the truth or a part of one between its signs
PROSE_WORDS = 12  # words from which a passage may be prose
CUT_WORDS = 0.15  # words of prose behind the end of a truth, by those of the truth, that say that it was cut
CUT_PASSAGES = 3  # passages in which they stand at least

_WORD = re.compile(r"\w+")
_PARTS = re.compile(r"[|·•–—,:;\t\n]| - ")

Array = npt.NDArray[Any]


def tokens(text: str) -> list[str]:
    """Lower-case words."""
    return _WORD.findall(text.lower())


def labels(texts: list[str], truth: str, kin: list[int] | None = None) -> tuple[Array, Array]:
    """(share of each passage's words that the truth covers, words of each passage).

    `kin` numbers passages alike where their containers have the same tags and classes.
    """
    words = [tokens(text) for text in texts]
    sizes = np.array([len(w) for w in words], float)
    stream = [w for passage in words for w in passage]
    wanted = tokens(truth)
    if not stream or not wanted:
        return np.zeros(len(texts)), sizes
    passage_of = np.repeat(np.arange(len(texts)), sizes.astype(int))
    covered = _covered(stream, wanted)
    share = np.bincount(passage_of, covered, len(texts)) / np.maximum(sizes, 1)
    share = _with_short_ones(words, sizes, share, stream, covered, wanted)
    return (share if kin is None else _with_lines(words, sizes, share, truth, np.array(kin))), sizes


def cut_off(share: Array, sizes: Array, linked: list[bool], kin: list[int]) -> Array:
    """Passages behind the end of a truth that was cut short: prose like that which it has goes on, and says nothing of what is wanted.

    `linked` are passages that consist of links; the truth was drafted by a model that may stop before a long page does.
    """
    out = np.zeros(len(share), bool)
    covered = (share > 0.5) & (sizes >= PROSE_WORDS)
    if covered.any():
        last = int(np.flatnonzero(covered)[-1])
        like = {kin[i] for i in np.flatnonzero(covered)}
        on = [i for i in range(last + 1, len(share)) if sizes[i] >= PROSE_WORDS and kin[i] in like and not linked[i]]
        if len(on) >= CUT_PASSAGES and sizes[on].sum() >= CUT_WORDS * float((share * sizes).sum()):
            out[last + 1 : on[-1] + 1] = True
    return out


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
    near = _near(share * sizes, sizes)
    joined = " " + " ".join(wanted) + " "
    out = share.copy()
    for i in np.argsort(-np.round(near, 6), kind="stable"):
        if 0 < sizes[i] < GRAM and out[i] < 1 and near[i] > SHORT_NEAR and f" {' '.join(words[i])} " in joined:
            need = Counter(words[i])
            if all(left[w] >= k for w, k in need.items()):
                left.subtract(need)
                out[i] = 1
    return out


def _with_lines(words: list[list[str]], sizes: Array, share: Array, truth: str, kin: Array) -> Array:
    """Passages that the truth has word for word in another order: taken where their surroundings or their kin are covered."""
    wanted = tokens(truth)
    joined = " " + " ".join(wanted) + " "
    lines = {" ".join(tokens(line)) for line in (*truth.split("\n"), *_PARTS.split(truth))}
    out = share.copy()
    left: Counter[str] = Counter(wanted)
    for passage, part in zip(words, share, strict=True):
        for word in passage:
            left[word] -= part
    for _ in range(2):  # what the first round takes vouches for its neighbours in the second
        near, alike = _near(out * sizes, sizes), _alike(out * sizes, sizes, kin)
        best = np.round(np.maximum(near, alike), 6)
        for i in np.argsort(-best, kind="stable"):
            if not 0 < sizes[i] <= LINE_WORDS or out[i] >= 0.5:
                continue
            phrase = " ".join(words[i])
            whole = phrase in lines
            if (near[i] > LINE_NEAR or alike[i] > LINE_KIN or (whole and best[i] > WHOLE)) and (whole or f" {phrase} " in joined):
                need = {word: count * (1 - out[i]) for word, count in Counter(words[i]).items()}
                if all(left[word] >= count - 0.5 for word, count in need.items()):
                    for word, count in need.items():
                        left[word] -= count
                    out[i] = 1
    return out


def _near(covered: Array, sizes: Array) -> Array:
    """Share of covered words in a passage and the three to each side."""
    window = np.ones(7)
    return np.convolve(np.pad(covered, 3), window, "valid") / np.maximum(np.convolve(np.pad(sizes, 3), window, "valid"), 1)


def _alike(covered: Array, sizes: Array, kin: Array) -> Array:
    """Share of covered words in the other passages of the same kin."""
    _, group = np.unique(kin, return_inverse=True)
    return (np.bincount(group, covered)[group] - covered) / np.maximum(np.bincount(group, sizes)[group] - sizes, 1)


def word_f1(predicted: Counter[str], truth: Counter[str]) -> float:
    """F1 of two bags of words; an empty truth is met by nothing."""
    have, want = sum(predicted.values()), sum(truth.values())
    if not want:
        return float(not have)
    both = sum((predicted & truth).values())
    return 2 * both / (have + want) if both else 0.0
