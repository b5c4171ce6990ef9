"""Notes: two readers agree, spans hold their words, no input is too odd, and time grows with length."""

from __future__ import annotations

import gc
import gzip
import html
import json
import re
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from casefile import CASES, Case, load
from hypothesis import given
from hypothesis import strategies as st

from pipeline.convert import clean
from pipeline.model import Document, RawDocument
from pipeline.parsers.detect import choose, rank
from pipeline.parsers.obsidian import fallback, markdown, note
from pipeline.parsers.obsidian.passages import Passage
from pipeline.parsers.obsidian.walker import Walker
from pipeline.text.unicode import is_normal

NOTE_CASES = [case for name in ("obsidian.md", "markdown.md", "containers.md") for case in load(CASES / name)]
_WORDS = re.compile(r"\w+")


def words(text: str) -> Counter[str]:
    return Counter(_WORDS.findall(text))


def read(text: str, path: str = "note.md") -> Document:
    return clean(text, format="obsidian", path=path)


# -- two readers -------------------------------------------------------------------------------------------------------


class Visible(HTMLParser):
    """The words of a page; block ends part them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.out: list[str] = []
        self.silent = False
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the library's signature
        self.out.append(" " if tag not in ("em", "strong", "code", "a") else "")
        self.silent = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.out.append(" " if tag not in ("em", "strong", "code", "a") else "")
        self.silent = False

    def handle_data(self, data: str) -> None:
        self.out.append("" if self.silent else data)


def spec(corpus: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in gzip.decompress((corpus / "commonmark-spec.jsonl.gz").read_bytes()).splitlines()]


def test_words_of_the_specification(corpus: Path) -> None:
    """Every example's words, without markers of lists. Example 628 is read from its text, as Python's HTML parser misreads `<!-->`."""
    wrong = []
    for example in spec(corpus):
        raw = example["markdown"]
        doc = note.parse(RawDocument(text=raw, data=raw.encode(), path="README.md"), dialect=False)
        got = sum((words(doc.text[b.start : b.end]) for b in doc.blocks), Counter())
        want = words("".join(Visible(example["html"]).out))
        if got != want and "<!--> foo" not in raw:
            wrong.append((example["example"], got - want, want - got))
    assert not wrong


def seen(passages: list[Passage]) -> list[tuple[object, ...]]:
    return [(p.kind, p.level, " ".join(p.text.split()), p.depth, p.marker, p.quotes, p.task) for p in passages]


def test_two_readers_agree_on_the_specification(corpus: Path) -> None:
    wrong = []
    for example in spec(corpus):
        raw = example["markdown"]
        normal = is_normal(raw)
        slow = Walker(raw, " ", normal).walk(fallback.events(raw, False))
        if "[^" not in raw and seen(markdown.passages(raw, False, normal)) != seen(slow):
            wrong.append(example["example"])
    assert not wrong


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in NOTE_CASES])
def test_a_machine_without_the_fast_reader_gives_the_same_words(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for footnotes and formulas, which the slow one shows as they are written."""
    if "[^" in case.raw or "$" in case.raw:
        pytest.skip("footnotes and formulas are read by the fast reader alone")
    path = case.options.get("path", "")
    fast = clean(case.raw, format="obsidian", path=path)
    monkeypatch.setattr(markdown, "pyromark", None)
    slow = clean(case.raw, format="obsidian", path=path)
    assert slow.text == fast.text
    assert [b.kind for b in slow.blocks] == [b.kind for b in fast.blocks]
    assert [(x.text, x.kind) for x in slow.links if x.kind != "mail"] == [(x.text, x.kind) for x in fast.links if x.kind != "mail"]


# -- spans -------------------------------------------------------------------------------------------------------------


def check_spans(raw: bytes, doc: Document) -> None:
    """Words of a block stand inside its span, spans are tight, and follow each other."""
    before = 0
    for block in doc.blocks:
        assert 0 <= before <= block.raw_start < block.raw_end <= len(raw)
        piece = raw[block.raw_start : block.raw_end].decode()
        shown = re.sub(r"(?<=[\d*])<sup>(?=[+−-]?\d+\.\d)", "^", html.unescape(piece))  # no point is raised
        shown = re.sub("</?su[bp]>", "", shown)
        lost = words(doc.text[block.start : block.end].translate(_PLAIN_DIGITS)) - words(shown.translate(_PLAIN_DIGITS))
        assert not lost, (lost, piece)
        assert piece.strip() == piece.strip("\n ").strip(), piece
        before = block.raw_start


_PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


DRAWINGS = (".canvas", ".excalidraw")


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in NOTE_CASES if not c.options.get("path", "").endswith(DRAWINGS)])
def test_spans_hold_the_words_of_their_blocks(case: Case) -> None:
    raw = case.raw.encode()
    check_spans(raw, clean(raw, format="obsidian", path=case.options.get("path", "")))


@pytest.mark.parametrize(
    ("before", "encode"),
    [
        (b"", lambda t: t.encode()),
        (b"\xef\xbb\xbf", lambda t: t.encode()),
        (b"", lambda t: t.replace("\n", "\r\n").encode()),
        (b"\xff\xfe", lambda t: t.encode("utf-16-le")),
        (b"", lambda t: t.replace("stone", "st\0ne").encode().replace(b"\0", b"\xff")),
    ],
    ids=["utf-8", "byte order mark", "windows", "utf-16", "a broken byte"],
)
def test_spans_in_every_encoding(before: bytes, encode: object) -> None:
    text = "---\ntitle: Größe\n---\n# Größe → 5 mg\n\n- ein *stone* [[Ä|ü]]\n\t- zwei %%nicht%%\n\n> [!tip] Ümlaut\n> drei\n"
    raw = before + encode(text)  # type: ignore[operator]  # a function of the table above
    doc = clean(raw, format="obsidian")
    codec = "utf-16-le" if before == b"\xff\xfe" else "utf-8"
    pieces = [raw[b.raw_start : b.raw_end].decode(codec, "replace").replace("\r", "") for b in doc.blocks]
    assert [p.replace("\ufffd", "o") for p in pieces] == [
        "# Größe → 5 mg",
        "ein *stone* [[Ä|ü]]",
        "zwei",
        "[!tip] Ümlaut\n> drei",
    ]
    assert doc.title == "Größe"
    assert doc.text.replace("\ufffd", "o") == "Größe → 5 mg\n\n- ein stone ü\n  - zwei\n\nÜmlaut\ndrei"


def test_the_span_of_code_and_of_a_table_is_all_of_it() -> None:
    raw = "Words.\n\n```py\nx = 1\n```\n\n| a |\n|---|\n| b |"
    spans = [(block.raw_start, block.raw_end) for block in read(raw).blocks]
    assert [raw[start:end] for start, end in spans] == raw.split("\n\n")


def test_the_span_of_a_card_is_its_json() -> None:
    card = '{"type": "text", "x": 0, "y": 9, "text": "zwei → \\u0032"}'
    other = '{"type": "text", "x": 0, "y": -90, "text": "eins"}'
    raw = f'{{"edges": [], "nodes": [{card}, {other}]}}'.encode()
    doc = clean(raw, format="obsidian", path="a.canvas")
    assert doc.text == "eins\n\nzwei → 2"
    assert [raw[b.raw_start : b.raw_end].decode() for b in doc.blocks] == [other, card]


# -- odd input ---------------------------------------------------------------------------------------------------------

