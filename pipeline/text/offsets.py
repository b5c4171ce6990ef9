"""From positions in decoded text to bytes of the raw document."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from itertools import accumulate

CHECKPOINT = 256  # code points between stored byte counts: trades 8 bytes of memory a step against one short encode a look-up

_BOMS = {
    "utf-8": (codecs.BOM_UTF8,),
    "utf-16-le": (codecs.BOM_UTF16_LE,),
    "utf-16-be": (codecs.BOM_UTF16_BE,),
    "utf-32-le": (codecs.BOM_UTF32_LE,),
    "utf-32-be": (codecs.BOM_UTF32_BE,),
}
_WITH_STATE = ("iso2022_jp", "iso2022_kr")  # what a byte means depends on the escape sequences before it


class ByteOffsets:
    """Maps a code point index of a document's text to its byte offset in the raw data.

    Exact for every encoding whose characters encode independently, and for those with escape sequences as they are usually written;
    also where bytes that do not decode were replaced one for one by U+FFFD. `text` is `data` decoded without its byte order mark.

    >>> ByteOffsets("aé→b".encode(), "aé→b", "utf-8")(3)
    6
    """

    __slots__ = ("_bom", "_codec", "_every", "_identity", "_points", "_text")

    def __init__(self, data: bytes, text: str, encoding: str) -> None:
        self._codec = "utf-8" if encoding in ("utf-8-sig", "ascii") else encoding
        self._bom = next((len(b) for b in _BOMS.get(self._codec, ()) if data.startswith(b)), 0)
        self._identity = len(data) - self._bom == len(text)  # every character is one byte
        if not self._identity and self._codec == "utf-8" and "\ufffd" in text:
            # A byte that does not decode became one U+FFFD; its escaped form is as long and encodes back to the byte.
            escaped = data[self._bom :].decode("utf-8", "surrogateescape")
            text = escaped if len(escaped) == len(text) else text
        self._text = text
        self._every: list[int] = []  # of each character, where it cannot be encoded alone
        if not self._identity and self._codec in _WITH_STATE:
            encode = codecs.getincrementalencoder(self._codec)("replace").encode
            self._every = list(accumulate((len(encode(sign)) for sign in text), initial=0))
        self._points: list[int] = []

    def __call__(self, index: int) -> int:
        """Byte offset of the code point at `index`, 0 to len(text)."""
        if self._identity:
            return self._bom + index
        if self._every:
            return self._every[index]
        if not self._points:
            self._count()
        step, rest = divmod(index, CHECKPOINT)
        start = step * CHECKPOINT
        return self._points[step] + (self._size(self._text[start : start + rest]) if rest else 0)

    def many(self, indices: Iterable[int]) -> dict[int, int]:
        """Byte offsets of many code point indices at once: one pass over the text instead of a look-up each.

        >>> ByteOffsets("aé→b".encode(), "aé→b", "utf-8").many([3, 1])
        {1: 1, 3: 6}
        """
        if self._identity:
            return {index: self._bom + index for index in indices}
        if self._every:
            return {index: self._every[index] for index in indices}
        found: dict[int, int] = {}
        text, one_byte = self._text, self._codec == "utf-8"  # for each character of ASCII
        at, total = 0, self._bom
        for index in sorted(indices):  # as they come they are nearly in order: without a set, which would shuffle them
            if index == at and found:
                continue
            piece = text[at:index]
            total += index - at if one_byte and piece.isascii() else self._size(piece)
            found[index] = total
            at = index
        return found

    def _size(self, piece: str) -> int:
        return len(piece.encode(self._codec, "surrogateescape" if self._codec == "utf-8" else "replace"))

    def _count(self) -> None:
        total = self._bom
        for start in range(0, len(self._text), CHECKPOINT):
            self._points.append(total)
            total += self._size(self._text[start : start + CHECKPOINT])
        self._points.append(total)
