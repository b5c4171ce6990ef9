"""Front matter: cut by our own fences, bounded before any loader sees it, and never lost.

The one door to python-frontmatter and PyYAML. Loaders crash, hang or change values silently on hostile or merely odd blocks, so a linear
scan refuses what could hurt them, JSON is read as JSON, YAML is read with every scalar as written, and what still fails goes down
a ladder of repairs. The raw block is kept whenever it could not be read whole.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

MAX_CHARS = 65_536  # largest block a loader sees: real ones stay below a tenth; libyaml needs seconds for megabytes
MAX_DEPTH = 64  # nesting of flow brackets or indentation; libyaml's stack overflows, killing the process, near 24,000
MAX_ALIASES = 8  # aliases in a block: doubling chains of them are bombs
MAX_NODES = 10_000  # values a loaded block may hold; aliases can make more of a small block than memory holds

_FENCE = re.compile(r"---[ \t]*\r?\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.M)
_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_KEY_LINE = re.compile(r"""[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[^\s#\[\]{}>|*&!%@`,"'-][^:\n]*|-[^\s:][^:\n]*):(?:[ \t]|$)""")
_LADDER_LINE = re.compile(r"""^([ \t]*(?:- +)?(?:[^\s#:\-"'{\[][^:\n]*:(?=[ \t]|$))?[ \t]*)(.*?)[ \t]*$""")
_PLAIN_PAIR = re.compile(r"^([^\s#:\-][^:\n]*?)[ \t]*:(?:[ \t]+(.*))?$")
# What YAML reads without complaint as something else than was meant: templates as mappings, tags as comments.
_HAZARD = re.compile(r"\{\{|<%|(?m:^[^\n#]*?(?::|-)[ \t]+#\S)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class Front(NamedTuple):
    """A front-matter block."""

    data: dict[str, Any]  # JSON values; scalars of YAML as written
    end: int  # first code point of the body
    status: str  # "" none | json | yaml | toml | repaired | linewise | refused
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
    lines = [line for line in block.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return not lines or lines[0].lstrip()[:1] == "{" or any(_KEY_LINE.match(line.rstrip("\r")) for line in lines)


def _toml(text: str) -> Front:
    found = _TOML.match(text)
    if not found:
        return NONE
    try:
        data = _plain(tomllib.loads(found[1].replace("\r\n", "\n")), [0])
    except (ValueError, RecursionError, _TooManyError):
        return Front(
            {}, found.end(), "refused", found[1], (("front_matter_unreadable", "the TOML block cannot be read; it is kept as text"),)
        )
    return Front(data, found.end(), "toml", found[1], ())


def _read(block: str, end: int) -> Front:
    if not block.strip():
        return Front({}, end, "yaml", block, ())
    danger = _danger(block)
    if danger:
        return Front({}, end, "refused", block, (("front_matter_refused", f"the block {danger}; it is kept as text"),))
    if block.lstrip()[:1] == "{":
        found = _json(block)
        if found is not None:
            return Front(found[0], end, "json", block, found[1])
    return _yaml(block, end)


def _danger(block: str) -> str:
    """Why a loader must not see the block; one linear scan, counting every kind of nesting alike."""
    if len(block) > MAX_CHARS:
        return f"is longer than {MAX_CHARS} characters"
    depth = deepest = 0
    for found in re.finditer(r"[\[{\]}]", block):
        depth = depth + 1 if found[0] in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    for line in block.split("\n"):
        lead = re.match(r"(?:[ \t]*(?:[-?:](?=[ \t]))?)*", line)
        width = lead.end() if lead else 0
        deepest = max(deepest, line[:width].count("-") + line[:width].count("?") + line[:width].count(":"))
    if deepest > MAX_DEPTH:
        return f"nests deeper than {MAX_DEPTH} levels"
    if len(re.findall(r"(?m)(?:^|[\s\[{,:-])[*&][^\s,\[\]{}*&]+", block)) > MAX_ALIASES:
        return f"has more than {MAX_ALIASES} anchors and aliases"
    if re.search(r"(?m)^[ \t]*(?:- +)?<<[ \t]*:", block):
        return "merges keys"
    return ""


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
    return (("front_matter_duplicate_key", "a key stands twice; its last value counts"),) if keys else ()


# -- YAML --------------------------------------------------------------------------------------------------------------


class _AsWritten(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader where PyYAML was built with it
    """A safe loader whose scalars stay as written, but true, false, null and plain numbers."""


_AsWritten.yaml_implicit_resolvers = {}
for _first, _tag, _pattern in (
    ("tTfF", "tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$"),
    (["~", "n", "N", ""], "tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$"),
    (list("-+0123456789"), "tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]{0,14})$"),
    (list("-+0123456789"), "tag:yaml.org,2002:float", r"^[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}$"),
):
    _AsWritten.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def _construct_mapping(loader: Any, node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _key(loader.construct_object(key_node, deep=True))
        if key in found:
            loader.twice.append(key)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _construct_unknown(loader: Any, _suffix: str, node: Any) -> Any:
    """A tag that is not YAML's own: its value without it."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else _construct_mapping(loader, node)


_AsWritten.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_AsWritten.add_multi_constructor("", _construct_unknown)


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str) if value is None or isinstance(value, bool | list | dict) else str(value)


class _Handler(YAMLHandler):
    """Hands the block that was cut here to the loader that keeps scalars as written; its own fence finding is not used."""

    def __init__(self, block: str) -> None:
        super().__init__()
        self.block = block
        self.loaded: Any = None
        self.twice: list[str] = []

    def detect(self, text: str) -> bool:  # noqa: ARG002 - the library's signature
        return True

    def split(self, text: str) -> tuple[str, str]:
        return self.block, text

    def load(self, fm: str, **_: object) -> Any:
        loader = _AsWritten(fm)
        loader.twice = self.twice
        try:
            self.loaded = loader.get_single_data()
        finally:
            loader.dispose()
        return self.loaded if isinstance(self.loaded, dict) else {}


def _yaml(block: str, end: int) -> Front:
    """The ladder: as it stands, with bad scalars quoted, line by line."""
    first = None if _HAZARD.search(block) else _try_yaml(block)
    if first is not None:
        data, twice, loaded = first
        notes = _twice(twice)
        if not isinstance(loaded, dict) and loaded is not None:
            return Front(
                {"value": data}, end, "yaml", block, (*notes, ("front_matter_no_mapping", "the block is no mapping; it is kept as `value`"))
            )
        return Front(data, end, "yaml", block, notes)
    quoted = "\n".join(_quoted(line) for line in _CONTROLS.sub("", block).replace("\t", "  ").split("\n"))
    second = _try_yaml(quoted)
    if second is not None and isinstance(second[2], dict):
        note = ("front_matter_repaired", "the YAML is not valid; values that break it were read as text")
        return Front(second[0], end, "repaired", block, (*_twice(second[1]), note))
    pairs = (_PLAIN_PAIR.match(line.rstrip("\r")) for line in _CONTROLS.sub("", block).split("\n"))
    data = {m[1].strip("\"'"): (m[2] or "").strip() for m in pairs if m}
    return Front(data, end, "linewise", block, (("front_matter_linewise", "the YAML cannot be read; it was read line by line"),))


def _try_yaml(block: str) -> tuple[Any, list[str], Any] | None:
    """(JSON values, keys that stand twice, what the loader gave), None where it cannot be read."""
    handler = _Handler(block)
    try:
        frontmatter.parse("", handler=handler)
        return _plain(handler.loaded if handler.loaded is not None else {}, [0]), handler.twice, handler.loaded
    except Exception:  # PyYAML lets ValueError, TypeError, RecursionError and its own escape, depending on the content
        return None


def _quoted(line: str) -> str:
    """A line whose value would break YAML, with the value quoted."""
    found = _LADDER_LINE.match(line.rstrip("\r"))
    if not found or not found[2]:
        return line
    lead, value = found[1], found[2]
    if value in ("|", ">", "|-", ">-", "|+", ">+"):
        return line
    if not value.startswith(("{{", "[[", "&", "*", "!", "#", "<%")) and _loads("a: " + value):
        return line
    return lead + json.dumps(value, ensure_ascii=False)


def _loads(line: str) -> bool:
    found = _try_yaml(line)
    return found is not None and isinstance(found[2], dict) and list(found[2]) == ["a"] and not isinstance(found[2]["a"], dict)


# -- values ------------------------------------------------------------------------------------------------------------


class _TooManyError(Exception):
    """More values than MAX_NODES: a bomb."""


def _plain(value: Any, count: list[int]) -> Any:
    """A loaded value as JSON values; raises _TooManyError past MAX_NODES, which also ends cycles."""
    count[0] += 1
    if count[0] > MAX_NODES:
        raise _TooManyError
    if isinstance(value, dict):
        return {_text(_key(k)): _plain(v, count) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v, count) for v in value]
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        return str(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    return _text(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def _text(text: str) -> str:
    """No lone surrogates: JSON escapes can make them."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
