"""Whole results: each shipped document as its parser gives it, and processed/ as a run publishes it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from conftest import ROOT

import pipeline
from pipeline import config
from pipeline.store import publish

GOLDEN = Path(__file__).parent / "golden"
DOCUMENTS = sorted(p for p in (ROOT / "raw").rglob("*") if p.is_file() and p.name != config.FILE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_shipped_documents_come_out_as_reviewed(path: Path, request: pytest.FixtureRequest) -> None:
    source = config.load(ROOT / "raw").source_of(str(path.relative_to(ROOT / "raw")))
    document = pipeline.clean(path.read_bytes(), format=source.format, path=path.name, source=source.parse_options())
    found = msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
    golden = GOLDEN / f"{source.name}-{quote(path.stem, safe='')}.json"
    if request.config.getoption("--accept"):
        golden.write_bytes(found)
    assert found.decode() == golden.read_text(encoding="utf-8"), "run `make accept` and review the difference"


def test_formats_of_the_shipped_documents_are_detected() -> None:
    settings = config.load(ROOT / "raw")
    for path in DOCUMENTS:
        name = str(path.relative_to(ROOT / "raw"))
        found = pipeline.detect(path.read_bytes(), path=name)
        assert found[0].format == settings.source_of(name).format, found
        assert found[0].score - (found[1].score if len(found) > 1 else 0) >= 0.1, found


def test_a_fresh_run_publishes_what_is_committed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "raw", tmp_path / "raw")
    pipeline.ingest(tmp_path / "raw", tmp_path / "processed")
    for path in sorted((tmp_path / "processed").rglob("*")):
        if path.is_file() and publish.STATE not in path.parts:
            name = path.relative_to(tmp_path / "processed")
            assert path.read_bytes() == (ROOT / "processed" / name).read_bytes(), f"processed/{name} differs: run `make ingest` and review"


def test_what_a_newcomer_sees() -> None:
    """The promises of the README on the shipped documents."""
    records = {r.source: r for r in pipeline.read(ROOT / "processed")}
    assert sorted(records) == ["medicinenet", "obsidian", "wikipedia"]
    wiki = records["wikipedia"]
    own = [b for b in wiki.blocks if b.origin.startswith("wikimd:")]
    assert [wiki.text[b.start : b.end][:40] for b in own] == ["While calcinosis can be classified based"]
    assert own[0].section == ["Types"]
    assert {"6595006", "D002114", "275.4"} <= set(json.dumps(json.loads(wiki.metadata)).replace('"', " ").split())
    assert not any(d.relation != "revised" for s in ("medicinenet", "obsidian") for d in records[s].duplicates)
