"""Which records differ between two published sets, and why.

A run compares its set with the one that it replaces while both are on disk, and leaves the answer in `.state/changes.jsonl`: a first
line with what the new set was made by, then a line for each record that came, went or changed. It is published with the set, so that
it is always about the set that is there.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pipeline.config import Settings
from pipeline.model import Quarantined, Record, Tombstone
from pipeline.stages.collect import lines, paths
from pipeline.stages.keys import whole_code
from pipeline.stages.lines import json_line
from pipeline.store.publish import STATE

FILE = f"{STATE}/changes.jsonl"
CAUSES = {
    "raw": "its raw document came, changed or went",
    "parser": "its parser has another version, or code of the pipeline changed",
    "configuration": "its stanza in sources.toml changed, or that of a document merged with it",
    "overlap": "another document that says the same came, changed or went",
    "links": "documents that it names came or went",
    "unknown": "nothing that is known of both sets explains it",
}
_OF_LINKS = {"links", "metadata"}
_TOMBSTONES = {"raw_deleted": "raw", "renamed": "raw", "merged": "overlap"}


class Basis(msgspec.Struct, frozen=True):
    """What a set was made by, beside its raw documents."""

    code: str = ""  # digest of the pipeline's code and libraries
    sources: dict[str, str] = {}  # stanza name -> digest of the stanza


class Change(msgspec.Struct, frozen=True):
    """A record that differs between two sets."""

    id: str
    change: str  # added | removed | changed
    causes: list[str]  # of CAUSES
    fields: list[str] = []  # of a changed record: its fields that differ, in the order of the record
    words: tuple[int, int] = (0, 0)  # words of its text before and after
    became: str = ""  # of a removed record: id of the record that now says it

    def line(self) -> str:
        """This change as a line for people.

        >>> Change("a:1", "changed", ["raw"], ["text", "blocks"], (10, 12)).line()
        'changed  a:1  raw  10 -> 12 words  text, blocks'
        """
        parts = [f"{self.change:7}", self.id, ", ".join(self.causes), f"{self.words[0]} -> {self.words[1]} words"]
        return "  ".join([*parts, *([", ".join(self.fields)] if self.fields else []), *([f"now in {self.became}"] if self.became else [])])


class _Line(msgspec.Struct, frozen=True):
    id: str
    bytes: bytes


class _Id(msgspec.Struct):
    id: str


class _Member(msgspec.Struct):
    id: str
    raw_sha256: str


class _Metadata(msgspec.Struct):
    merged: list[_Member] = []


class Changes:
    """Compares the set in `old` with that in `new`; going through it gives every change in the order of ids.

    Memory: the ids that documents merged into changed records have, and what is quarantined.
    """

    def __init__(self, old: Path, new: Path, before: Basis, after: Basis) -> None:
        self._old, self._new = old, new
        self._before, self._after = before, after
        self._gone = {t.id: t for t in lines(new / "tombstones.jsonl", Tombstone, damaged=True)}
        self._failed = {q.path: q.sha256 for q in lines(old / "quarantine.jsonl", Quarantined, damaged=True)}
        self._fails = {q.path: q.sha256 for q in lines(new / "quarantine.jsonl", Quarantined, damaged=True)}

    def __iter__(self) -> Iterator[Change]:
        merged = {id_ for was, now in self._pairs() if was != now and (old := _record(was)) for id_ in _members(old)}
        for before, after in self._pairs():
            if before == after:
                continue
            was, now = _record(before), _record(after)
            if was and now:
                yield self._changed(was, now)
            elif now:
                yield self._added(now, merged)
            elif was:
                yield self._removed(was)

    def _pairs(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        """Lines of both sets with one id, None where one set has none."""
        old, new = _by_id(self._old), _by_id(self._new)
        was, now = next(old, None), next(new, None)
        while was or now:
            if now is None or (was is not None and was.id < now.id):
                yield was.bytes if was else None, None
                was = next(old, None)
            elif was is None or now.id < was.id:
                yield None, now.bytes
                now = next(new, None)
            else:
                yield was.bytes, now.bytes
                was, now = next(old, None), next(new, None)

    def _added(self, now: Record, merged: set[str]) -> Change:
        if now.id in merged:
            causes = [*self._configured(now), "overlap"]
        elif self._failed.get(now.raw.path) == now.raw.sha256:  # the same bytes could not be read before
            causes = self._made_otherwise(now)
        else:
            causes = ["raw"]
        return Change(now.id, "added", causes, words=(0, _words(now)))

    def _removed(self, was: Record) -> Change:
        gone = self._gone.get(was.id)
        if gone and gone.reason in _TOMBSTONES:
            causes = [*(self._configured(was, gone.successor) if gone.reason == "merged" else []), _TOMBSTONES[gone.reason]]
        else:
            causes = self._made_otherwise(was) if self._fails.get(was.raw.path) == was.raw.sha256 else ["raw"]
        return Change(was.id, "removed", causes, words=(_words(was), 0), became=gone.successor if gone else "")

    def _changed(self, was: Record, now: Record) -> Change:
        fields = [name for name in now.__struct_fields__ if getattr(was, name) != getattr(now, name)]
        causes = []
        if was.raw.sha256 != now.raw.sha256:
            causes.append("raw")
        if (was.raw.parser, was.raw.parser_version) != (now.raw.parser, now.raw.parser_version):
            causes.append("parser")
        causes += self._configured(now, *_members(was))
        if _members(was) != _members(now) or was.duplicates != now.duplicates:
            causes.append("overlap")
        return Change(now.id, "changed", causes or self._else(fields), fields, (_words(was), _words(now)))

    def _else(self, fields: Iterable[str]) -> list[str]:
        if self._before.code != self._after.code:
            return ["parser"]
        return ["links"] if _OF_LINKS.issuperset(fields) else ["unknown"]

    def _made_otherwise(self, record: Record) -> list[str]:
        """Why the same bytes are read another way now."""
        return self._configured(record) or (["parser"] if self._before.code != self._after.code else ["unknown"])

    def _configured(self, record: Record, *others: str) -> list[str]:
        """The cause configuration, where the stanza of a record changed, or that of a document that is or was merged with it."""
        sources = {record.source, *(id_.partition(":")[0] for id_ in (*_members(record), *others) if id_)}
        return ["configuration"] if any(self._before.sources.get(s) != self._after.sources.get(s) for s in sources) else []


def _by_id(folder: Path) -> Iterator[_Line]:
    """Lines of documents in the order of ids, from one file or from parts."""
    return heapq.merge(*(_lines(path) for path in paths(folder, "documents")), key=lambda line: line.id)


def _lines(path: Path) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Id)
    with path.open("rb") as file:
        for line in file:
            try:
                yield _Line(decoder.decode(line).id, line)
            except msgspec.DecodeError:  # a damaged set: what stands before is compared
                return


def _record(line: bytes | None) -> Record | None:
    """The record of a line; None where there is none, or what somebody made of it by hand."""
    try:
        return msgspec.json.decode(line, type=Record) if line else None
    except msgspec.DecodeError:
        return None


def _members(record: Record) -> dict[str, str]:
    """Documents that were merged into a record, with the hashes of their raw bytes."""
    try:
        return {m.id: m.raw_sha256 for m in msgspec.json.decode(record.metadata, type=_Metadata).merged}
    except msgspec.DecodeError:
        return {}


def _words(record: Record) -> int:
    return len(record.text.split())


# -- the file ----------------------------------------------------------------------------------------------------------


def basis(settings: Settings) -> Basis:
    """What a set is made by now."""
    return Basis(whole_code(), {name: hashlib.sha256(msgspec.json.encode(s)).hexdigest() for name, s in settings.sources.items()})


def known(out: Path) -> Basis | None:
    """What a published set was made by; None where it is not known."""
    try:
        with (out / FILE).open("rb") as file:
            return msgspec.json.decode(file.readline(), type=Basis)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(out: Path, coming: Path, settings: Settings) -> None:
    """Leaves beside a coming set how it differs from the published one; of a first set only what it is made by."""
    now = basis(settings)
    target = coming / FILE
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        file.write(json_line(now))
        if paths(out, "documents"):
            for change in Changes(out, coming, known(out) or Basis(now.code, now.sources), now):
                file.write(json_line(change))


def written(folder: Path) -> Iterator[Change]:
    """How a set differs from the one before it, as it stands beside it; nothing where it is the first."""
    decoder = msgspec.json.Decoder(Change)
    try:
        with (folder / FILE).open("rb") as file:
            file.readline()
            for line in file:
                yield decoder.decode(line)
    except FileNotFoundError:
        return


def between(old: Path, new: Path) -> Changes:
    """How two published sets differ."""
    before, after = known(old), known(new)
    return Changes(old, new, before or after or Basis(), after or before or Basis())
