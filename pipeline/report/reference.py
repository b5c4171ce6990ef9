"""docs/record.md, generated: every field of the output, every rule, flag and diagnostic, from the places that define them."""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_origin

from pipeline import model
from pipeline.report.rules import tables
from pipeline.report.types import fields, sentences

_FILES = (
    (model.Record, "documents.jsonl", "One record a line, sorted by id."),
    (model.Dropped, "dropped.jsonl", "The ledger: every passage that is not in documents.jsonl."),
    (model.Quarantined, "quarantine.jsonl", "Raw documents that could not be read, sorted by path."),
    (
        model.Resolved,
        "links.jsonl",
        "Where links of records lead within the corpus: all wiki links, embeds and relative links, and web addresses that lead to a "
        "document; to one that was merged is to its record.",
    ),
    (model.Tombstone, "tombstones.jsonl", "Ids that an earlier run published and this one does not, sorted."),
)
_PARTS = (model.Raw, model.Block, model.Link, model.Citation, model.Table, model.Image, model.Duplicate, model.Survivor)

_LAYOUT = """## How text is laid out

- Blocks stand in the order of the document, apart by a blank line. A heading is a bare line.
- List items stand on adjacent lines. Before an item stands `- ` or its number (`3. `), indented by two spaces a level; further
  lines of an item stand
  below its words. The marker is outside the block's span.
- A table is one line a row, cells joined by ` | `; rows of a nested table follow the outer row; a list inside a cell stays there,
  items joined by `; `; where a cell spans several columns or rows, empty cells stand for the rest of it.
- A definition is `term: definition`. Code keeps its white space.
- The caption of a picture that is shown with one is a passage of kind `caption` and stands in `images` too.
- Superscripts that carry meaning stay readable (`10⁹/L`); subscripts are plain (`H2O`). `<q>` gives “…”.
- Offsets into `text` are half-open and count Unicode code points; `raw_*` count bytes of the raw document, -1 where the format
  gives none.

## Characters

Text is NFC, never NFKC. Line ends are `\\n`; every kind of space is U+0020 in prose and itself in code. Control characters, zero-
width characters, soft
hyphens, direction overrides, bare variation selectors and tag characters are taken out; joiners stay where a script or an emoji
needs them. Runs of more than
30 combining marks are cut. What a page hides from its readers leaves `text` and is flagged.
"""


def page() -> str:
    """The text of docs/record.md."""
    parts = [
        "# The output, field by field\n",
        "Generated from `pipeline/model.py` and `pipeline/report/rules.toml` by `make accept`.",
        f"schema_version is `{model.SCHEMA_VERSION}`: names, order and meaning change only with it. Every key is always there; what is",
        "absent is an empty string or list. No run time, host or absolute path stands anywhere.\n",
    ]
    for kind, name, about in _FILES:
        parts += [f"## {name}\n", f"{about}\n", _table(kind)]
    parts.append(_LAYOUT)
    parts.append("## Parts of a record\n")
    for part in _PARTS:
        parts += [f"### {part.__name__}\n", f"{inspect.cleandoc(part.__doc__ or '').splitlines()[0]}\n", _table(part)]
    kinds = (("Block kinds", model.BLOCK_KINDS), ("Link kinds", model.LINK_KINDS))
    parts += [f"{name}: {', '.join(f'`{v}`' for v in values)}.\n" for name, values in kinds]
    titles = {
        "relations": "Relations of `duplicates`",
        "metadata": "What `metadata` holds",
        "rules": "Rules of the ledger",
        "flags": "Flags",
        "diagnostics": "Diagnostics",
    }
    for name, title in titles.items():
        rows = "\n".join(f"| `{key}` | {text} |" for key, text in tables()[name].items())
        parts += [f"## {title}\n", f"| name | meaning |\n|---|---|\n{rows}\n"]
    return "\n".join(parts)


def _table(kind: type) -> str:
    said = sentences(kind)
    rows = "\n".join(f"| `{name}` | {_type(hint)} | {said.get(name, '')} |" for name, hint in fields(kind))
    return f"| field | type | meaning |\n|---|---|---|\n{rows}\n"


def _type(hint: Any) -> str:
    if get_origin(hint) is list:
        return f"list of {_type(get_args(hint)[0])}"
    names = [_type(a) for a in get_args(hint) if a is not type(None)]
    if names:
        return f"{names[0]} or null"
    name: str = hint.__name__
    return {"str": "string", "int": "integer", "float": "number"}.get(name, name)
