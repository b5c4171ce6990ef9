"""Lines that recur across the documents of a source: its menus, disclaimers, invitations to share. Found by counting, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipeline.overlap.fingerprint import Fingerprint

if TYPE_CHECKING:
    from pipeline.overlap.candidates import U64

MIN_DOCUMENTS = 5  # documents that must carry a line ...
MIN_SHARE = 0.2  # ... and the share of the source's documents: below it a line may be a phrase of the subject
MOST_LINES = 100  # of a source: more are a sign of documents that share their content
SAMPLE = 5000  # documents of a source whose lines are all counted at once; of more, lines of half the share in these are counted in all


class Recurring(NamedTuple):
    """A line that recurs, by its hash."""

    hash: int
    documents: int  # how many carry it
    first: int  # number of the first that does


def recurring(prints: Sequence[Fingerprint], numbers: Sequence[int]) -> list[Recurring]:
    """The lines that recur in the documents of one source, most frequent first; `numbers` are those of its documents, ascending."""
    least = max(MIN_DOCUMENTS, int(MIN_SHARE * len(numbers)))
    if len(numbers) < MIN_DOCUMENTS:
        return []
    import numpy as np

    step = -(-len(numbers) // SAMPLE)
    sample = numbers[::step]
    values, counts = np.unique(np.concatenate([_lines(prints[n]) for n in sample]), return_counts=True)
    candidates = values[counts >= (least if step == 1 else max(1, int(MIN_SHARE / 2 * len(sample))))]
    if not len(candidates):
        return []
    total = np.zeros(len(candidates), dtype=np.int64)
    first = np.full(len(candidates), -1, dtype=np.int64)
    for number in numbers:
        places = np.flatnonzero(np.isin(candidates, _lines(prints[number]), assume_unique=True))
        total[places] += 1
        first[places[first[places] < 0]] = number
    found = [
        Recurring(int(h), int(c), int(f)) for h, c, f in zip(candidates.tolist(), total.tolist(), first.tolist(), strict=True) if c >= least
    ]
    return sorted(found, key=lambda r: (-r.documents, r.first, r.hash))[:MOST_LINES]


def _lines(print_: Fingerprint) -> U64:
    import numpy as np

    found: U64 = np.frombuffer(print_.lines, dtype="<u8").astype(np.uint64, copy=False)
    return found
