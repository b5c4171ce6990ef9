"""Hashes of all words of many passages at once: numbers from bytes, without a string for each word.

The hash of a word is a polynomial over its UTF-8 bytes, modulo 2^64, with an odd base: so sums over a prefix of all bytes give every word
by one subtraction and one multiplication (Karp and Rabin 1987). Bytes count as random numbers and the result is mixed, as a polynomial
alone spreads badly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.text.words import normal_form

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

SLICE = 1 << 16  # bytes hashed in one go: their arrays of half a megabyte each stay in the cache
LONG = 64  # bytes: the hash of a longer word is cryptographic, as polynomials modulo 2^64 collide on long regular words
_BASE = 0x9FB21C651E98DF25  # odd
_SPACE = 32


class Hashed(NamedTuple):
    """The words of some passages."""

    words: U64  # hashes of all words, in order
    lengths: I64  # words of each passage


def word_hashes(passages: Sequence[str]) -> Hashed:
    """The hashes of the words (`text.words.words`) of all passages. A word has one hash, wherever it stands.

    >>> one, two = word_hashes(["No pain, no gain", "GAIN!"])
    >>> two.tolist(), bool(one[0] == one[2]), bool(one[3] == one[4])
    ([4, 1], True, True)
    """
    forms = [normal_form(passage) for passage in passages]
    data = b" ".join((b"", *forms, b""))
    found = list(_slices(data))
    if not found:
        return Hashed(np.zeros(0, np.uint64), np.zeros(len(passages), np.int64))
    starts = np.concatenate([s for s, _ in found])
    ends = np.cumsum([1 + len(form) for form in forms])  # of each passage in `data`
    counts = np.diff(np.searchsorted(starts, ends), prepend=0)
    return Hashed(np.concatenate([h for _, h in found]), counts)


def _slices(data: bytes) -> Iterator[tuple[I64, U64]]:
    """(places, hashes) of the words of data that begins and ends with a space; a slice ends where a word does."""
    at = 0
    while at < len(data) - 1:
        end = data.rfind(b" ", at + 1, at + SLICE)
        if end < 0:  # a word longer than a slice
            end = data.find(b" ", at + SLICE)
            yield np.array([at + 1]), np.array([_long(data[at + 1 : end])], np.uint64)
        else:
            starts, hashes = _slice(data[at : end + 1])
            yield starts + at, hashes
        at = end


def _slice(data: bytes) -> tuple[I64, U64]:
    values = np.frombuffer(data, np.uint8)
    space = values == _SPACE
    edges = np.flatnonzero(space[1:] != space[:-1])
    before, last = edges[::2], edges[1::2]  # the space before each word, and its last byte
    numbers, powers, inverse = _tables()
    # `numbers[values]` by the kind of index that numpy takes without a check: three times as fast.
    sums = np.cumsum(numbers.take(values.astype(np.intp), mode="clip") * powers[: len(values)])
    hashes = (sums[last] - sums[before]) * inverse[before]
    lengths = last - before
    hashes = mixed(hashes + lengths.astype(np.uint64))
    for number in np.flatnonzero(lengths > LONG).tolist():
        hashes[number] = _long(data[before[number] + 1 : last[number] + 1])
    return before + 1, hashes


def _long(word: bytes) -> int:
    return int.from_bytes(blake2b(word, digest_size=8).digest(), "little")


@cache
def _tables() -> tuple[U64, U64, U64]:
    """The number of each byte, and for each place of a slice the power of the base and its inverse modulo 2^64."""
    numbers = mixed(np.arange(1, 257, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    powers = np.full(SLICE, _BASE, np.uint64)
    inverse = np.full(SLICE, pow(_BASE, -1, 1 << 64), np.uint64)
    return numbers, np.cumprod(powers), np.cumprod(inverse)


def mixed(values: U64) -> U64:
    """Spreads every bit of 64-bit hashes over all bits, in place (finaliser of splitmix64, Steele et al. 2014)."""
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values
