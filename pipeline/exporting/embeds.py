"""The records of a published set with what they embed: which records, and how to find them, from the set's own files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from pipeline.export.transclude import transclude
from pipeline.model import Record, Resolved
from pipeline.stages.collect import lines, paths, picked


def transcluded(published: Path, records: Iterator[Record]) -> Iterator[Record]:
    """The records, each with the passages of what it embeds. In bounded memory: embedded records wait in a temporary file."""
    # An empty name is a database on disk that is gone when it is closed.
    with closing(sqlite3.connect("", isolation_level=None)) as db:
        db.executescript("CREATE TABLE embeds (id TEXT, target TEXT, lead TEXT); CREATE TABLE records (id TEXT PRIMARY KEY, line BLOB);")
        for path in paths(published, "links"):
            found = ((x.id, x.target, x.to) for x in lines(path, Resolved) if x.kind == "embed" and x.to)
            db.executemany("INSERT INTO embeds VALUES (?, ?, ?)", found)
        db.execute("CREATE INDEX from_ ON embeds (id)")
        wanted = {id for (id,) in db.execute("SELECT DISTINCT lead FROM embeds")}
        if not wanted:
            yield from records
            return
        db.executemany("INSERT INTO records VALUES (?, ?)", ((id, line) for id, line, _ in picked(published, wanted)))
        decoder = msgspec.json.Decoder(Record)

        def leads(id: str, target: str) -> str:
            found = db.execute("SELECT lead FROM embeds WHERE id=? AND target=?", (id, target)).fetchone()
            return found[0] if found else ""

        def find(id: str) -> Record | None:
            found = db.execute("SELECT line FROM records WHERE id=?", (id,)).fetchone()
            return decoder.decode(found[0]) if found else None

        for record in records:
            yield transclude(record, leads, find)
