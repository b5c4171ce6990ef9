"""Reading, decoding, parsing and fingerprinting raw documents: one segment of documents and one of fingerprints a task."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pipeline import convert
from pipeline.config import Source
from pipeline.errors import ConfigError
from pipeline.model import Document, Quarantined, Raw, RawDocument
from pipeline.overlap.fingerprint import Outline, fingerprints
from pipeline.parsers import Parser, detect, parser_for
from pipeline.readers import containers, files
from pipeline.readers.decode import NotText, decode
from pipeline.run.guard import WorkerLostError, at_item
from pipeline.store import segments
from pipeline.text import words as text_words
from pipeline.text.edit import drop_furniture

T = TypeVar("T")

# -- parse -------------------------------------------------------------------------------------------------------------


class ParseTask(msgspec.Struct, frozen=True):
    """Raw documents for one worker: some files, or a stretch of a container."""

    raw: str  # the raw folder
    folder: str  # where the segment goes
    name: str  # of the segment
    entries: list[tuple[str, bytes, Source]]  # path for people, path on disk, source; the container alone, where `stretch` is given
    stretch: tuple[int, int] | None = None  # first byte and one past the last
    lost: dict[int, str] = {}  # numbers of raw documents on which a worker ended, and why: they are quarantined unread


class Parsed(msgspec.Struct, frozen=True):
    """One frame of a segment: a document and where it came from."""

    source: str
    license: str
    attribution: str
    raw: Raw
    document: Document


class Head(msgspec.Struct, frozen=True):
    """What the rest of the run needs to know of a parsed document without reading it."""

    path: str  # of the raw document
    source: str  # stanza name
    key: str  # the document's own name within its source
    segment: str  # where the document is
    offset: int
    length: int
    title: str  # normal form of the title
    words: int  # words of the clean text
    modified: str  # ISO 8601
    licensed: bool  # its licence is known
    sha256: str  # of the clean text
    outline: Outline  # of its fingerprint
    print_offset: int  # where the fingerprint is, in the segment's `.prints`
    print_length: int


class ParseReceipt(msgspec.Struct, frozen=True):
    """What a worker did."""

    found: int  # raw documents that it came across
    heads: list[Head]
    quarantined: list[Quarantined]
    skipped: dict[str, dict[str, int]]  # source -> reason -> members of a container that are no documents
    rules: dict[str, dict[str, int]]  # source -> rule -> removals
    flags: dict[str, int]  # flag -> documents
    diagnostics: dict[str, int]  # code -> count
    unknown_templates: dict[str, int]  # name -> count


class Rejected(Exception):
    """A raw document that cannot become a Document; the fields of its quarantine line."""

    def __init__(self, stage: str, error: str, hint: str, sha256: str = "") -> None:
        super().__init__(error)
        self.stage, self.error, self.hint, self.sha256 = stage, error, hint, sha256


def parse_batch(task: ParseTask) -> ParseReceipt:
    """Reads, decodes, parses and fingerprints raw documents; what cannot be read is quarantined by name, the rest goes on."""
    tally = _Tally(task.name)
    place = Path(task.folder) / task.name
    with segments.Writer(place) as writer, segments.Writer(prints_of(place)) as prints:
        for some in _slices(_attempts(task), FINGERPRINT_BATCH):
            kept = []
            for one, source in some:
                if isinstance(one, Parsed):
                    kept.append((one, source, writer.add(one)))
                tally.count(one, source)
            tally.heads(kept, prints)
    return tally.receipt()


def prints_of(segment: Path) -> Path:
    """Where the fingerprints of a segment's documents are."""
    return segment.with_name(segment.name + PRINTS)


PRINTS = ".prints"  # ending of a segment of fingerprints


FINGERPRINT_BATCH = 200  # documents whose words are hashed at once: bounds what a worker holds of a container


def _attempts(task: ParseTask) -> Iterator[tuple[Parsed | Quarantined | str, Source]]:
    """What becomes of every raw document of a task."""
    for number, (path, real, source) in enumerate(task.entries):
        if task.stretch is not None:
            yield from ((one, source) for one in _members(task, path, real, source))
            continue
        at_item(number)
        try:
            if number in task.lost:
                raise _lost(task.lost[number])
            yield parse_one(task.raw, path, real, source), source
        except Rejected as no:
            yield Quarantined(path, source.name, no.sha256, no.stage, no.error, no.hint), source


