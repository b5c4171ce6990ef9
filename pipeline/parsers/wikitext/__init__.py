"""Placeholder until the parser lands."""

from __future__ import annotations

from pipeline.model import Document, RawDocument

NAME = "wikitext"
VERSION = "1"
MEDIA_TYPE = "text/x-wiki"
IDENTITY = ("path",)


def detect(head: str, path: str) -> tuple[float, list[str]]:
    return 0.0, []


def parse(raw: RawDocument) -> Document:
    return Document(text=raw.text)
