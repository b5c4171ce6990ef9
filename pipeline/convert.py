"""One raw document to one clean Document: decode, detect, parse. The same road for `pipeline.clean` and for a run."""

from __future__ import annotations

import gc
import posixpath
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from pipeline.errors import InputTypeError, UsageError
from pipeline.model import MODES, Detection, Document, ParseOptions, RawDocument
from pipeline.parsers import Parser, parser_for
from pipeline.parsers import detect as detection
from pipeline.readers.decode import Decoded, decode_forgiving


def clean(data: bytes | str, format: str | None = None, path: str = "", mode: str = "auto", source: ParseOptions | None = None) -> Document:
    """Cleans one document; pure: no disk, clock, network or randomness, and no exception for anything that content can be.

    `format` is a parser's name, None to detect it; `path` is a hint for detection and titles; `mode` (HTML only) is `clean`,
    `main`, `all` or `auto`; `source` carries what a stanza of sources.toml may ask of a parser, its own mode where `mode` is `auto`.

    Raises UnknownFormatError, UsageError (mode) and InputTypeError, which are the caller's mistakes.

    >>> clean("<p>H<sub>2</sub>O</p>", format="html").text
    'H2O'
    """
    if mode not in MODES:
        raise UsageError(f"no mode {mode!r}; known modes: {', '.join(MODES)}")
    if format is not None:
        parser_for(format)
    raw_bytes, decoded = _decoded(data)
    name = format or detection.choose(detection.rank(decoded.text, path)) or "text"
    options = source or ParseOptions()
    if mode != "auto":
        options = msgspec.structs.replace(options, mode=mode)
    return convert(
        RawDocument(path=path, data=raw_bytes, text=decoded.text, encoding=decoded.encoding, format=name, options=options), decoded.flags
    )


def detect(data: bytes | str, path: str = "") -> list[Detection]:
    """Formats that fit, best first, each with a score from 0 to 1 and its reasons.

    >>> detect("{{Infobox x}} '''Calcinosis''' is a [[disease]].\\n== Types ==\\n")[0].format
    'wikitext'
    """
    return detection.rank(_decoded(data)[1].text, path)


def convert(raw: RawDocument, flags: tuple[str, ...] = (), parser: Parser | None = None) -> Document:
    """Runs a parser, by default the one that `raw.format` names, and fills in what every format shares: title of last resort, flags.

    The garbage collector rests meanwhile: a page makes tens of thousands of small objects and hardly any garbage, so that walks over
    them cost a tenth of the time of HTML and free next to nothing. What garbage there is goes with the first collection after it.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        document = (parser or parser_for(raw.format)).parse(raw)
    finally:
        if collecting:
            gc.enable()
    title = document.title or raw.options.title or title_from_path(raw.path)
    language = document.language or raw.options.language
    return msgspec.structs.replace(document, title=title, language=language, flags=sorted({*document.flags, *flags}))


def stated(document: Document, facts: Mapping[str, Any], url: str = "") -> Document:
    """A document with what its file or container states of it, where it says nothing itself; of its metadata, its own values win.

    >>> stated(Document(text="a", created="2026"), {"created": "2025", "tags": ["b"]}, "https://x.example/").tags
    ['b']
    """
    told = {name: value for name, value in facts.items() if not getattr(document, name)}
    told["metadata"] = {**facts.get("metadata", {}), **document.metadata}
    return msgspec.structs.replace(document, url=document.url or url, **told)


def title_from_path(path: str) -> str:
    """The title of last resort: the file's name without folders and ending.

    >>> title_from_path("obsidian/Cortical%20nephrocalcinosis.md")
    'Cortical nephrocalcinosis'
    """
    name = posixpath.basename(unquote(path.rsplit("!/", 1)[-1]))
    return posixpath.splitext(name)[0].replace("_", " ").strip()


def _decoded(data: bytes | str) -> tuple[bytes, Decoded]:
    if isinstance(data, str):
        try:
            whole = data.encode("utf-8")
        except UnicodeEncodeError:
            data = _without_surrogates(data)
            whole = data.encode("utf-8")
        marked = data.startswith("\ufeff")  # a byte order mark is no text; `whole` keeps it, as spans count in its bytes
        return whole, Decoded(data[1:] if marked else data, "utf-8-sig" if marked else "utf-8", ())
    if isinstance(data, (bytes, bytearray, memoryview)):
        plain = bytes(data)
        return plain, decode_forgiving(plain)
    raise InputTypeError(f"data must be bytes or str, not {type(data).__name__}; read the file first")


def _without_surrogates(text: str) -> str:
    """Lone surrogates become U+FFFD: no parser below and no JSON reader accepts them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
