"""Notes with what they embed: `![[Note]]`, `![[Note#Heading]]` and `![[Note#^block]]` become the passages that they show."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from pipeline.model import Block, Record
from pipeline.text.edit import drafts_of
from pipeline.text.layout import Draft, layout
from pipeline.text.licenses import required

MAX_DEPTH = 5  # embeds within embeds that are followed: real notes nest two or three, and whoever reads on has lost the thread
MAX_GROWTH = 1_000_000  # characters that embeds may add to a record: every level can multiply the one before
EMBED_COST = 100  # characters that an embed counts at least, so that notes of nothing but embeds end, too

Leads = Callable[[str, str], str]  # (id of a record, target of an embed in it) -> id of the embedded record, or empty
Find = Callable[[str], Record | None]  # id -> record


class _Passage(NamedTuple):
    draft: Draft
    section: list[str]
    origin: str


def transclude(record: Record, leads: Leads, find: Find, depth: int = MAX_DEPTH) -> Record:
    """The record with the passages of the records that it embeds, each below the passage that embeds it.

    These passages keep the document that they came from as `origin`, their headings stand below those of the place, and the record's
    licence and attribution name theirs, too. What would embed itself, directly or in a circle, is not followed, nor what lies deeper than
    `depth` or would add more than a million characters, nor a heading or a block that is not there: in its place the link stays alone.
    Pictures are images, not text.

    >>> from pipeline import clean
    >>> from pipeline.assemble import Part, assemble
    >>> from pipeline.model import Raw
    >>> raw = Raw("a.md", "", 0, "text/markdown", "utf-8", "obsidian", "2")
    >>> def note(id, text): return assemble([Part(id, "notes", raw, "", "", True, clean(text, format="obsidian"))], []).record
    >>> notes = {"notes:a": note("notes:a", "See ![[b]]"), "notes:b": note("notes:b", "All of it ![[a]]")}
    >>> transclude(notes["notes:a"], lambda id, target: f"notes:{target}", notes.get).text
    'See\\n\\nAll of it'
    """
    walk = _Walk(leads, find, depth)
    passages = [p for p in walk.expanded(record, range(len(record.blocks)), [], (record.id,)) if p.draft.text]
    if not walk.embedded:
        return record
    text, blocks, links, tables = layout([p.draft for p in passages])
    every = [record, *walk.embedded.values()]
    return msgspec.structs.replace(
        record,
        text=text,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        blocks=[msgspec.structs.replace(b, section=p.section, origin=p.origin) for b, p in zip(blocks, passages, strict=True)],
        links=links,
        tables=tables,
        images=list(dict.fromkeys(image for r in every for image in r.images)),
        license=required(r.license for r in every),
        attribution="; ".join(dict.fromkeys(name for r in every for name in r.attribution.split("; ") if name)),
    )


class _Walk:
    """The embeds of one record, followed as far as they may be."""

    def __init__(self, leads: Leads, find: Find, depth: int) -> None:
        self.leads = leads
        self.find = find
        self.depth = depth
        self.growth = 0
        self.embedded: dict[str, Record] = {}
        self.drafts: dict[str, list[Draft]] = {}  # of each record, made once

    def expanded(self, record: Record, part: range, above: list[str], chain: tuple[str, ...]) -> Iterator[_Passage]:
        """The passages of a part of a record below the headings `above`, with what they embed; `chain` has the ids that led here."""
        drafts = self.drafts.get(record.id) or self.drafts.setdefault(record.id, drafts_of(record))
        outer = len(record.blocks[part.start].section) if part else 0
        if part.start == 0:
            for link in record.links:
                if link.end > 0:
                    break
                if link.kind == "embed":
                    yield from self.followed(record, link.target, above, chain)
        for number in part:
            block, draft = record.blocks[number], drafts[number]
            section = [*above, *block.section[outer:]]
            yield _Passage(draft, section, block.origin)
            below = [*section, draft.text] if block.kind == "heading" else section
            for embed in draft.links:
                if embed.kind == "embed" and (number or embed.end or block.start):
                    yield from self.followed(record, embed.target, below, chain)

    def followed(self, record: Record, target: str, above: list[str], chain: tuple[str, ...]) -> Iterator[_Passage]:
        """What an embed shows; nothing where it is not to be followed."""
        to = self.leads(record.id, target)
        if not to or to in chain or len(chain) > self.depth:
            return
        other = self.embedded.get(to) or self.find(to)
        part = _part(other, target) if other is not None else range(0)
        if other is None or not part:
            return
        size = EMBED_COST + other.blocks[part[-1]].end - other.blocks[part[0]].start
        if self.growth + size > MAX_GROWTH:
            return
        self.growth += size
        self.embedded.setdefault(to, other)
        yield from self.expanded(other, part, above, (*chain, to))


def _part(record: Record, target: str) -> range:
    """The blocks that an embed's target names: all, those below a heading, or the one with an id; none where it names nothing."""
    _, *names = target.split("#")
    names = [name.strip() for name in names if name.strip()]
    if not names:
        return range(len(record.blocks))
    if names[-1].startswith("^"):
        return _block(record, names[-1][1:])
    found = range(len(record.blocks))
    for name in names:
        found = _below(record, name, found)
    return found


def _below(record: Record, name: str, within: range) -> range:
    """A heading of a part of a record and all below it."""
    blocks = record.blocks
    for number in within:
        if blocks[number].kind == "heading" and _words(record, blocks[number]) == _folded(name):
            level = blocks[number].level
            ends = (n for n in within if n > number and blocks[n].kind == "heading" and blocks[n].level <= level)
            return range(number, next(ends, within.stop))
    return range(0)


def _block(record: Record, name: str) -> range:
    """The block with an id, by the anchors that the parser found."""
    metadata = msgspec.json.decode(record.metadata)
    anchors = metadata.get("anchors") if isinstance(metadata, dict) else None
    for anchor in anchors if isinstance(anchors, list) else ():
        if isinstance(anchor, dict) and anchor.get("id") == name and anchor.get("text"):
            line = str(anchor["text"])
            return next((range(n, n + 1) for n, b in enumerate(record.blocks) if record.text.startswith(line, b.start, b.end)), range(0))
    return range(0)


def _words(record: Record, block: Block) -> str:
    return _folded(record.text[block.start : block.end])


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
