"""Takes comments and extension tags out of wikitext before it is parsed, as MediaWiki's own preprocessor does.

What stands between `<nowiki>`, `<ref>`, `<math>` ... is not wikitext of the page. Each such stretch becomes a short mark in the
text and an `Item` beside it; a comment goes. Positions of the shorter text can be turned back into positions of the source.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from html.entities import html5
from typing import NamedTuple

from pipeline.parsers.wikitext.data import EXTENSION
from pipeline.text.unicode import superscript

# Signs that this parser puts into text for itself. They are control characters, which no document may hold: those of the source
# are turned into DELETE first (same length), which the character policy removes at the end.
LINK_START, LINK_END, LINK_INDEX = "\x13", "\x02", "\x03"  # \x13 12 \x03 words \x02; the first is plain_links.OPEN too
GAP = "\x04"  # something stood here and went
ITEM_START, ITEM_END = "\x05", "\x06"  # \x05 12 \x06
APOSTROPHE = "\x07"  # an apostrophe that is no markup
LESS_THAN = "\x16"  # a `<` that is no markup
AMPERSAND = "\x18"  # a `&` that begins no entity
LIST_BREAK = "\x08"  # a list item begins, where lists do not stand on lines of their own
LINE_BREAK = "\x0e"  # <br>
DEFINITION = "\x0f"  # between term and definition
EQUALS = "\x17"  # a `=` at the start of a line too long for a heading
MASKED = {"{": "\x10", "[": "\x11", "<": "\x12"}  # markup signs that never close

_WRITTEN = dict.fromkeys([*range(9), *range(0x0B, 0x20)], "") | {
    ord(sign): written
    for written, sign in [
        ("'", APOSTROPHE),
        ("<", LESS_THAN),
        ("&", AMPERSAND),
        ("=", EQUALS),
        ("; ", LIST_BREAK),
        (" ", LINE_BREAK),
        *MASKED.items(),
    ]
}

_CONTROL_BYTES = bytes(b for b in range(32) if b not in b"\t\n")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OPEN = re.compile(
    r"<(?:ref((?:\s[^<>]*+)?+)(?<!/)>([^<]*+)</ref\s*>"  # most of all: a footnote without tags, in one step
    r"|!--|(?=[/on])/?(?:noinclude|onlyinclude)\s*/?>"
    r"|tvar\|[^<>]{0,80}>|/>|(" + "|".join(sorted(EXTENSION, key=len)) + r")(?=[\s/>])([^<>]*+)>)",
    re.I,
)
ITEM = re.compile(f"{ITEM_START}(\\d+){ITEM_END}")


# What stands in the text at its place; the rest leaves a gap.
_SHOWN = frozenset(("literal", "code", "math", "gallery", "imagemap", "map", "maplink", "poem"))


_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def as_written(text: str) -> str:
    """A piece of a page without the signs of this parser: for the ledger, and for names of templates.

    >>> as_written(f"{GAP}a {LESS_THAN} b")
    'a < b'
    """
    return text if text.isprintable() else text.translate(_WRITTEN)


def unescape(text: str) -> str:
    """Text with its entities as characters; only whole ones with their semicolon, as in wikitext: an address may hold `&section=`.

    >>> unescape("a&amp;b&section=1&copy=2")
    'a&b&section=1&copy=2'
    """
    return _ENTITY.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    return html.unescape(match[0]) if match[0][1] == "#" else html5.get(match[0][1:], match[0])


_EXPONENT = re.compile(r"[−+-]?\d+\.\d+|([A-Za-z0-9.]{1,8}(?:[+−][A-Za-z0-9.]{1,8}){1,4})")


def raised(text: str) -> str:
    """Superscript text in readable form: where Unicode has no signs for an exponent it stands behind `^`.

    >>> raised("9"), raised("-0.4"), raised("x+1"), raised("th"), raised("8–10")
    ('⁹', '^-0.4', '^(x+1)', 'th', '8–10')
    """
    up = superscript(text)
    if up == text and (exponent := _EXPONENT.fullmatch(text)):
        return f"^({text})" if exponent[1] else f"^{text}"
    return up


class Item(NamedTuple):
    """An extension tag that was taken out."""

    tag: str  # lower case
    what: str  # see data.EXTENSION
    attributes: str  # as written
    content: str  # as written; empty for a tag that closes itself
    start: int  # code points in the source, from `<`
    end: int  # to the end of the closing tag
    inner: int  # where the content starts


APART = f"{GAP} "  # the same where it set words apart
_SENTENCE_ENDS = frozenset(".!?")
MAX_TVAR = 400  # code points of a variable in a page that is translated, `<tvar|name>...</>`: longer ones are no single word or address
_BEYOND = 1 << 62  # a position past the end of any text


class Stripped:
    """Text without comments and extension tags."""

    __slots__ = ("_ours", "_piece", "_size", "_theirs", "items", "text")

    def __init__(self, text: str, items: list[Item], ours: list[int], theirs: list[int]) -> None:
        self.text = text
        self.items = items
        self._size = len(text)
        self._ours = [*ours, _BEYOND]  # where pieces start in `text`
        self._theirs = theirs  # where they start in the source
        self._piece = 0  # the last that was asked for: most questions are about the same or the next

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source of a stretch of `text`, or of `text` with the end of a table added."""
        if end > self._size:
            start, end = min(start, self._size), self._size
        ours, theirs = self._ours, self._theirs
        if not theirs:
            return start, end
        piece = self._piece
        if not ours[piece] <= start < ours[piece + 1]:
            self._piece = piece = bisect_right(ours, start) - 1
        start += theirs[piece] - ours[piece]
        if not ours[piece] <= end < ours[piece + 1]:
            piece = bisect_right(ours, end) - 1
        return start, end + theirs[piece] - ours[piece]

    def with_inserted(self, pieces: list[tuple[int, str]]) -> Stripped:
        """The same with pieces of text put in, each at a place of `text`, in order; in the source they take no room."""
        ours, theirs = self._ours[:-1] or [0], self._theirs or [0]
        parts: list[str] = []
        new_ours: list[int] = []
        new_theirs: list[int] = []
        done = shift = place = 0
        for at, piece in pieces:
            while place < len(ours) and ours[place] <= at:
                new_ours.append(ours[place] + shift)
                new_theirs.append(theirs[place])
                place += 1
            source = theirs[place - 1] + at - ours[place - 1]
            parts += self.text[done:at], piece
            new_ours += at + shift, at + shift + len(piece)
            new_theirs += source, source
            shift += len(piece)
            done = at
        new_ours += [start + shift for start in ours[place:]]
        new_theirs += theirs[place:]
        return Stripped("".join(parts) + self.text[done:], self.items, new_ours, new_theirs)


