"""The record's types for other tools, all generated from model.py: JSON Schema, Hugging Face features, DuckDB columns."""

from __future__ import annotations

import inspect
import re
import types
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from pipeline import model
from pipeline.model import SCHEMA_VERSION, Record

_SCALARS = {str: ("string", "VARCHAR"), int: ("int64", "BIGINT"), float: ("float64", "DOUBLE"), bool: ("bool", "BOOLEAN")}


@cache
def sentences(kind: type) -> dict[str, str]:
    """Field name -> the sentence that defines it, read from the comment beside the field.

    >>> sentences(model.Survivor)["id"]
    'record'
    """
    found = {}
    for line in inspect.getsource(kind).split("\n"):
        if match := re.match(r"    (\w+): .+?  # (.+)$", line):
            found[match[1]] = match[2]
    return found


def fields(kind: type) -> list[tuple[str, Any]]:
    """(name, resolved type) of the fields of a struct, in the order of JSON."""
    hints = get_type_hints(kind, vars(model))
    return [(f.name, hints[f.name]) for f in msgspec.structs.fields(kind)]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record: every key required, none besides, a description for each."""
    schema = msgspec.json.schema(Record)
    definitions: dict[str, Any] = schema["$defs"]
    for name, definition in definitions.items():
        kind = getattr(model, name)
        definition["description"] = inspect.cleandoc(kind.__doc__ or "").split("\n")[0]
        definition["required"] = [f for f, _ in fields(kind)]
        definition["additionalProperties"] = False
        for field, text in sentences(kind).items():
            if field in definition["properties"]:
                definition["properties"][field] = {**definition["properties"][field], "description": text}
                definition["properties"][field].pop("default", None)
    record = definitions.pop("Record")
    record["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"record-{SCHEMA_VERSION}.json",
        **record,
        "$defs": definitions,
    }


def hf_features(kind: type = Record, indent: str = "  ") -> str:
    """The fields as YAML of `dataset_info.features`, which makes `datasets.load_dataset` read every column with its type."""
    return "\n".join(_feature(name, hint, indent) for name, hint in fields(kind))


def _feature(name: str, hint: Any, indent: str) -> str:
    head = f"{indent}- name: {name}\n"
    depth = 0
    while get_origin(hint) is list:
        hint, depth = get_args(hint)[0], depth + 1
    inner = indent + "  "
    if hint in _SCALARS:
        scalar = _SCALARS[hint][0]
        if depth == 0:
            return f"{head}{inner}dtype: {scalar}"
        lists = "".join(f"{inner}{'  ' * level}list:\n" for level in range(depth - 1))
        return f"{head}{lists}{inner}{'  ' * (depth - 1)}list: {scalar}"
    if depth == 0:
        return f"{head}{inner}struct:\n{hf_features(hint, inner)}"
    return f"{head}{inner}list:\n{hf_features(hint, inner)}"


def duckdb_columns(kind: type = Record) -> dict[str, str]:
    """Column name -> DuckDB type."""
    return {name: _duckdb(hint) for name, hint in fields(kind)}


def _duckdb(hint: Any) -> str:
    if get_origin(hint) is list:
        return _duckdb(get_args(hint)[0]) + "[]"
    if get_origin(hint) in (Union, types.UnionType):
        return _duckdb(next(a for a in get_args(hint) if a is not type(None)))
    if hint in _SCALARS:
        return _SCALARS[hint][1]
    inner = ", ".join(f'"{name}" {kind}' for name, kind in duckdb_columns(hint).items())
    return f"STRUCT({inner})"
