"""Front matter: cut by our own fences, bounded before any loader sees it, and never lost.

The one door to python-frontmatter and PyYAML. Loaders crash, hang or change values silently on hostile or merely odd blocks, so a linear
scan refuses what could hurt them, JSON is read as JSON, YAML is read with every scalar as written, and what still fails goes down
a ladder of repairs. The raw block is kept whenever it could not be read whole.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from pipeline.parsers.obsidian import bounds
from pipeline.parsers.obsidian.bounds import MAX_ALIASES, MAX_CHARS, MAX_DEPTH, MAX_NODES

MAX_REPAIRED = 1000  # lines of a broken block that are tried one by one: a try costs 10 us, and real blocks have dozens of lines

_FENCE = re.compile(r"---[ \t]*\r?\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.M)
_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_KEY_LINE = re.compile(r"""[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[^\s#\[\]{}>|*&!%@`,"'-][^:\n]*|-[^\s:][^:\n]*)::?(?:[ \t]|$)""")
_DOUBLE = re.compile(r"(?<=[\w-])::(?=[ \t\r]|$)", re.M)  # `key:: value`, as properties are written elsewhere
_LADDER_LINE = re.compile(r"""^([ \t]*(?:- +)?(?:[^\s#:\-"'{\[][^:\n]*:(?=[ \t]|$))?[ \t]*)(.*)\Z""")
_PLAIN_PAIR = re.compile(r"[ \t]*+([^\s#:\-][^:\n]*+):(?:[ \t]++(.*?))?\r?\Z")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*?)\r?\Z")
# What YAML reads without complaint as something else than was meant: templates as mappings, tags as comments.
_HAZARD = re.compile(r"\{\{|<%|(?m:^[^\n#]*?(?::|-)[ \t]+#\S)")
# A number behind its sign is no comment, in a plain value: `title: Lesson #2`.
_NUMBERED = re.compile(r"(?m)^[ \t]*+(?:-[ \t]++|[^\s#:\"'-][^\n#:\"']*+:[ \t]++)[^\s\"'\[{|>#&*!%@`][^\n#\"']*[ \t]#\d")
_FOLDED = re.compile(r":[ \t]+[|>][-+\d]*[ \t]*\r?$", re.M)
_NUMBER_SIGN = re.compile(r"[ \t]#\d")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class Front(NamedTuple):
    """A front-matter block."""

    data: dict[str, Any]  # JSON values; scalars of YAML as written
    end: int  # first code point of the body
    status: str  # "" none | json | yaml | toml | joplin | repaired | linewise | refused
    raw: str  # the block between its fences
    notes: tuple[tuple[str, str], ...]  # (diagnostic's name, sentence)


NONE = Front({}, 0, "", "", ())


def cut(text: str) -> Front:
    """The front matter of a document, or NONE where it has none.

    A block starts on the first line with `---` and ends with `---` or `...`. Where what lies between holds no key and is not empty, it is
    prose between two thematic breaks, and stays.

    >>> cut("---\\ntime: 10:30\\n---\\nbody").data
    {'time': '10:30'}
    """
    if text.startswith("+++"):
        return _toml(text)
    opened = _FENCE.match(text)
    if not opened:
        return NONE
    closed = _CLOSE.search(text, opened.end())
    if not closed:
        return NONE
    block = text[opened.end() : closed.start()]
    if block.strip() and not _is_mapping(block):
        return NONE
    return _read(block, closed.end())


def _is_mapping(block: str) -> bool:
    """Whether a block looks like front matter rather than like prose between two rules."""
    if block.lstrip()[:1] == "{" or _KEY_LINE.match(block.partition("\n")[0].rstrip("\r")):
        return True
    lines = [line for line in block.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return not lines or lines[0].lstrip()[:1] == "{" or any(_KEY_LINE.match(line.rstrip("\r")) for line in lines)


def _toml(text: str) -> Front:
    found = _TOML.match(text)
    if not found:
        return NONE
    danger = bounds.of_toml(found[1])
    if danger:
        return _refused(found[1], found.end(), danger)
    try:
        data = _plain(tomllib.loads(found[1].replace("\r\n", "\n")), [0])
    except (ValueError, RecursionError, _TooManyError):
        return Front(
            {}, found.end(), "refused", found[1], (("front_matter_unreadable", "the TOML block cannot be read; it is kept as text"),)
        )
    return Front(data, found.end(), "toml", found[1], ())


def _refused(block: str, end: int, danger: str) -> Front:
    return Front({}, end, "refused", block, (("front_matter_refused", f"the block {danger}; it is kept as text"),))


def _read(block: str, end: int) -> Front:
    if not block.strip():
        return Front({}, end, "yaml", block, ())
    if block.lstrip()[:1] == "{" and len(block) <= MAX_CHARS:  # the JSON reader counts its own depth
        found = _json(block)
        if found is not None:
            return Front(found[0], end, "json", block, found[1])
    danger = bounds.of_yaml(block)
    if not danger and bounds.may_alias(block) and _aliases(block) > MAX_ALIASES:
        danger = f"has more than {MAX_ALIASES} aliases"
    if danger:
        return _refused(block, end, danger)
    if "::" in block:
        return _yaml(_DOUBLE.sub(":", block), end)._replace(raw=block)
    return _yaml(block, end)


def _aliases(block: str) -> int:
    """How many aliases YAML itself sees in a block, up to its first mistake; behind that nothing is loaded."""
    loader, count = _LOADER(block), 0
    try:
        for _ in range(MAX_NODES):
            event = loader.get_event()
            count += event.__class__ is yaml.AliasEvent
            if event.__class__ is yaml.StreamEndEvent:
                break
    except Exception:  # as in _try_yaml
        return count
    finally:
        loader.dispose()
    return count


# -- JSON --------------------------------------------------------------------------------------------------------------


def _json(block: str) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]] | None:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                twice.append(key)
            found[key] = value
        return found

    try:
        data = json.loads(block, object_pairs_hook=pairs, parse_constant=str)
        data = _plain(data, [0])
    except (ValueError, RecursionError, _TooManyError):
        return None
    return (data, _twice(twice)) if isinstance(data, dict) else None


