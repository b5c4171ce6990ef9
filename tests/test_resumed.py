"""A stretch of a container whose run, or worker, was ended on the way: what was cleaned by then is not cleaned again."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.config import Source
from pipeline.model import RawDocument
from pipeline.readers.containers import jsonlines
from pipeline.stages import documents, parse
from pipeline.store import publish, segments
from pipeline.store.state import State
from pipeline.verify import verify

PAGES = 23
KEPT = 5  # documents after which what is known is kept, here
WORDS = "Page {0} says that drawer {0} holds chalk."
PAGE = f"<page><title>P{{0}}</title><ns>0</ns><id>{{0}}</id><revision><id>2</id><text>{WORDS}</text></revision></page>\n"


def dump(pages: int = PAGES, of: str = "") -> bytes:
    return f"<mediawiki>\n{of}{''.join(PAGE.format(n) for n in range(pages))}</mediawiki>\n".encode()


class Place:
    """A raw/ with one dump, and a list of the documents that were parsed."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.raw, self.out, self._log = place / "raw", place / "processed", place / "log"
        self.file = self.raw / "w/d.xml.gz"
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(gzip.compress(dump()))
        self.ends: dict[str, Callable[[], object]] = {}  # what happens when a document of this title is parsed
        self.done: dict[str, int] = {}  # stage -> documents, as the last run told who watched it
        monkeypatch.setattr(parse, "FINGERPRINT_BATCH", 1)
        monkeypatch.setattr(parse, "HEADS", KEPT)
        real = documents.parsed

        def noted(raw: RawDocument, source: Source, *rest: Any) -> Any:
            name = raw.path.rsplit("/", 1)[-1]
            with self._log.open("a") as log:
                log.write(f"{name}\n")
            self.ends.get(name, int)()
            return real(raw, source, *rest)

        monkeypatch.setattr(documents, "parsed", noted)

    def run(self) -> None:
        pipeline.ingest(self.raw, self.out, workers=1, progress=lambda stage, done, *_: self.done.update({stage: done}))

    def killed(self, at: str) -> None:
        """A run whose every process is killed when it comes to a document."""
        child = os.fork()
        if child == 0:
            driver = os.getpid()
            self.ends[at] = lambda: (os.kill(driver, signal.SIGKILL), time.sleep(60))
            try:
                self.run()
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        self.parsed()

    def parsed(self) -> list[str]:
        """Names of the documents parsed since this was asked for."""
        found = self._log.read_text().split() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return found

    def published(self) -> dict[str, bytes]:
        files = [p for p in sorted(self.out.rglob("*")) if p.is_file() and publish.STATE not in p.parts]
        return {str(p.relative_to(self.out)): p.read_bytes() for p in files}

    def clean(self) -> dict[str, bytes]:
        """What a run that nothing ends publishes."""
        self.run()
        found = self.published()
        shutil.rmtree(self.out)
        self.parsed()
        return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def titles(first: int, last: int = PAGES) -> list[str]:
    return [f"P{n}" for n in range(first, last)]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bytes], ids=["gz", "xz", "plain"])
def test_pages_that_a_killed_run_cleaned_are_not_cleaned_again(place: Place, pack: Callable[[bytes], bytes]) -> None:
    place.file.write_bytes(pack(dump()))
    right = place.clean()
    place.killed("P13")
    place.killed("P22")
    place.run()
    assert place.parsed() == titles(20)
    assert place.done["parse"] == PAGES, "those that were cleaned before are done, too"
    assert place.published() == right
    assert verify(place.raw, place.out) == []
    place.run()
    assert place.parsed() == []


def test_lines_of_any_container_go_on_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long documents are kept sooner: fewer of them are as much work."""
    monkeypatch.setattr(parse, "FINGERPRINT_CHARACTERS", 100)
    monkeypatch.setattr(jsonlines, "CHUNK", 1 << 20)
    place.file.unlink()
    lines = [json.dumps({"id": f"P{n}", "text": f"Line {n} says that drawer {n} holds chalk. " * 4}) for n in range(8)]
    (place.raw / "w/d.jsonl").write_text("\n".join(lines))
    right = place.clean()
    place.killed("P3")
    place.run()
    assert place.parsed() == titles(3, 8)
    assert place.published() == right


def test_segments_alone_say_how_far_a_killed_run_came(place: Place) -> None:
    right = place.clean()
    place.killed("P13")
    publish_state = place.out / publish.STATE
    for path in publish_state.glob("state.sqlite*"):
        path.unlink()
    place.run()
    assert (place.parsed(), place.published()) == (titles(10), right)
    for path in publish_state.glob("state.sqlite*"):
        path.unlink()
    place.run()
    assert (place.parsed(), place.published()) == ([], right)
    first = min(segments.names(publish_state / "segments"))
    for path in publish_state.glob(f"segments/{first}*"):
        path.unlink()
    for path in publish_state.glob("state.sqlite*"):
        path.unlink()
    place.run()
    assert (place.parsed(), place.published()) == (titles(0), right), "what stood in a segment that is gone is made again"


def test_what_another_run_noted_since_hides_nothing(place: Place) -> None:
    """A dump's worker is ended while others have given back what they made later."""
    right = place.clean()
    place.killed("P13")
    with State(place.out / publish.STATE) as state:
        state.add_segment("00000009", 0, 0)
    place.run()
    assert (place.parsed(), place.published()) == (titles(10), right)


@pytest.mark.parametrize("change", ["bytes", "stanza"])
def test_a_dump_that_changed_is_read_from_its_beginning(place: Place, change: str) -> None:
    place.killed("P13")
    if change == "bytes":
        place.file.write_bytes(gzip.compress(dump(of=PAGE.format(99))))
    else:
        (place.raw / "sources.toml").write_text('[sources.w]\nlanguage = "de"\n')
    place.run()
    assert place.parsed() == (["P99"] if change == "bytes" else []) + titles(0)
    mine = place.published()
    shutil.rmtree(place.out)
    assert mine == place.clean()


def test_a_page_that_ends_its_worker_costs_those_before_it_nothing(place: Place) -> None:
    place.ends["P13"] = lambda: os._exit(3)
    right = place.clean()
    place.run()
    found = place.parsed()
    assert found.count("P11") == 2 and found.count("P9") == 1, "P10 was the first behind what was kept"
    assert place.published() == right
    assert [json.loads(line)["path"] for line in (place.out / "quarantine.jsonl").read_text().splitlines()] == ["w/d.xml.gz!/P13"]


def test_a_page_on_which_a_parser_raised_has_its_second_try_in_the_next_run(place: Place) -> None:
    def raising() -> None:
        raise documents.Failed("the parser failed")

    place.ends["P2"] = raising
    place.killed("P13")
    del place.ends["P2"]
    place.run()
    assert place.parsed() == [*titles(11), "P2"], "five documents, and then five more"
    mine = place.published()
    shutil.rmtree(place.out)
    assert mine == place.clean()


def test_segments_of_a_set_that_went_are_not_taken_in_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is killed between forgetting them and deleting them."""
    place.run()
    place.file.write_bytes(gzip.compress(dump(7)))
    monkeypatch.setattr(segments, "clear", lambda *_: None)
    place.run()
    monkeypatch.undo()
    place.run()
    with State(place.out / publish.STATE) as state:
        assert [unit.end for unit in state.units()] == [place.file.stat().st_size]
        assert len(state.segments()) == 1
