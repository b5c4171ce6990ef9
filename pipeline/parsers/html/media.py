"""Pictures, players and formulas as their elements begin, runs of markup that are read as something else than text, tracking attributes."""

from __future__ import annotations

import re
from typing import Any, Final

from pipeline.parsers.html import frames
from pipeline.parsers.html.beside import Beside
from pipeline.parsers.html.elements import ROW
from pipeline.parsers.html.hiding import hides
from pipeline.parsers.html.joints import BLANK
from pipeline.parsers.html.jsonld import without_tags
from pipeline.parsers.html.page import Picture
from pipeline.parsers.html.vocabulary import TAG, drawn
from pipeline.text.urls import TRACKING_ATTRIBUTES

# What a run of skipped markup is read for.
NOTHING: Final = 0
TITLE: Final = 1
DATA: Final = 2
FORMULA: Final = 3
FIELD: Final = 4
PICTURE: Final = 5
NOTE: Final = 6
PLAYER: Final = 7
TYPESET: Final = 8
FALLBACK: Final = 9
_RULES = {FIELD: "html.form_control", PICTURE: "html.drawing", PLAYER: "html.fallback", FALLBACK: "html.fallback"}

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-srcset", "srcset", "data-lazy-srcset")
NEAR: Final = 8  # pieces between two renderings of one formula: blanks and borders
PLAYERS: Final = frozenset(("iframe", "video", "audio", "object"))
FALLBACKS: Final = frozenset(("canvas", "applet", "noembed"))  # like players, what they hold is for browsers that cannot show them
ADDRESS: Final = re.compile(r"(?!about:|javascript:|data:|blob:)\S", re.I)
_PIXEL = ("0", "1", "0px", "1px")


HANDLERS: Final = TRACKING_ATTRIBUTES | frozenset(
    """onclick onmousedown onmouseup onmouseover onmouseout onmousemove onmouseenter onmouseleave ondblclick onkeydown onkeyup onkeypress
    onfocus onblur onchange oninput onsubmit onreset onselect onload onerror onabort onunload onbeforeunload onresize onscroll ontouchstart
    ontouchend ontouchmove ontouchcancel onpointerdown onpointerup oncontextmenu onauxclick onwheel ondrag ondrop ondragstart onanimationend
    ontransitionend onplay onpause onended onpageshow onpagehide onhashchange onpopstate onmessage onstorage ononline onoffline""".split()
)
MAX_TRACKING: Final = 200  # different tracking attributes kept for the ledger: past that a page only repeats itself with new numbers
MAX_ATTRIBUTE: Final = 300  # characters of one such attribute in the ledger

_UNSEEN = re.compile(r"\0\([^\0]*\0\)|\0\(?")
_GLYPH = re.compile(r"\bmjx-c([0-9A-F]{2,5})\b")
_TWICE = re.compile("\x01(.)\\1?")
MAX_FORMULA: Final = 100_000  # characters of one typeset formula that are read


def part(tag: str, attrs: dict[str, str]) -> str:
    """What an element of a formula that MathJax has set leaves in the run of text: where a form of it begins, or the sign that it shows.

    MathJax 3 writes the signs as names of classes, MathJax 4 also as text; both add MathML for readers of screens unless told not to.
    """
    if tag == "mjx-c":
        found = _GLYPH.search(attrs.get("class") or "")
        sign = chr(int(found[1], 16)) if found else ""
        return "\x01" + sign if sign.isprintable() and sign else ""
    if tag.startswith("mjx-m"):
        return f"\0t{attrs['data-latex']}\0g" if tag == "mjx-math" and attrs.get("data-latex") else "\0g" if tag == "mjx-math" else " "
    if tag.startswith("annotation"):
        return "\0t" if "tex" in (attrs.get("encoding") or "") else "\0x"
    if tag == "math":
        return "\0m"
    return "\0x" if tag in ("span", "svg", "script") else " " if tag[0] == "m" else ""


