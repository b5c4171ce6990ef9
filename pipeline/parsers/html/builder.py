"""Parser events to a flat list of passages with their containers: the one core behind both drivers.

No tree is built. A passage ("block") is a run of text between two block-level borders; its container is an element, known by
its number in document order, with its parent's number. Everything a later step asks (list depth, table cell, hidden or not,
share of links) is answered from these lists.

Inside a passage, marks stand for what is not text: link borders, line breaks, hidden stretches. They are control characters
that the document cannot contain, since the drivers take them out of the source first.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pipeline.parsers.html.vocabulary import (
    BLOCK,
    BREAK,
    CHROME,
    CONTENT,
    CONTROL,
    CUSTOM,
    DRAWING,
    FAINT,
    HEAD,
    HIDDEN,
    HIDING,
    IMAGE,
    INLINE,
    KIND,
    LINK,
    MATH,
    NOTE_CLASSES,
    PHRASING_PARENTS,
    PRE,
    QUOTE,
    READING,
    ROLE_BITS,
    RULE,
    SHOWN_CLASSES,
    SKIP,
    SUP,
    TAG,
    TAG_BITS,
    hides,
    name_bits,
)
from pipeline.text.unicode import superscript
from pipeline.text.urls import TRACKING_ATTRIBUTES

LINK_OPEN: Final = "\x01"
LINK_CLOSE: Final = "\x02"
LINE: Final = "\x03"
HIDE_OPEN: Final = "\x04"
HIDE_CLOSE: Final = "\x05"
MARKS: Final = "\x01\x02\x03\x04\x05"
PLAIN: Final = {1: None, 2: None, 3: " ", 4: None, 5: None}  # str.translate table: a passage without its marks

HANDLERS: Final = TRACKING_ATTRIBUTES | frozenset(
    """onclick onmousedown onmouseup onmouseover onmouseout onmousemove onmouseenter onmouseleave ondblclick onkeydown onkeyup onkeypress
    onfocus onblur onchange oninput onsubmit onreset onselect onload onerror onabort onunload onbeforeunload onresize onscroll ontouchstart
    ontouchend ontouchmove ontouchcancel onpointerdown onpointerup oncontextmenu onauxclick onwheel ondrag ondrop ondragstart onanimationend
    ontransitionend onplay onpause onended onpageshow onpagehide onhashchange onpopstate onmessage onstorage ononline onoffline""".split()
)
MAX_TRACKING: Final = 200  # different tracking attributes kept for the ledger: past that a page only repeats itself with new numbers
MAX_ATTRIBUTE: Final = 300  # characters of one such attribute in the ledger

_PARAGRAPH_BREAK = re.compile(r"\x03(?: ?\x03)+")
_NOTE_MARK = re.compile(r"[\w*†‡§¶]{1,4}\Z")
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-srcset", "srcset", "data-lazy-srcset")
_SILENT = frozenset(("title", "desc", "style", "script", "metadata"))  # inside a drawing: text that is not drawn
_UNSEEN = re.compile(r"\0\([^\0]*\0\)|\0\(?")
_BLANK = " \t\r\n\x0c" + MARKS
_KEPT = frozenset(("ol", "li", "td", "th", "table"))  # elements whose attributes later steps ask for
_PIXEL = ("0", "1", "0px", "1px")
_TEX = re.compile(r"\Amath/(?:tex|latex)", re.I)

# What a run of skipped markup is read for.
_NOTHING, _TITLE, _DATA, _FORMULA, _FIELD, _PICTURE, _NOTE = range(7)


class Picture(NamedTuple):
    """An image as the page has it."""

    target: str
    alt: str
    container: int  # element that holds it
    at: int  # number of the passage that comes next


class Page:
    """Parser target: start, end, data, close. After `close` the lists below describe the page.

    Elements, by number (0 is the root): parent, tag (see vocabulary.TAGS), own and anc (name bits of the element, and with all
    its ancestors), path (same number = same tags and classes from the root), first and last (passages inside: half-open),
    stop (one past the last element inside). Passages: text, holder (element), linked (characters inside links), depth, chrome (outermost
    element named as furniture, or 0), content (innermost element named as content, or 0), marked (text with marks, by number),
    targets (href of each link, by number).
    """

    def __init__(self) -> None:
        self.parent, self.tag, self.own, self.anc, self.path = [0], [0], [0], [0], [0]
        self.first, self.last, self.stop = [0], [0], [0]
        self.attributes: dict[int, dict[str, str]] = {}  # of lists, cells and tables, where a later step needs them
        self.text: list[str] = []
        self.holder: list[int] = []
        self.linked: list[int] = []
        self.depth: list[int] = []
        self.chrome: list[int] = []
        self.content: list[int] = []
        self.marked: dict[int, str] = {}
        self.targets: dict[int, list[str]] = {}
        self.verbatim: set[int] = set()  # passages whose white space is content
        self.pictures: list[Picture] = []
        self.pixels: dict[str, None] = {}
        self.tracking: dict[str, None] = {}
        self.notes: dict[str, list[str]] = {}  # words that are no text, by rule: form controls, drawings, edit links
        self.title = ""
        self.language = ""
        self.base = ""
        self.meta: list[dict[str, str]] = []
        self.rel: list[dict[str, str]] = []
        self.data_scripts: list[tuple[str, str]] = []  # (type, text) of script elements that hold data
        self.itemprops: list[tuple[str, str, int]] = []  # microdata: property, value of its attribute, element (0: inline)
        self.rule_bits = 0  # name bits that the driver adds to the element it starts next: rules of the source
        self.whole = False  # the source has html, head, body or a doctype
        self._buffer: list[str] = []
        self._paths: dict[tuple[int, str, str], int] = {}
        self._current = self._level = self._skip = self._chrome = self._blocks = 0
        self._content = [0]
        self._href: str | None = None
        self._link_level = self._pre_level = 0
        self._hrefs: list[str] = []
        self._marks = False
        self._sup = -1
        self._inline: list[tuple[int, str]] = []  # (level, mark to write at its end) of inline elements that need one
        self._reading = _NOTHING
        self._capture: list[str] = []

    # -- events ---------------------------------------------------------------------------------------------------------

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        """An element begins."""
        self._level += 1
        if self._skip:
            self._skip += 1
            if self._reading:
                self._capture.append(self._border(tag, attrs))
            return
        kind = KIND.get(tag, INLINE)
        if attrs and (len(attrs) > 1 or "class" not in attrs) and not HANDLERS.isdisjoint(attrs):
            self._note_tracking(attrs)
        if kind == BLOCK:
            if self._pre_level:
                self._line_in_pre()
            else:
                self._open(tag, attrs)
        elif kind == INLINE:
            if "-" in tag and not self._pre_level and self._stands_alone():
                self._open("custom", attrs)
                self._inline.append((self._level, ""))
            elif attrs and ("style" in attrs or "hidden" in attrs or "itemprop" in attrs or attrs.get("class") in NOTE_CLASSES):
                self._start_inline(attrs)
        elif kind == LINK:
            self._start_link(attrs)
        else:
            self._start_special(kind, tag, attrs)

    def end(self, tag: str) -> None:
        """An element ends."""
        level = self._level
        self._level = level - 1
        if self._skip:
            self._skip -= 1
            if self._skip and tag in _SILENT:
                self._capture.append("\0)")
            elif not self._skip and self._reading:
                self._captured()
            return
        kind = KIND.get(tag, INLINE)
        if kind in (BLOCK, PRE):
            if not self._pre_level:
                self._close()
            elif level == self._pre_level:
                self._flush_pre()
                self._pre_level = 0
                self._close()
            else:
                self._line_in_pre()
        elif kind == LINK:
            if level == self._link_level:
                self._end_link()
        elif kind == SUP:
            self._end_sup()
        elif kind == QUOTE:
            self._buffer.append("”")
        elif kind == READING:
            self._buffer.append(")")
        if self._inline and self._inline[-1][0] == level:
            mark = self._inline.pop()[1]
            if mark:
                self._buffer.append(mark)
            else:
                self._close()

    def data(self, text: str) -> None:
        """Text between two borders of elements; it may come in pieces."""
        if self._skip:
            if self._reading:
                self._capture.append(text)
            return
        self._buffer.append(text)

    def close(self) -> Page:
        """The page has ended."""
        if self._buffer:
            self._flush_pre() if self._pre_level else self._flush()
        count, elements = len(self.text), len(self.parent)
        while self._current:
            self._end_element(count, elements)
        self.last[0], self.stop[0] = count, elements
        return self

    # -- passages -------------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        text = " ".join("".join(self._buffer).split())
        self._buffer.clear()
        self._sup = -1
        if text:
            if self._marks:
                self._flush_marked(text)
            else:
                self._add(text, 0)
        if self._href is not None or self._inline:
            self._restart()

    def _restart(self) -> None:
        """A link or a hidden stretch that goes on over a border begins anew behind it."""
        self._hrefs = []
        for _, mark in self._inline:
            if mark == HIDE_CLOSE:
                self._buffer.append(HIDE_OPEN)
                self._marks = True
        if self._href is not None:
            self._buffer.append(LINK_OPEN)
            self._hrefs = [self._href]
            self._marks = True

    def _flush_marked(self, text: str) -> None:
        hrefs = self._hrefs
        self._hrefs, self._marks = [], False
        inner = text[1:-1]
        if text[0] == LINK_OPEN and text[-1] == LINK_CLOSE and inner.isprintable() and hrefs:  # one link and nothing else: most of them
            inner = inner.strip()
            if inner:
                number = len(self.text)
                self.marked[number] = text
                self.targets[number] = hrefs[:1]
                self._add(inner, len(inner))
            return
        hidden = 0
        for part in _PARAGRAPH_BREAK.split(text) if LINE in text else (text,):
            mine = hrefs[: part.count(LINK_OPEN)]
            hrefs = hrefs[len(mine) :]
            if hidden:
                part = HIDE_OPEN * hidden + part
            hidden = max(0, part.count(HIDE_OPEN) - part.count(HIDE_CLOSE))
            plain = " ".join(part.translate(PLAIN).split())
            if not plain:
                continue
            number = len(self.text)
            self.marked[number] = part
            if mine:
                self.targets[number] = mine
            self._add(plain, _linked(part, plain) if mine else 0)

    def _flush_pre(self) -> None:
        text = "".join(self._buffer)
        self._buffer.clear()
        self._sup = -1
        hrefs, self._hrefs = self._hrefs, []
        plain = text.translate({**PLAIN, 3: "\n"}) if self._marks else text
        if plain.strip():
            number = len(self.text)
            self.verbatim.add(number)
            self.marked[number] = text
            if hrefs:
                self.targets[number] = hrefs
            self._add(" ".join(plain.split()), _linked(text, plain))
        self._marks = False
        self._restart()

    def _add(self, plain: str, linked: int) -> None:
        self.text.append(plain)
        self.holder.append(self._current)
        self.linked.append(linked)
        self.depth.append(self._blocks)
        self.chrome.append(self._chrome)
        self.content.append(self._content[-1])

    def _line_in_pre(self) -> None:
        """A block border inside preformatted text is a new line, unless one is there."""
        if self._buffer and not self._buffer[-1].endswith(("\n", LINE)):
            self._buffer.append("\n")

    # -- block elements -------------------------------------------------------------------------------------------------

    def _open(self, tag: str, attrs: dict[str, str]) -> None:
        if self._buffer:
            self._flush()
        parent = self._current
        bits, class_key = self.rule_bits, ""
        if attrs:
            bits, class_key = self._names(tag, attrs)
        bits |= TAG_BITS.get(tag, 0)
        self._current = number = len(self.parent)
        self.parent.append(parent)
        self.tag.append(TAG.get(tag, CUSTOM))
        self.own.append(bits)
        self.anc.append(self.anc[parent] | bits)
        key = (self.path[parent], tag, class_key)
        self.path.append(self._paths.setdefault(key, len(self._paths) + 1))
        self.first.append(len(self.text))
        self.last.append(-1)
        self.stop.append(-1)
        self._blocks += 1
        if bits:
            if bits & CHROME and not self._chrome:
                self._chrome = number
            if bits & CONTENT:
                self._content.append(number)

    def _names(self, tag: str, attrs: dict[str, str]) -> tuple[int, str]:
        """Name bits of an element and its classes without digits; notes what later steps ask of its attributes."""
        get = attrs.get
        bits, class_key = self.rule_bits, ""
        if name := get("class"):
            found, class_key = name_bits(name)
            bits |= found
            if len(attrs) == 1 and tag not in _KEPT:
                return (self.rule_bits if tag in ("body", "html") else bits), class_key
        if name := get("id"):
            bits |= name_bits(name)[0]
        if tag == "body" or tag == "html":
            bits = self.rule_bits
            if tag == "html" and not self.language:
                self.language = get("lang") or get("xml:lang") or ""
        if role := get("role"):
            bits |= ROLE_BITS.get(role, 0)
        style = get("style")
        if style and HIDING.search(style) and hides(style, "data-w-id" in attrs or "data-aos" in attrs):
            bits |= HIDDEN
        if "hidden" in attrs and get("hidden") != "until-found":
            bits |= HIDDEN
        if get("aria-hidden") == "true":
            bits |= FAINT
        if tag in _KEPT:
            self.attributes[len(self.parent)] = attrs
        elif tag == "dialog" and "open" not in attrs:
            bits |= FAINT
        if "itemprop" in attrs:
            self.itemprops.append((attrs["itemprop"] or "", get("content") or get("datetime") or "", len(self.parent)))
        return bits, class_key

    def _close(self) -> None:
        if self._buffer:
            self._flush()
        if self._current:
            self._end_element(len(self.text), len(self.parent))

    def _end_element(self, count: int, elements: int) -> None:
        number = self._current
        self.last[number], self.stop[number] = count, elements
        self._current = self.parent[number]
        self._blocks -= 1
        if number == self._chrome:
            self._chrome = 0
        if number == self._content[-1]:
            self._content.pop()

    def _stands_alone(self) -> bool:
        """Whether an element of unknown name is a container: nothing stands before it on its line, and its parent is no line of text."""
        return self.tag[self._current] not in PHRASING_PARENTS and not any(piece.strip(_BLANK) for piece in self._buffer)

    # -- inline elements ------------------------------------------------------------------------------------------------

    def _start_inline(self, attrs: dict[str, str]) -> None:
        classes = attrs.get("class") or ""
        if classes in NOTE_CLASSES:
            self._read(_NOTE)
            self._capture = [NOTE_CLASSES[classes], "\0"]
            return
        if "itemprop" in attrs:
            self.itemprops.append((attrs["itemprop"] or "", attrs.get("content") or attrs.get("datetime") or "", 0))
        style = attrs.get("style")
        hidden = (style and hides(style, "data-w-id" in attrs)) or ("hidden" in attrs and attrs.get("hidden") != "until-found")
        if hidden and not SHOWN_CLASSES.intersection(classes.split()):
            self._buffer.append(HIDE_OPEN)
            self._marks = True
            self._inline.append((self._level, HIDE_CLOSE))

    def _start_link(self, attrs: dict[str, str]) -> None:
        if self._href is not None:
            self._end_link()
        href = attrs.get("href")
        if "license" in (attrs.get("rel") or ""):
            self.rel.append(attrs)
        if href is None or (href.startswith("#") and attrs.get("role") == "button"):
            return
        self._href = href
        self._link_level = self._level
        self._hrefs.append(href)
        self._buffer.append(LINK_OPEN)
        self._marks = True

    def _end_link(self) -> None:
        self._href = None
        self._link_level = 0
        self._buffer.append(LINK_CLOSE)

    def _end_sup(self) -> None:
        """Numbers and signs become superscript characters; a link to a note becomes its number in brackets."""
        at, self._sup = self._sup, -1
        if at < 0 or at > len(self._buffer):
            return
        inner = "".join(self._buffer[at:])
        text = inner.translate(PLAIN).strip()
        href = self._href if self._href is not None else self._hrefs[-1] if LINK_OPEN in inner and self._hrefs else None
        if href is not None:
            if "#" in href and not href.startswith("javascript") and _NOTE_MARK.match(text) and inner.count(LINK_OPEN) < 2:
                self._buffer[at:] = [inner.replace(text, f"[{text}]", 1)]
        elif text and inner.strip() == text:
            self._buffer[at:] = [inner.replace(text, superscript(text), 1)]

    # -- everything else ------------------------------------------------------------------------------------------------

    def _start_special(self, kind: int, tag: str, attrs: dict[str, str]) -> None:
        if kind == BREAK:
            self._buffer.append(LINE)
            self._marks = True
        elif kind == IMAGE:
            self._picture(attrs)
        elif kind == SKIP:
            self._skip_element(tag, attrs)
        elif kind == SUP:
            self._sup = len(self._buffer)
        elif kind == QUOTE:
            self._buffer.append("“")
        elif kind == READING:
            self._buffer.append("(")
        elif kind == RULE:
            self._line_in_pre() if self._pre_level else self._flush()
        elif kind == PRE:
            if self._pre_level:
                self._line_in_pre()
            else:
                self._open(tag, attrs)
                self._pre_level = self._level
        elif kind == HEAD:
            self._head(tag, attrs)
        elif kind == MATH:
            self._formula(attrs)
        elif kind == CONTROL:
            self._read(_FIELD)
        elif kind == DRAWING:
            self._buffer.append(" ")  # an icon stands between words as a space does
            self._read(_PICTURE)

    def _read(self, what: int) -> None:
        self._skip, self._reading, self._capture = 1, what, []

    def _skip_element(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "script":
            kind = (attrs.get("type") or "").strip().lower()
            if kind.endswith("json"):
                self._read(_DATA)
                self._capture = [kind, "\0"]
                return
            if _TEX.match(kind):
                self._read(_FORMULA)
                return
        elif tag == "template" and ("shadowrootmode" in attrs or "shadowroot" in attrs):
            self._open("custom", attrs)
            self._inline.append((self._level, ""))
            return
        self._skip = 1
        self._reading = _NOTHING

    def _head(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "title":
            self._read(_TITLE if not self.title and not self.text else _NOTHING)
        elif tag == "meta":
            self.meta.append(attrs)
            if "itemprop" in attrs:
                self.itemprops.append((attrs["itemprop"] or "", attrs.get("content") or "", 0))
        elif tag == "link":
            self.rel.append(attrs)
        elif not self.base:
            self.base = (attrs.get("href") or "").strip()

    def _formula(self, attrs: dict[str, str]) -> None:
        alt = attrs.get("alttext") or ""
        self._read(_NOTHING if alt else _FORMULA)
        self._skip = 1
        if alt:
            self._buffer.append(alt)

    def _border(self, tag: str, attrs: dict[str, str]) -> str:
        """What a nested element leaves in a run of skipped markup."""
        if tag in _SILENT:
            return "\0("
        return "\0" + (attrs.get("encoding") or "") if tag.startswith("annotation") else " "

    def _captured(self) -> None:
        what, self._reading = self._reading, _NOTHING
        text = "".join(self._capture)
        self._capture = []
        if what == _TITLE:
            self.title = " ".join(text.split())
        elif what == _DATA:
            kind, _, body = text.partition("\0")
            self.data_scripts.append((kind, body))
        elif what == _FORMULA:
            body, *notes = text.split("\0")
            tex = next((n.partition("tex")[2].lstrip(" ") for n in notes if n.lower().startswith(("application/x-tex", "text/x-tex"))), "")
            self._buffer.append(" ".join((tex or body).split()))
        else:
            self._keep_note(what, text)

    def _keep_note(self, what: int, text: str) -> None:
        rule = "html.form_control" if what == _FIELD else "html.drawing"
        if what == _NOTE:
            rule, _, text = text.partition("\0")
        words = " ".join(_UNSEEN.sub(" ", text).split())
        if words:
            self.notes.setdefault(rule, []).append(words)

    def _picture(self, attrs: dict[str, str]) -> None:
        target = (attrs.get("src") or "").strip()
        if attrs.get("width") in _PIXEL and attrs.get("height") in _PIXEL:
            if target and not target.startswith("data:"):
                self.pixels[target] = None
            return
        if not target or target.startswith("data:") or "placeholder" in target:
            for name in _LAZY:
                if value := (attrs.get(name) or "").strip():
                    value = value.split(",", 1)[0].split(" ", 1)[0] if "srcset" in name else value
                    if value and not value.startswith("data:"):
                        target = value
                        break
        if target and not target.startswith("data:"):
            self.pictures.append(Picture(target, " ".join((attrs.get("alt") or "").split()), self._current, len(self.text)))

    def _note_tracking(self, attrs: dict[str, str]) -> None:
        if len(self.tracking) < MAX_TRACKING:
            for name in HANDLERS.intersection(attrs):
                self.tracking[f'{name}="{(attrs[name] or "")[:MAX_ATTRIBUTE]}"'] = None

    def bits(self, number: int) -> int:
        """Name bits of a passage: of its container and all containers around it."""
        return self.anc[self.holder[number]]


def _linked(marked: str, plain: str) -> int:
    """Characters of a passage inside links."""
    count = sum(len(piece.partition(LINK_CLOSE)[0].strip()) for piece in marked.split(LINK_OPEN)[1:])
    return min(count, len(plain))
