"""A folder of Markdown notes, one a record, that link to each other: to read, to put into a vault, to publish."""

from __future__ import annotations

import hashlib
import posixpath
import re
import sqlite3
from contextlib import closing

import msgspec

from pipeline.export.markdown import to_markdown
from pipeline.exporting import Export
from pipeline.model import Record, Resolved
from pipeline.stages.collect import lines, paths

ENDING = ".md"
NAME_BYTES = 120  # of a file name, ending aside: file systems take 255, and people add to names
_UNSAFE = re.compile(r"[^\w .,()+=@-]+")
_NO_BRACKETS = str.maketrans("", "", "[]\\")
# Names that Windows keeps for devices.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:[.-]|$)", re.I)


def markdown(export: Export) -> int:
    """`<source>/<name>.md` with front matter; a resolved link becomes a relative one, and `## Linked from` names who links here."""
    place = export.place
    place.mkdir()
    with closing(sqlite3.connect(place / ".links.sqlite", isolation_level=None)) as db:
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE links (id TEXT, target TEXT, to_ TEXT); BEGIN;")
        for path in paths(export.published, "links"):
            rows = ((x.id, x.target, x.to) for x in lines(path, Resolved) if x.to)
            db.executemany("INSERT INTO links VALUES (?, ?, ?)", rows)
        db.execute("CREATE INDEX out_ ON links (id)")
        db.execute("CREATE INDEX in_ ON links (to_)")
        names = _Names()
        count = 0
        for record in export.records:
            target = place / names.of(record.id)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_note(record, db, names), encoding="utf-8")
            count += 1
    (place / ".links.sqlite").unlink()
    return count


def _note(record: Record, db: sqlite3.Connection, names: _Names) -> str:
    here = names.of(record.id)
    out = dict(db.execute("SELECT target, to_ FROM links WHERE id=?", (record.id,)))
    targets = {target: _relative(here, names.of(to)) for target, to in out.items()}
    parts = [_front_matter(record), to_markdown(record, targets)]
    origins = [id for (id,) in db.execute("SELECT DISTINCT id FROM links WHERE to_=? AND id<>? ORDER BY id", (record.id, record.id))]
    if origins:
        rows = (f"- [{id.translate(_NO_BRACKETS)}](<{_relative(here, names.of(id))}>)" for id in origins)
        parts.append("## Linked from\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _front_matter(record: Record) -> str:
    """YAML whose values are JSON strings and lists, which YAML takes as they are."""
    facts = {
        name: getattr(record, name)
        for name in ("id", "title", "source", "url", "language", "license", "attribution", "created", "modified")
    }
    facts |= {"tags": record.tags, "aliases": record.aliases, "raw": record.raw.path}
    rows = (f"{name}: {msgspec.json.encode(value).decode()}" for name, value in facts.items() if value)
    return "---\n" + "\n".join(rows) + "\n---\n"


def _relative(here: str, there: str) -> str:
    return posixpath.relpath(there, posixpath.dirname(here))


class _Names:
    """Paths of notes: told apart in any case, safe on any system, and the same in every run."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, id: str) -> str:
        """The path of a record's note."""
        if id not in self._of:
            source, _, key = id.partition(":")
            key = key[: -len(ENDING)] if key.lower().endswith(ENDING) else key
            name = _UNSAFE.sub("-", key).strip(" .-")
            cut = name.encode()[:NAME_BYTES].decode("utf-8", "ignore").strip(" .-")
            if cut != key or f"{source}/{cut}".casefold() in self._taken or _DEVICES.match(cut):
                cut = f"{cut or 'note'}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"
            path = f"{source}/{'_' if _DEVICES.match(cut) else ''}{cut}"
            self._taken.add(path.casefold())
            self._of[id] = path + ENDING
        return self._of[id]
