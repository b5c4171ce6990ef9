"""What the documents say is run: commands, stanzas and code come from the pages themselves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from casefile import all_cases
from click.testing import CliRunner
from conftest import ROOT

from pipeline import config
from pipeline.cli import main
from pipeline.convert import clean
from pipeline.model import RELATIONS
from pipeline.report import reference, rules

GUIDE = (ROOT / "docs/adding-a-source.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)


def test_the_reference_is_up_to_date(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs/record.md"
    if request.config.getoption("--accept"):
        path.write_text(reference.page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == reference.page(), "run `make accept` and review the difference"


def test_every_name_in_metadata_has_its_sentence() -> None:
    """Of all cases, the published set, and each name that a parser's code spells out."""
    known = rules.tables()["metadata"]
    found = {key for case in all_cases() for key in clean(case.raw, format=case.format, path=case.options.get("path", "")).metadata}
    for line in (ROOT / "processed/documents.jsonl").read_text().splitlines():
        found |= set(json.loads(json.loads(line)["metadata"]))
    assert len(found) > 25
    assert not sorted(found - set(known)), "say in pipeline/report/rules.toml what these hold"


def test_every_relation_has_its_sentence() -> None:
    assert tuple(rules.tables()["relations"]) == RELATIONS


def test_the_three_rungs_work_as_written(tmp_path: Path) -> None:
    """Files only, then a stanza, then a parser of one's own: each step as the guide has it."""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/pipeline").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n')
    (tmp_path / "bin/pipeline").chmod(0o755)
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    subprocess.run(["sh", "-e", "-c", blocks(GUIDE, "sh")[0]], cwd=tmp_path, env=env, check=True, capture_output=True)
    record = json.loads((tmp_path / "processed/documents.jsonl").read_text())
    assert record["text"] == "Basalt\n\nBasalt is a dark rock. See Granite."

    feed, stanza, own = blocks(GUIDE, "toml")
    (tmp_path / "raw/sources.toml").write_text(feed + stanza + own)
    (tmp_path / "raw/feed").mkdir()
    row = {"key": 7, "doc": {"body": "<p>A <b>short</b> report."}, "headline": "Report", "date": "2020-01-02", "score": 1}
    (tmp_path / "raw/feed/rows.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "quarry.py").write_text(blocks(GUIDE, "python")[0])
    (tmp_path / "raw/pits").mkdir()
    (tmp_path / "raw/pits/one.q").write_text("QUARRY North pit\nOpened in 1840.\n#! private\nClosed in 1910.\n")
    subprocess.run(["pipeline", "ingest"], cwd=tmp_path, env=env, check=True, capture_output=True)
    records = [json.loads(line) for line in (tmp_path / "processed/documents.jsonl").read_text().splitlines()]
    assert [(r["id"], r["license"], r["text"]) for r in records if r["source"] == "pits"] == [
        ("pits:North pit", "", "Opened in 1840.\n\nClosed in 1910.")
    ]
    (fed,) = [r for r in records if r["source"] == "feed"]
    assert (fed["raw"]["path"], fed["text"], fed["title"]) == ("feed/rows.jsonl!/7", "A short report.", "Report")
    assert (fed["created"], json.loads(fed["metadata"])["fields"]) == ("2020-01-02", {"score": 1})
    assert next(r for r in records if r["source"] == "stones")["license"] == "CC-BY-4.0"
    assert '"quarry.remark"' in (tmp_path / "processed/dropped.jsonl").read_text()


def test_recipes_work_as_written(tmp_path: Path) -> None:
    """Every command and every piece of Python of the page, in their order, on the documents of this repository."""
    shutil.copytree(ROOT / "raw", tmp_path / "raw")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/pipeline").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n')
    (tmp_path / "bin/pipeline").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    page = (ROOT / "docs/recipes.md").read_text()
    script = "pipeline ingest --quiet\n" + "".join(blocks(page, "sh"))
    done = subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("added    obsidian:gout") == 2
    for name in (
        "chunks.jsonl",
        "langchain.jsonl",
        "llamaindex.jsonl",
        "documents.sqlite",
        "bulk/mapping.json",
        "notes/wikipedia/Calcinosis.md",
    ):
        assert (tmp_path / name).stat().st_size > 100
    (code,) = blocks(page, "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 records, ")


def test_every_key_of_a_stanza_is_in_the_guide() -> None:
    said = set(re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in GUIDE.split("\n") if line.startswith("| `"))))
    assert said == set(config.Source.__struct_fields__) - {"name"}


def test_every_command_has_help_with_an_example() -> None:
    for name, command in main.commands.items():
        done = CliRunner().invoke(main, [name, "--help"])
        assert done.exit_code == 0 and "Example:" in done.output, name
        assert command.help


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["explain", "weight loss program"], 0, "rendered_wiki.advertising"),
        (["explain", "wikimd:Calcinosis"], 0, "overlap.sentence"),
        (["explain", "wikimd:Calcinosis@400"], 0, "kept"),
        (["explain", "raw/wikimd/Calcinosis.txt"], 0, "merged into it"),
        (["explain", "wikimd:Calcinosis@²"], 2, "try fewer words"),
        (["explain", "words that nobody wrote"], 2, "try fewer words"),
        (["schema"], 0, "schema_version"),
        (["detect", "raw/wikimd/Calcinosis.txt"], 0, "rendered_wiki"),
        (["detect", "raw/wikimd/Calcinosis.txt", "--json"], 0, '"score"'),
        (["clean", "raw/obsidian/Cortical nephrocalcinosis.md"], 0, "Major causes"),
        (["clean", "raw/wikipedia/Calcinosis.wikitext", "--as", "markdown"], 0, "## Types"),
        (["clean", "raw/wikipedia/Calcinosis.wikitext", "--as", "json"], 0, '"citations"'),
        (["clean", "no/such/file"], 2, "name a file, or - for stdin"),
        (["clean", "README.md", "--format", "pdf"], 2, "known formats"),
        (["clean", "README.md", "--mode", "best"], 2, "known modes"),
        (["ingest", "--raw", "no/such/folder"], 2, "no such folder"),
        (["ingest", "--max-quarantine", "many"], 2, "give a number of documents"),
    ],
)
def test_the_command_line(arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pipeline", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_shipped_set_verifies(tmp_path: Path) -> None:
    """As in a fresh clone: without the state of whatever run was the last here."""
    shutil.copytree(ROOT / "processed", tmp_path / "processed", ignore=shutil.ignore_patterns(".state"))
    command = [sys.executable, "-m", "pipeline", "verify", "--out", str(tmp_path / "processed")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "") and "everything balances" in done.stderr


def test_readme_names_what_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
    assert text.index("make ingest") < 100 and text.index('"id":') < text.index("\n" * 2, 1600)
