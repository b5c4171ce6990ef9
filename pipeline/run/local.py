"""Executors of this machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any


class SerialExecutor(Executor):
    """Runs every task at once in this process: the least overhead for a handful of documents, and the simplest to debug."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Runs the task and returns its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def executor(workers: int) -> Executor:
    """An executor for `workers` processes; one worker is this process itself."""
    if workers <= 1:
        return SerialExecutor()
    return ProcessPoolExecutor(workers, mp_context=get_context("forkserver"))
