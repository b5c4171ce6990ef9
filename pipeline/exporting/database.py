"""An SQLite database of a published set, with full-text search (FTS5)."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from pipeline.errors import UsageError
from pipeline.exporting import Export
from pipeline.model import Dropped, Record, Resolved
from pipeline.stages.collect import lines, paths

_TABLES = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE records (id TEXT PRIMARY KEY, source TEXT, title TEXT, text TEXT, url TEXT, language TEXT, license TEXT, attribution TEXT,
    created TEXT, modified TEXT, raw_path TEXT, raw_sha256 TEXT, tags TEXT, aliases TEXT, flags TEXT, metadata TEXT);
CREATE TABLE blocks (record TEXT, number INTEGER, kind TEXT, level INTEGER, start INTEGER, "end" INTEGER, section TEXT, origin TEXT,
    raw_start INTEGER, raw_end INTEGER, PRIMARY KEY (record, number)) WITHOUT ROWID;
CREATE TABLE links (record TEXT, start INTEGER, "end" INTEGER, text TEXT, target TEXT, kind TEXT);
CREATE TABLE citations (record TEXT, number INTEGER, citation TEXT, PRIMARY KEY (record, number)) WITHOUT ROWID;
CREATE TABLE duplicates (record TEXT, id TEXT, relation TEXT, jaccard REAL, containment REAL);
CREATE TABLE resolved (record TEXT, start INTEGER, "end" INTEGER, kind TEXT, target TEXT, "to" TEXT, how TEXT);
CREATE TABLE dropped (id TEXT, rule TEXT, kind TEXT, text TEXT, survivor TEXT);
CREATE VIRTUAL TABLE search USING fts5 (title, text, content='records', tokenize='unicode61 remove_diacritics 2');
BEGIN;
"""


class Hit(msgspec.Struct, frozen=True):
    """A record that a search found."""

    id: str
    title: str
    snippet: str  # the words around the best place
    url: str


def sqlite(export: Export) -> int:
    """Tables of records, blocks, links, citations, duplicates, ledger; `search` is the full-text index over title and text."""
    count = 0
    db = sqlite3.connect(export.place, isolation_level=None)
    try:
        db.executescript(_TABLES)
        for record in export.records:
            _insert(db, record)
            count += 1
        for path in paths(export.published, "links"):
            rows = ((x.id, x.start, x.end, x.kind, x.target, x.to, x.how) for x in lines(path, Resolved))
            db.executemany("INSERT INTO resolved VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        for path in paths(export.published, "dropped"):
            ledger = ((x.id, x.rule, x.kind, x.text, x.survivor.id if x.survivor else "") for x in lines(path, Dropped))
            db.executemany("INSERT INTO dropped VALUES (?, ?, ?, ?, ?)", ledger)
        db.execute("INSERT INTO search (search) VALUES ('rebuild')")
        db.execute("CREATE INDEX links_target ON links (target)")
        db.execute("COMMIT")
    finally:
        db.close()
    return count


def _insert(db: sqlite3.Connection, r: Record) -> None:
    lists = [msgspec.json.encode(v).decode() for v in (r.tags, r.aliases, r.flags)]
    facts = (r.id, r.source, r.title, r.text, r.url, r.language, r.license, r.attribution, r.created, r.modified, r.raw.path, r.raw.sha256)
    db.execute(f"INSERT INTO records VALUES ({', '.join('?' * 16)})", (*facts, *lists, r.metadata))
    rows = [
        (r.id, n, b.kind, b.level, b.start, b.end, msgspec.json.encode(b.section).decode(), b.origin, b.raw_start, b.raw_end)
        for n, b in enumerate(r.blocks)
    ]
    db.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)", [(r.id, x.start, x.end, x.text, x.target, x.kind) for x in r.links])
    db.executemany(
        "INSERT INTO citations VALUES (?, ?, ?)", [(r.id, n, msgspec.json.encode(c).decode()) for n, c in enumerate(r.citations)]
    )
    db.executemany(
        "INSERT INTO duplicates VALUES (?, ?, ?, ?, ?)", [(r.id, d.id, d.relation, d.jaccard, d.containment) for d in r.duplicates]
    )


def search(database: Path, words: str, limit: int = 10) -> list[Hit]:
    """Records that hold all words, best first (BM25).

    Words in double quotes must stand together; a `*` after a word stands for its endings.

    Raises UsageError.
    """
    query = fts_query(words)
    if not query:
        raise UsageError(f"{words!r}: no word to look for")
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT r.id, r.title, snippet(search, 1, '', '', ' … ', 24), r.url FROM search JOIN records r ON r.rowid = search.rowid "
            "WHERE search MATCH ? ORDER BY bm25(search, 4.0, 1.0), r.id LIMIT ?",
            (query, limit),
        ).fetchall()
    return [Hit(*row) for row in rows]


def fts_query(words: str) -> str:
    """What a person types, as a query that FTS5 takes whatever it is.

    >>> fts_query('calcium "soft tissue" nephro* AND ("')
    '"calcium" "soft tissue" "nephro"* "AND"'
    """
    found = []
    for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', words.encode("utf-8", "replace").decode().replace("\0", " ")):
        star = "*" if word.endswith("*") else ""
        text = phrase or word.rstrip("*")
        if re.search(r"\w", text):
            found.append(f'"{text}"{star}')
    return " ".join(found)
