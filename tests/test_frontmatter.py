"""Front matter: odd, broken and hostile blocks come out as data or as text, and never as an exception."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.convert import clean
from pipeline.model import ParseOptions
from pipeline.parsers.obsidian import frontmatter

# block -> what must come of it
VALUES = {
    "title: A: B": {"title": "A: B"},
    "by: @x": {"by": "@x"},
    "code: `x`": {"code": "`x`"},
    "share: %50": {"share": "%50"},
    "star: *bold*": {"star": "*bold*"},
    "tags: #a #b": {"tags": "#a #b"},
    "path: C:\\Users": {"path": "C:\\Users"},
    'say: "so" he said': {"say": '"so" he said'},
    "up: [[A]], [[B]]": {"up": "[[A]], [[B]]"},
    "up: [[A]]": {"up": [["A"]]},
    "list: [#a, #b]": {"list": "[#a, #b]"},
    "made: {{date}}": {"made": "{{date}}"},
    "made: <% tp.date.now() %>": {"made": "<% tp.date.now() %>"},
    "own: !tag x": {"own": "x"},
    "day: 2024-99-99": {"day": "2024-99-99"},
    "time: 10:30\ncode: 0123\nopen: no\nyes: on": {"time": "10:30", "code": "0123", "open": "no", "yes": "on"},
    "n: 5\nf: 1.50\nt: true\nnull_: null\nempty:": {"n": 5, "f": 1.5, "t": True, "null_": None, "empty": None},
    "long: 123456789012345678901234567890": {"long": "123456789012345678901234567890"},
    "exp: 1e400\nnan: .nan\ninf: .inf": {"exp": "1e400", "nan": ".nan", "inf": ".inf"},
    "a:\n- @x\n- b": {"a": ["@x", "b"]},
    "a: b\n\ttab: c": {"a": "b", "tab": "c"},
    "1: x\nnull: y\n2024-01-01: z": {"1": "x", "null": "y", "2024-01-01": "z"},
    "text: |\n  two\n  lines\nfold: >-\n  one\n  line": {"text": "two\nlines\n", "fold": "one line"},
    "content: x\nhandler: y": {"content": "x", "handler": "y"},
    "- not: a mapping\nkey: x": {"key": "x"},
    '{"a": 1, "b": {"c": [true, null, 1e400]}}': {"a": 1, "b": {"c": [True, None, "inf"]}},
    '{"face": "\\ud83d\\ude00", "half": "\\ud83d"}': {"face": "😀", "half": "\ufffd"},
    '{"big": 123456789012345678901}': {"big": "123456789012345678901"},
    "{a: 1, b: two}": {"a": 1, "b": "two"},
}


@pytest.mark.parametrize("block", VALUES)
def test_values_are_kept_as_written(block: str) -> None:
    front = frontmatter.cut(f"---\n{block}\n---\nbody")
    assert {k: front.data.get(k) for k in VALUES[block]} == VALUES[block]
    json.dumps(front.data, allow_nan=False).encode()


def test_dates_and_words_of_toml() -> None:
    front = frontmatter.cut("+++\nday = 2024-01-02\nat = 10:30:00\nwhen = 2024-01-02T10:30:00Z\nn = inf\n[deep]\nx = [1, 'a']\n+++\nbody")
    assert front.data == {"day": "2024-01-02", "at": "10:30:00", "when": "2024-01-02 10:30:00+00:00", "n": "inf", "deep": {"x": [1, "a"]}}
    assert frontmatter.cut("+++\n= broken\n+++\nbody").status == "refused"


FENCES = {
    "---\na: 1\n---\nbody": "body",
    "---\r\na: 1\r\n---\r\nbody": "body",
    "---  \na: 1\n--- \t\nbody": "body",
    "---\na: 1\n...\nbody": "body",
    "---\n---\nbody": "body",
    "---\n\n---\nbody": "body",
    "---\na: 1\n---": "",
}


@pytest.mark.parametrize("text", FENCES)
def test_where_the_body_starts(text: str) -> None:
    assert text[frontmatter.cut(text).end :] == FENCES[text]


@pytest.mark.parametrize(
    "text",
    [
        "---\na: 1\nbody",
        "----\na: 1\n---\n",
        "\n---\na: 1\n---\n",
        "---\nprose, then a rule\n---\nmore",
        "{a: 1}\nbody",
        "+++\na = 1\n",
        "--- x\na: 1\n---\n",
    ],
)
def test_what_is_no_front_matter(text: str) -> None:
    assert frontmatter.cut(text) == frontmatter.NONE


BOMBS = {
    "brackets": "a: " + "[" * 60_000,
    "braces": "a: " + "{x: " * 15_000,
    "dashes": "a:\n" + "- " * 30_000,
    "question marks": "? " * 30_000,
    "json": '{"a":' * 10_000,
    "indents": "".join(" " * i + "a:\n" for i in range(360)),
    "laughs": "a: &a [x,x]\n" + "".join(f"b{i}: &b{i} [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" for i in range(9)),
    "cycle": "a: &a [*a]",
    "merges": "a: &a {b: 1}\nc:\n  <<: *a",
    "base 60": "a: 1" + ":1" * 30_000,
    "digits": "a: " + "1" * 60_000,
    "many keys": "a: 1\n" * 12_000,
    "open quote": 'a: "' + "x\n" * 30_000,
    "too long": "a: " + "x" * 70_000,
    "nul and bell": "a: \0\7b",
    "surrogate escape": 'a: "\\uD800"',
    "python tag": "a: !!python/object/apply:os.system ['touch pwned']",
    "binary and set": "b: !!binary aGk=\ns: !!set {a, b}\no: !!omap [a: 1]\nt: !!timestamp 2001-01-01",
    "two documents": "a: 1\n--- x\nb: 2",
}


TOML_BOMBS = {
    "a key of many parts": ".".join(["a"] * 30_000) + " = 1",
    "a table of many parts": "[" + ".".join(["a"] * 30_000) + "]",
    "brackets": "a = " + "[" * 60_000,
    "too long": 'a = "' + "x" * 70_000 + '"',
}


@pytest.mark.parametrize("name", TOML_BOMBS)
def test_hostile_blocks_of_toml_are_kept_as_text(name: str) -> None:
    start = time.process_time()
    doc = clean(f"+++\n{TOML_BOMBS[name]}\n+++\nbody stays", format="obsidian")
    assert time.process_time() - start < 0.5  # fifty times what the slowest takes; tomllib alone takes seconds for the first two
    assert doc.text == "body stays"
    assert doc.metadata["front_matter_raw"].strip() == TOML_BOMBS[name]
    assert doc.flags == ["front_matter_refused"]


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_blocks_end_as_data_or_as_text(name: str) -> None:
    start = time.process_time()
    doc = clean(f"---\n{BOMBS[name]}\n---\nbody stays", format="obsidian")
    assert time.process_time() - start < 1.0  # ten times what the slowest takes
    assert doc.text.endswith("body stays")
    written = json.dumps(doc.metadata, allow_nan=False)
    assert len(written) < 20 * len(BOMBS[name]) + 1000
    front = doc.metadata.get("front_matter")
    assert front or BOMBS[name][:50] in doc.text or doc.metadata["front_matter_raw"].strip() == BOMBS[name].strip()


def test_the_raw_block_is_kept_wherever_it_was_not_read_whole() -> None:
    for block in ("a: *nothing", "a: " + "[" * 100, "by: @x"):
        doc = clean(f"---\n{block}\n---\n", format="obsidian")
        assert doc.metadata["front_matter_raw"].strip() == block
        assert [d.code for d in doc.diagnostics if d.code.startswith("obsidian.front_matter")]
    assert "front_matter_raw" not in clean("---\na: 1\n---\n", format="obsidian").metadata


@given(st.text(alphabet=st.sampled_from("ab:-[]{}\"'&*!#|>%@`\\ \t\n0123.<=?~,"), max_size=80))
def test_any_block_is_read(block: str) -> None:
    doc = clean(f"---\n{block}\n---\nbody", format="obsidian")
    json.dumps(doc.metadata, allow_nan=False).encode()


def test_the_cases_of_yaml(corpus: Path) -> None:
    """Valid mappings keep their keys; nothing raises. Errors and other documents than mappings are theirs to judge."""
    kept = mappings = 0
    for line in gzip.decompress((corpus / "yaml-test-suite.jsonl.gz").read_bytes()).splitlines():
        case = json.loads(line)
        front = frontmatter.cut("---\n" + case["yaml"].removeprefix("---\n") + "\n---\nbody")
        json.dumps(front.data, allow_nan=False)
        if case["error"] or not case["json"]:
            continue
        try:
            want = json.loads(case["json"])
        except ValueError:  # several documents
            continue
        if isinstance(want, dict) and front.status == "yaml":
            mappings += 1
            kept += set(want) <= set(front.data)
    assert mappings > 80
    assert kept >= 0.97 * mappings, f"{kept} of {mappings}"


def test_the_library_itself_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = frontmatter.frontmatter.parse
    monkeypatch.setattr(frontmatter.frontmatter, "parse", lambda text, **options: calls.append(text) or real(text, **options))
    assert frontmatter.cut("---\na: 1\n---\n").data == {"a": 1}
    assert calls


def test_markdown_in_a_value_is_no_alias() -> None:
    """Stars and character references begin words of a description; only what YAML itself takes for an alias counts."""
    lines = "".join(f"  &NewLine;**Step {n}** roll *one* die, then *two or three* dice\n" for n in range(20))
    front = frontmatter.cut(f"---\nname: Pox\ntext: >\n{lines}---\nbody")
    assert (front.status, front.notes, front.data["name"]) == ("yaml", (), "Pox")
    assert frontmatter.cut("---\na: &a x\nb: [" + ", ".join(["*a"] * 9) + "]\n---\n").status == "refused"


def test_a_number_behind_its_sign_is_no_comment() -> None:
    block = 'title: Lesson #2 — the basics\nstate: done # for now\n# nothing: @no\nrank: 3 #todo\nq: "a" #1\nxs:\n  - part #1\n'
    data = frontmatter.cut(f"---\n{block}---\n").data
    assert data == {"title": "Lesson #2 — the basics", "state": "done", "rank": 3, "q": "a", "xs": ["part #1"]}
    assert frontmatter.cut("---\ntitle: {{title}}\n# it isn't\ntags:\n  -\n---\n").data == {"title": "{{title}}", "tags": [None]}
    block = "text: |\n  Note: see #1\nn: 1\n"
    assert frontmatter.cut(f"---\n{block}---\n").data == {"text": "Note: see #1\n", "n": 1}


@pytest.mark.parametrize("block", ['["[[Slate]]", rock, true, 7, ""]', "[[Grey slate]], rock 7", "'[[Slate|s]] rock, 7'"])
def test_links_and_truth_values_are_no_tags(block: str) -> None:
    assert clean(f"---\ntags: {block}\n---\nx", format="obsidian").tags == ["rock", "7"]


@pytest.mark.parametrize("value", ["[a]", "true", "null", "{a: b}", '"{{title}}"'])
def test_only_words_and_numbers_are_a_title(value: str) -> None:
    assert clean(f"---\ntitle: {value}\ndg-title: Low Mere\n---\nx", format="obsidian").title == "Low Mere"


def test_the_address_of_a_note_needs_a_permalink() -> None:
    options = ParseOptions(base_url="https://a.example/")
    notes = ("---\npermalink: /p\n---\nx", "---\npermalink: ''\n---\nx", "---\na: b\n---\nx")
    assert [clean(note, format="obsidian", source=options).url for note in notes] == ["https://a.example/p", "", ""]


def test_keys_of_json_that_stand_twice_are_told() -> None:
    once, twice = (clean(f'---\n{{"a": 1, "{key}": 2}}\n---\nx', format="obsidian") for key in "ba")
    assert [[d.code for d in doc.diagnostics] for doc in (once, twice)] == [[], ["obsidian.front_matter_duplicate_key"]]
