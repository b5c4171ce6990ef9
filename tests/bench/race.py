"""Systems side by side: every document through all of them in turn, CPU time, best of several rounds."""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def race(runners: dict[str, Callable[[T], object]], documents: Sequence[T], rounds: int) -> dict[str, float]:
    """CPU seconds of each system over all documents, the best of all rounds; who goes first changes with every document."""
    best: dict[str, float] = {}
    names = list(runners)
    for turn in range(rounds):
        spent = dict.fromkeys(names, 0.0)
        for i, document in enumerate(documents):
            for name in names[(i + turn) % len(names) :] + names[: (i + turn) % len(names)]:
                gc.collect(0)
                start = time.process_time()
                runners[name](document)
                spent[name] += time.process_time() - start
        best = {name: min(seconds, best.get(name, seconds)) for name, seconds in spent.items()}
    return best


def arguments(about: str | None, data: str) -> argparse.ArgumentParser:
    """The options that benchmarks of single documents share; `data` names what they read."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(data, type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--limit", type=int, default=-1)
    parser.add_argument("--rounds", type=int, default=2)
    return parser


def installed(*factories: Callable[[], Callable[[T], object]]) -> dict[str, Callable[[T], object]]:
    """The systems whose libraries are there, by the names of their factories; the others are named."""
    found = {}
    for factory in factories:
        try:
            found[factory.__name__] = factory()
        except ImportError:
            print(f"{factory.__name__}: not installed, passed over")
    return found


def show(spent: dict[str, float], size: int, unit: str) -> None:
    """A line for each system; `size` counts millionths of `unit`."""
    for name, seconds in spent.items():
        print(f"{name:20} {size / seconds / 1e6:7.2f} {unit}/s   {seconds / spent['ours']:6.2f} times our CPU")