def _lost(reason: str) -> Rejected:
    return Rejected("parse", f"the document {reason}", "split the document, or leave it out of raw/; its neighbours were not touched")


def without(task: ParseTask, lost: WorkerLostError) -> list[ParseTask]:
    """What to run instead of a task whose worker ended: the rest, and the culprit once more alone, or quarantined where it was alone."""
    number = max(0, lost.item)
    if task.stretch is not None or len(task.entries) == 1:
        return [msgspec.structs.replace(task, lost={**task.lost, number: lost.reason})]
    alone = msgspec.structs.replace(task, name=f"{task.name}-{number}", entries=[task.entries[number]])
    rest = [entry for n, entry in enumerate(task.entries) if n != number]
    return [msgspec.structs.replace(task, entries=rest), alone]


def _members(task: ParseTask, path: str, real: bytes, source: Source) -> Iterator[Parsed | Quarantined | str]:
    """What becomes of every member of a container's stretch."""
    start, end = task.stretch or (0, 0)
    try:
        for number, member in enumerate(containers.members(task.raw, path, real, start, end)):
            at_item(number)
            if number in task.lost:
                no = _lost(task.lost[number])
                yield Quarantined(member.path, source.name, "", no.stage, no.error, no.hint)
            elif member.skip:
                yield member.skip
            elif member.error:
                yield Quarantined(member.path, source.name, "", "read", member.error, "split the page, or leave it out of the dump")
            else:
                yield _member(member, source)
    except (files.Unreadable, OSError) as no:
        error = no.error if isinstance(no, files.Unreadable) else f"reading failed: {no.strerror or no}"
        hint = "get the dump again; the pages before the damage were read"
        yield Quarantined(f"{path}!/@{start}", source.name, "", "read", error, hint)


def _member(member: containers.Member, source: Source) -> Parsed | Quarantined:
    options = source.parse_options()
    facts = {"title": member.title, "extra": member.extra, "language": options.language or member.language}
    data = member.text.encode("utf-8", "replace")
    raw = RawDocument(
        path=member.path, data=data, text=member.text, format=source.format or "wikitext", options=msgspec.structs.replace(options, **facts)
    )
    try:
        return _parsed(raw, source, ())
    except Rejected as no:
        return Quarantined(member.path, source.name, no.sha256, no.stage, no.error, no.hint)


class _Tally:
    """The counts of a task."""

    def __init__(self, segment: str) -> None:
        self.segment = segment
        self.seen = 0
        self.found: list[Head] = []
        self.quarantined: list[Quarantined] = []
        self.skipped: dict[str, Counter[str]] = {}
        self.rules: dict[str, Counter[str]] = {}
        self.flags: Counter[str] = Counter()
        self.diagnostics: Counter[str] = Counter()
        self.templates: Counter[str] = Counter()

    def count(self, one: Parsed | Quarantined | str, source: Source) -> None:
        """Counts one outcome."""
        self.seen += 1
        if isinstance(one, str):
            self.skipped.setdefault(source.name, Counter())[one] += 1
        elif isinstance(one, Quarantined):
            self.quarantined.append(one)
        else:
            self.rules.setdefault(source.name, Counter()).update(r.rule for r in one.document.removals)
            self.flags.update(one.document.flags)
            self.diagnostics.update(d.code for d in one.document.diagnostics)
            self.templates.update(one.document.metadata.get("unknown_templates", {}))

    def heads(self, kept: list[tuple[Parsed, Source, tuple[int, int]]], writer: segments.Writer) -> None:
        """Writes the fingerprints of documents that were written, and adds their heads."""
        prints = fingerprints([parsed.document for parsed, _, _ in kept])
        for (parsed, source, place), print_ in zip(kept, prints, strict=True):
            self.found.append(_head(parsed, source, self.segment, place, print_.outline(), writer.add(print_)))

    def receipt(self) -> ParseReceipt:
        """The counts as a receipt."""
        skipped, rules = ({name: dict(counts) for name, counts in table.items()} for table in (self.skipped, self.rules))
        plain = (skipped, rules, dict(self.flags), dict(self.diagnostics), dict(self.templates))
        return ParseReceipt(self.seen, self.found, self.quarantined, *plain)


