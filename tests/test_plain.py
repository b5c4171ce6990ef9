"""Plain text: nothing is markup, so nothing leaves; spans are exact; lines that a program wrapped are joined."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.convert import clean, detect
from pipeline.model import Document
from pipeline.parsers import plain

PROSE = "The quarry opened in the year that the railway came to the valley, and it closed when the last of the good stone was sold. "


def read(text: str | bytes) -> Document:
    return clean(text, format="text")


def test_one_long_line_is_one_paragraph() -> None:
    text = (PROSE * 300).strip()
    doc = read(text)
    assert doc.text == text
    assert [(b.kind, b.raw_start, b.raw_end) for b in doc.blocks] == [("paragraph", 0, len(text))]


@pytest.mark.parametrize("wrap", [50, 65, 72, 80])
def test_wrapped_lines_are_one_paragraph_again(wrap: int) -> None:
    words, lines = (PROSE * 4).split(), [""]
    for word in words:
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if len(lines[-1]) + len(word) < wrap else [*lines, word]
    assert read("\n".join(lines)).text == " ".join(words)


def test_a_text_with_a_margin_is_no_code() -> None:
    doc = read("    All of this\n    stands further in.\n\n        x = 1\n\n    So it is prose.\n")
    assert [b.kind for b in doc.blocks] == ["paragraph", "code", "paragraph"]


def test_a_program_or_a_file_of_data_stands_as_it_is() -> None:
    source = "\n# not a heading\ndef f():\n\treturn __name__  \n\n\nf()\n\n"
    doc = clean(source, path="vault/tool.py")
    assert doc.text == "# not a heading\ndef f():\n\treturn __name__\n\n\nf()"
    assert [(b.kind, source[b.raw_start : b.raw_end]) for b in doc.blocks] == [("code", source.strip("\n"))]
    assert clean("a;b\n1;2\n", path="d.csv").text == "a;b\n1;2"
    assert not clean("\n\n", path="d.csv").blocks


def test_a_markup_without_a_parser_says_so() -> None:
    doc = clean("Title\n=====\n\nSome *words* of a text.\n\n* one\n* two\n", path="docs/index.rst")
    assert doc.flags == ["other_markup"] and "reStructuredText" in doc.diagnostics[0].message
    assert doc.text.startswith("Title\n=====")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_spans_point_at_the_bytes(end: str, codec: str) -> None:
    parts = ["Größe und Maß", "- ein Stein → 5 mg", "- zwei", "Schluß 漢字"]
    raw = f"{end}{end}{parts[0]}{end}{end}{parts[1]}{end}{parts[2]}{end}{end}{parts[3]}".encode(codec)
    doc = read(raw)
    inner = codec.removesuffix("-sig") if codec != "utf-16" else "utf-16-le"
    assert [raw[b.raw_start : b.raw_end].decode(inner) for b in doc.blocks] == parts
    assert doc.text == "Größe und Maß\n\n- ein Stein → 5 mg\n- zwei\n\nSchluß 漢字"


PIECES = (
    "alpha",
    "Beta",
    "größe",
    "漢字",
    "\n",
    "\n\n",
    " ",
    "\t",
    "    ",
    "- ",
    "* ",
    "1. ",
    "a) ",
    "12) ",
    "– ",
    "\r\n",
    "\0",
    "<b>",
    "[[x]]",
    "{{y}}",
    "# ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_nothing_is_lost(raw: str) -> None:
    doc = read(raw)
    for word in ("alpha", "Beta", "größe", "漢字", "<b>", "[[x]]", "{{y}}", "#"):
        assert doc.text.count(word) == raw.replace("\0", "").count(word)
    data = raw.encode()
    at = 0
    for block in doc.blocks:
        assert at <= block.raw_start < block.raw_end <= len(data)
        at = block.raw_end
        span = data[block.raw_start : block.raw_end].decode().replace("\0", "")
        assert not set(doc.text[block.start : block.end].split()) - set(span.split())
    assert doc == read(raw)
    assert not doc.removals


def test_time_grows_with_length() -> None:
    for unit in ("a\n\n", "- a\n", "    x\n", "\t\n", "é ", " ", "1. 1. 1. ", "\n"):
        start = time.process_time()
        read(unit * (100_000 // len(unit)))
        assert time.process_time() - start < 1.5  # ten times what the slowest takes


@pytest.mark.parametrize(
    ("text", "best"),
    [
        (PROSE * 3, "text"),
        ("Shopping:\n\n- milk\n- bread\n\nThat is all for today, and for tomorrow too.", "text"),
        ("# Head\n\nWords with [a link](https://ex.com) and **bold** ones.\n\n- one\n- two\n", "obsidian"),
        ("---\ntags: [a]\n---\nSee [[Other note|there]].\n\n> [!note]\n> Words.\n", "obsidian"),
        ("'''Granite''' is a [[rock]].<ref>x</ref>\n\n== Kinds ==\n* grey\n* red\n\n[[Category:Rocks]]\n", "wikitext"),
        ("<!doctype html><html><body><p>Words of a page.</p></body></html>", "html"),
    ],
)
def test_each_kind_is_told_from_the_others(text: str, best: str) -> None:
    found = detect(text)
    assert found[0].format == best
    assert found[0].score >= 0.3 and (len(found) == 1 or found[0].score - found[1].score >= 0.1)


@pytest.mark.parametrize(
    ("text", "score"),
    [("Two words", 0.35), ("这是一个没有标点的句子", 0.35), ("的\n一\n是\n在", 0.35), ("word", 0.0), ("...", 0.0), ("", 0.0)],
)
def test_words_of_any_script_are_text(text: str, score: float) -> None:
    assert plain.detect(text, "")[0] == score
