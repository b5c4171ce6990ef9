"""Nodes inside a line to words: links, entities, tags. What a template gives is in emit_template.py, blocks are in flow.py."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote

from pipeline.parsers.wikitext import data, files
from pipeline.parsers.wikitext.extensions import PICTURES, map_words, pictures
from pipeline.parsers.wikitext.nodes import ARGUMENT, ENTITY, EXTERNAL, HEADING, LINK, TAG, TEMPLATE, Node, Nodes, split_parts
from pipeline.parsers.wikitext.page import Page
from pipeline.parsers.wikitext.plain_links import OPEN
from pipeline.parsers.wikitext.strip import (
    AMPERSAND,
    APOSTROPHE,
    GAP,
    ITEM,
    ITEM_START,
    LESS_THAN,
    LINE_BREAK,
    LINK_END,
    LINK_INDEX,
    LINK_START,
    LIST_BREAK,
    raised,
    unescape,
)
from pipeline.text.unicode import is_normal

Write = Callable[[str], None]
TemplateRule = Callable[["Emitter", Node, Write, Nodes, int], None]

LIST_SIGNS = "*#:"  # at the start of a line, where they are no nodes: a line with a `;` goes through the parser
_ITEM_MARKS = ("*", "#", ":", ";")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_PIPE_TRICK = re.compile(r"^:?(?:[^:|()]+:)?(.*?)(?: ?\([^()]*\)|,[^,]*)?$", re.S)
_OURS = re.compile(f"[{ITEM_START}{GAP}{OPEN}{AMPERSAND}{LESS_THAN}]")  # signs of this parser that stand for others
_NO_TITLE = re.compile("[\ufffd<>\\[\\]{}|]|%[0-9A-Fa-f]{2}")
_END_OF_URL = re.compile("[\x00-\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SPECIAL_ENTITIES = {"'": APOSTROPHE, "<": LESS_THAN, "&": AMPERSAND, "\xa0": " "}


class Emitter:
    """Writes the words of nodes into a list of strings, and everything else into the page."""

    def __init__(self, page: Page, template: TemplateRule) -> None:
        self.page = page
        self.template = template
        self._depth = 0

    def flat(self, nodes: Nodes) -> str:
        """The raw passage that nodes give, still with marks."""
        if len(nodes) == 1:
            only = nodes[0]
            if type(only) is str and ITEM_START not in only:
                return only
        out: list[str] = []
        self.emit(nodes, out.append)
        return "".join(out)

    def words(self, nodes: Nodes, *, lines: bool = False) -> str:
        """The clean words that nodes give, for a field or a note: captions of pictures in them become no passages.

        With `lines` a `<br>` is a line end, else a space.
        """
        kept = len(self.page.captions)
        flat = self.flat(nodes)
        words = self.page.finish(flat, True)[0].replace("\n\n", "\n") if lines and LINE_BREAK in flat else self.page.words(flat)
        del self.page.captions[kept:]
        return words

    def emit(self, nodes: Nodes, write: Write) -> None:
        """Writes nodes one after another."""
        for index, node in enumerate(nodes):
            if isinstance(node, str):
                if ITEM_START in node:
                    self.items(node, write)
                else:
                    write(node)
            else:
                kind = node.kind
                if kind == LINK:
                    self.link(node, write)
                elif kind == TEMPLATE:
                    self.template(self, node, write, nodes, index)
                else:
                    self.other(node, write)

    def other(self, node: Node, write: Write) -> None:
        """Any node but a link or a template."""
        kind = node.kind
        if kind == ENTITY:
            sign = entity(node)
            if not sign.isascii():
                self.page.normal = self.page.normal and is_normal(sign)
            write(sign)
        elif kind == EXTERNAL:
            self.external(node, write)
        elif kind == TAG:
            self.tag(node, write)
        elif kind == HEADING and node.body:
            self.emit(node.body, write)
        elif kind == ARGUMENT and node.body:  # what stands for a parameter that is not given ends at the next bar
            self.emit(split_parts(node.body)[0], write)

    # -- extension tags ---------------------------------------------------------------------------------------------------

    def items(self, text: str, write: Write) -> None:
        """Text with marks of extension tags: words stay as marks until the passage is finished, the rest goes to the page."""
        at = 0
        for match in ITEM.finditer(text):
            write(text[at : match.start()])
            at = match.end()
            item = self.page.items[int(match[1])]
            if item.tag == "pre" or (item.what == "code" and "\n" in item.content.strip("\n")):  # a block, though it stands in a line
                write(LINE_BREAK + match[0] + LINE_BREAK)
            elif item.what in ("literal", "code", "math"):
                write(match[0])
            elif item.what == "poem":
                write(LINE_BREAK + self.page.parse(self.page.inside(item).strip("\n")).replace("\n", LINE_BREAK) + LINE_BREAK)
            elif item.what == "maplink":
                write(map_words(item) or GAP)
            else:
                if item.what in PICTURES:  # in a cell or an item of a list: its captions come below
                    self.page.captions += [(0, draft) for draft in pictures(self.page, item)]
                write(GAP)
        write(text[at:])

    # -- links ------------------------------------------------------------------------------------------------------------

    def link(self, node: Node, write: Write) -> None:
        """`[[target|words]]`: a link, a category, a file, a language link."""
        head, body = node.head, node.body
        title = head[0] if len(head) == 1 and type(head[0]) is str else self.flat(head)
        assert isinstance(title, str)
        varies = "-{" in title and self.page.variants is not None
        if varies or (not title.isprintable() and _OURS.search(title)) or "&" in title:
            title = self.page.words(title)
        if "%" in title:
            title = _decoded(title)
            self.page.normal = self.page.normal and title.isascii()
        colon = title.find(":")
        shown = title
        if colon >= 0:
            if title.lstrip()[:1] == ":":
                title = shown = title.lstrip()[1:]
            elif self._special(title, colon, node, write):
                return
            if "::" in title and self.page.semantic:  # `[[property::page]]`: the page is the link
                title = shown = title.rpartition("::")[2]
        target = title.replace("_", " ").strip() if "_" in title else title.strip()
        if body is None:
            words = shown.strip()
            if "&" in words:  # its entities are characters already
                words = words.replace("&", AMPERSAND)
        elif len(body) == 1 and type(body[0]) is str and ITEM_START not in body[0]:
            words = body[0]
        else:
            outside, self.page.in_cell = self.page.in_cell, True  # what stands here alone is a word as well
            words = _bracketed(body) or self.flat(body)
            self.page.in_cell = outside
        if not words.strip():
            if body:
                return
            words = _pipe_trick(title)
            if not words.strip():
                return
        if target:
            self.linked(words, target, "anchor" if target[0] == "#" else "wiki", write)
        else:
            write(words)

    def linked(self, words: str, target: str, kind: str, write: Write) -> None:
        """Words that are a link."""
        if LINK_START in words or "\n\n" in words:  # a link inside a link: the inner one is the link
            write(words)
            return
        targets = self.page.targets
        before, after = words[:1].isspace(), words[-1:].isspace()
        inner = words.strip() if before or after else words
        write(f"{' ' if before else ''}{LINK_START}{len(targets)}{LINK_INDEX}{inner}{LINK_END}{' ' if after else ''}")
        targets.append((target, kind))

    def _special(self, title: str, colon: int, node: Node, write: Write) -> bool:
        space = " ".join(title[:colon].replace("_", " ").split()).lower()
        name = title[colon + 1 :].strip()
        spaces = self.page.spaces
        if space in spaces.category:
            tag = name.replace("_", " ").strip() if "_" in name else name
            if tag and tag not in self.page.tags:
                self.page.tags.append(tag)
            write(GAP)
        elif space in spaces.file or (node.body and space not in data.INTERWIKI and files.shows_file(name, node.body)):
            files.file(self, name, node, write)
        elif space in spaces.media:
            return False
        elif space in spaces.languages and node.body is None:
            self.page.language_links.append(f"{space}:{name}")
            write(GAP)
        else:
            return False
        return True

    def external(self, node: Node, write: Write) -> None:
        """`[http://... words]` or a bare URL."""
        url = self.flat(node.head)
        if "&" in url or AMPERSAND in url:
            url = unescape(url).replace(AMPERSAND, "&")
        tail = ""
        if end := _END_OF_URL.search(url):  # a footnote or link that follows without a space is not part of the address
            url, tail = url[: end.start()], url[end.start() :]
        body = node.body
        if "|" in url and self.doubled(node):  # `[[address|words]]`: meant like a link to a page, and other wikis read it so
            url, _, label = url.partition("|")
            body = [f"{label} " if body and label else label, *(body or ())]
        kind = "mail" if url.lower().startswith("mailto:") else "external"
        if body is not None:
            words = self.flat(body)
            if tail[:1] == ITEM_START:  # literal text right behind the address begins the words
                words = f"{tail} {words}"
            if words.strip(" \n" + GAP):
                self.linked(words, url, kind, write)
                return
        if node.mark is None:
            self.linked(url.replace("''", "") if "''" in url else url, url, kind, write)
            self.items(tail, write)
        elif words := tail.strip(GAP + "\xa0\u3000"):
            self.linked(words, url, kind, write)
        else:  # a link without words is shown as a number
            self.page.numbered += 1
            self.linked(f"[{self.page.numbered}]", url, kind, write)

    def doubled(self, node: Node) -> bool:
        """Whether a bracket stands before that of an external link."""
        return self.page.exact and node.mark is not None and self.page.stripped.text[node.start - 1 : node.start] == "["

    # -- tags -------------------------------------------------------------------------------------------------------------

    def tag(self, node: Node, write: Write) -> None:
        """A tag of HTML, or wiki markup that stands for one, inside a line."""
        name = tag_name(node)
        body = node.body
        if node.mark is not None:
            if name in ("li", "dd", "dt"):
                write(LIST_BREAK)
            elif body:
                self.emit(body, write)
            return
        if name in ("br", "hr"):
            write(LINE_BREAK)
        elif name not in data.HTML_TAGS and name not in data.EXTENSION:
            self._unknown(node, write)
        elif body is None or name in data.DROPPED_TAGS:
            if name == "li":  # without its closer
                write(LIST_BREAK)
            elif name in data.BLOCK_TAGS:
                write(" ")
        elif self.hidden(node):
            write(GAP)
        elif name == "sup":
            write(raised(self.flat(body).strip()))
        elif name == "q":
            write("“")
            self.emit(body, write)
            write("”")
        elif name == "rt":
            write(f"({self.flat(body).strip()})")
        elif name == "li":
            write(LIST_BREAK)
            self.emit(body, write)
        elif name in data.BLOCK_TAGS:
            write("\n")
            self.emit(body, write)
            write("\n")
        else:
            self.emit(body, write)

    def hidden(self, node: Node) -> bool:
        """Whether a tag hides its contents; if so they are noted as removed."""
        for _, value in node.attributes or ():
            if value and type(value[0]) is str and HIDDEN.search(value[0]):
                words = self.words(node.body or [])
                self.page.hidden_letters += sum(map(str.isalpha, words))
                self.page.remove("hidden", (node.start, node.end), words)
                return True
        return False

    def _unknown(self, node: Node, write: Write) -> None:
        """A tag that wikitext does not know: with contents an extension of its wiki, whose contents are shown; alone it shows nothing."""
        if node.body is not None:
            self.emit(node.body, write)
        else:  # one that closes itself is an extension of its wiki, which shows what nobody else can know
            self.page.remove("extension", (node.start, node.end))
            write(GAP)


def _bracketed(body: Nodes) -> str:
    """The words of a link that are an address in brackets: no link stands inside another, so the brackets are shown."""
    only = body[0] if len(body) == 1 else ""
    if isinstance(only, str) or only.kind != EXTERNAL or only.mark is None or only.body is not None:
        return ""
    return f"[{only.head[0]}]" if len(only.head) == 1 and isinstance(only.head[0], str) else ""


def _decoded(title: str) -> str:
    """A title with its percent-encoded characters as characters, where that gives a title.

    >>> _decoded("100%25 caf%C3%A9"), _decoded("100% off %C3")
    ('100% café', '100% off %C3')
    """
    decoded = unquote(title)
    return decoded if decoded.isprintable() and not _NO_TITLE.search(decoded.partition("#")[0]) else title


def tag_name(node: Node) -> str:
    """The name of a tag, lower case."""
    head = node.head
    return head[0].strip().lower() if len(head) == 1 and type(head[0]) is str else ""


def entity(node: Node) -> str:
    """The character of an HTML entity."""
    name = node.head[0] if node.head and type(node.head[0]) is str else ""
    sign = html.unescape(f"&{('', '#', '#x')[node.level]}{name};")
    return _SPECIAL_ENTITIES.get(sign, sign)


def in_sentence(nodes: Nodes, index: int) -> bool:
    """Whether words stand on the same line as the node at `index`."""
    before = nodes[index - 1] if index else ""
    after = nodes[index + 1] if index + 1 < len(nodes) else ""
    left = before.rpartition("\n")[2].lstrip(LIST_SIGNS).strip() if isinstance(before, str) else before.mark not in _ITEM_MARKS
    right = after.partition("\n")[0].strip() if isinstance(after, str) else "x"
    return bool(left or right)


def in_item(nodes: Nodes, index: int) -> bool:
    """Whether the node at `index` begins an item of a list."""
    before = nodes[index - 1] if index else ""
    if not isinstance(before, str):
        return before.mark in _ITEM_MARKS
    line = before.rpartition("\n")[2].strip()
    return bool(line) and not line.strip(LIST_SIGNS)


def _pipe_trick(title: str) -> str:
    """What `[[title|]]` shows.

    >>> _pipe_trick("Help:Foo (bar)")
    'Foo'
    """
    match = _PIPE_TRICK.match(title)
    return (match[1] if match else title).strip()
