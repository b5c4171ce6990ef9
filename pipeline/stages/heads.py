"""What of a parsed document the driver keeps: where it is, who it is, what overlap asks of it first."""

from __future__ import annotations

import hashlib

from pipeline.config import Source
from pipeline.convert import title_from_path
from pipeline.model import Document, Raw
from pipeline.overlap.fingerprint import Outline
from pipeline.parsers import parser_for
from pipeline.stages.keys import load_parser
from pipeline.stages.receipts import Head, Parsed
from pipeline.text import words as text_words

NAMED_BY_FILE = frozenset({"obsidian", "wikitext", "rendered_wiki"})  # formats of notes and wiki pages


def head(one: Parsed, source: Source, segment: str, place: tuple[int, int], outline: Outline, print_place: tuple[int, int]) -> Head:
    """The head of a document whose text and fingerprint were written at two places of a segment."""
    document = one.document
    return Head(
        path=one.raw.path,
        raw_sha256=one.raw.sha256,
        source=source.name,
        key=identity(document, one.raw, source),
        segment=segment,
        offset=place[0],
        length=place[1],
        title=text_words.key(document.title),
        words=len(document.text.split()),
        modified=document.modified,
        licensed=bool(one.license),
        sha256=hashlib.sha256(document.text.encode()).hexdigest(),
        outline=outline,
        print_offset=print_place[0],
        print_length=print_place[1],
        named=named(document.title, one.raw),
    )


def named(title: str, raw: Raw) -> bool:
    """Whether a title is what its document calls itself: written in it, or its file's where files bear the names of what they hold."""
    return bool(title) and (raw.parser in NAMED_BY_FILE or title != title_from_path(raw.path))


def identity(document: Document, raw: Raw, source: Source) -> str:
    """The document's name within its source: what `id_from` asks for, else the first that the format knows it by."""
    parser = load_parser(source.parser) if source.parser else parser_for(raw.parser)
    path = raw.path.removeprefix(f"{source.name}/")
    values = {"permalink": document.permalink.strip("/"), "url": document.url, "title": document.title, "path": path}
    order = (source.id_from, "path") if source.id_from else (*parser.IDENTITY, "path")
    return next(values[name] for name in order if values[name])
