"""PDF and office files as HTML, through well-kept converters of the extra `office`: pypdf, mammoth, python-pptx, openpyxl.

They are read in the same guarded workers as everything else. Places in the raw file are not kept: there is no text in it to point at.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from html import escape
from importlib import import_module
from typing import Any, NamedTuple
from xml.etree import ElementTree

from pipeline.readers.files import Unreadable

EXTRA = "`make office`, or pip install 'document-pipeline[office]' where the pipeline is installed"
MOST_ROWS = 100_000  # of a workbook: more is data, not a document
MOST_UNPACKED = 256 << 20  # bytes that the parts of an office file may unpack to
CORE_BYTES = 1 << 20  # of the part that holds title and dates
_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NAME = re.compile(r"\.(pdf|docx|pptx|xlsx)$", re.I)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ?)?")
_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
_SENTENCE_ENDS = (".", "!", "?", ":", "。", "！", "？")
FULL_LINE = 0.75  # share of a page's longest line above which a line is full, and its paragraph goes on


class Converted(NamedTuple):
    """An office file as a page of HTML."""

    text: str
    title: str
    facts: dict[str, Any]  # created, modified, metadata


def kind(data: bytes, path: str) -> str:
    """Which kind of file this is, by its first bytes and its name; empty for what is no office file.

    >>> kind(b"%PDF-1.7", "a.pdf"), kind(b"PK", "a.zip")
    ('pdf', '')
    """
    if data.startswith(b"%PDF-"):
        return "pdf"
    found = _NAME.search(path)
    return found[1].lower() if found and found[1].lower() != "pdf" and data.startswith(b"PK\x03\x04") else ""


def media_type(kind: str) -> str:
    """The media type of a kind, empty for none."""
    return _MEDIA.get(kind, "")


def convert(kind: str, data: bytes) -> Converted:
    """An office file as HTML.

    Raises Unreadable where its converter is not installed, or cannot read it.
    """
    try:
        if kind != "pdf":
            _bounded(data)
        found = _CONVERTERS[kind](data)
        facts = {} if kind == "pdf" else _core(data)
    except ImportError as error:
        raise Unreadable(f"this is a {kind.upper()} file, and {error.name} is not installed", f"run {EXTRA}") from error
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # each converter has errors of its own
        raise Unreadable(
            f"the {kind.upper()} file cannot be read ({type(error).__name__})", "open it to see whether it is whole, or save it anew"
        ) from error
    if not re.sub(r"<[^>]*>|\s", "", found.text):
        raise Unreadable("the file holds no text", "if it holds pictures of pages, run a text recognition over it first")
    return Converted(found.text, found.title or facts.pop("title", ""), found.facts | facts)


def _bounded(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if sum(info.file_size for info in parts.infolist()) > MOST_UNPACKED:
            raise Unreadable(f"the file unpacks to more than {MOST_UNPACKED >> 20} MiB", "split it, or leave it out")


def _core(data: bytes) -> dict[str, Any]:
    """Title, dates and author as an office file states them (ISO 29500-2, core properties)."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if "docProps/core.xml" not in parts.namelist() or parts.getinfo("docProps/core.xml").file_size > CORE_BYTES:
            return {}
        core = parts.read("docProps/core.xml")
    if b"<!" in core:
        return {}
    stated = {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in ElementTree.fromstring(core).iter()}
    facts: dict[str, Any] = {name: stated[name] for name in ("created", "modified") if _DATE.fullmatch(stated.get(name, ""))}
    if stated.get("creator"):
        facts["metadata"] = {"author": stated["creator"]}
    return facts | ({"title": stated["title"]} if stated.get("title") else {})


