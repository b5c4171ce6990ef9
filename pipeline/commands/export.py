"""The commands export and search: the published set in other tools, and on the spot."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.shown import print_json, printable
from pipeline.exporting import FORMS, Options
from pipeline.exporting import export as write
from pipeline.store import publish

_FORMS = "\n".join(f"  {name:14}{about}" for name, (_, about) in FORMS.items())
_PLACES = {"parquet": "documents.parquet", "sqlite": "documents.sqlite", "chunks": "chunks.jsonl"}


@click.command(
    help=f"""Write the published set in a form that another tool takes.

\b
Forms:
{_FORMS}

\b
Example:
  pipeline export --to parquet --out documents.parquet
  pipeline export --to chunks --tokens 256 --overlap 32
"""
)
@click.option("--to", "form", required=True, type=click.Choice(list(FORMS)), help="The form.")
@click.option("--from", "published", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--out", default="", help="Where to; by default a file or folder named after the form, here.")
@click.option("--tokens", default=400, show_default=True, help="Size of a piece: a token is four bytes of text.")
@click.option("--overlap", default=0, show_default=True, help="Tokens that a piece repeats of the one before, in whole sentences.")
@click.option("--transclude", is_flag=True, help="Put what a note embeds (![[Note#Part]]) below the passage that embeds it.")
def export(form: str, published: str, out: str, tokens: int, overlap: int, transclude: bool) -> None:
    """Writes the published set in a form that another tool takes."""
    place = Path(out or _PLACES.get(form, f"{form}.jsonl" if form in ("langchain", "llamaindex") else form))
    count = write(form, published, place, Options(tokens, overlap, transclude))
    click.echo(f"{place}: {count} {'pieces' if form in ('chunks', 'langchain', 'llamaindex') else 'records'}", err=True)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--from", "published", default="processed", show_default=True, help="Folder of the published set.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Records to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(words: tuple[str, ...], published: str, limit: int, as_json: bool) -> None:
    """Find records by their words, best first.

    All words must be there; "words in quotes" must stand together; a * stands for any ending. The index is made at the first search
    after a run, in the set's state folder.

    \b
    Example:
      pipeline search calcium "soft tissue"
      pipeline search 'nephro*' --json
    """
    from pipeline.exporting.finding import search as find

    found = find(_index(Path(published)), " ".join(f'"{w}"' if " " in w and '"' not in w else w for w in words), limit)
    if as_json:
        print_json(found)
    for hit in [] if as_json else found:
        click.echo(printable(f"{hit.id}  {hit.title}\n    {' '.join(hit.snippet.split())}"))
    click.echo(f"{len(found)} found" if found else "nothing found; try fewer words, or a * after the stem of a word", err=True)


def _index(published: Path) -> Path:
    """The index of a published set, made anew where the set is newer."""
    from pipeline.exporting.database import INDEX

    name = publish.digest(published / publish.STATE / "manifest.json")[:16]
    folder = published / publish.STATE
    place = folder / f"search-{INDEX}-{name or 'unknown'}.sqlite"
    if not name or not place.exists():
        for old in folder.glob("search-*.sqlite"):
            old.unlink(missing_ok=True)
        write("sqlite", published, place)
    return place
