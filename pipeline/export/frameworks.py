"""Pieces of records in the shapes that LangChain and LlamaIndex load."""

from __future__ import annotations

from typing import Any

from pipeline.export.chunks import Chunk

# Relationships of nodes and types of objects, as LlamaIndex numbers them (llama_index.core.schema).
_SOURCE, _PREVIOUS, _NEXT = "1", "2", "3"
_TEXT, _DOCUMENT = "1", "4"


def langchain(chunk: Chunk) -> dict[str, Any]:
    """A `langchain_core.documents.Document`: `Document(**line)` loads it. Metadata are flat, as vector stores ask."""
    return {"id": chunk.id, "metadata": _metadata(chunk), "page_content": chunk.text, "type": "Document"}


def llamaindex(chunk: Chunk) -> dict[str, Any]:
    """A `llama_index.core.schema.TextNode`: `TextNode.from_dict(line)` loads it, with its record and its neighbours."""
    related = {_SOURCE: (chunk.record, _DOCUMENT), _PREVIOUS: (chunk.previous, _TEXT), _NEXT: (chunk.next, _TEXT)}
    return {
        "id_": chunk.id,
        "metadata": _metadata(chunk),
        "excluded_embed_metadata_keys": ["record", "start", "end", "raw_start", "raw_end", "license"],
        "excluded_llm_metadata_keys": ["record", "start", "end", "raw_start", "raw_end"],
        "relationships": {
            kind: {"node_id": id, "node_type": type, "metadata": {}, "hash": None, "class_name": "RelatedNodeInfo"}
            for kind, (id, type) in related.items()
            if id
        },
        "text": chunk.text,
        "start_char_idx": chunk.start,
        "end_char_idx": chunk.end,
        "class_name": "TextNode",
    }


def _metadata(chunk: Chunk) -> dict[str, Any]:
    """Scalars alone: most stores refuse lists."""
    return {
        "record": chunk.record,
        "source": chunk.source,
        "title": chunk.title,
        "url": chunk.url,
        "license": chunk.license,
        "section": " > ".join(chunk.section),
        "start": chunk.start,
        "end": chunk.end,
        "raw_start": chunk.raw_start,
        "raw_end": chunk.raw_end,
    }
