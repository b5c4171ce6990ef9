"""A run: raw/ in, processed/ out. This list is the whole way of a document, and this file alone knows its order.

plan      what lies below raw/ beside what is known of it               stages/plan.py, readers/files.py, config.py
parse     each document alone, in workers                               stages/parse.py -> segments
resolve   the one barrier: ids, overlap, who is canonical, furniture    stages/resolve.py, stages/furniture.py, overlap/
assemble  each record alone, in workers                                 stages/assemble.py -> pieces of output
link      where links of records lead within the corpus                 stages/links.py, overlap/links.py
check     the accounting equation and the guards                        report/summary.py
write     everything at once, or nothing                                stages/collect.py, store/publish.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import msgspec

from pipeline import config
from pipeline.config import Settings
from pipeline.errors import UsageError
from pipeline.model import Record
from pipeline.overlap import Resolution
from pipeline.report import changes, page, summary
from pipeline.report.changes import Change
from pipeline.report.files import write_files
from pipeline.report.summary import Report
from pipeline.run.local import executor, processors
from pipeline.run.schedule import batches, each
from pipeline.stages import AssembleReceipt, AssembleTask, Corpus, assemble_batch, load_parser, parse_batch, remember
from pipeline.stages.collect import collect, paths, records, tombstones
from pipeline.stages.furniture import applied, learn
from pipeline.stages.links import resolve_links
from pipeline.stages.plan import Plan, Size, Tasks, measure
from pipeline.stages.resolve import cluster, decide, gather
from pipeline.store import publish
from pipeline.store.state import State, Table

ASSEMBLE_BATCH = 500  # records a task

Progress = Callable[[str, int, int, int], None]  # stage, done, total, quarantined so far


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
    share (`1%`) of quarantined documents; `progress` is called with (stage, done, total, quarantined so far).

    Raises UsageError and ConfigError (nothing was done), GuardError (a guard tripped, nothing was published) and
    EnvironmentFailedError (the machine failed, the published set is as it was).
    """
    raw, out = Path(raw), Path(out)
    limit = summary.quarantine_limit(max_quarantine)
    with _opened(raw, out, workers, progress) as run:
        if remember.unchanged(run.state, out, run.inputs):
            report = summary.published(out)
            summary.check(report, run.settings, limit)
            return report
        with publish.publication(out) as coming:
            report = _make(run, coming)
            summary.check(report, run.settings, limit)
        remember.publication(run.state, out, run.inputs)
        remember.drop_unused(run.state, run.folder, run.live)
    return report


def pending(raw: str | Path = "raw", out: str | Path = "processed", *, progress: Progress | None = None) -> list[Change]:
    """What a run would change in the published set: everything is done but the publishing, and what was parsed is kept for the run.

    Raises what `ingest` raises, but for guards.
    """
    raw, out = Path(raw), Path(out)
    with _opened(raw, out, 0, progress) as run:
        if remember.unchanged(run.state, out, run.inputs):
            return []
        coming = run.folder / remember.WORK / "coming"
        coming.mkdir()
        _make(run, coming)
        return list(changes.written(coming))


class _Run(msgspec.Struct):
    """A run whose documents are parsed."""

    out: Path
    settings: Settings
    folder: Path  # what is kept between runs, and the work folder of this one
    plan: Plan
    pool: Executor
    workers: int
    tell: Progress
    inputs: bytes  # what the set depends on beside the parsed documents
    live: Mapping[str, int] = {}  # segment -> bytes of it that are used

    @property
    def state(self) -> State:
        return self.plan.state


@contextmanager
def _opened(raw: Path, out: Path, workers: int, progress: Progress | None) -> Iterator[_Run]:
    """Holds the output folder, and parses what is new or changed below raw/."""
    if workers < 0:
        raise UsageError(f"workers = {workers}: give a number of processes, or 0 to choose by the number of files")
    if not raw.is_dir():
        raise UsageError(f"{raw}: no such folder; put raw documents below it, or name another with --raw")
    if out.resolve().is_relative_to(raw.resolve()):
        raise UsageError(f"{out}: lies below {raw}, and would be read as raw documents; choose another folder with --out")
    settings = config.load(raw)
    for source in settings.sources.values():
        if source.parser:
            load_parser(source.parser)  # a parser that cannot be loaded is found before anything is read
    with publish.locked(out) as folder, remember.opened(folder) as state:
        size = measure(raw, config.FILE)
        workers = workers or (1 if size.few else processors())
        if state.empty():  # every worker will need this, and workers are forked from here
            import_module("pipeline.overlap.shingles")
        with executor(workers) as pool:
            run = _Run(
                out,
                settings,
                folder,
                Plan(raw, config.FILE, settings, state, trusting=not size.few),
                pool,
                workers,
                progress or (lambda *_: None),
                b"",
            )
            _parse(run, size)
            run.inputs = remember.digest(settings, run.plan.skipped)
            yield run


def _parse(run: _Run, size: Size) -> None:
    """Brings what is known of every raw document up to date."""
    plan = run.plan
    tasks = Tasks(plan, run.folder / remember.SEGMENTS, remember.verdicts(plan.state, run.folder))
    for receipt in each(run.pool, parse_batch, tasks.of(plan.jobs()), run.workers, tasks.again):
        tasks.take(receipt)
        run.tell("parse", tasks.documents + plan.trusted, max(tasks.documents + plan.trusted, size.files), tasks.quarantined)
    plan.state.commit()


def _make(run: _Run, coming: Path) -> Report:
    """Resolves and assembles everything, and writes the whole set into a folder, with how it differs from the published one."""
    with Table(run.folder / remember.WORK / "heads.sqlite") as table:
        corpus = gather(run.state, table, run.plan.skipped, run.folder / remember.SEGMENTS)
        decisions = decide(corpus, run.settings, run.folder / remember.SEGMENTS, run.folder / remember.WORK)
        furniture = learn(corpus, run.folder / remember.SEGMENTS)
        done = list(_assemble(run, corpus, decisions, applied(furniture, run.settings)))
        links = resolve_links(run.folder / remember.WORK, len(done), len(corpus))
        report = summary.make(corpus, decisions, done, links, furniture, run.settings)
        collect(run.folder / remember.WORK, coming, len(done))
        write_files(coming, report, corpus.quarantined, tombstones(run.out, corpus, decisions), run.settings)
        page.write(coming, run.plan.raw, report)
        changes.write(run.out, coming, run.settings)
        run.live = corpus.live
    return report


def _assemble(run: _Run, corpus: Corpus, decisions: Resolution, furniture: dict[str, list[str]]) -> Iterator[AssembleReceipt]:
    clusters = (cluster(number, corpus, decisions, run.settings) for number in decisions.records)
    places = str(run.folder / remember.SEGMENTS), str(run.folder / remember.WORK)
    tasks = (AssembleTask(*places, f"{number:06}", batch, furniture) for number, batch in enumerate(batches(clusters, ASSEMBLE_BATCH)))
    done = 0
    for receipt in each(run.pool, assemble_batch, tasks, run.workers):
        done += receipt.records
        run.tell("assemble", done, len(decisions.records), len(corpus.quarantined))
        yield receipt


def read(out: str | Path = "processed") -> Iterator[Record]:
    """The published records, typed, in the order of their ids.

    Raises UsageError where nothing was published, and EnvironmentFailedError at a line that cannot be read.
    """
    if not paths(Path(out), "documents"):
        raise UsageError(f"{out}: no documents.jsonl here; run `pipeline ingest` first")
    return records(Path(out), Record)
