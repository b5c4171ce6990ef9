"""What a run finds of earlier ones and leaves for the next: state, segments, and what was published from them."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pipeline.config import Settings
from pipeline.readers import files
from pipeline.stages.keys import whole_code
from pipeline.stages.receipts import decode_outcome
from pipeline.store import publish, segments
from pipeline.store.state import State

SEGMENTS = "segments"  # folder of parsed documents and fingerprints, kept between runs
WORK = "work"  # folder of one run, cleared at its start and end
_STATS = msgspec.json.Decoder(dict[str, tuple[int, int, int, int, int]])


@contextmanager
def opened(folder: Path) -> Iterator[State]:
    """The state of an output folder, whole, with what a killed run had finished; its rest is cleared."""
    places = folder / SEGMENTS, folder / WORK
    shutil.rmtree(places[1], ignore_errors=True)
    for place in places:
        place.mkdir(exist_ok=True)
    try:
        with State(folder) as state:
            _drop_lost(state, places[0])
            _adopt(state, places[0])
            segments.clear(places[0], list(state.segments()))
            state.commit()
            yield state
    finally:  # of a run that failed too: where a disk is full, it is full of this
        shutil.rmtree(places[1], ignore_errors=True)


def _drop_lost(state: State, folder: Path) -> None:
    """Forgets segments that are not whole any more, and every unit that has a document in one."""
    lost = {name for name, sizes in state.segments().items() if not segments.whole(folder / name, *sizes)}
    if lost:
        state.change()
        for unit in state.units():
            if not lost.isdisjoint(decode_outcome(unit.outcome).segments()):
                state.forget([(unit.real, unit.start)])
        state.drop_segments(lost)


def _adopt(state: State, folder: Path) -> None:
    """Takes in segments that a killed run wrote but did not note, or all of them where the state file was lost."""
    held = set(state.segments())
    for name in segments.names(folder):
        if name not in held and (index := segments.index(folder / name)):
            held.add(name)
            state.change()
            state.add_segment(name, index.bytes, index.prints)
            state.put([unit for unit in index.units if decode_outcome(unit.outcome).segments() <= held])


def verdicts(state: State, folder: Path) -> str:
    """A file with the verdicts of earlier runs, for workers; empty where there are none."""
    found = list(state.verdicts())
    if not found:
        return ""
    path = folder / WORK / "verdicts.json"
    path.write_bytes(msgspec.json.encode(found))
    return str(path)


def digest(settings: Settings, skipped: Mapping[str, Counter[str]]) -> bytes:
    """What a published set depends on beside its units: code, configuration, entries that are no documents."""
    counts = sorted((source, sorted(reasons.items())) for source, reasons in skipped.items())
    return hashlib.sha256(msgspec.json.encode((whole_code(), settings, counts))).digest()


def unchanged(state: State, out: Path, inputs: bytes) -> bool:
    """Whether the published set is that of all units and these inputs, and nobody has touched it since."""
    if state.changed or state.fact("inputs") != inputs:
        return False
    manifest = publish.published(out)
    stats = _STATS.decode(state.fact("files") or b"{}")
    return bool(manifest) and all(_intact(out, name, digest, stats.get(name)) for name, digest in manifest.items())


def _intact(out: Path, name: str, digest: str, then: tuple[int, int, int, int, int] | None) -> bool:
    if then and files.Stat(*then).same(files.look(out, name.encode())):
        return True
    return publish.digest(out / name) == digest


def publication(state: State, out: Path, inputs: bytes) -> None:
    """Notes that the published set is that of all units and these inputs."""
    stats = {name: files.look(out, name.encode()) for name in publish.published(out)}
    state.set_fact("files", msgspec.json.encode(stats))
    state.published(inputs)


def drop_unused(state: State, folder: Path, live: Mapping[str, int]) -> None:
    """Deletes segments of which no document is used any more."""
    unused = [name for name in state.segments() if name not in live]
    if unused:
        for name in unused:  # first: a segment with an index that the state does not know is taken in
            (folder / SEGMENTS / (name + segments.UNITS)).unlink(missing_ok=True)
        state.drop_segments(unused)
        state.commit()
        segments.clear(folder / SEGMENTS, list(state.segments()))
