"""raw/sources.toml -> typed settings, with errors that name file, line and the nearest known key."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import ConfigError, EnvironmentFailedError
from pipeline.model import MODES, ParseOptions
from pipeline.parsers import FORMATS
from pipeline.parsers.html import selectors
from pipeline.readers.containers.fields import GUESSES
from pipeline.readers.files import encode_path

FILE = "sources.toml"
IDENTITIES = ("", "title", "permalink", "path", "url")
POLICIES = ("merge", "keep_canonical", "annotate")
LOOSE = "files"  # source name of files that lie directly in raw/


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stanza: what is known about the documents of a source before anybody reads them."""

    name: str = ""  # the stanza's name; set by the loader
    path: list[str] = []  # globs below raw/; default: `<name>/**`
    format: str = ""  # parser's name; empty: detected per document
    mode: str = "auto"  # auto | main | clean | all: how much of a page stays (HTML)
    license: str = ""  # SPDX id, or LicenseRef-...
    attribution: str = ""  # whom to credit
    language: str = ""  # BCP 47, for documents that state none
    base_url: str = ""  # what relative links and page names are resolved against
    priority: int = 100  # which copy is canonical: smaller first
    protect: bool = False  # never dropped in favour of another document
    max_loss: float = 0.5  # share of the source's words that overlap may take; past it the run fails
    policy: str = "merge"  # merge | keep_canonical | annotate: what overlap may do to documents of this source
    id_from: str = ""  # title | permalink | path | url; empty: the format's own order
    title_pattern: str = ""  # regex with a group `title`, searched in the clean text
    drop_lines: list[str] = []  # regexes: whole lines of furniture
    drop_after: list[str] = []  # regexes: the line that matches, and the rest of the document
    learn_furniture: bool = False  # take out the lines that recur in the source, as the report proposes them
    select: list[str] = []  # CSS selectors of what to keep (HTML)
    remove: list[str] = []  # CSS selectors of what to drop (HTML)
    strip_params: list[str] = []  # further URL parameters to strip
    fields: dict[str, str] = {}  # of JSON, JSON Lines and CSV: what a field is -> its name there, as in `text = "body"`
    parser: str = ""  # `package.module:object` of a parser of one's own

    def parse_options(self) -> ParseOptions:
        """What of the stanza a parser sees."""
        return ParseOptions(
            mode=self.mode,
            language=self.language,
            base_url=self.base_url,
            select=tuple(self.select),
            remove=tuple(self.remove),
            strip_params=tuple(self.strip_params),
        )

    def fingerprint(self) -> bytes:
        """What of the stanza a document alone depends on, as canonical bytes: equal bytes mean that it needs no new parse."""
        alone = {"path": [], "priority": 0, "protect": False, "max_loss": 0.0, "policy": "", "learn_furniture": False}
        return msgspec.json.encode(msgspec.structs.replace(self, **alone))


class Settings(msgspec.Struct, frozen=True):
    """All sources of a run."""

    sources: dict[str, Source]  # by name, sorted

    def source_of(self, path: str) -> Source:
        """The source of a raw path: the stanza with the most specific glob that fits, else the first folder's name with defaults.

        `path` is below raw/ with `/` between folders, as written on disk; a byte that is no UTF-8 is a lone surrogate (PEP 383).
        """
        best: tuple[int, str] | None = None
        for source in self.sources.values():
            for pattern in source.path:
                if _glob(pattern).fullmatch(path):
                    rank = (-len(_literal(pattern)), source.name)
                    best = rank if best is None or rank < best else best
        if best is not None:
            return self.sources[best[1]]
        name = encode_path(path.split("/", 1)[0].encode("utf-8", "surrogateescape")) if "/" in path else LOOSE
        return Source(name=name, path=[f"{name}/**"])


def load(raw: Path) -> Settings:
    """Settings of the folder `raw`; without a sources.toml every folder is a source with defaults.

    Raises ConfigError, and EnvironmentFailedError where the machine cannot read it.
    """
    file = raw / FILE
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if file.is_symlink():
            raise ConfigError(f"{file}: links to a file that is not there; mend the link, or remove it") from None
        return Settings({})
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: cannot be read ({error}); save it as UTF-8 text") from error
    except PermissionError as error:
        raise ConfigError(f"{file}: may not be read; check its permissions") from error
    except OSError as error:
        raise EnvironmentFailedError(f"{file}: cannot be read ({error.strerror}); nothing was done") from error
    return parse(text, str(file))


