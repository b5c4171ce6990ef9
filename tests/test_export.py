"""The published set in other forms: nothing is lost on the way, places hold, and nothing half-written is left behind."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import frontmatter
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.cli import main
from pipeline.convert import clean
from pipeline.errors import EnvironmentFailedError, UsageError
from pipeline.export.chunks import Chunk, chunks, tokens
from pipeline.export.elasticsearch import identity
from pipeline.export.markdown import to_markdown
from pipeline.exporting import FORMS, Options, export
from pipeline.exporting.finding import fts_query
from pipeline.model import Block, Document, Record
from pipeline.text.layout import Draft, layout
from tests.records import record

LONG = "Slate splits into thin sheets. Chalk is soft and white! Is flint hard? It breaks with a sharp edge. "


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    notes = {
        "v/Rocks/Granite.md": "---\ntags: [stone]\n---\n# Granite\n\nGranite is coarse. See [[Basalt|the dark one]] and [[Missing]].\n\n"
        + LONG * 20,
        "v/Basalt.md": "Basalt is fine, see [granite](Rocks/Granite.md).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "v/con.md": "A note with the name of a device, and 'quotes' in it.",
        "v/basalt.MD": "Of the same name in other letters, on **other** things, with [a link](https://example.org/).",
        "w/" + "x" * 150 + ".md": "A long name is what this one has, and no system of files should have to bear it for long.",
    }
    for name, text in notes.items():
        path = folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    pipeline.ingest(folder / "raw", folder / "processed")
    return folder / "processed"


# -- pieces --------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 100_000), st.integers(8, 500), st.floats(0, 0.5))
@settings(max_examples=300)
def test_pieces_cover_the_text_within_their_size(number: int, size: int, share: float) -> None:
    one = record(number)
    found = chunks(one, size, int(size * share))
    for chunk in found:
        assert chunk.text == one.text[chunk.start : chunk.end]
        assert 0 < chunk.tokens == tokens(chunk.text) <= size
    for block in one.blocks:  # whole, through one piece after another without a gap
        at = block.start
        for chunk in found:
            if chunk.start <= at < chunk.end:
                at = chunk.end
        assert at >= block.end
    assert [c.id for c in found] == [f"{one.id}#{n}" for n in range(len(found))]
    assert [c.next for c in found[:-1]] == [c.id for c in found[1:]]
    assert [c.previous for c in found[1:]] == [c.id for c in found[:-1]]


@given(st.integers(0, 100_000), st.integers(8, 500))
@settings(max_examples=200)
def test_without_overlap_pieces_do_not_overlap(number: int, size: int) -> None:
    found = chunks(record(number), size)
    assert all(a.end <= b.start for a, b in pairwise(found))


def made(*blocks: tuple[str, str, list[str]]) -> Record:
    text, found = "", []
    for kind, body, section in blocks:
        text += "\n\n" if text else ""
        found.append(Block(kind, 1, len(text), len(text) + len(body), section, "a:1", len(text), len(text) + len(body)))
        text += body
    return _with(text, found)


def _with(text: str, blocks: list[Block]) -> Record:
    return msgspec.structs.replace(record(0), id="a:1", text=text, blocks=blocks)


def test_a_piece_starts_at_a_heading_and_never_ends_with_one() -> None:
    one = made(
        ("paragraph", LONG, []),
        ("heading", "Types", []),
        ("paragraph", LONG, ["Types"]),
        ("heading", "Uses", []),
        ("paragraph", LONG, ["Uses"]),
    )
    found = chunks(one, 40)
    assert [c.text.split("\n")[0].split(" ")[0] for c in found] == ["Slate", "Types", "Uses"]
    assert [c.section for c in found] == [[], [], []]
    assert chunks(one, 1000)[0].text == one.text


def test_tables_are_cut_between_rows_and_prose_between_sentences() -> None:
    rows = "\n".join(f"row {n} | of a table | with cells" for n in range(30))
    found = chunks(made(("table", rows, []), ("paragraph", LONG * 9, [])), 60)
    assert all(c.text.startswith(("row", "Slate", "Chalk", "Is", "It")) for c in found)
    raw = [(c.raw_start, c.raw_end) for c in found]
    assert raw[0] == (0, len(rows)) and raw[-1] == (len(rows) + 2, len(rows) + 2 + len(LONG * 9))


def test_an_overlap_starts_at_a_row_of_a_table() -> None:
    rows = "\n".join(f"Stone {n}. It is hard. | It is grey. It was found. | yes" for n in range(40))
    found = chunks(made(("table", rows, [])), 60, 25)
    assert len(found) > 5
    assert all(c.text.startswith("Stone") for c in found)


def test_many_passages_and_a_large_size_take_linear_time() -> None:
    one = made(*[("paragraph", "A few words.", [])] * 20_000)
    start = time.process_time()
    assert len(chunks(one, 1_000_000)) == 1
    assert time.process_time() - start < 2


def test_an_overlap_is_of_whole_sentences() -> None:
    found = chunks(made(("paragraph", LONG * 9, [])), 60, 15)
    assert all(a.end > b.start and b.text[0].isupper() for a, b in pairwise(found))


def test_a_book_is_cut_in_linear_time() -> None:
    one = made(("paragraph", "word " * 400_000, []), ("code", "x" * 400_000, []))
    start = time.process_time()
    assert len(chunks(one, 100)) > 1000
    assert time.process_time() - start < 5


@pytest.mark.parametrize(("size", "overlap"), [(7, 0), (100, 51), (100, -1)])
def test_sizes_that_make_no_sense_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(UsageError):
        chunks(record(1), size, overlap)


# -- forms ---------------------------------------------------------------------------------------------------------------


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_pieces_are_written_in_the_shapes_of_frameworks(published: Path, tmp_path: Path) -> None:
    for form in ("chunks", "langchain", "llamaindex"):
        assert export(form, published, tmp_path / form, Options(100, 10)) > 8
    pieces = rows(tmp_path / "chunks")
    assert list(pieces[0]) == list(Chunk.__struct_fields__)
    for line, piece in zip(rows(tmp_path / "langchain"), pieces, strict=True):
        assert (line["page_content"], line["id"]) == (piece["text"], piece["id"])
        assert all(isinstance(v, (str, int)) for v in line["metadata"].values())
    for line, piece in zip(rows(tmp_path / "llamaindex"), pieces, strict=True):
        related = {kind: node["node_id"] for kind, node in line["relationships"].items()}
        assert related == {k: v for k, v in (("1", piece["record"]), ("2", piece["previous"]), ("3", piece["next"])) if v}


def test_frameworks_load_them(published: Path, tmp_path: Path) -> None:
    documents = pytest.importorskip("langchain_core.documents")
    schema = pytest.importorskip("llama_index.core.schema")
    for form in ("langchain", "llamaindex"):
        export(form, published, tmp_path / form)
    assert [documents.Document(**line).page_content for line in rows(tmp_path / "langchain")] == [
        schema.TextNode.from_dict(line).text for line in rows(tmp_path / "llamaindex")
    ]


def test_bulk_files_stay_small(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.exporting.lines.BULK_BYTES", 1500)
    assert export("elasticsearch", published, tmp_path / "es") == 5
    files = sorted((tmp_path / "es").glob("bulk-*"))
    assert len(files) > 1
    lines = [line for file in files for line in rows(file)]
    properties = json.loads((tmp_path / "es/mapping.json").read_text())["mappings"]["properties"]
    assert [line["index"]["_id"] for line in lines[::2]] == sorted(r.id for r in pipeline.read(published))
    assert all(set(line) <= set(properties) for line in lines[1::2])
    assert len(identity("ü" * 600).encode()) <= 512


def test_notes_link_to_each_other(published: Path, tmp_path: Path) -> None:
    export("markdown", published, tmp_path / "notes")
    found = {str(p.relative_to(tmp_path / "notes")): p for p in (tmp_path / "notes").rglob("*") if p.is_file()}
    assert all(len(Path(name).name.encode()) <= 140 for name in found)
    assert len({name.casefold() for name in found}) == len(found) == 5
    granite = next(p for name, p in found.items() if "Granite" in name)
    note = frontmatter.load(str(granite))
    assert note["tags"] == ["stone"] and note["id"] == "v:Rocks/Granite.md"
    target = note.content.split("the dark one](<")[1].split(">)")[0]
    assert (granite.parent / target).read_text().startswith('---\nid: "v:Basalt.md"')
    assert "## Linked from\n\n- [v:Basalt.md](<" in note.content
    assert not any(Path(name).name.startswith("con.") for name in found)


def test_a_database_has_all_of_it_and_finds_words(published: Path, tmp_path: Path) -> None:
    export("sqlite", published, tmp_path / "d.sqlite")
    db = sqlite3.connect(tmp_path / "d.sqlite")
    records = list(pipeline.read(published))
    assert [x[0] for x in db.execute("SELECT text FROM records ORDER BY id")] == [r.text for r in records]
    assert db.execute("SELECT count(*) FROM blocks").fetchone()[0] == sum(len(r.blocks) for r in records)
    assert db.execute('SELECT record, "to" FROM resolved WHERE how=?', ("path",)).fetchall() == [
        ("v:Basalt.md", "v:Rocks/Granite.md"),
        ("v:Rocks/Granite.md", "v:Basalt.md"),
    ]
    db.close()


def search(published: Path, *words: str) -> Any:
    return CliRunner().invoke(main, ["search", "--from", str(published), *words])


def test_search_finds_on_the_spot(published: Path) -> None:
    assert search(published, "granite", "coarse").stdout.startswith("v:Rocks/Granite.md  ")
    assert search(published, "granite", "device").stdout == ""
    assert search(published, "sharp edge").stdout.startswith("v:Rocks/Granite.md")
    assert search(published, '"sharp edge"').stdout.startswith("v:Rocks/Granite.md")
    assert search(published, "edge sharp").stdout == search(published, '"edge sharp"').stdout == ""
    assert json.loads(search(published, "--json", "devi*").stdout)[0]["id"] == "v:con.md"


SCRIPTS = {
    "東京": "日本の首都は東京である。人口は千四百万人ほどで、世界でも大きい都市の一つである。",
    "หินบะซอลต์": "หินบะซอลต์เป็นหินอัคนีที่เย็นตัวเร็วบนผิวโลก",
    "রাষ্ট্র": "বাংলাদেশ একটি রাষ্ট্র এবং তার রাজধানী ঢাকা।",
    "Μπασάλτης": "Ο μπασάλτης είναι σκούρο πέτρωμα.",
    "cafe": "The café by the quarry opens late.",
}


@pytest.mark.parametrize("word", SCRIPTS)
def test_search_finds_words_of_any_script(word: str, tmp_path: Path) -> None:
    (tmp_path / "raw/a").mkdir(parents=True)
    for name, text in zip("abcde", SCRIPTS.values(), strict=True):
        filler = " ".join(f"{name}{number}" for number in range(200))
        (tmp_path / f"raw/a/{name}.txt").write_text(f"{filler}.\n\n{text}\n\n{filler}!")
    pipeline.ingest(tmp_path / "raw", tmp_path / "out")
    [hit] = json.loads(search(tmp_path / "out", "--json", word).stdout)
    assert hit["id"] == f"a:{'abcde'[list(SCRIPTS).index(word)]}.txt"
    assert SCRIPTS[word].split()[0] in hit["snippet"]


def test_search_sees_a_new_set(tmp_path: Path) -> None:
    (tmp_path / "raw/a").mkdir(parents=True)
    for word in ("basalt", "gneiss"):
        (tmp_path / "raw/a/x.txt").write_text(f"A text on {word} and where it is found.")
        pipeline.ingest(tmp_path / "raw", tmp_path / "out")
        assert search(tmp_path / "out", word).stdout.startswith("a:x.txt")
    assert len(list((tmp_path / "out/.state").glob("search-*.sqlite"))) == 1
    pipeline.ingest(tmp_path / "raw", tmp_path / "out")


def test_search_takes_any_path_and_any_bytes(tmp_path: Path) -> None:
    place = tmp_path / "a#b?c%20d"
    (place / "raw/a").mkdir(parents=True)
    (place / "raw/a/x.txt").write_text("A text on basalt and where it is found.")
    pipeline.ingest(place / "raw", place / "out")
    assert search(place / "out", "basalt").stdout.startswith("a:x.txt")
    assert search(place / "out", "\udcff basalt \udc80").exit_code == 0
    assert [p.name for p in tmp_path.iterdir()] == [place.name]


@given(st.text(st.characters()))
@settings(max_examples=300)
def test_any_words_are_a_query(words: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (a)")
    if query := fts_query(words):
        db.execute("SELECT * FROM t WHERE t MATCH ?", (query,)).fetchall()
    db.close()


# -- places --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [f for f in FORMS if f not in ("parquet", "hf")])
def test_an_export_replaces_the_last_or_is_refused_and_leaves_nothing_half(
    published: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "deep/place"
    export(form, published, place)
    first = {p.name: p.read_bytes() for p in sorted([place, *place.rglob("*")]) if p.is_file()}
    if place.is_dir():
        with pytest.raises(UsageError, match="something in it"):
            export(form, published, place)
    else:
        export(form, published, place)
        if form != "sqlite":
            assert {place.name: place.read_bytes()} == first

    def broken(*_: Any) -> Any:
        yield next(pipeline.read(published))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.exporting.read", broken)
    with pytest.raises(EnvironmentFailedError, match="nothing was exported"):
        export(form, published, tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep"]


def test_callers_mistakes_are_named(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="known: parquet"):
        export("pdf", published, tmp_path / "x")
    with pytest.raises(UsageError, match="run `pipeline ingest` first"):
        export("chunks", tmp_path, tmp_path / "x")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"document-pipeline\[parquet\]"):
        export("parquet", published, tmp_path / "x")


def test_the_command_says_what_it_wrote(published: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "export", "--from", str(published), "--to", "chunks"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.startswith("chunks.jsonl: ") and (tmp_path / "chunks.jsonl").exists()


@pytest.mark.parametrize("kind", ["paragraph", "list_item", "heading", "quote"])
@pytest.mark.parametrize(
    "words",
    [
        "15. Shop with *two* doors",
        "3) a #tag, not #1 ##",
        "From $5 to $6, or $$$",
        "AT&T, &amp; and 5 %% of ~x~ ==y==",
        "--- ---",
        "- [link] or ![picture] and [^1] at 2^10",
        "see https://ex.com/a_b_c?x=*y*",
        "a note ^id1",
        "wow!",
        "| not | a table |",
    ],
)
def test_markdown_reads_back_as_it_was(kind: str, words: str) -> None:
    marker = "- " if kind == "list_item" else ""
    drafts = [Draft("paragraph", "Before."), Draft(kind, words, 1, marker), Draft("paragraph", "After.")]
    text, blocks, _, _ = layout(drafts)
    assert clean(to_markdown(Document(text=text, blocks=blocks)), format="obsidian").text == text


def test_further_paragraphs_of_an_item_stand_in_it() -> None:
    items = [Draft("list_item", "One.", 1, "- "), Draft("list_item", "More of it.", 1, ""), Draft("list_item", "Two.", 1, "- ")]
    text, blocks, _, _ = layout(items)
    assert to_markdown(Document(text=text, blocks=blocks)) == "- One.\n\n  More of it.\n- Two.\n"


CALLOUTS = """> [!warning] Take *care*
> of the bog.
>
> It is deep.
>
> > [!tip]-
> > Walk around.

