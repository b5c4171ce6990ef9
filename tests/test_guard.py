"""One document cannot hurt the run: whatever its parser does, exactly that document is quarantined."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import pipeline
from pipeline.run import guard
from pipeline.run.guard import GuardedExecutor, WorkerLostError
from pipeline.verify import verify

MOCK = """
import ctypes, os, sys, time
from pipeline.model import Document
from pipeline.text.layout import Draft, layout
NAME, VERSION, MEDIA_TYPE, IDENTITY = "mock", "1", "text/plain", ("path",)


def parse(raw):
    act = raw.text.split()[0]
    if act == "raise":
        raise ValueError("no")
    if act == "crash":
        ctypes.string_at(0)
    if act == "hang":
        while True:
            pass
    if act == "sleep":
        time.sleep(600)
    if act == "eat":
        [bytes(1 << 28) for _ in range(64)]
    if act == "exit":
        os._exit(3)
    if act == "fork" and os.fork() == 0:
        os._exit(0)
    if act == "recurse":
        (f := lambda n: f(n + 1))(0)
    text, blocks, links, tables = layout([Draft("paragraph", raw.text.strip())])
    return Document(text=text, blocks=blocks)


parser = sys.modules[__name__]
"""
EVIL = ["raise", "crash", "hang", "sleep", "eat", "exit", "recurse"]
DOCUMENTS = 1000 if os.environ.get("PIPELINE_FAULTS") else 70


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mock_parser.py").write_text(MOCK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "CPU_SECONDS", 1)
    monkeypatch.setattr(guard, "WALL_SECONDS", 2)
    monkeypatch.setattr(guard, "POLL_SECONDS", 0.1)
    (tmp_path / "raw/m").mkdir(parents=True)
    (tmp_path / "raw/sources.toml").write_text('[sources.m]\nparser = "mock_parser:parser"\n')
    return tmp_path


@pytest.mark.parametrize("workers", [1, 2])
def test_exactly_the_bad_documents_are_quarantined(folder: Path, workers: int) -> None:
    """Every tenth document is bad, and one forks, which harms nobody."""
    bad = {}
    for number in range(DOCUMENTS):
        act = EVIL[number // 10 % len(EVIL)] if number % 10 == 5 else "fork" if number == 33 else "good"
        (folder / f"raw/m/{number:04d}.txt").write_text(f"{act} document number {number} stands in a field of its own")
        if act in EVIL:
            bad[f"m/{number:04d}.txt"] = act
    report = pipeline.ingest(folder / "raw", folder / "processed", workers=workers)
    said = {q["path"]: q for q in map(json.loads, (folder / "processed/quarantine.jsonl").read_text().splitlines())}
    assert sorted(said) == sorted(bad)
    assert all(q["stage"] == "parse" and q["hint"] and "document number" not in q["error"] for q in said.values())
    assert report.accounting.records == DOCUMENTS - len(bad)
    assert verify(folder / "raw", folder / "processed") == []


def test_a_crash_in_a_dump_costs_its_page_alone(folder: Path) -> None:
    page = "<page><title>{0}</title><ns>0</ns><id>1</id><revision><id>2</id><text>{1} page {0} says a thing</text></revision></page>\n"
    pages = "".join(page.format(f"P{n}", "crash" if n == 5 else "good") for n in range(12))
    (folder / "raw/m/d.xml").write_text(f"<mediawiki>\n{pages}</mediawiki>\n")
    report = pipeline.ingest(folder / "raw", folder / "processed")
    assert (report.accounting.records, report.accounting.quarantined) == (11, 1)
    assert '"m/d.xml!/P5"' in (folder / "processed/quarantine.jsonl").read_text()


def test_an_executor_like_any_other() -> None:
    with GuardedExecutor(2) as pool:
        futures = [pool.submit(divmod, n, 7) for n in range(20)]
        assert [f.result() for f in futures] == [divmod(n, 7) for n in range(20)]
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
        with pytest.raises(WorkerLostError, match="exit status 7"):
            pool.submit(os._exit, 7).result()
        assert pool.submit(divmod, 9, 7).result() == (1, 2)


def test_no_worker_outlives_its_parent() -> None:
    code = (
        "import os, time; from pipeline.run.guard import GuardedExecutor\n"
        "pool = GuardedExecutor(2); pids = [pool.submit(os.getpid).result() for _ in range(2)]\n"
        "pool.submit(time.sleep, 60); pool.submit(time.sleep, 60); time.sleep(.3)\n"
        "print(*pids, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = {int(p) for p in parent.stdout.readline().split()}
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(_alive(p) for p in pids):
        time.sleep(0.05)
    assert not [p for p in pids if _alive(p)]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] if Path(f"/proc/{pid}").exists() else False


def test_interrupts_are_the_parents(tmp_path: Path) -> None:
    """Ctrl-C ends a run, leaves the old set, and the next run is whole."""
    (tmp_path / "raw/a").mkdir(parents=True)
    for number in range(400):
        (tmp_path / f"raw/a/{number}.txt").write_text(f"Text number {number} says what no other text of this folder says.")
    run = [sys.executable, "-m", "pipeline", "ingest"]
    with subprocess.Popen(run, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.6)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert verify(tmp_path / "raw", tmp_path / "processed") == []
