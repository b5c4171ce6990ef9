"""One document cannot hurt the run: whatever its parser does, exactly that document is quarantined."""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import gc
import gzip
import hashlib
import json
import mmap
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import pipeline
from pipeline.readers import containers, office
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


class SlowHash:
    """A hash that takes most of a second for each megabyte, as those of gigabytes take seconds."""

    def __init__(self, data: bytes = b"") -> None:
        self._hash = hashlib.sha256(data)

    def update(self, data: bytes) -> None:
        start = time.process_time()
        while time.process_time() - start < 0.8:
            self._hash.copy().update(data)
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def test_a_container_of_any_size_may_be_looked_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash takes more than a document may."""
    rows = [{"id": str(n), "text": "good " + " ".join(f"w{n}x{k}" for k in range(3000))} for n in range(140)]
    (folder / "raw/m/d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert (folder / "raw/m/d.jsonl").stat().st_size > 3 << 20
    monkeypatch.setattr(containers, "hashlib", SimpleNamespace(sha256=SlowHash))
    monkeypatch.setattr(guard, "WALL_SECONDS", 60)  # what counts here is CPU: others may keep the machine busy
    assert pipeline.ingest(folder / "raw", folder / "processed").accounting.records == 140


def leave(status: int) -> None:
    os._exit(status)


def test_an_executor_like_any_other() -> None:
    with GuardedExecutor(2) as pool:
        futures = [pool.submit(divmod, n, 7) for n in range(20)]
        assert [f.result() for f in futures] == [divmod(n, 7) for n in range(20)]
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
        with pytest.raises(WorkerLostError, match="exit status 7"):
            pool.submit(leave, 7).result()
        assert pool.submit(divmod, 9, 7).result() == (1, 2)


class TwoWordsError(Exception):
    """As many are: what it is made from is not what it keeps."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)
        self.two = two


def fail_in_two_words() -> None:
    raise TwoWordsError("one", "two")


def starve() -> None:
    raise MemoryError


def test_an_exception_that_cannot_be_unpacked_ends_its_task_and_not_the_executor() -> None:
    with GuardedExecutor(1) as pool:
        with pytest.raises(RuntimeError, match="TwoWordsError cannot be sent"):
            pool.submit(fail_in_two_words).result(timeout=20)
        assert pool.submit(divmod, 9, 7).result(timeout=20) == (1, 2)


def test_a_machine_that_gives_no_more_processes_is_told_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    with GuardedExecutor(1) as pool:
        monkeypatch.setattr(os, "fork", refuse)
        with pytest.raises(OSError, match="temporarily unavailable"):
            pool.submit(leave, 7).result(timeout=20)
        monkeypatch.undo()


def test_an_item_for_which_memory_does_not_suffice_ends_its_worker_alone() -> None:
    with GuardedExecutor(1) as pool:
        with pytest.raises(WorkerLostError, match="more memory than a worker may have"):
            pool.submit(starve).result(timeout=20)
        assert pool.submit(divmod, 9, 7).result(timeout=20) == (1, 2)


def test_a_file_that_asks_its_converter_for_all_memory_is_quarantined_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(office._CONVERTERS, "pdf", lambda _: bytes(1 << 45))
    (folder / "raw/m/a.pdf").write_bytes(b"%PDF-1.4 of one page")
    (folder / "raw/m/b.txt").write_text("good document beside it")
    counts = pipeline.ingest(folder / "raw", folder / "processed").accounting
    assert (counts.records, counts.quarantined) == (1, 1)
    [line] = map(json.loads, (folder / "processed/quarantine.jsonl").read_text().splitlines())
    assert line["path"] == "m/a.pdf" and "more memory" in line["error"]


def test_damage_behind_a_document_that_ends_its_worker_is_told_once(folder: Path) -> None:
    """A stretch is read in pieces then, and each comes to the place before the damage."""
    rows = [{"id": n, "text": f"{'crash' if n == 7 else 'good'} row {n} says a thing"} for n in range(8)]
    packed = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    (folder / "raw/m/d.jsonl.gz").write_bytes(packed + b"what no gzip writes")
    counts = pipeline.ingest(folder / "raw", folder / "processed").accounting
    assert (counts.records, counts.quarantined) == (7, 2)
    assert verify(folder / "raw", folder / "processed") == []


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


