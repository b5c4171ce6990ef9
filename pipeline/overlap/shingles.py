"""Word shingles and whole passages of many documents, as sorted arrays of hashes for each document."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.overlap.hashing import I64, U64, Hashed, mixed

SHINGLE = 5  # words a shingle; 3 links unrelated medical prose, 8 misses edited sentences (docs/decisions/0002-overlap.md)
STRONG_WORDS = 8  # a block with fewer words starts no link: menus and stubs of sentences recur everywhere
_MULTIPLIER = np.uint64(0x9FB21C651E98DF25)  # odd base of a polynomial over word hashes


def of_owners(words: Hashed, owners: Sequence[int], documents: int) -> tuple[list[bytes], list[bytes]]:
    """For every document its distinct sorted shingles of strong blocks, and of weak ones; `owners` has the document of each passage."""
    values, passage = _rolled(words.words, words.lengths)
    # Slot 2d holds the strong shingles of document d, slot 2d + 1 its weak ones.
    slots = (2 * np.array(owners, dtype=np.int64) + (words.lengths < STRONG_WORDS))[passage]
    cut = distinct(values, slots, 2 * documents)
    return cut[::2], cut[1::2]


class Wholes(NamedTuple):
    """Whole passages of documents."""

    words: list[int]  # of each document
    exact: list[bytes]  # 16-byte hash of each document
    strong: list[bytes]  # for each document the distinct sorted hashes of its strong blocks


def wholes(words: Hashed, owners: Sequence[int], documents: int) -> Wholes:
    """The hash of every document, and of its strong blocks, from the words of its passages; `owners` ascend."""
    data = words.words.tobytes()
    lengths = words.lengths
    of = np.array(owners, dtype=np.int64)
    ends = (8 * np.cumsum(lengths)).tolist()
    digests = [blake2b(data[a:b], digest_size=16).digest() for a, b in pairwise([0, *ends]) if a < b]
    worded = lengths > 0
    cut = np.searchsorted(of[worded], np.arange(documents + 1)).tolist()
    exact = [digests[a] if b - a == 1 else blake2b(b"".join(digests[a:b]), digest_size=16).digest() for a, b in pairwise(cut)]
    firsts = np.frombuffer(b"".join(digests), dtype="<u8")[::2]
    strong = lengths[worded] >= STRONG_WORDS
    counts = np.bincount(of, lengths, documents).astype(np.int64).tolist()
    return Wholes(counts, exact, distinct(firsts[strong], of[worded][strong], documents))


def _rolled(words: U64, lengths: I64) -> tuple[U64, I64]:
    """All word SHINGLE-grams inside passages as hashes, and the passage of each; a passage shorter than a shingle is one shingle."""
    passage = np.repeat(np.arange(len(lengths)), lengths)
    n = max(0, len(words) - SHINGLE + 1)
    rolled = words[:n].copy()
    for step in range(1, SHINGLE):
        rolled *= _MULTIPLIER
        rolled += words[step : step + n]
    inside = passage[:n] == passage[SHINGLE - 1 :][:n]
    short = np.flatnonzero((lengths < SHINGLE) & (lengths > 0))
    starts = np.cumsum(lengths)[short] - lengths[short]
    brief = np.zeros(len(short), dtype=np.uint64)
    for step in range(SHINGLE - 1):
        longer = lengths[short] > step
        brief[longer] = brief[longer] * _MULTIPLIER + words[starts[longer] + step]
    brief += lengths[short].astype(np.uint64)
    return mixed(np.concatenate((rolled[inside], brief))), np.concatenate((passage[:n][inside], short))


def distinct(values: U64 | Sequence[int], slots: I64 | Sequence[int], count: int) -> list[bytes]:
    """The distinct values of each of `count` slots, sorted, as little-endian bytes."""
    values, slots = np.asarray(values, dtype=np.uint64), np.asarray(slots, dtype=np.int64)
    if (slots[1:] < slots[:-1]).any():
        # Numbers of two bytes are sorted by counting, many times as fast; then each slot by itself, in place.
        narrow: NDArray[np.uint16] | I64 = slots.astype(np.uint16) if count <= 1 << 16 else slots
        order = np.argsort(narrow, kind="stable")
        values, slots = values[order], slots[order]
    else:
        values = values.copy()
    edges = np.searchsorted(slots, np.arange(count + 1))
    for start, end in pairwise(edges.tolist()):
        if end - start > 1:
            values[start:end].sort()
    first = np.ones(len(values), dtype=bool)
    first[1:] = (values[1:] != values[:-1]) | (slots[1:] != slots[:-1])
    places = np.concatenate(([0], np.cumsum(first)))[edges].tolist()
    data = values[first].astype("<u8", copy=False).tobytes()
    return [data[8 * a : 8 * b] for a, b in pairwise(places)]
