"""Reading, decoding, parsing and fingerprinting raw documents: one segment of documents and one of fingerprints a task."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline import convert
from pipeline.config import Source
from pipeline.model import Document, Quarantined, Raw, RawDocument
from pipeline.overlap.fingerprint import fingerprints
from pipeline.parsers import Parser, detect, parser_for
from pipeline.readers import containers, files, office
from pipeline.readers.decode import NotText, decode
from pipeline.run.guard import at_item, identified, retire
from pipeline.stages.heads import head
from pipeline.stages.keys import EVERY, detector_of, load_parser, parse_key
from pipeline.stages.receipts import ALL, Job, Outcome, Parsed, ParseReceipt, ParseTask, Rejected, Tally, encode_outcome
from pipeline.store import segments
from pipeline.store.state import Unit
from pipeline.text.edit import drop_furniture
from pipeline.text.urls import clean_url

FINGERPRINT_BATCH = 200  # documents whose words are hashed at once ...
FINGERPRINT_CHARACTERS = 4_000_000  # ... or this much text: bounds what a worker holds


UNREAD = "unread"  # tier of a document that may not be parsed again, not even by a last resort
SEALED = "sealed"  # tier of one whose container may not be opened again
DAMAGED_HINT = "get the file again; what stands before the damage was read"


class Same(NamedTuple):
    """A document whose known result stands."""


class Failed(Exception):
    """A parser raised, which it promised not to."""


Result = Parsed | Quarantined | str | Same | Failed  # str: why a member of a container is no document


def parse_batch(task: ParseTask) -> ParseReceipt:
    """Reads, decodes, parses and fingerprints raw documents; what cannot be read is quarantined by name, the rest goes on."""
    place = Path(task.folder) / task.name
    book = _Book(task)
    with segments.Writer(place) as writer, segments.Writer(place.with_name(place.name + segments.PRINTS)) as prints:
        some: list[tuple[_Page, Parsed, tuple[int, int]]] = []
        characters = 0
        for number, page, result in _results(task, book):
            if isinstance(result, Parsed):
                some.append((page, result, writer.add(result)))
                characters += len(result.document.text)
            book.count(number, page, result)
            if len(some) == FINGERPRINT_BATCH or characters > FINGERPRINT_CHARACTERS:
                book.heads(some, prints)
                some, characters = [], 0
        book.heads(some, prints)
    receipt = book.receipt(writer.size, prints.size)
    if receipt.segment:
        segments.finish(place, writer.size, prints.size, receipt.units if book.whole() else [])
    return receipt


class _Page:
    """What is known so far of one unit of a task."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stat = files.Stat()
        self.sha256 = ""
        self.format = ""
        self.known = False
        self.outcome = Outcome([], [], Tally(0, {}, {}, {}, {}, {}))

    def stands(self) -> bool:
        """Whether the known result is that of these bytes, this format, this stanza and this code."""
        known, source = self.job.known, self.job.source
        if not self.sha256 or known.sha256 != self.sha256:
            return False
        if not self.format and known.detector != detector_of(source):
            return False  # other code may choose another format: that has to be seen first
        format = self.format or known.format
        if known.format == format and known.key == parse_key(source, format):
            self.format, self.known = format, True
        return self.known

    def unit(self) -> Unit:
        """The unit as it is kept."""
        job = self.job
        outcome = b"" if self.known else encode_outcome(self.outcome)
        key = parse_key(job.source, self.format)
        code = (self.format, key, detector_of(job.source))
        return Unit(job.real, job.start, job.end, self.stat, self.sha256, job.source.name, *code, outcome)


