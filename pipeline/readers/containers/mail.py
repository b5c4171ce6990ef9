"""Mail kept as files (`.eml`): what is written in a message, with its subject, sender and date; attachments are counted.

Sources: RFC 5322, RFC 2046 section 5.1 (parts), RFC 3676 (lines that flow).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from email.utils import parseaddr
from html import escape
from typing import BinaryIO, NamedTuple

from pipeline.readers.containers import mime
from pipeline.readers.containers.dates import iso_date
from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, body_of, nothing_more, whole
from pipeline.readers.containers.mime import Part, said
from pipeline.readers.decode import decode_forgiving
from pipeline.readers.files import MAX_BYTES, Unreadable

MAX_DEPTH = 8  # parts in one another: forwarded mail has three or four
_HEAD = re.compile(rb"(?:From |[!-9;-~]{1,76}:)")
_KNOWN = ("from", "date", "subject", "mime-version", "message-id")
_HINT = "save the message again"


class _Text(NamedTuple):
    """What is written in a part."""

    html: bool
    text: str


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether the file has the head of a message."""
    start = file.read(mime.MAX_HEAD)
    file.seek(0)
    return bool(_HEAD.match(start)) and sum(name in mime.read_head(start)[0] for name in _KNOWN) >= 2


chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The one document; of a text that stands there twice, plain and as HTML, the latter.

    Raises Unreadable.
    """
    file.seek(start)
    yield from documents(file.read(min(end - start, mime.MAX_READ)), path, "message")


def documents(data: bytes, path: str, name: str) -> Iterator[Member]:
    """A message as a member of its file, and its attachments, which are skipped.

    Raises Unreadable.
    """
    message = mime.message(data)
    found: list[_Text] = []
    attached = _read(data, message, found, 0)
    yield _member(f"{path}!/{name}", message.head, found)
    for number in range(attached):
        yield Member(f"{path}!/{name}/attachment{number}", skip="attachment")


def _read(data: bytes, part: Part, found: list[_Text], depth: int) -> int:
    """Adds what is written in a part, in order; how many attachments are in it."""
    kind = part.head.get_content_type()
    if part.multiple and depth < MAX_DEPTH:
        inner = list(mime.parts(data, part))
        if kind != "multipart/alternative":
            return sum(_read(data, p, found, depth + 1) for p in inner)
        roads: list[tuple[list[_Text], int]] = []  # the same said in several ways, the richest last
        for p in inner:
            said_there: list[_Text] = []
            roads.append((said_there, _read(data, p, said_there, depth + 1)))
        texts, attached = next((r for r in reversed(roads) if any(t.text.strip() for t in r[0])), ([], 0))
        found += texts
        return attached
    if kind not in ("text/html", "text/plain") or part.head.get_content_disposition() == "attachment":
        return 1
    body = mime.body(data, part)
    if body is None:
        raise Unreadable("a text of the message is cut or damaged", _HINT)
    text = mime.stated_text(body, part) or decode_forgiving(body).text
    found.append(_Text(True, text) if kind == "text/html" else _Text(False, _flowed(text, part.head)))
    return 0


def _flowed(text: str, head: Message) -> str:
    """Plain text whose lines were broken for the way joined again, where the part says that they were (RFC 3676, section 4)."""
    text = text.replace("\r\n", "\n")
    if str(head.get_param("format") or "").lower() != "flowed":
        return text
    joint = "" if str(head.get_param("delsp") or "").lower() == "yes" else " "
    lines = text.split("\n")
    out: list[str] = []
    goes_on = False
    for line in lines:
        line = line.removeprefix(" ") if not line.startswith(">") else line
        if goes_on and not line.startswith(">"):
            out[-1] += line
        else:
            out.append(line)
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if goes_on:
            out[-1] = out[-1][:-1] + joint
    return "\n".join(out)


def _member(path: str, head: Message, found: list[_Text]) -> Member:
    html = any(text.html for text in found)
    text = _joined(found) if html else "\n\n".join(t.text for t in found)
    if not text.strip():
        return Member(path, error=EMPTY, hint=_HINT)
    if len(text) > MAX_BYTES:
        return Member(path, error=TOO_LARGE)
    stated = {"metadata": {name: value for name in ("from", "to", "cc") if (value := said(head, name))}}
    sender = parseaddr(said(head, "From"))
    known = {"attribution": sender[0] or sender[1], "created": iso_date(said(head, "Date"))}
    return Member(
        path,
        text,
        title=said(head, "Subject"),
        format="html" if html else "text",
        mode="clean",
        facts=stated | {k: v for k, v in known.items() if v},
    )


def _joined(found: list[_Text]) -> str:
    """One page of several texts: mail programs cut them where an attachment stood, and lists add a plain one below."""
    if len(found) == 1:
        return found[0].text
    pieces = []
    for one in found:
        if one.html:
            pieces.append(body_of(one.text))
        else:
            pieces += [f"<p>{escape(p)}</p>" for p in re.split(r"\n\s*\n", one.text) if p.strip()]
    return "<div>" + "\n".join(pieces) + "</div>"
