"""Every case of tests/cases/*.md, and what must hold for any document whatever its format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec
import pytest
from casefile import Case, all_cases, differences

from pipeline.convert import clean
from pipeline.model import BLOCK_KINDS, LINK_KINDS, Document, ParseOptions

CASES = all_cases()


def parsed(case: Case) -> Document:
    options = dict(case.options)
    mode, path = options.pop("mode", "auto"), options.pop("path", "")
    return clean(case.raw, format=case.format, path=path, mode=mode, source=ParseOptions(**options))


def _marked(case: Case) -> object:
    marks = [pytest.mark.xfail(strict=True, reason="known failure, listed as such in its file")] if case.fails else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.mark.parametrize("case", [_marked(c) for c in CASES])
def test_case(case: Case) -> None:
    bad = differences(parsed(case), case.expected)
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in CASES])
def test_every_document_is_well_formed(case: Case) -> None:
    doc = parsed(case)
    size = len(case.raw.encode())
    at = 0
    for block in doc.blocks:
        assert block.kind in BLOCK_KINDS
        assert at <= block.start < block.end <= len(doc.text), "blocks do not overlap and are in order"
        assert doc.text[block.start : block.end].strip()
        assert -1 <= block.raw_start <= block.raw_end <= size
        at = block.end
    for link in doc.links:
        assert link.kind in LINK_KINDS
        assert doc.text[link.start : link.end] == link.text
    for table in doc.tables:
        assert 0 <= table.start <= table.end <= len(doc.text)
    assert all("." in r.rule for r in doc.removals)
    assert doc == parsed(case), "parsing twice gives the same document"


CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # what parsers put into a text for themselves


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("wikitext", "<ref>{{<math>so</math>}}</ref>"),
        ("wikitext", "{{\n*|+}}}"),
        ("wikitext", "{{{{2}}|<gallery>{{[[x}}|"),
        ("wikitext", "{{<ref/>|-}}<"),
        ("wikitext", "-{{{{o}}|+}}"),
        ("obsidian", '<img src="$6">a\n$'),
        ("obsidian", '<img alt="" src="$">$5'),
        ("obsidian", "[[$5]] $"),
        ("obsidian", "[[$$\n|$$]]"),
        ("obsidian", "[[ %%]]"),
        ("obsidian", "<!-- %%a"),
        ("obsidian", "<?\n%%b"),
        ("obsidian", '<table>\n<a href=" %%">'),
    ],
)
def test_no_sign_of_a_parser_is_left_anywhere(format: str, text: str) -> None:
    doc = clean(text, format=format, path="a/b.md")
    assert [said for said in _strings(json.loads(msgspec.json.encode(doc))) if CONTROL.search(said)] == []


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(inner)
