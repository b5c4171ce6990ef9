"""The commands sources list, new and check."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from pipeline import config
from pipeline.commands.shown import print_json, printable
from pipeline.errors import UsageError

OF_CONTAINER = 3  # documents of a sample that holds several
LINES = 14  # of a sample that are shown before and after


@click.group()
def sources() -> None:
    """Add a source, check it, list all.

    \b
    Example:
      pipeline sources new stones --sample page1.html --sample page2.html
      pipeline sources check stones
      pipeline sources list
    """


@sources.command(name="list")
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents and sources.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(raw: str, as_json: bool) -> None:
    """List the stanzas of sources.toml.

    \b
    Example:
      pipeline sources list --json
    """
    found = config.load(Path(raw)).sources
    if as_json:
        print_json(list(found.values()))
    for name, source in found.items() if not as_json else ():
        click.echo(f"{name:20}{source.format or 'detected':16}{source.license or 'licence not stated':24}{', '.join(source.path)}")


@sources.command()
@click.argument("name")
@click.option("--sample", "samples", multiple=True, required=True, type=click.Path(), help="A document of the source; give several.")
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents and sources.toml.")
@click.option("--cases", default="", help="Where the case file goes; by default tests/cases/NAME.md, where that folder is.")
@click.option("--dry-run", is_flag=True, help="Show the proposal, write nothing.")
def new(name: str, samples: tuple[str, ...], raw: str, cases: str, dry_run: bool) -> None:
    """Propose a stanza from samples, and write it.

    Says which format the samples are of and why, shows the first before and after, finds lines that all samples carry and, in HTML, the
    element that holds the content. Copies samples that lie elsewhere into raw/NAME/, and makes a case file of them for the tests.

    \b
    Example:
      pipeline sources new stones --sample page1.html --sample page2.html --sample page3.html
    """
    from pipeline.commands.given import as_bytes, some
    from pipeline.scaffold.propose import Sample, case_file, propose

    folder = Path(raw)
    if name in config.load(folder).sources:
        raise UsageError(f"{folder / config.FILE} has a stanza [sources.{name}] already; change it there, or choose another name")
    copies = _copies(samples, folder, name)
    read = [Sample(Path(one.path).name, as_bytes(one.data), one.format or "") for file in samples for one in some(file, OF_CONTAINER)]
    if not read:
        raise UsageError("the samples hold no documents that can be read; look into them")
    proposal = propose(name, read)
    for reason in proposal.reasons:
        click.echo(printable(reason), err=True)
    _show("before", read[0].data.decode("utf-8", "replace"))
    _show("after", proposal.documents[0].text)
    click.echo(f"\n{proposal.stanza()}", nl=False)
    place = Path(cases) if cases else Path("tests/cases") / f"{name}.md"
    if dry_run:
        return
    _append(folder, proposal.stanza())
    for file, target in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        click.echo(f"copied {file} to {target}", err=True)
    if place.parent.is_dir() and not place.exists():
        place.write_text(case_file(name, proposal, read), encoding="utf-8")
        click.echo(f"wrote {place}: read it, and correct what is wrong", err=True)
    click.echo(f"wrote [sources.{name}] to {folder / config.FILE}; state its licence there, then: pipeline ingest", err=True)


def _show(what: str, text: str) -> None:
    lines = text.split("\n")
    click.echo(f"\n-- {what}: {len(text):,} characters " + "-" * 40, err=True)
    for line in lines[:LINES]:
        click.echo(printable(line[:140]), err=True)
    if len(lines) > LINES:
        click.echo(f"... and {len(lines) - LINES:,} more lines", err=True)


def _append(raw: Path, stanza: str) -> None:
    """Adds a stanza; what stands there stays as it is, byte for byte."""
    raw.mkdir(parents=True, exist_ok=True)
    file = raw / config.FILE
    before = file.read_bytes() if file.exists() else b""
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    whole = before + gap + stanza.encode()
    config.parse(whole.decode("utf-8-sig"), str(file))  # what is written can be read, or nothing is written
    part = file.with_name(f".{file.name}.part")
    part.write_bytes(whole)
    part.replace(file)


def _copies(samples: Iterable[str], raw: Path, name: str) -> dict[Path, Path]:
    """Where samples that lie elsewhere are copied to: known before anything is written, so that a mistake leaves nothing half done.

    Raises UsageError.
    """
    found: dict[Path, Path] = {}
    for file in dict.fromkeys(map(Path, samples)):
        if file == Path("-"):
            raise UsageError("--sample -: a sample is copied below raw/; save it as a file first")
        target = raw / name / file.name
        if file.resolve().is_relative_to(raw.resolve()):
            continue
        if target.exists() or target in found.values():
            why = "is there already" if target.exists() else "would be two samples"
            raise UsageError(f"{target} {why}; rename the sample, or put it below {raw / name} yourself")
        found[file] = target
    return found


@sources.command()
@click.argument("name")
@click.option("--raw", default="raw", show_default=True, help="Folder with raw documents and sources.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(name: str, raw: str, as_json: bool) -> None:
    """Check a source, and its parser where it has one of its own.

    Documents are there; parsing raises nothing, gives well-formed documents, the same each time and for any hash seed, and touches neither
    disk nor network; a parser of one's own stands hostile documents.

    \b
    Example:
      pipeline sources check stones
    """
    from pipeline.scaffold.check import check as run

    sys.path.insert(0, str(Path.cwd()))  # where a parser of one's own is written first
    found = run(Path(raw), name)
    if as_json:
        print_json(found)
    for one in [] if as_json else found:
        click.echo(printable(f"{'ok  ' if one.ok else 'FAIL'}  {one.check}" + (f": {one.message}" if one.message else "")))
    if not all(one.ok for one in found):
        sys.exit(1)
