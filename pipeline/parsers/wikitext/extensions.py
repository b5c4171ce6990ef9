"""Extension tags that are passages of their own: code, formulas, poems, galleries."""

from __future__ import annotations

import re

from pipeline.model import NO_SPAN, Image, Span
from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.strip import Item, unescape
from pipeline.text.layout import Draft
from pipeline.text.unicode import apply

_NOWIKI = re.compile(r"<nowiki>([^<]*)</nowiki>", re.I)
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
        page.drafts += gallery(page, item)


def _add(page: Page, kind: str, text: str, span: Span, level: int = 0) -> None:
    """A passage kept as written but for characters that no record may hold."""
    if text.strip():
        page.drafts.append(Draft(kind, apply(text, spaces=False).text, level, raw=span))


def gallery(page: Page, item: Item) -> list[Draft]:
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
