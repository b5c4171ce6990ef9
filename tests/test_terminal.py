"""What a run says while it runs, and when it is stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

import pipeline
from pipeline.cli import _COMMANDS, main

WORDS = "Slate splits into thin sheets which roofs were made of"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for number in range(300):
        path = tmp_path / "raw" / "a" / f"{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(f"## Part {number} {k}\n\n{WORDS}, says drawer {number * 40 + k}." for k in range(40)))
    (tmp_path / "raw/a/spoilt.md").write_bytes(bytes(range(256)) * 8)
    return tmp_path / "raw"


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "pipeline", *map(str, arguments)]


def events(stderr: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_the_log_is_lines_of_json_without_text_of_documents(raw: Path, tmp_path: Path) -> None:
    done = subprocess.run(command("ingest", "--raw", raw, "--out", tmp_path / "out", "--log", "json"), capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout == ""
    found = events(done.stderr)
    assert [e["event"] for e in found if e["event"] != "progress"] == ["published"]
    assert found[-1] | {"time": ""} == {
        "time": "",
        "event": "published",
        "found": 301,
        "records": 300,
        "merged": 0,
        "quarantined": 1,
        "skipped": 0,
    }
    last = {e["stage"]: (e["done"], e["total"], e["quarantined"]) for e in found[:-1]}
    assert last == {"parse": (301, 301, 1), "assemble": (300, 300, 1)}
    assert "slate" not in done.stderr.lower() and "Part" not in done.stderr


def test_the_log_says_why_a_run_failed(raw: Path, tmp_path: Path) -> None:
    arguments = ("ingest", "--raw", raw, "--out", tmp_path / "out", "--log", "json", "--max-quarantine", "0")
    done = subprocess.run(command(*arguments), capture_output=True, text=True)
    assert done.returncode == 1
    failed = events(done.stderr)[-1]
    assert (failed["event"], failed["kind"], failed["exit_code"]) == ("failed", "GuardError", 1)
    assert "quarantined" in str(failed["error"])


def test_the_log_names_a_folder_whose_name_is_no_utf_8(tmp_path: Path) -> None:
    done = subprocess.run(command("ingest", "--raw", tmp_path / "caf\udce9", "--log", "json"), capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "caf\\udce9: no such folder" in json.loads(done.stderr)["error"]


def interrupted(raw: Path, out: Path, log: str) -> tuple[int, str]:
    """Exit code and stderr of a run that gets Ctrl-C once it has read something."""
    run = subprocess.Popen(
        command("ingest", "--raw", raw, "--out", out, "--workers", 2, "--log", log),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell starts what runs in its background with SIGINT ignored
    )
    until = time.monotonic() + 20
    while not list(out.glob(".state/segments/*")) and time.monotonic() < until:
        time.sleep(0.002)
    run.send_signal(signal.SIGINT)
    _, stderr = run.communicate(timeout=30)
    return run.returncode, stderr


@pytest.mark.parametrize("log", ["text", "json"])
def test_ctrl_c_says_that_nothing_is_lost_and_the_next_run_goes_on(raw: Path, tmp_path: Path, log: str) -> None:
    for attempt in range(5):  # under load the run may be over before the signal is sent
        out = tmp_path / f"out{attempt}"
        code, stderr = interrupted(raw, out, log)
        if code:
            break
    assert code == 130
    if log == "text":
        assert "run the command again to go on" in stderr and "Traceback" not in stderr
    else:
        assert events(stderr)[-1]["event"] == "stopped"
    pipeline.ingest(raw, out)
    pipeline.ingest(raw, tmp_path / "clean")
    assert {p.name: p.read_bytes() for p in out.glob("*.json*")} == {p.name: p.read_bytes() for p in (tmp_path / "clean").glob("*.json*")}


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_help_of_every_command_has_an_example(name: str) -> None:
    done = subprocess.run(command(name, "--help"), capture_output=True, text=True, check=True)
    assert f"pipeline {name}" in done.stdout.partition("Example")[2]
    assert "\x1b" not in done.stdout


def test_an_unknown_command_names_the_near_one() -> None:
    done = subprocess.run(command("verfy"), capture_output=True, text=True)
    assert done.returncode == 2
    assert "verify" in done.stderr


@pytest.mark.parametrize(
    ("typed", "offered"), [("ve", ["verify"]), ("sources ch", ["check"]), ("export --to ch", ["chunks"]), ("ingest --wo", ["--workers"])]
)
def test_the_shell_completes_commands_and_options(typed: str, offered: list[str]) -> None:
    *before, incomplete = typed.split(" ")
    shell = ShellComplete(main, {}, "pipeline", "_PIPELINE_COMPLETE")
    assert [item.value for item in shell.get_completions(before, incomplete)] == offered


def test_there_are_no_colours_where_nobody_sees_them(raw: Path, tmp_path: Path) -> None:
    done = subprocess.run(command("ingest", "--raw", raw, "--out", tmp_path / "out"), capture_output=True)
    assert b"\x1b" not in done.stderr + done.stdout
