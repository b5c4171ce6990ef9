"""One answer, for programs and for people."""

from __future__ import annotations

import msgspec

from pipeline.model import BLOCK_KINDS

CLIP = 300  # characters of a passage shown


class Answer(msgspec.Struct, frozen=True):
    """What became of one passage or document that fits the question."""

    outcome: str  # kept | removed | unknown; of a document: published | merged | quarantined | skipped | unlisted | renamed | raw_deleted
    id: str  # the document that the passage came from; of a document, the path of its file where the set names it
    record: str = ""  # the record that holds it, empty where none does
    kind: str = ""  # block kind, or the field of the record that holds it
    text: str = ""  # the passage
    section: list[str] = []  # headings above it in the record
    rule: str = ""  # what took it out, empty where it stands
    reason: str = ""  # the rule in one sentence; of a document, what became of it
    raw_start: int = -1  # first byte in raw, -1 where unknown
    raw_end: int = -1
    survivor: str = ""  # what still says it, for an overlap
    hint: str = ""  # the next step, for a document that is not published

    def lines(self) -> list[str]:
        """The answer for people."""
        where = f"bytes {self.raw_start}-{self.raw_end} of its raw document" if self.raw_start >= 0 else "no raw span"
        shown = self.text if len(self.text) <= CLIP else self.text[:CLIP] + " …"
        if self.outcome == "unknown":
            return [f"unknown   nothing published holds these words: {shown}"]
        if self.outcome == "kept":
            place = f", under {' > '.join(self.section) or '(top)'}" if self.kind in BLOCK_KINDS else ""
            return [f"kept      in {self.record}, {self.kind}{place}", f"  from    {self.id}, {where}", f"  text    {shown}"]
        if self.outcome == "removed":
            found = [f"removed   from {self.id}, {where}", f"  rule    {self.rule}: {self.reason}", f"  text    {shown}"]
            return [*found, f"  still   in {self.record}: {self.survivor}"] if self.record else found
        found = [f"{self.outcome:<11} {self.id}", f"  why     {self.reason}"]
        found += [f"  record  {self.record}"] if self.record else []
        return [*found, f"  next    {self.hint}"] if self.hint else found
