"""What a run remembers for the next: one SQLite file, written by the driver alone.

It is an index: everything in it can be had again from the raw documents, and nearly everything from the segments beside it. It may be
deleted at any time; then the next run parses what no segment holds.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

FILE = "state.sqlite"
WAITING = 2000  # names that are written to disk at once
LAYOUT = 2  # changes with the tables and with segments: a file of another layout is made anew
COMMIT_ROWS = 1000  # rows written between two commits: what a killed run has to look up again in segments

# Errors that say nothing of the file: no memory, no reading or writing, no space, no opening (sqlite.org/rescode.html).
_MACHINE = {sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
_CHANGED = "changed"
_TABLES = """
CREATE TABLE units (
    real BLOB, start INTEGER, end INTEGER, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, seen INTEGER,
    sha256 TEXT, source TEXT, format TEXT, key TEXT, detector TEXT, outcome BLOB, PRIMARY KEY (real, start)) WITHOUT ROWID;
CREATE TABLE segments (name TEXT PRIMARY KEY, bytes INTEGER, prints INTEGER) WITHOUT ROWID;
CREATE TABLE verdicts (sha256 TEXT, key TEXT, reason TEXT, PRIMARY KEY (sha256, key)) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""
_COLUMNS = "real, start, end, size, mtime, ctime, inode, seen, sha256, source, format, key, detector, outcome"
_SHARED = "id IN (SELECT id FROM raw GROUP BY id HAVING count(*) > 1)"
_PUT = f"INSERT OR REPLACE INTO units ({_COLUMNS}) VALUES ({', '.join('?' * 14)})"


class Unit(msgspec.Struct, frozen=True, array_like=True):
    """A raw file, or a stretch of a container, and what became of it."""

    real: bytes  # below raw/
    start: int  # of a stretch, else 0
    end: int  # of a stretch, else -1
    stat: tuple[int, int, int, int, int]  # size, mtime, ctime, inode, and when they were read
    sha256: str  # of the raw bytes; empty where they could not be read, which is tried again in every run
    source: str  # stanza name
    format: str  # parser's name, empty where it came to none
    key: str  # stages.keys.parse_key at that time
    detector: str  # stages.keys.detector_of at that time
    outcome: bytes  # stages.receipts.Outcome, encoded


class State:
    """The state of one output folder. One writer; `units` reads a snapshot of its own while others are written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._rows = 0
        try:
            self._db = self._opened()
        except sqlite3.DatabaseError as error:  # another layout, or damaged: an index can be made anew
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _MACHINE:
                raise
            remove(folder)
            self._db = self._opened()

    def _opened(self) -> sqlite3.Connection:
        db = _connected(self._path)
        try:
            layout = db.execute("PRAGMA user_version").fetchone()[0]
            if layout == 0:
                db.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {LAYOUT}; COMMIT;")
            elif layout != LAYOUT or db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("layout")
            db.execute("BEGIN")
        except BaseException:
            db.close()
            raise
        return db

    def __enter__(self) -> State:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with contextlib.suppress(sqlite3.Error) if kind else contextlib.nullcontext():  # an error of the run is what the caller must see
            self.commit()
        self._db.close()

    def published(self, inputs: bytes) -> None:
        """Notes that the published set is that of all units and of these settings."""
        self.set_fact(_CHANGED, b"")
        self.set_fact("inputs", inputs)
        self.commit()

    def commit(self) -> None:
        """Makes all that was put durable."""
        self._db.commit()
        self._db.execute("BEGIN")
        self._rows = 0

    def _wrote(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= COMMIT_ROWS:
            self.commit()

    # -- units ---------------------------------------------------------------------------------------------------------

    def empty(self) -> bool:
        """Whether nothing is known of any unit."""
        return self._db.execute("SELECT 1 FROM units LIMIT 1").fetchone() is None

    def units(self) -> Iterator[Unit]:
        """All units in byte order of paths, as they were when the first is asked for."""
        self.commit()
        with contextlib.closing(_connected(self._path)) as db:
            for row in db.execute(f"SELECT {_COLUMNS} FROM units ORDER BY real, start"):
                yield _unit(row)

    def put(self, units: Iterable[Unit]) -> None:
        """Adds or replaces units."""
        rows = [(u.real, u.start, u.end, *u.stat, u.sha256, u.source, u.format, u.key, u.detector, u.outcome) for u in units]
        self._db.executemany(_PUT, rows)
        self._wrote(len(rows))

    def touch(self, units: Iterable[Unit]) -> None:
        """Notes when units were found unchanged, and by which code."""
        rows = [(*u.stat, u.key, u.detector, u.real, u.start) for u in units]
        self._db.executemany(
            "UPDATE units SET size=?, mtime=?, ctime=?, inode=?, seen=?, key=?, detector=? WHERE real=? AND start=?", rows
        )
        self._wrote(len(rows))

    def forget(self, places: Iterable[tuple[bytes, int]]) -> None:
        """Removes units."""
        rows = list(places)
        self._db.executemany("DELETE FROM units WHERE real=? AND start=?", rows)
        self._wrote(len(rows))

    def has(self, unit: Unit) -> bool:
        """Whether a unit is known with just this outcome."""
        query = "SELECT format, key, detector, outcome FROM units WHERE real=? AND start=?"
        found: tuple[Any, ...] | None = self._db.execute(query, (unit.real, unit.start)).fetchone()
        return found == (unit.format, unit.key, unit.detector, unit.outcome)

    # -- segments, verdicts, facts ---------------------------------------------------------------------------------------

    def segments(self) -> dict[str, tuple[int, int]]:
        """Segments that units may point into: name -> bytes of its documents and of its fingerprints."""
        return {name: (size, prints) for name, size, prints in self._db.execute("SELECT name, bytes, prints FROM segments")}

    def add_segment(self, name: str, size: int, prints: int) -> None:
        """Notes a segment that is whole and on disk."""
        self._db.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?)", (name, size, prints))

    def drop_segments(self, names: Iterable[str]) -> None:
        """Forgets segments."""
        self._db.executemany("DELETE FROM segments WHERE name=?", [(n,) for n in names])

    def verdicts(self) -> Iterator[tuple[str, str, str]]:
        """Documents on which workers ended: sha256, key, reason."""
        yield from self._db.execute("SELECT sha256, key, reason FROM verdicts ORDER BY sha256, key")

    def judge(self, sha256: str, key: str, reason: str) -> None:
        """Keeps a verdict, at once, so that no later run comes to another."""
        self._db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (sha256, key, reason))
        self.commit()

    @property
    def changed(self) -> bool:
        """Whether units are other than those of the published set."""
        return self.fact(_CHANGED) != b""

    def change(self) -> None:
        """Says, before units change, that they will: a run that is killed then is known to have left something to publish."""
        if not self.changed:
            self.set_fact(_CHANGED, b"1")

    def fact(self, name: str) -> bytes:
        """A fact that was set, empty where none was."""
        row = self._db.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
        return bytes(row[0]) if row else b""

    def set_fact(self, name: str, value: bytes) -> None:
        """Keeps a fact under a name."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        self._wrote(1)


