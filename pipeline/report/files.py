"""The files that stand beside the records: report, quarantine, tombstones, schema, dataset card, DuckDB types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pipeline.config import Settings
from pipeline.model import SCHEMA_VERSION, Dropped, Quarantined, Record, Resolved, Tombstone
from pipeline.report import types
from pipeline.report.summary import Report, SourceReport
from pipeline.stages import json_line


def write_files(
    folder: Path, report: Report, quarantined: Sequence[Quarantined], tombstones: Sequence[Tombstone], settings: Settings
) -> None:
    """Writes everything but the records and the ledger."""
    (folder / "quarantine.jsonl").write_bytes(b"".join(map(json_line, quarantined)))
    (folder / "tombstones.jsonl").write_bytes(b"".join(map(json_line, tombstones)))
    (folder / "report.json").write_bytes(_pretty(report))
    (folder / "schema").mkdir(exist_ok=True)
    (folder / "schema" / f"record-{SCHEMA_VERSION}.json").write_bytes(_pretty(types.json_schema()))
    (folder / "duckdb.sql").write_text(_duckdb(), encoding="utf-8")
    (folder / "README.md").write_text(_card(report, settings), encoding="utf-8")


def _pretty(value: object) -> bytes:
    return msgspec.json.format(json_line(value).rstrip(b"\n"), indent=2) + b"\n"


def _duckdb() -> str:
    views = [_view("documents", Record), _view("dropped", Dropped), _view("links", Resolved)]
    return "\n".join(["-- Tables with their full types. From this folder: duckdb -init duckdb.sql", *views]) + "\n"


def _view(name: str, kind: type) -> str:
    columns = ",\n".join(f"    \"{column}\": '{type_}'" for column, type_ in types.duckdb_columns(kind).items())
    source = f"read_json('{name}*.jsonl', format = 'newline_delimited', columns = {{\n{columns}\n}})"
    return f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {source};"


def _card(report: Report, settings: Settings) -> str:
    a = report.accounting
    rows = "\n".join(_row(name, source, settings) for name, source in report.sources.items())
    licenses = "\n".join(f"- {name or 'not stated'}: {count}" for name, count in report.licenses.items())
    return f"""---
configs:
- config_name: default
  data_files: documents*.jsonl
dataset_info:
  features:
{types.hf_features()}
---

# Dataset card

{a.records} records from {a.found} raw entries: {a.merged} merged into another record, {a.quarantined} quarantined, {a.skipped} skipped.
Every record's text, blocks, links and citations are described in `schema/record-{SCHEMA_VERSION}.json`. Every passage that is not in
`documents.jsonl` stands in `dropped.jsonl` with the rule that took it and, for an overlap, where it survives.
`links.jsonl` says which links of records lead to which other records, and which lead to none.

## Sources

| source | licence | attribution | records | merged | quarantined | words | words lost to overlap |
|---|---|---|---|---|---|---|---|
{rows}

## Licences of records

{licenses}

A record that merges documents under different licences names them all, joined by AND, one that nobody stated as
`LicenseRef-not-stated`; `blocks[].origin` tells which passage came from where.
"""


def _row(name: str, source: SourceReport, settings: Settings) -> str:
    counts = (source.records, source.merged, source.quarantined, source.words, source.words_lost)
    return f"| {name} | {source.license or 'not stated'} | {_attribution(name, settings)} | {' | '.join(map(str, counts))} |"


def _attribution(name: str, settings: Settings) -> str:
    text = settings.sources[name].attribution if name in settings.sources else ""
    return text.replace("|", "\\|").replace("\n", " ") or "not stated"
