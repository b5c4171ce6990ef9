"""What runs remember: nothing is done twice, nothing stale is published, and every way to a raw/ gives what a clean run gives."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import pipeline
from pipeline.errors import EnvironmentFailedError
from pipeline.model import Tombstone
from pipeline.parsers import plain
from pipeline.readers import containers, files
from pipeline.readers.containers import jsonlines
from pipeline.run import guard
from pipeline.stages import collect, keys, parse, plan, receipts
from pipeline.stages.receipts import decode_outcome
from pipeline.store import publish, segments
from pipeline.store.state import FILE, State, Table, Unit
from pipeline.verify import verify

FACTS = [
    "Slate splits into thin sheets.",
    "Chalk is soft and white.",
    "Flint breaks with a sharp edge.",
    "Gneiss shows bands of light and dark.",
]
STANZAS = '[sources.a]\nformat = "text"\nmax_loss = 1.0\n[sources.b]\nmax_loss = 1.0\n'


def prose(number: int) -> str:
    """A short document; numbers that are near give texts that overlap."""
    return "\n\n".join(
        f"{FACTS[(number + k) % 4]} Drawer {number // 2 + k} of the cabinet holds a piece of it, found by a road." for k in range(3)
    )


def many_lines(first: int, count: int) -> str:
    """A container of short documents."""
    return "".join(json.dumps({"id": str(number), "text": prose(number)}) + "\n" for number in range(first, first + count))


class Folder:
    """A raw/ and its processed/."""

    def __init__(self, place: Path) -> None:
        self.raw, self.out = place / "raw", place / "processed"
        self.write("sources.toml", STANZAS)

    def write(self, name: str, content: str) -> None:
        (self.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (self.raw / name).write_text(content)

    def run(self, **options: Any) -> Any:
        return pipeline.ingest(self.raw, self.out, **options)

    @property
    def state(self) -> Path:
        return self.out / publish.STATE

    def parsed(self) -> dict[str, set[str]]:
        """Segments, and the raw files that each was made for."""
        found = {}
        for name in segments.names(self.state / "segments"):
            index = segments.index(self.state / "segments" / name)
            assert index is not None
            found[name] = {unit.real.decode() for unit in index.units}
        return found

    def published(self) -> dict[str, bytes]:
        return {
            str(p.relative_to(self.out)): p.read_bytes()
            for p in sorted(self.out.rglob("*"))
            if p.is_file() and publish.STATE not in p.parts
        }

    def clean(self) -> dict[str, bytes]:
        """What a clean run publishes; it knows no ids that went away."""
        with tempfile.TemporaryDirectory() as other:
            pipeline.ingest(self.raw, other)
            found = Folder.__new__(Folder)
            found.out = Path(other)
            return found.published()

    def same_as_clean(self) -> bool:
        mine, clean = self.published(), self.clean()
        mine.pop("tombstones.jsonl"), clean.pop("tombstones.jsonl")
        return mine == clean

    def tombstones(self) -> dict[str, tuple[str, str]]:
        return {t.id: (t.reason, t.successor) for t in collect.lines(self.out / "tombstones.jsonl", Tombstone)}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path)
    for number in range(4):
        found.write(f"{'ab'[number % 2]}/{number}.txt", prose(number))
    return found


@pytest.fixture(params=[True, False], ids=["many files", "few files"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether files of known times are taken as unchanged, as in a folder of many."""
    if request.param:
        monkeypatch.setattr(plan, "FEW", 0)
        monkeypatch.setattr(files, "RACY_NS", 0)  # else files as new as these are looked at again


# -- what is done again, and what is not -------------------------------------------------------------------------------


@pytest.mark.usefixtures("many")
def test_a_run_with_nothing_new_parses_nothing_and_writes_nothing(folder: Folder) -> None:
    first = folder.run()
    files = {p: p.stat().st_mtime_ns for p in folder.out.rglob("*.json*")}
    parsed = folder.parsed()
    assert folder.run() == first
    assert folder.parsed() == parsed
    assert {p: p.stat().st_mtime_ns for p in folder.out.rglob("*.json*")} == files


@pytest.mark.usefixtures("many")
def test_only_what_changed_is_parsed(folder: Folder) -> None:
    folder.run()
    before = folder.parsed()
    folder.write("a/0.txt", prose(10))
    folder.write("b/9.txt", prose(20))
    folder.run()
    new = [names for segment, names in folder.parsed().items() if segment not in before]
    assert set().union(*new) == {"a/0.txt", "b/9.txt"}
    assert folder.same_as_clean()


