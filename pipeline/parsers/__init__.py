"""The parsers: one a format, all behind one protocol, listed in the one registry `FORMATS`.

A parser is a module (or any object) with the four names of `Parser`. It is pure: `parse` touches no disk, clock, network or
randomness, and never raises on content: what it takes out is a `Removal`, what it doubts is a `Diagnostic`. A parser knows
nothing of other documents (links are left as written) and nothing of other parsers (what two share is in `pipeline.text`).
"""

from __future__ import annotations

from typing import Protocol

from pipeline.errors import UnknownFormatError
from pipeline.model import Document, RawDocument
from pipeline.parsers import html, obsidian, plain, rendered_wiki, wikitext


class Parser(Protocol):
    """What a format has to offer."""

    @property
    def NAME(self) -> str:
        """The format's name, as in sources.toml."""
        ...

    @property
    def VERSION(self) -> str:
        """Changes whenever the same bytes may give another document; documents of an older version are parsed again."""
        ...

    @property
    def MEDIA_TYPE(self) -> str:
        """The media type of its raw documents, `text/html`."""
        ...

    @property
    def IDENTITY(self) -> tuple[str, ...]:
        """What a document of this format is named by, best first: `permalink`, `url`, `title`, `path`."""
        ...

    def detect(self, head: str, path: str) -> tuple[float, list[str]]:
        """How well the format fits, 0 to 1, with a short phrase for each piece of evidence; `head` is the first 64 KiB of text."""
        ...

    def parse(self, raw: RawDocument) -> Document:
        """The cleaned document; never raises on content."""
        ...


FORMATS: dict[str, Parser] = {
    html.NAME: html,
    wikitext.NAME: wikitext,
    obsidian.NAME: obsidian,
    rendered_wiki.NAME: rendered_wiki,
    plain.NAME: plain,
}


def parser_for(name: str) -> Parser:
    """The parser of a format.

    Raises UnknownFormatError, naming the known ones.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise UnknownFormatError(f"no format {name!r}; known formats: {', '.join(FORMATS)}") from None
