"""An independent audit of a published set: from the files alone, without the run's own counters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline import config
from pipeline.ingest import read
from pipeline.model import Dropped, Quarantined, Record, Resolved
from pipeline.readers import containers, files
from pipeline.store import publish
from pipeline.text.words import key


def verify(raw: Path, out: Path) -> list[str]:
    """Everything that does not hold, one sentence each; empty where all is well.

    Checked: the manifest's hashes where there is one; that every record's hash, spans and raw document are right; that every ledger pointer
    ends at a record's text that says the same words; that every line of links.jsonl is of a record's link and leads to a record; that every
    entry below raw/ is a record, merged, quarantined or skipped, once.

    Raises UsageError where nothing was published.
    """
    records = {r.id: r for r in read(out)}
    ledger = list(_lines(out, "dropped", Dropped))
    quarantined = list(_lines(out, "quarantine", Quarantined))
    problems = [
        f"{name}: differs from the manifest of its run" for name, digest in publish.published(out).items() if not _is(out / name, digest)
    ]
    for record in records.values():
        problems += [f"{record.id}: {p}" for p in _record_problems(record)]
    for line in ledger:
        problems += [f"ledger line of {line.id} ({line.rule}): {p}" for p in _pointer_problems(line, records)]
    problems += _link_problems(_lines(out, "links", Resolved), records)
    return problems + _accounting(raw, records, quarantined, out)


def _record_problems(record: Record) -> Iterator[str]:
    if hashlib.sha256(record.text.encode()).hexdigest() != record.content_sha256:
        yield "content_sha256 is not that of its text"
    at = 0
    for block in record.blocks:
        if not at <= block.start < block.end <= len(record.text):
            yield f"block {block.start}-{block.end} is out of order or outside the text"
        at = block.end
    for link in record.links:
        if record.text[link.start : link.end] != link.text:
            yield f"link {link.start}-{link.end} does not say its words"


def _pointer_problems(line: Dropped, records: dict[str, Record]) -> Iterator[str]:
    at = line.survivor
    if at is None:
        if line.rule == "overlap.sentence":
            yield "a sentence was dropped for another without saying for which"
        return
    text = records[at.id].text if at.id in records else ""
    if not 0 <= at.start < at.end <= len(text):
        yield f"its survivor {at.id} {at.start}-{at.end} does not exist"
    elif key(line.text) != key(text[at.start : at.end]):
        yield f"its survivor {at.id} {at.start}-{at.end} says something else"


def _link_problems(lines: Iterator[Resolved], records: dict[str, Record]) -> Iterator[str]:
    for id, some in groupby(lines, lambda line: line.id):
        links = {(x.start, x.end, x.kind, x.target) for x in records[id].links} if id in records else set()
        for at in some:
            if (at.start, at.end, at.kind, at.target) not in links:
                yield f"links.jsonl: {id} has no link {at.start}-{at.end} to {at.target}"
            if at.to and at.to not in records:
                yield f"links.jsonl: link {at.start}-{at.end} of {id} leads to {at.to}, which is no record"


def _accounting(raw: Path, records: dict[str, Record], quarantined: list[Quarantined], out: Path) -> list[str]:
    hashes = {r.raw.path: r.raw.sha256 for r in records.values()}
    ends: Counter[str] = Counter(r.raw.path for r in records.values())
    for record in records.values():
        if any(d.relation == "merged" for d in record.duplicates):
            merged = msgspec.json.decode(record.metadata)["merged"]
            ends.update(m["raw_path"] for m in merged)
            hashes |= {m["raw_path"]: m["raw_sha256"] for m in merged}
    ends.update(q.path for q in quarantined)
    entries = list(_entries(raw, hashes))
    wanted = {e.path for e in entries if not e.skip}
    problems = [f"{path}: in raw/, but in no record and not quarantined" for path in sorted(wanted - ends.keys())]
    problems += [f"{path}: published, but not in raw/" for path in sorted(ends.keys() - wanted)]
    problems += [f"{path}: accounted for {count} times" for path, count in sorted(ends.items()) if count > 1]
    for entry in entries:
        if not entry.skip and entry.path in hashes and entry.sha256 != hashes[entry.path]:
            problems.append(f"{entry.path}: has changed since it was published; run `pipeline ingest`")
    return problems + _report_problems(out, len(records), len(quarantined), entries)


class _Entry(NamedTuple):
    path: str
    skip: str
    sha256: str = ""  # of the raw bytes that a record was made from


def _entries(raw: Path, published: Mapping[str, str]) -> Iterator[_Entry]:
    """Everything below raw/, members of containers one by one."""
    settings = config.load(raw)
    for entry in files.walk(raw, but=config.FILE):
        fields = settings.source_of(entry.real.decode("utf-8", "surrogateescape")).fields
        if entry.skip or not containers.is_container(raw, entry.real, fields):
            wanted = not entry.skip and entry.path in published
            yield _Entry(entry.path, entry.skip, hashlib.sha256(_bytes(raw, entry)).hexdigest() if wanted else "")
            continue
        start = 0
        try:
            for start, end in containers.chunks(raw, entry.real, fields):
                for member in containers.members(raw, entry.path, entry.real, start, end, fields):
                    data = member.data or member.text.encode("utf-8", "replace")
                    yield _Entry(member.path, member.skip, hashlib.sha256(data).hexdigest())
        except (files.Unreadable, OSError):
            yield _Entry(f"{entry.path}!/@{start}", "")


def _report_problems(out: Path, records: int, quarantined: int, entries: list[_Entry]) -> list[str]:
    try:
        counts = msgspec.json.decode((out / "report.json").read_bytes())["accounting"]
    except (FileNotFoundError, msgspec.DecodeError, KeyError, TypeError):
        return ["report.json: is missing or has no accounting"]
    skipped = sum(1 for e in entries if e.skip)
    own = {
        "found": len(entries),
        "records": records,
        "quarantined": quarantined,
        "skipped": skipped,
        "merged": len(entries) - records - quarantined - skipped,
    }
    return [f"report.json: accounting says {k} = {counts.get(k)}, the files say {v}" for k, v in own.items() if counts.get(k) != v]


def _bytes(raw: Path, entry: files.Entry) -> bytes:
    try:
        return files.read(raw, entry.real)
    except files.Unreadable:
        return b""


def _is(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _lines(out: Path, name: str, kind: type[Any]) -> Iterator[Any]:
    decoder = msgspec.json.Decoder(kind)
    for path in sorted(out.glob(f"{name}*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                yield decoder.decode(line)
