"""PDF and office files through the extra `office`: real files, made here; and what is said where they cannot be read."""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.readers import office
from pipeline.verify import verify

CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>Stones</dc:title>'
    "<dc:creator>A. Writer</dc:creator><dcterms:created>2020-01-02T03:04:05Z</dcterms:created></cp:coreProperties>"
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def paragraph(text: str, style: str = "") -> str:
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{mark}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def docx() -> bytes:
    body = paragraph("Chalk", "Heading1") + paragraph("Chalk is soft &amp; white.") + "<w:tbl>"
    body += "".join(f"<w:tr>{''.join(f'<w:tc>{paragraph(c)}</w:tc>' for c in row)}</w:tr>" for row in (("a", "b"), ("1", "2"))) + "</w:tbl>"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    )
    styles = f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relations}/{{}}" Target="{{}}"/></Relationships>'
    )
    return zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": rels.format("officeDocument", "word/document.xml"),
            "word/_rels/document.xml.rels": rels.format("styles", "styles.xml"),
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": styles,
            "docProps/core.xml": CORE,
        }
    )


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def pptx() -> bytes:
    deck: Any = pytest.importorskip("pptx").Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Flint"
    slide.placeholders[1].text = "Flint breaks\nwith a sharp edge."
    table = slide.shapes.add_table(2, 2, 0, 0, 99999, 99999).table
    for row, values in enumerate((("kind", "hard"), ("flint", "7"))):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    slide.notes_slide.notes_text_frame.text = "Say where it was found."
    deck.core_properties.title = "A talk on flint"
    return saved(deck)


def xlsx() -> bytes:
    book: Any = pytest.importorskip("openpyxl").Workbook()
    book.active.title = "Drawers"
    for row in (("drawer", "stone", None), (1, "slate", None), (None, None, None), (2, "chalk", None)):
        book.active.append(row)
    return saved(book)


def saved(thing: Any) -> bytes:
    out = io.BytesIO()
    thing.save(out)
    return out.getvalue()


def pdf(*pages: list[str], info: str = "") -> bytes:
    """A PDF file of lines of text, with a table of its objects."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", f"<< {info} >>"]
    kids = []
    for lines in pages:
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = f"BT /F1 12 Tf 72 720 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(len(objects) + 1)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{k} 0 R' for k in kids)}] /Count {len(kids)} >>"
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\n"
    return f"{out}startxref\n{start}\n%%EOF".encode()


SLATE = pdf(
    [
        "Slate splits into thin sheets that roofs were made",
        "of in all towns along the river, and of its dust ce-",
        "ment is made.",
        "Chalk is soft.",
    ],
    ["The second page says other things."],
    info="/Title (Slate) /Author (A. Writer) /CreationDate (D:20190807)",
)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "raw/s").mkdir(parents=True)
    return tmp_path / "raw"


def published(raw: Path) -> dict[str, Any]:
    pipeline.ingest(raw, raw.parent / "out")
    assert verify(raw, raw.parent / "out") == []
    return {r.raw.path: r for r in pipeline.read(raw.parent / "out")}


def quarantined(raw: Path) -> dict[str, dict[str, str]]:
    return {q["path"]: q for q in map(json.loads, (raw.parent / "out/quarantine.jsonl").read_text().splitlines())}


def test_office_files_are_documents(raw: Path) -> None:
    for module in ("pypdf", "mammoth"):
        pytest.importorskip(module)
    for name, data in (("a.pdf", SLATE), ("b.docx", docx()), ("c.pptx", pptx()), ("d.xlsx", xlsx())):
        (raw / "s" / name).write_bytes(data)
    found = published(raw)
    assert found["s/a.pdf"].text == (
        "Slate splits into thin sheets that roofs were made of in all towns along the river, and of its dust cement is made.\n\n"
        "Chalk is soft.\n\nThe second page says other things."
    )
    one = found["s/a.pdf"]
    assert (one.title, one.created, one.raw.media_type, json.loads(one.metadata)["author"]) == (
        "Slate",
        "2019-08-07",
        "application/pdf",
        "A. Writer",
    )
    assert found["s/b.docx"].text == "Chalk\n\nChalk is soft & white.\n\na | b\n1 | 2"
    assert (found["s/b.docx"].title, found["s/b.docx"].created) == ("Chalk", "2020-01-02T03:04:05Z")
    assert found["s/c.pptx"].text == "Flint\n\nFlint breaks\n\nwith a sharp edge.\n\nkind | hard\nflint | 7\n\nSay where it was found."
    assert found["s/c.pptx"].title == "A talk on flint"
    assert found["s/d.xlsx"].text == "Drawers\n\ndrawer | stone\n1 | slate\n2 | chalk"
    assert found["s/d.xlsx"].tables[0].header_rows == 1
    assert all(b.raw_start == b.raw_end == -1 for r in found.values() for b in r.blocks)


def test_they_are_read_in_archives_too(raw: Path) -> None:
    pytest.importorskip("pypdf")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.pdf", SLATE)
    (raw / "s/a.zip").write_bytes(out.getvalue())
    assert published(raw)["s/a.zip!/a.pdf"].title == "Slate"


def test_without_the_extra_it_is_said_what_to_install(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pypdf", "mammoth"):
        monkeypatch.setitem(sys.modules, module, None)
    (raw / "s/a.pdf").write_bytes(SLATE)
    (raw / "s/b.docx").write_bytes(docx())
    (raw / "s/good.txt").write_text("A text that needs no extra at all.")
    assert set(published(raw)) == {"s/good.txt"}
    assert all("document-pipeline[office]" in q["hint"] for q in quarantined(raw).values())


def test_what_cannot_be_read_is_quarantined(raw: Path) -> None:
    pytest.importorskip("pypdf")
    pytest.importorskip("mammoth")
    bad = {
        "empty.pdf": pdf([""]),
        "cut.pdf": SLATE[:300],
        "noise.pdf": b"%PDF-1.7" + bytes(range(256)) * 20,
        "none.docx": zipped({"a": "b"}),
        "cut.docx": docx()[:-200],
        "bomb.docx": zipped({"word/document.xml": "0" * (office.MOST_UNPACKED + 1)}),
        "entity.docx": zipped({"docProps/core.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    }
    for name, data in bad.items():
        (raw / "s" / name).write_bytes(data)
    published(raw)
    found = quarantined(raw)
    assert {path.removeprefix("s/") for path in found} == set(bad)
    assert all(q["error"] and q["hint"] for q in found.values())
    assert "text recognition" in found["s/empty.pdf"]["hint"]


def test_bytes_at_random_never_end_a_run(raw: Path) -> None:
    pytest.importorskip("pypdf")
    noise = random.Random(3)
    for number, good in enumerate([SLATE, docx(), pptx(), xlsx()] * 8):
        data = bytearray(good)
        for _ in range(noise.randrange(1, 20)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        (raw / f"s/{number}.{('pdf', 'docx', 'pptx', 'xlsx')[number % 4]}").write_bytes(bytes(data))
    pipeline.ingest(raw, raw.parent / "out")
