"""HTML inside Markdown as passages: a reader sees its words and its structure, never its tags."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from pipeline.text.unicode import apply, exponent, normalize, superscript

# Whatever opens and never closes reaches to the end, as in a browser; so nothing is scanned twice.
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][A-Za-z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Za-z][^>]*(?:>|\Z)",
    re.S,
)
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([A-Za-z_:][\w:.-]*+)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SILENT = frozenset({"script", "style", "template", "svg", "head"})
_WHITE = re.compile(r"[ \t\n\r\f]+")
SHOWN = frozenset("img iframe video audio source embed".split())  # tags that show a file or a page: its address is an image's
_BLOCKS = frozenset(
    (
        "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
        "h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul"
    ).split()
)


@dataclass(slots=True)
class Piece:
    """A passage of a piece of HTML."""

    kind: str  # heading | paragraph | list_item | code
    text: str
    level: int  # of a heading or a list
    marker: str  # of a list item
    start: int  # first code point in the source
    end: int  # one past the last
    links: list[tuple[int, int, str]] = field(default_factory=list)  # (start, end, address) in `text`
    language: str = ""  # of code


@dataclass(slots=True)
class Shown:
    """What a reader sees of a piece of HTML, and what a reader does not."""

    pieces: list[Piece] = field(default_factory=list)
    images: list[tuple[str, str, str]] = field(default_factory=list)  # (address, alternative text, title)
    hidden: list[tuple[str, int, int]] = field(default_factory=list)  # comments, scripts and styles, with their code points


def shown(source: str) -> Shown:
    """The visible passages of a piece of HTML; linear, tags need not balance."""
    builder = _Builder()
    at = 0
    if "<" not in source:
        builder.text(source, 0)
        builder.flush()
        return builder.done
    for token in _TOKEN.finditer(source):
        if at < token.start():
            builder.text(source[at : token.start()], at)
        at = token.end()
        if token[2] is None:
            builder.silence(token[0], token.start())
        else:
            builder.tag(token[2].lower(), bool(token[1]), token[3] or "")
    builder.text(source[at:], at)
    builder.flush()
    return builder.done


class _Builder:
    """One walk over the tokens."""

    def __init__(self) -> None:
        self.done = Shown()
        self.parts: list[str] = []
        self.size = 0
        self.worded = False  # words stand in the passage
        self.start = self.end = 0
        self.links: list[tuple[int, int, str]] = []
        self.link: tuple[int, str] | None = None
        self.silent = ""
        self.heading = 0
        self.lists: list[int] = []  # next number of each open list, 0 for a bulleted one
        self.marker = ""
        self.pre = self.raised = False
        self.language = ""

    def add(self, words: str) -> None:
        self.parts.append(words)
        self.size += len(words)

    def text(self, raw: str, at: int) -> None:
        """Text between tags; white space is one space, but in pre."""
        if self.silent:
            self.silence(raw, at)
            return
        decoded = unescape(raw)
        if self.pre:
            words = apply(decoded, spaces=False).text
        else:
            words = _WHITE.sub(" ", normalize(decoded))
            if not self.parts or self.parts[-1].endswith((" ", "\n")):
                words = words.lstrip(" ")
        if not words:
            return
        if not words.isspace():
            if not self.worded:
                self.start, self.worded = at + len(raw) - len(raw.lstrip()), True
            self.end = at + len(raw.rstrip())
        if self.raised:
            words = exponent(words, self.parts[-1] if self.parts else "") or superscript(words)
        self.add(words)

    def silence(self, raw: str, at: int) -> None:
        if raw.strip():
            self.done.hidden.append((raw.strip(), at, at + len(raw)))

    def tag(self, name: str, closes: bool, inside: str) -> None:
        """What a tag means for the words around it."""
        if self.silent:
            self.silent = "" if closes and name == self.silent else self.silent
        elif name in _SILENT and not closes and not inside.endswith("/"):
            self.silent = name
        elif name in _BLOCKS:
            self.block(name, closes)
        elif name == "br":
            self.add("\n")
        elif name in SHOWN:
            found = attributes(inside)
            if found.get("src"):
                self.done.images.append((found["src"], found.get("alt", ""), found.get("title", "")))
        elif name == "a":
            self.anchor("" if closes else attributes(inside).get("href", ""))
        elif name == "sup":
            self.raised = not closes
        elif name == "q":
            self.add("”" if closes else "“")
        elif name == "code" and self.pre and not closes:
            self.language = attributes(inside).get("class", "").removeprefix("language-").split(" ")[0]
        elif name in ("td", "th") and closes and self.worded:
            self.add(" | ")

    def anchor(self, href: str) -> None:
        if self.link and self.link[0] <= self.size:
            self.links.append((self.link[0], self.size, self.link[1]))
        self.link = (self.size, href) if href else None

    def block(self, name: str, closes: bool) -> None:
        """The start or end of a block element ends the passage under way."""
        self.flush()
        if name in ("ul", "ol"):
            if not closes:
                self.lists.append(1 if name == "ol" else 0)
            elif self.lists:
                self.lists.pop()
        elif name == "li" and not closes:
            number = self.lists[-1] if self.lists else 0
            self.marker = f"{number}. " if number else "- "
            if number:
                self.lists[-1] += 1
        elif name[0] == "h" and name[1:].isdigit():
            self.heading = 0 if closes else int(name[1:])
        elif name == "pre":
            self.pre = not closes

    def flush(self) -> None:
        """Ends the passage under way."""
        if not self.parts and not self.links and not self.link:
            return
        whole = "".join(self.parts)
        if self.pre:
            text, lead = whole.strip("\n"), 0
        else:
            text, lead = whole.strip().removesuffix(" |"), len(whole) - len(whole.lstrip())
        if self.link:
            self.links.append((self.link[0], self.size, self.link[1]))
            self.link = None
        if self.worded or self.links:
            kind = "code" if self.pre else "heading" if self.heading else "list_item" if self.marker else "paragraph"
            level = self.heading if kind == "heading" else max(1, len(self.lists)) if kind == "list_item" else 0
            size = len(text)
            links = [(min(max(0, a - lead), size), min(max(0, b - lead), size), href) for a, b, href in self.links]
            self.done.pieces.append(Piece(kind, text, level, self.marker, self.start, self.end, links, self.language))
            self.marker = ""
        self.parts, self.links, self.size, self.language, self.worded = [], [], 0, "", False


def attributes(inside: str) -> dict[str, str]:
    """Attributes of a tag, names in lower case, values decoded."""
    return {m[1].lower(): unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(inside)}


def unescape(text: str) -> str:
    """Text with its character references decoded; a number of thousands of digits, which no reader of numbers takes, stays."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except ValueError:
        return text
