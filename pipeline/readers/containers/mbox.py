"""Mailboxes (`.mbox`): every message a document, as of a message alone. Source: RFC 4155, appendix A."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pipeline.readers.containers import mail, mime
from pipeline.readers.containers.member import TOO_LARGE, Member, nothing_more
from pipeline.readers.files import Unreadable, encode_path
from pipeline.readers.unpack import PIECE

CHUNK = 8 << 20  # bytes that a stretch has at least
_BETWEEN = re.compile(rb"\n\r?\n(?=From \S)")  # the line that begins a message stands below an empty one; in a text it reads `>From`
_FIRST_LINE = re.compile(rb"From [^\n]*\n")
_QUOTED = re.compile(rb"(?m)^>(?=>*From )")
_OVERLAP = 16  # bytes of a piece that may hold the start of what stands between two messages


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether the file begins as a mailbox."""
    start = file.read(5)
    file.seek(0)
    return start == b"From "


facts = nothing_more


def chunks(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Stretches of whole messages."""
    end = file.seek(0, 2)
    start = 0
    while end - start > CHUNK:
        stop = next(_borders(file, start + CHUNK, end), end)
        yield start, stop
        start = stop
    if start < end or not end:
        yield start, end


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The messages of a stretch, named by their own ids; one without is named by its place in bytes."""
    seen: set[str] = set()
    at = start
    for stop in (*_borders(file, start, end), end):
        name = f"@{at}"
        if stop - at > mime.MAX_READ:
            yield Member(f"{path}!/{name}", error=TOO_LARGE)
        elif stop > at:
            file.seek(at)
            data = _QUOTED.sub(b"", _FIRST_LINE.sub(b"", file.read(stop - at), count=1))
            own = mime.said(mime.read_head(data)[0], "Message-ID").strip("<>")
            if own and own not in seen:
                name = encode_path(own.encode("utf-8", "replace"))
                seen.add(own)
            try:
                yield from mail.documents(data, path, name)
            except Unreadable as no:  # one message is damaged, not the mailbox
                yield Member(f"{path}!/{name}", error=no.error, hint=no.hint)
        at = stop


def _borders(file: BinaryIO, start: int, end: int) -> Iterator[int]:
    """The places after `start` where a message begins."""
    at = start
    rest = b""
    while at < end:
        file.seek(at)
        piece = file.read(min(PIECE, end - at))
        if not piece:
            return
        data = rest + piece
        base = at - len(rest)
        last = 0
        for found in _BETWEEN.finditer(data):
            if base + found.end() > start:
                yield base + found.end()
            last = found.end()
        at += len(piece)
        rest = data[max(last, len(data) - _OVERLAP) :]
