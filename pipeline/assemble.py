"""Document and decisions in, record and ledger lines out: the last step of a document, without disk or clock."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pipeline.errors import GuardError
from pipeline.model import SCHEMA_VERSION, Document, Dropped, Duplicate, Raw, Record, Survivor
from pipeline.overlap.merge import Piece, Plan, plan
from pipeline.overlap.units import Place, Unit, units
from pipeline.text.edit import drafts_of, part_of, with_drafts
from pipeline.text.layout import Draft
from pipeline.text.licenses import required


class Part(msgspec.Struct, frozen=True):
    """One document of a cluster, ready to be assembled."""

    id: str  # final id
    source: str  # stanza name
    raw: Raw  # where it came from
    license: str  # of the document or its source
    attribution: str  # of the document or its source
    keep_unique: bool  # whether its own passages may join another record
    document: Document


class Assembled(msgspec.Struct, frozen=True):
    """What becomes of a cluster."""

    record: Record
    dropped: list[Dropped]  # ledger lines of all its documents, canonical first
    words_lost: dict[str, int]  # source -> words that overlap took from its documents


def assemble(parts: Sequence[Part], duplicates: Sequence[Duplicate]) -> Assembled:
    """The record of a cluster, parts[0] being canonical, and a ledger line for everything that is not in it.

    Where the independent count misses a sentence of a document (a fault of this program), all passages of that document stand in the
    record, flagged `merged_whole`. Raises GuardError where the sentence is missing even so: nothing may be published then.
    """
    document = parts[0].document
    dropped = [line for part in parts for line in _removals(part)]
    lost: Counter[str] = Counter()
    origins: list[int] = [0] * len(document.blocks)
    if len(parts) > 1:
        merged, document, place_of = _accounted(parts)
        origins = [piece.document for piece in merged.pieces]
        for drop in merged.drops:
            part = parts[drop.gone.document]
            survivor = None if drop.survivor is None else Survivor(parts[0].id, *place_of(drop.survivor))
            dropped.append(_overlap_line(part, drop.gone, drop.rule, survivor))
            lost[part.source] += len(part.document.text[drop.gone.start : drop.gone.end].split())
        document, duplicates = _marked_conflicts(parts, document, duplicates, merged, place_of)
    return Assembled(_record(parts, document, origins, duplicates), dropped, dict(lost))


def _removals(part: Part) -> Iterable[Dropped]:
    for removal in part.document.removals:
        yield Dropped(part.id, removal.rule, removal.kind, removal.text, removal.span[0], removal.span[1], None)


def _overlap_line(part: Part, gone: Place, rule: str, survivor: Survivor | None) -> Dropped:
    block = part.document.blocks[gone.block]
    text = part.document.text[gone.start : gone.end]
    return Dropped(part.id, rule, block.kind, text, block.raw_start, block.raw_end, survivor)


# -- merging -----------------------------------------------------------------------------------------------------------


class _Places:
    """From a place in one document of the cluster to the span of the merged text that says it."""

    def __init__(self, pieces: Sequence[Piece], document: Document) -> None:
        self.document = document
        self.numbers: dict[tuple[int, int], list[int]] = {}
        for number, piece in enumerate(pieces):
            self.numbers.setdefault((piece.document, piece.block), []).append(number)
        self.pieces = pieces

    def __call__(self, place: Place) -> tuple[int, int]:
        for number in self.numbers[place.document, place.block]:
            piece = self.pieces[number]
            if piece.start <= place.start and place.end <= piece.end:
                shift = self.document.blocks[number].start - piece.start
                return place.start + shift, place.end + shift
        raise GuardError(f"a survivor has no place in the merged text (block {place.block} of document {place.document})")


def _merge(parts: Sequence[Part], merged: Plan) -> tuple[Document, _Places]:
    """The canonical document with the passages of the others in place, and the way from old places to new."""
    drafts = [drafts_of(p.document) for p in parts]
    laid = with_drafts(parts[0].document, [_slice(p, drafts[p.document][p.block], parts[p.document].document) for p in merged.pieces])
    own = parts[0].document
    others = [p.document for p in parts[1:]]
    laid = msgspec.structs.replace(
        laid,
        url=own.url or next((d.url for d in others if d.url), ""),
        language=own.language or next((d.language for d in others if d.language), ""),
        created=own.created or next((d.created for d in others if d.created), ""),
        modified=own.modified or next((d.modified for d in others if d.modified), ""),
        citations=_union([own.citations, *(d.citations for d in others)]),
        images=_union([own.images, *(d.images for d in others)]),
        tags=_union([own.tags, *(d.tags for d in others)]),
        aliases=_union([own.aliases, *(d.aliases for d in others)]),
        metadata={**own.metadata, "merged": [_merged_facts(p) for p in parts[1:]]},
    )
    return laid, _Places(merged.pieces, laid)


def _slice(piece: Piece, draft: Draft, document: Document) -> Draft:
    """The draft of a piece: the whole block, or the sentences of it that stand."""
    block = document.blocks[piece.block]
    if (piece.start, piece.end) == (block.start, block.end):
        return draft
    return part_of(document, block, draft, piece.start, piece.end)


def _union(lists: Iterable[Sequence[Any]]) -> list[Any]:
    """Every item once, in the order of first sight; equality is by content, names in any case are one."""
    seen: dict[Any, Any] = {}
    for items in lists:
        for item in items:
            key = item.casefold() if isinstance(item, str) else msgspec.json.encode(item)
            seen.setdefault(key, item)
    return list(seen.values())


def _merged_facts(part: Part) -> dict[str, Any]:
    """What a record keeps of a document that was merged into it, beside its passages."""
    d = part.document
    facts = {"id": part.id, "title": d.title, "url": d.url, "license": part.license, "attribution": part.attribution}
    return facts | {
        "created": d.created,
        "modified": d.modified,
        "raw_path": part.raw.path,
        "raw_sha256": part.raw.sha256,
        "metadata": d.metadata,
    }


def _marked_conflicts(
    parts: Sequence[Part], document: Document, duplicates: Sequence[Duplicate], merged: Plan, place_of: _Places
) -> tuple[Document, Sequence[Duplicate]]:
    """Where a merged document contradicts the record, both sides stand, and the record says so."""
    if not merged.conflicts:
        return document, duplicates
    found = []
    for conflict in merged.conflicts:
        (start, end), (other_start, other_end) = place_of(conflict.passage), place_of(conflict.other)
        found.append(
            {"id": parts[conflict.passage.document].id, "start": start, "end": end, "other_start": other_start, "other_end": other_end}
        )
    ids = {line["id"] for line in found}
    also = [msgspec.structs.replace(d, relation="conflict") for d in duplicates if d.id in ids]
    metadata = {**document.metadata, "conflicts": found}
    return msgspec.structs.replace(document, metadata=metadata, flags=sorted({*document.flags, "conflict"})), [*duplicates, *also]


def _accounted(parts: Sequence[Part]) -> tuple[Plan, Document, _Places]:
    """The merge of a cluster in which every unit is accounted for; documents of which one is not are taken in whole."""
    whole: frozenset[int] = frozenset()
    while True:
        merged = plan([p.document for p in parts], [p.keep_unique for p in parts], whole)
        document, places = _merge(parts, merged)
        missing = _missing(parts, document, merged)
        if not missing:
            if whole:
                document = msgspec.structs.replace(document, flags=sorted({*document.flags, "merged_whole"}))
            return merged, document, places
        number, unit = missing[0]
        # What the canonical document misses, another one has displaced.
        more = whole | (frozenset(n for n, _ in missing) if number else frozenset(range(1, len(parts))))
        if more == whole:
            span = f"{unit.start}-{unit.end}"
            raise GuardError(f"a passage of {parts[number].id} ({span}) is in no record and no ledger line; please report this")
        whole = more


def _missing(parts: Sequence[Part], document: Document, merged: Plan) -> list[tuple[int, Unit]]:
    """The units of all documents, by the document's number, that are neither in the merged text nor in the ledger.

    An independent count, from the texts alone.
    """
    have = {u.key for u in units(document)}
    gone: list[list[tuple[int, int]]] = [[] for _ in parts]  # spans that the ledger has, of each document
    for drop in merged.drops:
        gone[drop.gone.document].append((drop.gone.start, drop.gone.end))
    found = []
    for number, part in enumerate(parts):
        starts = sorted(gone[number])
        for unit in units(part.document):
            at = bisect_right(starts, (unit.start, len(part.document.text))) - 1
            if unit.key not in have and not (at >= 0 and starts[at][0] <= unit.start and unit.end <= starts[at][1]):
                found.append((number, unit))
    return found


# -- the record --------------------------------------------------------------------------------------------------------


def _record(parts: Sequence[Part], document: Document, origins: Sequence[int], duplicates: Sequence[Duplicate]) -> Record:
    head = parts[0]
    own = set(origins)
    contributing = [head, *(p for n, p in enumerate(parts) if n and n in own)]
    return Record(
        schema_version=SCHEMA_VERSION,
        id=head.id,
        source=head.source,
        title=document.title,
        text=document.text,
        url=document.url,
        language=document.language,
        license=required(p.license for p in contributing),
        attribution="; ".join(dict.fromkeys(p.attribution for p in contributing if p.attribution)),
        created=document.created,
        modified=document.modified,
        content_sha256=hashlib.sha256(document.text.encode()).hexdigest(),
        raw=head.raw,
        blocks=[msgspec.structs.replace(b, origin=parts[o].id) for b, o in zip(document.blocks, origins, strict=True)],
        links=document.links,
        citations=document.citations,
        tables=document.tables,
        images=document.images,
        tags=document.tags,
        aliases=document.aliases,
        duplicates=list(duplicates),
        metadata=msgspec.json.encode(document.metadata).decode(),
        flags=document.flags,
    )
