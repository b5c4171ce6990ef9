"""Forms that are lines of JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pipeline.export import elasticsearch as bulk
from pipeline.export import frameworks
from pipeline.export.chunks import Chunk
from pipeline.export.chunks import chunks as pieces
from pipeline.exporting import Export
from pipeline.stages.lines import json_line

BULK_BYTES = 20 << 20  # of a bulk file: Elasticsearch takes 100 MB a request and works best well below


def chunks(export: Export) -> int:
    """Pieces as they are."""
    return _pieces(export, lambda chunk: chunk)


def langchain(export: Export) -> int:
    """Pieces as LangChain documents."""
    return _pieces(export, frameworks.langchain)


def llamaindex(export: Export) -> int:
    """Pieces as LlamaIndex nodes."""
    return _pieces(export, frameworks.llamaindex)


def _pieces(export: Export, shape: Callable[[Chunk], Any]) -> int:
    count = 0
    with export.place.open("wb") as out:
        for record in export.records:
            for chunk in pieces(record, export.options.tokens, export.options.overlap):
                out.write(json_line(shape(chunk)))
                count += 1
    return count


def elasticsearch(export: Export) -> int:
    """Bulk files, each a request, and the mapping to make the index with."""
    place = export.place
    place.mkdir()
    (place / "mapping.json").write_bytes(msgspec.json.format(msgspec.json.encode(bulk.MAPPING), indent=2) + b"\n")
    count = files = size = 0
    out = None
    try:
        for record in export.records:
            data = bulk.lines(record)
            if out is None or size + len(data) > BULK_BYTES:
                if out is not None:
                    out.close()
                out = (place / f"bulk-{files:05}.ndjson").open("wb")
                files, size = files + 1, 0
            out.write(data)
            size += len(data)
            count += 1
    finally:
        if out is not None:
            out.close()
    return count
