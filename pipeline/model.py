"""The values that move through the pipeline, as frozen structs, with a sentence for every field.

A document moves one way: `RawDocument` -> `Document` -> `Record`. Spans are half-open. Offsets into `text` count Unicode code
points; offsets called `raw_*` count bytes of the raw document; -1 means that the format gives no raw span.

Field order is the order in which JSON is written, so it is part of the public contract (schema_version "1").
Structs do not validate when they are constructed, only when they are decoded: build them from trusted code. They are none of the garbage
collector's business (`gc=False`), which looks again and again at all that it knows: they hold JSON values, so no cycle runs through them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

SCHEMA_VERSION = "1"

BLOCK_KINDS = ("heading", "paragraph", "list_item", "definition", "quote", "callout", "code", "table", "caption", "math", "footnote")
LINK_KINDS = ("external", "internal", "wiki", "embed", "anchor", "mail")
RELATIONS = ("merged", "exact", "contains", "contained", "near", "revised", "conflict")


class Span(NamedTuple):
    """A half-open range; (-1, -1) where there is none."""

    start: int = -1  # first
    end: int = -1  # one past the last


NO_SPAN = Span()


MODES = ("auto", "clean", "main", "all")
"""How much of a page of HTML stays: all but chrome, the main content, everything; `auto` is `main` for whole pages, `clean` for parts."""


class ParseOptions(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a caller or a stanza of sources.toml may ask of a parser; every field has a neutral default."""

    mode: str = "auto"  # HTML only: clean | main | all | auto
    title: str = ""  # a title that the container states (a dump's <title>); wins over what the parser finds
    language: str = ""  # the source's language, used where the document states none
    base_url: str = ""  # what relative links and page names are resolved against
    select: tuple[str, ...] = ()  # CSS selectors of what to keep (HTML)
    remove: tuple[str, ...] = ()  # CSS selectors of what to drop (HTML)
    strip_params: tuple[str, ...] = ()  # further URL parameters to strip
    extra: dict[str, str] = {}  # facts from the container (dump: page id, revision, timestamp, contributor, namespace, names of namespaces)


class RawDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One raw document, bounded and decoded, before any parser has seen it."""

    path: str = ""  # path below raw/, percent-encoded, `/` between folders; a member of a container follows after `!/`
    data: bytes = b""  # the bytes as they stand in raw/; raw spans count in these
    text: str = ""  # `data` decoded: no byte order mark, line ends as written, no surrogates
    encoding: str = "utf-8"  # the codec that turned data into text; `utf-8-sig` where a byte order mark was cut
    format: str = ""  # the parser's name
    options: ParseOptions = ParseOptions()  # what the source asks of the parser


class Detection(msgspec.Struct, frozen=True):
    """How well one format fits a document."""

    format: str  # the parser's name
    score: float  # 0 to 1
    reasons: list[str]  # one short phrase for each piece of evidence


class Block(msgspec.Struct, frozen=True, gc=False):
    """One passage of `text`: the smallest unit that has a place, a kind and an origin."""

    kind: str  # one of BLOCK_KINDS
    level: int  # heading: 1-6; list item: depth from 1; quote, callout: nesting from 1; else 0
    start: int  # first code point in `text`, after any list marker
    end: int  # one past the last code point in `text`
    section: list[str]  # texts of the headings above, outermost first; a heading's own text is not among them
    origin: str = ""  # id of the document that the block came from; empty before assembly
    raw_start: int = -1  # first byte in raw
    raw_end: int = -1  # one past the last byte in raw


class Link(msgspec.Struct, frozen=True, gc=False):
    """A link as data: where it stands in `text`, and where it points."""

    start: int  # first code point of the link's words in `text`; equal to `end` where no words stand in the text
    end: int  # one past the last
    text: str  # the words, equal to text[start:end]
    target: str  # where it points, tracking removed
    kind: str  # one of LINK_KINDS
    original: str = ""  # the target as written, only where cleaning changed it


class Citation(msgspec.Struct, frozen=True, gc=False):
    """A reference to a work, as data."""

    kind: str = ""  # book, journal, web, news, ... ; `note` for a footnote without fields
    text: str = ""  # the citation as one readable line
    title: str = ""  # title of the work
    authors: list[str] = []  # `Last, First`, in the order written
    date: str = ""  # ISO 8601 where the source's form allows it, else as written
    doi: str = ""  # bare DOI
    pmid: str = ""  # PubMed id
    pmcid: str = ""  # PubMed Central id
    isbn: str = ""  # as written
    url: str = ""  # where the work can be read


class Table(msgspec.Struct, frozen=True, gc=False):
    """A table as rows of cells; its lines stand in `text` between start and end."""

    start: int  # first code point in `text`
    end: int  # one past the last
    caption: str  # caption text, empty where there is none
    header_rows: int  # how many of the first rows are headers
    rows: list[list[str]]  # cell texts


class Image(msgspec.Struct, frozen=True, gc=False):
    """An image or other embedded file that the document shows."""

    target: str  # file name or URL
    alt: str = ""  # alternative text
    caption: str = ""  # caption text


class Removal(msgspec.Struct, frozen=True, gc=False):
    """Something that a parser took out of the text, by the name of the rule that did it."""

    rule: str  # `<format>.<what>`
    text: str  # what went, as it stood (markup) or as it read (prose)
    span: Span = NO_SPAN  # bytes in raw
    kind: str = ""  # block kind of the passage, where it had one


class Diagnostic(msgspec.Struct, frozen=True, gc=False):
    """A doubt about a document: nothing was lost, but somebody may want to look."""

    code: str  # short stable name, `<format>.<what>`
    message: str  # one sentence
    span: Span = NO_SPAN  # bytes in raw


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cleaned document that knows nothing of other documents."""

    text: str = ""  # the clean text; layout as docs/record.md says
    title: str = ""  # as the document states it
    url: str = ""  # the document's own address, canonical where it states one
    language: str = ""  # BCP 47, as stated
    license: str = ""  # as stated by the document; an SPDX id where one is known
    attribution: str = ""  # whom the document credits
    created: str = ""  # ISO 8601, as stated
    modified: str = ""  # ISO 8601, as stated
    permalink: str = ""  # the document's own stable name within its source, where it states one
    blocks: list[Block] = []  # in the order of text
    links: list[Link] = []  # in the order of text
    citations: list[Citation] = []  # in the order of the document
    tables: list[Table] = []  # in the order of text
    images: list[Image] = []  # in the order of the document
    tags: list[str] = []  # categories, tags
    aliases: list[str] = []  # other names of the document
    metadata: dict[str, Any] = {}  # front matter, infobox, page metadata; JSON values only
    removals: list[Removal] = []  # everything that was taken out
    diagnostics: list[Diagnostic] = []  # every doubt
    flags: list[str] = []  # short marks, sorted, each documented in docs/record.md


