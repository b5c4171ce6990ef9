"""A note as a Document: front matter to fields, passages to drafts, syntax to data."""

from __future__ import annotations

import re
from urllib.parse import unquote

from pipeline.model import NO_SPAN, Diagnostic, Document, Image, RawDocument, Removal, Span
from pipeline.parsers.obsidian import comments, frontmatter, markdown, markup, properties, syntax
from pipeline.parsers.obsidian.markdown import InlineLink, Passage
from pipeline.text.layout import Draft, DraftLink, layout
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import apply as apply_characters
from pipeline.text.unicode import normalize
from pipeline.text.urls import clean_url

QUERIES = frozenset(
    {"dataview", "dataviewjs", "query", "tasks", "base", "button", "meta-bind", "compressed-json"}
)  # fences that are programs or data, not prose
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|avif|ico|tiff?)$", re.I)
_SIZE = re.compile(r"\|?\s*\d+(?:x\d+)?\s*$")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.I)
_BARE = re.compile(r"https?://[^\s<>\"'`\[\]{}|\\^]+[^\s<>\"'`\[\]{}|\\^.,;:!?)*_~]")
# A README or a page of a static site: the dialect's signs are text there.
_PLAIN_PATH = re.compile(r"(?:^|/)(?:README|CONTRIBUTING|CHANGELOG|CODE_OF_CONDUCT|SECURITY|LICENSE)[^/]*$", re.I)
_DIALECT = re.compile(r"\[\[[^\[\]\n]+\]\]|(?m:^[ \t]*>[ \t]*\[!\w)|%%|==\w")


def parse(raw: RawDocument, dialect: bool | None = None) -> Document:
    """The clean note; `dialect` switches Obsidian's syntax on or off, None decides by evidence."""
    front = frontmatter.cut(raw.text)
    body = raw.text[front.end :]
    if dialect is None:
        dialect = bool(_DIALECT.search(body)) or not _PLAIN_PATH.search(unquote(raw.path))
    return _Note(raw, front, body, dialect).document()


