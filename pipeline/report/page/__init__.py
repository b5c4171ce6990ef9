"""report.html: the published set as one page to look at, without a network, the same bytes for the same set.

The page shows counts of everything and a sample of documents: those that are flagged or merged first, then by hash of id, so that the
choice is the same in every run. Text reaches the page as JSON and the screen as text nodes: no document can become markup or script.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from pipeline.model import Dropped, Duplicate, Quarantined, Record, Resolved
from pipeline.readers import files
from pipeline.report.page.raw import Sides, sides
from pipeline.report.rules import tables
from pipeline.report.summary import Report
from pipeline.stages.collect import Place, lines, paths, picked, records

FILE = "report.html"
MOST_DOCUMENTS = 200  # shown with their text
MOST_BYTES = 3 << 20  # of all that is shown with text: a page of some MB opens at once
MOST_ROWS = 10_000  # documents that can be searched by title
MOST_QUARANTINED = 500
MOST_DROPPED = 300  # ledger lines of one document
TEXT_CHARACTERS = 60_000  # of one document
DROPPED_CHARACTERS = 600  # of one ledger line


class _Shown(msgspec.Struct):
    """A document of the sample; what is left out is said."""

    id: str
    source: str
    title: str
    url: str
    license: str
    path: str
    parser: str
    words: int
    flags: list[str]
    text: str
    cut: bool  # whether the text goes on
    blocks: list[tuple[str, int, int, int, int]]  # kind, level, start, end, number of its origin
    origins: list[str]
    duplicates: list[tuple[str, str]]  # id, relation
    links: list[tuple[str, str, str]]  # target, to, how
    dropped: list[tuple[str, str, str, str, int, int]]  # id, rule, text, survivor's id, start, end
    more_dropped: int  # ledger lines that are not shown
    raw: Sides | None  # the raw text in pieces; None where it cannot be shown


def write(coming: Path, raw: Path, report: Report) -> None:
    """Writes the page of a set that stands in a folder; `raw` is where the raw documents are."""
    chosen = _chosen(coming)
    data = {
        "report": report,
        "rules": {name: text for name, text in tables()["rules"].items() if name in report.rules},
        "flags": {name: text for name, text in tables()["flags"].items() if name in report.flags},
        "diagnostics": {name: text for name, text in tables()["diagnostics"].items() if name in report.diagnostics},
        "quarantine": _first(lines(coming / "quarantine.jsonl", Quarantined), MOST_QUARANTINED),
        "rows": chosen.rows,
        "documents": _shown(coming, raw, chosen.ids),
    }
    (coming / FILE).write_bytes(_page(data))


# -- what is shown -----------------------------------------------------------------------------------------------------------


class _Row(msgspec.Struct):
    """The part of a record that decides whether it is shown."""

    id: str
    source: str
    title: str
    flags: list[str]
    duplicates: list[Any]


class _Copies(msgspec.Struct):
    """The part of a record that says whose ledger lines are its own."""

    duplicates: list[Duplicate]


class _Chosen(msgspec.Struct):
    ids: list[str]  # shown with text, most telling first
    rows: list[tuple[str, str, str, str]]  # id, source, title, flags: what can be searched


def _chosen(coming: Path) -> _Chosen:
    """The sample, in one pass: merged or flagged documents first, then whatever hash of id comes first."""
    rows: list[tuple[tuple[bool, bytes], tuple[str, str, str, str]]] = []
    for row in records(coming, _Row):
        rank = not (row.flags or row.duplicates), hashlib.sha256(row.id.encode()).digest()
        rows.append((rank, (row.id, row.source, row.title[:200], " ".join(row.flags))))
        if len(rows) > 2 * MOST_ROWS:
            rows = heapq.nsmallest(MOST_ROWS, rows)
    rows = heapq.nsmallest(MOST_ROWS, rows)
    return _Chosen([row[0] for _, row in rows[:MOST_DOCUMENTS]], sorted(row for _, row in rows))


def _shown(coming: Path, raw: Path, ids: list[str]) -> list[_Shown]:
    """Documents of the sample with everything about them, in order of choice, as many as the page may hold."""
    wanted = set(ids)
    places: dict[str, Place] = {}  # records are read one by one: two hundred large ones are gigabytes
    members: dict[str, str] = {}
    for id, line, place in picked(coming, wanted):
        places[id] = place
        members |= {d.id: id for d in msgspec.json.decode(line, type=_Copies).duplicates if d.relation == "merged"}
    dropped = _by_record(paths(coming, "dropped"), Dropped, lambda x: members.get(x.id, x.id), wanted)
    links = _by_record(paths(coming, "links"), Resolved, lambda x: x.id, wanted)
    shown: list[_Shown] = []
    size = 0
    for id in ids:
        one = _document(msgspec.json.decode(places[id].read(), type=Record), dropped.get(id, []), links.get(id, []), raw)
        size += len(msgspec.json.encode(one))
        if size > MOST_BYTES and shown:
            break
        shown.append(one)
    return shown


def _by_record(found: Iterable[Path], kind: Any, record_of: Any, wanted: set[str]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for path in found:
        for line in lines(path, kind):
            if (id := record_of(line)) in wanted:
                grouped.setdefault(id, []).append(line)
    return grouped


def _document(record: Record, dropped: list[Dropped], links: list[Resolved], raw: Path) -> _Shown:
    text = record.text[:TEXT_CHARACTERS]
    origins = list(dict.fromkeys(b.origin for b in record.blocks))
    own = [d for d in dropped if d.id == record.id]
    return _Shown(
        id=record.id,
        source=record.source,
        title=record.title,
        url=record.url,
        license=record.license,
        path=record.raw.path,
        parser=record.raw.parser,
        words=len(record.text.split()),
        flags=record.flags,
        text=text,
        cut=len(text) < len(record.text),
        blocks=[(b.kind, b.level, b.start, b.end, origins.index(b.origin)) for b in record.blocks if b.end <= len(text)],
        origins=origins,
        duplicates=[(d.id, d.relation) for d in record.duplicates],
        links=[(x.target, x.to, x.how) for x in links[:MOST_DROPPED]],
        dropped=[
            (d.id, d.rule, d.text[:DROPPED_CHARACTERS], *((s.id, s.start, s.end) if (s := d.survivor) else ("", -1, -1)))
            for d in dropped[:MOST_DROPPED]
        ],
        more_dropped=max(0, len(dropped) - MOST_DROPPED),
        raw=sides(_raw(raw, record), record, own),
    )


def _raw(raw: Path, record: Record) -> bytes:
    """The raw document, where it is a file that still says what the record was made from."""
    if "!/" in record.raw.path:
        return b""
    for real in (record.raw.path.encode(), _decoded(record.raw.path)):
        try:
            data = files.read(raw, real)
        except (files.Unreadable, OSError):
            continue
        if hashlib.sha256(data).hexdigest() == record.raw.sha256:
            return data
    return b""


def _decoded(path: str) -> bytes:
    return unquote_to_bytes(path)


def _first(found: Iterator[Any], most: int) -> list[Any]:
    return [line for _, line in zip(range(most), found, strict=False)]


# -- the page ----------------------------------------------------------------------------------------------------------------


def _page(data: dict[str, Any]) -> bytes:
    """The template with style, script and data in their places; nothing but these two may run, and nothing may be fetched."""
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    # In a script element only `</` and `<!--` mean anything: without `<` neither can stand there.
    encoded = msgspec.json.encode(data).replace(b"<", b"\\u003c").replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    head, rest = _part("page.html").split("@data@")
    head = head.replace("@policy@", policy).replace("@style@", style)
    return head.encode() + encoded + rest.replace("@script@", script).encode()


def _part(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
