"""Forms for column stores: Parquet, and a folder for Hugging Face `datasets`."""

from __future__ import annotations

import types
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import msgspec

from pipeline.exporting import Export, needed
from pipeline.model import Record
from pipeline.report.types import fields, hf_features

GROUP = 2000  # records a row group: what is in memory at once, and what a reader can skip
SHARD = 200_000  # records a file of a dataset: `datasets` reads files in parallel


def parquet(export: Export) -> int:
    """One Parquet file; `metadata` stays JSON text, as its keys differ from record to record."""
    return _write(export.records, export.place)


def hf(export: Export) -> int:
    """Parquet files below `data/`, and the dataset card with their features."""
    place = export.place
    (place / "data").mkdir(parents=True)
    count = 0
    while True:
        target = place / "data" / f"train-{count // SHARD:05}.parquet"
        written = _write(islice(export.records, SHARD), target)
        if not written and count:
            target.unlink()
        count += written
        if written < SHARD:
            break
    card = (export.published / "README.md").read_text(encoding="utf-8")
    body = card.split("\n---\n", 1)[-1].replace("`schema/", "`")
    head = f"---\nconfigs:\n- config_name: default\n  data_files: data/*.parquet\ndataset_info:\n  features:\n{hf_features()}\n---\n"
    (place / "README.md").write_text(head + body, encoding="utf-8")
    return count


def _write(records: Iterator[Record], place: Path) -> int:
    pa, pq = needed("pyarrow", "parquet"), needed("pyarrow.parquet", "parquet")
    schema = pa.schema([pa.field(name, _arrow(pa, hint), nullable=False) for name, hint in fields(Record)])
    count = 0
    with pq.ParquetWriter(str(place), schema, compression="zstd") as out:
        while group := [msgspec.to_builtins(r) for r in islice(records, GROUP)]:
            out.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _arrow(pa: Any, hint: Any) -> Any:
    """The Arrow type of a field."""
    if get_origin(hint) is list:
        return pa.list_(pa.field("element", _arrow(pa, get_args(hint)[0]), nullable=False))
    if get_origin(hint) in (Union, types.UnionType):
        return _arrow(pa, next(a for a in get_args(hint) if a is not type(None)))
    scalars = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    if hint in scalars:
        return scalars[hint]
    return pa.struct([pa.field(name, _arrow(pa, inner), nullable=False) for name, inner in fields(hint)])
