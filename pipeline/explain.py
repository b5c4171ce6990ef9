"""Where a passage went, and where it came from: an answer from the published records and the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from pipeline.ingest import read
from pipeline.model import Block, Dropped, Record
from pipeline.report.rules import sentence
from pipeline.stages.collect import picked
from pipeline.text.words import key

MOST = 50  # answers shown: more are no answer
SCORED = ("html.not_main_content", "html.uncertain_content")  # rules that stand for a score
CLIP = 300  # characters of a passage shown
_RECORD = msgspec.json.Decoder(Record)

Fits = Callable[[str, str, int, int], bool]  # (document's id, passage, first raw byte, one past the last) -> is it asked for


class Answer(msgspec.Struct, frozen=True):
    """One passage that fits the question."""

    id: str  # the document that the passage came from
    record: str  # the record that holds it, empty where none does
    kind: str  # block kind
    text: str  # the passage, clipped
    section: list[str]  # headings above it in the record
    rule: str  # what took it out, empty where it stands
    reason: str  # the rule in one sentence
    raw_start: int  # first byte in raw, -1 where unknown
    raw_end: int
    survivor: str  # what still says it, for an overlap

    def lines(self) -> list[str]:
        """The answer for people."""
        where = f"bytes {self.raw_start}-{self.raw_end} of its raw document" if self.raw_start >= 0 else "no raw span"
        shown = self.text if len(self.text) <= CLIP else self.text[:CLIP] + " …"
        if not self.rule:
            place = " > ".join(self.section) or "(top)"
            return [f"kept      in {self.record}, {self.kind}, under {place}", f"  from    {self.id}, {where}", f"  text    {shown}"]
        found = [f"removed   from {self.id}, {where}", f"  rule    {self.rule}: {self.reason}", f"  text    {shown}"]
        return [*found, f"  still   in {self.record}: {self.survivor}"] if self.record else found


def explain(what: str, out: Path) -> list[Answer]:
    """Every passage that holds the words of `what`, or that belongs to the id, or the byte `ID@BYTE`, that it names.

    Raises UsageError where nothing was published.
    """
    records = read(out)
    fits, most = _question(what, out)
    found = list(islice(_standing(records, fits), most))
    gone = (line for line in _ledger(out) if fits(line.id, line.text, line.raw_start, line.raw_end))
    lines = list(islice(gone, None if most is None else most - len(found)))
    asked = {line.survivor.id for line in lines if line.survivor} | {line.id for line in lines if line.rule in SCORED}
    holders = {id_: _RECORD.decode(line) for id_, line, _ in picked(out, asked)} if asked else {}
    return found + [_dropped(line, holders) for line in lines]


def _question(what: str, out: Path) -> tuple[Fits, int | None]:
    """What fits, and how many answers are enough: all of a document, some of the passages with some words."""
    name, _, byte = what.rpartition("@")
    ids = {id_ for id_, _, _ in picked(out, {what, name})} | {line.id for line in _ledger(out) if line.id in (what, name)}
    if what in ids:
        return lambda id_, *_: id_ == what, None
    if name in ids and byte.isdecimal():
        return lambda id_, _, a, b: id_ == name and a <= int(byte) < b, None
    wanted = f" {key(what)} "
    return lambda _, text, *__: bool(wanted.strip()) and wanted in f" {key(text)} ", MOST


def _standing(records: Iterable[Record], fits: Fits) -> Iterator[Answer]:
    for record in records:
        for block in record.blocks:
            text = record.text[block.start : block.end]
            if fits(block.origin, text, block.raw_start, block.raw_end):
                yield _kept(record, block, text)


def _kept(record: Record, block: Block, text: str) -> Answer:
    return Answer(block.origin, record.id, block.kind, text, block.section, "", "", block.raw_start, block.raw_end, "")


def _dropped(line: Dropped, records: dict[str, Record]) -> Answer:
    at = line.survivor
    still = records[at.id].text[at.start : at.end] if at and at.id in records else ""
    reason = sentence(line.rule) + _scored(line, records)
    return Answer(line.id, at.id if at else "", line.kind, line.text, [], line.rule, reason, line.raw_start, line.raw_end, still)


def _scored(line: Dropped, records: dict[str, Record]) -> str:
    """Where a score decided: what the page's own record says of it."""
    if line.rule not in SCORED or line.id not in records:
        return ""
    said = msgspec.json.decode(records[line.id].metadata or "{}").get("main_content", {})
    if not said:
        return ""
    return f" Read as {said['page']}: scores from {said['lowest_score']} stay, expected F1 {said['expected_f1']}."


def _ledger(out: Path) -> Iterator[Dropped]:
    decoder = msgspec.json.Decoder(Dropped)
    for path in sorted(out.glob("dropped*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                yield decoder.decode(line)
