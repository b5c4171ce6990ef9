"""The barrier: all heads under their final ids, and what overlap decides over them; on disk, so that a corpus of any size fits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Settings, Source
from pipeline.model import Duplicate, Quarantined
from pipeline.overlap import Resolution, resolve
from pipeline.overlap.decide import Standing
from pipeline.overlap.fingerprint import Fingerprint, Outline
from pipeline.stages.assemble import Cluster
from pipeline.stages.receipts import Head, Parsed, Tally, decode_outcome
from pipeline.store import segments
from pipeline.store.state import State, Table

HASHES_IN_MEMORY = 8_000_000  # shingles of all documents, of which an eighth waits for pairing: 12 MB; of more, it waits on disk
IN_MEMORY = 50_000  # documents whose standings and outlines are held: about 50 MB; of more, each is read when it is asked for
ADD_ROWS = 1000  # heads written at once

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Head).decode


class Corpus:
    """All documents of a run, (final id, head), sorted by id and numbered; and what did not become one."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.quarantined: list[Quarantined] = []
        self.skipped: dict[str, Counter[str]] = {}  # source -> reason -> entries and members that are no documents
        self.found = 0  # entries below raw/, members of containers counted one by one
        self.tally = Tally(0, {}, {}, {}, {}, {})
        self.live: Counter[str] = Counter()  # segment -> bytes of it that are still used

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, number: int) -> tuple[str, Head]:
        id_, value = self._table.get(number)
        return id_, _DECODE(value)

    def __iter__(self) -> Iterator[tuple[str, Head]]:
        return ((id_, _DECODE(value)) for id_, value in self._table)

    def number(self, id: str) -> int:
        """The number of an id, -1 where no document has it."""
        return self._table.number(id)

    def skip(self, source: str, reasons: dict[str, int]) -> None:
        """Counts what is no document."""
        self.skipped.setdefault(source, Counter()).update(reasons)

    def add(self, tally: Tally) -> None:
        """Counts what became of a unit's documents."""
        self.found += tally.found
        for total, one in zip(_tables(self.tally), _tables(tally), strict=True):
            for name, number in one.items():
                total[name] = total.get(name, 0) + number


def gather(state: State, table: Table, skipped: dict[str, Counter[str]], folder: Path) -> Corpus:
    """All units of a run as one corpus; documents of one name in one source are told apart by their paths. `folder` holds the segments."""
    corpus = Corpus(table)
    for source, reasons in skipped.items():
        corpus.skip(source, reasons)
        corpus.found += reasons.total()
    rows: list[tuple[str, str, str, bytes]] = []

    def add(heads: list[Head]) -> None:
        for head in heads:
            rows.append((f"{head.source}:{head.key}", head.path, head.raw_sha256, _ENCODE(head)))
            corpus.live[head.segment] += head.length
        if len(rows) >= ADD_ROWS:
            table.add(rows)
            rows.clear()

    with segments.Reader(folder, list[Head]) as aside:
        for unit in state.units():
            outcome = decode_outcome(unit.outcome)
            add(outcome.heads)
            for place in outcome.aside:
                add(aside.get(*place))
                corpus.live[place[0]] += place[2]
            corpus.quarantined += outcome.quarantined
            corpus.add(outcome.tally)
            if outcome.tally.skipped:
                corpus.skip(unit.source, outcome.tally.skipped)
    table.add(rows)
    with segments.Reader(folder, Parsed) as documents:
        table.numbered(lambda value: _digest(_DECODE(value), documents))
    corpus.quarantined.sort(key=lambda q: (q.path, q.source, q.sha256, q.stage, q.error))
    return corpus


def _digest(head: Head, reader: segments.Reader) -> str:
    """Digest of all that is known of a document: a dump may have a page twice, of other times and revisions."""
    return hashlib.sha256(msgspec.msgpack.encode(reader.get(head.segment, head.offset, head.length))).hexdigest()


def _tables(tally: Tally) -> tuple[dict[str, int], ...]:
    return tally.rules, tally.flags, tally.diagnostics, tally.templates


class _View(Sequence[Any]):
    """One value of each document, worked out when it is asked for."""

    def __init__(self, corpus: Corpus, value: Callable[[str, Head], Any]) -> None:
        self._corpus = corpus
        self._value = value

    def __len__(self) -> int:
        return len(self._corpus)

    def __getitem__(self, number: Any) -> Any:
        return self._value(*self._corpus[number])

    def __iter__(self) -> Iterator[Any]:
        return (self._value(id_, head) for id_, head in self._corpus)


def prints_of(corpus: Corpus, reader: segments.Reader) -> Sequence[Fingerprint]:
    """The fingerprints of all documents, each read when it is asked for."""

    def print_of(_: str, head: Head) -> Fingerprint:
        found: Fingerprint = reader.get(head.segment + segments.PRINTS, head.print_offset, head.print_length)
        return found

    return _View(corpus, print_of)


def decide(corpus: Corpus, settings: Settings, folder: Path, work: Path) -> Resolution:
    """What overlap decides; `folder` holds the segments, and `work` is a folder of this run."""

    def standing(id_: str, head: Head) -> Standing:
        of = settings.sources.get(head.source) or Source(name=head.source)
        own = (head.licensed, head.words, head.modified, head.sha256, head.named)
        return Standing(id_, head.source, head.title, of.protect, of.policy, of.priority, *own)

    with segments.Reader(folder, Fingerprint) as reader:
        prints = prints_of(corpus, reader)
        standings: Sequence[Standing] = _View(corpus, standing)
        outlines: Sequence[Outline] = _View(corpus, lambda _, head: head.outline)
        if len(corpus) <= IN_MEMORY:
            standings, outlines = list(standings), list(outlines)
            if sum(outline.shingles for outline in outlines) <= HASHES_IN_MEMORY:
                return resolve(standings, prints, outlines)
        from pipeline.store.ranges import OnDisk  # numpy is not loaded before it is needed

        return resolve(standings, prints, outlines, OnDisk(work))


def cluster(number: int, corpus: Corpus, decisions: Resolution, settings: Settings) -> Cluster:
    """The documents of one record, as its assembler needs them."""
    members = [number, *decisions.members.get(number, [])]
    chosen = [corpus[m] for m in members]
    duplicates = [
        Duplicate(corpus[r.other][0], "merged" if r.other in members else r.relation, round(r.jaccard, 4), round(r.containment, 4))
        for r in decisions.relations.get(number, [])
    ]
    policies = [settings.sources[h.source].policy if h.source in settings.sources else "merge" for _, h in chosen]
    return Cluster(
        [id_ for id_, _ in chosen],
        [(h.segment, h.offset, h.length) for _, h in chosen],
        [policy == "merge" for policy in policies],
        duplicates,
    )