def remove(folder: Path) -> None:
    """Deletes the state file and what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        (folder / (FILE + ending)).unlink(missing_ok=True)


class Table:
    """Values by number and by text, for one run, on disk: what would not fit into memory for a large corpus."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; BEGIN;")
        self._db.execute("CREATE TABLE raw (id TEXT, path TEXT, tie TEXT, value BLOB)")
        self._count = 0

    def add(self, rows: Iterable[tuple[str, str, str, bytes]]) -> None:
        """Adds (id, path, tie, value); two rows may have one id, until they are `numbered`."""
        self._db.executemany("INSERT INTO raw VALUES (?, ?, ?, ?)", rows)

    def numbered(self, digest: Callable[[bytes], str]) -> None:
        """Sorts by id and numbers from 0.

        Rows of one id are told apart by their paths, as `id#path`, and those of one path too by a number, in the order of ties, then of
        what `digest` makes of their values: never in the order in which they came. A name that was made so may be that of another row:
        then both get a number.
        """
        self._db.executescript(
            f"""CREATE INDEX raw_id ON raw (id);
            UPDATE raw SET id = id || '#' || path WHERE {_SHARED};"""
        )
        for (row,) in self._db.execute(f"SELECT rowid FROM raw WHERE {_SHARED}").fetchall():
            value = self._db.execute("SELECT value FROM raw WHERE rowid=?", (row,)).fetchone()[0]
            self._db.execute("UPDATE raw SET tie = tie || ? WHERE rowid=?", (digest(value), row))
        while self._db.execute("SELECT 1 FROM raw GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchone():
            self._db.execute(
                """UPDATE raw SET id = raw.id || '#' || other.place FROM (
                SELECT rowid AS row, count(*) OVER (PARTITION BY id) AS many,
                    row_number() OVER (PARTITION BY id ORDER BY tie, path) AS place FROM raw) AS other
                WHERE raw.rowid = other.row AND other.many > 1"""
            )
        self._db.executescript(
            """CREATE TABLE rows (number INTEGER PRIMARY KEY, id TEXT, value BLOB);
            INSERT INTO rows SELECT row_number() OVER (ORDER BY id) - 1, id, value FROM raw ORDER BY id;
            DROP TABLE raw;
            CREATE INDEX rows_id ON rows (id);"""
        )
        self._count = self._db.execute("SELECT count(*) FROM rows").fetchone()[0]

    def __len__(self) -> int:
        return self._count

    def get(self, number: int) -> tuple[str, bytes]:
        """(id, value) of a number."""
        row: tuple[str, bytes] = self._db.execute("SELECT id, value FROM rows WHERE number=?", (number,)).fetchone()
        return row

    def number(self, id: str) -> int:
        """The number of an id, -1 where there is none."""
        row = self._db.execute("SELECT number FROM rows WHERE id=?", (id,)).fetchone()
        return int(row[0]) if row else -1

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return self._db.cursor().execute("SELECT id, value FROM rows ORDER BY number")  # a generator might outlive the file

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    except BaseException:
        db.close()
        raise
    return db


def _unit(row: Sequence[Any]) -> Unit:
    return Unit(row[0], row[1], row[2], tuple(row[3:8]), *row[8:])


class NameTable:
    """Ids by name, for one run, on disk."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; BEGIN;")
        self._db.execute("CREATE TABLE names (key TEXT, id TEXT, PRIMARY KEY (key, id)) WITHOUT ROWID")
        self._waiting: list[tuple[str, str]] = []

    def __enter__(self) -> NameTable:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add(self, key: str, id: str) -> None:
        """Notes that a document bears a name."""
        self._waiting.append((key, id))
        if len(self._waiting) >= WAITING:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", self._waiting)
            self._waiting.clear()

    def get(self, key: str) -> list[str]:
        """Ids of the documents that bear a name, sorted."""
        self._write()
        return [id for (id,) in self._db.execute("SELECT id FROM names WHERE key=? ORDER BY id", (key,))]

    def has(self, key: str) -> bool:
        """Whether a document bears a name."""
        self._write()
        return self._db.execute("SELECT 1 FROM names WHERE key=? LIMIT 1", (key,)).fetchone() is not None