def typeset(text: str) -> str:
    r"""The formula out of such a run: its TeX, else its MathML, else the signs that are shown.

    >>> typeset(" \0g\x01𝑎 \x01=\x01𝑏𝑏\0x$a$"), typeset("\0g\x01𝑎\0m<a>\0ta^2")
    ('𝑎 =𝑏', 'a^2')
    """
    forms: dict[str, str] = {}
    for piece in text[:MAX_FORMULA].split("\0")[1:]:
        forms.setdefault(piece[:1], " ".join(_TWICE.sub(r"\1", piece[1:]).split()))
    return forms.get("t") or forms.get("m") or forms.get("g") or ""


class Media(Beside):
    """The part of the builder that reads what is no text."""

    __slots__ = ()

    def _read(self, what: int, prefix: str = "") -> None:
        """Skips to the end of this element, and reads what is skipped."""
        self._skip, self._reading, self._prefix, self._mark = 1, what, prefix, len(self._buffer)

    def _player(self, tag: str, attrs: dict[str, str]) -> None:
        """A film, a sound or another page in a frame: its address is an image's. What nobody sees is there to watch readers."""
        self._gap()
        unseen = attrs.get("width") in _PIXEL or attrs.get("height") in _PIXEL or "hidden" in attrs
        unseen = unseen or hides(attrs.get("style") or "", False) > 0 or self._rows[ROW * self._current + 1] == TAG["noscript"]
        target = (attrs.get("data" if tag == "object" else "src") or "").strip()
        if not ADDRESS.match(target):
            target = (attrs.get("data-src") or "").strip()
        if tag == "iframe" and attrs.get("srcdoc"):
            builder: Any = self
            if not unseen:
                frames.read(builder, attrs["srcdoc"])
            elif words := " ".join(without_tags(attrs["srcdoc"]).split()):
                self.notes.setdefault("html.hidden_text", []).append(words)
        if unseen or ADDRESS.match(target):
            if not unseen:
                self._show(target, attrs.get("title") or attrs.get("aria-label") or "")
            self._read(FALLBACK)
        else:
            self._read(PLAYER)

    def _show(self, target: str, alt: str) -> None:
        self.pictures.append(Picture(target, " ".join(alt.split()), self._current, len(self.text)))

    def _formula(self, attrs: dict[str, str]) -> None:
        alt = attrs.get("alttext") or ""
        if alt:
            self._formula_text(alt)
        self._read(NOTHING if alt else FORMULA)

    def _formula_text(self, text: str) -> None:
        self._buffer.append(text)
        self._formula_end = (len(self.text), len(self._buffer))

    def _has_formula(self) -> bool:
        """Whether a formula stands just before this place, so that what comes is another rendering of it."""
        passage, end = self._formula_end
        return passage == len(self.text) and 0 <= len(self._buffer) - end <= NEAR and not "".join(self._buffer[end:]).strip(BLANK)

    def _picture(self, attrs: dict[str, str]) -> None:
        target = (attrs.get("src") or "").strip()
        alt = attrs.get("alt") or ""
        if alt and (text := drawn(attrs.get("class") or "", target, alt)) and not self._has_formula():
            self._buffer.append(text)
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
            self._show(target, alt)

    def _note_tracking(self, attrs: dict[str, str]) -> None:
        if len(self.tracking) < MAX_TRACKING:
            for name, value in attrs.items():  # in their order: that of a set differs from run to run
                if name in HANDLERS:
                    self.tracking[f'{name}="{(value or "")[:MAX_ATTRIBUTE]}"'] = None

    def _keep_note(self, what: int, text: str) -> None:
        rule = _RULES.get(what, "")
        if what == NOTE:
            rule, _, text = text.partition("\0")
        words = " ".join(_UNSEEN.sub(" ", text).split())
        if words:
            self.notes.setdefault(rule, []).append(words)

    def _head(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "title":
            self._read(NOTHING if self.title or self.text else TITLE)
        elif tag == "meta":
            self.meta.append(attrs)
            if "itemprop" in attrs:
                self.itemprops.append((attrs["itemprop"] or "", attrs.get("content") or "", 0))
        elif tag == "link":
            self.rel.append(attrs)
        elif not self.base:
            self.base = (attrs.get("href") or "").strip()
