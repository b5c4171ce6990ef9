"""From the bytes of one document to its clean form: converters, decoding, the choice of a format, the parser and its last resort."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pipeline import convert
from pipeline.config import Source
from pipeline.model import Document, Raw, RawDocument
from pipeline.parsers import Parser, detect, parser_for
from pipeline.readers import files, office
from pipeline.readers.decode import NotText, decode
from pipeline.stages.keys import load_parser
from pipeline.stages.receipts import Parsed, Rejected
from pipeline.text.edit import drop_furniture


class Failed(Exception):
    """A parser raised, which it promised not to."""


def refuse_empty(raw: RawDocument, digest: str) -> None:
    """Raises Rejected where not a word is in a document of which its words are all."""
    if not (raw.text or raw.data).strip() and not detect.may_be_empty(raw.format, raw.path):
        raise Rejected("read", "the file is empty", "put the document's text into it, or leave it out of raw/", digest)


def converted(kind: str, raw: RawDocument, digest: str) -> tuple[RawDocument, dict[str, Any]]:
    """An office file as HTML, of which everything is content, and what it states of itself.

    Raises Rejected where it cannot be read.
    """
    try:
        found = office.convert(kind, raw.data)
    except files.Unreadable as no:
        raise Rejected("decode", no.error, no.hint, digest) from no
    options = msgspec.structs.replace(raw.options, mode="clean", title=raw.options.title or found.title)
    return msgspec.structs.replace(raw, text=found.text, encoding="binary", format="html", options=options), found.facts


def decoded(raw: RawDocument, digest: str) -> tuple[RawDocument, tuple[str, ...]]:
    """A raw document with its text, and flags of how that was read.

    Raises Rejected where its bytes are no text.
    """
    if raw.text:
        return raw, ()
    try:
        found = decode(raw.data)
    except NotText as no:
        raise Rejected("decode", no.error, no.hint, digest) from no
    return msgspec.structs.replace(raw, text=found.text, encoding=found.encoding), found.flags


def detected(text: str, path: str, digest: str) -> str:
    """The name of the format that a text is clearly in.

    Raises Rejected, with the scores, where there is none.
    """
    found = detect.rank(text, path)
    chosen = detect.choose(found)
    if not chosen:
        seen = ", ".join(f"{d.format} {d.score:.2f}" for d in found[:3]) or "no format fits"
        if found and found[0].score < detect.MIN_SCORE:
            seen += "".join(f" ({reason})" for reason in found[0].reasons[:1])
        raise Rejected(
            "detect", f"the format is not clear: {seen}", 'name it: format = "..." in the source\'s stanza of sources.toml', digest
        )
    return chosen


def parsed(raw: RawDocument, source: Source, flags: tuple[str, ...], digest: str) -> Parsed:
    """A decoded raw document, parsed.

    Raises Failed where its parser breaks its promise and raises.
    """
    parser = load_parser(source.parser) if source.parser else parser_for(raw.format)
    try:
        document = _finish(convert.convert(raw, flags, parser), source, parser.NAME)
        data = msgspec.json.encode(document)  # every parser promises text that UTF-8 can hold; this holds them to it
        if source.parser:
            msgspec.json.decode(data, type=Document)  # and values of the right types, of which nobody has tested this one
    except Exception as error:
        raise Failed(f"the {parser.NAME} parser failed: {type(error).__name__}") from None
    return _with_facts(raw, source, parser, document, digest)


def degraded(raw: RawDocument, source: Source, flags: tuple[str, ...], digest: str, reason: str) -> Parsed:
    """A document on which a worker ended, by its parser's last resort where it has one.

    Raises Rejected where it has none.
    """
    parser = load_parser(source.parser) if source.parser else parser_for(raw.format)
    last_resort = getattr(parser, "parse_degraded", None)
    if last_resort is None:
        raise lost(reason, digest)
    try:
        document = _finish(convert.convert(raw, (*flags, "degraded"), _Resort(last_resort)), source, parser.NAME)
        msgspec.json.encode(document)
    except Exception:
        raise lost(reason, digest) from None
    return _with_facts(raw, source, parser, document, digest)


class _Resort:
    """The last resort of a parser in the place of the parser."""

    NAME = VERSION = MEDIA_TYPE = ""
    IDENTITY = ()

    def __init__(self, parse: Callable[[RawDocument], Document]) -> None:
        self.parse = parse

    def detect(self, head: str, path: str) -> tuple[float, list[str]]:
        """Never asked."""
        raise NotImplementedError(head, path)


def _with_facts(raw: RawDocument, source: Source, parser: Parser, document: Document, digest: str) -> Parsed:
    media = office.media_type(office.kind(raw.data, raw.path)) or parser.MEDIA_TYPE
    facts = Raw(raw.path, digest, len(raw.data), media, raw.encoding, parser.NAME, parser.VERSION)
    return Parsed(source.name, document.license or source.license, document.attribution or source.attribution, facts, document)


def lost(reason: str, digest: str) -> Rejected:
    """Why a document on which a worker ended is quarantined."""
    return Rejected(
        "parse", f"the document {reason}", "split the document, or leave it out of raw/; its neighbours were not touched", digest
    )


def stated(one: Parsed, facts: Mapping[str, Any], url: str = "") -> Parsed:
    """A parsed document with what its container, or its file, states of it; whose words they are, it knows best."""
    document = convert.stated(one.document, {k: v for k, v in facts.items() if k not in ("license", "attribution")}, url)
    license, attribution = facts.get("license", "") or one.license, facts.get("attribution", "") or one.attribution
    return msgspec.structs.replace(one, document=document, license=license, attribution=attribution)


def _finish(document: Document, source: Source, format: str) -> Document:
    """What a stanza asks of every format: its title pattern, and its furniture."""
    if source.drop_lines or source.drop_after:
        document = drop_furniture(document, format, source.drop_lines, source.drop_after)
    if source.title_pattern and (found := re.search(source.title_pattern, document.text)):
        document = msgspec.structs.replace(document, title=" ".join((found["title"] or "").split()) or document.title)
    return document