def _pdf(data: bytes) -> Converted:
    pypdf: Any = import_module("pypdf")
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("the PDF file is encrypted", "save a copy without a password")
    info = reader.metadata or {}
    facts: dict[str, Any] = {}
    for name, key in (("created", "/CreationDate"), ("modified", "/ModDate")):
        if found := _PDF_DATE.match(str(info.get(key, ""))):
            facts[name] = "-".join(part for part in found.groups() if part)
    if author := str(info.get("/Author", "") or "").strip():
        facts["metadata"] = {"author": author}
    pages = ["\n".join(f"<p>{escape(text)}</p>" for text in _paragraphs(page.extract_text())) for page in reader.pages]
    return Converted("\n".join(pages), str(info.get("/Title", "") or "").strip(), facts)


def _paragraphs(text: str) -> Iterator[str]:
    """Lines of a page put together: a line that is full, or ends in a hyphen, goes on in the next."""
    lines = [line.strip() for line in text.split("\n")]
    longest = max(map(len, lines), default=0)
    held = ""
    for line in lines:
        if not line:
            if held:
                yield held
            held = ""
            continue
        joint = "" if held.endswith("-") and line[:1].islower() else " "
        held = (held.removesuffix("-") if not joint else held) + joint + line if held else line
        if len(line) < FULL_LINE * longest and held.endswith(_SENTENCE_ENDS):
            yield held
            held = ""
    if held:
        yield held


def _docx(data: bytes) -> Converted:
    mammoth: Any = import_module("mammoth")
    nothing = mammoth.images.img_element(lambda _: {})
    return Converted(mammoth.convert_to_html(io.BytesIO(data), convert_image=nothing).value, "", {})


def _pptx(data: bytes) -> Converted:
    pptx: Any = import_module("pptx")
    parts = []
    for slide in pptx.Presentation(io.BytesIO(data)).slides:
        title = slide.shapes.title
        if title is not None and title.text.strip():
            parts.append(f"<h2>{escape(title.text.strip())}</h2>")
        for shape in slide.shapes:
            if title is None or shape.shape_id != title.shape_id:
                parts += _shape(shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            parts += [f"<p>{escape(p.text)}</p>" for p in slide.notes_slide.notes_text_frame.paragraphs if p.text.strip()]
    return Converted("\n".join(parts), "", {})


def _shape(shape: Any) -> Iterator[str]:
    if getattr(shape, "has_table", False) and shape.has_table:
        yield _table([[cell.text for cell in row.cells] for row in shape.table.rows])
    elif getattr(shape, "has_text_frame", False) and shape.has_text_frame:
        for paragraph in shape.text_frame.paragraphs:
            if paragraph.text.strip():
                yield f"<p>{escape(paragraph.text)}</p>"
    for inner in getattr(shape, "shapes", ()):  # a group
        yield from _shape(inner)


def _xlsx(data: bytes) -> Converted:
    openpyxl: Any = import_module("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    parts, count = [], 0
    try:
        for sheet in book.worksheets:
            rows = []
            for values in sheet.iter_rows(values_only=True):
                count += 1
                if count > MOST_ROWS:
                    raise Unreadable(
                        f"the workbook has more than {MOST_ROWS:,} rows", "export it as CSV, and name its text field in the stanza"
                    )
                cells = ["" if value is None else str(value) for value in values]
                if any(cell.strip() for cell in cells):
                    rows.append(cells)
            if rows:
                parts += [f"<h2>{escape(sheet.title)}</h2>", _table(rows)]
    finally:
        book.close()
    return Converted("\n".join(parts), "", {})


def _table(rows: list[list[str]]) -> str:
    """A table whose first row is its head; columns that are empty at the right are left out."""
    width = max((len(_trimmed(row)) for row in rows), default=0)
    lines = []
    for number, row in enumerate(rows):
        tag = "th" if number == 0 else "td"
        cells = "".join(f"<{tag}>{escape(' '.join(cell.split()))}</{tag}>" for cell in row[:width])
        lines.append(f"<tr>{cells}</tr>")
    return "<table>" + "".join(lines) + "</table>"


def _trimmed(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


_CONVERTERS: dict[str, Callable[[bytes], Converted]] = {"pdf": _pdf, "docx": _docx, "pptx": _pptx, "xlsx": _xlsx}
