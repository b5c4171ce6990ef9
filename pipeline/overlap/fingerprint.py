"""The small arrays by which overlap is found: hashes of word shingles and of whole blocks."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from pipeline.model import Document

PASS_CHARACTERS = 1_000_000  # text hashed in one pass: about 150,000 words, 20 MB of arrays
LINE_CHARACTERS = 200  # a longer line that recurs is content
_NO_LINES = frozenset(("heading", "code", "math", "table"))


class Fingerprint(msgspec.Struct, frozen=True, gc=False):
    """What overlap needs to know of one document; arrays are sorted, distinct, little-endian uint64."""

    words: int  # words of all blocks but headings
    exact: bytes  # 16-byte hash of the words of the whole document, block by block
    strong: bytes  # shingle hashes of blocks of `shingles.STRONG_WORDS` words or more: these start links
    weak: bytes  # shingle hashes of shorter blocks: these only count
    blocks: bytes  # hashes of the words of blocks of `shingles.STRONG_WORDS` words or more
    lines: bytes = b""  # hashes of short lines: what recurs in a source is its furniture

    def outline(self) -> Outline:
        """What of the fingerprint is kept in memory for every document."""
        return Outline(self.words, len(self.strong) // 8, self.exact)


class Outline(msgspec.Struct, frozen=True, gc=False):
    """The part of a fingerprint that is small whatever the document."""

    words: int  # words of all blocks but headings
    shingles: int  # strong shingles
    exact: bytes  # 16-byte hash of the words of the whole document, block by block


def fingerprint(document: Document) -> Fingerprint:
    """The fingerprint of a clean document; headings are left out, as they recur between unrelated documents.

    A shingle never crosses a block; a block shorter than a shingle is one shingle.
    """
    return fingerprints([document])[0]


def fingerprints(documents: Sequence[Document]) -> list[Fingerprint]:
    """The fingerprints of many documents, in passes over the words of some at a time: many times as fast as one by one."""
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
    from pipeline.overlap import hashing, shingles  # numpy is not loaded before it is needed

    passages: list[str] = []
    owners: list[int] = []
    lines: list[int] = []
    line_owners: list[int] = []
    for number, document in enumerate(documents):
        found = [document.text[block.start : block.end] for block in document.blocks if block.kind != "heading"]
        passages += found
        owners += [number] * len(found)
        hashes = [line_hash(line) for line in lines_of(document)]
        lines += hashes
        line_owners += [number] * len(hashes)
    count = len(documents)
    words = hashing.word_hashes(passages)
    strong, weak = shingles.of_owners(words, owners, count)
    blocks = shingles.wholes(words, owners, count)
    own_lines = shingles.distinct(lines, line_owners, count)
    return [Fingerprint(*facts) for facts in zip(blocks.words, blocks.exact, strong, weak, blocks.strong, own_lines, strict=True)]


def lines_of(document: Document) -> list[str]:
    """Short lines of a document that may be furniture: no heading, code, formula or row of a table is."""
    found = []
    for block in document.blocks:
        if block.kind in _NO_LINES or (block.end - block.start > LINE_CHARACTERS and "\n" not in document.text[block.start : block.end]):
            continue
        lines = document.text[block.start : block.end].split("\n")
        found += [line for line in map(str.strip, lines) if 0 < len(line) <= LINE_CHARACTERS]
    return found


def line_hash(line: str) -> int:
    """The hash of a line as it stands."""
    return int.from_bytes(blake2b(line.encode("utf-8", "replace"), digest_size=8).digest(), "little")