class _Book:
    """The results of a task."""

    def __init__(self, task: ParseTask) -> None:
        self.task = task
        self.pages: list[_Page] = []
        self.suspects: list[int] = []
        self.documents = 0
        self.quarantined = 0

    def page(self, job: Job) -> _Page:
        """A new unit."""
        page = _Page(job)
        self.pages.append(page)
        return page

    def count(self, number: int, page: _Page, result: Result) -> None:
        """Counts one result."""
        if isinstance(result, Failed):
            self.suspects.append(number)
            if page.job.end == ALL:  # of a file nothing is known then; of a stretch everything else
                self.pages.remove(page)
            return
        self.documents += 1
        tally = page.outcome.tally
        tally.found += 1
        if isinstance(result, str):
            tally.skipped[result] = tally.skipped.get(result, 0) + 1
        elif isinstance(result, Quarantined):
            page.outcome.quarantined.append(result)
            self.quarantined += 1
        elif isinstance(result, Parsed):
            _add(tally, result.document)

    def heads(self, some: list[tuple[_Page, Parsed, tuple[int, int]]], writer: segments.Writer) -> None:
        """Writes the fingerprints of documents that were written, and adds their heads."""
        prints = fingerprints([parsed.document for _, parsed, _ in some])
        for (page, parsed, place), print_ in zip(some, prints, strict=True):
            places = self.task.name, place, print_.outline(), writer.add(print_)
            page.outcome.heads.append(head(parsed, page.job.source, *places))

    def whole(self) -> bool:
        """Whether every unit is here with all its documents."""
        return self.task.jobs[0].end == ALL or (self.task.first == 0 and self.task.last == ALL and not self.suspects)

    def receipt(self, size: int, prints: int) -> ParseReceipt:
        """The results as a receipt."""
        units = [p.unit() for p in self.pages if not p.known]
        same = [p.unit() for p in self.pages if p.known]
        segment = (self.task.name, size, prints) if units else None
        return ParseReceipt(units, same, segment, self.documents, self.quarantined, self.suspects)


def _add(tally: Tally, document: Document) -> None:
    for table, names in (
        (tally.rules, [r.rule for r in document.removals]),
        (tally.flags, document.flags),
        (tally.diagnostics, [d.code for d in document.diagnostics]),
    ):
        for name in names:
            table[name] = table.get(name, 0) + 1
    for name, count in document.metadata.get("unknown_templates", {}).items():
        tally.templates[name] = tally.templates.get(name, 0) + count


# -- what becomes of each document -------------------------------------------------------------------------------------


def _results(task: ParseTask, book: _Book) -> Iterator[tuple[int, _Page, Result]]:
    """What becomes of every raw document of a task."""
    if task.jobs[0].end != ALL:
        page = book.page(task.jobs[0])
        yield from ((number, page, result) for number, result in _stretch(task, page))
        return
    for number in range(task.first, len(task.jobs) if task.last == ALL else task.last):
        at_item(number, task.patience)
        page = book.page(task.jobs[number])
        yield number, page, _file(task, page)


def _file(task: ParseTask, page: _Page) -> Result:
    """What becomes of a file that is one document."""
    job = page.job
    if task.tier in (UNREAD, SEALED):
        page.sha256, page.format = task.digest, EVERY
        return _quarantined(job.path, job.source, _lost(task.reason, task.digest))
    try:
        data, page.stat = files.load(task.raw, job.real)
    except files.Unreadable as no:
        return _quarantined(job.path, job.source, Rejected("read", no.error, no.hint))
    page.sha256 = hashlib.sha256(data).hexdigest()
    if page.stands():
        return Same()
    raw = RawDocument(path=job.path, data=data, format=detect.stated(job.source.format, job.path), options=job.source.parse_options())
    return _document(task, page, raw, page.sha256)


