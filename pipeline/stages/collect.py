"""From the pieces of workers to the files of the set: parts, and tombstones for ids that went away."""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Container, Iterable, Iterator
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from pipeline.errors import EnvironmentFailedError
from pipeline.model import Tombstone
from pipeline.overlap import Resolution
from pipeline.readers import containers
from pipeline.stages.resolve import Corpus

PART_BYTES = 256 << 20  # a larger file is cut into parts: editors, git hosts and memory-mapped readers take so much with ease
T = TypeVar("T")


class _Named(msgspec.Struct):
    """The part of a line that tells whose it is."""

    id: str


class _RawNamed(msgspec.Struct):
    path: str
    sha256: str


class _Published(msgspec.Struct):
    """The part of a record that tells what it was made from."""

    id: str
    raw: _RawNamed


def collect(work: Path, coming: Path, pieces: int) -> None:
    """Joins the pieces of workers, in order, into the files of the set."""
    for name in ("documents", "dropped", "links"):
        found = [work / f"{number:06}.{name}" for number in range(pieces)]
        parts = parts_for(sum(p.stat().st_size for p in found))
        if parts == 1:
            _join(found, coming / f"{name}.jsonl")
        else:
            _share_out(found, [coming / f"{name}-{number}.jsonl" for number in range(parts)])


def parts_for(size: int) -> int:
    """How many parts a file of so many bytes has: a power of two, so that a part's lines change only when their number does.

    >>> [parts_for(n * PART_BYTES) for n in (0, 1, 2, 5)]
    [1, 1, 2, 8]
    """
    parts = 1
    while parts * PART_BYTES < size:
        parts *= 2
    return parts


def part_of(id: str, parts: int) -> int:
    """The part that holds the lines of an id."""
    return int.from_bytes(blake2b(id.encode(), digest_size=8).digest()) % parts


def _join(pieces: list[Path], target: Path) -> None:
    with target.open("wb") as whole:
        for piece in pieces:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)
            piece.unlink()


def _share_out(pieces: list[Path], targets: list[Path]) -> None:
    files = [path.open("wb") for path in targets]
    try:
        for piece in pieces:
            with piece.open("rb") as lines:
                for line in lines:
                    files[part_of(msgspec.json.decode(line, type=_Named).id, len(files))].write(line)
            piece.unlink()
    finally:
        for file in files:
            file.close()


def paths(folder: Path, name: str) -> list[Path]:
    """The file of a name, or its parts."""
    return sorted(folder.glob(f"{name}.jsonl")) or sorted(folder.glob(f"{name}-*.jsonl"))


def lines(path: Path, kind: type[T], *, damaged: bool = False) -> Iterator[T]:
    """The values of a file of lines, nothing where it is missing; of one that may be `damaged`, what stands before the damage.

    Raises EnvironmentFailedError at a line that cannot be read: who reads a set must not take a part of it for all.
    """
    decoder = msgspec.json.Decoder(kind)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    value = decoder.decode(line)
                except msgspec.DecodeError as error:
                    if damaged:
                        return
                    raise _unreadable(path, number) from error
                yield value
    except FileNotFoundError:
        return


def _unreadable(path: Path, number: int) -> EnvironmentFailedError:
    return EnvironmentFailedError(f"{path}: line {number} cannot be read; run `pipeline ingest`, which makes the set anew")


class Place(NamedTuple):
    """Where the line of a record stands."""

    path: Path
    offset: int  # bytes
    length: int

    def read(self) -> bytes:
        """The line."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


def picked(folder: Path, wanted: Container[str]) -> Iterator[tuple[str, bytes, Place]]:
    """(id, line, its place) of the published records with some ids; of the others nothing but the id is read.

    Raises EnvironmentFailedError at a line that cannot be read.
    """
    decoder = msgspec.json.Decoder(_Named)
    for path in paths(folder, "documents"):
        at = 0
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    id = decoder.decode(line).id
                except msgspec.DecodeError as error:
                    raise _unreadable(path, number) from error
                if id in wanted:
                    yield id, line, Place(path, at, len(line))
                at += len(line)


def records(folder: Path, kind: type[T], *, damaged: bool = False) -> Iterator[T]:
    """Published records in the order of ids, from one file or from parts; read as `lines` are."""
    return heapq.merge(*(lines(path, kind, damaged=damaged) for path in paths(folder, "documents")), key=attrgetter("id"))


def tombstones(out: Path, corpus: Corpus, decisions: Resolution) -> list[Tombstone]:
    """Ids that were published once and are not now: those of earlier runs that have not come back, and the new ones."""
    canonical = {member: number for number, members in decisions.members.items() for member in members}

    def record_of(number: int) -> str:
        return corpus[canonical.get(number, number)][0]

    earlier = {t.id: t for t in lines(out / "tombstones.jsonl", Tombstone, damaged=True)}
    gone = {}
    for was in records(out, _Published, damaged=True):
        number = corpus.number(was.id)
        if number < 0:
            gone[was.id] = was.raw
        elif number in canonical:
            earlier[was.id] = Tombstone(was.id, "merged", record_of(number))
    renamed = _renamed({raw.sha256 for raw in gone.values()}, corpus) if gone else {}
    quarantined = {containers.holder(q.path) for q in corpus.quarantined} if gone else set()
    for id_, raw in gone.items():
        if raw.sha256 in renamed:
            earlier[id_] = Tombstone(id_, "renamed", record_of(renamed[raw.sha256]))
        else:
            unread = not quarantined.isdisjoint(_around(raw.path))
            earlier[id_] = Tombstone(id_, "quarantined" if unread else "raw_deleted", "")
    return sorted(_still(earlier.values(), corpus, canonical), key=lambda t: t.id)


def _around(path: str) -> Iterator[str]:
    """A raw path, and the containers and folders around it: where one of these cannot be read, its documents are not deleted.

    >>> list(_around("a/b.zip!/c.md"))
    ['a/b.zip!/c.md', 'a/b.zip', 'a']
    """
    yield path
    while "/" in path:
        path = path.rpartition("/")[0].removesuffix("!")
        yield path


def _still(earlier: Iterable[Tombstone], corpus: Corpus, canonical: dict[int, int]) -> Iterator[Tombstone]:
    """Tombstones of ids that are no records, with successors that are."""
    for one in earlier:
        number = corpus.number(one.id)
        if number >= 0:
            if number in canonical:
                yield Tombstone(one.id, "merged", corpus[canonical[number]][0])
            continue
        at = corpus.number(one.successor) if one.successor else -1
        if at < 0:
            yield Tombstone(one.id, "raw_deleted" if one.reason == "merged" else one.reason, "")
        else:
            yield Tombstone(one.id, one.reason, corpus[canonical.get(at, at)][0])


def _renamed(hashes: set[str], corpus: Corpus) -> dict[str, int]:
    """The first document that was made from each of some raw bytes."""
    found: dict[str, int] = {}
    for number, (_, head) in enumerate(corpus):
        if head.raw_sha256 in hashes:
            found.setdefault(head.raw_sha256, number)
    return found