class _Note:
    """One note under way."""

    def __init__(self, raw: RawDocument, front: frontmatter.Front, body: str, dialect: bool) -> None:
        self.raw, self.front, self.body, self.dialect = raw, front, body, dialect
        self.drafts: list[Draft] = []
        self.removals: list[Removal] = []
        self.diagnostics: list[Diagnostic] = [Diagnostic(f"obsidian.{name}", text, NO_SPAN) for name, text in front.notes]
        self.images: list[Image] = []
        self.tags: list[str] = []
        self.callouts: list[dict[str, str]] = []
        self.tasks: list[dict[str, str]] = []
        self.queries: list[dict[str, str]] = []
        self.open_callouts: dict[int, bool] = {}  # number of a block quote -> it is a callout
        self.hidden: dict[str, int] = {}
        self.offset = _Offsets(raw, front.end)

    def document(self) -> Document:
        masked = comments.mask_comments(self.body) if self.dialect else comments.Masked(self.body, [], -1)
        self._comments(masked)
        text = comments.mask_table_pipes(masked.text) if self.dialect else masked.text
        options = markdown.OBSIDIAN if self.dialect else markdown.PLAIN
        for passage in markdown.passages(text, options, "\n" if self.dialect else " "):
            self._passage(passage)
        drafts = self.drafts
        whole, blocks, links, tables = layout(drafts)
        fields = properties.fields(self.front, self.raw)
        metadata = fields.metadata
        for name, value in (("callouts", self.callouts), ("tasks", self.tasks), ("queries", self.queries)):
            if value:
                metadata[name] = value
        title = self.raw.options.title or fields.title or ("" if self.dialect else _first_heading(drafts))
        return Document(
            text=whole,
            title=title,
            url=fields.url,
            language=fields.language,
            license=fields.license,
            attribution=fields.attribution,
            created=fields.created,
            modified=fields.modified,
            permalink=fields.permalink,
            blocks=blocks,
            links=links,
            tables=tables,
            images=self.images,
            tags=list(dict.fromkeys([*fields.tags, *self.tags])),
            aliases=fields.aliases,
            metadata=metadata,
            removals=self.removals,
            diagnostics=self.diagnostics,
            flags=sorted(self._flags()),
        )

    def _flags(self) -> set[str]:
        flags = {"smuggled_tags"} if self.hidden.get("tag") else set()
        if self.front.status in ("repaired", "linewise", "refused"):
            flags.add("front_matter_" + self.front.status)
        return flags

    def _comments(self, masked: comments.Masked) -> None:
        for start, end in masked.comments:
            self.removals.append(Removal("obsidian.comment", self.body[start + 2 : end - 2].strip(), self.offset.of_chars(start, end)))
        if masked.unclosed >= 0:
            place = self.offset.of_chars(masked.unclosed, masked.unclosed + 2)
            message = "a comment is opened and never closed; Obsidian hides the rest of the note, here it stays"
            self.diagnostics.append(Diagnostic("obsidian.unclosed_comment", message, place))

    # -- passages ------------------------------------------------------------------------------------------------------

    def _passage(self, passage: Passage) -> None:
        raw = self.offset.of_bytes(passage.start, passage.end)
        if passage.kind == "code":
            self._code(passage, raw)
        elif passage.kind == "html":
            self._html(passage)
        elif passage.kind == "math":
            self.drafts.append(Draft("math", normalize(passage.text), raw=raw))
        else:
            self._prose(passage, raw)

    def _code(self, passage: Passage, raw: Span) -> None:
        language = passage.info.split()[0].strip("{}").lower() if passage.info.split() else ""
        self._source(language, apply_characters(passage.text, spaces=False).text.strip("\n"), raw)

    def _source(self, language: str, text: str, raw: Span) -> None:
        """Code, or a query that a plugin would replace by its result."""
        if self.dialect and language in QUERIES:
            self.removals.append(Removal("obsidian.query_block", text, raw, "code"))
            self.queries.append({"language": language, "source": text if language != "compressed-json" else ""})
        elif text.strip():
            self.drafts.append(Draft("code", text, raw=raw))

    def _html(self, passage: Passage) -> None:
        found = markup.shown(passage.text)

        def raw(start: int, end: int) -> Span:
            """The raw span of a range of the passage's text."""
            first = passage.start + len(passage.text[:start].encode("utf-8", "replace"))
            return self.offset.of_bytes(first, first + len(passage.text[start:end].encode("utf-8", "replace")))

        self.removals += [Removal("obsidian.hidden_html", text, raw(start, end)) for text, start, end in found.hidden]
        self.images += [Image(src, alt) for src, alt in found.images]
        for number, piece in enumerate(found.pieces):
            links = [DraftLink(a, b, *_target(href)) for a, b, href in piece.links]
            if piece.kind == "code":
                self._source(piece.language, piece.text, raw(piece.start, piece.end))
            elif not piece.text:
                self._wordless(links)
            else:
                marker = piece.marker or (passage.marker if number == 0 else "")
                kind = "list_item" if marker else piece.kind
                level = piece.level if piece.level else passage.depth if marker else 0
                self.drafts.append(Draft(kind, piece.text, level, marker, links, raw(piece.start, piece.end)))

    def _wordless(self, links: list[DraftLink]) -> None:
        """Links without words (embeds, pictures that link): they stand where the passage before them ends."""
        if self.drafts:
            size = len(self.drafts[-1].text)
            self.drafts[-1].links += [DraftLink(size, size, *x[2:]) for x in links]
            return
        for link in links:
            self.diagnostics.append(Diagnostic("obsidian.link_without_words", f"a link to {link.target} stands before any text", NO_SPAN))

    def _prose(self, passage: Passage, raw: Span) -> None:
        text, start = passage.text, 0
        kind, level, marker = self._kind(passage)
        if self.dialect and passage.quotes and passage.quote not in self.open_callouts:
            head = syntax.callout(text) if passage.kind == "paragraph" else None
            self.open_callouts[passage.quote] = head is not None
            if head is not None:
                start = head.end
                first, _, _ = text[head.end :].partition("\n")
                self.callouts.append({"type": head.type, "title": " ".join(first.split()), "fold": head.fold})
        if passage.quotes and kind == "paragraph":
            kind, level = ("callout" if self.open_callouts.get(passage.quote) else "quote"), passage.quotes
        if marker:
            start = self._task(passage, text, start)
        tags = syntax.tags(text[start:], [(a - start, b - start) for a, b in passage.literal]) if self.dialect else []
        self.tags += tags
        changes = syntax.edits(text, passage.literal, self.dialect)
        if start:
            changes = [syntax.Edit(0, start, ""), *(c for c in changes if c.start >= start)]
        links = self._links(passage)
        spans = [(x.start, x.end) for x, _ in links]
        final, moved = syntax.apply(text, changes, spans)
        draft_links = [DraftLink(a, b, *target) for (a, b), (_, target) in zip(moved, links, strict=True)]
        if passage.footnote and kind == "paragraph":
            final, draft_links, kind, level = self._footnote(passage, final, draft_links)
        draft_links = _with_bare(final, draft_links, passage)
        if final:
            draft = Draft(kind, final, level, marker, draft_links, raw)
            if passage.rows is not None:
                self._table(draft, passage)
            self.drafts.append(draft)
        elif draft_links:
            self._wordless(draft_links)

    def _kind(self, passage: Passage) -> tuple[str, int, str]:
        if passage.kind == "heading":
            return "heading", passage.level, ""
        if passage.kind == "table":
            return "table", 0, ""
        if passage.marker:
            return "list_item", passage.depth, passage.marker
        return "paragraph", 0, ""

    def _task(self, passage: Passage, text: str, start: int) -> int:
        state, size = (passage.task, 0) if passage.task or not self.dialect else syntax.task(text)
        if state:
            words = " ".join(text[size:].split("\n", 1)[0].split())
            self.tasks.append({"state": state, "text": words})
        return max(start, size)

    def _footnote(self, passage: Passage, text: str, links: list[DraftLink]) -> tuple[str, list[DraftLink], str, int]:
        """The first passage of a footnote says which it is, as its mark in the text does."""
        if self.drafts and self.drafts[-1].kind == "footnote" and self.drafts[-1].text.startswith(f"[{passage.footnote}] "):
            return text, links, "footnote", 0
        lead = f"[{passage.footnote}] "
        return lead + text, [DraftLink(x.start + len(lead), x.end + len(lead), *x[2:]) for x in links], "footnote", 0

    def _table(self, draft: Draft, passage: Passage) -> None:
        rows = passage.rows or []
        draft.rows = [[" ".join(cell.replace("==", "").split()) for cell in row] for row in rows]
        draft.header_rows = 1

    # -- links ---------------------------------------------------------------------------------------------------------

    def _links(self, passage: Passage) -> list[tuple[InlineLink, tuple[str, str, str]]]:
        """The links of a passage with (target, kind, original); images and embeds of pictures go to the list of images."""
        found = []
        for link in passage.links:
            target, words = self._alias(link)
            if link.image and (_IMAGE.search(target.split("#")[0]) or link.kind not in ("wiki", "bare")):
                self.images.append(Image(target, _SIZE.sub("", words).strip(), ""))
            elif link.image:
                found.append((link, (target, "embed", "")))
            elif link.kind in ("wiki", "bare"):
                found.append((link, (target, "anchor" if target.startswith("#") else "wiki", "")))
            elif target:
                found.append((link, _target(target)))
        return sorted(found, key=lambda x: (x[0].start, x[0].end))

    def _alias(self, link: InlineLink) -> tuple[str, str]:
        """(target, alias) as the writer meant them: a bar may be escaped."""
        return link.target.rstrip("\\").strip(), normalize(link.words)