def _stretch(task: ParseTask, page: _Page) -> Iterator[tuple[int, Result]]:
    """What becomes of every member of a container's stretch."""
    job = page.job
    page.format = EVERY
    if task.tier == SEALED:
        yield task.first, _quarantined(f"{job.path}!/@{job.start}.{task.first}", job.source, _lost(task.reason, ""))
        return
    try:
        page.stat = files.look(task.raw, job.real)
        page.sha256 = containers.digest(task.raw, job.real, job.start, job.end, job.source.fields)
        if page.stands():
            yield 0, Same()
            return
        for number, member in enumerate(containers.members(task.raw, job.path, job.real, job.start, job.end, job.source.fields)):
            if task.last != ALL and number >= task.last:
                return
            at_item(number, task.patience)
            if number >= task.first:
                yield number, _member(task, page, member)
    except (files.Unreadable, OSError) as no:
        if isinstance(no, OSError) and no.errno in files.MACHINE_ERRORS:
            raise
        error, hint = (no.error, no.hint) if isinstance(no, files.Unreadable) else (f"reading failed: {no.strerror or no}", DAMAGED_HINT)
        yield 0, _quarantined(f"{job.path}!/@{job.start}", job.source, Rejected("read", error, hint))


def _member(task: ParseTask, page: _Page, member: containers.Member) -> Result:
    source = page.job.source
    if task.tier == UNREAD:
        return _quarantined(member.path, source, _lost(task.reason, task.digest))
    if member.skip:
        return member.skip
    if member.error:
        return _quarantined(member.path, source, Rejected("read", member.error, member.hint))
    data = member.data or member.text.encode("utf-8", "replace")
    raw = RawDocument(
        path=member.path,
        data=data,
        text=member.text,
        format=detect.stated(source.format, member.path) or member.format,
        options=member.options(source.parse_options()),
    )
    result = _document(task, page, raw, hashlib.sha256(data).hexdigest())
    if not isinstance(result, Parsed) or not (member.facts or member.url):
        return result
    return _stated(result, member.facts, clean_url(member.url, "", raw.options.strip_params).url)


def _stated(one: Parsed, facts: Mapping[str, Any], url: str = "") -> Parsed:
    """A parsed document with what its container, or its file, states of it; whose words they are, it knows best."""
    document = convert.stated(one.document, {k: v for k, v in facts.items() if k not in ("license", "attribution")}, url)
    license, attribution = facts.get("license", "") or one.license, facts.get("attribution", "") or one.attribution
    return msgspec.structs.replace(one, document=document, license=license, attribution=attribution)


def _document(task: ParseTask, page: _Page, raw: RawDocument, digest: str) -> Result:
    """What becomes of the bytes of a document; `raw.text` is empty where they are still to be decoded."""
    identified(digest)
    source = page.job.source
    facts: dict[str, Any] = {}
    try:
        if not raw.text and (kind := office.kind(raw.data, raw.path)):
            raw, facts = _converted(kind, raw, digest)
        raw, flags = _decoded(raw, digest)
        if not raw.format and not source.parser:
            raw = msgspec.structs.replace(raw, format=_detect(raw.text, raw.path, digest))
        if page.format != EVERY:
            page.format = raw.format
            if page.stands():
                return Same()
        reason = task.reason or _verdicts(task.verdicts).get((digest, parse_key(source, EVERY)), "")
        found = _degraded(raw, source, flags, digest, reason) if reason else parsed(raw, source, flags, digest)
        return _stated(found, facts) if facts else found
    except Rejected as no:
        return _quarantined(raw.path, source, no)
    except Failed as no:
        retire()
        if task.patience == 1:
            return no
        return _quarantined(raw.path, source, Rejected("parse", str(no), "report this document to the parser's maintainers", digest))


def _converted(kind: str, raw: RawDocument, digest: str) -> tuple[RawDocument, dict[str, Any]]:
    """An office file as HTML, of which everything is content, and what it states of itself."""
    try:
        found = office.convert(kind, raw.data)
    except files.Unreadable as no:
        raise Rejected("decode", no.error, no.hint, digest) from no
    options = msgspec.structs.replace(raw.options, mode="clean", title=raw.options.title or found.title)
    return msgspec.structs.replace(raw, text=found.text, encoding="binary", format="html", options=options), found.facts


def _decoded(raw: RawDocument, digest: str) -> tuple[RawDocument, tuple[str, ...]]:
    if raw.text:
        return raw, ()
    try:
        decoded = decode(raw.data)
    except NotText as no:
        raise Rejected("decode", no.error, no.hint, digest) from no
    return msgspec.structs.replace(raw, text=decoded.text, encoding=decoded.encoding), decoded.flags


