"""Reading, decoding, parsing and fingerprinting raw documents: one segment of documents and one of fingerprints a task."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.config import Source
from pipeline.model import Document, Quarantined, RawDocument
from pipeline.overlap.fingerprint import fingerprints
from pipeline.parsers import detect
from pipeline.readers import containers, files, office
from pipeline.run.guard import at_item, gets_on, identified, retire
from pipeline.stages import documents
from pipeline.stages.heads import head
from pipeline.stages.keys import EVERY, detector_of, parse_key
from pipeline.stages.receipts import (
    ALL,
    Begun,
    Job,
    Outcome,
    Parsed,
    ParseReceipt,
    ParseTask,
    Rejected,
    Tally,
    decode_outcome,
    encode_outcome,
)
from pipeline.store import segments
from pipeline.store.state import Unit
from pipeline.text.urls import clean_url

FINGERPRINT_BATCH = 200  # documents whose words are hashed at once ...
FINGERPRINT_CHARACTERS = 4_000_000  # ... or this much text: bounds what a worker holds
HEADS = 1000  # heads of one stretch that a worker holds, and that the next stages read at once: about a megabyte; what a kill costs, too

UNREAD = "unread"  # tier of a document that may not be parsed again, not even by a last resort
SEALED = "sealed"  # tier of one whose container may not be opened again
DAMAGED_HINT = "get the file again; what stands before the damage was read"


_NOT_BEGUN = Begun("", 0, [])


class Same(NamedTuple):
    """A document whose known result stands."""


Result = Parsed | Quarantined | str | Same | documents.Failed  # str: why a member of a container is no document


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
                if book.put_aside(writer, characters > FINGERPRINT_CHARACTERS) and task.first == 0:
                    writer.keep()
                    prints.keep()
                    segments.finish(place, writer.size, prints.size, [page.begun(number + 1, book.suspects)])
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
        self.outcome = Outcome([], [], Tally(0, {}, {}, {}, {}, {}), [])

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

    def begin(self, task: ParseTask) -> Begun:
        """Takes over what was made of these bytes before a run, or a worker, was ended."""
        known = self.job.known
        if task.first > 0 or not known.outcome or known.key != parse_key(self.job.source, EVERY):
            return _NOT_BEGUN
        outcome = decode_outcome(known.outcome)
        begun = outcome.begun or _NOT_BEGUN
        if begun.sha256 != self.sha256 or 0 <= task.last < begun.members:
            return _NOT_BEGUN
        outcome.begun = None
        self.outcome = outcome
        return begun

    def begun(self, members: int, suspects: list[int]) -> Unit:
        """The unit as it is kept while it is read: that of so many members."""
        outcome = msgspec.structs.replace(self.outcome, begun=Begun(self.sha256, members, suspects))
        return msgspec.structs.replace(self.unit(), sha256="", outcome=encode_outcome(outcome))

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
        if isinstance(result, documents.Failed):
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

    def begin(self, page: _Page) -> int:
        """Takes over what is known of a stretch that was begun; the number of its first member that is still to be parsed."""
        begun = page.begin(self.task)
        self.suspects += begun.suspects
        self.documents += page.outcome.tally.found
        self.quarantined += len(page.outcome.quarantined)
        return max(begun.members, self.task.first)

    def put_aside(self, writer: segments.Writer, much: bool) -> bool:
        """Writes the heads of a long stretch beside its documents: a dump that cannot be cut has more than fit into memory.

        `much` says that they are of long documents; the answer, whether it was done.
        """
        page = self.pages[-1]
        outcome = page.outcome
        if page.job.end == ALL or not (much or len(outcome.heads) >= HEADS):
            return False
        outcome.aside.append((self.task.name, *writer.add(outcome.heads)))
        outcome.heads.clear()
        return True

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
    templates = document.metadata.get("unknown_templates")
    for name, count in templates.items() if isinstance(templates, dict) else ():  # a parser of one's own may say anything there
        if isinstance(count, int):
            tally.templates[name] = tally.templates.get(name, 0) + count


# -- what becomes of each document -------------------------------------------------------------------------------------


def _results(task: ParseTask, book: _Book) -> Iterator[tuple[int, _Page, Result]]:
    """What becomes of every raw document of a task."""
    if task.jobs[0].end != ALL:
        page = book.page(task.jobs[0])
        yield from ((number, page, result) for number, result in _stretch(task, page, book))
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
        return _quarantined(job.path, job.source, documents.lost(task.reason, task.digest))
    try:
        data, page.stat = files.load(task.raw, job.real)
    except files.Unreadable as no:
        return _quarantined(job.path, job.source, Rejected("read", no.error, no.hint))
    page.sha256 = hashlib.sha256(data).hexdigest()
    if page.stands():
        return Same()
    raw = RawDocument(path=job.path, data=data, format=detect.stated(job.source.format, job.path), options=job.source.parse_options())
    return _document(task, page, raw, page.sha256)


def _stretch(task: ParseTask, page: _Page, book: _Book) -> Iterator[tuple[int, Result]]:
    """What becomes of every member of a container's stretch."""
    job = page.job
    page.format = EVERY
    if task.tier == SEALED:
        yield task.first, _quarantined(f"{containers.rest(job.path, job.start)}{task.first}", job.source, documents.lost(task.reason, ""))
        return
    try:
        page.stat = files.look(task.raw, job.real)
        page.sha256 = containers.digest(task.raw, job.real, job.start, job.end, job.source.fields, gets_on)
        if page.stands():
            yield 0, Same()
            return
        first = book.begin(page)
        for number, member in enumerate(containers.members(task.raw, job.path, job.real, job.start, job.end, job.source.fields)):
            at_item(number, task.patience)
            if number >= first:
                yield number, _member(task, page, member)
            if number + 1 == task.last:
                return  # what is wrong behind the last of them is said by the piece that has it
    except (files.Unreadable, OSError) as no:
        if isinstance(no, OSError) and no.errno in files.MACHINE_ERRORS:
            raise
        if isinstance(no, OSError):
            page.sha256 = ""  # the bytes are not to blame: the next run tries again
        error, hint = (no.error, no.hint) if isinstance(no, files.Unreadable) else (f"reading failed: {no.strerror or no}", DAMAGED_HINT)
        yield 0, _quarantined(containers.rest(job.path, job.start), job.source, Rejected("read", error, hint))


