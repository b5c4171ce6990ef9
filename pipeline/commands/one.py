"""Commands over one document: clean, detect."""

from __future__ import annotations

import click

from pipeline.commands.shown import print_json
from pipeline.parsers import FORMATS


@click.command()
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
    from pipeline.commands.given import given
    from pipeline.convert import clean as clean_one
    from pipeline.convert import stated

    one = given(file)
    document = clean_one(one.data, format_ or one.format, one.path, one.options.mode if mode == "auto" else mode, one.options)
    document = stated(document, one.facts, one.url)
    if form == "json":
        print_json(document)
    elif form == "markdown":
        from pipeline.export.markdown import to_markdown

        click.echo(to_markdown(document))
    else:
        click.echo(document.text)


@click.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def detect(file: str, as_json: bool) -> None:
    """Say which format FILE (- for stdin) is in, and why.

    \b
    Example:
      pipeline detect saved-page.txt
    """
    from pipeline.commands.given import given
    from pipeline.convert import detect as detect_one

    one = given(file)
    found = detect_one(one.data, path=one.path)
    if as_json:
        print_json(found)
    for d in [] if as_json else found:
        click.echo(f"{d.format:14} {d.score:.2f}  {'; '.join(d.reasons)}")
    if not found and not as_json:
        click.echo("no format fits", err=True)
