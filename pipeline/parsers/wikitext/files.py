"""Pictures: `[[File:name|options|caption]]` as data, and the caption where a reader sees one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from pipeline.model import Image
from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.nodes import Node, Nodes, split_parts
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.strip import GAP, LESS_THAN
from pipeline.text.layout import Draft

_FILE_NAME = re.compile(r"\.(?:jpe?g|png|gif|svg|webp|tiff?|xcf|djvu|pdf|og[gva]|webm|mp3|wav|flac)\Z", re.I)
_SIZE = re.compile(r"x?\d+(?:x\d*)?\s*px?|\d+\s*x\s*\d+", re.I)
_NO_CAPTION = re.compile(r"[^\s=]+\s*=.*|x?\d+(?:x\d*)?\s*\S{1,4}|\S+", re.S)
"""What an option in a language that no table has looks like: a word and its value, a size in the word for pixels, a single word."""
_OPTION = re.compile(r"[^\W\d_]+")


class Flattens(Protocol):
    """What turns nodes into words, see `emit.Emitter`."""

    page: Page

    def flat(self, nodes: Nodes) -> str:
        """The raw passage that nodes give."""


def shows_file(name: str, body: Nodes) -> bool:
    """Whether a link shows a file: so it ends in a language whose word for the namespace no table has, with an option of pictures."""
    if ":" in name or not _FILE_NAME.search(name):
        return False
    options = ("".join(n for n in part if type(n) is str).strip().lower() for part in split_parts(body))
    return any(option in data.FILE_OPTIONS or _SIZE.fullmatch(option) for option in options)


def file(em: Flattens, name: str, node: Node, write: Callable[[str], None]) -> None:
    """`[[File:name|options|caption]]`: an image as data; its caption is no part of the sentence around it."""
    page = em.page
    alt = ""
    words: list[str] = []  # what is no option, so a caption: the last of them counts
    framed: bool | None = None  # by the first option that decides it
    floating = False
    for part in split_parts(node.body or []):
        text = part[0].strip() if len(part) == 1 and type(part[0]) is str else em.flat(part).strip()
        key, equals, value = text.partition("=")
        low = key.strip().lower()
        if equals and low in data.FILE_KEYS and (low != "link" or {"<", LESS_THAN}.isdisjoint(value)):  # no address is a caption
            if low in data.ALT_KEYS:
                alt = page.words(value)
            framed = True if framed is None and low.startswith("thumb") else framed
            continue
        low = text.lower()
        if low in data.FILE_OPTIONS or _SIZE.fullmatch(low) or not text:
            if framed is None and (low in data.FRAMES or low in data.FRAMELESS):
                framed = low in data.FRAMES
            floating = floating or low in data.FLOATS
            continue
        words.append(text)
    chosen = _caption(words)
    for other in words:
        if other is not chosen and (lost := page.words(other)):
            page.remove("file_option", (node.start, node.end), lost, own=False)
            framed = True if framed is None and _OPTION.fullmatch(other) else framed  # as the most common option does
    caption, links = page.finish(chosen) if chosen else ("", [])
    if not (floating if framed is None else framed):  # without a frame the caption is not shown: it is what stands for the picture
        alt, caption = alt or caption, ""
    elif caption:
        draft = Draft("caption", caption, links=links, raw=page.span((node.start, node.end)))
        page.captions.append((node.start, draft))
    page.images.append(Image(page.words(name.replace("_", " ")), alt, caption))
    write(f"{GAP} " if framed else GAP)


def _caption(words: list[str]) -> str:
    """The caption among what is no known option: the last, as on the wiki, unless another is one more clearly.

    >>> _caption(["A mill at dusk", "міні"]), _caption(["A mill", "At dusk"]), _caption(["Mill"])
    ('A mill at dusk', 'At dusk', 'Mill')
    """
    if len(words) < 2:
        return words[0] if words else ""
    return next((text for text in reversed(words) if not _NO_CAPTION.fullmatch(text)), words[-1])