# -- what a child does, step by step in this process ----------------------------------------------------------------------


class Left(BaseException):
    """In place of the end of a process."""


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(status: int) -> None:
        raise Left(status)

    monkeypatch.setattr(os, "_exit", leave)
    for owner, name in [
        (os, "setpgid"),
        (signal, "signal"),
        (faulthandler, "disable"),
        (gc, "freeze"),
        (gc, "set_threshold"),
    ]:
        monkeypatch.setattr(owner, name, lambda *_: None)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: (_ for _ in ()).throw(OSError()))
    monkeypatch.setattr(guard, "_here", None)


@pytest.mark.usefixtures("leaving")
def test_a_child_answers_until_its_pipe_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_leave_parent", lambda *_: None)
    (calls, my_calls), (my_answers, answers) = os.pipe(), os.pipe()
    calls_made: list[Any] = [(divmod, (9, 7), {}), (divmod, (1, 0), {}), (guard.retire, (), {})]
    for call in calls_made:
        guard._send(my_calls, pickle.dumps(call))
    os.close(my_calls)
    with mmap.mmap(-1, guard._CELL.size) as cell, pytest.raises(Left, match=r"^0$"):
        guard._work(calls, answers, cell, os.getppid())
    found = [guard._Answer(*pickle.loads(guard._receive(my_answers))) for _ in range(3)]
    assert [(a.ok, type(a.value), a.retired) for a in found] == [
        (True, tuple, False),
        (False, ZeroDivisionError, False),
        (True, type(None), True),
    ]
    for pipe in (calls, my_answers, answers):
        os.close(pipe)


@pytest.mark.usefixtures("leaving")
def test_a_child_without_its_parent_leaves_at_once() -> None:
    with pytest.raises(Left, match=r"^0$"):
        guard._leave_parent(-1, -1, parent=-1)


@pytest.mark.usefixtures("leaving")
def test_a_child_that_comes_to_an_end_by_any_way_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    pipes = []
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(guard, "_work", lambda calls, answers, *_: pipes.extend([calls, answers]))
    with pytest.raises(Left, match=r"^70$"):
        guard._Child()
    for pipe in pipes:
        os.close(pipe)


@pytest.mark.usefixtures("leaving")
def test_what_an_item_forked_leaves_when_the_next_item_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    with mmap.mmap(-1, guard._CELL.size) as cell:
        place = guard._Place(cell)
        place.process = -1
        monkeypatch.setattr(guard, "_here", place)
        with pytest.raises(Left):
            guard.at_item(1)


def test_without_a_guard_its_calls_do_nothing() -> None:
    guard.at_item(1)
    guard.identified("00" * 32)
    guard.retire()


def test_a_parent_may_have_loaded_anything(folder: Path) -> None:
    """A worker's limit counts from what its parent has: numpy, torch and their like map gigabytes."""
    with mmap.mmap(-1, guard.MEMORY_BYTES * 2):
        (folder / "raw/m/a.txt").write_text("good document in a large process")
        assert pipeline.ingest(folder / "raw", folder / "processed").accounting.records == 1


@pytest.mark.usefixtures("leaving")
def test_a_system_that_does_not_say_what_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    assert guard._mapped() == 0


def test_what_cannot_travel_is_named() -> None:
    ok, value, retired = pickle.loads(guard._pickled(True, lambda: 0, False))
    assert not ok and retired and "function cannot be sent" in str(value)


def test_what_was_not_begun_can_be_called_off() -> None:
    with GuardedExecutor(1) as pool:
        first, second, third = (pool.submit(time.sleep, 0.3) for _ in range(3))
        time.sleep(0.1)
        assert second.cancel()
        third.result()
        assert first.done()
        running, waiting = (pool.submit(time.sleep, 0.3) for _ in range(2))
        time.sleep(0.1)
        pool.shutdown(cancel_futures=True)
        assert running.done() and waiting.cancelled()


def test_a_child_is_waited_for_once() -> None:
    child = guard._Child()
    child._kill(signal.SIGKILL)
    assert child._reaped() == child._reaped() == -signal.SIGKILL
    child.end()