def _detect(text: str, path: str, digest: str) -> str:
    found = detect.rank(text, path)
    chosen = detect.choose(found)
    if not chosen:
        seen = ", ".join(f"{d.format} {d.score:.2f}" for d in found[:3]) or "no format fits"
        if found and found[0].score < detect.MIN_SCORE:
            seen += "".join(f" ({reason})" for reason in found[0].reasons[:1])
        raise Rejected(
            "detect", f"the format is not clear: {seen}", 'name it: format = "..." in the source\'s stanza of sources.toml', digest
        )
    return chosen


def parsed(raw: RawDocument, source: Source, flags: tuple[str, ...], digest: str) -> Parsed:
    """A decoded raw document, parsed.

    Raises Failed where its parser breaks its promise and raises.
    """
    parser = load_parser(source.parser) if source.parser else parser_for(raw.format)
    try:
        document = finish(convert.convert(raw, flags, parser), source, parser.NAME)
        msgspec.json.encode(document)  # every parser promises text that UTF-8 can hold; this holds them to it
    except Exception as error:
        raise Failed(f"the {parser.NAME} parser failed: {type(error).__name__}") from None
    return _with_facts(raw, source, parser, document, digest)


def _degraded(raw: RawDocument, source: Source, flags: tuple[str, ...], digest: str, reason: str) -> Parsed:
    """A document on which a worker ended, by its parser's last resort where it has one.

    Raises Rejected where it has none.
    """
    parser = load_parser(source.parser) if source.parser else parser_for(raw.format)
    last_resort = getattr(parser, "parse_degraded", None)
    if last_resort is None:
        raise _lost(reason, digest)
    try:
        document = finish(convert.convert(raw, (*flags, "degraded"), _Resort(last_resort)), source, parser.NAME)
        msgspec.json.encode(document)
    except Exception:
        raise _lost(reason, digest) from None
    return _with_facts(raw, source, parser, document, digest)


class _Resort:
    """The last resort of a parser in the place of the parser."""

    NAME = VERSION = MEDIA_TYPE = ""
    IDENTITY = ()

    def __init__(self, parse: Callable[[RawDocument], Document]) -> None:
        self.parse = parse

    def detect(self, head: str, path: str) -> tuple[float, list[str]]:
        """Never asked."""
        raise NotImplementedError(head, path)


def _with_facts(raw: RawDocument, source: Source, parser: Parser, document: Document, digest: str) -> Parsed:
    media = office.media_type(office.kind(raw.data, raw.path)) or parser.MEDIA_TYPE
    facts = Raw(raw.path, digest, len(raw.data), media, raw.encoding, parser.NAME, parser.VERSION)
    return Parsed(source.name, document.license or source.license, document.attribution or source.attribution, facts, document)


def _lost(reason: str, digest: str) -> Rejected:
    return Rejected(
        "parse", f"the document {reason}", "split the document, or leave it out of raw/; its neighbours were not touched", digest
    )


def _quarantined(path: str, source: Source, no: Rejected) -> Quarantined:
    return Quarantined(path, source.name, no.sha256, no.stage, no.error, no.hint)


@cache
def _verdicts(file: str) -> dict[tuple[str, str], str]:
    """Earlier verdicts: (sha256, key) -> why a worker ended on it."""
    if not file:
        return {}
    lines = msgspec.json.decode(Path(file).read_bytes(), type=list[tuple[str, str, str]])
    return {(sha256, key): reason for sha256, key, reason in lines}


def finish(document: Document, source: Source, format: str) -> Document:
    """What a stanza asks of every format: its title pattern, and its furniture."""
    if source.drop_lines or source.drop_after:
        document = drop_furniture(document, format, source.drop_lines, source.drop_after)
    if source.title_pattern and (found := re.search(source.title_pattern, document.text)):
        document = msgspec.structs.replace(document, title=" ".join(found["title"].split()))
    return document
