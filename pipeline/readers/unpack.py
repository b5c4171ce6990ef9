"""Packed files (bzip2, gzip, xz, zstd) as streams of bytes: bounded memory, several streams one after another read as one, no bombs."""

from __future__ import annotations

import bz2
import importlib
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipeline.readers.files import Unreadable

PIECE = 1 << 18  # bytes read or unpacked at a time: the memory that a stream takes
MAX_RATIO = 1000  # unpacked bytes for each packed byte above which a stream is a bomb: text packs 3 to 10 times, logs 100
_MAGIC = ((b"BZh", "bz2"), (b"\x1f\x8b", "gz"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zst"))
_PADDED = ("xz", "gz")  # may have zeros between streams and behind the last: of xz by its format, of gzip from tapes and block devices
_XZ_MEMORY = 128 << 20  # bytes: what the largest preset of xz needs


def packing(file: BinaryIO) -> str:
    """How a file is packed, by its first bytes, never by its name: bz2, gz, xz, zst, or empty for plain.

    >>> import io; packing(io.BytesIO(b"BZh91AY&SY"))
    'bz2'
    """
    file.seek(0)
    head = file.read(6)
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


def unpacked(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes of a stretch, unpacked piece by piece; of a plain file as they are.

    Raises Unreadable where the data are damaged, or unpack beyond MAX_RATIO.
    """
    kind = packing(file)
    left = (file.seek(0, 2) if end is None else end) - start
    file.seek(start)
    if not kind:
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
        return
    taken = given = 0
    unpacker: Any = None
    data = b""
    step = 1 << 12 if kind == "zst" else PIECE  # zstandard gives all that its input holds, up to 32,000 times its size
    while True:
        if not data and left > 0:
            data = file.read(min(step, left))
            left = left - len(data) if data else 0  # a file may become shorter while it is read
            taken += len(data)
        if unpacker is None:
            data = data.lstrip(b"\0") if kind in _PADDED else data
            if not data and left > 0:
                continue
            if not data:
                return
        unpacker = unpacker or _unpacker(kind)
        try:
            piece = _step(unpacker, data, kind)
        except (MemoryError, Unreadable):
            raise
        except Exception as error:  # each library has errors of its own
            raise damaged(f"the packed data are damaged: {error}") from error
        data = _rest(unpacker, kind)
        given += len(piece)
        refuse_bomb(taken, given)
        if piece:
            yield piece
        if unpacker.eof:
            data = unpacker.unused_data
            unpacker = None
        elif not piece and not data and left <= 0:
            raise damaged("the file ends inside its packed data")


class Stream:
    """Unpacked bytes as a file that can only be read on."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self._used = 0  # bytes of `_rest` that were read: it is not copied for each of them
        self.at = 0  # bytes read so far

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        if len(self._rest) - self._used < size:
            parts = [self._rest[self._used :]]
            have = len(parts[0])
            while have < size and (piece := next(self._pieces, b"")):
                parts.append(piece)
                have += len(piece)
            self._rest, self._used = b"".join(parts), 0
        data = self._rest[self._used : self._used + size]
        self._used += len(data)
        self.at += len(data)
        return data

    def line(self, limit: int) -> bytes:
        """The next line with its end, at most `limit` bytes of it; empty at the end of all."""
        while (end := self._rest.find(b"\n", self._used, self._used + limit)) < 0 and len(self._rest) - self._used < limit:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest, self._used = self._rest[self._used :] + piece, 0
        return self.read(end + 1 - self._used if end >= 0 else min(limit, len(self._rest) - self._used))

    def lines(self, limit: int) -> Iterator[tuple[int, bytes | None]]:
        """Lines without their ends, each with its place; None in place of one of more than `limit` bytes."""
        place, parts, size = self.at, [], 0
        for piece in self._all():
            first, *others = piece.split(b"\n")
            size += len(first)
            if size <= limit:
                parts.append(first)
            for other in others:
                yield place, b"".join(parts) if size <= limit else None
                place += size + 1
                parts, size = [other], len(other)
        if size:
            yield place, b"".join(parts) if size <= limit else None

    def _all(self) -> Iterator[bytes]:
        if self._used < len(self._rest):
            yield self._rest[self._used :]
        yield from self._pieces


def _step(unpacker: Any, data: bytes, kind: str) -> bytes:
    if kind == "zst" and not hasattr(unpacker, "needs_input"):
        return bytes(unpacker.decompress(data))
    return bytes(unpacker.decompress(data, PIECE))


def _rest(unpacker: Any, kind: str) -> bytes:
    """Packed bytes that the last step left: zlib hands them back, the others keep them."""
    return bytes(unpacker.unconsumed_tail) if kind == "gz" and not unpacker.eof else b""


def _unpacker(kind: str) -> Any:
    if kind == "bz2":
        return bz2.BZ2Decompressor()
    if kind == "gz":
        return zlib.decompressobj(wbits=31)
    if kind == "xz":
        return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
    try:  # standard library from Python 3.14 on
        return importlib.import_module("compression.zstd").ZstdDecompressor()
    except ImportError:
        pass
    try:
        return importlib.import_module("zstandard").ZstdDecompressor().decompressobj()
    except ImportError:
        hint = "unpack it with `zstd -d`, or install `document-pipeline[zstd]`"
        raise Unreadable("the file is packed with zstd, which this Python cannot read", hint) from None


def refuse_bomb(taken: int, given: int) -> None:
    """Raises Unreadable where so many packed bytes have given more than any text packs."""
    if given > MAX_RATIO * max(taken, PIECE):
        raise Unreadable(f"the file unpacks to more than {MAX_RATIO} times its size", "leave it out of raw/: it is a bomb, or no text")


def damaged(error: str) -> Unreadable:
    """The error of packed data that are not as they were written."""
    return Unreadable(error, "get the file again and compare its checksum with the one published beside it")
