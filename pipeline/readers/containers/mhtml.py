"""Web pages saved as one file (MHTML): the page itself, without its pictures and styles. Source: RFC 2557, RFC 2045 sections 5 and 6."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import BinaryIO, NamedTuple

from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, nothing_more, whole
from pipeline.readers.decode import declared_charset
from pipeline.readers.files import MAX_BYTES, Unreadable

MAX_HEAD = 1 << 16  # bytes of the headers of a file or a part: real ones have some hundred
MAX_READ = 4 * MAX_BYTES  # bytes looked at: the page comes first, and its letters take three bytes each at most
MAX_PARTS = 10_000  # of a message: a page with more pictures and styles is an attack
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TITLE = re.compile(rb"<title\b", re.I)
_HINT = "save the page again"


class _Part(NamedTuple):
    """A part of the file."""

    head: Message
    start: int  # of its body
    end: int


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether the file has the head of a message of parts, or of a page alone."""
    head, _ = _head(file.read(MAX_HEAD))
    file.seek(0)
    return head.get_content_maintype() == "multipart" or (head.get_content_type() in _HTML and "mime-version" in head)


chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The one document: the part that the file calls its page, else its first page; what stands in frames is skipped and counted.

    Raises Unreadable.
    """
    file.seek(start)
    data = file.read(min(end - start, MAX_READ))
    head, body = _head(data)
    whole = _Part(head, body, len(data))
    pages = [part for part in _parts(data, whole) if part.head.get_content_type() in _HTML]
    if not pages:
        raise Unreadable("the file holds no page", _HINT)
    page = _main(head, pages)
    yield _page(f"{path}!/page", head, page, data)
    for number, part in enumerate(pages):
        if part is not page:
            yield Member(f"{path}!/frame{number}", skip="no_page")


def _head(data: bytes) -> tuple[Message, int]:
    """Headers at the start of `data`, and where what follows them begins."""
    found = _HEAD_END.search(data, 0, MAX_HEAD)
    end = found.end() if found else min(len(data), MAX_HEAD)
    return BytesHeaderParser().parsebytes(data[:end]), end


def _parts(data: bytes, whole: _Part) -> Iterator[_Part]:
    """The parts of a message, those of parts of parts included, one level deep; the message itself where it has none."""
    if whole.head.get_content_maintype() != "multipart":
        yield whole
        return
    for part in _split(data, whole):
        if part.head.get_content_maintype() == "multipart":
            yield from _split(data, part)
        else:
            yield part


def _split(data: bytes, whole: _Part) -> Iterator[_Part]:
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
        head, body = _head(data[line_end + 1 : min(end, line_end + 1 + MAX_HEAD)])
        yield _Part(head, line_end + 1 + body, end)
    raise Unreadable(f"the file has more than {MAX_PARTS} parts", _HINT)


def _main(head: Message, pages: list[_Part]) -> _Part:
    """The page itself: where the file says what it was saved from, the part that was read there."""
    for key, wanted in (("Content-ID", str(head.get_param("start") or "")), ("Content-Location", _said(head, "Snapshot-Content-Location"))):
        for part in pages:
            if wanted and _said(part.head, key) == wanted:
                return part
    return pages[0]


def _page(path: str, head: Message, part: _Part, data: bytes) -> Member:
    body = data[part.start : part.end]
    coding = _said(part.head, "Content-Transfer-Encoding").lower()
    if coding == "quoted-printable":
        body = binascii.a2b_qp(body)
    elif coding == "base64":
        try:
            body = binascii.a2b_base64(body)
        except binascii.Error:
            return Member(path, error="its page is cut or damaged", hint=_HINT)
    if len(body) > MAX_BYTES or (part.end == len(data) == MAX_READ):
        return Member(path, error=TOO_LARGE)
    if not body.strip():
        return Member(path, error=EMPTY, hint=_HINT)
    url = next((u for u in (_said(head, "Snapshot-Content-Location"), _said(part.head, "Content-Location")) if u.startswith("http")), "")
    date = _date(_said(head, "Date"))
    text = _stated_text(body, part.head.get_content_charset("") or "")
    return Member(
        path,
        text,
        title="" if _TITLE.search(body, 0, MAX_HEAD) else _said(head, "Subject"),
        format="html",
        url=url,
        facts={"metadata": {"fetched": date}} if date else {},
        data=b"" if text else body,
    )


def _stated_text(body: bytes, charset: str) -> str:
    """The text by the charset that the part states, where the bytes alone would not say; empty where they do, as UTF-8 does."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return body.decode(charset, "replace") if charset and not declared_charset(body) else ""
        except (LookupError, ValueError):  # an unknown name, or that of a codec that makes no text
            return ""
    return ""


def _said(head: Message, name: str) -> str:
    """A header as one line, encoded words decoded."""
    try:
        value = str(make_header(decode_header(str(head.get(name, "")))))
    except (LookupError, ValueError):
        value = str(head.get(name, ""))
    return " ".join(value.split())


def _date(value: str) -> str:
    """A date of a header in ISO 8601, empty where it is none."""
    try:
        return parsedate_to_datetime(value).isoformat() if value else ""
    except (ValueError, OverflowError):
        return ""
