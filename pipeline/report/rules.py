"""The rules that take text out, the flags, the diagnostics and the names in metadata: one sentence each, in rules.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def tables() -> dict[str, dict[str, str]]:
    """The tables `rules`, `flags`, `diagnostics`, `relations` and `metadata` of rules.toml: name -> sentence."""
    text = resources.files("pipeline.report").joinpath("rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def sentence(rule: str) -> str:
    """What a rule does, in one sentence; empty for a rule of somebody's own parser.

    >>> sentence("overlap.sentence")
    'The same sentence stands in the record that the document was merged into.'
    """
    return tables()["rules"].get(rule, "")
