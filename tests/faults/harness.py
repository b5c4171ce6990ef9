"""Runs with faults: the n-th file operation fails, the run is killed there, the disk is full; then the same run again, without.

Each has one worker, so that the operations of a run come in one order.

    python tests/faults/harness.py SHIM FOLDER EVERY [KILLS]

SHIM is shim.c as a library, which LD_PRELOAD must name too; FOLDER is empty; every EVERY-th operation is tried, and KILLS times the
run is killed after a random time. Prints one JSON object: cases, and problems as text. A case is a problem where the faulted run fails
with anything but an error of the environment, leaves a file that is neither of the old set nor of the new one, or where the next run
does not publish exactly what a clean one does.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pipeline
from pipeline.errors import EnvironmentFailedError
from pipeline.store.publish import STATE

OPEN, WRITE, SYNC, RENAME, UNLINK = 1, 2, 4, 8, 16
KINDS = {"open": OPEN, "write": WRITE, "fsync": SYNC, "rename": RENAME, "unlink": UNLINK}
# What each kind of operation fails with: (name, errno, whether all later ones fail too).
FAULTS = {
    "open": [("EMFILE", errno.EMFILE, False), ("EIO", errno.EIO, False), ("ENOSPC", errno.ENOSPC, True)],
    "write": [("ENOSPC", errno.ENOSPC, True), ("ENOSPC once", errno.ENOSPC, False), ("EIO", errno.EIO, False)],
    "fsync": [("EIO", errno.EIO, False)],
    "rename": [("EIO", errno.EIO, False), ("ENOSPC", errno.ENOSPC, True)],
    "unlink": [("EIO", errno.EIO, False)],
}
PROSE = "Granite {0} is a coarse rock that cools slowly below the ground, and its {0} crystals can be seen by eye. It is hard to carve."
SIZES = (0, 4_000, 20_000, 40_000, 80_000)  # bytes that a file may have, or that a disk has left
FAILED, SURPRISED = 3, 4  # exit statuses: an error of the environment, anything else


def write_raw(raw: Path) -> None:
    """The first state of raw/: two sources with a copy, a note, containers, and a file that is no text."""
    texts = {f"a/{n}.txt": PROSE.format(n) for n in ("one", "two", "three")}
    texts |= {
        "b/copy.txt": PROSE.format("one") + "\n\nThe quarry closed long ago, and a lake stands in it now.",
        "b/note.md": "# Note\n\nSee [[one]].",
    }
    texts["sources.toml"] = "[sources.a]\nmax_loss = 1.0\n[sources.b]\nmax_loss = 1.0\n"
    for name, text in texts.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text(text)
    (raw / "b/none.txt").write_bytes(bytes(range(256)) * 8)
    (raw / "b/lines.jsonl").write_text("".join(json.dumps({"id": n, "text": PROSE.format(n)}) + "\n" for n in ("five", "six")))
    with zipfile.ZipFile(raw / "a/old.zip", "w") as archive:
        archive.writestr("seven.txt", PROSE.format("seven"))


def change_raw(raw: Path) -> None:
    """The second state: a document more, also in a container, one changed, one gone, one of another name."""
    (raw / "a/four.txt").write_text(PROSE.format("four"))
    (raw / "a/two.txt").write_text(PROSE.format("second"))
    (raw / "a/one.txt").unlink()
    (raw / "b/note.md").rename(raw / "b/noted.md")
    with (raw / "b/lines.jsonl").open("a") as lines:
        lines.write(json.dumps({"id": "eight", "text": PROSE.format("eight")}) + "\n")


def published(out: Path) -> dict[str, bytes]:
    """The bytes of a published set."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() and STATE not in p.parts}


