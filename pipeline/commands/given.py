"""The one document that a command was given: a file, stdin, or a file that holds one document packed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pipeline.commands.shown import data
from pipeline.errors import UsageError
from pipeline.model import ParseOptions
from pipeline.readers import containers, office
from pipeline.readers.decode import NotText, decode
from pipeline.readers.files import Unreadable
from pipeline.text.urls import clean_url


class Given(NamedTuple):
    """A document as `pipeline.clean` takes it."""

    data: bytes | str
    path: str
    format: str | None
    options: ParseOptions
    facts: Mapping[str, Any] = MappingProxyType({})  # what its file states of it
    url: str = ""


def given(file: str) -> Given:
    """The document of a file, or of stdin for `-`.

    Raises UsageError where it cannot be read, holds several documents, or is no text.
    """
    if file == "-":
        return Given(_text(data(file), "stdin"), "", None, ParseOptions())
    path = Path(file)
    if path.is_file() and containers.is_container(path.parent, os.fsencode(path.name), {}):
        return _packed(path)
    found = data(file)
    kind = office.kind(found, path.name)
    if not kind:
        return Given(_text(found, file), path.name, None, ParseOptions())
    try:
        converted = office.convert(kind, found)
    except Unreadable as no:
        raise UsageError(f"{file}: {no.error}; {no.hint}") from no
    return Given(converted.text, path.name, "html", ParseOptions(title=converted.title, mode="clean"), converted.facts)


def some(file: str, most: int) -> list[Given]:
    """The first documents of a file, `most` of a container; a container whose documents cannot be read gives none.

    Raises UsageError where the file cannot be read.
    """
    path = Path(file)
    if not path.is_file() or not containers.is_container(path.parent, os.fsencode(path.name), {}):
        return [Given(data(file), path.name, None, ParseOptions())]
    try:
        return [_of(m) for m in islice((m for m in _members(path) if not m.error), most)]
    except Unreadable as no:
        raise UsageError(f"{file}: {no.error}; {no.hint}") from no


def _packed(file: Path) -> Given:
    """The one document of a container.

    Raises UsageError where there are more: a run reads these.
    """
    one: containers.Member | None = None
    try:
        for member in _members(file):
            if one is not None:
                raise UsageError(f"{file} holds several documents; put it below raw/ and run `pipeline ingest`")
            one = member
    except Unreadable as no:
        raise UsageError(f"{file}: {no.error}; {no.hint}") from no
    if one is None:
        raise UsageError(f"{file} holds no document that can be read; look into it")
    if one.error:
        raise UsageError(f"{one.path}: {one.error}; {one.hint}")
    return _of(one)


def _members(file: Path) -> Iterator[containers.Member]:
    """What a container holds that is to be read.

    Raises Unreadable.
    """
    found = containers.members(file.parent, file.name, os.fsencode(file.name), 0, file.stat().st_size, {})
    return (member for member in found if not member.skip)


def _of(member: containers.Member) -> Given:
    text, url = member.text or _text(member.data, member.path), clean_url(member.url).url
    return Given(text, member.path, member.format or None, member.options(ParseOptions()), member.facts, url)


def as_bytes(text: bytes | str) -> bytes:
    """A text as it would stand in a file."""
    return text.encode("utf-8", "replace") if isinstance(text, str) else text


def _text(found: bytes, name: str) -> bytes:
    """The bytes, when they are text.

    Raises UsageError where they are none: what no reader knows would come out as noise.
    """
    try:
        decode(found)
    except NotText as no:
        raise UsageError(f"{name}: {no.error}; {no.hint}") from no
    return found