def plain_controls(source: str, data: bytes | None = None) -> str:
    """The source with line ends as `\\n` and without control characters, at the same length; `data` is the source in UTF-8 where
    the caller has it, which is three times as fast to look through."""
    if data is not None and len(data.translate(None, _CONTROL_BYTES)) == len(data):
        return source
    if "\r" in source:
        source = source.replace("\r\n", " \n").replace("\r", "\n")
    if _CONTROLS.search(source):
        source = _CONTROLS.sub("\x7f", source)
    return source


def strip(source: str) -> Stripped:
    """Takes out comments and extension tags; linear in the length, whatever is unclosed.

    A tag that never closes is not a tag: its text stays, as on the page. A comment that never closes loses only its sign: MediaWiki
    would drop the rest of the page, but a document must not lose its prose to one slip.

    >>> strip("a<!-- no -->b<ref>c</ref> <math>d</math>").text
    'ab\\x04 \\x051\\x06'
    """
    parts: list[str] = []
    items: list[Item] = []
    ours: list[int] = [0]
    theirs: list[int] = [0]
    size = done = run = 0  # run: where footnotes begin that stand side by side
    never: set[str] = set()  # closers that do not come any more
    search, new = _OPEN.search, tuple.__new__  # half the time of Item(...), and a third of a page is references
    match = search(source)
    while match is not None:
        content = match[2]
        if content is not None:
            start, stop = match.span()
            run = run if start == done else start
            mark = APART if is_glued(source, run, stop) else GAP
            items.append(new(Item, ("ref", "reference", match[1], content, start, stop, match.start(2))))
        else:
            start, stop, item = _cut(source, match, never)
            if stop < 0:
                match = search(source, match.end())
                continue
            mark = ""
            if item is not None:
                mark = f"{ITEM_START}{len(items)}{ITEM_END}" if item.what in _SHOWN else "" if item.tag == "includeonly" else GAP
                if item.what == "reference":
                    run = run if start == done else start
                    mark = APART if is_glued(source, run, stop) else mark
                items.append(item)
        if start > done:
            parts.append(source[done:start])
            size += start - done
        if mark:
            parts.append(mark)
            ours.append(size)
            theirs.append(start)
            size += len(mark)
        ours.append(size)
        theirs.append(stop)
        done = stop
        match = search(source, stop)
    if not done:
        return Stripped(source, items, [], [])
    parts.append(source[done:])
    return Stripped("".join(parts), items, ours, theirs)


