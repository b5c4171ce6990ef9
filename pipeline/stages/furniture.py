"""What a source's documents all carry: proposed in the report, and taken out where its stanza says so."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from pipeline.config import Settings
from pipeline.overlap.fingerprint import Fingerprint, line_hash, lines_of
from pipeline.overlap.furniture import MIN_DOCUMENTS, recurring
from pipeline.stages.receipts import Parsed
from pipeline.stages.resolve import Corpus, prints_of
from pipeline.store import segments


class Furniture(msgspec.Struct, frozen=True):
    """A line that recurs in a source."""

    line: str  # as it stands
    documents: int  # of the source that carry it
    example: str  # id of the first of them


def learn(corpus: Corpus, folder: Path) -> dict[str, list[Furniture]]:
    """The lines that recur in each source, most frequent first; sources of a few documents have none."""
    numbers: dict[str, array[int]] = {}
    for number, (_, head) in enumerate(corpus):
        numbers.setdefault(head.source, array("q")).append(number)
    found = {}
    for source, own in sorted(numbers.items()):
        if len(own) >= MIN_DOCUMENTS and (lines := _of(corpus, folder, own)):
            found[source] = lines
    return found


def _of(corpus: Corpus, folder: Path, numbers: Sequence[int]) -> list[Furniture]:
    with segments.Reader(folder, Fingerprint) as prints, segments.Reader(folder, Parsed) as documents:
        found = []
        for one in recurring(prints_of(corpus, prints), numbers):
            id_, head = corpus[one.first]
            parsed: Parsed = documents.get(head.segment, head.offset, head.length)
            line = next((x for x in lines_of(parsed.document) if line_hash(x) == one.hash), None)
            if line is not None:
                found.append(Furniture(line, one.documents, id_))
    return found


def applied(found: Mapping[str, Sequence[Furniture]], settings: Settings) -> dict[str, list[str]]:
    """The lines that are to be taken out, by source."""
    wanted = {name for name, source in settings.sources.items() if source.learn_furniture}
    return {source: [f.line for f in lines] for source, lines in found.items() if source in wanted}
