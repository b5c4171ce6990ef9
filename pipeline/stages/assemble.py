"""Writing the records of clusters, and the ledger of all their documents: two pieces of output a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pipeline.assemble import Part, assemble
from pipeline.model import Duplicate, Record
from pipeline.overlap.links import Named, leads
from pipeline.run.guard import at_item
from pipeline.stages.lines import json_line
from pipeline.stages.receipts import Names, Parsed
from pipeline.store import segments
from pipeline.text.edit import drop_lines

LEARNED = "furniture.learned"  # rule of what a source's documents all carry


class Cluster(msgspec.Struct, frozen=True):
    """Documents that become one record, canonical first."""

    ids: list[str]
    places: list[tuple[str, int, int]]  # segment, offset, length
    keep_unique: list[bool]  # whether a document's own passages may join the record
    duplicates: list[Duplicate]  # of the record


class AssembleTask(msgspec.Struct, frozen=True):
    """Clusters for one worker, in the order of output."""

    segments: str  # where segments are
    folder: str  # where pieces go
    name: str  # of the pieces
    clusters: list[Cluster]
    furniture: dict[str, list[str]] = {}  # source -> lines that are taken out of its documents


class AssembleReceipt(msgspec.Struct, frozen=True):
    """What a worker did."""

    records: int
    dropped: int
    licenses: dict[str, int]  # licence -> records
    words_lost: dict[str, int]  # source -> words that overlap took
    words_kept: dict[str, int]  # source -> words of records
    rules: dict[str, dict[str, int]]  # source of the dropped document -> overlap rule -> lines


def assemble_batch(task: AssembleTask) -> AssembleReceipt:
    """Writes three pieces: `<name>.documents` and `<name>.dropped`, lines of JSON, and `<name>.names`, what links ask of the documents."""
    folder = Path(task.folder)
    licenses: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    rules: dict[str, Counter[str]] = {}
    lines = 0
    with (
        segments.Reader(Path(task.segments), Parsed) as reader,
        (folder / f"{task.name}.documents").open("wb") as documents,
        (folder / f"{task.name}.dropped").open("wb") as dropped,
        (folder / f"{task.name}.names").open("wb") as names,
    ):
        furniture = {source: frozenset(lines_) for source, lines_ in task.furniture.items()}
        for number, cluster in enumerate(task.clusters):
            at_item(number)
            parts, taken = _parts(cluster, reader, furniture)
            lost.update(taken)
            done = assemble(parts, cluster.duplicates)
            documents.write(json_line(done.record))
            for part in parts:
                names.write(json_line(_names(part, done.record)))
            for line in done.dropped:
                dropped.write(json_line(line))
                if line.rule.startswith(("overlap.", "furniture.")):
                    rules.setdefault(line.id.split(":", 1)[0], Counter())[line.rule] += 1
            lines += len(done.dropped)
            licenses[done.record.license] += 1
            kept[done.record.source] += len(done.record.text.split())
            lost.update(done.words_lost)
    return AssembleReceipt(len(task.clusters), lines, dict(licenses), dict(lost), dict(kept), {k: dict(v) for k, v in rules.items()})


def _parts(cluster: Cluster, reader: segments.Reader, furniture: Mapping[str, frozenset[str]]) -> tuple[list[Part], Counter[str]]:
    """The documents of a cluster, freed of learned furniture, and the words that each source lost by that."""
    parts = []
    taken: Counter[str] = Counter()
    for id_, place, keep in zip(cluster.ids, cluster.places, cluster.keep_unique, strict=True):
        found: Parsed = reader.get(*place)
        document = found.document
        if found.source in furniture:
            document = drop_lines(document, furniture[found.source], LEARNED)
            taken[found.source] += len(found.document.text.split()) - len(document.text.split())
        parts.append(Part(id_, found.source, found.raw, found.license, found.attribution, keep, document))
    return parts, taken


def _names(part: Part, record: Record) -> Names:
    """What links ask of a document; the record's links are with its canonical one."""
    d = part.document
    own = part.id == record.id
    named = Named(part.id, part.source, part.raw.path, d.title, d.permalink, d.url, d.aliases)
    return Names(named, record.id, [(x.start, x.end, x.kind, x.target) for x in record.links if leads(x.kind, x.target)] if own else [])
