"""Records in pieces for retrieval: whole passages as far as they fit, each piece with its headings, its exact place and its neighbours.

Pieces without overlap cover the text: every passage is in exactly one of them, or, where it alone is larger than a piece, in several
that follow each other without a gap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from pipeline.errors import UsageError
from pipeline.model import Block, Record
from pipeline.text.words import sentences

TOKENS = 400  # size of a piece by default: most embedding models were trained on less than 512
TOKEN_BYTES = 4  # bytes of UTF-8 that count as one token: English has about 4 characters a token, Chinese 3 bytes a character
FULL = 2  # a heading closes a piece that has at least 1/FULL of its size: smaller sections stand together


class Chunk(msgspec.Struct, frozen=True):
    """A piece of a record."""

    id: str  # of the record, `#` and its number from 0
    record: str  # id of the record
    source: str
    title: str
    url: str
    license: str
    section: list[str]  # headings above its first passage, outermost first
    text: str  # text[start:end] of the record
    start: int  # first code point in the record's text
    end: int  # one past the last
    raw_start: int  # first byte in the raw document of the passages that it touches; -1 where the format gives none
    raw_end: int  # one past the last
    tokens: int  # of its text, as counted here
    previous: str  # id of the piece before, empty for the first
    next: str  # id of the piece after, empty for the last


class _Piece(msgspec.Struct):
    start: int
    end: int
    size: int
    heading: bool = False


def tokens(text: str) -> int:
    """About how many tokens a model sees: bytes of UTF-8 by TOKEN_BYTES, rounded up.

    >>> tokens("Calcinosis"), tokens("")
    (3, 0)
    """
    return -(-len(text.encode()) // TOKEN_BYTES)


def chunks(record: Record, size: int = TOKENS, overlap: int = 0) -> list[Chunk]:
    """The pieces of a record, each of at most `size` tokens.

    `overlap` is how many tokens of whole sentences before it a piece repeats at its start; its place says so, and `size` counts them.
    A table is cut between rows, code between lines, prose between sentences, and only what is still too large between words.

    Raises UsageError.
    """
    if size < 8:
        raise UsageError(f"--tokens {size}: a piece must have room for 8 tokens at least")
    if not 0 <= overlap <= size // 2:
        raise UsageError(f"--overlap {overlap}: give a number of tokens from 0 to half of --tokens")
    spans = _spans(_pieces(record, size - overlap), size - overlap)
    starts, ends = [b.start for b in record.blocks], [b.end for b in record.blocks]
    if overlap:
        spans = [(_before(record, ends, start, overlap) if number else start, end) for number, (start, end) in enumerate(spans)]
    found = []
    for number, (start, end) in enumerate(spans):
        inside = record.blocks[bisect_right(ends, start) : bisect_left(starts, end)]
        found.append(_chunk(record, number, start, end, inside, len(spans)))
    return found


def _chunk(record: Record, number: int, start: int, end: int, inside: Sequence[Block], count: int) -> Chunk:
    raw = [b for b in inside if b.raw_start >= 0 and b.origin in ("", record.id)]
    text = record.text[start:end]
    return Chunk(
        id=f"{record.id}#{number}",
        record=record.id,
        source=record.source,
        title=record.title,
        url=record.url,
        license=record.license,
        section=list(inside[0].section) if inside else [],
        text=text,
        start=start,
        end=end,
        raw_start=min((b.raw_start for b in raw), default=-1),
        raw_end=max((b.raw_end for b in raw), default=-1),
        tokens=tokens(text),
        previous=f"{record.id}#{number - 1}" if number else "",
        next=f"{record.id}#{number + 1}" if number + 1 < count else "",
    )


def _pieces(record: Record, size: int) -> list[_Piece]:
    """Passages with the markers before them, and parts of those that are too large."""
    found = []
    for block in record.blocks:
        start = record.text.rfind("\n", 0, block.start) + 1  # a list item's marker stands before its span
        whole = _Piece(start, block.end, tokens(record.text[start : block.end]), block.kind == "heading")
        found += [whole] if whole.size <= size else _parts(record.text, block, start, size)
    return found


def _parts(text: str, block: Block, start: int, size: int) -> list[_Piece]:
    """A passage that is too large, cut where its kind allows it, and at last between words."""
    if block.kind in ("table", "code"):
        cuts = [at + 1 for at in range(start, block.end - 1) if text[at] == "\n"]
    else:
        cuts = [block.start + first for first, _ in sentences(text[block.start : block.end])][1:]
    bounds = [start, *cuts, block.end]
    found: list[_Piece] = []
    for first, last in pairwise(bounds):
        found += [_Piece(a, b, tokens(text[a:b])) for a, b in _fitting(text, first, last, size)]
    return found


def _fitting(text: str, start: int, end: int, size: int) -> list[tuple[int, int]]:
    """A span in parts of at most `size` tokens: between words where there are any, else between characters."""
    found: list[tuple[int, int]] = []
    while True:
        at, room = start, size * TOKEN_BYTES
        while at < end and (room := room - len(text[at].encode())) >= 0:
            at += 1
        if at == end:
            return [*found, (start, end)]
        space = max(text.rfind(" ", start + 1, at), text.rfind("\n", start + 1, at)) + 1
        at = space if space > start + 1 else at
        found.append((start, at))
        start = at


def _spans(pieces: list[_Piece], size: int) -> list[tuple[int, int]]:
    """Pieces put together: as many as fit; a heading goes with what follows it."""
    found: list[tuple[int, int]] = []
    group: list[_Piece] = []
    held = 0  # tokens of the group
    for piece in pieces:
        # Code points between pieces are line ends and markers: a byte each, counted with a token to spare.
        full = held + piece.size + len(group) > size
        if group and (full or (piece.heading and not group[-1].heading and held * FULL >= size)):
            kept = _headings_at_end(group)
            if len(kept) < len(group):
                found.append((group[0].start, group[len(group) - len(kept) - 1].end))
                group = kept if sum(p.size for p in kept) + piece.size + len(kept) <= size else []
                if kept and not group:
                    found.append((kept[0].start, kept[-1].end))
            else:
                found.append((group[0].start, group[-1].end))
                group = []
            held = sum(p.size for p in group)
        group.append(piece)
        held += piece.size
    if group:
        found.append((group[0].start, group[-1].end))
    return found


def _headings_at_end(group: list[_Piece]) -> list[_Piece]:
    at = len(group)
    while at and group[at - 1].heading:
        at -= 1
    return group[at:]


def _before(record: Record, ends: Sequence[int], start: int, overlap: int) -> int:
    """Where the last whole sentences before a place begin, within `overlap` tokens; of tables, code and lists whole lines."""
    text = record.text
    begin = max(0, start - overlap * TOKEN_BYTES)
    best = start
    for first, _ in reversed(sentences(text[begin:start])):
        if begin + first > 0 and first == 0:
            continue  # it may have begun before
        if tokens(text[begin + first : start]) > overlap:
            break
        best = begin + first
    at = bisect_right(ends, best)
    inside = record.blocks[at] if at < len(ends) else None
    if inside is not None and inside.kind in ("table", "code", "list_item") and inside.start < best < start:
        line = text.find("\n", best, start) + 1
        return line or start
    return best
