"""A wikitext page to a Document: the order of the steps, and nothing but that."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any

from pipeline.model import NO_SPAN, Citation, Diagnostic, Document, RawDocument, Removal, Span
from pipeline.parsers.wikitext import citations, data, flat, variants
from pipeline.parsers.wikitext.block_template import block_template
from pipeline.parsers.wikitext.bounds import ADDRESS, FLAT_TEMPLATE, Bounded, Region, bound
from pipeline.parsers.wikitext.closed import closed
from pipeline.parsers.wikitext.degraded import degraded
from pipeline.parsers.wikitext.emit import Emitter
from pipeline.parsers.wikitext.emit_template import fields, outline, template
from pipeline.parsers.wikitext.flow import Flow
from pipeline.parsers.wikitext.nodes import EXTERNAL, TAG, TEMPLATE, Node, Nodes
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.plain_links import hide
from pipeline.parsers.wikitext.prepare import prepared
from pipeline.parsers.wikitext.repair import Repaired, repair, unescaped
from pipeline.parsers.wikitext.strip import GAP, ITEM_START, Item, plain_controls, strip, unescape
from pipeline.parsers.wikitext.tokens import quiet_tree, tree
from pipeline.text.layout import Draft, drop_empty_sections, layout
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import is_normal, is_normal_utf8, normalize

_NUMBERED = re.compile(r"\[\d+\]")  # what a link without words shows
_SIMPLE_LINK = re.compile(r"\[\[(?:[^\[\]|{}:]*\|)?([^\[\]|{}:]+)\]\]")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_LIST_LINE = re.compile(r"(?:^|\n)[*#:]")
_MARKUP = re.compile(rf"[\[{{&<]|{ADDRESS}")
_EXTERNAL = re.compile(r"\[((?:https?:)?//[^\s\[\]<>\"]+) *([^\[\]]*)\]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_DIGIT = re.compile(r"\d")
_FRAME = re.compile(r"</?(?:div|center|span|br|p)(?:\s[^<>]*)?/?>|<!--[^<>]*-->", re.I)  # what sets passages apart and says nothing
MIN_NOTE_WORDS = 4  # words beside the citations of a footnote from which the whole is a note, too: fewer only point or join, "See also"
_UNREAD = frozenset(("silent", "map", "maplink"))  # what extension tags hold that is no text of the page, see data.EXTENSION
_NO_WORDS = frozenset(("section", "templatestyles", "style", "includeonly"))  # tags of them whose contents nobody would miss
_HARVARD = ("harvard.plain", "harvard.brackets")
_BARE = Draft("paragraph", "-")  # see _with_bare
HIDDEN_LETTERS = 40  # letters of hidden text above which a page is flagged: sort keys and marks for machines are shorter


def parse(raw: RawDocument) -> Document:
    """The cleaned page."""
    normal = _is_normal(raw)
    source = raw.text if normal else plain_controls(raw.text, raw.data if raw.encoding in ("utf-8", "ascii") else None)
    if whole := unescaped(source):
        source, normal = whole, False
    repaired = repair(source)
    text = repaired.text if repaired else source
    in_variants = variants.has(text, raw.options.language)
    readable = prepared(text)
    stripped = closed(strip(variants.hide(readable) if in_variants else readable))
    bounded = bound(hide(stripped.text))
    diagnostics: list[Diagnostic] = []
    flags: list[str] = []
    try:
        page = Page(text, stripped, raw.options.title)
        page.repaired = repaired is not None
        page.normal = normal
        page.variants = raw.options.language if in_variants else None
        if "namespaces" in raw.options.extra:
            page.spaces = data.spaces(raw.options.extra["namespaces"])
        _walk(page, bounded)
    except Exception as error:  # whatever a parser below trips over, the words must not be lost
        page = Page(text, stripped, raw.options.title)
        page.drafts = degraded(text)
        flags.append("degraded")
        diagnostics.append(
            Diagnostic(
                "wikitext.parser_failed", f"The page could not be parsed ({type(error).__name__}); its words were kept without structure."
            )
        )
    if bounded.masked:
        flags.append("degraded")
        diagnostics.append(
            Diagnostic("wikitext.unclosed_markup", f"{bounded.masked} openers of markup never close; they were read as text.")
        )
    if whole:
        flags.append("structure_repaired")
        diagnostics.append(Diagnostic("wikitext.escaped_source", "The page's signs were character references, as in a dump's XML."))
    if repaired:
        flags.append("structure_repaired")
        counts = ", ".join(f"{n} {what}" for what, n in repaired.counts.items() if n)
        diagnostics.append(Diagnostic("wikitext.structure_repaired", f"Line ends had been lost and were put back: {counts}."))
    return _document(raw, source, page, repaired, diagnostics, flags)


def _is_normal(raw: RawDocument) -> bool:
    """Whether the character policy leaves every character of a page as it is."""
    return raw.encoding in ("utf-8", "ascii") and is_normal_utf8(raw.data) and is_normal(raw.options.title)


def _walk(page: Page, bounded: Bounded) -> None:
    """Walks what is left to parse of a page."""
    text = bounded.text
    parsed = tree(text) if bounded.regions is None else quiet_tree(text, bounded.regions)
    page.exact = parsed.exact
    em = Emitter(page, template)
    page.parse = lambda fragment: _fragment(page, em, fragment)
    flow = Flow(page, em, block_template)
    flow.walk(parsed.root, 0)
    flow.flush(len(text))
    for item in page.items:
        if item.what == "reference":
            if item.content:
                _reference(page, em, item)
        elif item.what == "references":
            page.inside(item)  # its footnotes come to the end of these items
        elif item.what in _UNREAD and item.content.strip() and item.tag not in _NO_WORDS:
            span = Span(item.start, item.end) if page.exact else NO_SPAN
            page.removals.append(Removal("wikitext.extension", normalize(page.source[item.start : item.end]), span))
    page.parse = str  # or page and emitter would hold each other until the garbage collector comes


def _fragment(page: Page, em: Emitter, text: str) -> str:
    """The raw passage of a piece of wikitext that stood inside an extension tag; positions are unknown."""
    if not _MARKUP.search(text):
        return text
    with _Apart(page, text):
        return em.flat(_nodes(hide(text)))


class _Apart:
    """While a text of its own is walked: places in it are no places in the source."""

    __slots__ = ("before", "now", "page")

    def __init__(self, page: Page, text: str, *, note: bool = False) -> None:
        self.page = page
        self.before = page.exact, page.fragment, page.in_note
        self.now = False, text, note

    def __enter__(self) -> None:
        self.page.exact, self.page.fragment, self.page.in_note = self.now

    def __exit__(self, *_: object) -> None:
        self.page.exact, self.page.fragment, self.page.in_note = self.before


def _nodes(text: str) -> Nodes:
    """The nodes of a text of its own; most are one template."""
    if _TEMPLATE.fullmatch(text) and "<" not in text and "[" not in text:
        node = flat.read(text, Region(0, len(text), FLAT_TEMPLATE))
        if node is not None:
            return [node]
    bounded = bound(hide(text))
    if bounded.regions is None or _LIST_LINE.search(text):
        return tree(bounded.text).root
    return quiet_tree(bounded.text, bounded.regions).root


def _reference(page: Page, em: Emitter, item: Item) -> None:
    """A footnote: the citations in it, else its words as a note. Most are flat and need no parser."""
    content = page.inside(item).strip()
    if not content:
        return
    if "<" not in content and GAP not in content and ITEM_START not in content:
        if "[" in content and "[[" in content:
            content = "".join(_SIMPLE_LINK.split(content))  # the words alone: a third of the time of a template for `sub`
        if "{" in content:
            if _flat_citations(page, item, content):
                return
        elif _flat_note(page, item, content):
            return
    with _Apart(page, content, note=True):
        nodes = _nodes(content)
        found = [n for n in nodes if isinstance(n, Node) and n.kind == TEMPLATE and _cites(em, n)]
        if found and _words_beside(nodes) < MIN_NOTE_WORDS:
            for node in found:
                page.cite(citations.from_fields(_known(em, node).name, fields(em, node)), item.start)
            return
        kept = len(page.cited)
        words = em.words(nodes)  # notes the citations among them, too
        page.cited[kept:] = [(item.start, citation) for _, citation in page.cited[kept:]]
        if words:
            url = "" if found else _first_url(nodes)
            page.cite(citations.note(url if url and _NUMBERED.fullmatch(words) else words, url), item.start)


def _cites(em: Emitter, node: Node) -> bool:
    """Whether a template in a footnote is a citation."""
    rule = _known(em, node).rule
    return rule == "citation" or (not rule and bool(node.params) and citations.cites(outline(node), 1))


def _flat_citations(page: Page, item: Item, content: str) -> bool:
    """Citation templates without markup inside, or one by author and year, straight from the source; False where the parser has to look."""
    if page.variants is not None and "-{" in content:
        return False
    single = citations.flat_fields(content) if content[:2] == "{{" and content[-2:] == "}}" else None
    if single is not None:
        name, rule = data.known(single[0])
        if rule == "citation":  # most footnotes are one
            page.cite(citations.from_fields(name, _kept(page, content, single[1])), item.start)
            return True
        sources, between = [content], ["", ""]
    else:
        between, sources = _TEMPLATE.split(content), _TEMPLATE.findall(content)
        rest = "".join(between)
        if "{" in rest:
            return False
    cited: list[Citation] = []
    by_author: list[str] = []
    unknown: list[tuple[str, str]] = []
    for source in sources:
        flat = single or citations.flat_fields(source)
        if flat is None:
            return False
        name, rule = data.known(flat[0])
        if not rule:
            if not citations.cites(flat[1], 1):
                unknown.append((name, source))
                continue
            rule = "citation"
        if rule != "citation" and rule not in _HARVARD:
            continue
        given = _kept(page, source, flat[1])
        if rule == "citation":
            cited.append(citations.from_fields(name, given))
        elif values := [given[k] for k in "12345" if k in given]:
            words = citations.harvard(values, given.get("p") or given.get("pp") or "", given.get("loc", ""), given.get("ps", ""))
            by_author.append(f"({words})" if rule == "harvard.brackets" else words)
    if len(by_author) == len(sources) and (single or not ("[" in content or _LIST_LINE.search(content))):
        words = "".join([text for pair in zip(between, by_author, strict=False) for text in pair]) + between[-1]
        cited = [citations.note(page.words(words))]
    elif not single and _said(rest) >= MIN_NOTE_WORDS:
        return False
    for citation in cited:
        page.cite(citation, item.start)
    if cited:
        for name, source in unknown:
            page.count_unknown(name, source)
    return bool(cited)


def _kept(page: Page, source: str, fields: dict[str, str]) -> dict[str, str]:
    """The fields of a template under the character policy; `source` is the template."""
    if "&" not in source and (page.normal or (source.isascii() and "\x7f" not in source)):
        return fields
    return {key: normalize(value).strip() for key, value in fields.items()}


def _flat_note(page: Page, item: Item, content: str) -> bool:
    """A note of words and bracketed links; False where there is more in it."""
    url = ""
    if "[" in content:
        pieces = _EXTERNAL.split(content)  # text, address, words, text, ...
        if content.count("[") != len(pieces) // 3:
            return False
        url = normalize(pieces[1])
        del pieces[1::3]
        content = "".join(pieces)
    if "&" in content:
        content = unescape(content)
        words = page.words(content, normal=is_normal(content))
    else:
        words = page.words(content)
    if words or url:
        page.cite(citations.note(words or url, url), item.start)
    return True


def _said(text: str) -> int:
    """How many words a text holds; a number, of a page or chapter, counts as enough of them."""
    return len(_WORD.findall(text)) + (MIN_NOTE_WORDS if _DIGIT.search(text) else 0)


def _words_beside(nodes: Nodes) -> int:
    """How many words of a footnote stand beside its templates."""
    count = 0
    for node in nodes:
        if isinstance(node, str):
            count += _said(node)
        elif node.kind in (EXTERNAL, TAG) and node.body:
            count += _words_beside(node.body)
    return count


def _known(em: Emitter, node: Node) -> data.Known:
    return data.known(em.flat(node.head))


def _first_url(nodes: Nodes) -> str:
    for node in nodes:
        if isinstance(node, Node) and node.kind == EXTERNAL and node.head and isinstance(node.head[0], str):
            return normalize(node.head[0])
    return ""


def _document(
    raw: RawDocument, source: str, page: Page, repaired: Repaired | None, diagnostics: list[Diagnostic], flags: list[str]
) -> Document:
    drafts, empty, names = drop_empty_sections(_with_bare(page), "wikitext.empty_section")
    drafts = [draft for draft in drafts if draft is not _BARE]
    if not drafts:  # nothing but headings is an outline
        drafts, empty, names = page.drafts, [], []
    redirect = data.REDIRECT.match(source)
    if redirect:
        flags.append("redirect")
        drafts = []
    if page.hidden_letters >= HIDDEN_LETTERS:
        flags.append("hidden_text")
    if page.kept_unknown:
        flags.append("unknown_templates")
        diagnostics.append(
            Diagnostic("wikitext.unknown_template", f"{page.kept_unknown} unknown templates inside sentences gave their first argument.")
        )
    flags += sorted(page.kinds)
    removals = [*page.removals, *empty]
    spans = _in_bytes(raw, source, repaired, [draft.raw for draft in drafts] + [removal.span for removal in removals])
    for draft, span in zip(drafts, spans, strict=False):
        draft.raw = span
    normal = page.normal
    removals = [
        Removal(r.rule, r.text if normal or r.text.isprintable() else normalize(r.text), tuple.__new__(Span, span), r.kind)
        for r, span in zip(removals, spans[len(drafts) :], strict=True)
    ]
    text, blocks, links, tables = layout(drafts)
    return Document(
        text=text,
        title=raw.options.title or page.infobox_name or page.bold,
        modified=raw.options.extra.get("timestamp", ""),
        blocks=blocks,
        links=links,
        citations=[c for _, c in sorted(page.cited, key=itemgetter(0))],
        tables=tables,
        images=page.images,
        tags=page.tags,
        metadata=_metadata(raw, page, names, redirect[1].strip() if redirect else ""),
        removals=removals,
        diagnostics=diagnostics,
        flags=sorted(set(flags)),
    )


def _with_bare(page: Page) -> list[Draft]:
    """The drafts of a page, each heading with _BARE after it under which the page itself has nothing: a reader sees it so, it stays.

    A heading whose section was emptied here, of templates or footnotes, goes: what it announces is elsewhere.
    """
    drafts, source = page.drafts, page.source
    found: list[Draft] = []
    for index, draft in enumerate(drafts):
        found.append(draft)
        if draft.kind == "heading":
            below = drafts[index + 1] if index + 1 < len(drafts) else None
            end = draft.raw[1]
            stop = len(source) if below is None else below.raw[0] if below.kind == "heading" else -1
            if 0 <= end <= stop and not _FRAME.sub("", source[end:stop]).strip():
                found.append(_BARE)
    return found


def _metadata(raw: RawDocument, page: Page, empty: list[str], redirect: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "infoboxes": page.infoboxes,
        "templates": page.fields,
        "coordinates": page.coordinates,
        "headings": page.headings,
        "empty_sections": empty,
        "language_links": [normalize(link) for link in page.language_links],
        "unknown_templates": page.named_unknown(),
        "sort_key": page.sort_key,
        "redirect": normalize(redirect),
        "dump": {key: value for key, value in raw.options.extra.items() if key != "namespaces"},
    }
    return {key: value for key, value in found.items() if value}


def _in_bytes(raw: RawDocument, source: str, repaired: Repaired | None, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of the parsed text, in code points, as spans of the raw document, in bytes; plain pairs, as there are thousands."""
    if len(source) != len(raw.text):
        return [NO_SPAN] * len(spans)
    if repaired:
        spans = [(repaired.where(start), repaired.where(max(start, end))) if start >= 0 else NO_SPAN for start, end in spans]
    found = ByteOffsets(raw.data, raw.text, raw.encoding).many([at for span in spans if span[0] >= 0 for at in span])
    return [(found[start], found[end if end > start else start]) if start >= 0 else NO_SPAN for start, end in spans]
