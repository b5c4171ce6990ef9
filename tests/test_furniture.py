"""Lines that recur in a source: proposed with counts, taken out only where the stanza says so, and never silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipeline
from pipeline.errors import GuardError
from pipeline.overlap import furniture
from pipeline.overlap.fingerprint import Fingerprint
from pipeline.verify import verify

OWN = "Drawer {0} of the cabinet holds stone {0}, which was found by a road in the year 19{0:02} and never weighed."


def corpus(tmp_path: Path, stanza: str, count: int = 12) -> Path:
    (tmp_path / "raw/a").mkdir(parents=True)
    (tmp_path / "raw/b").mkdir()
    (tmp_path / "raw/sources.toml").write_text(
        f'[sources.a]\nformat = "obsidian"\nmax_loss = 0.9\n{stanza}\n[sources.b]\nformat = "obsidian"\n'
    )
    for n in range(count):
        menu = "- Home\n- Stones\n" if n % 3 else ""
        (tmp_path / f"raw/a/{n:02}.md").write_text(f"# Kinds\n\n{menu}\n{OWN.format(n)}\n\nPrint this page.\n\nRare line {n % 4}.")
    (tmp_path / "raw/b/one.md").write_text("Print this page.\n\nThe only document of its source.")
    return tmp_path


def run(place: Path, **options: Any) -> dict[str, Any]:
    pipeline.ingest(place / "raw", place / "out", **options)
    assert verify(place / "raw", place / "out") == []
    found: dict[str, Any] = json.loads((place / "out/report.json").read_text())
    return found


def test_lines_that_recur_are_proposed_and_stay(tmp_path: Path) -> None:
    report = run(corpus(tmp_path, ""))
    assert report["sources"]["a"]["furniture"] == [
        {"line": "Print this page.", "documents": 12, "example": "a:00.md"},
        {"line": "Home", "documents": 8, "example": "a:01.md"},
        {"line": "Stones", "documents": 8, "example": "a:01.md"},
    ]
    assert report["sources"]["b"]["furniture"] == []
    assert all("Print this page." in r.text for r in pipeline.read(tmp_path / "out"))


def test_they_go_into_the_ledger_where_the_stanza_says_so(tmp_path: Path) -> None:
    report = run(corpus(tmp_path, "learn_furniture = true"))
    texts = {r.id: r.text for r in pipeline.read(tmp_path / "out")}
    assert texts["a:01.md"] == f"Kinds\n\n{OWN.format(1)}\n\nRare line 1."
    assert "Print this page." in texts["b:one.md"]
    assert report["rules"]["furniture.learned"] == 12 + 16
    assert report["sources"]["a"]["words_lost"] == 12 * 3 + 8 * 2 * 2  # as words are counted there, with the marks of list items
    lines = [json.loads(x) for x in (tmp_path / "out/dropped.jsonl").read_text().splitlines()]
    raw = (tmp_path / "raw/a/01.md").read_bytes()
    gone = [x for x in lines if x["id"] == "a:01.md" and x["rule"] == "furniture.learned"]
    assert [x["text"] for x in gone] == ["Home", "Stones", "Print this page."]
    assert all(x["text"].encode() in raw[x["raw_start"] : x["raw_end"]] for x in gone)


def test_it_is_the_same_after_any_way(tmp_path: Path) -> None:
    place = corpus(tmp_path, "learn_furniture = true")
    run(place)
    first = {p.name: p.read_bytes() for p in (place / "out").glob("*.json*")}
    for n in range(40, 140):  # so many that the menu does not recur any more
        (place / f"raw/a/{n}.md").write_text(OWN.format(n) + f"\n\nOne more of the kind, number {n * 7}.")
    assert run(place)["sources"]["a"]["furniture"] == []
    for n in range(40, 140):
        (place / f"raw/a/{n}.md").unlink()
    run(place, workers=2)
    gone = {p.name: p.read_bytes() for p in (place / "out").glob("*.json*")}
    assert {k: v for k, v in gone.items() if k != "tombstones.jsonl"} == {k: v for k, v in first.items() if k != "tombstones.jsonl"}


def test_the_guard_counts_what_it_took(tmp_path: Path) -> None:
    place = corpus(tmp_path, "learn_furniture = true")
    stanzas = (place / "raw/sources.toml").read_text()
    (place / "raw/sources.toml").write_text(stanzas.replace("max_loss = 0.9", "max_loss = 0.05"))
    with pytest.raises(GuardError, match="max_loss"):
        run(place)


def test_a_document_of_nothing_else_stays_whole(tmp_path: Path) -> None:
    place = corpus(tmp_path, "learn_furniture = true")
    (place / "raw/a/x.md").write_text("Print this page.")
    run(place)
    assert "Print this page." in [r.text for r in pipeline.read(place / "out")]


def test_a_large_source_is_sampled_for_candidates_and_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furniture, "SAMPLE", 50)
    empty = Fingerprint(0, b"", b"", b"", b"")
    prints = [
        Fingerprint(
            0, b"", b"", b"", b"", np.array([*([7] if n % 4 == 0 else []), *([9] if n % 6 == 0 else []), 100 + n], dtype="<u8").tobytes()
        )
        for n in range(1000)
    ] + [empty] * 10
    assert furniture.recurring(prints, range(1010)) == [furniture.Recurring(7, 250, 0)]
    assert furniture.recurring(prints, range(4)) == []
