"""An SQLite database of a published set, with full-text search (FTS5).

The index holds title and text as words are told apart here: SQLite takes a run of Chinese or Thai for one word, and parts words of
Indic scripts at their vowel signs.
"""

from __future__ import annotations

import sqlite3

import msgspec

from pipeline.exporting import Export
from pipeline.model import Dropped, Record, Resolved
from pipeline.stages.collect import lines, paths
from pipeline.text.words import apart

INDEX = 2  # raised when the words of the index change: an index of before is made anew
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
CREATE VIRTUAL TABLE search USING fts5 (title, text, content='records', tokenize="unicode61 remove_diacritics 2 categories 'L* N* M* Co'");
BEGIN;
"""


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
        db.execute("CREATE INDEX links_target ON links (target)")
        db.execute("COMMIT")
    finally:
        db.close()
    return count


def _insert(db: sqlite3.Connection, r: Record) -> None:
    lists = [msgspec.json.encode(v).decode() for v in (r.tags, r.aliases, r.flags)]
    facts = (r.id, r.source, r.title, r.text, r.url, r.language, r.license, r.attribution, r.created, r.modified, r.raw.path, r.raw.sha256)
    row = db.execute(f"INSERT INTO records VALUES ({', '.join('?' * 16)})", (*facts, *lists, r.metadata)).lastrowid
    db.execute("INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)", (row, apart(r.title), apart(r.text)))
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
