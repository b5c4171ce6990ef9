"""Words that no passage holds together: blocks, other fields of a record and ledger lines that hold them piece by piece."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from pipeline.explain import fields
from pipeline.explain.answer import Answer
from pipeline.explain.passages import MOST, blocks, dropped, ledger
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
    """Blocks that follow one another and hold `what` together; else fields that hold it; else the fewest passages that hold most of it.

    These stand in the order of `what`; last come the words that none of them holds.

    Raises UsageError where nothing was published.
    """
    wanted = key(what).split()[:MOST_WORDS]
    search = _Search(wanted)
    for record in read(out) if wanted else ():
        search.record(list(blocks(record)), list(fields.of(record)))
    if search.together or search.fields:
        return (search.together or search.fields)[:MOST]
    for line in ledger(out) if wanted else ():
        search.passage(key(line.text), line)
    chosen = _cover(sorted(search.best, reverse=True))
    return _in_order(wanted, chosen, out) if chosen else []


class _Search:
    """What one look through a published set finds."""

    def __init__(self, wanted: list[str]) -> None:
        self.together: list[Answer] = []
        self.fields: list[Answer] = []
        self.best: list[_Candidate] = []
        self._whole = f" {' '.join(wanted)} "
        self._places: dict[tuple[str, ...], set[int]] = {}
        for at, run in enumerate(_runs(wanted)):
            self._places.setdefault(run, set()).update(range(at, at + RUN))
        self._words = frozenset(wanted)
        self._number = 0

    def record(self, passages: list[Answer], values: list[Answer]) -> None:
        """Looks at the blocks and other values of a record."""
        keys = [f" {said}" if (said := key(answer.text)) else "" for answer in passages]
        at = f"{''.join(keys)} ".find(self._whole)
        if at >= 0:
            ends = list(accumulate(map(len, keys)))
            first, last = bisect_right(ends, at), bisect_left(ends, at + len(self._whole) - 1)
            self.together += [passages[number] for number in range(first, last + 1) if keys[number]]
        for said, answer in zip(keys, passages, strict=True):
            self.passage(said, answer)
        for answer in values:
            said = key(answer.text)
            if self._whole in f" {said} ":
                self.fields.append(answer)
            self.passage(said, answer)

    def passage(self, said: str, found: Answer | Dropped) -> None:
        """Keeps a passage that is among those which hold most words of the question."""
        words = said.split()
        if self._words.isdisjoint(words):
            return
        held = frozenset().union(*(self._places[run] for run in _runs(words) if run in self._places))
        if held:
            self._number += 1
            heapq.heappush(self.best, _Candidate(len(held), -self._number, held, found))
            if len(self.best) > CANDIDATES:
                heapq.heappop(self.best)


def _in_order(wanted: list[str], chosen: list[_Candidate], out: Path) -> list[Answer]:
    """The passages chosen, what holds the words between them, and the words that are left."""
    answers = [(min(candidate.places), answer) for candidate, answer in zip(chosen, _answers([c.found for c in chosen], out), strict=True)]
    near = _near(frozenset(answer.id for _, answer in answers), out)
    unsaid = []
    for first, last in _rest(len(wanted), frozenset().union(*(candidate.places for candidate in chosen))):
        holders, left = _small(" ".join(wanted[first:last]), near)
        answers += [(first, holder) for holder in _answers(holders, out) if all(holder != answer for _, answer in answers)]
        unsaid += left
    found = [answer for _, answer in sorted(answers, key=lambda pair: pair[0])]
    return [*found, Answer("unknown", "", text=" … ".join(unsaid))] if unsaid else found


def _near(ids: frozenset[str], out: Path) -> list[tuple[str, bool, Answer | Dropped]]:
    """(normal form, whether it is a value and no passage, what says it) of everything that came from some documents."""
    near: list[tuple[str, bool, Answer | Dropped]] = []
    for record in read(out):
        near += [(key(answer.text), False, answer) for answer in blocks(record) if answer.id in ids]
        near += [(key(answer.text), True, answer) for answer in fields.of(record) if answer.id in ids]
    return near + [(key(line.text), False, line) for line in ledger(out) if line.id in ids]


def _small(words: str, near: list[tuple[str, bool, Answer | Dropped]]) -> tuple[list[Answer | Dropped], list[str]]:
    """What holds words that are too few to be looked for everywhere: one passage all of them, or values some; and what is left of them."""
    padded, holders = f" {words} ", []
    whole = next((found for said, is_value, found in near if not is_value and padded in f" {said} "), None)
    if whole:
        return [whole], []
    for said, is_value, found in sorted(near, key=lambda one: -len(one[0])):
        if is_value and len(said) + 2 > SHORT and f" {said} " in padded:
            padded = padded.replace(f" {said} ", " \0 ")
            holders.append(found)
    return holders, [left for part in padded.split("\0") if (left := part.strip())]


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    """All runs of words.

    >>> list(_runs("a b c d".split()))
    [('a', 'b', 'c'), ('b', 'c', 'd')]
    """
    return zip(*(words[at:] for at in range(RUN)), strict=False)


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


def _answers(found: list[Answer | Dropped], out: Path) -> list[Answer]:
    """One for each, in the order given."""
    gone = iter(dropped([one for one in found if isinstance(one, Dropped)], out))
    return [next(gone) if isinstance(one, Dropped) else one for one in found]


def _rest(count: int, covered: frozenset[int]) -> list[tuple[int, int]]:
    """Stretches (first word, one past the last) that are not covered.

    >>> _rest(6, frozenset((1, 2, 4)))
    [(0, 1), (3, 4), (5, 6)]
    """
    borders = [-1, *sorted(covered), count]
    return [(before + 1, after) for before, after in pairwise(borders) if after > before + 1]
