"""MediaWiki dumps (`<mediawiki><page>...`): pages as a stream, in bounded memory, resumable, by many workers at once.

    with open("enwiki-pages-articles-multistream.xml.bz2", "rb") as file:
        site = site_info(file)
        for chunk in split(file):                       # give the chunks to workers: each opens the file for itself
            for page in pages(file, chunk.start, chunk.end):
                ...

A dump is plain XML, or packed with bzip2 (also multistream), gzip or zstd. `split` cuts plain files and those of bzip2 so that the
pages of all chunks together are the pages of the file, each once; whatever cannot be cut is one chunk. A page is known by
`(chunk, number)`, so a run that stopped goes on with `pages(file, start, end, skip=number)`.

Source: https://www.mediawiki.org/xml/export-0.11.xsd. A document type declaration is refused: no dump has one, and entities
are how XML bombs are made. Nothing here is parsed as wikitext.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from pipeline.readers import bzip2
from pipeline.readers.files import MAX_BYTES, Unreadable
from pipeline.readers.unpack import PIECE, packing, unpacked

CHUNK = 8 * 1024 * 1024  # bytes of the file that a chunk has at least: small enough for many workers, large against starting one
_BZ2_STREAM = re.compile(rb"BZh[1-9]1AY&SY")  # a stream's head and its first block's: 80 bits, so never by chance
_PAGE = re.compile(rb"<page[\s>]")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_TELLING = 16  # bytes of a chunk from which it can be told to be one: more than the longest beginning, `<mediawiki` or `</mediawiki`
MAX_JOINED = 1000  # dumps that may stand one after another in a chunk: more than anyone joins; each costs a parser
_BORDER = 6  # bytes at the end of a piece in which a page may begin that the next one shows to be one


class Chunk(NamedTuple):
    """A stretch of a dump that can be read alone."""

    start: int  # first byte in the file
    end: int  # one past the last


class Page(NamedTuple):
    """One revision of a page as the dump states it; a dump with histories gives a page once for each revision."""

    number: int  # counted from 0 within the chunk
    title: str
    namespace: int
    id: int  # 0 where the dump gives none
    redirect: str  # title of the page that this one sends to; empty for others
    revision: int
    timestamp: str  # ISO 8601, as stated
    contributor: str  # name, or address of one without a name
    model: str  # content model, `wikitext` for pages of words
    text: str
    oversized: bool  # the text was longer than the limit and is left out

    def extra(self) -> dict[str, str]:
        """The facts as a parser takes them (`model.ParseOptions.extra`); absent ones are left out."""
        facts = {
            "page_id": str(self.id or ""),
            "revision": str(self.revision or ""),
            "namespace": str(self.namespace),
            "timestamp": self.timestamp,
            "contributor": self.contributor,
        }
        return {key: value for key, value in facts.items() if value}


class Site(NamedTuple):
    """What the head of a dump says of its wiki."""

    name: str
    base: str  # address of the main page
    generator: str  # MediaWiki's version
    language: str  # of the root element's xml:lang
    namespaces: dict[int, str]  # number -> name; the main one is empty


def split(file: BinaryIO, size: int = CHUNK) -> Iterator[Chunk]:
    """Cuts a dump where it can be cut, into chunks of at least `size` bytes.

    Plain XML is cut before a `<page>`, bzip2 before a stream or, where there is but one, before a block; everything else is one chunk.
    """
    kind = packing(file)
    end = file.seek(0, 2)
    if kind not in ("bz2", ""):
        yield Chunk(0, end)
        return
    mark = _BZ2_STREAM if kind == "bz2" else _PAGE
    blocks = kind == "bz2" and end > size and _next(file, mark, 1, end) == end and bzip2.ends(file) >= 0
    start = 0
    while start < end:
        stop = end
        if start + size < end:
            stop = bzip2.next_block(file, start + size, end) if blocks else _next(file, mark, start + size, end)
        yield Chunk(start, stop)
        start = stop


def _between_blocks(file: BinaryIO, start: int, end: int) -> bool:
    """Whether a chunk begins or ends inside a stream of bzip2."""
    return packing(file) == "bz2" and any(not _opens(file, at) for at in (start, end) if 0 < at < file.seek(0, 2))


def _opens(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return _BZ2_STREAM.match(file.read(10)) is not None


def _whole_pages(pieces: Iterator[tuple[bytes, bool]], head: bool) -> Iterator[bytes]:
    """Of the pieces of some blocks and of what follows them, the pages that begin in these blocks; `head` where the dump does, too."""
    inside, rest, border = head, b"", 0  # border: bytes of `rest` that are of these blocks
    for piece, own in pieces:
        data = rest + piece
        border = len(data) if own else border
        if not inside:
            begins = _PAGE.search(data)
            if begins is None or begins.start() >= border:
                if not own and len(data) >= border + _BORDER:
                    return
                rest = data[-_BORDER:] if own else data
                border = len(rest) if own else border
                continue
            inside, data, border = True, data[begins.start() :], border - begins.start()
        if not own and (follows := _PAGE.search(data, border)):
            yield data[: follows.start()]
            return
        yield data[:-_BORDER]
        rest = data[-_BORDER:]
        border = len(rest) if own else max(0, border - max(0, len(data) - _BORDER))
    if inside:
        yield rest


def _next(file: BinaryIO, mark: re.Pattern[bytes], at: int, end: int) -> int:
    """The position of the next mark at or after `at`, or the end."""
    file.seek(at)
    rest = b""
    while piece := file.read(PIECE):
        data = rest + piece
        if match := mark.search(data):
            return at - len(rest) + match.start()
        rest = data[-16:]
        at += len(piece)
    return end


def pages(file: BinaryIO, start: int = 0, end: int | None = None, *, skip: int = 0, limit: int = MAX_BYTES) -> Iterator[Page]:
    """The pages of a chunk, in order, from number `skip` on; a text of more than `limit` characters is left out and marked.

    Raises Unreadable where the chunk is no dump, is damaged, holds a document type declaration or unpacks beyond MAX_RATIO; the
    pages before the damage have been given by then.
    """
    reader = _Reader(skip, limit)
    end = file.seek(0, 2) if end is None else end
    cut = _between_blocks(file, start, end)
    for piece in _whole_pages(bzip2.unpacked(file, start, end), start == 0) if cut else unpacked(file, start, end):
        try:
            reader.feed(piece)
        finally:  # what was whole before the damage
            yield from reader.take()
    try:
        reader.finish()
    finally:
        yield from reader.take()


def site_info(file: BinaryIO) -> Site:
    """What the head of a dump says of its wiki; empty fields where it says nothing.

    Raises Unreadable, as `pages` does, where the head itself is damaged.
    """
    reader = _Reader(0, MAX_BYTES)
    for piece in unpacked(file, 0, file.seek(0, 2)):
        try:
            reader.feed(piece)
        except Unreadable:
            if not reader.past_head:  # damage below it is the pages' to tell
                raise
        if reader.past_head:
            break
    get = reader.head.get
    return Site(get("sitename", ""), get("base", ""), get("generator", ""), reader.language, reader.namespaces)


def _damaged(error: str) -> Unreadable:
    return Unreadable(error, "fetch the dump again and compare its checksum with the one published beside it")


# -- XML ------------------------------------------------------------------------------------------------------------------

_FIELDS = frozenset(("title", "ns", "id", "timestamp", "username", "ip", "model", "text", "sitename", "base", "generator", "namespace"))


class _Reader:
    """Collects pages from the events of expat; a chunk that starts inside a dump is given a root of its own."""

    def __init__(self, skip: int, limit: int) -> None:
        self.head: dict[str, str] = {}
        self.namespaces: dict[int, str] = {}
        self.language = ""
        self.past_head = False
        self._skip = skip
        self._limit = limit
        self._found: list[Page] = []
        self._number = 0
        self._first = b""  # what has come before there is enough to see what it is
        self._fresh = True
        self._path: list[str] = []
        self._words: list[str] = []
        self._size = 0
        self._wanted = False
        self._page: dict[str, str] = {}
        self._revision: dict[str, str] = {}
        self._key = ""
        self._after = b""  # what stands after the end of a dump, until there is enough to see what it is
        self._joined = 0
        self._begin()

    def _begin(self) -> None:
        """A dump begins."""
        self._ended = False
        self._given = self._last_tag = 0  # bytes of it that were parsed, and where its last tag begins among them
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the chunk."""
        if self._fresh:
            self._first = data = self._first + data
            head = data.lstrip(b"\xef\xbb\xbf \t\r\n")
            if len(head) < _TELLING:
                return
            self._fresh = False
            if _PAGE.match(head) or head.startswith(b"</mediawiki"):
                self._parse(b"<mediawiki>")
            elif not head.startswith((b"<?xml", b"<mediawiki", b"<!")):
                raise Unreadable("this is no MediaWiki dump", "a dump starts with <mediawiki>; check how the file was made")
        self._parse(data)

    def finish(self) -> None:
        """Says that the chunk has ended; inside a page that is damage."""
        if self._fresh and self._first.strip():
            self.feed(b" " * _TELLING)
        if "page" in self._path:
            raise _damaged("the dump ends inside a page")
        if self._after:
            raise _damaged("something else stands after the end of the dump")

    def take(self) -> list[Page]:
        """The pages that are complete since the last call."""
        found, self._found = self._found, []
        return found

    def _parse(self, data: bytes) -> None:
        while data:
            if self._ended:
                data = self._another(data)
                continue
            try:
                self._parser.Parse(data, False)
            except expat.ExpatError as error:
                if not self._ended:
                    raise _damaged(f"the XML of the dump is broken: {error}") from error
            if not self._ended:
                self._given += len(data)
                return
            data = data[data.find(b">", max(0, self._last_tag - self._given)) + 1 :]

    def _another(self, data: bytes) -> bytes:
        """What stands after the end of a dump: another one, where several were joined to one file, from its first byte on."""
        self._after += data
        rest = self._after.lstrip(b"\xef\xbb\xbf \t\r\n")
        if 0 < len(rest) < _TELLING:
            return b""
        self._after = b""
        if rest:
            self._joined += 1
            if self._joined > MAX_JOINED or not rest.startswith((b"<?xml", b"<mediawiki", b"<!--")):
                raise _damaged("something else stands after the end of the dump")
            self._begin()
        return rest

    def _doctype(self, *_: object) -> None:
        raise Unreadable("the file has a document type declaration", "no MediaWiki dump has one: leave the file out of raw/")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        path = self._path
        path.append(name)
        self._wanted = name in _FIELDS
        if self._wanted:
            self._words = []
            self._size = 0
        if name == "page":
            self._page = {}
            self.past_head = True
        elif name == "revision":
            self._revision = {}
        elif name == "redirect":
            self._page["redirect"] = attributes.get("title", "")
        elif name == "namespace":
            self._key = attributes.get("key", "")
        elif name == "mediawiki":
            self.language = attributes.get("xml:lang", "")

    def _text(self, words: str) -> None:
        if self._wanted:
            self._size += len(words)
            if self._size <= self._limit:
                self._words.append(words)

    def _end(self, name: str) -> None:
        path = self._path
        path.pop()
        if not path:
            self._ended, self._last_tag = True, self._parser.CurrentByteIndex
        if self._wanted and name in _FIELDS:
            self._field(name, path[-1] if path else "")
        self._wanted = False
        if name == "revision":
            self._add()
        elif name == "siteinfo":
            self.past_head = True

    def _field(self, name: str, parent: str) -> None:
        text = "".join(self._words) if self._size <= self._limit else ""
        if parent == "page":
            self._page[name] = text
        elif parent == "revision":
            self._revision[name] = text
            if name == "text" and self._size > self._limit:
                self._revision["oversized"] = "yes"
        elif parent == "contributor" and name in ("username", "ip"):
            self._revision["contributor"] = text
        elif parent == "siteinfo":
            self.head[name] = text
        elif name == "namespace" and _INTEGER.fullmatch(self._key):
            self.namespaces[int(self._key)] = text

    def _add(self) -> None:
        number, self._number = self._number, self._number + 1
        if number < self._skip:
            return
        page, revision = self._page.get, self._revision.get
        self._found.append(
            Page(
                number,
                page("title", ""),
                _integer(page("ns", "")),
                _integer(page("id", "")),
                page("redirect", ""),
                _integer(revision("id", "")),
                revision("timestamp", ""),
                revision("contributor", ""),
                revision("model", "") or "wikitext",
                revision("text", ""),
                bool(revision("oversized")),
            )
        )


def _integer(text: str) -> int:
    """A number as a dump writes it, 0 for anything else.

    >>> _integer("-1"), _integer("--1"), _integer("x")
    (-1, 0, 0)
    """
    return int(text) if _INTEGER.fullmatch(text) else 0
