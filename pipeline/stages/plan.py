"""What a run has to look at: raw documents against what is known of them, as tasks; and what to do when a worker ends on one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import msgspec

from pipeline.config import Settings, Source
from pipeline.errors import EnvironmentFailedError
from pipeline.readers import containers, files
from pipeline.run.guard import WorkerLostError
from pipeline.run.schedule import batches
from pipeline.stages.keys import EVERY, detector_of, parse_key
from pipeline.stages.parse import SEALED, UNREAD
from pipeline.stages.receipts import ALL, Job, Known, ParseReceipt, ParseTask, joined
from pipeline.store import segments
from pipeline.store.state import State, Unit

PARSE_BATCH = 200  # documents a task: small enough that every worker stays busy, large enough that a task's start costs nothing ...
PARSE_BYTES = 4 << 20  # ... and bytes
FEW = 64  # files that one worker reads in about the time that another takes to start; their bytes are looked at whatever their times say
RETRY_PATIENCE = 3  # times the usual CPU time for a document that is tried again, alone


class Size(msgspec.Struct, frozen=True):
    """How much there is below raw/, from names alone."""

    files: int
    containers: int

    @property
    def few(self) -> bool:
        """Whether one worker is as good as many."""
        return self.files <= FEW and not self.containers


def measure(raw: Path, but: str) -> Size:
    """Counts what is to be read."""
    found = Counter(containers.may_be(entry.real) for entry in files.walk(raw, but) if not entry.skip)
    return Size(found[False] + found[True], found[True])


class Plan:
    """Raw documents of a run beside the units of earlier ones; both come sorted, so neither is held in memory."""

    def __init__(self, raw: Path, but: str, settings: Settings, state: State, trusting: bool) -> None:
        self.skipped: dict[str, Counter[str]] = {}  # source -> reason -> entries that are no documents
        self.raw, self.settings, self.state = raw, settings, state
        self.trusted = 0  # documents that were not even looked at
        self._but = but
        self._trusting = trusting  # whether a file with the times and size of an earlier run may be taken as unchanged

    def jobs(self) -> Iterator[Job]:
        """What has to be looked at, in byte order of paths. Units of what is gone are forgotten on the way."""
        units = _Ahead(self.state.units())
        for entry in files.walk(self.raw, self._but):
            source = self.settings.source_of(entry.real.decode("utf-8", "surrogateescape"))
            if entry.skip:
                self.skipped.setdefault(source.name, Counter())[entry.skip] += 1
                continue
            self._gone(units.before(entry.real))
            earlier = units.of(entry.real)
            now = files.look(self.raw, entry.real)
            if covers(earlier, now.size) and all(self._stands(unit, now, source) for unit in earlier):
                self.trusted += 1
                continue
            fresh = [msgspec.structs.replace(job, size=now.size) for job in self._of(entry, source)]
            places = {(unit.start, unit.end): unit for unit in earlier}
            self._gone([u for u in earlier if (u.start, u.end) not in {(j.start, j.end) for j in fresh}])
            for job in fresh:
                known = places.get((job.start, job.end))
                if known is None:
                    self.state.change()
                yield job if known is None else msgspec.structs.replace(job, known=_known(known))
        self._gone(units.rest())

    def _of(self, entry: files.Entry, source: Source) -> Iterator[Job]:
        if not containers.is_container(self.raw, entry.real, source.fields):
            yield Job(entry.path, entry.real, source)
            return
        try:
            stretches = list(containers.chunks(self.raw, entry.real, source.fields))
        except (files.Unreadable, OSError) as no:  # its first look inside fails: whoever reads it will say so
            if isinstance(no, OSError) and no.errno in files.MACHINE_ERRORS:
                raise
            stretches = [(0, 0)]
        for start, end in stretches:
            yield Job(entry.path, entry.real, source, start=start, end=end)

    def _stands(self, unit: Unit, now: files.Stat, source: Source) -> bool:
        if not self._trusting or not unit.sha256 or not files.Stat(*unit.stat).same(now):
            return False
        return unit.source == source.name and unit.key == parse_key(source, unit.format) and unit.detector == detector_of(source)

    def _gone(self, units: list[Unit]) -> None:
        if units:
            self.state.change()
            self.state.forget((u.real, u.start) for u in units)


def covers(units: list[Unit], size: int) -> bool:
    """Whether units of one file are all of it; a run that was killed left some of a container's stretches.

    >>> stretches = [Unit(b"a.jsonl", start, end, (9, 0, 0, 0, 0), "", "", "", "", "", b"") for start, end in ((0, 4), (4, 9))]
    >>> covers(stretches, 9), covers(stretches[:1], 9), covers(stretches[1:], 9)
    (True, False, False)
    """
    at = 0
    for unit in units:
        if unit.start != at:
            return False
        at = size if unit.end == ALL else unit.end
    return bool(units) and at == size


def _known(unit: Unit) -> Known:
    return Known(unit.sha256, unit.format, unit.key, unit.detector, b"" if unit.sha256 else unit.outcome)


class _Ahead:
    """Sorted units, taken by path."""

    def __init__(self, units: Iterator[Unit]) -> None:
        self._units = units
        self._next = next(units, None)

    def _while(self, wanted: Callable[[Unit], bool]) -> list[Unit]:
        found = []
        while self._next is not None and wanted(self._next):
            found.append(self._next)
            self._next = next(self._units, None)
        return found

    def before(self, real: bytes) -> list[Unit]:
        """Units whose paths come before one."""
        return self._while(lambda u: u.real < real)

    def of(self, real: bytes) -> list[Unit]:
        """Units of a path."""
        return self._while(lambda u: u.real == real)

    def rest(self) -> list[Unit]:
        """All others."""
        return self._while(lambda _: True)


class Tasks:
    """Tasks for workers, and their receipts: what a batch and a stretch have in common is dealt with here."""

    def __init__(self, plan: Plan, folder: Path, verdicts: str) -> None:
        self._raw, self._folder, self._state, self._verdicts = plan.raw, folder, plan.state, verdicts
        last = max((int(name) for name in plan.state.segments()), default=0)
        self._names = (f"{number:08}" for number in count(last + 1))
        self._pieces: dict[tuple[bytes, int], int] = {}  # stretches in pieces -> pieces under way
        self._partial: dict[tuple[bytes, int], Unit] = {}  # what came back of them
        self.documents = 0
        self.quarantined = 0

    def of(self, jobs: Iterator[Job]) -> Iterator[ParseTask]:
        """Files in batches; each stretch of a container on its own."""
        for batch in batches(jobs, PARSE_BATCH, lambda job: job.size, PARSE_BYTES):
            if whole := [job for job in batch if job.end == ALL]:
                yield self._task(whole)
            for job in batch:
                if job.end != ALL:
                    yield self._task([job])

    def _task(self, jobs: list[Job]) -> ParseTask:
        return ParseTask(str(self._raw), str(self._folder), next(self._names), jobs, verdicts=self._verdicts)

    def again(self, task: ParseTask, result: ParseReceipt | WorkerLostError) -> list[ParseTask]:
        """What to run after a result, or in place of a task whose worker ended."""
        stretch = task.jobs[0].end != ALL
        if isinstance(result, WorkerLostError):
            more = self._after_loss(task, result, stretch)
            ends = False
        else:
            more = [self._alone(task, number, stretch) for number in result.suspects]
            ends = True
        if stretch:
            place = (task.jobs[0].real, task.jobs[0].start)
            self._pieces[place] = self._pieces.get(place, 1) + len(more) - (not ends)
        return more

    def _alone(self, task: ParseTask, number: int, stretch: bool) -> ParseTask:
        again = msgspec.structs.replace(task, name=next(self._names), patience=RETRY_PATIENCE)
        if stretch:
            return msgspec.structs.replace(again, first=number, last=number + 1)
        return msgspec.structs.replace(again, jobs=[task.jobs[number]])

    def _part(self, task: ParseTask, first: int, last: int, stretch: bool) -> list[ParseTask]:
        again = msgspec.structs.replace(task, name=next(self._names))
        if stretch:
            return [msgspec.structs.replace(again, first=first, last=last)] if first != last else []
        jobs = task.jobs[first:] if last == ALL else task.jobs[first:last]
        return [msgspec.structs.replace(again, jobs=jobs)] if jobs else []

    def _after_loss(self, task: ParseTask, lost: WorkerLostError, stretch: bool) -> list[ParseTask]:
        """The items before, the culprit once more alone, those after it; the culprit that was alone goes to its last resort."""
        if task.tier == SEALED:
            raise EnvironmentFailedError(f"a worker {lost.reason} before it did anything; nothing was published, run again")
        if stretch and (kept := segments.index(self._folder / task.name)):
            self._state.add_segment(task.name, kept.bytes, kept.prints)
            self._state.put(kept.units)
            task = msgspec.structs.replace(task, jobs=[msgspec.structs.replace(task.jobs[0], known=_known(kept.units[0]))])
        again = msgspec.structs.replace(task, name=next(self._names), reason=lost.reason, digest=lost.sha256 or task.digest)
        inside = lost.item >= task.first and not (task.last != ALL and lost.item >= task.last)
        if stretch and not inside:  # on the way to its first item
            tier, reason = (SEALED, lost.reason) if task.patience > 1 else (task.tier, "")
            return [msgspec.structs.replace(again, patience=RETRY_PATIENCE, tier=tier, reason=reason)]
        if task.patience == 1:
            item = max(lost.item, task.first)
            before, after = self._part(task, task.first, item, stretch), self._part(task, item + 1, task.last, stretch)
            return [*before, self._alone(task, item, stretch), *after]
        if lost.sha256 and not task.reason:
            self._state.judge(lost.sha256, parse_key(task.jobs[0].source, EVERY), lost.reason)
        tier = SEALED if task.tier == UNREAD else UNREAD if task.reason or not inside else ""
        return [msgspec.structs.replace(again, tier=tier, reason=task.reason or lost.reason)]

    def take(self, receipt: ParseReceipt) -> None:
        """Keeps what came back."""
        self.documents += receipt.documents
        self.quarantined += receipt.quarantined
        if receipt.segment:
            self._state.add_segment(*receipt.segment)
        self._state.touch(receipt.same)
        if any(unit.sha256 or not self._state.has(unit) for unit in receipt.units):  # what has no hash was tried again
            self._state.change()
        self._state.put([whole for unit in receipt.units if (whole := self._whole(unit))])

    def _whole(self, unit: Unit) -> Unit | None:
        """A unit of which every piece is there."""
        place = (unit.real, unit.start)
        if place not in self._pieces:
            return unit
        unit = joined(self._partial.pop(place), unit) if place in self._partial else unit
        self._pieces[place] -= 1
        if self._pieces[place]:
            self._partial[place] = unit
            return None
        return unit
