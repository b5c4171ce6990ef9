"""When a raw document must be parsed again: digests of what its result depends on beside its own bytes and path."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.config import IDENTITIES, Source
from pipeline.errors import ConfigError
from pipeline.parsers import FORMATS, Parser, detect

EVERY = "*"  # as a format: any of them, for containers whose members may be in different ones
_WORDS = ("NAME", "VERSION", "MEDIA_TYPE")  # what of a parser is text
_PACKAGE = Path(__file__).parent.parent
_CODE = {".py", ".toml", ".npz"}
# What every document passes through, whatever its format.
_SHARED = (
    *("model.py", "convert.py", "text", "readers"),
    *(f"overlap/{name}.py" for name in ("fingerprint", "hashing", "shingles")),
    *(f"stages/{name}.py" for name in ("documents", "parse", "keys", "receipts", "heads")),
)
# Libraries that give a document its shape.
_LIBRARIES = frozenset(
    "beautifulsoup4 lxml mwparserfromhell pyromark pyyaml python_frontmatter msgspec soupsieve numpy "
    "pypdf mammoth python_pptx openpyxl zstandard".split()
)


@cache
def whole_code() -> str:
    """Digest of everything that decides over output bytes: this package, its libraries, Python's Unicode tables."""
    return _digest((".",))


@cache
def shared_code() -> str:
    """Digest of what documents of all formats pass through."""
    return _digest(_SHARED)


@cache
def detection_code() -> str:
    """Digest of what chooses a format: every parser has a say in it."""
    return _digest(("parsers", "text"))


@cache
def _format_code(name: str) -> str:
    module = getattr(FORMATS[name], "__file__", "") or ""
    place = Path(module).parent if Path(module).name == "__init__.py" else Path(module)
    return _digest((str(place.relative_to(_PACKAGE)),))


def parse_key(source: Source, format: str) -> str:
    """What a document's result depends on beside its bytes and path: its stanza, its parser's version and code, shared code.

    `format` is empty for what ended before it had one, EVERY for what may hold all.
    """
    parts = [shared_code()]
    if source.parser:
        parser = load_parser(source.parser)
        parts += [parser.NAME, parser.VERSION, _own_code(source.parser)]
    elif format in FORMATS:
        parts += [format, FORMATS[format].VERSION, _format_code(format)]
    elif format == EVERY:
        parts.append(detection_code())
    return _hash(source.fingerprint(), *(p.encode() for p in parts))


def detector_of(source: Source) -> str:
    """What chose the format of a source's documents: a digest of code, empty where the stanza alone does."""
    return "" if source.parser or detect.binding(source.format) else detection_code()


def load_parser(spec: str) -> Parser:
    """A parser of one's own, `package.module:object`.

    Raises ConfigError where it cannot be imported, or lacks what the protocol asks for.
    """
    module, _, name = spec.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"parser = {spec!r}: cannot be loaded ({error}); install its package, and check the name after the colon"
        ) from error
    except Exception as error:  # whatever a module does when it is imported
        raise ConfigError(f"parser = {spec!r}: importing {module} raises {type(error).__name__}: {error}; mend it") from error
    missing = [a for a in (*_WORDS, "IDENTITY", "parse") if not hasattr(found, a)]
    if missing:
        raise ConfigError(f"parser = {spec!r}: has no {', '.join(missing)}; see docs/adding-a-source.md")
    wrong = [a for a in _WORDS if not isinstance(getattr(found, a), str)]
    if wrong:
        raise ConfigError(f"parser = {spec!r}: {', '.join(wrong)} must be text; see docs/adding-a-source.md")
    if not isinstance(found.IDENTITY, (tuple, list)) or not set(found.IDENTITY) <= set(IDENTITIES[1:]):
        known = ", ".join(IDENTITIES[1:])
        raise ConfigError(f"parser = {spec!r}: IDENTITY is {found.IDENTITY!r}, and must be a tuple of some of {known}")
    parser: Parser = found
    return parser


@cache
def _own_code(spec: str) -> str:
    """Digest of the module that holds a parser of one's own; what it imports in turn is told by its VERSION."""
    file = getattr(sys.modules.get(spec.partition(":")[0]), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def _digest(places: tuple[str, ...]) -> str:
    found = hashlib.sha256(_libraries().encode())
    for place in places:
        path = _PACKAGE / place
        for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in _CODE):
            found.update(f"\0{file.relative_to(_PACKAGE).as_posix()}\0".encode() + file.read_bytes())
    return found.hexdigest()


@cache
def _libraries() -> str:
    """Versions of Python, its Unicode tables and the libraries, from the names of installed distributions: asking for them costs more."""
    found = {f"python {sys.version_info[:3]} {unicodedata.unidata_version}"}
    for folder in map(Path, sys.path):
        for name in [p.name for p in folder.glob("*.dist-info")] if folder.is_dir() else []:
            known = re.sub(r"[-.]+", "_", name.split("-")[0]).lower()
            if known in _LIBRARIES:
                found.add(name)
    return "\n".join(sorted(found))


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
