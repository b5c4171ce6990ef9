"""Web pages saved as one file (MHTML): the page itself, without its pictures and styles. Source: RFC 2557."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import BinaryIO

from pipeline.readers.containers import mime
from pipeline.readers.containers.dates import iso_date
from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, nothing_more, whole
from pipeline.readers.containers.mime import Part, said
from pipeline.readers.files import MAX_BYTES, Unreadable

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TITLE = re.compile(rb"<title\b", re.I)
_HINT = "save the page again"


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether the file has the head of a message of parts, or of a page alone."""
    head, _ = mime.read_head(file.read(mime.MAX_HEAD))
    file.seek(0)
    return head.get_content_maintype() == "multipart" or (head.get_content_type() in _HTML and "mime-version" in head)


chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The one document: the part that the file calls its page, else its first page; what stands in frames is skipped and counted.

    Raises Unreadable.
    """
    file.seek(start)
    data = file.read(min(end - start, mime.MAX_READ))
    message = mime.message(data)
    pages = [part for part in _leaves(data, message) if part.head.get_content_type() in _HTML]
    if not pages:
        raise Unreadable("the file holds no page", _HINT)
    page = _main(message.head, pages)
    yield _page(f"{path}!/page", message.head, page, data)
    for number, part in enumerate(pages):
        if part is not page:
            yield Member(f"{path}!/frame{number}", skip="no_page")


def _leaves(data: bytes, message: Part) -> Iterator[Part]:
    """The parts of a message, those of parts of parts included, one level deep; the message itself where it has none."""
    if not message.multiple:
        yield message
        return
    for part in mime.parts(data, message):
        if part.multiple:
            yield from mime.parts(data, part)
        else:
            yield part


def _main(head: Message, pages: list[Part]) -> Part:
    """The page itself: where the file says what it was saved from, the part that was read there."""
    for key, wanted in (("Content-ID", str(head.get_param("start") or "")), ("Content-Location", said(head, "Snapshot-Content-Location"))):
        for part in pages:
            if wanted and said(part.head, key) == wanted:
                return part
    return pages[0]


def _page(path: str, head: Message, part: Part, data: bytes) -> Member:
    body = mime.body(data, part)
    if body is None:
        return Member(path, error="its page is cut or damaged", hint=_HINT)
    if len(body) > MAX_BYTES or (part.end == len(data) == mime.MAX_READ):
        return Member(path, error=TOO_LARGE)
    if not body.strip():
        return Member(path, error=EMPTY, hint=_HINT)
    url = next((u for u in (said(head, "Snapshot-Content-Location"), said(part.head, "Content-Location")) if u.startswith("http")), "")
    date = iso_date(said(head, "Date"))
    text = mime.stated_text(body, part)
    return Member(
        path,
        text,
        title="" if _TITLE.search(body, 0, mime.MAX_HEAD) else said(head, "Subject"),
        format="html",
        url=url,
        facts={"metadata": {"fetched": date}} if date else {},
        data=b"" if text else body,
    )
