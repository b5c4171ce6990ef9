"""JSON Lines, plain or packed: each line a document. Plain files are cut between lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from pipeline.readers.containers.fields import member
from pipeline.readers.containers.member import TOO_LARGE, Member, Names, nothing_more
from pipeline.readers.files import MAX_BYTES
from pipeline.readers.unpack import PIECE, Stream, packing, unpacked

CHUNK = 8 << 20  # bytes that a stretch has at least


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Always: lines that are no JSON are quarantined one by one."""
    return True


def chunks(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Stretches of whole lines."""
    end = file.seek(0, 2)
    start = 0
    while not packing(file) and end - start > CHUNK:
        stop = _line_end(file, start + CHUNK, end)
        yield start, stop
        start = stop
    if start < end or not end:
        yield start, end


def _line_end(file: BinaryIO, at: int, end: int) -> int:
    file.seek(at)
    while piece := file.read(PIECE):
        found = piece.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(piece)
    return end


facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The lines of a stretch; one without an id is named by its place in bytes, in the unpacked file."""
    names = Names()
    for at, line in Stream(unpacked(file, start, end)).lines(MAX_BYTES):
        place = f"@{start + at}"
        if line is None:
            yield Member(f"{path}!/{place}", error=TOO_LARGE)
        elif line.strip():
            found = _member(line, path, place, fields)
            yield replace(found, path=found.path + place) if names.has(found.path) else found


def _member(line: bytes, path: str, place: str, fields: Mapping[str, str]) -> Member:
    try:
        row = decoded(line)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.DecodeError) and "truncated" in str(error) else "malformed"
        return Member(
            f"{path}!/{place}", error=f"the line is no JSON ({reason})", hint=f"mend the line at byte {place[1:]}, or leave it out"
        )
    return member(row, path, place, fields)


def decoded(data: bytes) -> Any:
    """A JSON value. What Python and others write beside the standard, NaN and Infinity, is null here: no reader of ours takes it.

    Raises ValueError and RecursionError.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        return json.loads(data, parse_constant=lambda _: None)
