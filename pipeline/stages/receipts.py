"""What goes to a worker that parses, and what comes back: names of files, heads and counts, never texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from pipeline.config import Source
from pipeline.model import Document, Quarantined, Raw
from pipeline.overlap.fingerprint import Outline
from pipeline.overlap.links import Named
from pipeline.store.state import Unit

ALL = -1  # as the end of a range of items: to the last


class Known(msgspec.Struct, frozen=True):
    """What an earlier result came from: where all of it is the same still, the result stands."""

    sha256: str = ""
    format: str = ""
    key: str = ""
    detector: str = ""
    outcome: bytes = b""  # of a stretch that was begun, what became of it so far


class Job(msgspec.Struct, frozen=True):
    """A raw file, or a stretch of a container, that has to be looked at."""

    path: str  # below raw/, percent-encoded
    real: bytes  # below raw/, as the file system has it
    source: Source
    size: int = 0  # bytes, as far as known: for batches of even weight
    start: int = 0  # of a stretch
    end: int = ALL  # of a stretch; ALL for a file that is one document
    known: Known = Known()  # an earlier result


class ParseTask(msgspec.Struct, frozen=True):
    """Raw documents for one worker: some files, or a stretch of a container."""

    raw: str  # the raw folder
    folder: str  # where segments go
    name: str  # of the segment
    jobs: list[Job]
    first: int = 0  # number of the first item to take; items are files, or members of the one stretch
    last: int = ALL  # one past the last
    patience: int = 1  # times the usual CPU time of an item
    tier: str = ""  # parse.UNREAD | parse.SEALED where little is left that may be done with the item
    reason: str = ""  # why a worker ended on the item: it goes to its parser's last resort
    digest: str = ""  # sha256 of that item's bytes, as far as known
    verdicts: str = ""  # file of earlier verdicts, empty where there are none


class Names(msgspec.Struct, frozen=True, array_like=True):
    """What links ask of a document."""

    named: Named
    record: str  # id of the record that it is, or that it was merged into
    links: list[tuple[int, int, str, str]]  # of the record, with its canonical document: start, end, kind, target


class Parsed(msgspec.Struct, frozen=True):
    """One frame of a segment: a document and where it came from."""

    source: str
    license: str
    attribution: str
    raw: Raw
    document: Document


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What the rest of the run needs to know of a parsed document without reading it."""

    path: str  # of the raw document
    raw_sha256: str  # of its bytes
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
    named: bool = False  # the title is the document's own name


class Tally(msgspec.Struct, array_like=True):
    """Counts that add up over documents."""

    found: int = 0  # raw documents come across
    skipped: dict[str, int] = {}  # reason -> members of a container that are no documents
    rules: dict[str, int] = {}  # rule -> removals
    flags: dict[str, int] = {}  # flag -> documents
    diagnostics: dict[str, int] = {}  # code -> count
    templates: dict[str, int] = {}  # unknown template -> count


class Begun(msgspec.Struct, frozen=True, array_like=True):
    """How far a stretch has been read; the next run goes on from there if the bytes are the same."""

    sha256: str  # of the stretch
    members: int  # read so far
    suspects: list[int]  # of these, numbers of those on which a parser raised


class Outcome(msgspec.Struct, array_like=True):
    """What became of a unit: a file, or a stretch of a container."""

    heads: list[Head]
    quarantined: list[Quarantined]
    tally: Tally
    aside: list[tuple[str, int, int]] = []  # segment, offset and length of further lists of heads: a stretch may hold millions
    begun: Begun | None = None  # where this is not all of the unit; its own hash is empty then, so that it is looked at again

    def segments(self) -> set[str]:
        """Segments that hold something of it."""
        return {*(head.segment for head in self.heads), *(segment for segment, _, _ in self.aside)}


class ParseReceipt(msgspec.Struct, frozen=True):
    """What a worker did."""

    units: list[Unit]  # results, new or other than known
    same: list[Unit]  # units whose known result stands; without outcome
    segment: tuple[str, int, int] | None  # name of the segment that holds the new ones, bytes of its documents and fingerprints
    documents: int  # seen
    quarantined: int
    suspects: list[int]  # numbers of items on which a parser raised: each gets a second try alone, in a fresh worker


class Rejected(Exception):
    """A raw document that cannot become a Document; the fields of its quarantine line, and the format where it was known."""

    def __init__(self, stage: str, error: str, hint: str, sha256: str = "", format: str = "") -> None:
        super().__init__(error)
        self.stage, self.error, self.hint, self.sha256, self.format = stage, error, hint, sha256, format


def added(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    """Counts of both.

    >>> added({"a": 1}, {"a": 2, "b": 1})
    {'a': 3, 'b': 1}
    """
    return dict(Counter(one) + Counter(two)) if one and two else dict(one or two)


def joined(one: Unit, two: Unit) -> Unit:
    """Two pieces of one stretch as one; without a hash where the file changed between them, so that the next run reads it again."""
    a, b = decode_outcome(one.outcome), decode_outcome(two.outcome)
    tally = Tally(a.tally.found + b.tally.found, *(added(x, y) for x, y in zip(_tables(a.tally), _tables(b.tally), strict=True)))
    outcome = Outcome(a.heads + b.heads, a.quarantined + b.quarantined, tally, a.aside + b.aside)
    sha256 = one.sha256 if one.sha256 == two.sha256 else ""
    return msgspec.structs.replace(one, sha256=sha256, outcome=encode_outcome(outcome))


def _tables(tally: Tally) -> tuple[dict[str, int], ...]:
    return tally.skipped, tally.rules, tally.flags, tally.diagnostics, tally.templates


encode_outcome = msgspec.msgpack.Encoder().encode
decode_outcome = msgspec.msgpack.Decoder(Outcome).decode

__all__ = ["ALL", "Head", "Job", "Known", "Outcome", "ParseReceipt", "ParseTask", "Parsed", "Rejected", "Tally", "added", "joined"]
