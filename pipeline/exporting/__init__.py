"""A published set written in the forms of other tools.

Each form is a function of an `Export`, in a module of this package that is loaded when it is asked for; FORMS is the only registry.
What a record becomes is said in `pipeline.export`, which touches no disk. An export is written beside its place and renamed into it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.errors import EnvironmentFailedError, UsageError
from pipeline.exporting.embeds import transcluded
from pipeline.ingest import read
from pipeline.model import Record

FORMS = {
    "parquet": ("columns", "a Parquet file with the record's types (needs the extra `parquet`)"),
    "hf": ("columns", "a folder that datasets.load_dataset takes (needs the extra `parquet`)"),
    "chunks": ("lines", "JSON Lines of pieces for retrieval, with headings, places and neighbours"),
    "langchain": ("lines", "JSON Lines of pieces as LangChain documents"),
    "llamaindex": ("lines", "JSON Lines of pieces as LlamaIndex nodes"),
    "elasticsearch": ("lines", "a folder of bulk files and the index's mapping"),
    "markdown": ("folder", "a folder of Markdown notes that link to each other"),
    "sqlite": ("database", "an SQLite database with full-text search"),
}


class Options(msgspec.Struct, frozen=True):
    """What the caller may choose."""

    tokens: int = 400  # size of a piece
    overlap: int = 0  # tokens that a piece repeats of the one before
    transclude: bool = False  # notes with the passages of what they embed


class Export(NamedTuple):
    """What a form has to write."""

    records: Iterator[Record]  # in the order of ids
    published: Path  # folder of the published set
    place: Path  # file or folder to make
    options: Options


def export(form: str, published: str | Path, place: str | Path, options: Options | None = None) -> int:
    """Writes the published set in a form; gives the number of records, or pieces, that were written.

    A file at `place` is replaced, a folder only where it is empty.

    Raises UsageError and EnvironmentFailedError.
    """
    if form not in FORMS:
        raise UsageError(f"no form {form!r}; known: {', '.join(FORMS)}")
    published, place, options = Path(published), Path(place), options or Options()
    records = read(published)
    if options.transclude:
        records = transcluded(published, records)
    if place.is_dir() and (form not in ("hf", "elasticsearch", "markdown") or any(place.iterdir())):
        raise UsageError(f"{place}: a folder with something in it; name another place with --out, or remove it")
    write: Callable[[Export], int] = getattr(import_module(f"{__name__}.{FORMS[form][0]}"), form)
    part = place.with_name(f".{place.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        count = write(Export(records, published, part, options))
        if place.is_dir():
            place.rmdir()
        part.replace(place)
    except OSError as error:
        raise EnvironmentFailedError(f"{error.filename or place}: {error.strerror or error}; nothing was exported") from error
    except sqlite3.Error as error:
        raise EnvironmentFailedError(f"{place}: {error}; nothing was exported") from error
    finally:
        _remove(part)
    return count


def needed(module: str, extra: str) -> Any:
    """A library of an extra.

    Raises UsageError where it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        extra = f"document-pipeline[{extra}]"
        raise UsageError(f"{module} is not installed; run pip install '{extra}' where the pipeline is installed") from None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
