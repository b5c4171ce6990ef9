"""Executors of this machine."""

from __future__ import annotations

from concurrent.futures import Executor

from pipeline.run.guard import GuardedExecutor


def executor(workers: int) -> Executor:
    """An executor of `workers` guarded processes."""
    return GuardedExecutor(max(1, workers))
