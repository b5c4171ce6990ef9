"""Jupyter notebooks as Markdown: what is written, the code, and what it printed. Source: the notebook format, versions 3 and 4.

Pictures that code drew are left out: there is no text in them. So are the frames of an error; its last line stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import unquote

from pipeline.readers.containers.jsonlines import decoded
from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, always, nothing_more, whole
from pipeline.readers.files import MAX_BYTES, Unreadable

MAX_FILE = 8 * MAX_BYTES  # bytes of a file: most of a large notebook is pictures
_HEADING = re.compile(r"(?m)^# +(.+?)[ #]*$")
_FENCES = re.compile(r"`{3,}")
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")  # of a terminal
_HINT = "open it in Jupyter and save it again"


opens = always
chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The one document.

    Raises Unreadable.
    """
    if end - start > MAX_FILE:
        raise Unreadable(f"the file is larger than {MAX_FILE >> 20} MiB", "clear its outputs and save it again")
    file.seek(start)
    try:
        notebook = decoded(file.read(end - start))
    except (ValueError, RecursionError) as error:
        raise Unreadable("the notebook is no JSON", _HINT) from error
    if not isinstance(notebook, dict):
        raise Unreadable("the file is no notebook", _HINT)
    pages = notebook.get("worksheets")
    cells = [c for page in pages for c in _list(page, "cells")] if isinstance(pages, list) else _list(notebook, "cells")
    stated = notebook.get("metadata")
    stated = stated if isinstance(stated, dict) else {}
    text = "\n\n".join(filter(None, (_cell(cell, _language(stated)) for cell in cells)))
    where = f"{path}!/notebook"
    if len(text) > MAX_BYTES:
        yield Member(where, error=TOO_LARGE)
    elif not text.strip():
        yield Member(where, error=EMPTY, hint="leave it out")
    else:
        yield Member(where, text, title=_title(stated, text, path), format="obsidian", facts=_facts(stated))


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _text(value: Any) -> str:
    """A text, which notebooks write as one string or as a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _language(stated: Mapping[str, Any]) -> str:
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        found = stated.get(key)
        if isinstance(found, dict) and isinstance(found.get(name), str):
            return str(found[name])
    return ""


def _title(stated: Mapping[str, Any], text: str, path: str) -> str:
    title = stated.get("title")
    heading = _HEADING.search(text)
    name = unquote(path.rsplit("/", 1)[-1]).removesuffix(".ipynb")
    return title if isinstance(title, str) and title else heading[1] if heading else name


def _facts(stated: Mapping[str, Any]) -> dict[str, Any]:
    names = [a["name"] for a in _list(stated, "authors") if isinstance(a, dict) and isinstance(a.get("name"), str)]
    return {"attribution": ", ".join(names)} if names else {}


def _cell(cell: Any, language: str) -> str:
    if not isinstance(cell, dict):
        return ""
    kind = cell.get("cell_type")
    text = _text(cell.get("source", cell.get("input"))).strip("\n")
    if kind == "markdown":
        return text
    if kind == "heading":  # of version 3
        level = cell.get("level")
        return f"{'#' * (level if isinstance(level, int) and 1 <= level <= 6 else 1)} {text}"
    parts = [_fenced(text, language if kind == "code" else "")] if text.strip() else []
    parts += [part for output in _list(cell, "outputs") if (part := _output(output))]
    return "\n\n".join(parts)


def _output(output: Any) -> str:
    """What a cell printed: its richest form that is text."""
    if not isinstance(output, dict):
        return ""
    if output.get("output_type") in ("error", "pyerr"):
        return _fenced(f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}", "text")
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    if written := _text(data.get("text/markdown")):
        return written
    return _fenced(_text(data.get("text/plain", output.get("text"))), "text")


def _fenced(text: str, language: str) -> str:
    """A block of code; its fence is longer than any in it."""
    text = _COLOURS.sub("", text).rstrip("\n")
    if not text.strip():
        return ""
    fence = "`" * max(3, 1 + max(map(len, _FENCES.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
