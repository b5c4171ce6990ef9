"""Adding a source: from samples to clean records without touching Python, and checks that say what is wrong with a parser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from casefile import differences, load

import pipeline
from pipeline import config
from pipeline.errors import UsageError
from pipeline.scaffold.propose import Sample, propose

PAGE = (
    '<html lang="en"><head><title>Stone {0}</title><link rel="canonical" href="https://stones.example/{0}"></head><body>'
    "<div class=menu><p>Home of all stones</p></div><div id=content><h2>Kinds</h2><p>Stone number {0} is of a colour that no other has. "
    "It lies in drawer {0} of the cabinet, by the window to the north.</p></div><p>Rate this (stone) below</p></body></html>"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"p{number}.html").write_text(PAGE.format(number))
    (tmp_path / "tests/cases").mkdir(parents=True)
    return tmp_path


def run(place: Path, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "pipeline", *arguments], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def samples(*numbers: int) -> list[str]:
    return [part for n in numbers for part in ("--sample", f"p{n}.html")]


def test_a_source_of_three_pages_in_three_commands(place: Path) -> None:
    (place / "raw").mkdir()
    before = '# mine\r\n[sources.old]\nlicense = "MIT"   # as it is'
    (place / "raw/sources.toml").write_bytes(before.encode())
    done = run(place, "sources", "new", "stones", *samples(0, 1, 2))
    assert "p0.html: html (" in done.stderr and "-- after" in done.stderr
    assert (place / "raw/sources.toml").read_bytes().startswith(before.encode() + b"\n\n[sources.stones]\n")
    source = config.load(place / "raw").sources["stones"]
    assert (source.format, source.language, source.base_url) == ("html", "en", "https://stones.example/")
    run(place, "ingest")
    texts = [r.text for r in pipeline.read(place / "processed")]
    assert len(texts) == 3
    assert all("Home" not in t and "Rate" not in t and "It lies in drawer" in t for t in texts)
    assert all(line.startswith("ok") for line in run(place, "sources", "check", "stones").stdout.splitlines())
    cases = load(place / "tests/cases/stones.md")
    assert len(cases) == 3
    assert not any(differences(pipeline.clean(c.raw, format=c.format), c.expected) for c in cases)


def test_furniture_is_what_every_sample_carries() -> None:
    found = propose("a", [Sample(f"{n}.txt", f"Print this page.\n\nText {n} of its own.\n\n(c) [x] 1*2?".encode()) for n in range(3)])
    assert found.drop_lines == ["Print this page.", "(c) [x] 1*2?"]
    stanza = config.parse(found.stanza()).sources["a"]
    assert [bool(re.search(p, line)) for p, line in zip(stanza.drop_lines, found.drop_lines, strict=True)] == [True, True]
    assert propose("a", [Sample("1.txt", b"Print this page.")]).drop_lines == []


def test_what_cannot_be_proposed_is_left_out() -> None:
    mixed = propose("a", [Sample("a.html", b"<html><p>One page here</p></html>"), Sample("b.md", b"---\ntitle: x\n---\n[[link]]")])
    assert mixed.format == "" and "format" not in mixed.stanza()
    assert propose("a", [Sample("a.bin", bytes(range(256)))]).stanza()
    with pytest.raises(UsageError):
        propose("a", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sources", "new", "old", "--sample", "p0.html"], "has a stanza"),
        (["sources", "new", "a b", "--sample", "p0.html"], "must be letters"),
        (["sources", "new", "x", "--sample", "none.html"], "name a file"),
        (["sources", "new", "x", "--sample", "-"], "save it as a file first"),
        (["sources", "new", "x", "--sample", "p0.html", "--sample", "other/p0.html"], "raw/x/p0.html would be two samples"),
        (["sources", "new", "there", "--sample", "p0.html"], "raw/there/p0.html is there already"),
        (["sources", "check", "none"], "known: old"),
        (["report"], "run `pipeline ingest` first"),
    ],
)
def test_callers_mistakes_are_named(place: Path, arguments: list[str], said: str) -> None:
    (place / "raw").mkdir()
    (place / "raw/sources.toml").write_text("[sources.old]\n")
    for folder in ("other", "raw/there"):
        (place / folder).mkdir()
        shutil.copy(place / "p0.html", place / folder)
    before = sorted(place.rglob("*"))
    assert said in run(place, *arguments, status=2).stderr
    assert (place / "raw/sources.toml").read_text() == "[sources.old]\n"
    assert sorted(place.rglob("*")) == before


def test_a_dry_run_writes_nothing(place: Path) -> None:
    before = sorted(place.rglob("*"))
    assert "[sources.stones]" in run(place, "sources", "new", "stones", *samples(0, 1), "--dry-run").stdout
    assert sorted(place.rglob("*")) == before


BROKEN = """
import os, random, sys, time
from pathlib import Path
from pipeline.model import Block, Document, Removal
from pipeline.text.layout import Draft, layout
NAME, VERSION, MEDIA_TYPE, IDENTITY = "own", "1", "text/plain", ("path",)

