"""From places in a note's body to bytes of the raw document."""

from __future__ import annotations

from pipeline.model import RawDocument, Span
from pipeline.text.offsets import ByteOffsets

BOM = b"\xef\xbb\xbf"


class BodyPlaces:
    """Places in the body of a note, which begins at code point `body` of the text."""

    def __init__(self, raw: RawDocument, body: int) -> None:
        self._raw = raw
        self._body = body
        self._chars: ByteOffsets | None = None
        self._utf8 = b""
        self._seen = (0, 0)  # a byte of the body's UTF-8 form, and the code points before it
        self._base = -1  # first byte of the body, where the raw document is that text in UTF-8
        if raw.encoding in ("utf-8", "utf-8-sig", "ascii") and ("\ufffd" not in raw.text or raw.data.endswith(raw.text.encode())):
            self._base = len(raw.text[:body].encode()) + (len(BOM) if raw.data.startswith(BOM) else 0)

    def of_bytes(self, start: int, end: int) -> Span:
        """The raw span of a range of UTF-8 bytes of the body."""
        if self._base >= 0:
            # Span(...) runs Python code for a tuple of two, thirty times a page; this does not.
            return tuple.__new__(Span, (self._base + start, self._base + end))
        return self.of_chars(self._points(start), self._points(end))

    def _points(self, place: int) -> int:
        """Code points before a byte: counted from the last place asked for, as places come in order."""
        self._utf8 = self._utf8 or self._raw.text[self._body :].encode("utf-8", "replace")
        byte, points = self._seen
        if place < byte:
            points -= len(self._utf8[place:byte].decode("utf-8", "ignore"))
        else:
            points += len(self._utf8[byte:place].decode("utf-8", "ignore"))
        self._seen = (place, points)
        return points

    def of_chars(self, start: int, end: int) -> Span:
        """The raw span of a range of code points of the body."""
        if self._chars is None:
            self._chars = ByteOffsets(self._raw.data, self._raw.text, self._raw.encoding)
        return Span(self._chars(self._body + start), self._chars(self._body + end))


class OnePlace:
    """Places in a text that stands in the raw document in another form (a string of JSON): all of them are the string's."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def of_bytes(self, start: int, end: int) -> Span:  # noqa: ARG002 - the same questions as BodyPlaces
        """The span of the whole."""
        return self._span

    of_chars = of_bytes
