"""What became of words, of files and of ids: the answers of `pipeline explain`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import pipeline
from pipeline.cli import main
from pipeline.explain import explain

PAGE = """<!DOCTYPE html><title>Lakes</title><body><nav><a href="/">Home</a> <a href="/a">All our lakes and rivers</a></nav>
<article><h1>Lakes</h1><p>The first lake of the valley is deep and cold, and nobody has seen its ground so far.</p>
<p>The second lake dries up each summer <noscript>open the map</noscript> when the river is led away.</p></article>"""
WIKI = """'''Lakes''' lie in valleys.<ref>{{cite book |last=Ruhl |first=Ada |title=Deep Water |isbn=978-3-16-148410-0}}</ref>

The third lake is [[salt lake|a salt one]] and holds no fish.
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(published set, raw folder) with a page, a wiki page, two notes that are one, an empty file, a style and a hidden file."""
    home = tmp_path_factory.mktemp("explain")
    files = {
        "site/lakes.html": PAGE,
        "site/lakes_files/style.css": "p {}",
        "wiki/Lakes.wikitext": WIKI,
        "one/Ponds 50%.md": "Ponds are smaller than lakes, and most of them were dug by people.\n",
        "two/Ponds.md": "Ponds are smaller than lakes, and most of them were dug by people.\n",
        "two/stay.md": "Moors keep their water like a sponge, which is why towns below them hardly ever see a flood in spring.\n",
        "two/empty.txt": "",
        "two/.obsidian/app.json": "{}",
        "two/old.md": "A note that will go.\n",
    }
    for name, text in files.items():
        path = home / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    pipeline.ingest(home / "raw", home / "processed")
    (home / "raw" / "two" / "old.md").unlink()
    pipeline.ingest(home / "raw", home / "processed")
    (home / "raw" / "two" / "young.md").write_text("Not read so far.\n", encoding="utf-8")
    return home / "processed", home / "raw"


def outcomes(what: str, published: tuple[Path, Path]) -> list[tuple[str, str]]:
    return [(answer.outcome, answer.text or answer.id) for answer in explain(what, *published)]


def test_words_of_one_passage(published: tuple[Path, Path]) -> None:
    assert outcomes("deep, AND cold", published) == [
        ("kept", "The first lake of the valley is deep and cold, and nobody has seen its ground so far.")
    ]
    assert [answer.rule for answer in explain("our lakes and rivers", *published)] == ["html.navigation"]


def test_words_of_blocks_that_follow_one_another(published: tuple[Path, Path]) -> None:
    said = outcomes("nobody has seen its ground so far. The second lake", published)
    assert [text[:14] for _, text in said] == ["The first lake", "The second lak"]
    assert [text[:6] for _, text in outcomes("lie in valleys. The third", published)] == ["Lakes ", "The th"]


def test_words_that_stand_in_several_places_are_answered_piece_by_piece(published: tuple[Path, Path]) -> None:
    said = outcomes("The second lake dries up each summer open the map when the river is led away. Trains go there twice.", published)
    assert [outcome for outcome, _ in said] == ["kept", "removed", "kept", "unknown"]
    assert said[1][1] == "open the map"
    assert said[3][1] == "trains go there twice"


def test_two_words_between_others_are_looked_for_in_the_same_document(published: tuple[Path, Path]) -> None:
    said = outcomes("Lakes lie in valleys. Nothing more. The third lake is a salt one and holds no fish. salt lake", published)
    assert [outcome for outcome, _ in said].count("kept") == 2
    assert said[-1] == ("unknown", "nothing more … salt lake")


def test_a_pasted_line_of_raw_markup(published: tuple[Path, Path]) -> None:
    said = explain(WIKI.split("\n", 1)[0], *published)
    assert ("kept", "paragraph") in {(answer.outcome, answer.kind) for answer in said}
    assert {"citations.title", "citations.isbn"} <= {answer.kind for answer in said}
    assert said[-1].outcome == "unknown" and "ada" in said[-1].text


def test_data_that_is_in_no_text(published: tuple[Path, Path]) -> None:
    (answer,) = explain("978-3-16-148410-0", *published)
    assert (answer.outcome, answer.id, answer.kind) == ("kept", "wiki:Lakes", "citations.isbn")
    assert "under" not in answer.lines()[0]


@pytest.mark.parametrize(
    ("what", "outcome", "record"),
    [
        ("site/lakes.html", "published", "site:Lakes"),
        ("./raw/site/lakes.html", "published", "site:Lakes"),
        ("lakes.html", "published", "site:Lakes"),
        ("site", "published", "site:Lakes"),
        ("two/empty.txt", "quarantined", ""),
        ("lakes_files/style.css", "skipped", ""),
        ("two/.obsidian/app.json", "skipped", ""),
        ("two/young.md", "unlisted", ""),
        ("two:old.md", "raw_deleted", ""),
    ],
)
def test_files_and_ids(what: str, outcome: str, record: str, published: tuple[Path, Path]) -> None:
    (answer,) = explain(what, *published)
    assert (answer.outcome, answer.record) == (outcome, record)
    assert answer.reason
    assert answer.lines()[0].startswith(outcome)


def test_files_of_one_record(published: tuple[Path, Path]) -> None:
    both = [answer for name in ("one/Ponds 50%.md", "two/Ponds.md") for answer in explain(name, *published)]
    assert sorted(answer.outcome for answer in both) == ["merged", "published"]
    assert len({answer.record for answer in both}) == 1


@pytest.mark.parametrize("what", ["", " ", "...", "no such words here", "/", "\0", "a\nb", "\ud800", "nothing.md", "wiki:Lakes@9999"])
def test_what_nothing_says(what: str, published: tuple[Path, Path]) -> None:
    assert explain(what, *published) == []


@pytest.mark.parametrize(("name", "command"), [("dropped.jsonl", ["explain", "deep and cold"]), ("report.json", ["report"])])
def test_a_damaged_set_is_named(name: str, command: list[str], published: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(published[0], tmp_path / "processed")
    (tmp_path / "processed" / name).write_bytes(b'{"id"')
    done = CliRunner().invoke(main, [*command, "--out", str(tmp_path / "processed")])
    assert done.exit_code == 3
    assert f"{name}" in done.output and "run `pipeline ingest`" in done.output
