"""Extension tags that are passages of their own: code, formulas, poems, galleries, maps."""

from __future__ import annotations

import re

from pipeline.model import NO_SPAN, Image, Removal, Span
from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.strip import Item, unescape
from pipeline.text.layout import Draft
from pipeline.text.unicode import apply, normalize

_NOWIKI = re.compile(r"<nowiki>([^<]*)</nowiki>", re.I)
PICTURES = frozenset(("gallery", "imagemap", "map"))
"""What extension tags hold that is shown as pictures, see data.EXTENSION."""

_MAP_TEXT = re.compile(r"\btext\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_FRAMELESS = re.compile(r"\bframeless\b")
_GALLERY_CAPTION = re.compile(r"\bcaption\s*=\s*[\"']?([^\"'<>]+)")


def extension(page: Page, item: Item, kind: str, level: int) -> None:
    """Adds the drafts of an extension tag to the page; `kind` and `level` are those of the passages around it."""
    span = Span(item.start, item.end) if page.exact else NO_SPAN
    if item.what == "code":
        text = unescape(item.content) if item.tag == "pre" else item.content
        _add(page, "code", _NOWIKI.sub(r"\1", text).strip("\n").rstrip(), span)
    elif item.what == "math":
        _add(page, "math", " ".join(item.content.split()), span)
    elif item.what == "poem":
        for stanza in page.inside(item).strip("\n").split("\n\n"):
            lines = [page.words(page.parse(line)) for line in stanza.split("\n")]
            _add(page, kind, "\n".join(line for line in lines if line), span, level)
    else:
        page.drafts += pictures(page, item)


def _add(page: Page, kind: str, text: str, span: Span, level: int = 0) -> None:
    """A passage kept as written but for characters that no record may hold."""
    if text.strip():
        page.drafts.append(Draft(kind, apply(text, spaces=False).text, level, raw=span))


def pictures(page: Page, item: Item) -> list[Draft]:
    """The captions of a gallery, of a picture with links on it, or of a map."""
    if item.what == "gallery":
        return _gallery(page, item)
    if item.what == "imagemap":
        return _imagemap(page, item)
    words = page.words(page.parse(map_words(item)))
    return [Draft("caption", words, raw=Span(item.start, item.end) if page.exact else NO_SPAN)] if words else []


def map_words(item: Item) -> str:
    """The words of a map's caption or link, as written; none where the map is drawn without its frame."""
    text = _MAP_TEXT.search(item.attributes)
    return unescape(text[1] or text[2]).strip() if text and not _FRAMELESS.search(item.attributes) else ""


def _imagemap(page: Page, item: Item) -> list[Draft]:
    """`File:name|thumb|caption`, then areas with their links, which only a pointer over the picture shows: they go through the ledger."""
    lines = [line.strip() for line in page.inside(item).split("\n") if line.strip() and line.lstrip()[0] != "#"]
    kept = len(page.captions)
    page.parse(f"[[{''.join(lines[:1])}]]")
    found = [draft for _, draft in page.captions[kept:]]
    del page.captions[kept:]
    if areas := "\n".join(lines[1:]):
        page.removals.append(Removal("wikitext.extension", normalize(areas), Span(item.start, item.end) if page.exact else NO_SPAN))
    return found


def _gallery(page: Page, item: Item) -> list[Draft]:
    """`File:name|options|caption` lines: images as data; every caption is a passage too."""
    span = Span(item.start, item.end) if page.exact else NO_SPAN
    drafts: list[Draft] = []

    def add(text: str) -> None:
        if text.strip():
            drafts.append(Draft("caption", text, raw=span))

    if title := _GALLERY_CAPTION.search(item.attributes):
        add(page.words(page.parse(title[1])))
    for line in page.inside(item).split("\n"):
        name, _, caption = line.strip().partition("|")
        if name.startswith(":"):  # no file: the wiki shows the words
            add(page.words(page.parse(line.strip(" :"))))
            continue
        if not name.strip():
            continue
        space, colon, rest = name.partition(":")
        target = rest if colon and space.strip().lower() in page.spaces.file else name
        if "[[" not in caption:
            caption = " ".join(part for part in caption.split("|") if part.partition("=")[0].strip().lower() not in data.FILE_KEYS)
        words, links = page.finish(page.parse(caption))
        page.images.append(Image(page.words(target.replace("_", " ")), "", words))
        if words:
            drafts.append(Draft("caption", words, links=links, raw=span))
    return drafts
