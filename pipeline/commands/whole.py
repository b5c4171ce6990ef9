"""Commands over the whole set: ingest, explain, verify, schema."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from pipeline.commands.shown import STOPPED, print_json, printable
from pipeline.errors import PipelineError, UsageError


@click.command()
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents and sources.toml.")
@click.option("--out", default="processed", show_default=True, help="Folder for the published set.")
@click.option("--workers", default=0, type=click.IntRange(0, 256), help="Processes to work with; by default as many as pay.")
@click.option("--max-quarantine", default="", metavar="N|P%", help="Fail, and publish nothing, past this many quarantined documents.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON to stdout.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@click.option("--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What goes to stderr.")
def ingest(raw: str, out: str, workers: int, max_quarantine: str, as_json: bool, quiet: bool, log: str) -> None:
    """Clean everything below raw/ and publish records, ledger and report.

    \b
    Example:
      pipeline ingest --workers 2 --max-quarantine 1%
    """
    from pipeline import terminal
    from pipeline.ingest import ingest as run

    shown = terminal.log() if log == "json" else terminal.progress(not quiet)
    try:
        with shown as progress:
            report = run(raw, out, workers=workers, max_quarantine=max_quarantine, progress=progress)
    except PipelineError as error:
        if log == "text":
            raise
        sys.exit(error.exit_code)  # the log has said it
    except KeyboardInterrupt:
        if log == "text":
            click.echo(
                "\npipeline: stopped; the published set is whole, and what was done is kept: run the command again to go on", err=True
            )
        sys.exit(STOPPED)
    if log == "json":
        terminal.event("published", **msgspec.structs.asdict(report.accounting))
    elif not quiet:
        terminal.summary(report, Path(out))
    if as_json:
        print_json(report)


@click.command()
@click.argument("what")
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents: where a file is looked for that was not read.")
@click.option("--out", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(what: str, raw: str, out: str, as_json: bool) -> None:
    """Say where a passage went and where it came from.

    WHAT is some words of it (what stands in several places is answered piece by piece), the path of a raw file, a record's id, or
    ID@BYTE for a byte of a raw document.

    \b
    Example:
      pipeline explain "weight loss program"
      pipeline explain raw/wikimd/Calcinosis.txt
      pipeline explain wikimd:Calcinosis
      pipeline explain wikimd:Calcinosis@510
    """
    from pipeline.explain import explain as look

    found = look(what, Path(out), Path(raw))
    if as_json:
        print_json(found)
    for item in [] if as_json else found:
        click.echo("\n".join(printable(line) for line in item.lines()) + "\n")
    if not found:
        raise UsageError(f"nothing in {out} says {what!r}; try fewer words, or check the spelling")


@click.command()
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents.")
@click.option("--out", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(raw: str, out: str, as_json: bool) -> None:
    """Check the published set against raw/ and itself, without the run's own counters.

    \b
    Example:
      pipeline verify
    """
    from pipeline.verify import verify as check

    problems = check(Path(raw), Path(out))
    if as_json:
        print_json(problems)
    for problem in [] if as_json else problems:
        click.echo(printable(problem))
    if problems:
        sys.exit(1)
    click.echo(f"{out}: everything balances", err=True)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a record.

    \b
    Example:
      pipeline schema > record-1.json
    """
    from pipeline.report.types import json_schema

    print_json(json_schema())