PIECES = (
    "alpha",
    "Beta",
    "gamma",
    "größe",
    "漢字",
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "# ",
    "## ",
    "- ",
    "1. ",
    "> ",
    "> [!note]- ",
    "    ",
    "```",
    "~~~",
    "`",
    "*",
    "**",
    "_",
    "==",
    "%%",
    "[[",
    "]]",
    "|",
    "\\|",
    "![[",
    "[",
    "](x)",
    "![",
    "^",
    "^id",
    "[^1]",
    "[^1]: ",
    "$",
    "$$",
    "#tag",
    "::",
    "<br>",
    "<div>",
    "</div>",
    "<sup>",
    "</sup>",
    "<!--",
    "-->",
    "<a href=u>",
    "</a>",
    "&amp;",
    "&#x41;",
    "\\*",
    "---\n",
    "| a | b |\n|---|---|\n",
    "\r\n",
    "\0",
    "\u200b",
    "\ufeff",
    "https://ex.com/a",
    "- [ ] ",
    "<% x %>",
    "\x1f",
    "\x02",
    "\U000e0041",
    "e\u0301",
    ":::",
    ":::tip ",
    "!!! note\n    ",
    '=== "t"\n    ',
    "```ad-note\n",
    "<Card title='x'>\n",
    "</Card>\n",
    "$5",
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(lambda pieces: "".join(pieces).lstrip("\ufeff")))
def test_any_note_is_read_and_well_formed(raw: str) -> None:
    doc = read(raw)
    size = len(raw.encode())
    at = 0
    for block in doc.blocks:
        assert at <= block.start < block.end <= len(doc.text)
        assert 0 <= block.raw_start <= block.raw_end <= size
        at = block.end
    for link in doc.links:
        assert doc.text[link.start : link.end] == link.text
    for table in doc.tables:
        assert doc.text[table.start : table.end] == "\n".join(" | ".join(" ".join(c.split()) for c in row) for row in table.rows)
    assert not re.search("[\0\x02\x1f\u200b\ufeff\ud800-\udfff]", doc.text)
    json.dumps(doc.metadata, allow_nan=False).encode()
    assert doc == read(raw)


@pytest.mark.parametrize("control", [chr(c) for c in range(1, 32) if chr(c) not in "\t\n\v\f\r\x1c\x1d\x1e"])
def test_control_characters_change_nothing_around_them(control: str) -> None:
    """Some stand for signs while a note is read; those of the note, as copies out of PDF files leave them, are not taken for these."""
    raw = f"""o{control}ce `o{control}ce` ${control}x$ %%c%%

$$
- y{control}
$$

|o{control}ce|[[n|words]]|
|-|-|
"""
    assert read(raw).text == read(raw.replace(control, "")).text


HIDING = ("^", "^id", "%%", "[[", "]]", "![[", "![", "](x)", "[^1]: ", "|", "\\|")


@given(st.lists(st.sampled_from([p for p in PIECES if "<" not in p and p not in HIDING]), max_size=20))
def test_no_word_is_lost(pieces: list[str]) -> None:
    """Where nothing hides or names, every word of the note is in the text, a name, a removal or front matter."""
    raw = "start " + "".join(pieces)
    doc = read(raw)
    told = " ".join([doc.text, *(r.text for r in doc.removals), *(f"{i.target} {i.alt}" for i in doc.images)])
    named = " ".join(re.findall(r"(?:```|~~~)([^\n]*)", raw))  # the info string of a fence names its language
    for word in ("alpha", "Beta", "gamma", "größe", "漢字"):
        assert told.count(word) >= raw.count(word) - named.count(word), raw


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("A tree in Git, {{git|tree}}, is a snapshot of a folder.", "obsidian"),
        ("<div><p>A note that is</p><p>a piece of HTML alone</p><br><br></div>", "obsidian"),
        ("<!doctype html><html><head><title>x</title></head><body><p>A page.</p></body></html>", "html"),
        ("{{Infobox rock|name=Slate}}\n'''Slate''' is a [[rock]].<ref>One</ref>\n== Uses ==\n{{Stub}}", "wikitext"),
    ],
)
def test_the_name_of_a_file_decides_where_signs_are_weak(text: str, format: str) -> None:
    assert choose(rank(text, "v/a.md")) == format


@pytest.mark.parametrize("ending", ["mdx", "qmd", "Rmd", "base"])
def test_other_names_of_notes(ending: str) -> None:
    assert choose(rank("Granite is a rock.", f"v/a.{ending}")) == "obsidian"


def test_data_of_a_drawing_are_not_hidden_words() -> None:
    data = '{"elements": [' + '{"type": "arrow", "strokeColor": "black", "fillStyle": "hachure"},' * 30 + "{}]}"
    drawing, comment = (clean(f"Text\n\n%%\n# {head}\n```json\n{data}\n```\n%%\n", format="obsidian") for head in ("Drawing", "Notes"))
    assert (drawing.flags, comment.flags) == ([], ["hidden_text"])
    assert drawing.text == comment.text == "Text" and data in drawing.removals[0].text


