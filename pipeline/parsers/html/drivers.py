"""The two ways from a source to a `Page`: fast events of lxml, and a walk over a BeautifulSoup tree.

Both drive the same builder and give the same page. The fast one feeds a target parser: `feed` and `close` lose nothing at any
depth or length, where one-shot parsing stops silently at depth 256 or after a text of 10 MB. Should libxml2 report a limit all
the same, the result is thrown away and the safe driver does the work. The safe driver is also the road for CSS selectors.

Neither parser is left to guess an encoding, since a false `<meta charset>` would garble the text: the fast one is handed UTF-8 and
told so, the safe one str.
"""

from __future__ import annotations

import re
import warnings
from html import escape
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from pipeline.parsers.html.builder import Builder
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import NOSCRIPT, SPOKEN, TAG

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

FATAL = 3  # level of an error after which libxml2 has stopped reading
SELECTED = SPOKEN << 1  # name bit: a selector of the source asks for this element
REMOVED = SPOKEN << 2  # name bit: a selector of the source drops it

FRAME_TEXTS = 5  # passages up to which a page may be a set of frames: its text stands in none of them
_NOSCRIPT = TAG["noscript"]
_FRAMES = re.compile("<frameset", re.I)
_TAGS = re.compile(r"<[/!a-zA-Z][^<>]{0,1000}>")
_XML = re.compile(r"\s*<\?xml\s")
_ROOT: Final = 2000  # characters within which the root of a page says what prefix its elements have
_PREFIX = re.compile(r"xmlns:([\w.-]{1,20})\s*=\s*[\"']http://www\.w3\.org/1999/xhtml[\"']")
_CDATA = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)|<!\[CDATA\[(?P<text>.*?)(?:\]\]>|\Z)", re.I | re.S)
_WHOLE = re.compile(r"<(?:!doctype\s+html|html|head|body)(?=[\s>/])", re.I)


def read(source: str, select: tuple[str, ...] = (), remove: tuple[str, ...] = (), data: bytes = b"") -> Page:
    """The page of a source; the fast way unless selectors ask for a tree or libxml2 reports a limit.

    `data`, where it is given, is the source in UTF-8: encoding it again is a twentieth of all work on a page.
    """
    plain = _as_html(source)
    if plain is not source:
        source, data = plain, b""
    page = None if select or remove else fast(source, data)
    if page is None:
        page = safe(source, select, remove)
    page.whole = _WHOLE.search(source) is not None
    framed = page.pictures and 0 < len(page.text) <= FRAME_TEXTS and all(page.tag[holder] == _NOSCRIPT for holder in page.holder)
    if framed and _FRAMES.search(source):
        _unframe(page)
    return page


def _as_html(source: str) -> str:
    """A page that is XML in the forms that a parser of HTML knows: elements without a prefix, text of CDATA sections as text."""
    if found := _PREFIX.search(source, 0, _ROOT):
        source = re.sub(rf"(</?){re.escape(found[1])}:(?=[a-z])", r"\1", source)
    if _XML.match(source) and "<![CDATA[" in source:
        source = _CDATA.sub(lambda found: found[0] if found["text"] is None else escape(found["text"], quote=False), source)
    return source


def _unframe(page: Page) -> None:
    """What a set of frames says where there are none: to a parser it is text, tags and all, and it is all the text that there is."""
    for number, text in enumerate(page.text):
        page.text[number] = " ".join(_TAGS.sub(" ", text).split()) or text
        page.marked.pop(number, None)
        page.targets.pop(number, None)
    page.names &= ~NOSCRIPT
    page.own, page.anc = ([bits & ~NOSCRIPT for bits in column] for column in (page.own, page.anc))


def fast(source: str, data: bytes = b"") -> Page | None:
    """The page by lxml's events; None where libxml2 stopped before the end."""
    data = data or source.lstrip("\ufeff").encode("utf-8", "replace")
    if b"\0" in data:  # the standard drops it, libxml2 writes U+FFFD
        data = data.replace(b"\0", b"")
    target: Any = Builder()  # comments are of no use here, so the target has no method for them
    parser: Any = etree.HTMLParser(target=target, huge_tree=True, encoding="utf-8")
    try:
        parser.feed(data)
        page: Page = parser.close()
    except etree.XMLSyntaxError:  # nothing to parse at all, or no memory under a limit
        if source.strip():
            return None
        return Builder().close()
    if any(entry.level >= FATAL for entry in parser.error_log):
        return None
    return page


def safe(source: str, select: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Page:
    """The page by a BeautifulSoup tree; `select` and `remove` are CSS selectors, a broken one selects nothing."""
    from bs4 import BeautifulSoup  # as slow to import as all the rest, and hardly ever needed

    with warnings.catch_warnings():  # that a source looks like XML or like a file's name is no news here
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(source.lstrip("\ufeff").replace("\0", ""), "lxml", multi_valued_attributes=None)
    marks: dict[int, int] = {}
    for selectors, mark in ((select, SELECTED), (remove, REMOVED)):
        for selector in selectors:
            for tag in _selected(soup, selector):
                marks[id(tag)] = marks.get(id(tag), 0) | mark
    page = Builder()
    _walk(soup, page, marks)
    return page.close()


def _selected(soup: BeautifulSoup, selector: str) -> list[Tag]:
    try:
        return list(soup.select(selector))
    except Exception:  # soupsieve raises several types on a broken selector; configuration reports it, content must not fail
        return []


def _walk(soup: BeautifulSoup, page: Builder, marks: dict[int, int]) -> None:
    """Events of a tree, without recursion: hostile trees are deeper than the stack."""
    from bs4.element import NavigableString, PreformattedString, Tag

    node: Any = next(iter(soup.children), None)
    while node is not None:
        if isinstance(node, Tag):
            page.rule_bits = marks.get(id(node), 0)
            page.start(node.name, {k: v if isinstance(v, str) else " ".join(v) for k, v in node.attrs.items()})
            if node.contents:
                node = node.contents[0]
                continue
            page.end(node.name)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            page.data(str(node))
        while node.next_sibling is None:
            node = node.parent
            if node is None or node is soup:
                return
            page.end(node.name)
        node = node.next_sibling


