"""Records of our own making, as varied as the types allow: every list empty or not, every kind, text in many scripts."""

from __future__ import annotations

import hashlib
import random
import types
from typing import Any, Union, get_args, get_origin

import msgspec

from pipeline.model import BLOCK_KINDS, LINK_KINDS, SCHEMA_VERSION, Block, Link, Raw, Record
from pipeline.report.types import fields

WORDS = (
    "slate chalk flint gneiss a the of 10⁹/L −0.5 mg «Schiefer» 石灰岩 السَّلَام хлорит नमस्ते \N{MOUNTAIN} e\u0301 H2O "
    '"quoted" back\\slash tab\tend <b>& null NaN'
).split(" ")


def record(number: int, seed: int = 1) -> Record:
    """A record; the same number and seed give the same one."""
    chance = random.Random(seed * 1_000_003 + number)
    text, blocks, links = "", [], []
    section: list[str] = []
    for _ in range(chance.choice([0, 1, 2, 5, 20])):
        kind = chance.choice(BLOCK_KINDS)
        body = " ".join(chance.choices(WORDS, k=chance.choice([1, 5, 40, 200]))).replace("\t", " ")
        if kind in ("table", "code"):
            body = body.replace(" chalk ", "\n")
        if kind == "heading":
            body = body[:40].strip() or "x"
        text += ("\n\n" if text else "") + ("- " if kind == "list_item" else "")
        start = len(text)
        text += body
        raw = start * 2 if chance.random() < 0.7 else -1
        blocks.append(Block(kind, 1, start, len(text), list(section), f"s:{number}", raw, raw + 9 if raw >= 0 else -1))
        if kind == "heading":
            section = [body]
        if chance.random() < 0.5:
            links.append(
                Link(
                    start, start + 1, text[start], chance.choice(["https://example.org/ü?a=1", "Other#Part", ""]), chance.choice(LINK_KINDS)
                )
            )
    values: dict[str, Any] = {name: _value(hint, chance) for name, hint in fields(Record)}
    values |= {
        "schema_version": SCHEMA_VERSION,
        "id": f"s:{number:05}",
        "source": "s",
        "text": text,
        "blocks": blocks,
        "links": links,
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "raw": Raw(f"s/{number}.txt", "0" * 64, chance.choice([0, 1, 1 << 40]), "text/plain", "utf-8", "text", "1"),
        "metadata": msgspec.json.encode(chance.choice([{}, {"a": [1, 2.5, None, {"b": "c"}]}, {"x": "y", "front matter": True}])).decode(),
        "created": chance.choice(["", "2021", "2021-05-06", "2021-05-06T07:08:09Z"]),
    }
    return Record(**values)


def _value(hint: Any, chance: random.Random) -> Any:
    if get_origin(hint) is list:
        return [_value(get_args(hint)[0], chance) for _ in range(chance.choice([0, 0, 1, 3]))]
    if get_origin(hint) in (Union, types.UnionType):
        return None if chance.random() < 0.5 else _value(next(a for a in get_args(hint) if a is not type(None)), chance)
    if hint is str:
        return " ".join(chance.choices(WORDS, k=chance.choice([0, 1, 3])))
    if hint is int:
        return chance.choice([-1, 0, 7, 1 << 40])
    if hint is float:
        return chance.choice([0.0, 1.0, 0.123456])
    if hint is bool:
        return chance.random() < 0.5
    return hint(**{name: _value(inner, chance) for name, inner in fields(hint)})
