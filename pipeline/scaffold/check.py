"""Whether a source and its parser keep the promises that a run relies on: each check says what, where, and what to do."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline import config
from pipeline.config import Source
from pipeline.convert import convert
from pipeline.errors import UsageError
from pipeline.model import BLOCK_KINDS, LINK_KINDS, Document, RawDocument
from pipeline.parsers import Parser, detect, parser_for
from pipeline.readers import containers, files
from pipeline.readers.decode import decode_forgiving
from pipeline.stages.keys import load_parser

MOST_DOCUMENTS = 200  # of the source that are looked at
HOSTILE_SECONDS = 2.0  # CPU for 100 kB: twenty times what our own parsers take
HOSTILE_CHARACTERS = 100_000
# What a parser may not do: the run caches its results by the document's bytes, so they may depend on nothing else.
_FORBIDDEN = (
    "open",
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.spawn",
    "os.remove",
    "os.rename",
    "shutil.",
    "urllib.",
)
_SEEDS = ("0", "1")


class Finding(msgspec.Struct, frozen=True):
    """The outcome of one check."""

    check: str
    ok: bool
    message: str = ""  # what, where, and the next step; empty where all is well


class _Case(NamedTuple):
    name: str
    raw: RawDocument


def check(raw: Path, name: str) -> list[Finding]:
    """All checks of a source.

    Raises UsageError where there is no such source, ConfigError where sources.toml or the parser cannot be loaded.
    """
    settings = config.load(raw)
    if name not in settings.sources:
        known = ", ".join(settings.sources) or "none"
        raise UsageError(f"no stanza [sources.{name}] in {raw / config.FILE}; known: {known}. `pipeline sources new {name}` writes one")
    source = settings.sources[name]
    cases = list(_cases(raw, settings, source))
    found = [_has_documents(source, cases), *_each(source, cases)]
    if source.parser:
        found += _parser_alone(source)
    found.append(_seeds(raw, name, cases))
    return found


def digest(raw: Path, name: str) -> str:
    """A hash of what the parser makes of the source: equal for any hash seed."""
    settings = config.load(raw)
    source = settings.sources[name]
    whole = hashlib.sha256()
    for case in _cases(raw, settings, source):
        try:
            whole.update(msgspec.json.encode(_parse(source, case.raw)))
        except Exception as error:
            whole.update(type(error).__name__.encode())
    return whole.hexdigest()


def _cases(raw: Path, settings: config.Settings, source: Source) -> Iterator[_Case]:
    """Documents of the source, decoded; what cannot be read is the run's to quarantine."""
    count = 0
    for entry in files.walk(raw, but=config.FILE):
        if entry.skip or settings.source_of(entry.real.decode("utf-8", "surrogateescape")).name != source.name:
            continue
        if count == MOST_DOCUMENTS:
            return
        if containers.is_container(raw, entry.real, source.fields):
            continue
        try:
            data = files.read(raw, entry.real)
        except files.Unreadable:
            continue
        if not data.strip():  # nothing to try a parser on
            continue
        count += 1
        yield _Case(entry.path, _raw(source, entry.path, data))


def _raw(source: Source, path: str, data: bytes) -> RawDocument:
    decoded = decode_forgiving(data)
    format = detect.stated(source.format, path) or ("" if source.parser else detect.choose(detect.rank(decoded.text, path)) or "text")
    return RawDocument(path=path, data=data, text=decoded.text, encoding=decoded.encoding, format=format, options=source.parse_options())


def _parser(source: Source, raw: RawDocument) -> Parser:
    return load_parser(source.parser) if source.parser else parser_for(raw.format)


def _parse(source: Source, raw: RawDocument) -> Document:
    return convert(raw, (), _parser(source, raw))


# -- the checks --------------------------------------------------------------------------------------------------------------


def _has_documents(source: Source, cases: list[_Case]) -> Finding:
    where = ", ".join(source.path)
    return Finding("documents", bool(cases), "" if cases else f"no document below raw/ fits {where}; put some there, or correct `path`")


