"""A single packed file, `page.html.gz`: one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from msgspec.structs import replace

from pipeline.readers.containers.member import Member, named, nothing_more, whole
from pipeline.readers.files import MAX_BYTES
from pipeline.readers.unpack import Stream, packing, unpacked


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether a file is packed, by its first bytes."""
    return bool(packing(file))


chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The one document, named as the file without its ending."""
    data = Stream(unpacked(file, start, end)).read(MAX_BYTES + 1)
    name = PurePosixPath(path.rsplit("!/", 1)[-1]).name.rpartition(".")[0] or "file"
    member = named(path, b"file", None if len(data) > MAX_BYTES else data)
    yield replace(member, path=f"{path}!/{name}")
