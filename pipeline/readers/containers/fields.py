"""A row of data, from JSON or from a table, as a document: which field holds the text, which the facts about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.readers.containers.member import Member
from pipeline.readers.files import encode_path

# Names that fields have in the wild, most telling first: Hugging Face datasets, Common Crawl extracts, CMS exports, notes of Google Keep.
GUESSES: dict[str, tuple[str, ...]] = {
    "text": ("text", "content", "body", "html", "markdown", "wikitext", "article", "page_content", "textContent"),
    "title": ("title", "headline", "name"),
    "url": ("url", "link", "source_url", "uri"),
    "id": ("id", "_id", "uid", "guid"),
    "created": ("created", "date", "published", "created_at", "pub_date"),
    "modified": ("modified", "updated", "updated_at"),
    "language": ("language", "lang"),
    "license": ("license",),
    "attribution": ("attribution",),
}
_FORMATS = {"html": "html", "markdown": "obsidian", "wikitext": "wikitext"}  # names of fields that say what they hold
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:[T ]\d\d:\d\d.*)?)?)?")


def member(row: Any, path: str, place: str, fields: Mapping[str, str]) -> Member:
    """A row as a member; `place` names it where it has no id of its own.

    >>> member({"id": 7, "body": "A text."}, "a.jsonl", "@0", {}).path
    'a.jsonl!/7'
    """
    where = f"{path}!/{place}"
    if not isinstance(row, dict):
        return Member(where, error="it is no object with fields", hint="write an object a line, or leave the line out")
    names = {what: fields[what] for what in fields} if fields else _guessed(row)
    found = {what: _get(row, name) for what, name in names.items()}
    given = found.pop("id", None)
    if isinstance(given, (str, int)) and not isinstance(given, bool) and str(given).strip():
        where = f"{path}!/{encode_path(str(given).encode('utf-8', 'replace'))}"
    text = found.pop("text", None)
    if not isinstance(text, str):
        wanted = f"field {names['text']!r} holds no text" if "text" in names else "no field is known to hold the text"
        return Member(where, error=wanted, hint='name the field in the stanza: fields = { text = "..." }')
    if not text.strip():
        return Member(where, error="its text is empty", hint="leave it out")
    return Member(where, text, facts=_facts(row, names, found), **_of(found, names))


def _guessed(row: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for what, names in GUESSES.items():
        name = next((n for n in names if isinstance(row.get(n), str if what == "text" else (str, int))), None)
        if name is not None:
            found[what] = name
    return found


def _get(row: Any, name: str) -> Any:
    """A field by its name, or by a path of names and numbers: `meta.authors.0`."""
    if isinstance(row, dict) and name in row:
        return row[name]
    for part in name.split("."):
        if isinstance(row, dict):
            row = row.get(part)
        elif isinstance(row, list) and part.isdecimal() and len(part) < 10:
            row = row[int(part)] if int(part) < len(row) else None
        else:
            return None
    return row


def _of(found: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What a parser is told."""
    told = {name: str(found[name]).strip() for name in ("title", "url", "language") if isinstance(found.get(name), (str, int))}
    return told | {"format": _FORMATS.get(names["text"].rpartition(".")[2], "")}


def _facts(row: Mapping[str, Any], names: Mapping[str, str], found: Mapping[str, Any]) -> dict[str, Any]:
    """What the document gets beside what its parser finds; a field that fits nowhere stays in the metadata as it is."""
    facts: dict[str, Any] = {n: found[n] for n in ("license", "attribution") if isinstance(found.get(n), str)}
    facts |= {n: found[n] for n in ("created", "modified") if isinstance(found.get(n), str) and _DATE.fullmatch(found[n])}
    known = {names[n] for n in names if n in facts or n in ("text", "title", "url", "language", "id")}
    rest = dict(row)
    for name in known:
        _remove(rest, name)
    if rest:
        facts["metadata"] = {"fields": msgspec.to_builtins(rest, str_keys=True)}
    return facts


def _remove(row: dict[str, Any], name: str) -> None:
    """Takes a field out of a copy of a row; what lies around it is copied on the way, and goes too where it is left empty."""
    first, _, others = name.partition(".")
    if name in row:
        del row[name]
    elif others and isinstance(row.get(first), dict):
        row[first] = dict(row[first])
        _remove(row[first], others)
        if not row[first]:
            del row[first]
