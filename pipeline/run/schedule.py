"""Tasks through an executor, a bounded number under way, results as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TypeVar

from pipeline.errors import EnvironmentFailedError
from pipeline.run.guard import WorkerLostError

AHEAD = 4  # tasks handed out per worker before the first result is taken: bounds what waits in memory

T = TypeVar("T")
R = TypeVar("R")


def each(
    pool: Executor,
    function: Callable[[T], R],
    tasks: Iterable[T],
    workers: int,
    again: Callable[[T, R | WorkerLostError], list[T]] | None = None,
) -> Iterator[R]:
    """Results in the order in which they are ready: nothing may depend on it.

    `again` gives the tasks to run after a result, or in place of a task whose worker ended.

    Raises EnvironmentFailedError where a worker ends and nothing says what to do instead.
    """
    rest = iter(tasks)
    more: deque[T] = deque()
    waiting: dict[Future[R], T] = {}
    while True:
        while len(waiting) < AHEAD * workers and (task := more.popleft() if more else next(rest, None)) is not None:
            waiting[pool.submit(function, task)] = task
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            task = waiting.pop(future)
            try:
                result = future.result()
            except WorkerLostError as lost:
                if again is None:
                    raise EnvironmentFailedError(f"a worker {lost.reason}; nothing was published, run again") from lost
                more.extend(again(task, lost))
                continue
            if again is not None:
                more.extend(again(task, result))
            yield result


def batches(items: Iterable[T], size: int, weight: Callable[[T], int] = lambda _: 0, most: int = 1) -> Iterator[list[T]]:
    """Items in lists of at most `size`, and of at most about `most` in weight.

    >>> list(batches([1, 2, 9, 1], 3, int, 4))
    [[1, 2, 9], [1]]
    """
    batch: list[T] = []
    heavy = 0
    for item in items:
        batch.append(item)
        heavy += weight(item)
        if len(batch) == size or heavy >= most > 1:
            yield batch
            batch, heavy = [], 0
    if batch:
        yield batch
