"""Front matter as fields of a document: title, tags, aliases, dates, address; everything else stays in metadata."""

from __future__ import annotations

import posixpath
import re
from typing import Any, NamedTuple

from pipeline.model import RawDocument
from pipeline.parsers.obsidian.frontmatter import Front

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?\Z")
_CREATED = ("created", "date", "date created", "date_created", "dg-created", "created_at", "creation date", "pubDate", "publishDate")
_MODIFIED = ("modified", "updated", "date modified", "date_modified", "dg-updated", "updated_at", "lastmod", "last_modified")
_SPLIT = re.compile(r"[,\s]+")


class Fields(NamedTuple):
    """What a Document takes from front matter."""

    title: str
    url: str
    permalink: str
    language: str
    license: str
    attribution: str
    created: str
    modified: str
    tags: list[str]
    aliases: list[str]
    metadata: dict[str, Any]


def fields(front: Front, raw: RawDocument) -> Fields:
    """The fields of a note's front matter; nothing is guessed, and all of it stays in `metadata.front_matter`."""
    data = front.data
    inner = data.get("dg-note-properties")
    both = {**(inner if isinstance(inner, dict) else {}), **data}
    metadata: dict[str, Any] = {"front_matter": data} if data else {}
    publish = {k: v for k, v in data.items() if k.startswith("dg-") and k != "dg-note-properties"}
    if publish:
        metadata["publish"] = publish
    if front.status in ("repaired", "linewise", "refused") or (front.raw.strip() and not data):
        metadata["front_matter_raw"] = front.raw
    permalink = _string(both, "permalink", "dg-permalink", "slug")
    path = _string(both, "dg-path")
    title = _string(both, "title", "dg-title") or (posixpath.splitext(posixpath.basename(path))[0] if path else "")
    url = _string(both, "url", "canonical", "canonical_url")
    if not re.match(r"https?://", url):
        url = raw.options.base_url.rstrip("/") + "/" + permalink.lstrip("/") if permalink and raw.options.base_url else permalink
    return Fields(
        title=title,
        url=url,
        permalink=permalink,
        language=_string(both, "lang", "language"),
        license=_string(both, "license", "licence"),
        attribution=", ".join(_list(both, "author", "authors", split=False)),
        created=_date(both, _CREATED),
        modified=_date(both, _MODIFIED),
        tags=[t.lstrip("#") for t in _list(both, "tags", "tag", "categories", split=True) if t.strip("#")],
        aliases=_list(both, "aliases", "alias", split=False),
        metadata=metadata,
    )


def _string(data: dict[str, Any], *names: str) -> str:
    value = next((data[n] for n in names if isinstance(data.get(n), str | int | float) and not isinstance(data.get(n), bool)), "")
    return " ".join(str(value).split())


def _list(data: dict[str, Any], *names: str, split: bool) -> list[str]:
    """Values of the first key that has some, as strings; one string is a list by commas and, where `split`, by spaces."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str):
            value = _SPLIT.split(value.strip("[] ")) if split else [part.strip() for part in value.split(",")]
        if isinstance(value, list):
            found = [" ".join(str(v).split()) for v in value if isinstance(v, str | int | float) and not isinstance(v, bool)]
            return list(dict.fromkeys(v for v in found if v))
    return []


def _date(data: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of the keys that holds an ISO 8601 date, written with `T`."""
    for name in names:
        found = _DATE.match(str(data.get(name) or "").strip())
        if found:
            return found[1] + (f"T{found[2]}{found[3] or ''}" if found[2] else "")
    return ""
