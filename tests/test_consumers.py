"""Other tools read the published set as it is: 5,000 records whose fields vary, really loaded. Skipped where a tool is not installed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

import pipeline
from pipeline.exporting import export
from pipeline.model import Record
from pipeline.stages.lines import json_line
from tests.records import record

COUNT = 5000
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}  # read when the library is loaded


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("consumers")
    (folder / "raw/s").mkdir(parents=True)
    (folder / "raw/s/one.txt").write_text("One document, so that there is a set.")
    pipeline.ingest(folder / "raw", folder / "processed")
    out = folder / "processed"
    (out / "documents.jsonl").unlink()
    for part in range(2):  # as a large set has them
        (out / f"documents-{part}.jsonl").write_bytes(b"".join(json_line(record(n)) for n in range(part, COUNT, 2)))
    return out


@pytest.fixture(scope="module")
def records(published: Path) -> dict[str, dict[str, Any]]:
    found = {r.id: msgspec.to_builtins(r) for r in pipeline.read(published)}
    assert len(found) == COUNT
    return found


def same(rows: Any, records: dict[str, dict[str, Any]]) -> None:
    """Every row is its record: no value lost, changed in type or turned into nothing."""
    seen = 0
    for row in rows:
        assert row == records[row["id"]]
        seen += 1
    assert seen == COUNT


def test_datasets(published: Path, tmp_path: Path, records: dict[str, Any]) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    same(datasets.load_dataset(str(published), split="train", cache_dir=str(tmp_path)), records)


def test_datasets_of_an_export(published: Path, tmp_path: Path, records: dict[str, Any]) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    export("hf", published, tmp_path / "hf")
    same(datasets.load_dataset(str(tmp_path / "hf"), split="train", cache_dir=str(tmp_path / "cache")), records)


def test_duckdb(published: Path, records: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    monkeypatch.chdir(published)
    with duckdb.connect() as db:
        db.execute((published / "duckdb.sql").read_text())
        found = db.execute("SELECT * FROM documents")
        names = [column[0] for column in found.description]
        same((dict(zip(names, row, strict=True)) for row in found.fetchall()), records)
        for view in ("dropped", "links"):
            assert db.execute(f"SELECT count(*) FROM {view}").fetchone() == (0,)


def test_pandas(published: Path, records: dict[str, Any]) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frames = [pandas.read_json(p, lines=True, dtype=False) for p in sorted(published.glob("documents*.jsonl"))]
    same((row for frame in frames for row in frame.to_dict("records")), records)


def test_polars(published: Path, records: dict[str, Any]) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    found = polars.concat(
        [polars.read_ndjson(p, infer_schema_length=None) for p in sorted(published.glob("documents*.jsonl"))], how="vertical_relaxed"
    )
    same(found.to_dicts(), records)


def test_parquet(published: Path, tmp_path: Path, records: dict[str, Any]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    export("parquet", published, tmp_path / "d.parquet")
    table = parquet.read_table(tmp_path / "d.parquet")
    assert table.schema.names == [f.name for f in msgspec.structs.fields(Record)]
    assert all(column.null_count == 0 for column in table.columns)
    same(table.to_pylist(), records)


def test_the_standard_library(published: Path, records: dict[str, Any]) -> None:
    same((json.loads(line) for p in published.glob("documents*.jsonl") for line in p.read_text().splitlines()), records)