@pytest.mark.usefixtures("many")
def test_a_change_of_the_same_size_at_the_same_time_is_seen(folder: Folder) -> None:
    folder.run()
    path = folder.raw / "a/0.txt"
    status = path.stat()
    path.write_text(path.read_text().replace("Drawer 0", "Drawer 9"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    folder.run()
    assert folder.same_as_clean()


def test_a_file_that_is_touched_is_looked_at_and_not_parsed(folder: Folder) -> None:
    folder.run()
    before = folder.parsed()
    os.utime(folder.raw / "a/0.txt")
    folder.run()
    assert folder.parsed() == before


def test_a_changed_stanza_parses_its_own_documents_alone(folder: Folder) -> None:
    folder.run()
    before = folder.parsed()
    folder.write("sources.toml", STANZAS + 'license = "CC0-1.0"\n')
    folder.run()
    new = [names for segment, names in folder.parsed().items() if segment not in before]
    assert set().union(*new) == {"b/1.txt", "b/3.txt"}
    assert folder.same_as_clean()


def test_a_new_version_of_a_parser_parses_its_own_documents_alone(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("b/note.md", "---\ntitle: Note\n---\nSee [[other]] and ==this==, in a note of the cabinet's keeper.")
    folder.run()
    before = folder.parsed()
    monkeypatch.setattr(plain, "VERSION", plain.VERSION + "x")
    folder.run()
    new = [names for segment, names in folder.parsed().items() if segment not in before]
    assert "b/note.md" not in set().union(*new) and "a/0.txt" in set().union(*new)
    assert folder.same_as_clean()


def test_changed_code_of_the_pipeline_publishes_anew(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.run()
    before = (folder.out / "documents.jsonl").stat().st_ino
    monkeypatch.setattr(keys, "whole_code", lambda: "other")
    monkeypatch.setattr("pipeline.stages.remember.whole_code", lambda: "other")
    calls = []
    folder.run(progress=lambda stage, *_: calls.append(stage))
    assert "assemble" in calls
    assert (folder.out / "documents.jsonl").stat().st_ino == before  # its bytes are the same: not rewritten


# -- what is lost comes back -------------------------------------------------------------------------------------------


def lose_state(folder: Folder) -> None:
    for path in folder.state.glob(FILE + "*"):
        path.unlink()


def damage_state(folder: Folder) -> None:
    data = bytearray((folder.state / FILE).read_bytes())
    data[100:] = b"\xaa" * (len(data) - 100)
    (folder.state / FILE).write_bytes(data)


def no_state(folder: Folder) -> None:
    (folder.state / FILE).write_bytes(b"no database at all")


def cut_segment(folder: Folder) -> None:
    path = next(p for p in (folder.state / "segments").iterdir() if not p.suffix)
    path.write_bytes(path.read_bytes()[:-1])


def lose_prints(folder: Folder) -> None:
    next((folder.state / "segments").glob("*" + segments.PRINTS)).unlink()


def lose_all(folder: Folder) -> None:
    shutil.rmtree(folder.state)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("harm", [lose_state, damage_state, no_state, cut_segment, lose_prints, lose_all])
def test_whatever_is_lost_of_the_state_comes_back(folder: Folder, harm: Callable[[Folder], None]) -> None:
    folder.run()
    harm(folder)
    folder.write("a/0.txt", prose(10))
    folder.run()
    assert folder.same_as_clean()
    assert verify(folder.raw, folder.out) == []


def test_without_its_index_the_state_is_had_again_from_segments(folder: Folder) -> None:
    folder.run()
    before = folder.parsed()
    lose_state(folder)
    folder.run()
    assert folder.parsed() == before


@pytest.mark.usefixtures("many")
def test_what_a_killed_run_parsed_and_did_not_note_is_published(folder: Folder) -> None:
    """Its files are as they were when it looked, and the set that is there knows nothing of it."""
    folder.run()
    folder.write("a/9.txt", prose(90))
    if os.fork() == 0:
        _die_at(1, only=True)
        folder.run()
        os._exit(0)
    os.wait()
    before = folder.parsed()
    assert {"a/9.txt"} in before.values()
    folder.run()
    assert folder.parsed() == before
    assert folder.same_as_clean()


def test_segments_of_which_nothing_is_used_any_more_are_deleted(folder: Folder) -> None:
    folder.run()
    before = folder.parsed()
    for number in range(4):
        folder.write(f"{'ab'[number % 2]}/{number}.txt", prose(number + 40))
    folder.run()
    after = folder.parsed()
    assert before and after and not before.keys() & after.keys()
    assert {p.name.partition(".")[0] for p in (folder.state / "segments").iterdir()} == after.keys()


@pytest.mark.parametrize("name", ["documents.jsonl", "report.json", "README.md"])
def test_a_published_file_that_was_touched_by_hand_is_put_right(folder: Folder, name: str) -> None:
    folder.run()
    right = folder.published()
    (folder.out / name).write_text("{}\n")
    folder.run()
    assert folder.published() == right
    (folder.out / name).unlink()
    folder.run()
    assert folder.published() == right


# -- verdicts ----------------------------------------------------------------------------------------------------------

SLOW = """
import sys, time
from pipeline.model import Document
from pipeline.text.layout import Draft, layout
NAME, VERSION, MEDIA_TYPE, IDENTITY = "slow", "1", "text/plain", ("path",)

def parse(raw):
    until = time.process_time() + float(raw.text.split()[0])
    while time.process_time() < until:
        pass
    text, blocks, links, tables = layout([Draft("paragraph", raw.text.strip())])
    return Document(text=text, blocks=blocks)

def parse_degraded(raw):
    if "hopeless" in raw.text:
        raise ValueError
    text, blocks, links, tables = layout([Draft("paragraph", raw.text.strip())])
    return Document(text=text, blocks=blocks, flags=["degraded"])

parser = sys.modules[__name__]
"""


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    (tmp_path / "slow_parser.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "CPU_SECONDS", 0)  # the kernel counts whole seconds: one to two are left
    folder = Folder(tmp_path)
    folder.write("sources.toml", '[sources.s]\nparser = "slow_parser:parser"\n')
    folder.write("s/fast.txt", "0 seconds are enough for this one, which says nothing much")
    return folder


def test_a_document_that_takes_too_long_goes_to_its_parsers_last_resort(slow: Folder) -> None:
    slow.write("s/long.txt", "9 seconds are what this one would take, and it is told so")
    slow.run()
    (long,) = [r for r in pipeline.read(slow.out) if r.id.endswith("long.txt")]
    assert "degraded" in long.flags


def test_a_verdict_stands_on_a_faster_machine(slow: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.write("s/long.txt", "3 seconds for a hopeless case that nobody can help at all")
    assert slow.run().accounting.quarantined == 1
    before = slow.published()
    monkeypatch.setattr(guard, "CPU_SECONDS", 10)
    lose = slow.state / "segments"
    shutil.rmtree(lose)  # every document is parsed again, but the verdict stands
    slow.run()
    assert slow.published() == before


# -- ids that go away --------------------------------------------------------------------------------------------------


def test_tombstones_say_what_became_of_an_id(folder: Folder) -> None:
    folder.write("a/7.txt", prose(70))
    folder.write("a/8.txt", prose(80))
    folder.write("a/9.txt", prose(90))
    folder.run()
    (folder.raw / "a/7.txt").unlink()
    (folder.raw / "a/8.txt").rename(folder.raw / "a/eight.txt")
    (folder.raw / "a/9.txt").write_bytes(bytes(range(256)))
    folder.run()
    assert folder.tombstones() == {
        "a:7.txt": ("raw_deleted", ""),
        "a:8.txt": ("renamed", "a:eight.txt"),
        "a:9.txt": ("quarantined", ""),
    }
    folder.write("a/7.txt", prose(70))
    folder.run()
    assert set(folder.tombstones()) == {"a:8.txt", "a:9.txt"}


# -- sets in parts -----------------------------------------------------------------------------------------------------


def test_documents_of_what_cannot_be_read_any_more_are_not_called_deleted(folder: Folder) -> None:
    folder.write("b/all.jsonl", many_lines(20, 6))
    folder.run()
    (folder.raw / "b/all.jsonl").rename(folder.raw / "b/all.jsonl.gz")
    (folder.raw / "b/all.jsonl.gz").write_bytes(b"\x1f\x8b damaged")
    folder.run()
    gone = {id: reason for id, (reason, _) in folder.tombstones().items()}
    assert gone and set(gone.values()) == {"raw_deleted"}
    folder.write("b/all.jsonl", many_lines(20, 6))
    folder.run()
    assert not folder.tombstones()
    (folder.raw / "b/all.jsonl").write_bytes(b"\x1f\x8b damaged")
    folder.run()
    again = {id: reason for id, (reason, _) in folder.tombstones().items()}
    assert again.keys() == gone.keys() and set(again.values()) == {"quarantined"}


def test_parts_of_a_set_whose_state_was_lost_are_replaced(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a reader finds the old file before the new parts, or old parts beside new ones."""
    for size in (1 << 20, 2000, 1000, 4000, 1 << 20):
        monkeypatch.setattr(collect, "PART_BYTES", size)
        folder.write(f"a/more{size}.txt", prose(size % 1000 + 30))
        folder.run()
        assert verify(folder.raw, folder.out) == []
        assert folder.same_as_clean()
        shutil.rmtree(folder.state)


def test_names_that_are_made_from_paths_are_nobody_elses(tmp_path: Path) -> None:
    with Table(tmp_path / "t.sqlite") as table:
        table.add([("s:k", "p", "a", b""), ("s:k", "q", "b", b""), ("s:k#p", "r", "c", b""), ("s:k#p#1", "z", "d", b"")])
        table.numbered(bytes.decode)
        ids = [id for id, _ in table]
    assert ids == sorted(set(ids)) and len(ids) == 4


PAGE = "<page><title>{}</title><ns>0</ns><id>{}</id><revision><id>{}</id><text>{}</text></revision></page>\n"


@pytest.mark.parametrize("order", ["as they stand", "last first", "some put aside"])
def test_a_page_that_stands_twice_has_its_ids_by_what_is_known_of_it(folder: Folder, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    """The driver comes upon pages in the order in which workers gave them back: pieces that were tried again come last."""
    pages = [("Twice", 9, prose(30)), *((f"Page {n}", n, prose(30 + 2 * n)) for n in range(1, 6)), ("Twice", 7, prose(30))]
    folder.write("b/all.xml", "<mediawiki>" + "".join(PAGE.format(title, n, n, text) for title, n, text in pages) + "</mediawiki>")
    right = folder.clean()
    if order == "some put aside":
        monkeypatch.setattr(parse, "FINGERPRINT_BATCH", 1)
        monkeypatch.setattr(parse, "HEADS", 5)
    if order == "last first":
        put = State.put

        def turned(self: State, units: list[Unit]) -> None:
            outcomes = [decode_outcome(unit.outcome) for unit in units]
            for outcome in outcomes:
                outcome.heads.reverse()
            replaced = [msgspec.structs.replace(u, outcome=receipts.encode_outcome(o)) for u, o in zip(units, outcomes, strict=True)]
            put(self, replaced)

        monkeypatch.setattr(State, "put", turned)
    folder.run()
    assert folder.published() == right


def test_a_large_set_is_cut_into_parts_and_a_small_one_made_whole_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20, 60, 5):
        folder.write(f"a/{number}.txt", prose(number))
    folder.run()
    whole = [r.id for r in pipeline.read(folder.out)]
    monkeypatch.setattr(collect, "PART_BYTES", 4000)
    folder.write("a/99.txt", prose(990))
    folder.run()
    parts = sorted(p.name for p in folder.out.glob("documents*"))
    assert len(parts) in (4, 8, 16) and "documents.jsonl" not in parts
    assert [r.id for r in pipeline.read(folder.out)] == sorted([*whole, "a:99.txt"])
    assert folder.same_as_clean()
    monkeypatch.undo()
    (folder.raw / "a/99.txt").unlink()
    folder.run()
    assert [p.name for p in folder.out.glob("documents*")] == ["documents.jsonl"]
    assert [r.id for r in pipeline.read(folder.out)] == whole


# -- any executor ------------------------------------------------------------------------------------------------------


class Twice(Executor):
    """Runs every task twice, at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        fn(*args, **kwargs)
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def standard(workers: int) -> Executor:
    return ProcessPoolExecutor(workers, mp_context=get_context("forkserver"))


@pytest.mark.parametrize("other", [standard, lambda _: Twice()], ids=["standard library", "every task twice"])
def test_any_executor_gives_the_same_bytes(folder: Folder, monkeypatch: pytest.MonkeyPatch, other: Callable[[int], Executor]) -> None:
    folder.write("b/none.txt", "\0\1\2" * 99)
    right = folder.clean()
    monkeypatch.setattr(plan, "PARSE_BATCH", 1)
    monkeypatch.setattr(sys.modules["pipeline.ingest"], "executor", other)
    folder.run(workers=2)
    assert folder.published() == right


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("left", [1, 3, 5])
def test_a_container_of_which_a_killed_run_read_some_is_read_whole(folder: Folder, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """What was read stands, as nothing changed since; that is not the whole file."""
    monkeypatch.setattr(jsonlines, "CHUNK", 400)
    folder.write("b/all.jsonl", many_lines(20, 12))
    if os.fork() == 0:
        _die_at(left, only=True)
        folder.run()
        os._exit(0)
    os.wait()
    folder.run()
    assert sum(r.id.startswith("b:") and "all" in r.raw.path for r in pipeline.read(folder.out)) > 6
    assert folder.same_as_clean()


def test_a_fault_in_reading_a_container_is_tried_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are as they were, so that their hash says nothing of it."""
    folder.write("b/all.jsonl", many_lines(20, 6))
    members = containers.members

    def stale(*arguments: Any) -> Iterator[containers.Member]:
        yield from islice(members(*arguments), 2)
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(containers, "members", stale)
    assert folder.run().accounting.quarantined == 1
    monkeypatch.undo()
    assert folder.run().accounting.quarantined == 0
    assert folder.same_as_clean()


@pytest.mark.usefixtures("many")
def test_a_container_that_could_not_be_opened_for_a_moment_is_no_document(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it is one that is no text, and nothing of it changes until somebody changes the file."""
    folder.write("b/all.jsonl", many_lines(20, 6))
    open_regular = files.open_regular

    def failing(fault: int) -> Callable[..., int]:
        def opened(raw: Any, real: bytes) -> int:
            if real.endswith(b".jsonl"):
                raise OSError(fault, os.strerror(fault))
            return open_regular(raw, real)

        return opened

    monkeypatch.setattr(containers, "open_regular", failing(errno.EMFILE))
    with pytest.raises(EnvironmentFailedError):
        folder.run()
    assert not folder.published()
    monkeypatch.setattr(containers, "open_regular", failing(errno.ESTALE))
    assert folder.run().accounting.quarantined == 1
    monkeypatch.undo()
    assert folder.run().accounting.quarantined == 0
    assert folder.same_as_clean()


@pytest.mark.usefixtures("many")
def test_a_container_that_can_be_opened_again_is_not_taken_for_an_empty_one(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where somebody is still writing it when it is cut into stretches."""
    folder.write("b/all.jsonl", many_lines(20, 6))

    def unreadable(*_: Any) -> Iterator[tuple[int, int]]:
        raise files.Unreadable("no", "no")

    monkeypatch.setattr(plan.containers, "chunks", unreadable)
    assert folder.run().accounting.quarantined == 1
    monkeypatch.undo()
    assert folder.run().accounting.quarantined == 0
    assert folder.same_as_clean()


def test_pieces_of_a_stretch_that_changed_between_them_are_not_trusted() -> None:
    outcome = receipts.encode_outcome(receipts.Outcome([], [], receipts.Tally()))
    one, other = (Unit(b"a", 0, 9, (9, 1, 1, 1, 2), hash, "a", "*", "k", "d", outcome) for hash in ("01", "02"))
    assert receipts.joined(one, one).sha256 == "01"
    assert receipts.joined(one, other).sha256 == ""


@pytest.mark.parametrize("ending", ["", segments.PRINTS])
def test_what_a_disk_changed_is_never_published(folder: Folder, ending: str) -> None:
    """One bit of a segment, in a word, say: its size is as it was."""
    folder.run()
    [name] = folder.parsed()
    path = folder.state / "segments" / (name + ending)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    folder.write("a/9.txt", prose(20))
    before = folder.published()
    with pytest.raises(EnvironmentFailedError, match=f"{path.name}: damaged .* run again"):
        folder.run()
    assert folder.published() == before
    folder.run()
    assert folder.same_as_clean()


def test_a_stretch_of_many_documents_is_kept_in_pieces(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of the documents of a dump that cannot be cut is as large as they are many."""
    folder.write("b/all.jsonl", many_lines(20, 12))
    right = folder.clean()
    monkeypatch.setattr(parse, "FINGERPRINT_BATCH", 1)
    monkeypatch.setattr(parse, "HEADS", 5)
    folder.run()
    assert folder.published() == right
    with State(folder.state) as state:
        outcomes = [decode_outcome(unit.outcome) for unit in state.units() if unit.real == b"b/all.jsonl"]
    assert [(len(o.aside), len(o.heads)) for o in outcomes] == [(2, 2)]
    lose_state(folder)
    folder.run()
    assert folder.published() == right, "segments alone say it"
    (folder.state / "segments" / outcomes[0].aside[0][0]).write_bytes(b"")
    folder.run()
    assert folder.published() == right


# -- any history -------------------------------------------------------------------------------------------------------


class History(RuleBasedStateMachine):
    """Documents come, change, go and are renamed; runs end, or are killed at any commit; the state is lost.

    A run gives what a clean one gives.
    """

    names = st.sampled_from([f"{source}/{name}.txt" for source in "ab" for name in "xyz"])

    @initialize(many=st.booleans())
    def begin(self, many: bool) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.folder = Folder(self.place)
        self.few = plan.FEW
        plan.FEW = 0 if many else self.few
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(jsonlines, "CHUNK", 400)
        self.patch.setattr(parse, "FINGERPRINT_BATCH", 1)
        self.patch.setattr(parse, "HEADS", 2)
        if many:
            self.patch.setattr(files, "RACY_NS", 0)
        self.ever: set[str] = set()

    def teardown(self) -> None:
        self.run()
        plan.FEW = self.few
        self.patch.undo()
        shutil.rmtree(self.place)

    @rule(name=names, number=st.integers(0, 8))
    def write(self, name: str, number: int) -> None:
        self.folder.write(name, prose(number))

    @rule(first=st.integers(0, 8), count=st.integers(1, 8))
    def write_many(self, first: int, count: int) -> None:
        self.folder.write("b/all.jsonl", many_lines(first, count))

    @rule(name=names)
    def spoil(self, name: str) -> None:
        self.folder.write(name, "")

    @rule(name=names)
    def delete(self, name: str) -> None:
        (self.folder.raw / name).unlink(missing_ok=True)

    @rule(one=names, two=names)
    def rename(self, one: str, two: str) -> None:
        if (self.folder.raw / one).exists():
            (self.folder.raw / two).parent.mkdir(exist_ok=True)
            (self.folder.raw / one).rename(self.folder.raw / two)

    @rule(priority=st.integers(1, 3))
    def prefer(self, priority: int) -> None:
        self.folder.write("sources.toml", STANZAS.replace("[sources.b]", f"[sources.b]\npriority = {priority}"))

    @rule(commit=st.integers(1, 9))
    def killed_at_a_commit(self, commit: int) -> None:
        if os.fork() == 0:
            _die_at(commit)
            self.folder.run()
            os._exit(0)
        os.wait()

    @precondition(lambda self: self.folder.out.exists())
    @rule()
    def lose_the_index(self) -> None:
        lose_state(self.folder)

    @rule()
    def run(self) -> None:
        self.folder.run()
        assert self.folder.same_as_clean()
        now = {r.id for r in pipeline.read(self.folder.out)}
        gone = self.folder.tombstones()
        assert self.ever <= now | set(gone) and not now & set(gone)
        assert all(successor in now for _, successor in gone.values() if successor)
        self.ever |= now


def _die_at(step: int, *, only: bool = False) -> None:
    """Ends this process at the step of that number: a result of a worker, a commit of the state or of the set; `only` the first."""
    left = step

    def mortal(action: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(9)
            return action(*args, **kwargs)

        return call

    patch = pytest.MonkeyPatch()  # nothing takes it back: the process ends
    patch.setattr(plan.Tasks, "take", mortal(plan.Tasks.take))
    if only:
        return
    patch.setattr(State, "commit", mortal(State.commit))
    patch.setattr(publish, "_write_manifest", mortal(publish._write_manifest))
    patch.setattr(publish, "_move_into_place", mortal(publish._move_into_place))


LONG = bool(os.environ.get("PIPELINE_FAULTS"))
History.TestCase.settings = settings(
    max_examples=200 if LONG else 20,
    stateful_step_count=30 if LONG else 12,
    suppress_health_check=list(HealthCheck),
)
test_any_history_gives_what_a_clean_run_gives = History.TestCase
