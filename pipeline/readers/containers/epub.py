"""EPUB books: one document a book, its chapters in reading order. Source: EPUB 3.3, sections 4 and 5."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from urllib.parse import unquote
from xml.etree import ElementTree

from pipeline.readers.containers.member import TOO_LARGE, Member, always, body_of, nothing_more, whole
from pipeline.readers.containers.zips import FAULTS, archive
from pipeline.readers.decode import decode_forgiving
from pipeline.readers.files import MACHINE_ERRORS, MAX_BYTES, Unreadable

MAX_PACKAGE = 4 << 20  # bytes of the files that say what a book consists of
_HINT = "open it in a reader to see whether it is whole, and get it again"


opens = always
chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The one document: its chapters joined as one page of HTML.

    Raises Unreadable.
    """
    with archive(file) as book:
        if "META-INF/encryption.xml" in book.namelist() and b"CipherReference" in (_read(book, "META-INF/encryption.xml") or b""):
            rights = "META-INF/rights.xml" in book.namelist() or "META-INF/license.lcpl" in book.namelist()
            if rights:
                yield Member(f"{path}!/book", error="the book is encrypted (DRM)", hint="use a copy without DRM")
                return
        package = _package(book)
        root = _xml(book, package)
        parts, size = [], 0
        for name in _spine(root, package):
            data = _read(book, name)
            if data is None:
                raise Unreadable(f"the book names a chapter that it does not hold, or that is {TOO_LARGE[6:]}", _HINT)
            parts.append(body_of(decode_forgiving(data).text))
            size += len(data)
            if size > MAX_BYTES:
                yield Member(f"{path}!/book", error=TOO_LARGE)
                return
        yield _member(path, root, "\n".join(f"<section>{part}</section>" for part in parts))


def _member(path: str, root: ElementTree.Element, body: str) -> Member:
    def stated(name: str) -> list[str]:
        return [" ".join("".join(e.itertext()).split()) for e in root.iter() if _local(e.tag) == name and "".join(e.itertext()).strip()]

    title, language, dates = stated("title"), stated("language"), stated("date")
    rest = {
        key: values
        for key, name in (("authors", "creator"), ("publisher", "publisher"), ("identifiers", "identifier"), ("rights", "rights"))
        if (values := stated(name))
    }
    facts: dict[str, object] = {"metadata": {"book": rest}} if rest else {}
    if dates and re.fullmatch(r"\d{4}(?:-\d\d(?:-\d\d.*)?)?", dates[0]):
        facts["created"] = dates[0]
    return Member(
        f"{path}!/book",
        f'<?xml version="1.0"?><html><body>{body}</body></html>',  # so that it is read as the XML that its chapters are
        title=title[0] if title else "",
        language=language[0] if language else "",
        format="html",
        mode="clean",
        facts=facts,
    )


def _package(book: zipfile.ZipFile) -> str:
    """The path of the file that says what the book consists of."""
    container = _xml(book, "META-INF/container.xml")
    found = next((e.get("full-path", "") for e in container.iter() if _local(e.tag) == "rootfile"), "")
    if not found:
        raise Unreadable("the book does not say what it consists of", _HINT)
    return found


def _spine(root: ElementTree.Element, package: str) -> Iterator[str]:
    """Paths of the chapters in reading order."""
    items = {e.get("id", ""): e.get("href", "") for e in root.iter() if _local(e.tag) == "item"}
    for reference in root.iter():
        if _local(reference.tag) == "itemref" and (href := items.get(reference.get("idref", ""), "")):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(href.partition("#")[0])))


def _xml(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    data = _read(book, name, MAX_PACKAGE)
    if data is None or b"<!ENTITY" in data:  # no book needs entities, and they are how XML bombs are made
        raise Unreadable(f"the book has no {posixpath.basename(name)} that can be read", _HINT)
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise Unreadable(f"{posixpath.basename(name)} of the book is broken: {error}", _HINT) from error


def _read(book: zipfile.ZipFile, name: str, limit: int = MAX_BYTES) -> bytes | None:
    """The bytes of a file of the book, None where there is none or it is too large."""
    try:
        with book.open(name) as content:
            data = content.read(limit + 1)
    except (*FAULTS, OSError) as error:  # a directory that leads before the start of the file makes an invalid argument of it
        if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
            raise
        return None
    return data if len(data) <= limit else None


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