Words between.

> [!todo]
> Bring boots.

> A quotation.
"""


def test_callouts_are_written_with_their_types() -> None:
    note = clean(CALLOUTS, format="obsidian")
    written = to_markdown(note)
    again = clean(written, format="obsidian")
    assert (again.text, again.metadata) == (note.text, note.metadata)
    assert [(b.kind, b.level) for b in again.blocks] == [(b.kind, b.level) for b in note.blocks]
    assert written.startswith("> [!warning] Take care\n> of the bog.\n>\n> It is deep.\n")
    assert "!todo" not in to_markdown(msgspec.structs.replace(note, metadata={})), "only what the metadata names"


def test_an_exclamation_mark_before_a_link_makes_no_picture() -> None:
    found = clean('<p>Look!<a href="https://ex.com/">Here</a></p>', format="html")
    assert to_markdown(found) == "Look\\![Here](<https://ex.com/>)\n"


def test_notes_of_an_exported_set_say_what_its_records_say(published: Path, tmp_path: Path) -> None:
    export("markdown", published, tmp_path / "vault")
    by_id = {record.id: record for record in pipeline.read(published)}
    for path in (tmp_path / "vault").rglob("*.md"):
        note = clean(path.read_bytes(), format="obsidian", path=path.name)
        record = by_id[note.metadata["front_matter"]["id"]]
        for name in ("title", "language", "license", "attribution", "created", "modified", "tags"):
            assert getattr(note, name) == getattr(record, name), name
