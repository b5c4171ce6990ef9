"""Front matter as fields of a document: title, tags, aliases, dates, address; everything else stays in metadata."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from pipeline.model import RawDocument
from pipeline.parsers.obsidian.frontmatter import Front

_DATE = re.compile(
    r"(\d{4})([-/.])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])"
    r"(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?: ?(Z|[+-]\d{2}):?(\d{2})?)?)?\Z"
)
_MILLISECONDS = re.compile(r"1\d{12}\Z")  # since 1970: 2001 to 2033
_KEYS = {
    "title": ("title", "dg-title", "Title"),
    "permalink": ("permalink", "dg-permalink", "slug"),
    "path": ("dg-path",),
    "url": ("url", "canonical", "canonical_url", "canonicalURL", "source_url"),
    "language": ("lang", "language"),
    "license": ("license", "licence"),
    "author": ("attribution", "author", "authors"),
    "tags": ("tags", "tag", "Tags", "categories"),
    "aliases": ("aliases", "alias", "Aliases"),
    "created": (
        "created", "date", "date created", "date_created", "date-created", "dg-created", "created_at", "createdAt", "creation date",
        "create_time", "user_created_time", "created_time",
        "cdate", "pubDate", "publishDate", "Created", "Date", "DateCreated", "published", "created-at", "ctime", "Created time",
        "fecha", "data", "datum", "дата", "日期", "创建时间", "创建日期", "作成日", "날짜",
    ),
    "modified": (
        "modified", "updated", "date modified", "date_modified", "date-modified", "date updated", "dg-updated", "updated_at", "updatedAt",
        "update_time", "user_updated_time", "updated_time",
        "lastmod", "last_modified", "last-modified", "last_updated", "last-updated", "Modified", "Updated", "updated-at", "mtime",
        "Last edited time", "Last updated time", "修改时间", "修改日期", "更新时间", "更新日期", "更新日",
    ),
}  # field of a document -> keys of front matter that fill it, best first  # fmt: skip
_FIELD_OF = {key: (field, rank) for field, keys in _KEYS.items() for rank, key in enumerate(keys)}
_EXPORTED = re.compile(r"(?:%20| )[0-9a-f]{32}\.md\Z")
_LINKED = re.compile(r"\A\[\[([^\[\]|]+)\]\]\Z")
_LINKS = re.compile(r"\[\[[^\[\]]*\]\]")
_TEMPLATE = (("{{", "}}"), ("<%", "%>"), ("{%", "%}"))  # of Obsidian's own, of Templater and of Zotero, never filled in
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
    if not data:
        raw_block = {"front_matter_raw": front.raw} if front.raw.strip() else {}
        return Fields("", "", "", "", "", "", "", "", [], [], raw_block)
    inner = data.get("dg-note-properties")
    both = {**inner, **data} if isinstance(inner, dict) else data
    metadata: dict[str, Any] = {"front_matter": data}
    publish = {k: v for k, v in data.items() if k.startswith("dg-") and k != "dg-note-properties"}
    if publish:
        metadata["publish"] = publish
    if front.status in ("repaired", "linewise"):
        metadata["front_matter_raw"] = front.raw
    ranked = _ranked(both)
    permalink = _string(both, ranked.get("permalink", ()))
    path = _string(both, ranked.get("path", ()))
    title = _string(both, ranked.get("title", ())) or (posixpath.splitext(posixpath.basename(path))[0] if path else "")
    url = _string(both, ranked.get("url", ()))
    if not url.startswith(("http://", "https://")):
        url = raw.options.base_url.rstrip("/") + "/" + permalink.lstrip("/") if permalink and raw.options.base_url else permalink
    tags = (t.strip("#").strip("/") for t in _list(both, ranked.get("tags", ()), split=True))
    return Fields(
        title=title,
        url=url,
        permalink=permalink,
        language=_string(both, ranked.get("language", ())),
        license=_string(both, ranked.get("license", ())),
        attribution=", ".join(_list(both, ranked.get("author", ()), split=False)),
        created=_date(both, ranked.get("created", ())),
        modified=_date(both, ranked.get("modified", ())),
        tags=[t for t in tags if t],
        aliases=_list(both, ranked.get("aliases", ()), split=False),
        metadata=metadata,
    )


def page_name(path: str) -> str:
    """The name of a page that its file's name spells: Logseq writes `___` for the slash of a namespace, Notion appends an id; else none.

    >>> page_name("pages/AI___What%253F.md"), page_name("a/Plan%200123456789abcdef0123456789abcdef.md"), page_name("a/b.md")
    ('AI/What?', 'Plan', '')
    """
    if "___" not in path and not (path[-36:-35] in (" ", "0") and _EXPORTED.search(path)):  # `.md` behind an id behind a space
        return ""
    stem = posixpath.splitext(posixpath.basename(unquote(path.rsplit("!/", 1)[-1])))[0]
    if "___" in stem:
        return unquote(stem.replace("___", "/")).strip()
    return stem[:-32].strip()


def labels_first(front: Front) -> bool:
    """Whether a note's wikilinks have their words first, `[[words|name]]`, as Dendron's do: it gives every note these four keys.

    See wiki.dendron.so, "Frontmatter" and "Wikilinks".
    """
    data = front.data
    return "desc" in data and {"id", "updated", "created"} <= data.keys() and bool(_MILLISECONDS.match(str(data["created"])))


def _ranked(data: dict[str, Any]) -> dict[str, list[str]]:
    """The keys that are present, by the field that they fill, best first."""
    known = [key for key in data if key in _FIELD_OF]
    if not known:
        return {}
    known.sort(key=lambda key: _FIELD_OF[key][1])
    found: dict[str, list[str]] = {}
    for key in known:
        found.setdefault(_FIELD_OF[key][0], []).append(key)
    return found


def _string(data: dict[str, Any], names: Iterable[str]) -> str:
    """The first of the keys that holds a string or a number; what a template would fill in is neither."""
    for name in names:
        value = data[name]
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            text = " ".join(str(value).split())
            if ("{" not in text and "<" not in text) or not any(0 <= text.find(opens) < text.rfind(closes) for opens, closes in _TEMPLATE):
                return text
    return ""


def _list(data: dict[str, Any], names: Iterable[str], split: bool) -> list[str]:
    """Values of the keys, as strings; one string is a list by commas and, where `split`, by spaces, and links are none of them."""
    found: list[str] = []
    for name in names:
        value = data[name]
        if isinstance(value, str):
            value = _SPLIT.split(_LINKS.sub(" ", value).strip("[] ")) if split else [part.strip() for part in value.split(",")]
        elif not isinstance(value, list):
            value = [value]
        elif list in map(type, value):  # `[[Name]]` without quotes is a list in a list
            value = [x for v in value for x in (v if isinstance(v, list) else [v])]
        found += [" ".join(str(v).split()) for v in value if isinstance(v, str | int | float) and not isinstance(v, bool)]
    if not split:
        found = [_LINKED.sub(r"\1", v) for v in found]
    return list(dict.fromkeys(v for v in found if v and not (split and v.startswith("[["))))


def _date(data: dict[str, Any], names: Iterable[str]) -> str:
    """The first of the keys that holds a date with its year first, or milliseconds since 1970 (Dendron), as ISO 8601 with `T`.

    >>> _date({"a": "2024/3/05 10:20 +0100", "b": 1611615493246}, ["a"]), _date({"b": 1611615493246}, ["b"])
    ('2024-03-05T10:20+01:00', '2021-01-25T22:58:13Z')
    """
    for name in names:
        written = str(data[name] or "").strip()
        found = _DATE.match(written)
        if found:
            year, _, month, day, clock, sign, minutes = found.groups()
            zone = (sign or "") + (f":{minutes}" if minutes else "")
            return f"{year}-{month:>02}-{day:>02}" + (f"T{clock}{zone}" if clock else "")
        if _MILLISECONDS.match(written):
            return datetime.fromtimestamp(int(written) // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ""
