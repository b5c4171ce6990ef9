"""Workers that one document cannot hurt: a crash, a hang or a hunger for memory ends a worker, never the run.

Resident child processes, each behind a pipe of its own and without any shared lock. A child says which item of its task it is at by a
number in shared memory, so that the culprit of a death is known at once. The kernel ends a child that spends more CPU on one item than
it may; the parent ends one that makes no progress at all; a child whose parent is gone ends itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import multiprocessing
import os
import queue
import resource
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future
from multiprocessing.connection import Connection
from typing import Any

CPU_SECONDS = 10  # CPU that one item may take: the slowest honest document of 16 MiB takes 5
WALL_SECONDS = 120  # time without progress after which a child is ended: sleeping costs no CPU; loaded machines are slow
MEMORY_BYTES = 3 << 29  # address space of a child, 1.5 GiB: parsers map 0.3 GiB, and a document may take 1 GiB
GC_OBJECTS = 50_000  # new objects between two looks for garbage cycles: documents make many objects and hardly a cycle
POLL_SECONDS = 1.0  # how often the parent looks for progress
PDEATHSIG = 1  # Linux: prctl option that sends a signal to a child when its parent ends

_current: Any = None  # in a child: the shared number of the item that it is at


class WorkerLostError(Exception):
    """A worker ended in the middle of a task; `item` is the number that it was at, -1 where it had not begun."""

    def __init__(self, reason: str, item: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.item = item


def at_item(number: int) -> None:
    """Says that this worker is now at an item of its task, and gives it fresh CPU time; without a guard it does nothing."""
    if _current is None:
        return
    _current.value = number
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


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
        self._tasks.put((future, _pickled((fn, args, kwargs))))
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
                ok, value = child.run(call)
            except WorkerLostError as lost:
                child.end()
                child = _Child()
                future.set_exception(lost)
                continue
            if ok:
                future.set_result(value)
            else:
                future.set_exception(value)
        child.end()


class _Child:
    """A child process and this side of its pipes."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._item = context.RawValue("q", -1)
        calls, self._calls = context.Pipe(duplex=False)  # plain pipes: a two-way one would be a socket
        self._answers, answers = context.Pipe(duplex=False)
        ours = (self._calls, self._answers)
        with warnings.catch_warnings():  # forking beside threads that only wait on pipes is safe: the child starts none of their work
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = context.Process(target=_work, args=(calls, answers, self._item, ours, os.getpid()), daemon=True)
            self._process.start()
        calls.close()
        answers.close()

    def run(self, call: bytes) -> tuple[bool, Any]:
        """(True, result) or (False, exception) of a call.

        Raises WorkerLostError.
        """
        self._item.value = -1
        try:
            self._calls.send_bytes(call)
            self._wait()
            found: tuple[bool, Any] = self._answers.recv()
        except (EOFError, OSError) as error:
            self._process.join(5)
            raise WorkerLostError(_reason(self._process.exitcode), self._item.value) from error
        return found

    def _wait(self) -> None:
        """Returns when there is an answer; ends the child where its item number stands still for too long."""
        seen, still = self._item.value, 0.0
        while not self._answers.poll(POLL_SECONDS):
            still = still + POLL_SECONDS if self._item.value == seen else 0.0
            seen = self._item.value
            if still >= WALL_SECONDS:
                self._process.kill()
                self._process.join()
                raise WorkerLostError(f"made no progress for {WALL_SECONDS} s", seen)

    def end(self) -> None:
        """Ends the child and closes its pipe."""
        self._calls.close()
        self._answers.close()
        self._process.join(1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(calls: Connection, answers: Connection, item: Any, parents: tuple[Connection, Connection], parent: int) -> None:
    """The life of a child: one call after another until its parent closes the pipe."""
    global _current
    for end in parents:  # else the child itself would hold its pipes open and never see their end
        end.close()
    _current = item
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    gc.freeze()  # what was imported stays: looking through it again and again costs a tenth of the time
    gc.set_threshold(GC_OBJECTS)
    faulthandler.disable()  # the parent says by name which document crashed; a trace of this program would say nothing of it
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent ended before that took hold
        os._exit(0)
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, args, kwargs = calls.recv()
            at_item(-1)
            try:
                answer = (True, function(*args, **kwargs))
            except Exception as error:
                answer = (False, error)
            answers.send(answer)
    os._exit(0)


def _pickled(value: Any) -> bytes:
    return bytes(multiprocessing.reduction.ForkingPickler.dumps(value))


def _reason(code: int | None) -> str:
    """Why a child ended, from its exit code."""
    if code is not None and code < 0:
        if -code == signal.SIGXCPU:
            return f"took more than {CPU_SECONDS} s of CPU"
        return f"crashed the parser (signal {-code})"
    return f"ended the parser (exit status {code})"
