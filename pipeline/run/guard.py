"""Workers that one document cannot hurt: a crash, a hang or a hunger for memory ends a worker, never the run.

Resident child processes, each behind two pipes of its own and without any shared lock. A child says in shared memory which item of its
task it is at, so that the culprit of a death is known at once. The kernel ends a child that spends more CPU on one item than it may;
the parent ends one that makes no progress at all; a child whose parent is gone ends itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import mmap
import os
import pickle
import queue
import resource
import select
import signal
import struct
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, NamedTuple

CPU_SECONDS = 10  # CPU that one item may take: the slowest honest document of 16 MiB takes 5
WALL_SECONDS = 60  # time without progress after which a child is ended: sleeping costs no CPU; loaded machines are slow
MEMORY_BYTES = 11 << 27  # address space of a child beside its parent's, 1.4 GiB: parsers map 0.3 GiB, and a document may take 1 GiB
RECYCLE_BYTES = 300 << 20  # a child whose peak memory grew by so much is replaced after its task, as it gives none of it back
GC_OBJECTS = 50_000  # new objects between two looks for garbage cycles: documents make many objects and hardly a cycle
POLL_SECONDS = 1.0  # how often the parent looks for progress
PDEATHSIG = 1  # Linux: prctl option that sends a signal to a child when its parent ends

_CELL = struct.Struct("qq32sq")  # item, patience, sha256 of the item's bytes, how often it said that it gets on
_LENGTH = struct.Struct("Q")
_HUNGRY = 71  # exit status of a child that got no memory
_NOTHING = bytes(32)


class WorkerLostError(Exception):
    """A worker ended in the middle of a task.

    `item` is the number that it was at, -1 where it had not begun; `sha256` is that of the item's bytes, empty where it had not read them.
    """

    def __init__(self, reason: str, item: int, sha256: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.item = item
        self.sha256 = sha256


class _Place:
    """In a child: where its parent looks, and whether it wants to be replaced."""

    def __init__(self, cell: mmap.mmap) -> None:
        self.cell = cell
        self.process = os.getpid()
        self.retired = False


_here: _Place | None = None


def at_item(number: int, patience: int = 1) -> None:
    """Says that this worker is now at an item of its task, and gives it fresh CPU time, `patience` times the usual.

    Without a guard it does nothing.
    """
    if _here is None:
        return
    if os.getpid() != _here.process:  # an item forked: only the worker itself goes on
        os._exit(0)
    _CELL.pack_into(_here.cell, 0, number, patience, _NOTHING, 0)
    _allow(patience)


def gets_on() -> None:
    """Says that this worker gets on with what is no item and has no bound, as the hash of a file of any size: it has fresh time."""
    if _here is not None:
        item, patience, digest, times = _CELL.unpack_from(_here.cell)
        _CELL.pack_into(_here.cell, 0, item, patience, digest, times + 1)
        _allow(patience)


def _allow(patience: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS * patience
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def identified(sha256: str) -> None:
    """Says what the bytes of the item at hand are, so that a verdict on it can be kept."""
    if _here is not None:
        _here.cell[16:48] = bytes.fromhex(sha256)


def retire() -> None:
    """Asks for this worker to be replaced after its task: something failed in it, and others should not inherit its memory."""
    if _here is not None:
        _here.retired = True


class GuardedExecutor(Executor):
    """An executor of guarded child processes.

    A task whose worker ends raises WorkerLostError from its future; the next task finds a fresh worker. Exceptions of a task come through.
    """

    def __init__(self, workers: int) -> None:
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        children = [_Child() for _ in range(workers)]  # forked before any thread exists
        self._threads = [threading.Thread(target=self._serve, args=(child,), daemon=True) for child in children]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queues a call of an importable function."""
        future: Future[Any] = Future()
        self._tasks.put((future, pickle.dumps((fn, args, kwargs), pickle.HIGHEST_PROTOCOL)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the workers when the tasks under way are done."""
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while task := self._tasks.get_nowait():
                    task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads if wait else []:
            thread.join()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Waits for all tasks, or, where an exception (Ctrl-C, a full disk) ends the run, only for those under way."""
        self.shutdown(cancel_futures=kind is not None)

    def _serve(self, child: _Child) -> None:
        """One thread a child: waits on its pipe, never runs a task itself."""
        while task := self._tasks.get():
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                answer = child.run(call)
            except Exception as error:  # the worker is lost, or its answer cannot be read
                answer = _Answer(False, error, True)
            if answer.retired:
                child.end()
                try:
                    child = _Child()
                except OSError as error:  # the machine has no more processes or files: who waits for this future must hear of it
                    future.set_exception(error)
                    return
            if answer.ok:
                future.set_result(answer.value)
            else:
                future.set_exception(answer.value)
        child.end()


class _Answer(NamedTuple):
    ok: bool  # else `value` is the exception
    value: Any
    retired: bool  # the child wants to be replaced


class _Child:
    """A child process and this side of its pipes."""

    def __init__(self) -> None:
        self._cell = mmap.mmap(-1, _CELL.size)
        _CELL.pack_into(self._cell, 0, -1, 1, _NOTHING, 0)
        calls, self._calls = os.pipe()
        self._answers, answers = os.pipe()
        parent = os.getpid()
        with warnings.catch_warnings():  # forking beside threads that only wait on pipes is safe: the child starts none of their work
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if self._process == 0:
            try:
                _work(calls, answers, self._cell, parent)
            finally:
                os._exit(70)
        with contextlib.suppress(OSError):  # here and in the child: whoever comes first, the group is there when it is to be ended
            os.setpgid(self._process, self._process)
        self._status: int | None = None
        os.close(calls)
        os.close(answers)

    def run(self, call: bytes) -> _Answer:
        """The answer to a call.

        Raises WorkerLostError.
        """
        _CELL.pack_into(self._cell, 0, -1, 1, _NOTHING, 0)
        try:
            _send(self._calls, call)
            self._wait()
            return _Answer(*pickle.loads(_receive(self._answers)))
        except (EOFError, OSError) as error:
            self._kill(signal.SIGTERM)  # it is gone, or as good as: what it forked goes with it
            raise self._lost(_reason(self._reaped(), _CELL.unpack_from(self._cell)[1])) from error

    def _lost(self, reason: str) -> WorkerLostError:
        item, _, digest, _ = _CELL.unpack_from(self._cell)
        return WorkerLostError(reason, item, "" if digest == _NOTHING else digest.hex())

    def _wait(self) -> None:
        """Returns when there is an answer; ends the child where its item number stands still for too long."""
        seen, still = b"", 0.0
        poll = select.poll()
        poll.register(self._answers, select.POLLIN | select.POLLHUP)
        while not poll.poll(POLL_SECONDS * 1000):
            now = self._cell[: _CELL.size]
            still = still + POLL_SECONDS if now == seen else 0.0
            seen = now
            limit = WALL_SECONDS * _CELL.unpack(now)[1]
            if still >= limit:
                self._kill(signal.SIGKILL)
                self._reaped()
                raise self._lost(f"made no progress for {limit} s")

    def _kill(self, number: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process, number)  # the child leads a group of its own

    def _reaped(self) -> int:
        """Waits for the child's end; its exit status, negative for a signal."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        return self._status

    def end(self) -> None:
        """Ends the child, which is not at work, and whatever it started."""
        os.close(self._calls)
        os.close(self._answers)
        if self._status is None:
            self._kill(signal.SIGKILL)
            self._reaped()
        self._cell.close()


def _work(calls: int, answers: int, cell: mmap.mmap, parent: int) -> None:
    """The life of a child: one call after another until its parent closes the pipe."""
    global _here
    _here = _Place(cell)
    _leave_parent(calls, answers, parent)
    gc.freeze()  # what was imported stays: looking through it again and again costs a tenth of the time
    gc.set_threshold(GC_OBJECTS)
    limit = _mapped() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    born = _peak()
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, args, kwargs = pickle.loads(_receive(calls))
            at_item(-1)
            try:
                ok, value = True, function(*args, **kwargs)
            except MemoryError:  # the item at hand asks for more than there is: as if the kernel had ended this process for it
                os._exit(_HUNGRY)
            except Exception as error:
                ok, value = False, error
            retired = _here.retired or _peak() - born > RECYCLE_BYTES
            at_item(-1)
            _send(answers, _pickled(ok, value, retired))
    os._exit(0)


def _leave_parent(calls: int, answers: int, parent: int) -> None:
    """A child keeps nothing of its parent's but its pipes: no lock, no database, no terminal."""
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.disable()  # the parent says by name which document crashed; a trace of this program would say nothing of it
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent ended before that took hold
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # what a library prints may be a document's text
        os.dup2(nothing, stream)
    low, high = sorted((calls, answers))
    for first, last in ((3, low), (low + 1, high), (high + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])):
        os.closerange(first, last)


def _pickled(ok: bool, value: Any, retired: bool) -> bytes:
    try:
        data = pickle.dumps((ok, value, retired), pickle.HIGHEST_PROTOCOL)
        if not ok:
            pickle.loads(data)  # one whose class asks for more than it was given is packed, and cannot be unpacked
        return data
    except Exception as error:  # an exception that cannot travel: its name can
        return pickle.dumps((False, RuntimeError(f"{type(value).__name__} cannot be sent: {type(error).__name__}"), True))


def _mapped() -> int:
    """Bytes of address space that this process has of its parent, which may have loaded anything; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _peak() -> int:
    """Bytes of memory that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _send(pipe: int, data: bytes) -> None:
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(pipe, view) :]


def _receive(pipe: int) -> bytes:
    return _exactly(pipe, _LENGTH.unpack(_exactly(pipe, _LENGTH.size))[0])


def _exactly(pipe: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(pipe, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _reason(code: int, patience: int) -> str:
    """Why a child ended, from its exit code."""
    if code < 0:
        if -code == signal.SIGXCPU:
            return f"took more than {CPU_SECONDS * patience} s of CPU"
        return f"crashed the parser (signal {-code})"
    if code == _HUNGRY:
        return "took more memory than a worker may have"
    return f"ended the parser (exit status {code})"