def forked(action: Callable[[], object]) -> int:
    """What became of an action in a child process: an exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = SURPRISED
        try:
            action()
            status = 0
        except EnvironmentFailedError:
            status = FAILED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Harness:
    """One raw/ before and after, the sets that clean runs make of them, and cases that start from either."""

    def __init__(self, shim: ctypes.CDLL, folder: Path) -> None:
        self.shim, self.folder = shim, folder
        self.raw, self.out, self.was = folder / "raw", folder / "out", folder / "was"
        self.problems: list[str] = []
        self.cases = 0
        write_raw(self.raw)
        self.ingest(self.was)
        self.old = published(self.was)
        change_raw(self.raw)
        self.new = {"an empty folder": self.clean(fresh=True), "an earlier set": self.clean(fresh=False)}

    def ingest(self, out: Path) -> None:
        """A run of its own process, so that nothing of it stays behind."""
        if forked(lambda: pipeline.ingest(self.raw, out, workers=1)):
            raise SystemExit("a run without faults failed")

    def start(self, fresh: bool) -> None:
        """The state that a case begins with."""
        shutil.rmtree(self.out, ignore_errors=True)
        if not fresh:
            shutil.copytree(self.was, self.out, dirs_exist_ok=True)

    def clean(self, fresh: bool) -> dict[str, bytes]:
        """What a run without faults publishes."""
        self.start(fresh)
        self.ingest(self.out)
        return published(self.out)

    def operations(self, kind: str, fresh: bool) -> int:
        """How many operations of a kind a run has, in all its processes."""
        self.start(fresh)

        def counting() -> None:
            self.shim.shim_arm(os.fsencode(self.folder), KINDS[kind], 0, 0, 0)
            pipeline.ingest(self.raw, self.out, workers=1)

        forked(counting)
        return int(self.shim.shim_disarm())

    def case(self, name: str, start: str, faulted: Callable[[], object], killed: bool = False, between: Callable[[], object] = int) -> None:
        """One faulted run and the next, with something done in between."""
        fresh = start == "an empty folder"
        self.start(fresh)
        status = forked(faulted)
        self.shim.shim_disarm()
        self.cases += 1
        name = f"{name} from {start}"
        new = self.new[start]
        found = published(self.out)
        if status == 0 and found != new:
            self.problems.append(f"{name}: the run said that it succeeded, and did not publish the set")
        if status not in (0, FAILED) and not (killed and status == -signal.SIGKILL):
            self.problems.append(f"{name}: the run ended with {status}")
        old = {} if fresh else self.old
        torn = [n for n, data in found.items() if data not in (old.get(n), new.get(n))]
        if torn:
            self.problems.append(f"{name}: {torn} are of neither set")
        between()
        if forked(lambda: pipeline.ingest(self.raw, self.out, workers=1)):
            self.problems.append(f"{name}: the next run failed")
        elif published(self.out) != new:
            self.problems.append(f"{name}: the next run published something else")
        left = [p.name for p in (self.out / STATE).iterdir() if p.name in ("next", "work") or p.suffix == ".part"]
        left += [p.name for p in (self.out / STATE / "segments").glob("*.part")]
        if left:
            self.problems.append(f"{name}: {left} were left behind")

    def armed(self, kinds: int, nth: int, error: int, sticky: bool) -> Callable[[], object]:
        """A run whose nth operation fails."""

        def faulted() -> None:
            self.shim.shim_arm(os.fsencode(self.folder), kinds, nth, error, sticky)
            pipeline.ingest(self.raw, self.out, workers=1)

        return faulted

    def failures(self, every: int) -> None:
        """Every so many-th operation fails, with each of its errors in turn."""
        for start in self.new:
            for kind, faults in FAULTS.items():
                for nth in self._some(self.operations(kind, start == "an empty folder"), every):
                    for name, error, sticky in faults:
                        self.case(f"{name} at {kind} {nth}", start, self.armed(KINDS[kind], nth, error, sticky))

    def kills(self, every: int) -> None:
        """The run is killed at every so many-th operation of any kind."""
        for start in self.new:
            total = sum(self.operations(kind, start == "an empty folder") for kind in KINDS)
            for nth in self._some(total, every):
                self.case(f"killed at operation {nth}", start, self.armed(sum(KINDS.values()), nth, -1, False), killed=True)

    def kills_in_time(self, times: int) -> None:
        """The run is killed after a random time, by a process that knows nothing of it."""
        self.start(fresh=False)
        begin = time.monotonic()
        self.ingest(self.out)
        usual = time.monotonic() - begin
        chance = random.Random(7)
        for number in range(times):
            wait = chance.uniform(0, usual)

            def killed(wait: float = wait) -> None:
                signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
                signal.setitimer(signal.ITIMER_REAL, max(wait, 0.0001))
                pipeline.ingest(self.raw, self.out, workers=1)
                signal.setitimer(signal.ITIMER_REAL, 0)

            self.case(f"killed after {wait:.4f} s", list(self.new)[number % 2], killed, killed=True)

    def small_files(self, sizes: Iterable[int]) -> None:
        """No file may grow past a size."""
        for size in sizes:

            def limited(size: int = size) -> None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
                pipeline.ingest(self.raw, self.out, workers=1)

            for start in self.new:
                self.case(f"files of at most {size} bytes", start, limited)

    def full_disks(self, kilobytes: Iterable[int]) -> None:
        """A disk of its own that has only so much left. Needs the right to mount one; without it nothing is tried."""
        for start in self.new:
            for left in kilobytes:
                shutil.rmtree(self.out, ignore_errors=True)
                self.out.mkdir()
                if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", self.out], capture_output=True).returncode:
                    return
                try:
                    self.case(f"{left} kB left", start, lambda left=left: self._cramped(left), between=lambda: self._resized(64 << 10))
                finally:
                    subprocess.run(["umount", self.out], check=True)

    def _cramped(self, left: int) -> None:
        used = sum(-(-p.stat().st_size // 4096) * 4 for p in self.out.rglob("*"))
        self._resized(used + max(left, 4))  # 0 would mean a disk without an end
        pipeline.ingest(self.raw, self.out, workers=1)

    def _resized(self, kilobytes: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", self.out], check=True, capture_output=True)

    @staticmethod
    def _some(total: int, every: int) -> list[int]:
        """Numbers to try, with the first and the last."""
        return sorted({1, total, *range(1, total + 1, every)}) if total else []


def main() -> None:
    """The cases that the command line asks for."""
    shim, folder, every, kills = ctypes.CDLL(sys.argv[1]), Path(sys.argv[2]).resolve(), int(sys.argv[3]), int((sys.argv[4:] or ["0"])[0])
    with contextlib.redirect_stdout(sys.stderr):
        harness = Harness(shim, folder)
        harness.failures(every)
        harness.kills(every)
        harness.kills_in_time(kills)
        harness.small_files(SIZES)
        harness.full_disks([size // 1000 for size in SIZES])
    print(json.dumps({"cases": harness.cases, "problems": harness.problems}))


if __name__ == "__main__":
    main()
