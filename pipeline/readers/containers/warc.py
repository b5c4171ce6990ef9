"""Web archives (WARC): each page that a crawler got is a document. Source: ISO 28500:2017, RFC 9112.

The customary packing, one gzip member a record, is cut between records; other files are one stretch.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, always, nothing_more
from pipeline.readers.files import MAX_BYTES, Unreadable
from pipeline.readers.unpack import PIECE, Stream, packing, unpacked

CHUNK = 8 << 20  # packed bytes that a stretch has at least
MAX_HEAD = 1 << 16  # bytes of the headers of a record: real ones have some hundred
_MEMBER = re.compile(rb"\x1f\x8b\x08")
_TEXT = re.compile(r"\s*(?:text/(?:html|plain|markdown)|application/xhtml\+xml)\b", re.I)
_HINT = "get the archive again; what stands before the damage was read"
_CHUNKS = 1 << 20  # chunks of one body: a page in more is an attack


opens = always
facts = nothing_more


def chunks(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Stretches of whole records."""
    end = file.seek(0, 2)
    start = 0
    while packing(file) == "gz" and end - start > CHUNK:
        stop = _next(file, start + CHUNK, end)
        yield start, stop
        start = stop
    if start < end or not end:
        yield start, end


def _next(file: BinaryIO, at: int, end: int) -> int:
    """Where the next packed record starts, at or after `at`: where unpacking gives the first word of one."""
    file.seek(at)
    rest = b""
    while piece := file.read(PIECE):
        data = rest + piece
        at -= len(rest)
        for found in _MEMBER.finditer(data):
            if len(data) - found.start() < 256 and len(piece) == PIECE:
                break  # its head may be cut: it is looked at with the next piece
            try:
                head = zlib.decompressobj(wbits=31).decompress(data[found.start() : found.start() + 4096], 5)
            except zlib.error:
                continue
            if head == b"WARC/":
                return at + found.start()
        rest = data[-256:]
        at += len(data)
    return end


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The records of a stretch, named by their places in the unpacked stretch after that of the stretch.

    Raises Unreadable.
    """
    stream = Stream(unpacked(file, start, end))
    while True:
        at = stream.at
        line = stream.line(MAX_HEAD).rstrip(b"\r\n")
        if not line:
            if stream.at == at:
                return
            continue
        if not line.startswith(b"WARC/"):
            raise Unreadable("a record of the web archive has no head", _HINT)
        head = _headers(stream)
        size = head.get("content-length", "")
        if not size.isdecimal() or len(size) > 15:
            raise Unreadable("a record of the web archive does not say how long it is", _HINT)
        body = stream.read(min(int(size), MAX_BYTES + MAX_HEAD + 1))
        whole = len(body) == int(size)
        left = int(size) - len(body)
        while left > 0 and (piece := stream.read(min(left, PIECE))):
            left -= len(piece)
        if left > 0:
            raise Unreadable("the web archive ends inside a record", _HINT)
        yield _member(f"{path}!/@{start}.{at}" if start else f"{path}!/@{at}", head, body if whole else None)


def _headers(stream: Stream) -> dict[str, str]:
    found: dict[str, str] = {}
    size = 0
    while size < MAX_HEAD and (line := stream.line(MAX_HEAD).rstrip(b"\r\n")):
        size += len(line)
        name, _, value = line.decode("utf-8", "replace").partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _member(path: str, head: dict[str, str], body: bytes | None) -> Member:
    kind = head.get("warc-type", "").lower()
    url = head.get("warc-target-uri", "").strip("<>")
    if kind not in ("response", "resource"):
        return Member(path, skip="revisit" if kind == "revisit" else "no_page")
    if body is None:
        return Member(path, error=TOO_LARGE)
    media = head.get("content-type", "")
    if kind == "response":
        if not media.lower().startswith("application/http"):
            return Member(path, skip="no_page")
        status, headers, body = _http(body)
        if status != "200":
            return Member(path, skip="http_status")
        media = headers.get("content-type", "")
        body = _plain(body, headers)
        if body is None:
            return Member(path, error="its body cannot be unpacked", hint="leave it out, or fetch the page again")
    if media and not _TEXT.match(media):
        return Member(path, skip="attachment")
    if not body.strip():
        return Member(path, error=EMPTY, hint="leave it out")
    date = head.get("warc-date", "")
    return Member(path, data=body, url=url, facts={"metadata": {"fetched": date}} if date else {})


def _http(block: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of an HTTP response."""
    head, _, body = block.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return [*first.split(), "", ""][1], {name.strip().lower(): value.strip() for name, _, value in pairs}, body


def _plain(body: bytes, headers: Mapping[str, str]) -> bytes | None:
    """A body freed of transfer and content coding; None where it cannot be, or is too large. Many crawlers decode and leave the headers."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _dechunked(body)
    if headers.get("content-encoding", "").lower() in ("gzip", "x-gzip") and body.startswith(b"\x1f\x8b"):
        try:
            plain = zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES + 1)
        except zlib.error:
            return None
        return plain if plain and len(plain) <= MAX_BYTES else None
    return body if len(body) <= MAX_BYTES else None


def _dechunked(body: bytes) -> bytes:
    """A chunked body in one; as it is where it is not chunked."""
    parts: list[bytes] = []
    at = 0
    for _ in range(_CHUNKS):
        line_end = body.find(b"\r\n", at, at + 1024)
        size = body[at:line_end].split(b";")[0].strip() if line_end >= 0 else b""
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            return b"".join(parts) if parts else body
        if int(size, 16) == 0:
            break
        at = line_end + 2 + int(size, 16) + 2
        parts.append(body[line_end + 2 : at - 2])
    return b"".join(parts)
