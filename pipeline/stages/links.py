"""Where the links of all records lead: done by the driver when every record is there, from the names that workers wrote down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from pipeline.model import Resolved
from pipeline.overlap.links import Dictionary, Index, Named, Roots
from pipeline.overlap.links import Names as Table
from pipeline.stages.lines import json_line
from pipeline.stages.receipts import Names
from pipeline.store.state import NameTable

T = TypeVar("T")

IN_MEMORY = 20_000  # documents whose names are held in memory, about 2 kB each; above that they are on disk
_WEB = ("http://", "https://", "//")
MOST_CANDIDATES = 10  # of an ambiguous link that are written down


class LinkCounts(msgspec.Struct, frozen=True):
    """Links of a source that may lead into the corpus, by what became of them."""

    resolved: int
    unresolved: int
    ambiguous: int


def resolve_links(work: Path, pieces: int, documents: int) -> dict[str, LinkCounts]:
    """Writes `<name>.links`, lines of JSON, for each piece of names, which go; gives the counts of each source."""
    found = [work / f"{number:06}.names" for number in range(pieces)]
    counts: dict[str, Counter[str]] = {}
    with NameTable(work / "names.sqlite") if documents > IN_MEMORY else _Memory() as table:
        index, records = _index(found, table)
        for piece in found:
            with piece.with_suffix(".links").open("wb") as out:
                for one in _read(piece, Names):
                    lines = list(_lines(one, index, records))
                    if lines:
                        out.write(b"".join(map(json_line, lines)))
                        tally = counts.setdefault(one.named.source, Counter())
                        tally.update("resolved" if line.to else line.how or "unresolved" for line in lines)
            piece.unlink()
    return {source: LinkCounts(c["resolved"], c["unresolved"], c["ambiguous"]) for source, c in sorted(counts.items())}


class _Memory(Dictionary):
    """Names in memory, as a context like names on disk."""

    def __enter__(self) -> _Memory:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be closed."""


def _index(pieces: list[Path], table: Table) -> tuple[Index, dict[str, str]]:
    """The names of all documents, and the records of those that were merged."""
    roots = Roots()
    for piece in pieces:
        for one in _read(piece, _Known):
            roots.add(one.named.source, one.named.path)
    index = Index(table, roots)
    records: dict[str, str] = {}
    for piece in pieces:
        for one in _read(piece, _Known):
            index.add(one.named)
            if one.record != one.named.id:
                records[one.named.id] = one.record
    return index, records


def _lines(one: Names, index: Index, records: dict[str, str]) -> Iterator[Resolved]:
    for start, end, kind, target in one.links:
        found = index.find(one.named, kind, target)
        if not found.how:
            if not target.startswith(_WEB):  # the web is full of addresses that are not of this corpus
                yield Resolved(one.record, start, end, kind, target, "", "")
            continue
        to = {records.get(id, id) for id in found.candidates}
        if found.how == "ambiguous" and len(to) == 1:  # copies of one text
            yield Resolved(one.record, start, end, kind, target, to.pop(), "merged")
        else:
            candidates = sorted(to)[:MOST_CANDIDATES] if found.how == "ambiguous" else []
            yield Resolved(one.record, start, end, kind, target, records.get(found.to, found.to), found.how, candidates)


class _Known(msgspec.Struct, frozen=True, array_like=True):
    """What the index asks of a line of names: not its links, which are most of it."""

    named: Named
    record: str


def _read(piece: Path, kind: type[T]) -> Iterator[T]:
    decoder = msgspec.json.Decoder(kind)
    with piece.open("rb") as lines:
        for line in lines:
            yield decoder.decode(line)