def _twice(keys: list[str]) -> tuple[tuple[str, str], ...]:
    return (("front_matter_duplicate_key", "a key stands twice; two lists are one, else its last value counts"),) if keys else ()


# -- YAML --------------------------------------------------------------------------------------------------------------


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only its events are used, which need no recursion and no resolving
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\Z")
_NAMED: dict[str, Any] = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    word: word in ("true", "True", "TRUE") for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}  # plain scalars that are no text, in YAML 1.2's core schema


class _Handler(YAMLHandler):
    """Hands the block that was cut here to a reader that keeps scalars as written; the library's own fence finding is not used."""

    def __init__(self, block: str) -> None:
        super().__init__()
        self.block = block
        self.loaded: Any = None
        self.twice: list[str] = []

    def detect(self, text: str) -> bool:  # noqa: ARG002 - the library's signature
        """True: this handler was chosen."""
        return True

    def split(self, text: str) -> tuple[str, str]:
        """The block and what is left; the library would cut at `----` too."""
        return self.block, text

    def load(self, fm: str, **_: object) -> Any:
        """The block as a mapping; `loaded` keeps what it is where it is none."""
        loader = _LOADER(fm)
        try:
            self.loaded = _built(loader.get_event, self.twice)
        finally:
            loader.dispose()
        return self.loaded if isinstance(self.loaded, dict) else {}


def _built(get_event: Callable[[], Any], twice: list[str]) -> Any:
    """The value of a stream of YAML events, with a stack of its own: nesting costs no recursion, aliases no copies.

    Raises _TooManyError for a second document, an alias to nothing or to what it stands in, and past MAX_NODES, MAX_DEPTH or MAX_ALIASES.
    """
    root: list[Any] = []
    stack: list[tuple[Any, str]] = [(root, "")]  # open collections with their anchors
    keys: list[Any] = [_NO_KEY]  # of the open mappings: the key that waits for its value
    anchors: dict[str, Any] = {}
    aliases = 0
    for _ in range(MAX_NODES):
        event = get_event()
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            value = _scalar(event.value) if event.implicit[0] else _text(event.value)
            if event.anchor:
                anchors[event.anchor] = value
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            stack.append(({} if kind is yaml.MappingStartEvent else [], event.anchor or ""))
            keys.append(_NO_KEY)
            if len(stack) > MAX_DEPTH:
                raise _TooManyError
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            value, anchor = stack.pop()
            keys.pop()
            if anchor:
                anchors[anchor] = value
        elif kind is yaml.AliasEvent:
            aliases += 1
            if event.anchor not in anchors or aliases > MAX_ALIASES:
                raise _TooManyError
            value = anchors[event.anchor]
        elif kind is yaml.DocumentStartEvent and root:
            raise _TooManyError
        elif kind is yaml.StreamEndEvent:
            return root[0] if root else None
        else:
            continue
        _put(stack[-1][0], keys, value, twice)
    raise _TooManyError


_NO_KEY = object()


