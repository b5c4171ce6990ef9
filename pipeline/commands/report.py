"""The command report: the published set at a glance."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from pipeline.commands.shown import print_json
from pipeline.errors import UsageError
from pipeline.report import page, summary


@click.command()
@click.option("--out", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--open", "opened", is_flag=True, help="Open report.html in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print report.json.")
def report(out: str, opened: bool, as_json: bool) -> None:
    """Say what the last run published, or open its page.

    \b
    Example:
      pipeline report
      pipeline report --open
    """
    place = Path(out) / page.FILE
    if not (Path(out) / "report.json").exists() or not place.exists():
        raise UsageError(f"{out}: no report here; run `pipeline ingest` first")
    found = summary.published(Path(out))
    if as_json:
        print_json(found)
    else:
        from pipeline import terminal

        terminal.summary(found, Path(out))
        click.echo(f"the page to look at: {place}", err=True)
    if opened and not webbrowser.open(place.resolve().as_uri()):
        raise UsageError(f"no browser can be opened here; open {place} in one yourself")
