"""Messages of MIME parts, as mail and saved web pages are: heads, parts and bodies, in linear time. Source: RFC 2045 to 2047."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple

from pipeline.readers.decode import declared_charset
from pipeline.readers.files import MAX_BYTES, Unreadable

MAX_HEAD = 1 << 16  # bytes of the headers of a file or a part: real ones have some hundred
MAX_READ = 4 * MAX_BYTES  # bytes looked at: texts come first, and their letters take three bytes each at most
MAX_PARTS = 10_000  # of a message: a page with more pictures and styles is an attack
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HINT = "save it again"


class Part(NamedTuple):
    """A part of a message, or the message itself."""

    head: Message
    start: int  # of its body in the data
    end: int

    @property
    def multiple(self) -> bool:
        """Whether it is made of parts."""
        return self.head.get_content_maintype() == "multipart"


def message(data: bytes) -> Part:
    """The message that some data is, from its head."""
    head, start = read_head(data)
    return Part(head, start, len(data))


def read_head(data: bytes) -> tuple[Message, int]:
    """Headers at the start of `data`, and where what follows them begins."""
    found = _HEAD_END.search(data, 0, MAX_HEAD)
    end = found.end() if found else min(len(data), MAX_HEAD)
    return BytesHeaderParser().parsebytes(data[:end]), end


def parts(data: bytes, whole: Part) -> Iterator[Part]:
    """The parts of a part that is made of parts.

    Raises Unreadable where it does not say what parts them, or has too many.
    """
    boundary = whole.head.get_boundary()
    if not boundary:
        raise Unreadable("the file does not say where its parts end", _HINT)
    mark = b"\n--" + boundary.encode("latin-1", "replace")
    at = data.find(mark, max(0, whole.start - 1), whole.end)
    for _ in range(MAX_PARTS):
        if at < 0:
            return
        line_end = data.find(b"\n", at + len(mark), whole.end)
        if line_end < 0 or data.startswith(b"--", at + len(mark)):
            return
        at = data.find(mark, line_end, whole.end)
        end = at if at >= 0 else whole.end
        head, body = read_head(data[line_end + 1 : min(end, line_end + 1 + MAX_HEAD)])
        yield Part(head, line_end + 1 + body, end)
    raise Unreadable(f"the file has more than {MAX_PARTS} parts", _HINT)


def body(data: bytes, part: Part) -> bytes | None:
    """The bytes of a part, freed of their coding; None where that is broken."""
    found = data[part.start : part.end]
    coding = said(part.head, "Content-Transfer-Encoding").lower()
    if coding == "quoted-printable":
        return binascii.a2b_qp(found)
    if coding == "base64":
        try:
            return binascii.a2b_base64(found)
        except binascii.Error:
            return None
    return found


def stated_text(found: bytes, part: Part) -> str:
    """A body by the charset that its part states, where the bytes alone would not say; empty where they do, as UTF-8 does."""
    try:
        found.decode("utf-8")
    except UnicodeDecodeError:
        charset = part.head.get_content_charset("")
        try:
            return found.decode(charset, "replace") if charset and not declared_charset(found) else ""
        except (LookupError, ValueError):  # an unknown name, or that of a codec that makes no text
            return ""
    return ""


def said(head: Message, name: str) -> str:
    """A header as one line, encoded words decoded."""
    try:
        value = str(make_header(decode_header(str(head.get(name, "")))))
    except (LookupError, ValueError):
        value = str(head.get(name, ""))
    return " ".join(value.split())
