"""Passages that stand in records or in the ledger, and which of them a question asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import msgspec

from pipeline.explain.answer import Answer
from pipeline.ingest import read
from pipeline.model import Dropped, Record
from pipeline.report.rules import sentence
from pipeline.stages.collect import lines, paths, picked
from pipeline.text.words import key

MOST = 50  # answers shown: more are no answer
SCORED = ("html.not_main_content", "html.uncertain_content")  # rules that stand for a score
_RECORD = msgspec.json.Decoder(Record)

Fits = Callable[[str, str, int, int], bool]  # (document's id, passage, first raw byte, one past the last) -> is it asked for


def of_document(what: str, out: Path) -> list[Answer] | None:
    """Every passage of the document that `what` names, or those at the byte of it that `ID@BYTE` names; None where it names none.

    Raises UsageError where nothing was published.
    """
    name, _, byte = what.rpartition("@")
    ids = {id_ for id_, _, _ in picked(out, {what, name})} | {line.id for line in ledger(out) if line.id in (what, name)}
    if what in ids:
        return fitting(lambda id_, *_: id_ == what, out, None)
    if name in ids and byte.isdecimal():
        return fitting(lambda id_, _, a, b: id_ == name and a <= int(byte) < b, out, None)
    return None


def with_words(what: str, out: Path) -> list[Answer]:
    """Every passage that holds the words of `what` one behind another.

    Raises UsageError where nothing was published.
    """
    wanted = f" {key(what)} "
    return fitting(lambda _, text, *__: wanted in f" {key(text)} ", out, MOST) if wanted.strip() else []


def fitting(fits: Fits, out: Path, most: int | None) -> list[Answer]:
    """What fits, kept passages before removed ones; no more than `most`.

    Raises UsageError where nothing was published.
    """
    found = list(islice(standing(read(out), fits), most))
    gone = (line for line in ledger(out) if fits(line.id, line.text, line.raw_start, line.raw_end))
    return found + dropped(list(islice(gone, None if most is None else most - len(found))), out)


def standing(records: Iterable[Record], fits: Fits) -> Iterator[Answer]:
    """Blocks that fit."""
    found = (answer for record in records for answer in blocks(record))
    return (answer for answer in found if fits(answer.id, answer.text, answer.raw_start, answer.raw_end))


def blocks(record: Record) -> Iterator[Answer]:
    """The blocks of a record as answers."""
    for b in record.blocks:
        text = record.text[b.start : b.end]
        yield Answer("kept", b.origin, record.id, b.kind, text, b.section, raw_start=b.raw_start, raw_end=b.raw_end)


def dropped(gone: list[Dropped], out: Path) -> list[Answer]:
    """Ledger lines as answers, with what the records say of them."""
    asked = {line.survivor.id for line in gone if line.survivor} | {line.id for line in gone if line.rule in SCORED}
    records = {id_: _RECORD.decode(line) for id_, line, _ in picked(out, asked)} if asked else {}
    return [_dropped(line, records) for line in gone]


def _dropped(line: Dropped, records: dict[str, Record]) -> Answer:
    at = line.survivor
    still = records[at.id].text[at.start : at.end] if at and at.id in records else ""
    reason = sentence(line.rule) + _scored(line, records)
    return Answer("removed", line.id, at.id if at else "", line.kind, line.text, [], line.rule, reason, line.raw_start, line.raw_end, still)


def _scored(line: Dropped, records: dict[str, Record]) -> str:
    """Where a score decided: what the page's own record says of it."""
    if line.rule not in SCORED or line.id not in records:
        return ""
    said = msgspec.json.decode(records[line.id].metadata or "{}").get("main_content", {})
    if not said:
        return ""
    return f" Read as {said['page']}: scores from {said['lowest_score']} stay, expected F1 {said['expected_f1']}."


def ledger(out: Path) -> Iterator[Dropped]:
    """The lines of the ledger. Raises EnvironmentFailedError at one that cannot be read."""
    return chain.from_iterable(lines(path, Dropped) for path in paths(out, "dropped"))
