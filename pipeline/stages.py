"""The stages that run in workers: files in, one file and a small receipt out, so that any executor can run them anywhere.

Nothing here knows what comes before or after; the order of stages is in ingest.py.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from pipeline import convert
from pipeline.assemble import Part, assemble
from pipeline.config import Source
from pipeline.errors import ConfigError
from pipeline.model import Document, Dropped, Duplicate, Quarantined, Raw, RawDocument, Record
from pipeline.overlap.fingerprint import Fingerprint, fingerprint
from pipeline.parsers import Parser, detect, parser_for
from pipeline.readers import files
from pipeline.readers.decode import NotText, decode
from pipeline.store import segments
from pipeline.text import words as text_words
from pipeline.text.edit import drop_furniture

# -- parse -------------------------------------------------------------------------------------------------------------


class ParseTask(msgspec.Struct, frozen=True):
    """Raw documents for one worker."""

    raw: str  # the raw folder
    folder: str  # where the segment goes
    name: str  # of the segment
    entries: list[tuple[str, bytes, Source]]  # path for people, path on disk, source


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
    print: Fingerprint  # for overlap


class ParseReceipt(msgspec.Struct, frozen=True):
    """What a worker did."""

    heads: list[Head]
    quarantined: list[Quarantined]
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
    parsed: list[Parsed] = []
    sources: list[Source] = []
    quarantined: list[Quarantined] = []
    rules: dict[str, Counter[str]] = {}
    flags: Counter[str] = Counter()
    diagnostics: Counter[str] = Counter()
    templates: Counter[str] = Counter()
    for path, real, source in task.entries:
        try:
            one = parse_one(task.raw, path, real, source)
        except Rejected as no:
            quarantined.append(Quarantined(path, source.name, no.sha256, no.stage, no.error, no.hint))
            continue
        parsed.append(one)
        sources.append(source)
        rules.setdefault(source.name, Counter()).update(r.rule for r in one.document.removals)
        flags.update(one.document.flags)
        diagnostics.update(d.code for d in one.document.diagnostics)
        templates.update(one.document.metadata.get("unknown_templates", {}))
    places = segments.write(Path(task.folder) / task.name, parsed)
    heads = [_head(p, s, task.name, at) for p, s, at in zip(parsed, sources, places, strict=True)]
    return ParseReceipt(heads, quarantined, {k: dict(v) for k, v in rules.items()}, dict(flags), dict(diagnostics), dict(templates))


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
    parser = load_parser(source.parser) if source.parser else parser_for(format_name)
    document_in = RawDocument(
        path=path, data=data, text=decoded.text, encoding=decoded.encoding, format=parser.NAME, options=source.parse_options()
    )
    try:
        document = finish(convert.convert(document_in, decoded.flags, parser), source, parser.NAME)
        document = _encodable(document)
    except Exception as error:  # a parser that raises breaks its promise: the document is named, its neighbours go on
        raise Rejected(
            "parse", f"the {parser.NAME} parser failed: {type(error).__name__}", "report this document to the parser's maintainers", digest
        ) from error
    facts = Raw(path, digest, len(data), parser.MEDIA_TYPE, decoded.encoding, parser.NAME, parser.VERSION)
    license_, attribution = document.license or source.license, document.attribution or source.attribution
    return Parsed(source.name, license_, attribution, facts, document)


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


def _encodable(document: Document) -> Document:
    """The document itself where it can be written as UTF-8 JSON; every parser promises that, and this holds them to it."""
    msgspec.json.encode(document)
    return document


def _head(parsed: Parsed, source: Source, segment: str, place: tuple[int, int]) -> Head:
    document = parsed.document
    digest = hashlib.sha256(document.text.encode()).hexdigest()
    key = identity(document, parsed.raw, source)
    words = len(document.text.split())
    return Head(
        parsed.raw.path,
        source.name,
        key,
        segment,
        *place,
        text_words.key(document.title),
        words,
        document.modified,
        bool(parsed.license),
        digest,
        fingerprint(document),
    )


def identity(document: Document, raw: Raw, source: Source) -> str:
    """The document's name within its source: what `id_from` asks for, else the first that the format knows it by."""
    parser = load_parser(source.parser) if source.parser else parser_for(raw.parser)
    path = raw.path.removeprefix(f"{source.name}/")
    values = {"permalink": document.permalink.strip("/"), "url": document.url, "title": document.title, "path": path}
    order = (source.id_from, "path") if source.id_from else (*parser.IDENTITY, "path")
    return next(values[name] for name in order if values[name])


# -- assemble ----------------------------------------------------------------------------------------------------------


class Cluster(msgspec.Struct, frozen=True):
    """Documents that become one record, canonical first."""

    ids: list[str]
    places: list[tuple[str, int, int]]  # segment, offset, length
    keep_unique: list[bool]  # whether a document's own passages may join the record
    duplicates: list[Duplicate]  # of the record


class AssembleTask(msgspec.Struct, frozen=True):
    """Clusters for one worker, in the order of output."""

    folder: str  # where segments are and pieces go
    name: str  # of the pieces
    clusters: list[Cluster]


class AssembleReceipt(msgspec.Struct, frozen=True):
    """What a worker did."""

    records: int
    dropped: int
    licenses: dict[str, int]  # licence -> records
    words_lost: dict[str, int]  # source -> words that overlap took
    words_kept: dict[str, int]  # source -> words of records
    rules: dict[str, dict[str, int]]  # source of the dropped document -> overlap rule -> lines


def assemble_batch(task: AssembleTask) -> AssembleReceipt:
    """Writes two pieces of output: `<name>.documents` and `<name>.dropped`, lines of JSON."""
    folder = Path(task.folder)
    licenses: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    rules: dict[str, Counter[str]] = {}
    lines = 0
    with (
        segments.Reader(folder, Parsed) as reader,
        (folder / f"{task.name}.documents").open("wb") as documents,
        (folder / f"{task.name}.dropped").open("wb") as dropped,
    ):
        for cluster in task.clusters:
            done = assemble(_parts(cluster, reader), cluster.duplicates)
            documents.write(json_line(done.record))
            for line in done.dropped:
                dropped.write(json_line(line))
                if line.rule.startswith("overlap."):
                    rules.setdefault(line.id.split(":", 1)[0], Counter())[line.rule] += 1
            lines += len(done.dropped)
            licenses[done.record.license] += 1
            kept[done.record.source] += len(done.record.text.split())
            lost.update(done.words_lost)
    return AssembleReceipt(len(task.clusters), lines, dict(licenses), dict(lost), dict(kept), {k: dict(v) for k, v in rules.items()})


def _parts(cluster: Cluster, reader: segments.Reader) -> list[Part]:
    parts = []
    for id_, place, keep in zip(cluster.ids, cluster.places, cluster.keep_unique, strict=True):
        found: Parsed = reader.get(*place)
        parts.append(Part(id_, found.source, found.raw, found.license, found.attribution, keep, found.document))
    return parts


_ENCODER = msgspec.json.Encoder()
_UNSAFE = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


def json_line(value: Record | Dropped | Any) -> bytes:
    """One line of JSON: UTF-8, no line separator of any kind inside, ends with a newline.

    >>> json_line({"a": "b\\u2028c"})
    b'{"a":"b\\\\u2028c"}\\n'
    """
    data = _ENCODER.encode(value)
    for raw, escaped in _UNSAFE:  # lead bytes of UTF-8 never occur inside another character, so bytes can be replaced
        if raw in data:
            data = data.replace(raw, escaped)
    return data + b"\n"
