"""The raw text of a document in pieces: what stands in the record, what a rule took, what is neither (markup)."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import msgspec

from pipeline.model import Dropped, Record

T = TypeVar("T")
RAW_BYTES = 40_000  # of one document


class Sides(msgspec.Struct, frozen=True):
    """The raw text as pieces that follow each other."""

    pieces: list[tuple[str, int, str]]  # text, number of the block that it became (-1: none), rule that took it (empty: none)
    cut: bool  # whether the raw document goes on


def sides(data: bytes, record: Record, dropped: Sequence[Dropped]) -> Sides | None:
    """The pieces of a raw document; None where nothing of it has a known place.

    A stretch that two spans hold is that of the narrower one.
    """
    blocks = [(b.raw_start, b.raw_end, n) for n, b in enumerate(record.blocks) if b.raw_start >= 0 and b.origin == record.id]
    taken = [(d.raw_start, d.raw_end, d.rule) for d in dropped if 0 <= d.raw_start < d.raw_end]
    if not data or not (blocks or taken):
        return None
    end = min(len(data), RAW_BYTES)
    bounds = sorted({0, end, *(min(at, end) for start, stop, _ in [*blocks, *taken] for at in (start, stop))})
    texts = _texts(data, bounds, record.raw.encoding)
    block_of = _marks(blocks, bounds, -1)
    rule_of = _marks(taken, bounds, "")
    return Sides([(t, block_of[at], rule_of[at]) for at, t in texts if t], end < len(data))


def _texts(data: bytes, bounds: list[int], encoding: str) -> list[tuple[int, str]]:
    """(start, text) of each stretch between bounds, decoded on from one to the next."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
    except LookupError:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return [(start, decoder.decode(data[start:stop])) for start, stop in pairwise(bounds)]


def _marks(spans: Sequence[tuple[int, int, T]], bounds: list[int], nothing: T) -> dict[int, T]:
    """What each stretch is marked with: the narrowest span that holds it."""
    found = dict.fromkeys(bounds, nothing)
    place = {at: number for number, at in enumerate(bounds)}
    for start, stop, mark in sorted(spans, key=lambda s: s[0] - s[1]):
        for number in range(place.get(min(start, bounds[-1]), 0), place.get(min(stop, bounds[-1]), 0)):
            found[bounds[number]] = mark
    return found
