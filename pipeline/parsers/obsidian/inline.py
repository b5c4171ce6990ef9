"""The inside of a passage under way: words, links, code, escapes and the few HTML tags that mean something for words."""

from __future__ import annotations

import re
from typing import Any

from pipeline.parsers.obsidian.comments import PIPE
from pipeline.parsers.obsidian.formulas import restore
from pipeline.parsers.obsidian.markup import SHOWN, attributes
from pipeline.parsers.obsidian.passages import Hidden, InlineLink
from pipeline.text.unicode import exponent, normalize, superscript

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)(.*)>\Z", re.S)
_MARKED = re.compile(r"(\*\*|==|`)(?=[^\s*=`])([^*=`]*[^\s*=`])\1")  # emphasis in a heading's text
_LINES = frozenset("br p div hr li tr ul ol table blockquote details summary h1 h2 h3 h4 h5 h6 section center".split())  # ends of lines

Place = dict[str, int]  # {"start": first byte, "end": one past the last}


class Inline:
    """What is known of the passage under way; `parts` are its words so far."""

    def __init__(self, text: str, normal: bool) -> None:
        self.odd = _odd(text) if "\\" in text or "&" in text else frozenset()  # bytes at which escaped signs and references begin
        self.normal = normal  # the character policy leaves every part of the text as it is
        self.parts: list[str] = []
        self.size = 0  # code points of the first `counted` parts
        self.counted = 0
        self.spots: list[Place] = []  # places of all that the passage has so far, in order
        self.links: list[InlineLink] = []
        self.open_links: list[tuple[InlineLink, int]] = []  # with the number of parts before their words
        self.literal: list[tuple[int, int]] = []
        self.hidden: list[Hidden] = []
        self.raised = -1  # number of parts before an open <sup>
        self.verses: list[tuple[int, int]] = []  # parts that are raised numbers at the start of a line or a sentence

    def here(self) -> int:
        """Code points of the passage so far; counts every part once."""
        parts = self.parts
        for number in range(self.counted, len(parts)):
            self.size += len(parts[number])
        self.counted = len(parts)
        return self.size

    def text(self, value: str, place: Place) -> None:
        """Words that may be an escaped sign, a character reference, or characters that the character policy changes."""
        words = value if self.normal else normalize(restore(value))
        if place["start"] in self.odd:  # what is escaped or comes of a reference is no syntax
            words = normalize(words)
            at = self.here()
            self.literal.append((at, at + (1 if place["end"] - place["start"] == len(value.encode("utf-8", "replace")) else len(words))))
        self.parts.append(words)

    def code(self, value: str, _place: Place) -> None:
        value = value if self.normal else normalize(restore(value))
        at = self.here()
        self.literal.append((at, at + len(value)))
        self.parts.append(value)

    def reference(self, value: str, place: Place) -> None:
        self.code(f"[{value}]", place)

    def inline_html(self, value: str, place: Place) -> None:
        """A tag: what it means for the words around it. Comments are noted; a tag without meaning for words just goes."""
        value = value if self.normal else restore(value)
        found = _TAG.match(value)
        if found is None:
            self.hidden.append(Hidden("obsidian.hidden_html", value, place["start"], place["end"]))
            return
        name, closes, add = found[2].lower(), bool(found[1]), self.parts.append
        if name == "sup":
            self.superscript(closes)
        elif name == "q":
            add("”" if closes else "“")
        elif name == "a":
            self.anchor("" if closes else attributes(found[3]).get("href", ""))
        elif name in SHOWN and not closes:
            at, named = self.here(), attributes(found[3])
            if named.get("src"):
                self.links.append(InlineLink(at, at, named["src"], "inline", True, named.get("alt", ""), named.get("title", "")))
        elif name in _LINES:
            add("\n")
        elif name in ("td", "th"):
            add(" ")

    def superscript(self, closes: bool) -> None:
        """`10<sup>9</sup>` is 10⁹, never 109; one sign stands for one, so that places stay."""
        if not closes:
            self.raised = len(self.parts)
        elif self.raised >= 0:
            if self.numbers():
                self.verses.append((self.raised, len(self.parts)))
            elif len(self.parts) == self.raised + 1 and self.counted <= self.raised and (up := exponent(self.parts[-1], self.before())):
                self.parts[-1] = up  # a sign more, and no place behind it has been told yet
            else:
                self.raise_parts(self.raised, len(self.parts))
            self.raised = -1

    def before(self) -> str:
        """The end of what stands before the raised parts."""
        return "".join(self.parts[max(0, self.raised - 3) : self.raised])

    def raise_parts(self, start: int, end: int) -> None:
        self.parts[start:end] = [superscript(part) for part in self.parts[start:end]]

    def numbers(self) -> bool:
        """Whether the raised parts are a number that begins a line or a sentence, as that of a verse: no exponent."""
        before = self.before()
        last = before.rstrip(" ")[-1:]
        return "".join(self.parts[self.raised :]).isdecimal() and (last in ("", "\n") or (before[-1:] == " " and not last.isalnum()))

    def settle(self) -> None:
        """Numbers of verses stand apart from their words; raised ones that do not stay raised."""
        for start, end in self.verses:
            follows = "".join(self.parts[end : end + 3])[:1]
            if follows and not follows.isspace():
                self.raise_parts(start, end)
        self.verses.clear()

    def anchor(self, target: str) -> None:
        """An `<a>` is a link like any other; one that is never closed is none."""
        if self.open_links and self.open_links[-1][0].kind == "html":  # closed, or ended by the next, as links hold none
            self.close_link(*self.open_links.pop())
        if target:
            at = self.here()
            self.open_links.append((InlineLink(at, at, target, "html", False, ""), len(self.parts)))

    def link_start(self, value: dict[str, Any], place: Place, image: bool = False) -> None:
        self.spots.append(place)
        kind = value["link_type"]
        if kind.__class__ is dict:
            name = "wiki" if kind["WikiLink"]["has_pothole"] else "bare"
        else:
            name = "mail" if kind == "Email" else "inline"
        at, target = self.here(), value["dest_url"]
        if target[:2] == "[[" and target[-2:] == "]]":  # a note by its name where Markdown has an address, as Logseq writes it
            name, target = "wiki", target[2:-2].partition("|")[0]
        title = value.get("title", "") if image else ""
        self.open_links.append((InlineLink(at, at, target, name, image, "", title), len(self.parts)))

    def image_start(self, value: dict[str, Any], place: Place) -> None:
        self.link_start(value, place, image=True)

    def link_end(self, _: Any, place: Place) -> None:
        self.spots.append(place)
        while len(self.open_links) > 1 and self.open_links[-1][0].kind == "html":  # an <a> that is still open ends with what is around it
            self.open_links.pop()
        if self.open_links:
            self.close_link(*self.open_links.pop())

    def close_link(self, link: InlineLink, before: int) -> None:
        """Settles a link whose words are the parts from `before` on."""
        parts = self.parts
        link.words = "".join(parts[before:])
        if PIPE in link.target:  # a link in a table, whose bar was masked
            link.target, _, alias = link.target.partition(PIPE)
            link.words, link.kind = restore(alias.lstrip(PIPE)), "wiki"
            parts[before:] = [normalize(link.words)]
        if not self.normal:
            link.target, link.title = restore(link.target), restore(link.title)
        if link.image:  # an image's words are its alternative text, not prose
            del parts[before:]
            self.forget(link.start)
        elif link.kind == "bare" or (link.kind == "wiki" and not link.words.strip()):
            parts[before:] = [normalize(shown(link.target))]
            self.forget(link.start)
            self.literal.append((link.start, link.start + len(parts[-1])))
        self.size, self.counted = link.start, before
        link.end = self.here()
        self.links.append(link)

    def forget(self, start: int) -> None:
        """Drops what was noted about words from `start` on, which have left the passage."""
        while self.literal and self.literal[-1][1] > start:
            self.literal.pop()
        while self.links and self.links[-1].end > start:
            self.links.pop()


def _odd(text: str) -> frozenset[int]:
    """Places behind a backslash and places of `&`, in bytes of UTF-8."""
    source = text.encode("utf-8", "replace")
    found: list[int] = []
    for sign, step in ((b"\\", 1), (b"&", 0)):
        at = source.find(sign)
        while at >= 0:
            found.append(at + step)
            at = source.find(sign, at + 1)
    return frozenset(found)


def shown(target: str) -> str:
    """What a reader sees of a link without an alias: the note's name, then the headings without their marks; a block's id is no word.

    >>> shown("folder/Note#Part#**Section**"), shown("#Part"), shown("Note#^a1b2c3")
    ('Note > Part > Section', 'Part', 'Note')
    """
    target = target.rstrip("\\")
    if "**" in target or "==" in target or "`" in target:
        target = _MARKED.sub(r"\2", target)
    if "://" in target:  # an address in a wikilink's brackets
        return target.strip()
    if "#" not in target:
        return target.rsplit("/", 1)[-1].strip()
    name, *rest = target.split("#")
    headings = [part.strip() for part in rest if part.strip() and not part.startswith("^")]
    return " > ".join([*([name.rsplit("/", 1)[-1].strip()] if name.strip() else []), *headings])