def _put(collection: Any, keys: list[Any], value: Any, twice: list[str]) -> None:
    """Adds a value to the innermost open collection; in a mapping every other value is a key."""
    if collection.__class__ is list:
        collection.append(value)
    elif keys[-1] is _NO_KEY:
        keys[-1] = value if value.__class__ is str else _key(value)
    else:
        if keys[-1] in collection:
            twice.append(keys[-1])
            held = collection[keys[-1]]
            if held.__class__ is list and value.__class__ is list:  # two lists of tags are one: nobody meant to lose the first
                value = held + [v for v in value if v not in held]
        collection[keys[-1]] = value
        keys[-1] = _NO_KEY


def _scalar(value: str) -> Any:
    """A plain scalar: true, false, null and plain numbers are values, all else is text as written (dates, times, 0123, no)."""
    if value in _NAMED:
        return _NAMED[value]
    found = _NUMBER.match(value)
    if found:
        return float(value) if found[1] else int(value)
    return _text(value)


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str) if value is None or isinstance(value, bool | list | dict) else str(value)


def _yaml(block: str, end: int) -> Front:
    """The ladder: as it stands, with bad scalars quoted, line by line."""
    hazard = _HAZARD.search(block) or (" #" in block and _NUMBERED.search(block) and not _FOLDED.search(block))
    first = None if hazard else _try_yaml(block)
    if first is not None:
        data, twice, loaded = first
        notes = _twice(twice)
        if not isinstance(loaded, dict) and loaded is not None:
            return Front(
                {"value": data}, end, "yaml", block, (*notes, ("front_matter_no_mapping", "the block is no mapping; it is kept as `value`"))
            )
        return Front(data, end, "yaml", block, notes)
    lines = _CONTROLS.sub("", block).replace("\t", "  ").split("\n")
    second = _try_yaml("\n".join(map(_quoted, lines))) if len(lines) <= MAX_REPAIRED else None
    if second is not None and isinstance(second[2], dict):
        note = ("front_matter_repaired", "the YAML is not valid; values that break it were read as text")
        return Front(second[0], end, "repaired", block, (*_twice(second[1]), note))
    note = ("front_matter_linewise", "the YAML cannot be read; it was read line by line")
    return Front(_linewise(lines), end, "linewise", block, (note,))


def _linewise(lines: list[str]) -> dict[str, Any]:
    """Keys with their values, and items under the key above them, whatever their indentation; all of them text."""
    data: dict[str, Any] = {}
    key = ""
    for line in lines[:MAX_NODES]:
        item = _ITEM.match(line)
        pair = _PLAIN_PAIR.match(line)
        if item and key and (not data[key] or isinstance(data[key], list)):
            data[key] = [*(data[key] or []), item[1]] if len(data[key]) < MAX_REPAIRED else data[key]
        elif pair:
            key = pair[1].rstrip().strip("\"'")
            data[key] = (pair[2] or "").strip()
    return data


def _try_yaml(block: str) -> tuple[Any, list[str], Any] | None:
    """(JSON values, keys that stand twice, what the loader gave), None where it cannot be read."""
    handler = _Handler(block)
    try:
        frontmatter.parse("", handler=handler)
        return handler.loaded if handler.loaded is not None else {}, handler.twice, handler.loaded
    except Exception:  # PyYAML lets ValueError, TypeError, RecursionError and its own escape, depending on the content
        return None


def _quoted(line: str) -> str:
    """A line whose value would break YAML, with the value quoted."""
    found = _LADDER_LINE.match(line.rstrip(" \t\r"))
    if not found or found[2] in ("", "-") or line.lstrip()[:1] == "#":
        return line
    lead, value = found[1], found[2]
    if value in ("|", ">", "|-", ">-", "|+", ">+"):
        return line
    numbered = value[0] not in "\"'[{" and _NUMBER_SIGN.search(value)
    if not numbered and not value.startswith(("{{", "[[", "&", "*", "!", "#", "<%")) and _loads("a: " + value):
        return line
    return lead + json.dumps(value, ensure_ascii=False)


def _loads(line: str) -> bool:
    found = _try_yaml(line)
    return found is not None and isinstance(found[2], dict) and list(found[2]) == ["a"] and not isinstance(found[2]["a"], dict)


# -- values ------------------------------------------------------------------------------------------------------------


class _TooManyError(Exception):
    """More values or levels than a front matter has, or aliases that do not add up."""


def _plain(value: Any, count: list[int], depth: int = 0) -> Any:
    """A loaded value as JSON values; raises _TooManyError past MAX_NODES or MAX_DEPTH."""
    count[0] += 1
    if count[0] > MAX_NODES or depth > MAX_DEPTH:
        raise _TooManyError
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {_text(_key(k)): _plain(v, count, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, count, depth + 1) for v in value]
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    return str(value)  # dates and times of TOML


def _text(text: str) -> str:
    """No lone surrogates: JSON escapes can make them."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
