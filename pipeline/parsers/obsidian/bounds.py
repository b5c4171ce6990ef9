"""What of a front-matter block no loader may see: linear scans that find what would crash one, hang it or fill the memory."""

from __future__ import annotations

import re

MAX_CHARS = 65_536  # largest block a loader sees: real ones stay below a tenth; libyaml needs seconds for megabytes
MAX_DEPTH = 64  # nesting of flow brackets or indentation; libyaml's stack overflows, killing the process, near 24,000
MAX_ALIASES = 8  # aliases in a block: doubling chains of them are bombs
MAX_DOTS = 256  # in a line of TOML: tomllib takes a key of n parts apart in n * n steps, 30 seconds for 100 kB
MAX_NODES = 10_000  # values a loaded block may hold; aliases can make more of a small block than memory holds

_BRACKET = re.compile(r"[\[{\]}]")
_COMPACT = re.compile(rf"^[ \t]*+(?:[-?:][ \t]++){{{MAX_DEPTH + 1}}}", re.M)  # `- - - x` opens a list a dash
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*[^\s,\[\]{}*&]", re.M)  # what may be one: Markdown in a value has such stars too
_MERGE = re.compile(r"^[ \t]*(?:- +)?<<[ \t]*:", re.M)


def of_yaml(block: str) -> str:
    """Why a loader of YAML must not see the block; linear, and next to nothing for a block without brackets and anchors."""
    if len(block) > MAX_CHARS:
        return f"is longer than {MAX_CHARS} characters"
    if (block.count("[") + block.count("{") > MAX_DEPTH and _flow_depth(block) > MAX_DEPTH) or _COMPACT.search(block):
        return f"nests deeper than {MAX_DEPTH} levels"
    if "<<" in block and _MERGE.search(block):
        return "merges keys"
    return ""


def may_alias(block: str) -> bool:
    """Whether there may be more than MAX_ALIASES aliases; a look that costs nothing, as counting them takes YAML's own eyes."""
    return "*" in block and "&" in block and len(_ALIAS.findall(block)) > MAX_ALIASES


def of_toml(block: str) -> str:
    """Why tomllib must not see the block; it counts depth itself."""
    if len(block) > MAX_CHARS:
        return f"is longer than {MAX_CHARS} characters"
    if block.count(".") > MAX_DOTS and any(line.count(".") > MAX_DOTS for line in block.split("\n")):
        return f"has a line of more than {MAX_DOTS} dots"
    return ""


def _flow_depth(block: str) -> int:
    depth = deepest = 0
    for found in _BRACKET.finditer(block):
        depth = depth + 1 if found[0] in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
