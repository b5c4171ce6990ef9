"""An independent audit of a published set: from the files alone, without the run's own counters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline import config
from pipeline.errors import UsageError
from pipeline.model import Dropped, Quarantined, Record, Resolved
from pipeline.readers import containers, files
from pipeline.stages import collect
from pipeline.store import publish
from pipeline.text.words import key

KEPT = 32  # records held: the links of one follow each other, and most of its ledger lines
SHA256 = 32  # bytes of a hash
_RECORD = msgspec.json.Decoder(Record)


def verify(raw: Path, out: Path) -> list[str]:
    """Everything that does not hold, one sentence each; empty where all is well.

    Checked: the manifest's hashes where there is one; that every record's hash, spans and raw document are right; that every ledger pointer
    ends at a record's text that says the same words; that every line of links.jsonl is of a record's link and leads to a record; that every
    entry below raw/ is a record, merged, quarantined or skipped, once.

    Raises UsageError where nothing was published, and where there is no raw folder.
    """
    if not raw.is_dir():
        raise UsageError(f"{raw}: no such folder; name the one that the set was made from with --raw")
    published = _Published(out)
    problems = [
        f"{name}: differs from the manifest of its run" for name, digest in publish.published(out).items() if not _is(out / name, digest)
    ]
    problems += published.problems
    for line in _lines(out, "dropped", Dropped, problems):
        problems += [f"ledger line of {line.id} ({line.rule}): {p}" for p in _pointer_problems(line, published)]
    problems += _link_problems(_lines(out, "links", Resolved, problems), published)
    return problems + _accounting(raw, published, list(_lines(out, "quarantine", Quarantined, problems)), out)


class _Published:
    """The records of a set, read through once and from then on one by one where they are asked for: a set may be larger than memory."""

    def __init__(self, out: Path) -> None:
        if not (parts := collect.paths(out, "documents")):
            raise UsageError(f"{out}: no documents.jsonl here; run `pipeline ingest` first")
        self.problems: list[str] = []
        self.hashes: dict[str, bytes] = {}  # raw path -> sha256 of the raw bytes; several, joined, where several members have one name
        self.ends: Counter[str] = Counter()  # raw path -> records that say they hold it
        self._places: dict[str, tuple[int, int, int]] = {}  # id -> part, offset, bytes
        self._parts = parts
        self.get = lru_cache(KEPT)(self._read)
        for number, part in enumerate(parts):
            at = 0
            with part.open("rb") as lines:
                for count, line in enumerate(lines, 1):
                    try:
                        self._add(_RECORD.decode(line), (number, at, len(line)))
                    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
                        self.problems.append(f"{part.name}: line {count} is no record")
                    at += len(line)

    def _add(self, record: Record, place: tuple[int, int, int]) -> None:
        self.problems += [f"{record.id}: {p}" for p in _record_problems(record)]
        self._places[record.id] = place
        self._from(record.raw.path, record.raw.sha256)
        if any(d.relation == "merged" for d in record.duplicates):
            for merged in msgspec.json.decode(record.metadata)["merged"]:
                self._from(merged["raw_path"], merged["raw_sha256"])

    def _from(self, path: str, sha256: str) -> None:
        self.ends[path] += 1
        self.hashes[path] = self.hashes.get(path, b"") + bytes.fromhex(sha256)

    def _read(self, id: str) -> Record | None:
        """The record of an id, None where there is none."""
        if id not in self._places:
            return None
        part, offset, size = self._places[id]
        return _RECORD.decode(collect.Place(self._parts[part], offset, size).read())

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, id: str) -> bool:
        return id in self._places


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


def _pointer_problems(line: Dropped, records: _Published) -> Iterator[str]:
    at = line.survivor
    if at is None:
        if line.rule == "overlap.sentence":
            yield "a sentence was dropped for another without saying for which"
        return
    record = records.get(at.id)
    text = record.text if record else ""
    if not 0 <= at.start < at.end <= len(text):
        yield f"its survivor {at.id} {at.start}-{at.end} does not exist"
    elif key(line.text) != key(text[at.start : at.end]):
        yield f"its survivor {at.id} {at.start}-{at.end} says something else"


def _link_problems(lines: Iterator[Resolved], records: _Published) -> Iterator[str]:
    for id, some in groupby(lines, lambda line: line.id):
        record = records.get(id)
        links = {(x.start, x.end, x.kind, x.target) for x in record.links} if record else set()
        for at in some:
            if (at.start, at.end, at.kind, at.target) not in links:
                yield f"links.jsonl: {id} has no link {at.start}-{at.end} to {at.target}"
            if at.to and at.to not in records:
                yield f"links.jsonl: link {at.start}-{at.end} of {id} leads to {at.to}, which is no record"


def _accounting(raw: Path, records: _Published, quarantined: list[Quarantined], out: Path) -> list[str]:
    ends, hashes = records.ends, records.hashes
    unread = Counter(q.path for q in quarantined)
    ends.update(unread)
    found = skipped = 0
    wanted: Counter[str] = Counter()  # a dump with histories has a page several times, JSON Lines may have an id so
    others: Counter[str] = Counter()  # members that are not what was published under their names
    for entry in _entries(raw, hashes):
        found += 1
        skipped += bool(entry.skip)
        if not entry.skip:
            wanted[entry.path] += 1
            if entry.path in hashes and bytes.fromhex(entry.sha256) not in _each(hashes[entry.path]):
                others[entry.path] += 1
    problems = [f"{path}: in raw/, but in no record and not quarantined" for path in sorted(wanted - ends.keys())]
    problems += [f"{path}: published, but not in raw/" for path in sorted(ends.keys() - wanted)]
    problems += [
        f"{path}: accounted for {count} times" + (f", and there {wanted[path]} times" if wanted[path] > 1 else "")
        for path, count in sorted(ends.items())
        if wanted[path] not in (0, count)
    ]
    problems += [
        f"{path}: has changed since it was published; run `pipeline ingest`" for path in sorted(others) if others[path] > unread[path]
    ]
    merged = found - len(records) - len(quarantined) - skipped
    own = {"found": found, "records": len(records), "quarantined": len(quarantined), "skipped": skipped, "merged": merged}
    return problems + _report_problems(out, own)


@lru_cache(KEPT)
def _each(hashes: bytes) -> set[bytes]:
    """Hashes that stand one after another."""
    return {hashes[at : at + SHA256] for at in range(0, len(hashes), SHA256)}


class _Entry(NamedTuple):
    path: str
    skip: str
    sha256: str = ""  # of the raw bytes that a record was made from


def _entries(raw: Path, published: Container[str]) -> Iterator[_Entry]:
    """Everything below raw/, members of containers one by one."""
    settings = config.load(raw)
    for entry in files.walk(raw, but=config.FILE):
        fields = settings.source_of(entry.real.decode("utf-8", "surrogateescape")).fields
        if entry.skip or not containers.is_container(raw, entry.real, fields):
            wanted = not entry.skip and entry.path in published
            yield _Entry(entry.path, entry.skip, hashlib.sha256(_bytes(raw, entry)).hexdigest() if wanted else "")
            continue
        for start, end in _stretches(raw, entry, fields):
            try:
                for member in containers.members(raw, entry.path, entry.real, start, end, fields):
                    data = member.data or member.text.encode("utf-8", "replace")
                    yield _Entry(member.path, member.skip, hashlib.sha256(data).hexdigest())
            except (files.Unreadable, OSError):
                yield _Entry(containers.rest(entry.path, start), "")


def _stretches(raw: Path, entry: files.Entry, fields: Mapping[str, str]) -> list[tuple[int, int]]:
    """The stretches of a container, of which each may be damaged for itself."""
    try:
        return list(containers.chunks(raw, entry.real, fields))
    except (files.Unreadable, OSError):
        return [(0, 0)]


def _report_problems(out: Path, own: dict[str, int]) -> list[str]:
    try:
        counts = msgspec.json.decode((out / "report.json").read_bytes())["accounting"]
    except (FileNotFoundError, msgspec.DecodeError, KeyError, TypeError):
        return ["report.json: is missing or has no accounting"]
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


def _lines(out: Path, name: str, kind: type[Any], problems: list[str]) -> Iterator[Any]:
    """The values of a file or its parts; lines that hold none are problems."""
    decoder = msgspec.json.Decoder(kind)
    for path in collect.paths(out, name):
        with path.open("rb") as file:
            for count, line in enumerate(file, 1):
                try:
                    yield decoder.decode(line)
                except msgspec.MsgspecError:
                    problems.append(f"{path.name}: line {count} cannot be read")