def is_glued(source: str, before: int, after: int) -> bool:
    """Whether a word or sentence begins right behind a footnote, whose mark set it apart on the page. Where words are not apart by
    spaces, as in Chinese, letters have no case.

    >>> [is_glued(text, text.index("<"), text.index(">") + 1) for text in ("It ends.<a>The next", "next<a>is", "e.g.<a>a", "水<a>車")]
    [True, True, False, False]
    """
    first = source[after : after + 1]
    if first == "[" and source.startswith("[", after + 1):
        first = source[after + 2 : after + 3]
    if not first.isalpha():
        return False
    last = source[before - 3 : before - 2] if source.endswith("]]", 0, before) else source[before - 1 : before]
    return (last.islower() and (first.islower() or first.isupper())) or (last in _SENTENCE_ENDS and first.isupper())


def _cut(source: str, match: re.Match[str], never: set[str]) -> tuple[int, int, Item | None]:
    """What to cut at an opener: from, to (-1 where it never closes), and the item that it is; a comment is none."""
    start, end = match.span()
    tag = match[3]
    if tag is None:
        if match[0] == "</>" and source.rfind("<tvar|", max(0, start - MAX_TVAR), start) < 0:
            return start, -1, None
        if match[0][1] in "nN" and _PAGE_HEAD.match(source, end) and "noinclude" not in never:
            if found := _PAGE_HEAD_END.search(source, end):
                return start, found.end(), Item("pagequality", "silent", "", source[end : found.start()], start, found.end(), end)
            never.add("noinclude")
        if match[0] != "<!--":  # says what a page gives when it is used as a template, or what stays in a translation: nothing here
            return start, end, None
        close = -1 if "-->" in never else source.find("-->", end)
        if close < 0:
            never.add("-->")
            return start, end, None
        return *_whole_line(source, start, close + 3), None
    tag = tag.lower()
    attributes = match[4]
    if attributes.endswith("/"):
        return start, end, Item(tag, EXTENSION[tag], attributes, "", start, end, end)
    found = None if tag in never else _CLOSERS[tag].search(source, end)
    if found is None:
        never.add(tag)
        return start, -1, None
    stop = found.end()
    return start, stop, Item(tag, EXTENSION[tag], attributes, source[end : found.start()], start, stop, end)


# The head of a scanned page in a library: how well it has been read, and the line that stands above the text of each page.
# Source: https://www.mediawiki.org/wiki/Extension:Proofread_Page
_PAGE_HEAD = re.compile(r"\s*<pagequality\b[^<>]*>", re.I)
_PAGE_HEAD_END = re.compile(r"</noinclude\s*>", re.I)
_CLOSERS = {tag: re.compile(rf"</{re.escape(tag)}\s*>", re.I) for tag in EXTENSION}


def _whole_line(source: str, start: int, stop: int) -> tuple[int, int]:
    """A comment that has its lines to itself goes with the last of their line ends, as in MediaWiki."""
    left = start
    while left > 0 and source[left - 1] in " \t" and start - left < 200:
        left -= 1
    right = stop
    while right < len(source) and source[right] in " \t" and right - stop < 200:
        right += 1
    if (left == 0 or source[left - 1] == "\n") and right < len(source) and source[right] == "\n":
        return left, right + 1
    return start, stop
