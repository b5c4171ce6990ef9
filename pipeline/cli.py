"""Arguments in, exit code out: the command line, without logic of its own.

Data goes to stdout; progress and messages go to stderr. Exit codes: 0 published; 1 a guard tripped, nothing published; 2 usage or
configuration; 3 the environment failed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from pipeline.errors import PipelineError, UsageError
from pipeline.parsers import FORMATS


class _Group(click.Group):
    """Turns this package's errors into one line and their exit code; everything else is a fault and shows its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            click.echo(f"pipeline: {_printable(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:  # the reader of stdout has enough
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="document-pipeline", prog_name="pipeline")
def main() -> None:
    """Raw documents in, clean merged JSON records out, and a ledger line for everything that went.

    \b
    Example:
      pipeline ingest                      # raw/ -> processed/
      pipeline explain "rare condition"    # where a passage went, or came from
    """


@main.command()
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents and sources.toml.")
@click.option("--out", default="processed", show_default=True, help="Folder for the published set.")
@click.option("--workers", default=0, type=click.IntRange(0, 256), help="Processes to work with; by default as many as pay.")
@click.option("--max-quarantine", default="", metavar="N|P%", help="Fail, and publish nothing, past this many quarantined documents.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON to stdout.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
def ingest(raw: str, out: str, workers: int, max_quarantine: str, as_json: bool, quiet: bool) -> None:
    """Clean everything below raw/ and publish records, ledger and report.

    \b
    Example:
      pipeline ingest --workers 2 --max-quarantine 1%
    """
    from pipeline import terminal
    from pipeline.ingest import ingest as run

    with terminal.progress(not quiet) as progress:
        report = run(raw, out, workers=workers, max_quarantine=max_quarantine, progress=progress)
    if not quiet:
        terminal.summary(report, Path(out))
    if as_json:
        _print_json(report)


@main.command()
@click.argument("file")
@click.option("--format", "format_", default=None, help=f"One of {', '.join(FORMATS)}; default: detected.")
@click.option("--mode", default="auto", show_default=True, help="HTML only: clean, main, all or auto.")
@click.option("--as", "form", default="text", show_default=True, type=click.Choice(["text", "json", "markdown"]), help="What to print.")
def clean(file: str, format_: str | None, mode: str, form: str) -> None:
    """Clean one FILE (- for stdin) and print it.

    \b
    Example:
      pipeline clean page.html --mode main
      pipeline clean - --format wikitext --as json < article.wikitext
    """
    from pipeline.convert import clean as clean_one

    document = clean_one(_data(file), format=format_, path="" if file == "-" else Path(file).name, mode=mode)
    if form == "json":
        _print_json(document)
    elif form == "markdown":
        from pipeline.export.markdown import to_markdown

        click.echo(to_markdown(document))
    else:
        click.echo(document.text)


@main.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def detect(file: str, as_json: bool) -> None:
    """Say which format FILE (- for stdin) is in, and why.

    \b
    Example:
      pipeline detect saved-page.txt
    """
    from pipeline.convert import detect as detect_one

    found = detect_one(_data(file), path="" if file == "-" else Path(file).name)
    if as_json:
        _print_json(found)
    for d in [] if as_json else found:
        click.echo(f"{d.format:14} {d.score:.2f}  {'; '.join(d.reasons)}")
    if not found and not as_json:
        click.echo("no format fits", err=True)


@main.command()
@click.argument("what")
@click.option("--out", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(what: str, out: str, as_json: bool) -> None:
    """Say where a passage went and where it came from.

    WHAT is some words of the passage, a record's id, or ID@BYTE for a byte of a raw document.

    \b
    Example:
      pipeline explain "weight loss program"
      pipeline explain wikimd:Calcinosis
      pipeline explain wikimd:Calcinosis@510
    """
    from pipeline.explain import explain as look

    found = look(what, Path(out))
    if as_json:
        _print_json(found)
    for item in [] if as_json else found:
        click.echo("\n".join(_printable(line) for line in item.lines()) + "\n")
    if not found:
        raise UsageError(f"nothing in {out} says {what!r}; try fewer words, or check the spelling")


@main.command()
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
        _print_json(problems)
    for problem in [] if as_json else problems:
        click.echo(_printable(problem))
    if problems:
        sys.exit(1)
    click.echo(f"{out}: everything balances", err=True)


@main.command()
def schema() -> None:
    """Print the JSON Schema of a record.

    \b
    Example:
      pipeline schema > record-1.json
    """
    from pipeline.report.types import json_schema

    _print_json(json_schema())


def _data(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name a file, or - for stdin") from error


def _print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def _printable(text: str) -> str:
    """Untrusted text for a terminal: no control characters, so that no document can move the cursor or colour the screen."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
