"""Rows of CSV and of JSON files as documents: where the stanza says which field holds the text, as most such files are data.

A JSON file says so itself where a field has one of the usual names of a text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from msgspec.structs import replace

from pipeline.readers.containers.fields import GUESSES, member
from pipeline.readers.containers.jsonlines import decoded
from pipeline.readers.containers.member import Member, nothing_more, whole
from pipeline.readers.decode import decode_forgiving
from pipeline.readers.files import MAX_BYTES, Unreadable
from pipeline.readers.unpack import Stream, unpacked

MAX_FILE = 4 * MAX_BYTES  # bytes of a file that is read as a whole: rows of a larger one are better kept as JSON Lines
HEAD = 1 << 16  # bytes in which a JSON file shows its fields
_TEXT_FIELD = re.compile(rf"""\s*(?=[\[{{]).*?[{{,]\s*"(?:{"|".join(GUESSES["text"])})"\s*:\s*\"""".encode(), re.S)
_MORE = "more cells"  # field of those that stand behind the last one with a name
_DELIMITERS = ",;\t|"  # the one that is most often in the first line; the first of these where two are equal


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether the stanza names fields, or the start of a JSON file does."""
    if fields:
        return True
    head = Stream(unpacked(file, 0, file.seek(0, 2))).read(HEAD)
    return _TEXT_FIELD.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The rows; one without an id is named by its number, from 1.

    Raises Unreadable.
    """
    data = Stream(unpacked(file, start, end)).read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise Unreadable(f"the file is larger than {MAX_FILE >> 20} MiB", "split it, or write it as JSON Lines, which is read line by line")
    rows = _json(data, fields) if re.search(r"\.json(?:\.\w+)?$", path, re.I) else _csv(data)
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        found = row if isinstance(row, Member) else member(row, path, f"{number}", fields)
        found = replace(found, path=f"{path}!/{number}") if isinstance(row, Member) else found
        yield replace(found, path=f"{found.path}@{number}") if found.path in seen else found
        seen.add(found.path)


def _json(data: bytes, fields: Mapping[str, str]) -> Iterator[Any]:
    """A list of objects, an object with such a list in one field, or one object."""
    try:
        value = decoded(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the file is no JSON", "check it with a JSON tool") from error
    if isinstance(value, dict) and not any(name in value for name in ([fields["text"]] if fields else GUESSES["text"])):
        lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        value = lists[0] if len(lists) == 1 else value
    yield from value if isinstance(value, list) else [value]


def _csv(data: bytes) -> Iterator[Any]:
    text = decode_forgiving(data).text
    if "\n" not in text:  # as tables were written on old Macs, and still are by some programs there
        text = text.replace("\r", "\n")
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=lambda d: (first.count(d), -_DELIMITERS.index(d)))
    csv.field_size_limit(MAX_FILE)
    lines = (line + "\n" for line in text.split("\n"))
    reader = csv.DictReader(lines, delimiter=delimiter, restkey=_MORE, restval="")
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield Member("", error=f"the row is broken: {error}", hint="check its quotes")
            continue
        if row is None:
            return
        yield {k: v for k, v in row.items() if k or v}
