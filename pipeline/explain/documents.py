"""Documents by the path of their raw file, and ids that are published no more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from pipeline.explain.answer import Answer
from pipeline.explain.passages import MOST
from pipeline.model import Duplicate, Quarantined, Tombstone
from pipeline.readers.files import encode_path, walk
from pipeline.stages.collect import lines, records

_GONE = {
    "merged": "It says what another record says, and was merged into it.",
    "renamed": "Its raw file has another name or place, and with it another id.",
    "raw_deleted": "Its raw document is gone.",
    "quarantined": "Its raw document can no longer be read; quarantine.jsonl says why.",
}
_SKIPPED = {
    "hidden": "Hidden files are no documents.",
    "attachment": "A picture, sound, style or script, or a part of a page that was saved beside it, is no document.",
}


class _Raw(msgspec.Struct):
    path: str


class _Record(msgspec.Struct):
    """The part of a record that tells which file it came from."""

    id: str
    raw: _Raw
    metadata: str
    duplicates: list[Duplicate]


class _Member(msgspec.Struct):
    """A document that was merged into a record."""

    id: str
    raw_path: str


class _Merged(msgspec.Struct):
    """The part of a record's metadata that names them."""

    merged: list[_Member] = []


def gone(what: str, out: Path) -> list[Answer]:
    """What became of an id that an earlier set had."""
    found = (t for t in lines(out / "tombstones.jsonl", Tombstone) if t.id == what)
    return [Answer(t.reason, t.id, t.successor, reason=_GONE.get(t.reason, "")) for t in found]


def at(what: str, out: Path) -> list[Answer]:
    """Documents whose raw file is `what`, or lies in it where that is a folder or a container, as far as the published set names them."""
    path = _path(what)
    if not path:
        return []
    quarantined = (q for q in lines(out / "quarantine.jsonl", Quarantined) if _is(path, q.path))
    published = (answer for record in records(out, _Record) for answer in _published(record) if _is(path, answer.id))
    answers = [Answer("quarantined", q.path, reason=q.error, hint=q.hint) for q in islice(quarantined, MOST)]
    return answers + list(islice(published, MOST - len(answers)))


def unread(what: str, raw: Path) -> list[Answer]:
    """A file below raw/ that no published document came from: skipped, or not known to the set by its path."""
    path = _path(what)
    return list(islice(_unread(path, raw), MOST)) if path and raw.is_dir() else []


def _unread(path: str, raw: Path) -> Iterator[Answer]:
    for entry in walk(raw, but="sources.toml"):
        if not _is(path, entry.path):
            continue
        if entry.skip:
            yield Answer("skipped", entry.path, reason=_SKIPPED[entry.skip])
        else:
            why = "Nothing published names this file: what it says is part of another record, or it came after the last run."
            yield Answer("unlisted", entry.path, reason=why, hint="`pipeline diff` says what the next run would change")


def _published(record: _Record) -> Iterator[Answer]:
    """The record's own document, and those that were merged into it."""
    yield Answer("published", record.raw.path, record.id, reason="It was read.", hint=f"pipeline explain {record.id!r}")
    if not any(duplicate.relation == "merged" for duplicate in record.duplicates):
        return  # what a parser of one's own calls so is no list of documents
    for merged in msgspec.json.decode(record.metadata, type=_Merged).merged:
        yield Answer("merged", merged.raw_path, record.id, reason=_GONE["merged"], hint=f"pipeline explain {merged.id!r}")


def _path(what: str) -> str:
    """A path as people write it, as the published set has it; empty where it can be none.

    >>> _path("./raw/notes/50%.md")
    'notes/50%25.md'
    """
    if "\n" in what or "\0" in what:
        return ""
    try:
        return encode_path(os.fsencode(what.removeprefix("./").removeprefix("raw/"))).strip("/")
    except UnicodeEncodeError:  # half a pair of surrogates: no file has such a name
        return ""


def _is(asked: str, path: str) -> bool:
    """Whether a document's path is the one asked for, its last part, or inside it.

    >>> _is("a.zip", "notes/a.zip!/b.md"), _is("b.md", "notes/a.zip!/b.md"), _is("md", "b.md")
    (True, True, False)
    """
    return bool(asked) and f"/{asked}/" in f"/{path}/".replace("!/", "/")
