"""Web pages saved as one file (MHTML): the page itself, without its pictures and styles. Source: RFC 2557."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from html import escape
from typing import BinaryIO

from pipeline.readers.containers import mime
from pipeline.readers.containers.dates import iso_date
from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, nothing_more, whole
from pipeline.readers.containers.mime import Part, said
from pipeline.readers.decode import decode_forgiving
from pipeline.readers.files import MAX_BYTES, Unreadable

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_FRAME = re.compile(r"<iframe(?=\s)([^<>]{0,4000}?\ssrc\s*=\s*[\"']?cid:([^\"'\s<>]{1,200}))", re.I)
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
    """The one document: the part that the file calls its page, else its first page, with the pages that its frames show.

    Pages that it does not show are skipped and counted. Raises Unreadable.
    """
    file.seek(start)
    data = file.read(min(end - start, mime.MAX_READ))
    message = mime.message(data)
    pages = [part for part in _leaves(data, message) if part.head.get_content_type() in _HTML]
    if not pages:
        raise Unreadable("the file holds no page", _HINT)
    page = _main(message.head, pages)
    frames = {said(part.head, "Content-ID").strip("<>"): part for part in pages if part is not page}
    shown: list[Part] = []
    yield _page(f"{path}!/page", message.head, page, data, frames, shown)
    for number, part in enumerate(pages):
        if part is not page and not any(part is other for other in shown):
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


def _with_frames(page: str, data: bytes, frames: Mapping[str, Part], shown: list[Part]) -> str:
    """A page whose frames hold what they show (`srcdoc`), each frame once; what was found goes into `shown`."""

    def put(found: re.Match[str]) -> str:
        part = frames.get(found[2])
        if part is None or any(part is other for other in shown):
            return found[0]
        shown.append(part)
        return f'<iframe srcdoc="{escape(_text(mime.body(data, part) or b"", part))}"{found[1]}'

    return _FRAME.sub(put, page)


def _text(body: bytes, part: Part) -> str:
    return mime.stated_text(body, part) or decode_forgiving(body).text


def _page(path: str, head: Message, part: Part, data: bytes, frames: Mapping[str, Part], shown: list[Part]) -> Member:
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
    if frames and b"cid:" in body:
        whole_page = _with_frames(_text(body, part), data, frames, shown)
        if len(whole_page) > MAX_BYTES:
            return Member(path, error=TOO_LARGE)
        text = whole_page if shown else text
    return Member(
        path,
        text,
        title="" if _TITLE.search(body, 0, mime.MAX_HEAD) else said(head, "Subject"),
        format="html",
        url=url,
        facts={"metadata": {"fetched": date}} if date else {},
        data=b"" if text else body,
    )
