"""What a run shows: to a person a progress bar while stderr is a terminal, and a summary at the end; to a machine lines of JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import PipelineError
from pipeline.ingest import Progress
from pipeline.report.summary import Report

LOG_SECONDS = 1.0  # between two lines of one stage: a log of a day is readable


@contextmanager
def progress(wanted: bool) -> Iterator[Progress | None]:
    """A progress callback for `ingest`; None where stderr is no terminal, so that logs stay readable."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        tasks = {}

        def tell(stage: str, done: int, total: int, quarantined: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, rate="")
            speed = bar.tasks[tasks[stage]].speed
            bar.update(tasks[stage], completed=done, total=total, rate=_rate(speed, quarantined))

        yield tell


def _rate(speed: float | None, quarantined: int) -> str:
    return (f"{speed:,.0f}/s" if speed else "") + (f"  {quarantined:,} quarantined" if quarantined else "")


def summary(report: Report, out: Path) -> None:
    """Prints the counts of a run to stderr: a table on a terminal, plain lines elsewhere."""
    a = report.accounting
    equation = f"{a.found} found = {a.records} records + {a.merged} merged + {a.quarantined} quarantined + {a.skipped} skipped"
    if sys.stderr.isatty():
        _table(report)
    else:
        for name, s in report.sources.items():
            counts = f"{s.records} records, {s.merged} merged, {s.quarantined} quarantined"
            _say(f"{name}: {counts}, {s.words} words, {s.words_lost} lost to overlap")
    _say(f"{equation}\npublished in {out}/")
    if a.quarantined:
        _say(f"quarantined documents, each with its reason and the next step: {out}/quarantine.jsonl")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _table(report: Report) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("source", "records", "merged", "quarantined", "skipped", "words", "lost to overlap"):
        table.add_column(column, justify="left" if column == "source" else "right")
    for name, s in report.sources.items():
        share = f"{s.words_lost:,} ({s.words_lost / s.words:.0%})" if s.words else "0"
        table.add_row(escape(name), f"{s.records:,}", f"{s.merged:,}", f"{s.quarantined:,}", f"{s.skipped:,}", f"{s.words:,}", share)
    Console(stderr=True).print(table)


# -- for machines ------------------------------------------------------------------------------------------------------


@contextmanager
def log() -> Iterator[Progress]:
    """A progress callback that writes lines of JSON to stderr: progress, failed, stopped. No line holds text of a document."""
    told: dict[str, float] = {}
    started: dict[str, float] = {}

    def tell(stage: str, done: int, total: int, quarantined: int) -> None:
        now = time.monotonic()
        begun = started.setdefault(stage, now)
        if done < total and now - told.get(stage, float("-inf")) < LOG_SECONDS:
            return
        told[stage] = now
        event("progress", stage=stage, done=done, total=total, quarantined=quarantined, seconds=round(now - begun, 3))

    try:
        yield tell
    except PipelineError as error:
        said = str(error).encode("utf-8", "backslashreplace").decode()  # it may name a file whose name is no UTF-8
        event("failed", kind=type(error).__name__, error=said, exit_code=error.exit_code)
        raise
    except KeyboardInterrupt:
        event("stopped")
        raise


def event(name: str, **facts: Any) -> None:
    """One line of the log: time (UTC), event, facts."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": name, **facts}
    sys.stderr.write(msgspec.json.encode(line).decode() + "\n")