def _each(source: Source, cases: list[_Case]) -> Iterator[Finding]:
    """Each document: parsed without an exception, well formed, the same twice, without a look at anything else."""
    checks: dict[str, Callable[[_Case], str]] = {
        "raises nothing": lambda case: _raises(source, case),
        "well formed": lambda case: next(_faults(_parse(source, case.raw), case.raw), ""),
        "the same twice": lambda case: _twice(source, case),
        "pure": lambda case: _pure(source, case),
    }
    bad: set[str] = set()
    for name, test in checks.items():
        faults = []
        for case in cases:
            if case.name not in bad and (fault := test(case)):
                faults.append(f"{case.name}: {fault}")
                bad.add(case.name)
        yield Finding(name, not faults, "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else ""))


def _raises(source: Source, case: _Case) -> str:
    try:
        msgspec.json.encode(_parse(source, case.raw))
    except Exception as error:
        return (
            f"the parser raises {type(error).__name__}: {str(error)[:80]}; a parser never raises on content: report doubts as Diagnostics"
        )
    return ""


def _faults(document: Document, raw: RawDocument) -> Iterator[str]:
    at = 0
    for number, block in enumerate(document.blocks):
        if block.kind not in BLOCK_KINDS:
            yield f"block {number} has the kind {block.kind!r}; use one of {', '.join(BLOCK_KINDS)}"
        if not at <= block.start < block.end <= len(document.text):
            yield f"block {number} ({block.start}-{block.end}) is out of order or outside the text; let text.layout.layout place them"
        if not -1 <= block.raw_start <= block.raw_end <= len(raw.data):
            yield f"block {number} has raw bytes {block.raw_start}-{block.raw_end} of {len(raw.data)}; count bytes, not characters"
        at = block.end
    for link in document.links:
        if document.text[link.start : link.end] != link.text or link.kind not in LINK_KINDS:
            yield f"the link to {link.target[:60]} does not stand at its place, or has an unknown kind; kinds: {', '.join(LINK_KINDS)}"
    for removal in document.removals:
        if "." not in removal.rule:
            yield f"a Removal has the rule {removal.rule!r}; name it <format>.<what>"
    if not document.text.strip() and raw.text.strip() and not document.removals:
        yield "nothing of it is in the text or in a Removal; whatever is taken out must be a Removal"


def _twice(source: Source, case: _Case) -> str:
    same = _parse(source, case.raw) == _parse(source, case.raw)
    return "" if same else "parsing it twice gives two results; use no random numbers, clocks or sets in their order"


_watched: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched is not None and event.startswith(_FORBIDDEN):
        _watched.append(f"{event} {arguments[0] if arguments else ''}"[:120])


_hooked = False


def _pure(source: Source, case: _Case) -> str:
    """Whether a second parse (the first may load libraries) touches anything but its document."""
    global _watched, _hooked
    if not _hooked:
        sys.addaudithook(_watch)  # stays for the life of the process, which is that of this command
        _hooked = True
    _parse(source, case.raw)
    _watched = []
    try:
        _parse(source, case.raw)
        seen = _watched
    finally:
        _watched = None
    return (
        f"the parser does {seen[0]}; it must not touch disk, network or processes: read data files when the module is imported"
        if seen
        else ""
    )


def _parser_alone(source: Source) -> Iterator[Finding]:
    """A parser of one's own against what raw documents can be at their worst."""
    parser = load_parser(source.parser)
    faults = []
    for name, text in _hostile():
        data = text.encode("utf-8", "replace")
        raw = RawDocument(path=f"{source.name}/{name}", data=data, text=data.decode(), format=parser.NAME)
        start = time.process_time()
        try:
            fault = next(_faults(convert(raw, (), parser), raw), "")
        except Exception as error:
            fault = f"raises {type(error).__name__}"
        spent = time.process_time() - start
        if spent > HOSTILE_SECONDS:
            fault = f"takes {spent:.1f} s of CPU for 100 kB; look for a regex or a search that starts again at each place"
        if fault:
            faults.append(f"{name}: {fault}")
    yield Finding("hostile documents", not faults, "; ".join(faults[:3]))


def _hostile() -> Iterator[tuple[str, str]]:
    for name, unit in (
        ("blank lines", "\n"),
        ("one word", "a"),
        ("words", "word "),
        ("open brackets", "["),
        ("open braces", "{{"),
        ("open tags", "<a "),
        ("colons", "a: "),
        ("quotes", '"'),
        ("nul", "a\0"),
        ("combining marks", "e\u0301\u0301"),
        ("right to left", "\u202e\u05d0 "),
        ("carriage returns", "a\r"),
        ("digits", "9"),
        ("stars", "*_"),
    ):
        yield name, unit * (HOSTILE_CHARACTERS // len(unit))
    yield from (("one character", "x"), ("white space", " \t\n "), ("byte order mark", "\ufeff"), ("emoji", "\U0001f469\u200d\U0001f52c"))


def _seeds(raw: Path, name: str, cases: list[_Case]) -> Finding:
    """The same result for any hash seed: each in a process of its own."""
    if not cases:
        return Finding("any hash seed", True)
    code = "import sys; from pathlib import Path; from pipeline.scaffold.check import digest; print(digest(Path(sys.argv[1]), sys.argv[2]))"
    found = set()
    for seed in _SEEDS:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        done = subprocess.run([sys.executable, "-c", code, str(raw), name], env=environment, capture_output=True, text=True, check=False)
        found.add(done.stdout)
    ok = len(found) == 1
    return Finding("any hash seed", ok, "" if ok else "results differ with PYTHONHASHSEED; sort what comes out of a set or a hash")