class _Offsets:
    """From places in the body to bytes of the raw document."""

    def __init__(self, raw: RawDocument, body: int) -> None:
        self._chars = ByteOffsets(raw.data, raw.text, raw.encoding)
        self._body = body
        self._base = self._chars(body)
        self._simple = raw.encoding in ("utf-8", "utf-8-sig", "ascii") and "\ufffd" not in raw.text
        self._utf8 = None if self._simple else raw.text[body:].encode("utf-8", "replace")

    def of_bytes(self, start: int, end: int) -> Span:
        """The raw span of a range of UTF-8 bytes of the body."""
        if self._utf8 is None:
            return Span(self._base + start, self._base + end)
        first = self._body + len(self._utf8[:start].decode("utf-8", "ignore"))
        last = self._body + len(self._utf8[:end].decode("utf-8", "ignore"))
        return Span(self._chars(first), self._chars(last))

    def of_chars(self, start: int, end: int) -> Span:
        """The raw span of a range of code points of the body."""
        return Span(self._chars(self._body + start), self._chars(self._body + end))


def _target(url: str) -> tuple[str, str, str]:
    """(target, kind, original) of an address; web addresses lose their tracking."""
    url = url.strip()
    if url.startswith("#"):
        return url, "anchor", ""
    if url.lower().startswith("mailto:"):
        return url, "mail", ""
    if url.startswith("//") or _SCHEME.match(url):
        clean = clean_url(url).url
        return clean or url, "external", url if clean and clean != url else ""
    return url, "internal", ""


def _with_bare(text: str, links: list[DraftLink], passage: Passage) -> list[DraftLink]:
    """The links, and the web addresses that stand in the text without markup."""
    if "://" not in text or passage.kind == "code":
        return links
    taken = [(x.start, x.end) for x in links]
    bare = [
        DraftLink(m.start(), m.end(), *_target(m[0]))
        for m in _BARE.finditer(text)
        if not any(a < m.end() and m.start() < b for a, b in taken)
    ]
    return sorted([*links, *bare])


def _first_heading(drafts: list[Draft]) -> str:
    return next((d.text for d in drafts if d.kind == "heading" and d.level == 1), "")
