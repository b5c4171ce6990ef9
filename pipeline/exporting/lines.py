"""Forms that are lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pipeline.export import elasticsearch as bulk
from pipeline.export import frameworks
from pipeline.export.chunks import Chunk
from pipeline.export.chunks import chunks as pieces
from pipeline.exporting import Options
from pipeline.model import Record
from pipeline.stages.lines import json_line

BULK_BYTES = 20 << 20  # of a bulk file: Elasticsearch takes 100 MB a request and works best well below


def chunks(records: Iterator[Record], published: Path, place: Path, options: Options) -> int:  # noqa: ARG001  # forms have one signature
    """Pieces as they are."""
    return _pieces(records, place, options, lambda chunk: chunk)


def langchain(records: Iterator[Record], published: Path, place: Path, options: Options) -> int:  # noqa: ARG001  # see chunks
    """Pieces as LangChain documents."""
    return _pieces(records, place, options, frameworks.langchain)


def llamaindex(records: Iterator[Record], published: Path, place: Path, options: Options) -> int:  # noqa: ARG001  # see chunks
    """Pieces as LlamaIndex nodes."""
    return _pieces(records, place, options, frameworks.llamaindex)


def _pieces(records: Iterator[Record], place: Path, options: Options, shape: Callable[[Chunk], Any]) -> int:
    count = 0
    with place.open("wb") as out:
        for record in records:
            for chunk in pieces(record, options.tokens, options.overlap):
                out.write(json_line(shape(chunk)))
                count += 1
    return count


def elasticsearch(records: Iterator[Record], published: Path, place: Path, options: Options) -> int:  # noqa: ARG001  # see chunks
    """Bulk files, each a request, and the mapping to make the index with."""
    place.mkdir()
    (place / "mapping.json").write_bytes(msgspec.json.format(msgspec.json.encode(bulk.MAPPING), indent=2) + b"\n")
    count = files = size = 0
    out = None
    try:
        for record in records:
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
