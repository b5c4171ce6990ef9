"""Words that no passage holds together: which passages hold them piece by piece."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pipeline.explain import fields
from pipeline.explain.answer import Answer
from pipeline.explain.passages import blocks, dropped, ledger, with_words
from pipeline.ingest import read
from pipeline.model import Dropped
from pipeline.text.words import key

RUN = 3  # words one behind another that are a piece: two stand together everywhere
SHORT = 5  # characters of a value, and a space on both sides, that may stand in any text
MOST_WORDS = 1_000  # of a question: what is compared grows with it
CANDIDATES = 200  # passages that share most with the question, held at once


class _Candidate(NamedTuple):
    """A passage that holds some of the words, in the order of the heap: the poorest first, of equals the last one found."""

    size: int  # words of the question in it
    order: int  # minus its number
    places: frozenset[int]  # numbers of these words in the question
    found: Answer | Dropped


def of(what: str, out: Path) -> list[Answer]:
    """The fewest passages that together hold as much of `what` as any do, in its order; last, the words that none holds.

    Raises UsageError where nothing was published.
    """
    wanted = key(what).split()[:MOST_WORDS]
    chosen = _cover(_candidates(wanted, out))
    if not chosen:
        return []
    answers = [(min(candidate.places), answer) for candidate, answer in zip(chosen, _answers(chosen, out), strict=True)]
    ids = frozenset(answer.id for _, answer in answers)
    covered = frozenset().union(*(candidate.places for candidate in chosen))
    unsaid = []
    for first, last in _rest(len(wanted), covered):
        holders, left = _small(" ".join(wanted[first:last]), ids, out)
        answers += [(first, holder) for holder in holders if all(holder != answer for _, answer in answers)]
        unsaid += left
    found = [answer for _, answer in sorted(answers, key=lambda pair: pair[0])]
    return [*found, Answer("unknown", "", text=" … ".join(unsaid))] if unsaid else found


def _small(words: str, ids: frozenset[str], out: Path) -> tuple[list[Answer], list[str]]:
    """What holds words that are too few to be looked for everywhere, of documents that hold those around them; what is left of them."""
    if found := with_words(words, out, ids):
        return found[:1], []
    values = [answer for record in read(out) for answer in fields.of(record) if answer.id in ids]
    padded, holders = f" {words} ", []
    for answer in sorted(values, key=lambda answer: -len(answer.text)):
        said = f" {key(answer.text)} "
        if len(said) > SHORT and said in padded:
            padded = padded.replace(said, " \0 ")
            holders.append(answer)
    return holders, [left for part in padded.split("\0") if (left := part.strip())]


def _candidates(wanted: list[str], out: Path) -> list[_Candidate]:
    places: dict[tuple[str, ...], set[int]] = {}
    for at, run in enumerate(_runs(wanted)):
        places.setdefault(run, set()).update(range(at, at + RUN))
    known = frozenset(wanted)
    best: list[_Candidate] = []
    for number, (text, found) in enumerate(_passages(out)):
        words = key(text).split()
        if known.isdisjoint(words):
            continue
        held = frozenset().union(*(places[run] for run in _runs(words) if run in places))
        if held:
            heapq.heappush(best, _Candidate(len(held), -number, held, found))
        if len(best) > CANDIDATES:
            heapq.heappop(best)
    return sorted(best, reverse=True)


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    """All runs of words.

    >>> list(_runs("a b c d".split()))
    [('a', 'b', 'c'), ('b', 'c', 'd')]
    """
    return zip(*(words[at:] for at in range(RUN)), strict=False)


def _passages(out: Path) -> Iterator[tuple[str, Answer | Dropped]]:
    for record in read(out):
        for answer in (*blocks(record), *fields.of(record)):
            yield answer.text, answer
    for line in ledger(out):
        yield line.text, line


def _cover(candidates: list[_Candidate]) -> list[_Candidate]:
    """Passages that together hold most, each for at least a run that no other holds; of equals, the one found first."""
    chosen: list[_Candidate] = []
    covered: frozenset[int] = frozenset()
    while candidates:
        best = max(candidates, key=lambda candidate: (len(candidate.places - covered), candidate.order))
        if len(best.places - covered) < RUN:
            break
        chosen.append(best)
        covered |= best.places
        candidates.remove(best)
    return chosen


def _answers(chosen: list[_Candidate], out: Path) -> list[Answer]:
    """One for each, in the order given."""
    gone = iter(dropped([c.found for c in chosen if isinstance(c.found, Dropped)], out))
    return [next(gone) if isinstance(c.found, Dropped) else c.found for c in chosen]


def _rest(count: int, covered: frozenset[int]) -> list[tuple[int, int]]:
    """Stretches (first word, one past the last) that are not covered.

    >>> _rest(6, frozenset((1, 2, 4)))
    [(0, 1), (3, 4), (5, 6)]
    """
    borders = [-1, *sorted(covered), count]
    return [(before + 1, after) for before, after in pairwise(borders) if after > before + 1]
