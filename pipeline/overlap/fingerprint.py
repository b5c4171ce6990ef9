"""The small arrays by which overlap is found: hashes of word shingles and of whole blocks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
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
PASS_CHARACTERS = 1_000_000  # text hashed in one pass: about 150,000 words, 10 MB of arrays
LINE_CHARACTERS = 200  # a longer line that recurs is content
_NO_LINES = frozenset(("heading", "code", "math", "table"))
MAX_WORDS = 500_000  # word hashes kept: about 60 MB, and Zipf's law makes more of them useless
_MULTIPLIER = 0x9FB21C651E98DF25  # odd constant of a polynomial hash over word hashes


class Fingerprint(msgspec.Struct, frozen=True):
    """What overlap needs to know of one document; arrays are sorted, distinct, little-endian uint64."""

    words: int  # words of all blocks but headings
    exact: bytes  # 16-byte hash of the normal form of the whole document
    strong: bytes  # shingle hashes of blocks of STRONG_WORDS words or more: these start links
    weak: bytes  # shingle hashes of shorter blocks: these only count
    blocks: bytes  # hashes of the normal forms of blocks of STRONG_WORDS words or more
    lines: bytes = b""  # hashes of short lines: what recurs in a source is its furniture

    def outline(self) -> Outline:
        """What of the fingerprint is kept in memory for every document."""
        return Outline(self.words, len(self.strong) // 8, self.exact)


class Outline(msgspec.Struct, frozen=True):
    """The part of a fingerprint that is small whatever the document."""

    words: int  # words of all blocks but headings
    shingles: int  # strong shingles
    exact: bytes  # 16-byte hash of the normal form of the whole document


def fingerprint(document: Document) -> Fingerprint:
    """The fingerprint of a clean document; headings are left out, as they recur between unrelated documents.

    A shingle never crosses a block; a block shorter than a shingle is one shingle.
    """
    return fingerprints([document])[0]


def fingerprints(documents: Sequence[Document]) -> list[Fingerprint]:
    """The fingerprints of many documents, in passes over the words of some at a time: five times as fast as one by one."""
    found: list[Fingerprint] = []
    some: list[Document] = []
    size = 0
    for document in documents:
        some.append(document)
        size += len(document.text)
        if size > PASS_CHARACTERS:
            found += _one_pass(some)
            some, size = [], 0
    return found + _one_pass(some)


def _one_pass(documents: Sequence[Document]) -> list[Fingerprint]:
    blocks = _Blocks()
    counts: list[int] = []
    exact: list[bytes] = []
    strong: list[bytes] = []
    lines = [array("Q", sorted({line_hash(line) for line in lines_of(d)})).tobytes() for d in documents]
    for number, document in enumerate(documents):
        whole = blake2b(digest_size=16)
        hashes = set()
        count = 0
        for block in document.blocks:
            if block.kind == "heading" or not (found := text_words.words(document.text[block.start : block.end])):
                continue
            form = " ".join(found).encode()
            whole.update(form + b"\n")
            if len(found) >= STRONG_WORDS:
                hashes.add(int.from_bytes(blake2b(form, digest_size=8).digest(), "little"))
            blocks.add(number, found)
            count += len(found)
        counts.append(count)
        exact.append(whole.digest())
        strong.append(array("Q", sorted(hashes)).tobytes())
    shingles = blocks.shingles(len(documents))
    return [Fingerprint(n, e, s, w, b, x) for n, e, (s, w), b, x in zip(counts, exact, shingles, strong, lines, strict=True)]


def lines_of(document: Document) -> Iterator[str]:
    """Short lines of a document that may be furniture: no heading, code, formula or row of a table is."""
    for block in document.blocks:
        if block.kind in _NO_LINES or (block.end - block.start > LINE_CHARACTERS and "\n" not in document.text[block.start : block.end]):
            continue
        for line in document.text[block.start : block.end].split("\n"):
            if 0 < len(line := line.strip()) <= LINE_CHARACTERS:
                yield line


def line_hash(line: str) -> int:
    """The hash of a line as it stands."""
    return int.from_bytes(blake2b(line.encode("utf-8", "replace"), digest_size=8).digest(), "little")


class _Blocks:
    """The words of all blocks of a batch, as one array of hashes."""

    def __init__(self) -> None:
        self.words = array("Q")
        self.lengths: list[int] = []  # words of each block
        self.owners: list[int] = []  # document of each block

    def add(self, owner: int, words: list[str]) -> None:
        self.words.extend(map(_HASHES.__getitem__, words))
        self.lengths.append(len(words))
        self.owners.append(owner)

    def shingles(self, documents: int) -> list[tuple[bytes, bytes]]:
        """For every document its distinct sorted shingles of strong blocks, and of weak ones."""
        if not self.lengths:
            return [(b"", b"")] * documents
        import numpy as np

        lengths = np.array(self.lengths, dtype=np.int64)
        values, block = _rolled(np.frombuffer(self.words, dtype=np.uint64), lengths)
        # Slot 2d holds the strong shingles of document d, slot 2d + 1 its weak ones.
        slot = (2 * np.array(self.owners, dtype=np.int64) + (lengths < STRONG_WORDS))[block]
        order = np.lexsort((values, slot))
        values, slot = values[order], slot[order]
        first = np.ones(len(values), dtype=bool)
        first[1:] = (values[1:] != values[:-1]) | (slot[1:] != slot[:-1])
        values, slot = values[first], slot[first]
        edges = np.searchsorted(slot, np.arange(2 * documents + 1)).tolist()
        data, step = values.tobytes(), values.itemsize
        cut = [data[a * step : b * step] for a, b in pairwise(edges)]
        return list(zip(cut[::2], cut[1::2], strict=True))


def _rolled(words: U64, lengths: NDArray[np.int64]) -> tuple[U64, NDArray[np.int64]]:
    """All word SHINGLE-grams inside blocks as hashes, and the block of each; a block shorter than a shingle is one shingle."""
    import numpy as np

    block = np.repeat(np.arange(len(lengths)), lengths)
    multiplier = np.uint64(_MULTIPLIER)
    n = max(0, len(words) - SHINGLE + 1)
    rolled = words[:n].copy()
    for step in range(1, SHINGLE):
        rolled *= multiplier
        rolled += words[step : step + n]
    inside = block[:n] == block[SHINGLE - 1 :][:n]
    short = np.flatnonzero(lengths < SHINGLE)
    starts = np.cumsum(lengths)[short] - lengths[short]
    brief = np.zeros(len(short), dtype=np.uint64)
    for step in range(SHINGLE - 1):
        longer = lengths[short] > step
        brief[longer] = brief[longer] * multiplier + words[starts[longer] + step]
    brief += lengths[short].astype(np.uint64)
    return _mix(np.concatenate((rolled[inside], brief))), np.concatenate((block[:n][inside], short))


def _mix(values: U64) -> U64:
    """Spreads every bit of a 64-bit hash over all bits (finaliser of splitmix64, Steele et al. 2014)."""
    import numpy as np

    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


class _Hashes(dict[str, int]):
    """Word -> 64-bit hash, each worked out once; a table lookup costs a third of a cached call."""

    def __missing__(self, word: str) -> int:
        if len(self) >= MAX_WORDS:
            self.clear()
        value = self[word] = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")
        return value


_HASHES = _Hashes()