class Raw(msgspec.Struct, frozen=True, gc=False):
    """Where a record's raw document is and how it was read."""

    path: str  # below raw/, percent-encoded
    sha256: str  # of the raw bytes
    bytes: int  # size of the raw document
    media_type: str  # by format and ending
    encoding: str  # codec that decoded it
    parser: str  # name of the parser
    parser_version: str  # its version


class Duplicate(msgspec.Struct, frozen=True, gc=False):
    """How another document overlaps this one."""

    id: str  # the other document
    relation: str  # one of RELATIONS, read as: this record <relation> that one
    jaccard: float  # of word 5-shingles, 0 to 1
    containment: float  # share of the smaller document's shingles that stand in the larger, 0 to 1


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of documents.jsonl."""

    schema_version: str  # "1"
    id: str  # `<source>:<key>`
    source: str  # stanza name in sources.toml
    title: str  # the document's title
    text: str  # the clean text
    url: str  # the document's own address
    language: str  # BCP 47
    license: str  # SPDX id where one is known; what the whole record requires
    attribution: str  # whom to credit
    created: str  # ISO 8601, never guessed
    modified: str  # ISO 8601, never guessed
    content_sha256: str  # of `text` in UTF-8
    raw: Raw  # where it came from
    blocks: list[Block]  # the passages of text
    links: list[Link]  # links as data
    citations: list[Citation]  # references as data
    tables: list[Table]  # tables as data
    images: list[Image]  # images as data
    tags: list[str]  # categories, tags
    aliases: list[str]  # other names
    duplicates: list[Duplicate]  # overlapping documents
    metadata: str  # JSON text of an object
    flags: list[str]  # short marks, sorted


class Survivor(msgspec.Struct, frozen=True, gc=False):
    """Where a dropped passage still stands."""

    id: str  # record
    start: int  # first code point in that record's `text`
    end: int  # one past the last


class Dropped(msgspec.Struct, frozen=True, gc=False):
    """One line of dropped.jsonl."""

    id: str  # the document that the passage was taken from
    rule: str  # `<format>.<what>` or `overlap.<what>`
    kind: str  # block kind, where it had one
    text: str  # the passage
    raw_start: int  # first byte in raw, -1 where unknown
    raw_end: int  # one past the last
    survivor: Survivor | None  # where an overlapping passage still stands; null for furniture


class Quarantined(msgspec.Struct, frozen=True, gc=False):
    """One line of quarantine.jsonl: a raw document that could not be read."""

    path: str  # below raw/, percent-encoded
    source: str  # stanza name, empty where no stanza takes it
    sha256: str  # of the raw bytes, empty where they could not be read
    stage: str  # read | decode | detect | parse
    error: str  # what is wrong, one sentence, no document text
    hint: str  # the next step, one sentence


class Tombstone(msgspec.Struct, frozen=True, gc=False):
    """One line of tombstones.jsonl: an id that an earlier run published and this one does not."""

    id: str  # the id
    reason: str  # raw_deleted | merged | quarantined | renamed
    successor: str  # id of the record that now says it, empty where none does


class Resolved(msgspec.Struct, frozen=True, gc=False):
    """One line of links.jsonl: where a link of a record leads within the corpus."""

    id: str  # the record that links
    start: int  # of the link in its text
    end: int  # one past the last
    kind: str  # of the link
    target: str  # of the link
    to: str  # id of the record that it leads to; empty where there is none, or where several bear the name
    how: str  # path, folded_path, basename, suffix, alias, title, nearest, permalink, url, merged (several, now one), ambiguous; or empty
    candidates: list[str] = []  # ids of records that bear the name, where several do; at most ten
