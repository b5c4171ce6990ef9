"""Pages to train on and to measure with: rows of a JSONL file, and the site that a page belongs to."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from typing import Any


def rows(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Objects of .jsonl and .jsonl.xz files."""
    for path in paths:
        opener = lzma.open if path.endswith(".xz") else open
        with opener(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def site(url: str, key: str) -> str:
    """The registrable part of a host, so that a site's pages share a fold; `key` where the address is none.

    >>> site("https://blog.example.co.uk/a", "1"), site("", "1")
    ('example.co.uk', '1')
    """
    host = url.split("/")[2].lower() if url.count("/") >= 2 else key
    parts = host.split(".")
    country = len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in ("co", "com", "org", "gov", "ac", "net", "edu")
    return ".".join(parts[-3 if country else -2 :])