def detect(head, path):
    return 0.0, []

def parse(raw):
    {body}
    text, blocks, links, tables = layout([Draft("paragraph", raw.text.strip() or "x")])
    return Document(text=text, blocks=blocks, removals=removals)

parser = sys.modules[__name__]
"""


@pytest.mark.parametrize(
    ("body", "check", "said"),
    [
        ("removals = []", "", ""),
        ("removals = []; 1 / (len(raw.text) - 15)", "raises nothing", "ZeroDivisionError"),
        ('removals = [Removal("nothing", "x")]', "well formed", "<format>.<what>"),
        ('return Document(text=raw.text, blocks=[Block("chapter", 0, 0, 3, [])])', "well formed", "chapter"),
        ("return Document(text=raw.text, title=str(random.random()))", "the same twice", "two results"),
        ("removals = []; Path(__file__).read_text()", "pure", "must not touch disk"),
        ("removals = []; os.system('true')", "pure", "os.system"),
        ("return Document(text=raw.text, tags=list({'a', 'b', 'c', 'd', 'e', 'f'}))", "any hash seed", "PYTHONHASHSEED"),
        (
            "removals = []; t = time.process_time()\n    while raw.text.startswith('[') and time.process_time() - t < 2.2: pass",
            "hostile documents",
            "open brackets: takes 2",
        ),
        ("removals = []; assert '\\0' not in raw.text", "hostile documents", "raises AssertionError"),
    ],
)
def test_a_parser_of_ones_own_is_held_to_its_promises(tmp_path: Path, body: str, check: str, said: str) -> None:
    (tmp_path / "own.py").write_text(BROKEN.format(body=body))
    (tmp_path / "raw/a").mkdir(parents=True)
    (tmp_path / "raw/a/one.txt").write_text("Fifteen letters")
    (tmp_path / "raw/sources.toml").write_text('[sources.a]\nparser = "own:parser"\n')
    done = run(tmp_path, "sources", "check", "a", "--json", status=1 if check else 0)
    bad = {f["check"]: f["message"] for f in json.loads(done.stdout) if not f["ok"]}
    assert set(bad) >= {check} if check else not bad
    assert not check or said in bad[check]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("1 / 0", "importing own raises ZeroDivisionError"),
        ("p = NS(NAME='own', VERSION=1, MEDIA_TYPE='text/plain', IDENTITY=('path',), parse=print)", "VERSION must be text"),
        ("p = NS(NAME='own', VERSION='1', MEDIA_TYPE='text/plain', IDENTITY=('slug',), parse=print)", "IDENTITY is ('slug',)"),
        ("p = NS(NAME='own', VERSION='1', MEDIA_TYPE='text/plain', IDENTITY='path', parse=print)", "IDENTITY is 'path'"),
    ],
)
def test_a_parser_of_ones_own_that_is_none_is_named_before_anything_is_read(tmp_path: Path, own: str, said: str) -> None:
    (tmp_path / "own.py").write_text(f"from types import SimpleNamespace as NS\n{own}\n")
    (tmp_path / "raw/a").mkdir(parents=True)
    (tmp_path / "raw/a/one.txt").write_text("Fifteen letters")
    (tmp_path / "raw/sources.toml").write_text('[sources.a]\nparser = "own:p"\n')
    assert said in run(tmp_path, "ingest", status=2).stderr
    assert not (tmp_path / "processed").exists()


@pytest.mark.parametrize("more", ["title=5", "tags=[5]", "metadata={'unknown_templates': 5}", "metadata={'unknown_templates': {'a': 'b'}}"])
def test_what_a_parser_of_ones_own_gives_ends_no_run(tmp_path: Path, more: str) -> None:
    body = f"return Document(text='one', blocks=[Block('paragraph', 0, 0, 3, [])], {more})"
    (tmp_path / "own.py").write_text(BROKEN.format(body=body))
    (tmp_path / "raw/a").mkdir(parents=True)
    (tmp_path / "raw/a/one.txt").write_text("Fifteen letters")
    (tmp_path / "raw/sources.toml").write_text('[sources.a]\nparser = "own:parser"\n')
    run(tmp_path, "ingest")
    failed = (tmp_path / "processed/quarantine.jsonl").read_text()
    assert ("the own parser failed: ValidationError" in failed) == (not more.startswith("metadata"))


def test_sources_are_listed(place: Path) -> None:
    run(place, "sources", "new", "stones", *samples(0, 1))
    assert "stones" in run(place, "sources", "list").stdout
    assert json.loads(run(place, "sources", "list", "--json").stdout)[0]["name"] == "stones"


def test_the_report_is_shown(place: Path) -> None:
    run(place, "sources", "new", "stones", *samples(0, 1))
    run(place, "ingest", "--quiet")
    assert "2 found = 2 records" in run(place, "report").stderr
    assert json.loads(run(place, "report", "--json").stdout)["accounting"]["records"] == 2
