"""The command diff: which records differ, and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from pipeline.commands.shown import print_json, printable
from pipeline.errors import UsageError
from pipeline.report import changes
from pipeline.stages.collect import paths


@click.command()
@click.argument("sets", nargs=-1, type=click.Path(), metavar="[OLD NEW]")
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents and sources.toml.")
@click.option("--out", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--last", is_flag=True, help="What the last publish changed, whatever is new in raw/ since.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(sets: tuple[str, ...], raw: str, out: str, last: bool, as_json: bool) -> None:
    """Say which records changed, and why.

    Compares what raw/ gives now with the published set, and publishes nothing. Where nothing is new, and with --last, it says what the
    last publish changed. With two folders it compares the sets in them.

    Causes: raw, parser, configuration, overlap, links (see docs/operations.md).

    \b
    Example:
      pipeline diff
      pipeline diff --last
      pipeline diff processed.old processed
    """
    what, found = _found(sets, Path(raw), Path(out), last)
    if as_json:
        print_json({"compared": what, "changes": found})
    for change in [] if as_json else found:
        click.echo(printable(change.line()).replace("\n", " "))
    counts = Counter(c.change for c in found)
    click.echo(f"{what}: " + (", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "no record differs"), err=True)


def _found(sets: tuple[str, ...], raw: Path, out: Path, last: bool) -> tuple[str, list[changes.Change]]:
    if len(sets) not in (0, 2):
        raise UsageError("diff compares two sets: name both folders, or none to compare raw/ with the published set")
    for folder in map(Path, sets or (out,)):
        if not paths(folder, "documents"):
            raise UsageError(f"{folder}: no documents.jsonl here; name a folder that `pipeline ingest` published")
    if sets:
        return f"{sets[0]} and {sets[1]}", list(changes.between(Path(sets[0]), Path(sets[1])))
    if not last:
        from pipeline import terminal
        from pipeline.ingest import pending

        with terminal.progress(True) as progress:
            found = pending(raw, out, progress=progress)
        if found:
            return f"the published set and what {raw} gives now", found
    return "the last publish and the one before it", list(changes.written(out))