def parse(text: str, file: str = FILE) -> Settings:
    """Settings from the text of a sources.toml; `file` stands in messages.

    Raises ConfigError.

    >>> parse('[sources.wiki]\\nlicense = "CC-BY-SA-4.0"').sources["wiki"].path
    ['wiki/**']
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    for key in table:
        if key != "sources":
            raise ConfigError(f"{file}:{_line(text, key)}: unknown table [{key}]; a stanza is [sources.NAME]")
    stanzas = table.get("sources", {})
    if not isinstance(stanzas, dict):
        raise ConfigError(f"{file}:{_line(text, 'sources')}: `sources` must be a table of stanzas, [sources.NAME]")
    return Settings({name: _source(name, stanzas[name], text, file) for name in sorted(stanzas)})


def _source(name: str, stanza: Any, text: str, file: str) -> Source:
    where = f"{file}:{_line(text, f'sources.{name}', stanza=True)}"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise ConfigError(
            f"{where}: source name {name!r} must be letters, digits, `_`, `-`, `.`, as it stands in record ids before a colon"
        )
    if not isinstance(stanza, dict):
        raise ConfigError(f"{where}: [sources.{name}] must be a table")
    known = [f.name for f in msgspec.structs.fields(Source) if f.name != "name"]
    for key in stanza:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            meant = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
            raise ConfigError(f"{file}:{_line(text, key, after=name)}: unknown key `{key}` in [sources.{name}]; {meant}")
    stanza = {"path": [f"{name}/**"], **stanza, "name": name}
    if isinstance(stanza["path"], str):
        stanza["path"] = [stanza["path"]]
    if isinstance(stanza.get("max_loss"), int):
        stanza["max_loss"] = float(stanza["max_loss"])
    try:
        source = msgspec.convert(stanza, Source)
    except msgspec.ValidationError as error:
        key = next((k for k in stanza if f"$.{k}" in str(error)), "")
        raise ConfigError(f"{file}:{_line(text, key, after=name)}: [sources.{name}] {key}: {str(error).split(' - at')[0]}") from error
    _check(source, text, file)
    return source


def _check(source: Source, text: str, file: str) -> None:
    """What types cannot say: known words, and selectors and regexes that can be read."""

    def fail(key: str, message: str) -> ConfigError:
        return ConfigError(f"{file}:{_line(text, key, after=source.name)}: [sources.{source.name}] {key}: {message}")

    if source.format and source.format not in FORMATS:
        near = difflib.get_close_matches(source.format, list(FORMATS), 1, 0.0)[0]
        raise fail("format", f"no format {source.format!r}; did you mean {near!r}? known: {', '.join(FORMATS)}")
    if source.mode not in MODES:
        raise fail("mode", f"must be one of {', '.join(MODES)}, not {source.mode!r}")
    if source.id_from not in IDENTITIES:
        raise fail("id_from", f"must be one of {', '.join(IDENTITIES[1:])}, not {source.id_from!r}")
    if source.policy not in POLICIES:
        raise fail("policy", f"must be one of {', '.join(POLICIES)}, not {source.policy!r}")
    if not 0 <= source.max_loss <= 1:
        raise fail("max_loss", f"must be a share from 0 to 1, not {source.max_loss}")
    if source.parser and not re.fullmatch(r"[\w.]+:[\w.]+", source.parser):
        raise fail("parser", f"must look like package.module:object, not {source.parser!r}")
    for what in source.fields:
        if what not in GUESSES:
            near = difflib.get_close_matches(what, list(GUESSES), 1, 0.0)[0]
            raise fail("fields", f"no field {what!r}; did you mean {near!r}? known: {', '.join(GUESSES)}")
    if source.fields and not source.fields.get("text"):
        raise fail("fields", 'must say which field holds the text: fields = { text = "body" }')
    for key in ("select", "remove"):
        for selector in getattr(source, key):
            if wrong := selectors.fault(selector):
                raise fail(key, f"{selector!r} is not a CSS selector: {wrong}")
    for key in ("title_pattern", "drop_lines", "drop_after"):
        value = getattr(source, key)
        for pattern in [value] if isinstance(value, str) else value:
            try:
                groups = re.compile(pattern).groupindex
            except (re.error, OverflowError, RecursionError) as error:
                raise fail(key, f"not a regular expression: {error}") from error
            if key == "title_pattern" and pattern and "title" not in groups:
                raise fail(key, "needs a group named title, as in (?P<title>[^:]+):")


def _line(text: str, key: str, *, stanza: bool = False, after: str = "") -> int:
    """The line where a key or a stanza's head stands, 1 where it is not found (a dotted key, say)."""
    lines = text.split("\n")
    start = 0
    if after:
        start = _line(text, f"sources.{after}", stanza=True) - 1
    head = re.compile(rf"""\s*\[\s*{re.escape(key)}\s*\]""" if stanza else rf"""\s*\[?\s*["']?{re.escape(key)}["']?\s*[=\].]""")
    quoted = re.compile(rf"""\s*\[\s*sources\s*\.\s*["']?{re.escape(key.removeprefix("sources."))}["']?\s*\]""")
    for number, line in enumerate(lines[start:], start + 1):
        if head.match(line) or (stanza and quoted.match(line)):
            return number
    return start + 1


def _literal(pattern: str) -> str:
    return re.split(r"[*?\[]", pattern, maxsplit=1)[0]


_GLOBS: dict[str, re.Pattern[str]] = {}


def _glob(pattern: str) -> re.Pattern[str]:
    """A glob as a regex: `**` crosses folders, `*` and `?` do not."""
    if pattern not in _GLOBS:
        parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
        table = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        _GLOBS[pattern] = re.compile("".join(table.get(p, re.escape(p)) for p in parts), re.S)
    return _GLOBS[pattern]
