"""Parser events to a flat list of passages with their containers: the one core behind both drivers.

Events come by the thousand for each page, so this and passages.py are the hottest code of the package: few calls, no objects for
elements, columns only at the end.
"""

from __future__ import annotations

import re

from pipeline.parsers.html import media
from pipeline.parsers.html.beside import BESIDE, VEILING
from pipeline.parsers.html.elements import ROW
from pipeline.parsers.html.joints import TYPE
from pipeline.parsers.html.listings import Listings
from pipeline.parsers.html.lists import is_gap
from pipeline.parsers.html.media import (
    ADDRESS,
    DATA,
    FALLBACK,
    FALLBACKS,
    FIELD,
    FORMULA,
    HANDLERS,
    NOTE,
    NOTHING,
    PICTURE,
    PLAYER,
    PLAYERS,
    TITLE,
)
from pipeline.parsers.html.page import HIDE_CLOSE, LINE, LINK_CLOSE, LINK_OPEN, Page, without_marks
from pipeline.parsers.html.passages import GAP_BEHIND, NOTE_END, OPENING, PLACE
from pipeline.parsers.html.signs import BACKLINKS, LINKED, MAX_SIGN, raised, references
from pipeline.parsers.html.vocabulary import (
    APART,
    BREAK,
    CONTAINERS,
    CONTROL,
    DRAWING,
    FORMULA_SOURCES,
    HEAD,
    IMAGE,
    INLINE,
    KIND,
    LINK,
    MATH,
    NOTE_BODIES,
    NOTE_CLASSES,
    NOTE_REFERENCES,
    PRE,
    QUOTE,
    READING,
    RULE,
    SKIP,
    SPOKEN_CLASSES,
    SUP,
    TELLING_INLINE,
    TWIN_ALONE,
    TYPESET,
)

_SIGNED = frozenset((SUP, QUOTE, READING))  # inline elements that leave signs
_SILENT = frozenset(("title", "desc", "style", "script", "metadata"))  # inside a drawing: text that is not drawn
_SILENCE = re.compile(r"\0\([^\0]*\0\)")
_TEX = re.compile(r"\Amath/(?:tex|latex)", re.I)


