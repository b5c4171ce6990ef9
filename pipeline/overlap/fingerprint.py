"""The small arrays by which overlap is found: hashes of word shingles and of whole blocks."""

from __future__ import annotations

from array import array
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from pipeline.model import Document
from pipeline.text import words as text_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    U64 = NDArray[np.uint64]

SHINGLE = 5  # words a shingle; 3 links unrelated medical prose, 8 misses edited sentences (docs/decisions/0002-overlap.md)
STRONG_WORDS = 8  # a block with fewer words starts no link: menus and stubs of sentences recur everywhere
_MULTIPLIER = 0x9FB21C651E98DF25  # odd constant of a polynomial hash over word hashes


class Fingerprint(msgspec.Struct, frozen=True):
    """What overlap needs to know of one document; arrays are sorted, distinct, little-endian uint64."""

    words: int  # words of all blocks but headings
    exact: bytes  # 16-byte hash of the normal form of the whole document
    strong: bytes  # shingle hashes of blocks of STRONG_WORDS words or more: these start links
    weak: bytes  # shingle hashes of shorter blocks: these only count
    blocks: bytes  # hashes of the normal forms of blocks of STRONG_WORDS words or more


def fingerprint(document: Document) -> Fingerprint:
    """The fingerprint of a clean document; headings are left out, as they recur between unrelated documents.

    A shingle never crosses a block; a block shorter than a shingle is one shingle.
    """
    strong: list[list[str]] = []
    weak: list[list[str]] = []
    blocks = []
    whole = blake2b(digest_size=16)
    count = 0
    for block in document.blocks:
        if block.kind == "heading":
            continue
        found = text_words.words(document.text[block.start : block.end])
        if not found:
            continue
        count += len(found)
        form = " ".join(found).encode()
        whole.update(form + b"\n")
        if len(found) >= STRONG_WORDS:
            strong.append(found)
            blocks.append(int.from_bytes(blake2b(form, digest_size=8).digest(), "little"))
        else:
            weak.append(found)
    return Fingerprint(count, whole.digest(), _shingles(strong), _shingles(weak), array("Q", sorted(set(blocks))).tobytes())


def _shingles(blocks: list[list[str]]) -> bytes:
    """Hashes of all word SHINGLE-grams inside each block, sorted and distinct."""
    if not blocks:
        return b""
    import numpy as np

    flat = array("Q")
    for block in blocks:
        flat.extend(map(_word_hash, block))
    words = np.frombuffer(flat, dtype=np.uint64)
    lengths = np.array([len(b) for b in blocks], dtype=np.int64)
    owner = np.repeat(np.arange(len(blocks)), lengths)
    multiplier = np.uint64(_MULTIPLIER)
    parts = []
    n = len(words) - SHINGLE + 1
    if n > 0:
        rolled = words[:n].copy()
        for step in range(1, SHINGLE):
            rolled *= multiplier
            rolled += words[step : step + n]
        parts.append(rolled[owner[:n] == owner[SHINGLE - 1 :]])
    starts = np.concatenate(([0], np.cumsum(lengths)))[:-1]
    short = np.flatnonzero(lengths < SHINGLE)
    if len(short):
        rolled = np.zeros(len(short), dtype=np.uint64)
        for step in range(SHINGLE - 1):
            longer = lengths[short] > step
            rolled[longer] = rolled[longer] * multiplier + words[starts[short[longer]] + step]
        parts.append(rolled + lengths[short].astype(np.uint64))
    return np.unique(_mix(np.concatenate(parts))).tobytes()


def _mix(values: U64) -> U64:
    """Spreads every bit of a 64-bit hash over all bits (finaliser of splitmix64, Steele et al. 2014)."""
    import numpy as np

    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


@lru_cache(maxsize=1 << 17)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