def _member(task: ParseTask, page: _Page, member: containers.Member) -> Result:
    source = page.job.source
    if task.tier == UNREAD:
        return _quarantined(member.path, source, documents.lost(task.reason, task.digest))
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
    return documents.stated(result, member.facts, clean_url(member.url, "", raw.options.strip_params).url)


def _document(task: ParseTask, page: _Page, raw: RawDocument, digest: str) -> Result:
    """What becomes of the bytes of a document; `raw.text` is empty where they are still to be decoded."""
    identified(digest)
    source = page.job.source
    facts: dict[str, Any] = {}
    try:
        documents.refuse_empty(raw, digest)
        if not raw.text and (kind := office.kind(raw.data, raw.path)):
            raw, facts = documents.converted(kind, raw, digest)
        raw, flags = documents.decoded(raw, digest)
        if not raw.format and not source.parser:
            raw = msgspec.structs.replace(raw, format=documents.detected(raw.text, raw.path, digest))
        if page.format != EVERY:
            page.format = raw.format
            if page.stands():
                return Same()
        reason = task.reason or _verdicts(task.verdicts).get((digest, parse_key(source, EVERY)), "")
        found = documents.degraded(raw, source, flags, digest, reason) if reason else documents.parsed(raw, source, flags, digest)
        return documents.stated(found, facts) if facts else found
    except Rejected as no:
        return _quarantined(raw.path, source, no)
    except documents.Failed as no:
        retire()
        if task.patience == 1:
            return no
        return _quarantined(raw.path, source, Rejected("parse", str(no), "report this document to the parser's maintainers", digest))


def _quarantined(path: str, source: Source, no: Rejected) -> Quarantined:
    return Quarantined(path, source.name, no.sha256, no.stage, no.error, no.hint)


@cache
def _verdicts(file: str) -> dict[tuple[str, str], str]:
    """Earlier verdicts: (sha256, key) -> why a worker ended on it."""
    if not file:
        return {}
    lines = msgspec.json.decode(Path(file).read_bytes(), type=list[tuple[str, str, str]])
    return {(sha256, key): reason for sha256, key, reason in lines}