UNITS = (
    "==a ",
    "%%",
    "`%%",
    "%%a%% `",
    "```\n%%\n",
    "#a ",
    "[a:: ",
    "a:: b\n",
    "^[a",
    "[^a]",
    "[^a]: x\n",
    "> [!a]\n",
    "| [[a|b]] ",
    "<sup>1",
    "<a href=x>",
    "<% ",
    "**a，**b",
    "a  \t ",
    "http://",
    "![[a|",
    "![a](b",
    "$a$ ",
    "a ^b\n",
    "[[a]] ",
    "- ",
    "> - ",
    "<!--",
    "&amp;",
    "\\*",
    "<div>\n<a '",
    "<!a ",
    "<?",
    "{{",
    "- [/] ",
    "a\n=\n",
    "***",
    "[",
    "a|b\n",
    "%%a%%\n \n",
    "1. a\n\n",
    "[[a|",
    "<p>",
    ":::tip\n",
    ":::tip\n:::\n",
    "!!! a\n    x\n",
    "```ad-a\n",
    "```ad-a\n```\n",
    "<A>\n",
    "<A\n",
    "<A>\n</A>\n",
    '=== "a"\n    b\n',
    "$5",
    "a%%b\n\n",
)


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_length(unit: str) -> None:
    """Four times the length takes about four times as long; nothing of 40 kB takes a quarter of a second."""
    for _ in range(3):  # a neighbour's burst passes, what is not linear fails each time
        took = []
        for size in (10_000, 40_000):
            raw = "<div>\n" * unit.startswith("<") + unit * (size // len(unit))
            took.append(min(_seconds(raw) for _ in range(3)))
        if took[1] < 0.25 and (took[1] < 0.05 or took[1] < 8 * took[0]):
            return
    pytest.fail(f"10 kB took {took[0]:.3f} s, 40 kB {took[1]:.3f} s")


@pytest.mark.parametrize(
    ("opener", "closer"),
    [
        ("![[a", "]]"),
        ("<a href=u>b ", "</a> "),
        ("[a ", "](u)"),
        ("*a **b ", "c* d** "),
        ("<aside> a\n", ""),
        ("<ul><li>ä", "</li></ul>"),
        ("<script>ä", "</script>"),
        (">", " a\n"),
        ("<A>\n\nb\n\n", "</A>\n\n"),
    ],
)
def test_time_of_nested_markup_grows_with_length(opener: str, closer: str) -> None:
    """As above, for what opens all before it closes; what stands behind it is not lost."""
    for _ in range(3):
        took = []
        for size in (20_000, 80_000):
            count = size // len(opener + closer)
            raw = opener * count + closer * count + "\n\nThe tail."
            assert "The tail." in read(raw).text
            took.append(min(_seconds(raw) for _ in range(2)))
        if took[1] < 0.05 or took[1] < 8 * took[0]:
            return
    pytest.fail(f"20 kB took {took[0]:.3f} s, 80 kB {took[1]:.3f} s")


@pytest.mark.parametrize("raw", ["<ul><li>a " * 2_000, "1. " * 2_000 + "a" + "\na" * 4_000])
def test_lists_in_lists_do_not_make_the_text_grow_with_the_square_of_their_depth(raw: str) -> None:
    assert len(read(raw).text) < 25 * len(raw)  # twenty levels are told apart


def _seconds(raw: str) -> float:
    """CPU that one reading takes, without looks for garbage, which cost what the whole test run has left in memory."""
    gc.disable()
    try:
        start = time.process_time()
        read(raw)
        return time.process_time() - start
    finally:
        gc.enable()


# -- the dialect, decided by evidence ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "raw", "text"),
    [
        ("notes/a.md", "one\ntwo ==x==", "one\ntwo x"),
        ("README.md", "one\ntwo 1==1", "one two 1==1"),
        ("README.md", "one\ntwo [[x]]", "one\ntwo x"),
    ],
)
def test_which_files_are_notes(path: str, raw: str, text: str) -> None:
    assert read(raw, path).text == text
