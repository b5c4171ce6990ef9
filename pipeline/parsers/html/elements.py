"""What a block-level element says of itself: a row of numbers, and the name bits that its attributes tell."""

from __future__ import annotations

from pipeline.parsers.html.hiding import GONE, MAY_HIDE, TINTED, TINY, hides, shows
from pipeline.parsers.html.lists import indented
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import (
    ASKED,
    FAINT,
    FOOTNOTE,
    FOOTNOTE_ROLES,
    HIDDEN,
    ROLE_BITS,
    TAG_BITS,
    TELLING,
    name_bits,
    token_bits,
)

ROW = 8  # numbers of an element


class Elements(Page):
    """The rows of the elements, and how their attributes are read."""

    __slots__ = ("_anc", "_current", "_elements", "_rows", "_veiled")

    def __init__(self) -> None:
        super().__init__()
        # Numbers one behind another, columns at the end: rows that were objects would wake the garbage collector at every page.
        self._rows = [0] * ROW  # of elements: parent, tag, own, anc, path, first, last, stop
        self._elements = 1
        self._current = self._anc = 0  # the element that is open, and its name bits with those of all around it
        self._veiled: dict[int, list[int]] = {}  # containers whose letters cannot be seen, by how; what is inside may show

    def _names(self, tag: str, attrs: dict[str, str]) -> tuple[int, str]:
        """Name bits of an element and its classes without digits; notes what later steps ask of its attributes."""
        bits, class_key = 0, ""
        for name, value in attrs.items():
            if name == "class":
                found, class_key = name_bits(value)
                bits |= found
            elif name == "id":
                bits |= token_bits(value) if value.isidentifier() else name_bits(value)[0]
            elif name in TELLING:
                bits |= self._told(name, value, attrs)
        if tag in ASKED:
            self.attributes[self._elements] = attrs
        elif tag == "body" or tag == "html":
            bits &= HIDDEN | FAINT
            if not self.language:
                self.language = attrs.get("lang") or attrs.get("xml:lang") or ""
        elif tag == "dialog" and "open" not in attrs:
            bits |= FAINT
        return bits, class_key

    def _told(self, name: str, value: str, attrs: dict[str, str]) -> int:
        """Name bits that an attribute other than the class tells."""
        if name == "epub:type" or (name == "role" and value[:4] == "doc-"):
            return FOOTNOTE if value in FOOTNOTE_ROLES else 0
        if name == "role":  # a region that another element labels is what that element opens; any other is a part of the page
            return ROLE_BITS.get(value, 0) if value != "region" or "aria-labelledby" in attrs else 0
        if name == "style":
            if indented(value):
                self.attributes[self._elements] = attrs
            if self._veiled:
                self._unveil(value)
            how = hides(value, "data-w-id" in attrs or "data-aos" in attrs) if MAY_HIDE.search(value) else 0
            if how > GONE and "hidden" not in attrs:
                self._veiled.setdefault(how, []).append(self._elements)
            return HIDDEN if how else 0
        if name == "hidden":
            return HIDDEN if value.lower() != "until-found" else 0
        if name == "aria-hidden":
            return FAINT if value == "true" else 0
        if name == "title":  # LibreOffice names the running head and foot of a document's pages so
            return TAG_BITS[value] if value == "header" or value == "footer" else 0
        if name == "itemprop":
            self.itemprops.append((value, attrs.get("content") or attrs.get("datetime") or "", self._elements))
        return token_bits(value) if value.isidentifier() else name_bits(value)[0]

    def _unveil(self, style: str) -> None:
        """Letters set anew inside containers whose letters cannot be seen: these hide nothing, they only close gaps between columns."""
        rows = self._rows
        for how in (TINY, TINTED):
            if how in self._veiled and shows(style, how):
                around = [element for element in self._veiled.pop(how) if not rows[ROW * element + 7]]  # the others have ended
                for element in around:
                    rows[ROW * element + 2] &= ~HIDDEN
                for at in range(ROW * around[0], ROW * self._elements, ROW) if around else ():
                    rows[at + 3] = rows[ROW * rows[at] + 3] | rows[at + 2]
                self._anc = rows[ROW * self._current + 3]
