"""Executors of this machine."""

from __future__ import annotations

import os
from concurrent.futures import Executor

from pipeline.run.guard import GuardedExecutor


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def executor(workers: int) -> Executor:
    """An executor of `workers` guarded processes."""
    return GuardedExecutor(max(1, workers))
