"""A note as a Document: front matter to fields, body to passages."""

from __future__ import annotations

import re
from urllib.parse import unquote

from pipeline.model import Diagnostic, Document, RawDocument, Span
from pipeline.parsers.obsidian import canvas, frontmatter, joplin, properties
from pipeline.parsers.obsidian.body import Body
from pipeline.parsers.obsidian.places import BodyPlaces
from pipeline.text.layout import layout
from pipeline.text.unicode import apply as apply_characters

# A README or a page of a static site: the dialect's signs are text there.
_PLAIN_PATH = re.compile(r"(?:^|/)(?:README|CONTRIBUTING|CHANGELOG|CODE_OF_CONDUCT|SECURITY|LICENSE)[^/]*$", re.I)
_DIALECT = re.compile(r"\[\[[^\[\]\n]+\]\]|(?m:^[ \t]*>[ \t]*\[!\w)|%%|(?<![\w=])==\w[^=\n]*==(?![\w=])")

DRAWING = "excalidraw-plugin"  # the property of a note that holds a drawing
HIDDEN = ("obsidian.comment", "obsidian.hidden_html")  # rules that take out what the writer hid from readers
MIN_HIDDEN = 40  # letters of hidden text that make a note worth a flag: a comment of a few words is everyday
MIN_COMMENT = 24  # letters of one comment that count: the marks that plugins set around what they write have fewer


def parse(raw: RawDocument, dialect: bool | None = None) -> Document:
    """The clean note; `dialect` switches Obsidian's syntax on or off, None decides by evidence."""
    if raw.path.endswith((".canvas", ".excalidraw")) or raw.text[:1] == "{":
        drawing = canvas.read(raw)
        if drawing is not None:
            return _document(raw, frontmatter.NONE, drawing.body, drawing.metadata)
    if raw.path.endswith(".base"):
        return _query(raw)
    front = frontmatter.cut(raw.text)
    text = raw.text[front.end :]
    if not front.status and "\ntype_: " in text and (item := joplin.item(text)):
        front, text = item.front, text[: item.body]
    if dialect is None:
        dialect = not _PLAIN_PATH.search(unquote(raw.path)) or bool(_DIALECT.search(text))
    body = Body(dialect, raw.options.strip_params, raw.path.lower().endswith(".mdx"))
    body.labels_first = properties.labels_first(front)
    body.read(text, BodyPlaces(raw, front.end))
    if DRAWING in front.data:
        _notice(body)
    return _document(raw, front, body, {})


def _notice(body: Body) -> None:
    """The line with which Excalidraw sends readers of a drawing to another view: a heading, as it says nothing of what is drawn."""
    for draft in body.drafts[:1]:
        if draft.kind == "paragraph" and draft.text.startswith("⚠"):
            draft.kind, draft.level = "heading", 1


def _query(raw: RawDocument) -> Document:
    """A base of Obsidian: YAML that asks for a table of notes, and holds no word of its own."""
    body = Body(True)
    body.query("base", apply_characters(raw.text, spaces=False).text.strip("\n"), Span(0, len(raw.data)))
    return _document(raw, frontmatter.NONE, body, {})


def _document(raw: RawDocument, front: frontmatter.Front, body: Body, metadata: dict[str, object]) -> Document:
    text, blocks, links, tables = layout(body.drafts)
    fields = properties.fields(front, raw)
    name = properties.page_name(raw.path)
    aliases = [*fields.aliases, name] if "/" in name and name not in fields.aliases else fields.aliases
    return Document(
        text=text,
        title=raw.options.title or fields.title or name or ("" if body.dialect else _first_heading(body)),
        url=fields.url,
        language=fields.language,
        license=fields.license,
        attribution=fields.attribution,
        created=fields.created,
        modified=fields.modified,
        permalink=fields.permalink,
        blocks=blocks,
        links=[*body.leading, *links] if body.leading else links,
        tables=tables,
        images=body.images,
        tags=list(dict.fromkeys([*fields.tags, *body.tags])),
        aliases=aliases,  # links to a page of a namespace have its whole name
        metadata={**fields.metadata, **body.metadata(), **metadata},
        removals=body.removals,
        diagnostics=[*(Diagnostic(f"obsidian.{name}", message) for name, message in front.notes), *body.diagnostics],
        flags=_flags(front, body),
    )


def _flags(front: frontmatter.Front, body: Body) -> list[str]:
    flags = [f"front_matter_{front.status}"] if front.status in ("repaired", "linewise", "refused") else []
    if sum(len(r.text) for r in body.removals) >= MIN_HIDDEN:
        letters = [sum(map(str.isalpha, r.text)) for r in body.removals if r.rule in HIDDEN]
        if sum(count for count in letters if count >= MIN_COMMENT) >= MIN_HIDDEN:
            flags.append("hidden_text")
    if body.smuggled:
        flags.append("smuggled_tags")
    return sorted(flags)


def _first_heading(body: Body) -> str:
    return next((d.text for d in body.drafts if d.kind == "heading" and d.level == 1), "")
