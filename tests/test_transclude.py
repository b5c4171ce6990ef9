"""Embeds become the passages that they show, with their origin, and end where they must."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

import pipeline
from pipeline.cli import main
from pipeline.export.transclude import MAX_DEPTH, MAX_GROWTH, transclude
from pipeline.exporting import Options, export
from pipeline.model import Record

VAULT = {
    "Stones.md": "# Stones\n\nAll of them:\n\n![[Basalt]]\n\nThe coarse one:\n\n![[Granite#Where]]\n\n"
    "And a line: ![[Granite#^mix]]\n\nThe end.\n",
    "Basalt.md": "---\nlicense: MIT\nauthor: A. Reader\n---\nBasalt is fine, and [dark](https://example.org/dark). ![[Columns]]\n",
    "Columns.md": "- six sides\n- tall\n\nAs in ![[Stones]] and ![[photo.png]]\n",
    "Granite.md": "Coarse.\n\n## Where\n\nUnder mountains.\n\n### Deep\n\nVery.\n\n## What\n\nQuartz, feldspar and mica. ^mix\n",
    "Nothing.md": "See ![[Missing]], ![[Granite#Not there]], ![[Granite#^none]] and ![[#Here]].\n",
}


def published(folder: Path, vault: dict[str, str]) -> Path:
    for name, text in vault.items():
        path = folder / "raw" / "v" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    pipeline.ingest(folder / "raw", folder / "processed")
    return folder / "processed"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("vault"), VAULT)


def exported(published: Path, place: Path) -> dict[str, str]:
    export("markdown", published, place, Options(transclude=True))
    return {path.stem: path.read_text().split("---\n", 2)[2].split("## Linked from")[0].strip() for path in place.rglob("*.md")}


def test_embeds_become_what_they_show(vault: Path, tmp_path: Path) -> None:
    notes = exported(vault, tmp_path / "notes")
    words = notes["Stones"].replace("[dark](<https://example.org/dark>)", "dark")
    assert words == (
        "# Stones\n\nAll of them:\n\nBasalt is fine, and dark.\n\n- six sides\n- tall\n\nAs in and\n\nThe coarse one:\n\n"
        "## Where\n\nUnder mountains.\n\n### Deep\n\nVery.\n\nAnd a line:\n\nQuartz, feldspar and mica.\n\nThe end."
    )


def test_what_is_not_there_stays_a_link(vault: Path, tmp_path: Path) -> None:
    notes = exported(vault, tmp_path / "notes")
    assert notes["Nothing"] == "# Nothing\n\nSee , , and ."
    assert "transcluded" not in notes["Nothing"]


def test_origins_sections_places_and_licences(vault: Path) -> None:
    records = {r.id: r for r in pipeline.read(vault)}
    leads = {(x.id, x.target): x.to for x in _links(vault)}
    one = transclude(records["v:Stones.md"], lambda *embed: leads.get(embed, ""), records.get)
    found = {one.text[b.start : b.end]: b for b in one.blocks}
    assert found["six sides"].origin == "v:Columns.md"
    assert found["Basalt is fine, and dark."].origin == "v:Basalt.md"
    assert found["Very."].section == ["Stones", "Where", "Deep"]
    assert found["The end."].origin == "v:Stones.md"
    assert found["The end."].section == ["Stones"]
    assert (one.license, one.attribution) == ("LicenseRef-not-stated AND MIT", "A. Reader")
    assert [x.target for x in one.links if one.text[x.start : x.end] == "dark" == x.text] == ["https://example.org/dark"]
    assert [i.target for i in one.images] == ["photo.png"]
    assert one.content_sha256 != records["v:Stones.md"].content_sha256
    raw = (vault.parent / "raw/v/Columns.md").read_bytes()
    assert raw[found["tall"].raw_start : found["tall"].raw_end] == b"tall"


def _links(folder: Path) -> list[pipeline.model.Resolved]:
    return [msgspec.json.decode(x, type=pipeline.model.Resolved) for x in (folder / "links.jsonl").read_bytes().splitlines()]


def test_off_by_default_and_on_for_every_form(vault: Path, tmp_path: Path) -> None:
    export("chunks", vault, tmp_path / "off.jsonl")
    export("chunks", vault, tmp_path / "on.jsonl", Options(transclude=True))
    off, on = ([msgspec.json.decode(x)["text"] for x in (tmp_path / n).read_text().splitlines()] for n in ("off.jsonl", "on.jsonl"))
    assert sum("six sides" in x for x in off) == 1
    assert sum("six sides" in x for x in on) == 3
    done = CliRunner().invoke(main, ["export", "--to", "chunks", "--transclude", "--from", str(vault), "--out", str(tmp_path / "c.jsonl")])
    assert done.exit_code == 0
    assert (tmp_path / "c.jsonl").read_bytes() == (tmp_path / "on.jsonl").read_bytes()


def test_depth_is_bounded(tmp_path: Path) -> None:
    """A chain of notes, each embedding the next, is followed MAX_DEPTH times."""
    chain = {f"n{i:02}.md": f"Words of note number {i}. ![[n{i + 1:02}]]\n" for i in range(12)}
    notes = exported(published(tmp_path, chain), tmp_path / "notes")
    assert notes["n00"].count("Words of") == 1 + MAX_DEPTH
    assert notes["n09"].count("Words of") == 3


def test_growth_is_bounded(tmp_path: Path) -> None:
    """Six layers of ten notes, each embedding all of the next layer twice: three million passages where nothing ended it."""
    vault = {}
    for layer in range(7):
        embeds = "".join(f"![[l{layer + 1}-{n}]] " for n in range(10)) * 2 if layer < 6 else ""
        vault |= {f"l{layer}-{n}.md": f"Layer {layer}, note {n}, says this. {embeds}\n" for n in range(10)}
    folder = published(tmp_path, vault)
    records = {r.id: r for r in pipeline.read(folder)}
    before = time.process_time()
    one = transclude(records["v:l0-0.md"], lambda _, target: f"v:{target}.md", records.get)
    assert len(one.text) < MAX_GROWTH
    assert len(one.blocks) > 1000
    assert time.process_time() - before < 5


def test_a_record_without_embeds_is_the_same(vault: Path) -> None:
    for one in pipeline.read(vault):
        assert transclude(one, lambda *_: "", lambda _: None) is one


def test_any_metadata_will_do() -> None:
    """A record read from somewhere else may hold anything where anchors are expected."""
    from tests.records import record

    for number in range(50):
        other: Record = record(number)
        for target in ("x#^a", "x#", "x#a#b", "#^", "^"):
            transclude(record(number + 1), lambda *_, t=target: t, lambda _, o=other: o)
