"""A run: raw/ in, processed/ out. This list is the whole way of a document, and this file alone knows its order.

plan      what lies below raw/ beside what is known of it               stages/plan.py, readers/files.py, config.py
parse     each document alone, in workers                               stages/parse.py -> segments
resolve   the one barrier: ids, overlap, who is canonical               stages/resolve.py, overlap/
assemble  each record alone, in workers                                 stages/assemble.py -> pieces of output
check     the accounting equation and the guards                        report/summary.py
write     everything at once, or nothing                                stages/collect.py, store/publish.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path

from pipeline import config
from pipeline.config import Settings
from pipeline.errors import UsageError
from pipeline.model import Record
from pipeline.overlap import Resolution
from pipeline.report import summary
from pipeline.report.files import write_files
from pipeline.report.summary import Report
from pipeline.run.local import executor, processors
from pipeline.run.schedule import batches, each
from pipeline.stages import AssembleReceipt, AssembleTask, Corpus, assemble_batch, load_parser, parse_batch, remember
from pipeline.stages.collect import collect, paths, records, tombstones
from pipeline.stages.plan import Plan, Size, Tasks, measure
from pipeline.stages.resolve import cluster, decide, gather
from pipeline.store import publish
from pipeline.store.state import Table

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
    if not raw.is_dir():
        raise UsageError(f"{raw}: no such folder; put raw documents below it, or name another with --raw")
    limit = summary.quarantine_limit(max_quarantine)
    settings = config.load(raw)
    for source in settings.sources.values():
        if source.parser:
            load_parser(source.parser)  # a parser that cannot be loaded is found before anything is read
    tell = progress or (lambda *_: None)
    with publish.locked(out) as folder, remember.opened(folder) as state:
        size = measure(raw, config.FILE)
        workers = workers or (1 if size.few else processors())
        with executor(workers) as pool:
            plan = Plan(raw, config.FILE, settings, state, trusting=not size.few)
            _parse(plan, pool, workers, size, folder, tell)
            inputs = remember.digest(settings, plan.skipped)
            if remember.unchanged(state, out, inputs):
                report = summary.published(out)
            else:
                report = _publish(plan, pool, workers, folder, out, limit, inputs, tell)
        summary.check(report, settings, limit)
    return report


def _parse(plan: Plan, pool: Executor, workers: int, size: Size, folder: Path, tell: Progress) -> None:
    """Brings what is known of every raw document up to date."""
    tasks = Tasks(plan, folder / remember.SEGMENTS, remember.verdicts(plan.state, folder))
    for receipt in each(pool, parse_batch, tasks.of(plan.jobs()), workers, tasks.again):
        tasks.take(receipt)
        tell("parse", tasks.documents + plan.trusted, max(tasks.documents + plan.trusted, size.files), tasks.quarantined)
    plan.state.commit()


def _publish(
    plan: Plan, pool: Executor, workers: int, folder: Path, out: Path, limit: tuple[float, bool], inputs: bytes, tell: Progress
) -> Report:
    """Resolves, assembles, checks and writes the whole set."""
    settings, state = plan.settings, plan.state
    with Table(folder / remember.WORK / "heads.sqlite") as table:
        corpus = gather(state, table, plan.skipped)
        decisions = decide(corpus, settings, folder / remember.SEGMENTS)
        done = list(_assemble(corpus, decisions, settings, folder, pool, workers, tell))
        report = summary.make(corpus, decisions, done, settings)
        summary.check(report, settings, limit)
        with publish.publication(out) as coming:
            collect(folder / remember.WORK, coming, len(done))
            write_files(coming, report, corpus.quarantined, tombstones(out, corpus, decisions), settings)
        remember.publication(state, out, inputs)
        remember.drop_unused(state, folder, corpus.live)
    return report


def _assemble(
    corpus: Corpus, decisions: Resolution, settings: Settings, folder: Path, pool: Executor, workers: int, tell: Progress
) -> Iterator[AssembleReceipt]:
    clusters = (cluster(number, corpus, decisions, settings) for number in decisions.records)
    places = str(folder / remember.SEGMENTS), str(folder / remember.WORK)
    tasks = (AssembleTask(*places, f"{number:06}", batch) for number, batch in enumerate(batches(clusters, ASSEMBLE_BATCH)))
    done = 0
    for receipt in each(pool, assemble_batch, tasks, workers):
        done += receipt.records
        tell("assemble", done, len(decisions.records), len(corpus.quarantined))
        yield receipt


def read(out: str | Path = "processed") -> Iterator[Record]:
    """The published records, typed, in the order of their ids.

    Raises UsageError where nothing was published.
    """
    if not paths(Path(out), "documents"):
        raise UsageError(f"{out}: no documents.jsonl here; run `pipeline ingest` first")
    return records(Path(out), Record)
