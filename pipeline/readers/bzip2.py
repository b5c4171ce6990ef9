"""Cutting a bzip2 stream between its blocks: each holds up to 900 kB of what was packed, and unpacks without those before it.

A stream is `BZh` and a digit, then blocks, each of which opens with the digits of pi, then the digits of the root of pi and a checksum of
all blocks. Blocks open at any bit, and carry a checksum each. What most programs write is one such stream, however long.

Source: the format as bzip2 1.0.8 writes it (J. Seward, https://sourceware.org/bzip2/).
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.readers.files import Unreadable
from pipeline.readers.unpack import PIECE, damaged, refuse_bomb

HEAD = 32  # bits before the first block
_BLOCK, _END = 0x314159265359, 0x177245385090
_MAGIC_BITS, _TAIL_BITS = 48, 80  # of such a mark; of the last one and the checksum
_MASK = (1 << _MAGIC_BITS) - 1


def _inside(shift: int) -> bytes:
    """The bytes of a block's mark that are all its own where it begins at a bit of a byte."""
    spread = (_BLOCK << (8 - shift)).to_bytes(7, "big")
    return spread[:6] if shift == 0 else spread[1:6]


_MARKS = [(shift, _inside(shift)) for shift in range(8)]


def next_block(file: BinaryIO, at: int, end: int) -> int:
    """The byte in which the next block begins, at or after byte `at`; `end` where none does before it.

    >>> import io; next_block(io.BytesIO(bz2.compress(b"peat")), 1, 40)
    4
    """
    file.seek(at)
    data = b""
    while at < end:
        piece = file.read(PIECE)
        data += piece
        found = [place for shift, mark in _MARKS if (place := _marked(data, shift, mark)) >= 0]
        if found:
            return min(at + min(found), end)
        if not piece:
            return end
        at += max(0, len(data) - 6)
        data = data[-6:]
    return end


def _marked(data: bytes, shift: int, mark: bytes) -> int:
    """The first byte of data in which a block begins at the bit `shift`, -1 where none does."""
    lead = shift > 0
    found = data.find(mark)
    while found >= 0:
        first = found - lead
        if first >= 0 and _bits(data[first : first + 7], shift) == _BLOCK:
            return first
        found = data.find(mark, found + 1)
    return -1


def _bits(seven: bytes, shift: int) -> int:
    """The 48 bits from the bit `shift` of seven bytes."""
    return (int.from_bytes(seven.ljust(7, b"\0"), "big") >> (8 - shift)) & _MASK


def begins(file: BinaryIO, byte: int) -> int:
    """The bit of a file at which a block begins that begins in a byte, -1 where none does."""
    if byte == 0:
        return HEAD
    file.seek(byte)
    seven = file.read(7)
    return next((8 * byte + shift for shift in range(8) if _bits(seven, shift) == _BLOCK), -1)


def ends(file: BinaryIO) -> int:
    """The bit of a file at which its last stream has no blocks any more, -1 where it does not end as a stream does.

    >>> import io; ends(io.BytesIO(bz2.compress(b"peat"))) > HEAD, ends(io.BytesIO(b"BZh9 and words"))
    (True, -1)
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 11))
    tail = int.from_bytes(file.read(), "big")
    for padding in range(8):
        if (tail >> (padding + 32)) & _MASK == _END and not tail & ((1 << padding) - 1):
            return 8 * size - padding - _TAIL_BITS
    return -1


def unpacked(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, bool]]:
    """What the blocks that begin in the bytes from `start` to before `end` hold, piece by piece, then what those behind them hold.

    With each piece whether it is of the first kind. Raises Unreadable where no block begins in these bytes, where one is damaged, and
    where they unpack beyond `unpack.MAX_RATIO`.
    """
    first, last = begins(file, start), ends(file)
    border = begins(file, end) if end < file.seek(0, 2) else last
    if min(first, last, border) < 0:
        raise _changed()
    own = -(-(border - first) // 8)
    unpacker = bz2.BZ2Decompressor()
    unpacker.decompress(b"BZh9")
    taken = given = 0
    for data in _aligned(file, first, last):
        for part, mine in ((data[: max(0, own - taken)], True), (data[max(0, own - taken) :], False)):
            for piece in _drained(unpacker, part):
                given += len(piece)
                refuse_bomb(taken + len(part), given)
                yield piece, mine
        taken += len(data)


def _drained(unpacker: bz2.BZ2Decompressor, feed: bytes) -> Iterator[bytes]:
    """All that an unpacker gives for some bytes: it may still hold some when it has taken them all in."""
    while True:
        try:
            piece = unpacker.decompress(feed, PIECE)
        except (OSError, ValueError, EOFError) as error:
            raise damaged(f"the packed data are damaged: {error}") from error
        if not piece and unpacker.needs_input:
            return
        feed = b""
        if piece:
            yield piece


def _aligned(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    """The bits of a file from `first` to before `last` as bytes, filled up with zeros.

    Raises Unreadable where there are not so many.
    """
    byte, shift = divmod(first, 8)
    left = last - first
    file.seek(byte)
    carry = file.read(1)
    while left > 0:
        data = carry + file.read(PIECE)
        count = len(data) - 1 or 1
        bits = int.from_bytes(data.ljust(count + 1, b"\0"), "big") >> (8 - shift)
        keep = min(8 * count, left)
        bits = (bits & ((1 << 8 * count) - 1)) >> (8 * count - keep) << (8 * count - keep)
        yield bits.to_bytes(count, "big")[: -(-keep // 8)]
        left -= keep
        if len(data) == 1 and left > 0:  # the file has become shorter: what is missing must not look like its end
            raise _changed()
        carry = data[-1:]


def _changed() -> Unreadable:
    return Unreadable("the file changed while it was read", "run again when nobody writes to it")
