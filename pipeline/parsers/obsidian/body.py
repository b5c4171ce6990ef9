"""The body of a note: passages to drafts, Obsidian's syntax to data."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from pipeline.model import NO_SPAN, Diagnostic, Image, Link, Removal, Span
from pipeline.parsers.obsidian import comments, containers, formulas, markdown, markup, nesting, outliner, pasted, sites, syntax
from pipeline.parsers.obsidian.goals import goals, leads, target, with_bare
from pipeline.parsers.obsidian.passages import InlineLink, Passage, Spans
from pipeline.parsers.obsidian.rewritten import Places, rewrite
from pipeline.text.edit import EMPTY_LINES, parted
from pipeline.text.layout import MAX_DEPTH, Draft, DraftLink, table_text
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import apply as apply_characters
from pipeline.text.unicode import is_normal, normalize

QUERIES = frozenset({"dataview", "dataviewjs", "query", "base", "compressed-json"})  # fences that are programs or data, not prose
REQUESTS = frozenset({"tasks", "button", "meta-bind", "meta-bind-button"})  # fences that say in words what a plugin shows: code, and data
_INLINE_QUERY = re.compile(r"(?:\$= ?|= |=(?=this\b))\S")
_TAG_CHARACTER = re.compile("[\U000e0000-\U000e007f]")
_first = itemgetter(0)

# Comments that plugins write: what Excalidraw keeps of a picture, Kanban of a board; a query above its result (Dataview Serializer).
_SETTINGS = re.compile(r"#{1,2} Drawing\s*\n```(?:compressed-)?json\b|kanban:settings\s*\n```")
_QUERY = re.compile(rf"[^\n`]{{0,100}}\n```[ \t]*({'|'.join(sorted(QUERIES))})\b[^\n]*\n(.*?)\n?```\s*\Z", re.S)


class Body:
    """One body under way; what it finds adds up in its fields."""

    def __init__(self, dialect: bool, strip_params: tuple[str, ...] = (), components: bool = False) -> None:
        self.dialect = dialect
        self.components = components  # a page of MDX: elements are boxes around Markdown
        self.labels_first = False  # wikilinks have their words before the bar
        self.strip_params = strip_params
        self.drafts: list[Draft] = []
        self.leading: list[Link] = []  # links without words before any text
        self.removals: list[Removal] = []
        self.diagnostics: list[Diagnostic] = []
        self.images: list[Image] = []
        self.tags: list[str] = []
        self.callouts: list[dict[str, str]] = []
        self.tasks: list[dict[str, str]] = []
        self.anchors: list[dict[str, str]] = []
        self.block_ids: list[str] = []  # of the passage under way
        self.queries: list[dict[str, str]] = []
        self.fields: dict[str, list[str]] = {}
        self.quotes: dict[int, bool] = {}  # number of a block quote -> it is a callout
        self.braced = False  # attributes or commands in braces may stand in the text
        self.template = False  # commands of a template are left
        self.smuggled = False  # invisible tag characters stood in the text
        self.raw = NO_SPAN  # of the passage under way
        self.note = ""  # label of the footnote whose first passage has been read

    def read(self, text: str, places: Places) -> None:
        """Adds what stands in a Markdown text."""
        self.places = places
        self.quotes.clear()
        dollar = ""
        text = nesting.mask_marks(pasted.masked(formulas.freed(text)))
        if self.dialect and (parted := pasted.heads(text)):
            text, places = rewrite(text, parted, places)
            self.places = places
        boxes = containers.boxes(text, self.dialect, self.components)
        if boxes.edits:
            self.removals += [Removal(rule, text[start:end].strip(), places.of_chars(start, end)) for rule, start, end in boxes.hidden]
            text, places = rewrite(text, boxes.edits, places)
            self.places = places
        if self.dialect:
            if "%%" in text:
                text = self._without_comments(text)
            text, dollar = formulas.mask(nesting.mask_embeds(comments.mask_table_pipes(text)))
            if "<%" in text and syntax.template(text):
                self._template()
        self.braced = syntax.braced(text)
        normal = is_normal(text)
        if not normal and _TAG_CHARACTER.search(text) and apply_characters(text).counts.get("tag"):
            self.smuggled = True
            self.diagnostics.append(Diagnostic("obsidian.smuggled_tags", "the text held invisible tag characters; they were taken out"))
        for passage in markdown.passages(text, self.dialect, normal):
            kind = passage.kind
            if dollar:
                passage.restore(lambda piece: formulas.with_dollars(piece, dollar))
            passage.raw = self.raw = raw = places.of_bytes(passage.start, passage.end)
            if passage.hidden:
                self.removals += [Removal(x.rule, x.text, places.of_bytes(x.start, x.end)) for x in passage.hidden]
            if kind == "paragraph" or kind == "heading":
                self._prose(passage)
            elif kind == "code":
                self._code(passage, raw)
            elif kind == "html":
                self._html(passage)
            elif kind == "table":
                self._table(passage)
            else:
                self.drafts.append(Draft("math", normalize(passage.text).strip(), raw=raw))

    def metadata(self) -> dict[str, object]:
        """What of the syntax is data, by the names that a Document's metadata has for it."""
        found = {
            "callouts": self.callouts,
            "tasks": self.tasks,
            "anchors": self.anchors,
            "queries": self.queries,
            "fields": self.fields,
        }
        return {name: value for name, value in found.items() if value}

    def _without_comments(self, text: str) -> str:
        masked = comments.mask_comments(text)
        for start, end in masked.comments:
            comment, place = text[start + 2 : end - 2].strip(), self.places.of_chars(start, end)
            if _SETTINGS.match(comment):
                self.removals.append(Removal("obsidian.canvas_data", comment, place))
            elif query := _QUERY.match(comment):
                self.query(query[1], query[2], place)
            else:
                self.removals.append(Removal("obsidian.comment", comment, place))
        for at in masked.strays:
            place = self.places.of_chars(at, at + 2)
            message = "a comment is opened and never closed; Obsidian hides the rest of the note, here it stays"
            self.diagnostics.append(Diagnostic("obsidian.unclosed_comment", message, place))
        return masked.text

    # -- passages ------------------------------------------------------------------------------------------------------

    def _code(self, passage: Passage, raw: Span) -> None:
        first, _, settings = passage.info.strip().partition(" ")
        language = first.strip("{}.").lower()
        if settings:  # of a site's generator or a notebook: a title, lines to mark, how to run it
            self.removals.append(Removal("obsidian.attribute_list", formulas.restore(settings.strip()), raw))
        text = formulas.restore(passage.text)
        self._source(language, apply_characters(text, spaces=False).text.strip("\n"), raw)

    def _source(self, language: str, text: str, raw: Span) -> None:
        """Code, or a query that a plugin would replace by its result."""
        if self.dialect and language in QUERIES:
            self.query(language, text, raw)
        elif text.strip():
            if language in REQUESTS and self.dialect:
                self.queries.append({"language": language, "source": text})
            self.drafts.append(Draft("code", text, raw=raw))

    def query(self, language: str, text: str, raw: Span) -> None:
        """A query: its result is not in the note."""
        self.removals.append(Removal("obsidian.query_block", text, raw, "code"))
        self.queries.append({"language": language, "source": text if language != "compressed-json" else ""})

    def _html(self, passage: Passage) -> None:
        text = passage.text.strip()
        if text.startswith("<!--") and text.find("-->", 4) == len(text) - 3:  # by far the most of them
            self.removals.append(Removal("obsidian.hidden_html", formulas.restore(text), Span(*passage.raw)))
            return
        found = markup.shown(formulas.restore(passage.text))

        inside = ByteOffsets(passage.text.encode("utf-8", "replace"), passage.text, "utf-8")

        def byte(place: int, of: int) -> int:
            """The byte of a place on the line of a code point: lines of the passage stand apart in a quote or a list."""
            line = max(0, bisect_right(passage.lines, of, key=_first) - 1)
            at, start = passage.lines[line] if passage.lines else (0, passage.start)
            return start + inside(place) - inside(at)

        def raw(start: int, end: int) -> Span:
            return self.places.of_bytes(byte(start, start), byte(end, end - 1))

        self.removals += [Removal("obsidian.hidden_html", text, raw(start, end)) for text, start, end in found.hidden]
        self.images += [Image(*image) for image in found.images]
        for number, piece in enumerate(found.pieces):
            links = [DraftLink(a, b, *target(href, self.strip_params)) for a, b, href in piece.links if leads(href.strip())]
            text = piece.text
            if piece.kind == "code":
                self._source(piece.language, text, raw(piece.start, piece.end))
                continue
            if self.dialect and "[[" in text:
                text, links = self._wikilinks(text, links)
            if not text:
                self._wordless(links)
            else:
                marker = piece.marker or (passage.marker if number == 0 else "")
                kind = "list_item" if marker else piece.kind
                level = piece.level if piece.level else passage.depth if marker else 0
                level = min(MAX_DEPTH, level)
                self.drafts.append(Draft(kind, text, level, marker, links, raw(piece.start, piece.end)))

    def _wikilinks(self, text: str, links: list[DraftLink]) -> tuple[str, list[DraftLink]]:
        """Words of HTML with their wikilinks: Obsidian leaves them as written there, but a block of HTML reaches to the next empty line,
        and what follows it directly is meant as a note's own words."""
        found = syntax.wikilinks(text)
        changes = [edit for edits, _ in found for edit in edits]
        led = goals([x for _, x in found], self.images, self.strip_params)
        marked = [*((x.start, x.end, x[2:]) for x in links), *((x.start, x.end, goal) for x, goal in led)]
        final, moved = syntax.apply(text, changes, [x[:2] for x in marked])
        return final, sorted(DraftLink(a, b, *goal) for (a, b), (_, _, goal) in zip(moved, marked, strict=True))

    def _wordless(self, links: list[DraftLink]) -> None:
        """Links without words (embeds, pictures that link): they stand where the passage before them ends."""
        if self.drafts:
            size = len(self.drafts[-1].text)
            self.drafts[-1].links.extend([DraftLink(size, size, *x[2:]) for x in links])
        else:
            self.leading += [Link(0, 0, "", *x[2:]) for x in links]

    def _prose(self, passage: Passage) -> None:
        """A heading, a paragraph, an item, a passage of a quote or of a footnote: becomes a draft in place."""
        start = 0
        if passage.kind == "heading":
            passage.marker = ""
        elif passage.marker:
            passage.kind, passage.level = "list_item", min(MAX_DEPTH, passage.depth)
        text = passage.text
        if passage.plain and not (
            # One test a sign is twice as fast as one pattern for all: most passages hold none of them and stand as they are.
            ("#" in text or "^" in text or "[" in text or "\t" in text or "\n" in text)
            or ("  " in text or "==" in text or "**" in text or "::" in text or "://" in text or (self.braced and "{" in text))
        ):
            passage.text = text.strip()
            self.drafts.append(passage)
            return
        if passage.marker and text[:1] == "[" and self.dialect and not passage.task:
            passage.task, start = syntax.task(text)
        if passage.quotes:
            start = max(start, self._quote(passage))
        text, links = self._inline(text, passage.found, passage.literal, start)
        if passage.footnote and passage.kind == "paragraph":
            text, links = self._footnote(passage, text, links)
        if text:
            if "://" in text:
                links = with_bare(text, links, self.strip_params)
            if passage.task or start:
                self._noted(passage, text, start)
            passage.text, passage.links = text, links
            self.drafts += parted(passage) if "\n" in text and EMPTY_LINES.search(text) else (passage,)
        elif links:
            self._wordless(links)
        if self.block_ids:
            self._anchored()

    def _anchored(self) -> None:
        """Ids of blocks name the passage that they end, or the one before where they stand alone."""
        line = self.drafts[-1].text.partition("\n")[0] if self.drafts else ""
        self.anchors += [{"id": name, "text": line} for name in self.block_ids]
        self.block_ids = []

    def _inline(self, text: str, found: Sequence[InlineLink], literal: Spans, start: int) -> tuple[str, list[DraftLink]]:
        """A passage's words without their first `start` code points and without signs of the dialect, and its links."""
        changes: list[syntax.Edit] = []
        if self.dialect:
            if "#" in text:
                self.tags += syntax.tags(text, literal, found)
            if "::" in text:
                for key, value in syntax.fields(text, literal):
                    self.fields.setdefault(key, []).append(value)
            if literal and "=" in text:
                self._inline_queries(text, literal)
            if "==" in text or "**" in text or "^" in text or "[[|" in text:
                changes = syntax.signs(text, literal)
                if found and changes and "^" in text:  # in a wikilink's words a caret is a caret
                    labels = sorted((link.start, link.end) for link in found if link.kind == "wiki")
                    changes = [c for c in changes if text[c.start] != "^" or not syntax.inside(c.start, labels)]
                if "^" in text:  # the sign of a footnote is a caret alone
                    self.block_ids += [text[c.start + 1 : c.end].rstrip() for c in changes if text[c.start] == "^" and c.end - c.start > 1]
            if ("::" in text or ":END:" in text) and (gone := outliner.hidden(text, literal)):
                self.removals += [Removal("obsidian.hidden_property", text[x.start : x.end].strip(), self.raw) for x in gone]
                changes = syntax.apart([*gone, *changes])
        if self.labels_first and found:
            changes = syntax.apart([*changes, *syntax.turned(found)])
        if "](" in text:
            extra = [x for x in syntax.open_links(text) if not syntax.inside(x[0][0].start, literal)]
            changes = syntax.apart([*changes, *syntax.labelled(text, found), *(edit for edits, _ in extra for edit in edits)])
            found = [*found, *(link for _, link in extra)]
        if self.braced and "{" in text:
            changes = self._attributes(text, literal, found, changes)
        if "  " in text or "\t" in text or " \n" in text or "\n " in text:
            changes = syntax.apart(changes + syntax.spaces(text))
        if start:
            changes = [syntax.Edit(0, start, ""), *(c for c in changes if c.start >= start)]
        if not found:
            return (syntax.apply(text, changes, ())[0] if changes else text.strip()), []
        links = goals(found, self.images, self.strip_params)
        if not changes and text[:1] not in " \n" and text[-1:] not in " \n":
            return text, [DraftLink(x.start, x.end, *goal) for x, goal in links]
        final, moved = syntax.apply(text, changes, [(x.start, x.end) for x, _ in links])
        return final, [DraftLink(a, b, *goal) for (a, b), (_, goal) in zip(moved, links, strict=True)]

    def _template(self) -> None:
        self.template = True
        message = "commands of a template are left in the note; nobody ran them"
        self.diagnostics.append(Diagnostic("obsidian.template_left", message))

    def _attributes(self, text: str, literal: Spans, found: Sequence[InlineLink], changes: list[syntax.Edit]) -> list[syntax.Edit]:
        """The changes with those that take out attributes of blocks, links and pictures."""
        if not self.template and syntax.template(text):
            self._template()
        gone = syntax.attributes(text, [link.end for link in found])
        if literal:
            gone = [x for x in gone if not syntax.inside(text.index("{", x.start), literal)]
            gone = syntax.apart([*gone, *(syntax.Edit(start, end, "") for start, end in sites.roles(text, literal))])
        lists = [text[x.start : x.end].strip() for x in gone]
        self.removals += [Removal("obsidian.attribute_list", piece, self.raw) for piece in lists]
        self.block_ids += [found[1] for found in map(syntax.ID.match, lists) if found]
        return syntax.apart([*gone, *changes]) if gone and changes else gone or changes

    def _inline_queries(self, text: str, literal: Spans) -> None:
        """`= expression` in code is a query to a plugin; Obsidian alone shows it as it stands, and so it stays."""
        for start, end in literal:
            if _INLINE_QUERY.match(text, start, end):
                self.queries.append({"language": "dataview", "source": text[start:end]})

    def _quote(self, passage: Passage) -> int:
        """Length of a callout's head, where the passage is the first of its quote and opens with one; paragraphs get their kind."""
        head = None
        if passage.quote not in self.quotes:
            # A callout's title above an item without words, `> - `, is a heading to CommonMark.
            opens = passage.kind in ("paragraph", "heading") or (passage.begins and bool(passage.marker))
            head = syntax.callout(passage.text) if self.dialect and opens else None
            self.quotes[passage.quote] = head is not None
        elif passage.text[:2] == "[!" and passage.kind == "paragraph" and self.dialect:  # one that is written amid a quote is one
            head = syntax.callout(passage.text)
            self.quotes[passage.quote] |= head is not None
        if (passage.kind == "paragraph" or (head is not None and passage.kind != "list_item")) and not passage.footnote:
            passage.kind, passage.level = ("callout" if self.quotes[passage.quote] else "quote"), passage.quotes
        if head is None:
            return 0
        self.callouts.append({"type": head.type, "title": "", "fold": head.fold} | ({"meta": head.meta} if head.meta else {}))
        return head.end

    def _noted(self, passage: Passage, text: str, start: int) -> None:
        """The words of a task or the title of a callout, as they read."""
        first = text.partition("\n")[0]
        if passage.task:
            self.tasks.append({"state": passage.task, "text": first})
        elif passage.text[start:].partition("\n")[0].strip():
            self.callouts[-1]["title"] = first

    def _footnote(self, passage: Passage, text: str, links: list[DraftLink]) -> tuple[str, list[DraftLink]]:
        """The first passage of a footnote says which it is, as its mark in the text does."""
        passage.kind = "footnote"
        if self.note == passage.footnote:
            return text, links
        self.note = passage.footnote
        lead = f"[{passage.footnote}] "
        return lead + text, [DraftLink(x.start + len(lead), x.end + len(lead), *x[2:]) for x in links]

    def _table(self, passage: Passage) -> None:
        """A table: every cell is read like a passage, so that rows and text say the same."""
        rows: list[list[str]] = []
        links: list[DraftLink] = []
        at = 0
        for cells in passage.cells or ():
            row: list[str] = []
            for number, cell in enumerate(cells):
                at += 3 if number else 1 if rows else 0
                if not cell.text and not cell.found:  # a short row has one for each column that it lacks
                    row.append("")
                    continue
                text, found = self._inline(cell.text.replace("\n", " "), cell.found, cell.literal, 0)
                if "://" in text:
                    found = with_bare(text, found, self.strip_params)
                links += [DraftLink(x.start + at, x.end + at, *x[2:]) for x in found]
                row.append(text)
                at += len(text)
            rows.append(row)
        if self.block_ids and len(rows) > 1 and not any(rows[-1]):  # the line below the table that names it
            rows.pop()
        if any(any(row) for row in rows):
            self.drafts.append(Draft("table", table_text(rows), raw=passage.raw, links=links, rows=rows, header_rows=1))
            self._anchored()
        elif links:
            self._wordless(links)