def _slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def parse_one(raw: str, path: str, real: bytes, source: Source) -> Parsed:
    """One raw document, from bytes on disk to a clean Document.

    Raises Rejected.
    """
    try:
        data = files.read(raw, real)
    except files.Unreadable as no:
        raise Rejected("read", no.error, no.hint) from no
    digest = hashlib.sha256(data).hexdigest()
    try:
        decoded = decode(data)
    except NotText as no:
        raise Rejected("decode", no.error, no.hint, digest) from no
    format_name = source.format or _detect(decoded.text, path, digest)
    raw_document = RawDocument(
        path=path, data=data, text=decoded.text, encoding=decoded.encoding, format=format_name, options=source.parse_options()
    )
    return _parsed(raw_document, source, decoded.flags)


def _parsed(raw: RawDocument, source: Source, flags: tuple[str, ...]) -> Parsed:
    """A decoded raw document, parsed.

    Raises Rejected.
    """
    digest = hashlib.sha256(raw.data).hexdigest()
    parser = load_parser(source.parser) if source.parser else parser_for(raw.format)
    try:
        document = finish(convert.convert(raw, flags, parser), source, parser.NAME)
        msgspec.json.encode(document)  # every parser promises text that UTF-8 can hold; this holds them to it
    except Exception as error:  # a parser that raises breaks its promise: the document is named, its neighbours go on
        hint = "report this document to the parser's maintainers"
        raise Rejected("parse", f"the {parser.NAME} parser failed: {type(error).__name__}", hint, digest) from error
    facts = Raw(raw.path, digest, len(raw.data), parser.MEDIA_TYPE, raw.encoding, parser.NAME, parser.VERSION)
    return Parsed(source.name, document.license or source.license, document.attribution or source.attribution, facts, document)


def finish(document: Document, source: Source, format: str) -> Document:
    """What a stanza asks of every format: its title pattern, and its furniture."""
    if source.drop_lines or source.drop_after:
        document = drop_furniture(document, format, source.drop_lines, source.drop_after)
    if source.title_pattern and (found := re.search(source.title_pattern, document.text)):
        document = msgspec.structs.replace(document, title=" ".join(found["title"].split()))
    return document


def load_parser(spec: str) -> Parser:
    """A parser of one's own, `package.module:object`.

    Raises ConfigError where it cannot be imported or lacks what the protocol asks for.
    """
    module, _, name = spec.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"parser = {spec!r}: cannot be loaded ({error}); install its package, and check the name after the colon"
        ) from error
    missing = [a for a in ("NAME", "VERSION", "MEDIA_TYPE", "IDENTITY", "parse") if not hasattr(found, a)]
    if missing:
        raise ConfigError(f"parser = {spec!r}: has no {', '.join(missing)}; see docs/adding-a-source.md")
    parser: Parser = found
    return parser


def _detect(text: str, path: str, digest: str) -> str:
    found = detect.rank(text, path)
    chosen = detect.choose(found)
    if not chosen:
        seen = ", ".join(f"{d.format} {d.score:.2f}" for d in found[:3]) or "no format fits"
        raise Rejected(
            "detect", f"the format is not clear: {seen}", 'name it: format = "..." in the source\'s stanza of sources.toml', digest
        )
    return chosen


def _head(parsed: Parsed, source: Source, segment: str, place: tuple[int, int], outline: Outline, print_place: tuple[int, int]) -> Head:
    document = parsed.document
    return Head(
        path=parsed.raw.path,
        source=source.name,
        key=identity(document, parsed.raw, source),
        segment=segment,
        offset=place[0],
        length=place[1],
        title=text_words.key(document.title),
        words=len(document.text.split()),
        modified=document.modified,
        licensed=bool(parsed.license),
        sha256=hashlib.sha256(document.text.encode()).hexdigest(),
        outline=outline,
        print_offset=print_place[0],
        print_length=print_place[1],
    )


def identity(document: Document, raw: Raw, source: Source) -> str:
    """The document's name within its source: what `id_from` asks for, else the first that the format knows it by."""
    parser = load_parser(source.parser) if source.parser else parser_for(raw.parser)
    path = raw.path.removeprefix(f"{source.name}/")
    values = {"permalink": document.permalink.strip("/"), "url": document.url, "title": document.title, "path": path}
    order = (source.id_from, "path") if source.id_from else (*parser.IDENTITY, "path")
    return next(values[name] for name in order if values[name])
