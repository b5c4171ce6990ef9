"""A run: raw/ in, processed/ out. This list is the whole way of a document, and this file alone knows its order.

read      what lies below raw/, and which source it belongs to          readers/files.py, config.py
parse     each document alone, in workers                               stages.parse_batch -> segments
resolve   the one barrier: ids, overlap, who is canonical               overlap/
assemble  each record alone, in workers                                 stages.assemble_batch -> pieces of output
check     the accounting equation and the guards                        report/
write     everything at once, or nothing                                store/publish.py
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import count, islice
from pathlib import Path
from typing import TypeVar

import msgspec

from pipeline import config
from pipeline.config import Settings, Source
from pipeline.errors import EnvironmentFailedError, UsageError
from pipeline.model import Duplicate, Quarantined, Record, Tombstone
from pipeline.overlap import Resolution, resolve
from pipeline.overlap.decide import Standing
from pipeline.overlap.fingerprint import Fingerprint
from pipeline.readers import containers, files
from pipeline.report import summary
from pipeline.report.files import write_files
from pipeline.report.summary import Report
from pipeline.run.guard import WorkerLostError
from pipeline.run.local import executor, processors
from pipeline.stages import (
    PRINTS,
    AssembleReceipt,
    AssembleTask,
    Cluster,
    Head,
    ParseReceipt,
    ParseTask,
    assemble_batch,
    load_parser,
    parse_batch,
    without,
)
from pipeline.store import publish, segments

PARSE_BATCH = 200  # documents a task: small enough that every worker stays busy, large enough that a task's start costs nothing
ASSEMBLE_BATCH = 500  # records a task
FEW = 64  # files that one worker reads in about the time that another takes to start
AHEAD = 4  # tasks handed out per worker before the first result is taken: bounds what waits in memory

Progress = Callable[[str, int, int], None]  # stage, done, total
T = TypeVar("T")
R = TypeVar("R")


def ingest(
    raw: str | Path = "raw",
    out: str | Path = "processed",
    *,
    workers: int = 0,
    max_quarantine: str = "",
    progress: Progress | None = None,
) -> Report:
    """Runs the pipeline and publishes the result.

    `workers` is a number of processes, 0 to choose by the number of files; `max_quarantine` fails the run past a number (`5`) or a
    share (`1%`) of quarantined documents; `progress` is called with (stage, done, total).

    Raises UsageError and ConfigError (nothing was done), GuardError (a guard tripped, nothing was published) and
    EnvironmentFailedError (the machine failed, the published set is as it was).
    """
    raw, out = Path(raw), Path(out)
    if not raw.is_dir():
        raise UsageError(f"{raw}: no such folder; put raw documents below it, or name another with --raw")
    limit = summary.quarantine_limit(max_quarantine)
    settings = config.load(raw)
    for source in settings.sources.values():
        if source.parser:
            load_parser(source.parser)  # a parser that cannot be loaded is found before anything is read
    tell = progress or (lambda *_: None)
    entries = list(files.walk(raw, but=config.FILE))
    workers = workers or suitable_workers(raw, entries)
    with publish.locked(out) as state, executor(workers) as pool:
        work = state / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        receipts = list(_parse(entries, settings, raw, work, pool, workers, tell))
        heads = _by_id([head for receipt in receipts for head in receipt.heads])
        decisions = _resolve(heads, settings, work)
        done = list(_assemble(heads, decisions, settings, work, pool, workers, tell))
        report = summary.make(entries, receipts, list(heads.values()), decisions, done, settings)
        summary.check(report, settings, limit)
        with publish.publication(out) as coming:
            _collect(work, coming, len(done))
            write_files(coming, report, _quarantined(receipts), _tombstones(out, heads, decisions), settings)
        shutil.rmtree(work, ignore_errors=True)
    return report


def suitable_workers(raw: Path, entries: Sequence[files.Entry]) -> int:
    """One worker for a handful of files, as starting more costs more than they save; every processor for more, or for a container."""
    many = len(entries) > FEW or any(not e.skip and containers.is_container(raw, e.real) for e in entries)
    return processors() if many else 1


# -- parse -------------------------------------------------------------------------------------------------------------


def _parse(
    entries: Sequence[files.Entry], settings: Settings, raw: Path, work: Path, pool: Executor, workers: int, tell: Progress
) -> Iterator[ParseReceipt]:
    found = [e for e in entries if not e.skip]
    done = 0
    for receipt in _map(pool, parse_batch, _tasks(found, settings, raw, work), workers, without):
        done += len(receipt.heads) + len(receipt.quarantined)
        tell("parse", done, max(done, len(found)))
        yield receipt


def _tasks(found: Sequence[files.Entry], settings: Settings, raw: Path, work: Path) -> Iterator[ParseTask]:
    """Files in batches; each stretch of a container on its own."""
    names = (f"{number:06}.segment" for number in count())
    whole = [e for e in found if not containers.is_container(raw, e.real)]
    for batch in _batches(whole, PARSE_BATCH):
        yield ParseTask(str(raw), str(work), next(names), [(e.path, e.real, _source(settings, e)) for e in batch])
    plain = set(whole)
    for entry in found:
        if entry not in plain:
            for stretch in containers.chunks(raw, entry.real):
                yield ParseTask(str(raw), str(work), next(names), [(entry.path, entry.real, _source(settings, entry))], stretch)


def _source(settings: Settings, entry: files.Entry) -> Source:
    return settings.source_of(entry.real.decode("utf-8", "surrogateescape"))


# -- resolve -----------------------------------------------------------------------------------------------------------


def _by_id(heads: Iterable[Head]) -> dict[str, Head]:
    """Documents under their final ids, sorted. Documents of one name in one source are told apart by their paths."""
    named: dict[str, list[Head]] = {}
    for head in heads:
        named.setdefault(f"{head.source}:{head.key}", []).append(head)
    found = {}
    for name, group in named.items():
        for head in group:
            found[name if len(group) == 1 else f"{name}#{head.path}"] = head
    return dict(sorted(found.items()))


def _resolve(heads: dict[str, Head], settings: Settings, work: Path) -> Resolution:
    standings = [_standing(id_, head, settings) for id_, head in heads.items()]
    with segments.Reader(work, Fingerprint) as reader:
        prints = segments.Lazy(reader, [(h.segment + PRINTS, h.print_offset, h.print_length) for h in heads.values()])
        return resolve(standings, prints, [head.outline for head in heads.values()])


def _standing(id_: str, head: Head, settings: Settings) -> Standing:
    source = settings.sources.get(head.source) or Source(name=head.source)
    return Standing(
        id_, head.source, head.title, source.protect, source.policy, source.priority, head.licensed, head.words, head.modified, head.sha256
    )


# -- assemble ----------------------------------------------------------------------------------------------------------


def _assemble(
    heads: dict[str, Head], decisions: Resolution, settings: Settings, work: Path, pool: Executor, workers: int, tell: Progress
) -> Iterator[AssembleReceipt]:
    clusters = [_cluster(number, list(heads.items()), decisions, settings) for number in decisions.records]
    tasks = (AssembleTask(str(work), f"{number:06}", batch) for number, batch in enumerate(_batches(clusters, ASSEMBLE_BATCH)))
    done = 0
    for receipt in _map(pool, assemble_batch, tasks, workers):
        done += receipt.records
        tell("assemble", done, len(clusters))
        yield receipt


def _cluster(number: int, heads: Sequence[tuple[str, Head]], decisions: Resolution, settings: Settings) -> Cluster:
    members = [number, *decisions.members.get(number, [])]
    chosen = [heads[m] for m in members]
    duplicates = [
        Duplicate(heads[r.other][0], "merged" if r.other in members else r.relation, round(r.jaccard, 4), round(r.containment, 4))
        for r in decisions.relations.get(number, [])
    ]
    policies = [settings.sources[h.source].policy if h.source in settings.sources else "merge" for _, h in chosen]
    return Cluster(
        [id_ for id_, _ in chosen],
        [(h.segment, h.offset, h.length) for _, h in chosen],
        [policy == "merge" for policy in policies],
        duplicates,
    )


# -- write -------------------------------------------------------------------------------------------------------------


def _collect(work: Path, coming: Path, pieces: int) -> None:
    """Joins the pieces of workers, in order, into the files of the set."""
    for ending, name in (("documents", "documents.jsonl"), ("dropped", "dropped.jsonl")):
        with (coming / name).open("wb") as whole:
            for number in range(pieces):
                piece = work / f"{number:06}.{ending}"
                with piece.open("rb") as part:
                    shutil.copyfileobj(part, whole, 1 << 20)
                piece.unlink()


def _quarantined(receipts: Iterable[ParseReceipt]) -> list[Quarantined]:
    return sorted((q for receipt in receipts for q in receipt.quarantined), key=lambda q: q.path)


def _tombstones(out: Path, heads: dict[str, Head], decisions: Resolution) -> list[Tombstone]:
    """Ids that were published once and are not now: those of earlier runs that have not come back, and the new ones."""
    ids = list(heads)
    records = {ids[number] for number in decisions.records}
    earlier = {t.id: t for t in _lines(out / "tombstones.jsonl", Tombstone)}
    gone = set(earlier) | {_Id.id for _Id in _lines(out / "documents.jsonl", _Published)}
    canonical = {ids[member]: ids[number] for number, members in decisions.members.items() for member in members}
    tombstones = []
    for id_ in sorted(gone - records):
        if id_ in canonical:
            tombstones.append(Tombstone(id_, "merged", canonical[id_]))
        else:
            tombstones.append(earlier[id_] if id_ in earlier and earlier[id_].reason != "merged" else Tombstone(id_, "raw_deleted", ""))
    return tombstones


class _Published(msgspec.Struct):
    """The part of a record that tells which ids are published."""

    id: str


def _lines(path: Path, kind: type[T]) -> Iterator[T]:
    decoder = msgspec.json.Decoder(kind)
    try:
        with path.open("rb") as file:
            for line in file:
                yield decoder.decode(line)
    except (FileNotFoundError, msgspec.DecodeError):
        return


# -- tools -------------------------------------------------------------------------------------------------------------


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _map(
    pool: Executor,
    function: Callable[[T], R],
    tasks: Iterable[T],
    workers: int,
    instead: Callable[[T, WorkerLostError], list[T]] | None = None,
) -> Iterator[R]:
    """Results in the order of tasks, with a bounded number of tasks under way.

    Where a worker ends in the middle of a task, the tasks that `instead` gives are run in its place.
    """
    waiting: deque[tuple[T, Future[R]]] = deque()
    rest = iter(tasks)
    while True:
        for task in islice(rest, max(0, AHEAD * workers - len(waiting))):
            waiting.append((task, pool.submit(function, task)))
        if not waiting:
            return
        task, future = waiting.popleft()
        try:
            yield future.result()
        except WorkerLostError as lost:
            if instead is None:
                raise EnvironmentFailedError(f"a worker {lost}; nothing was published, run again") from lost
            waiting.extendleft((one, pool.submit(function, one)) for one in reversed(instead(task, lost)))


def read(out: str | Path = "processed") -> Iterator[Record]:
    """The published records, typed, in the order of their ids.

    Raises UsageError where nothing was published.
    """
    folder = Path(out)
    paths = sorted(folder.glob("documents.jsonl")) or sorted(folder.glob("documents-*.jsonl"))
    if not paths:
        raise UsageError(f"{folder}: no documents.jsonl here; run `pipeline ingest` first")
    decoder = msgspec.json.Decoder(Record)
    for path in paths:
        with path.open("rb") as file:
            for line in file:
                yield decoder.decode(line)
