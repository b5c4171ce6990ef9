"""Records as lines of Elasticsearch's bulk format (also OpenSearch), and the mapping of their index."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from pipeline.model import Record

INDEX = "documents"
KEYWORD = {"type": "keyword", "ignore_above": 8191}  # Lucene takes 32,766 bytes a term
MAPPING: dict[str, Any] = {
    "mappings": {
        "dynamic": "strict",
        "properties": {
            **dict.fromkeys(("source", "url", "language", "license", "tags", "aliases", "flags", "content_sha256"), KEYWORD),
            **{name: {"type": "text"} for name in ("title", "text", "attribution")},
            **{name: {"type": "date", "ignore_malformed": True} for name in ("created", "modified")},
            "headings": {"type": "text"},
            "links": KEYWORD,
            "duplicates": KEYWORD,
            "raw_path": KEYWORD,
            "metadata": {"type": "text", "index": False},
        },
    }
}


def bulk(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """The action and the document of a record. Offsets stay in the published record: an index has no use for them."""
    source = {name: getattr(record, name) for name in ("source", "title", "text", "url", "language", "license", "attribution")}
    source |= {name: getattr(record, name) for name in ("tags", "aliases", "flags", "content_sha256", "metadata")}
    source |= {name: getattr(record, name) for name in ("created", "modified") if getattr(record, name)}  # an empty date is no date
    source["headings"] = [record.text[b.start : b.end] for b in record.blocks if b.kind == "heading"]
    source["links"] = sorted({link.target for link in record.links if link.target})
    source["duplicates"] = sorted({d.id for d in record.duplicates})
    source["raw_path"] = record.raw.path
    return {"index": {"_index": INDEX, "_id": identity(record.id)}}, source


def identity(id: str) -> str:
    """An id that Elasticsearch takes: at most 512 bytes; a longer one ends in its hash.

    >>> identity("a:b"), len(identity("x" * 600))
    ('a:b', 512)
    """
    data = id.encode()
    if len(data) <= 512:
        return id
    digest = hashlib.sha256(data).hexdigest()[:32]
    return data[: 512 - 33].decode("utf-8", "ignore") + "-" + digest


def lines(record: Record) -> bytes:
    """Both lines of a record."""
    return b"".join(msgspec.json.encode(part) + b"\n" for part in bulk(record))
