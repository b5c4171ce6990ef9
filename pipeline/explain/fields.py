"""What stands in other fields of a record than its text: the title, tags, citations, images, and everything in metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from pipeline.explain.answer import Answer
from pipeline.model import Record


def of(record: Record) -> Iterator[Answer]:
    """Every value with words, by the name of its field; those of a document that was merged into the record are its own."""
    for name in ("title", "attribution", "tags", "aliases", "citations", "images"):
        yield from _values(name, msgspec.to_builtins(getattr(record, name)), record.id, record.id)
    metadata: dict[str, Any] = msgspec.json.decode(record.metadata or "{}")
    if any(duplicate.relation == "merged" for duplicate in record.duplicates):
        for merged in metadata.pop("merged"):
            yield from _values("metadata.merged", merged, merged["id"], record.id)
    yield from _values("metadata", metadata, record.id, record.id)


def _values(name: str, value: Any, origin: str, record: str) -> Iterator[Answer]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(f"{name}.{key}", inner, origin, record)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(name, inner, origin, record)
    elif value not in ("", None):
        yield Answer("kept", origin, record, name, str(value))