class Builder(Listings):
    """Parser target: start, end, data, close. After `close` its lists describe the page."""

    __slots__ = ()

    # -- events ---------------------------------------------------------------------------------------------------------

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        """An element begins."""
        self._level += 1
        if self._skip:
            self._skip += 1
            if self._reading:
                self._buffer.append(self._border(tag, attrs))
            return
        if attrs and (len(attrs) > 1 or "class" not in attrs) and not HANDLERS.isdisjoint(attrs):
            self._note_tracking(attrs)
        if self._pre_level:
            self._borders.append(len(self._buffer))
        if tag in CONTAINERS:
            if self._pre_level:
                self._block_in_pre(tag, attrs)
            else:
                self._open(tag, attrs)
                if self._listed:
                    self._begin_listing(attrs)
            return
        kind = KIND.get(tag, INLINE)
        if kind and kind != LINK:
            self._start_special(kind, tag, attrs)
            return
        buffer = self._buffer
        if buffer:
            if self._closed == len(buffer):
                self._joins.append(self._closed)
            elif buffer[-1][-1:].isalpha() and (attrs or tag not in TYPE):
                self._joins.append(~len(buffer))
        if kind:
            self._start_link(attrs)
        elif "-" in tag and not self._pre_level and self._stands_alone():
            self._open(tag, attrs)
            self._listed = 0
            self._inline.append((self._level, ""))
        elif attrs and (attrs.get("class") in NOTE_CLASSES or not TELLING_INLINE.isdisjoint(attrs)):
            self._start_inline(attrs)

    def end(self, tag: str) -> None:
        """An element ends."""
        level = self._level
        self._level = level - 1
        if self._skip:
            self._skip -= 1
            if not self._skip:
                self._skipped()
            elif tag in _SILENT and self._reading:
                self._buffer.append("\0)")
            return
        if self._pre_level:
            self._borders.append(len(self._buffer))
        if tag in CONTAINERS:
            if self._pre_level:
                self._block_ends_in_pre(tag, level)
            else:
                self._close()
        elif tag == "a":
            if level == self._link_level:
                self._end_link()
            self._closed = len(self._buffer)
        elif (kind := KIND.get(tag, INLINE)) != INLINE:
            self._end_special(kind, tag, level)
        else:
            self._closed = len(self._buffer)
        if self._inline and self._inline[-1][0] == level:
            mark = self._inline.pop()[1]
            if mark == NOTE_END:
                self._end_note()
            elif mark:
                self._buffer.append(mark)
                if mark == HIDE_CLOSE:
                    self._veil, self._closed = False, len(self._buffer)
            else:
                self._close()

    def close(self) -> Page:
        """The page has ended."""
        if self._skip:
            self._skipped()
        if self._buffer:
            self._flush_pre() if self._pre_level else self._flush()
        while self._current:
            self._close()
        if self._notes:
            self._flush_notes()
        self._rows[6], self._rows[7] = len(self.text), self._elements
        columns = (self._rows[at::ROW] for at in range(ROW))
        self.parent, self.tag, self.own, self.anc, self.path, self.first, self.last, self.stop = columns
        self.holder, self.linked, self.depth, self.chrome, self.content = (self._places[at::PLACE] for at in range(PLACE))
        # lxml's parser and its target hold one another: a page of its own is freed at once, not when the garbage collector comes.
        page = Page()
        for name in Page.__slots__:
            setattr(page, name, getattr(self, name))
            delattr(self, name)
        self._paths.clear()
        return page

    # -- inline elements ------------------------------------------------------------------------------------------------

    def _start_inline(self, attrs: dict[str, str]) -> None:
        classes = attrs.get("class") or ""
        rule = NOTE_CLASSES.get(classes)
        if rule == APART:
            if not self._buffer or self._buffer[-1][-1:] not in OPENING:
                self._gap()
            self._inline.append((self._level, GAP_BEHIND))
            self._apart = True
            rule = ""
        if rule and (classes != TWIN_ALONE or self._has_formula()):
            self._read(NOTE, rule + "\0")
            return
        if classes in NOTE_BODIES and self._href is None and not self._inline and not self._pre_level:
            self._start_note()
            return
        if "itemprop" in attrs:
            self.itemprops.append((attrs["itemprop"] or "", attrs.get("content") or attrs.get("datetime") or "", 0))
        if attrs.get("epub:type") == "pagebreak":
            self._read(NOTE, "html.page_number\0")
            return
        if source := next((attrs[name] for name in FORMULA_SOURCES if attrs.get(name)), ""):
            self._formula_text(" ".join(source.split()))
            self._read(NOTE, "html.formula_twin\0")
            return
        style = attrs.get("style")
        if style and "Times" in style and self._buffer and is_gap(style):
            self._word_item()
        if not VEILING.isdisjoint(attrs):
            self._hide(attrs)

    def _start_link(self, attrs: dict[str, str]) -> None:
        if self._href is not None:
            self._end_link()
        href = attrs.get("href")
        if "rel" in attrs and "license" in attrs["rel"]:
            self.rel.append(attrs)
        if href is not None and href[:1] == "#" and attrs.get("role") == "button":
            href = None  # it does something here, and leads nowhere
        if href is not None and href[:1] == "#" and not SPOKEN_CLASSES.isdisjoint((attrs.get("class") or "").split()):
            self._read(NOTE, "html.screen_reader\0")
            return
        if not VEILING.isdisjoint(attrs):
            self._hide(attrs)
        if href is None:
            return
        self._href = href
        self._link_level = self._level
        self._hrefs.append(href)
        if "#" in href and self._sup < 0 and not NOTE_REFERENCES.isdisjoint(attrs.values()):
            self._sup, self._reference = len(self._buffer), True
        self._buffer.append(LINK_OPEN)
        self._marks = True

    def _end_link(self) -> None:
        buffer = self._buffer
        if buffer and len(buffer[-1]) <= MAX_SIGN and buffer[-1].strip() in LINKED and self._is_permalink():
            self._permalink()
            return
        self._buffer.append(LINK_CLOSE)
        if self._reference:
            at, self._reference = self._sup, False
            self._end_sup()
            if not at:  # the number before a note
                self._buffer.append(" ")
        self._href = None
        self._link_level = 0

    def _is_permalink(self) -> bool:
        return self._buffer[-2:-1] == [LINK_OPEN] and "#" in (self._href or "") and self._sup < 0

    def _permalink(self) -> None:
        """A sign that links to its own place: what hangs on headings and paragraphs for those who want to cite them, and on notes."""
        sign = self._buffer.pop().strip()
        self._buffer.pop()
        self._hrefs.pop()
        self._href, self._link_level = None, 0
        self._forget(len(self._buffer))
        self.notes.setdefault("html.citation_backlink" if sign in BACKLINKS else "html.permalink", []).append(sign)

    def _end_sup(self) -> None:
        """Numbers and signs become superscript characters; a link to a note becomes its number in brackets."""
        at, self._sup = self._sup, -1
        if at < 0 or at > len(self._buffer):
            return
        self._forget(at)
        inner = "".join(self._buffer[at:])
        text = without_marks(inner).strip()
        links = inner.count(LINK_OPEN)
        hrefs = self._hrefs[-links:] if links else [self._href] if self._href is not None else []
        if hrefs:
            self._buffer[at:] = [references(inner, text, hrefs)]
        elif text and inner.strip() == text:
            before = without_marks("".join(self._buffer[max(0, at - 2) : at]))
            self._buffer[at:] = [inner.replace(text, raised(text, before), 1)]

    # -- everything else ------------------------------------------------------------------------------------------------

    def _start_special(self, kind: int, tag: str, attrs: dict[str, str]) -> None:
        if kind == BREAK:
            self._buffer.append(LINE)
            self._marks = True
        elif kind == IMAGE:
            self._picture(attrs)
        elif kind == SKIP:
            self._skip_element(tag, attrs)
        elif kind == SUP and NOTE_CLASSES.get(attrs.get("class")) == "html.inline_mark":
            self._read(NOTE, "html.inline_mark\0")
        elif kind in _SIGNED:
            if not VEILING.isdisjoint(attrs):
                self._hide(attrs)
            if kind == SUP:
                self._sup = len(self._buffer)
            else:
                self._buffer.append("“" if kind == QUOTE else "(")
        elif kind == RULE:
            self._line_in_pre() if self._pre_level else self._flush()
        elif kind == PRE:
            if self._pre_level:
                self._block_in_pre(tag, attrs)
            else:
                self._open(tag, attrs)
                self._listed, self._pre_level = 0, self._level
        elif kind == HEAD:
            self._head(tag, attrs)
        elif kind == MATH:
            self._formula(attrs)
        elif kind == CONTROL:
            self._gap()
            self._read(FIELD)
        elif kind == TYPESET:
            self._read(media.TYPESET)
        elif kind in BESIDE:
            self._beside(kind)
            if not TELLING_INLINE.isdisjoint(attrs) or attrs.get("class") in NOTE_CLASSES:
                self._start_inline(attrs)
        elif kind == DRAWING:
            self._buffer.append(" ")  # an icon stands between words as a space does
            self._read(PICTURE)

    def _end_special(self, kind: int, tag: str, level: int) -> None:
        if kind == SUP:
            self._end_sup()
        elif kind == QUOTE:
            self._buffer.append("”")
        elif kind == READING:
            self._buffer.append(")")
        elif kind in BESIDE:
            self._ends_beside(kind)
        elif kind == PRE:
            if level != self._pre_level:
                self._block_ends_in_pre(tag, level)
            else:
                if self._buffer:
                    self._flush_pre()
                self._pre_level = 0
                self._close()

    def _skip_element(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "script":
            kind = (attrs.get("type") or "").strip().lower()
            if kind.endswith("json"):
                self._read(DATA, kind + "\0")
                return
            if _TEX.match(kind):
                self._read(FORMULA)
                return
        elif tag == "template" and ("shadowrootmode" in attrs or "shadowroot" in attrs):
            self._open("custom", attrs)
            self._inline.append((self._level, ""))
            return
        elif tag in PLAYERS:
            self._player(tag, attrs)
            return
        self._read(FALLBACK if tag in FALLBACKS else NOTHING)

    def _border(self, tag: str, attrs: dict[str, str]) -> str:
        """What a nested element leaves in a run of skipped markup."""
        if self._reading == media.TYPESET:
            return media.part(tag, attrs)
        if self._reading == PLAYER:
            return f"\0{attrs.get('src') or ''}\0" if tag == "source" else "\0about:" if tag in _SILENT else " "
        if tag in _SILENT:
            return "\0("
        return "\0" + (attrs.get("encoding") or "") if tag.startswith("annotation") else " "

    def _skipped(self) -> None:
        """Skipping has ended: what came meanwhile leaves the buffer, and is read where something asks for it."""
        what, self._reading, self._skip = self._reading, NOTHING, 0
        text = self._prefix + "".join(self._buffer[self._mark :]) if what else ""
        del self._buffer[self._mark :]
        if what == TITLE:
            self.title = " ".join(text.split())
        elif what == DATA:
            kind, _, body = text.partition("\0")
            self.data_scripts.append((kind, body))
        elif what == FORMULA:
            body, *notes = _SILENCE.sub(" ", text).split("\0")
            tex = next((n.partition("tex")[2].lstrip(" ") for n in notes if n.lower().startswith(("application/x-tex", "text/x-tex"))), "")
            self._formula_text(" ".join((tex or body).split()))
        elif what == media.TYPESET:
            if formula := media.typeset(text):
                self._formula_text(formula + " " if text[-1:].isspace() else formula)
        elif what == PLAYER:
            pieces = text.split("\0")  # words, address, words ...
            if target := next(filter(ADDRESS.match, pieces[1::2]), ""):
                self._show(target, "")
            self._keep_note(PLAYER, " ".join(piece.removeprefix(")") for piece in pieces[::2]))  # the sign ends a script
        elif what:
            self._keep_note(what, text)
