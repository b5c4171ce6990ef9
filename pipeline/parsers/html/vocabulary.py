"""Names of elements and classes as numbers: what kind each element is, and which bits its names set.

The names are data (names.toml); here they become small integers that the builder and the classifier compute with.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

_NAMES: dict[str, Any] = tomllib.loads(files("pipeline.parsers.html").joinpath("names.toml").read_text(encoding="utf-8"))

# Kinds of element, by what the builder does with them.
INLINE: Final = 0
BLOCK: Final = 1  # begins and ends a passage
SKIP: Final = 2  # nothing inside is text
LINK: Final = 3
BREAK: Final = 4
HEAD: Final = 5  # title, meta, link, base
IMAGE: Final = 6
SUP: Final = 7
QUOTE: Final = 8
MATH: Final = 9
CONTROL: Final = 10  # form fields: their words are no text, but a reader sees them
READING: Final = 11  # ruby annotation
PRE: Final = 12  # a block whose white space is content
RULE: Final = 13  # ends a passage, holds nothing
TYPESET: Final = 16  # a formula that a script has set: for eyes, and in most cases for machines
GAP: Final = 15  # part of the line, but never part of the word beside it
WITHIN: Final = 17  # part of a line, and of the word beside it
CODE: Final = 18  # in a line: capitals inside begin no words
STRUCK: Final = 19  # no part of what is inserted behind it: a price and a lower one
INSERTED: Final = 20
DRAWING: Final = 14  # svg: its words are no text, but a reader may see them

KIND: Final[dict[str, int]] = {
    **dict.fromkeys(
        """html body main article section div p h1 h2 h3 h4 h5 h6 ul ol menu dir li dl dt dd table tbody thead tfoot tr td th caption
        blockquote figure figcaption address details summary form fieldset legend center header footer aside nav button dialog hgroup search
        noscript noframes marquee""".split(),
        BLOCK,
    ),
    **dict.fromkeys("script style template iframe object audio video canvas head2 rp applet noembed".split(), SKIP),
    **dict.fromkeys("select textarea datalist".split(), CONTROL),
    **dict.fromkeys("title meta link base".split(), HEAD),
    **dict.fromkeys("pre listing xmp plaintext".split(), PRE),
    "a": LINK,
    "br": BREAK,
    "hr": RULE,
    "img": IMAGE,
    "embed": IMAGE,
    "amp-img": IMAGE,
    "frame": IMAGE,
    "sup": SUP,
    "q": QUOTE,
    "math": MATH,
    "rt": READING,
    "svg": DRAWING,
    "mjx-container": TYPESET,
    "sub": WITHIN,
    "wbr": WITHIN,
    **dict.fromkeys(("code", "kbd", "samp"), CODE),
    **dict.fromkeys(("del", "s", "strike"), STRUCK),
    "ins": INSERTED,
    "label": GAP,  # choices and tabs stand apart whether or not there is a space between them
}

CONTAINERS: Final = frozenset(tag for tag, kind in KIND.items() if kind == BLOCK)

TAGS: Final = """? p div li td th tr h1 h2 h3 h4 h5 h6 dt dd ul ol dl table tbody thead section article main body html header footer nav
 aside form button label figure figcaption blockquote pre details summary address custom caption menu tfoot noscript legend""".split()
TAG: Final[dict[str, int]] = {
    **{t: i for i, t in enumerate(TAGS)},
    **dict.fromkeys(("listing", "xmp", "plaintext"), TAGS.index("pre")),
    "noframes": TAGS.index("noscript"),
    "dir": TAGS.index("ul"),
}
CUSTOM: Final = TAG["custom"]
PHRASING_PARENTS: Final = frozenset(TAG[t] for t in "p h1 h2 h3 h4 h5 h6 dt summary caption figcaption address legend".split())
"""Inside these an element of unknown name is part of the line."""

BITS: Final[dict[str, int]] = {name: 1 << i for i, name in enumerate([*_NAMES["containers"], *("." + g for g in _NAMES["groups"])])}
TAG_BITS: Final[dict[str, int]] = {name: BITS[name] for name in _NAMES["containers"] if name not in ("hidden", "faint")}
TAG_BITS["noframes"] = BITS["noscript"]
ASKED: Final = frozenset(("ul", "ol", "li", "td", "th", "table", "button", "blockquote"))  # elements whose attributes later steps ask for
BLOCK_TAGS: Final[dict[str, tuple[int, int, bool]]] = {
    tag: (TAG.get(tag, CUSTOM), TAG_BITS.get(tag, 0), tag not in ("html", "body", "ul", "ol", "blockquote"))
    for tag in [*(t for t, kind in KIND.items() if kind in (BLOCK, PRE)), "custom"]
}
"""Number and name bits of an element, and whether a class alone says nothing else of it (a list's may tell its level)."""
ROLE_BITS: Final[dict[str, int]] = {role: BITS[name] for role, name in _NAMES["roles"].items()}
TELLING: Final = frozenset((*_NAMES["naming"]["attributes"], "role", "epub:type", "style", "hidden", "aria-hidden", "title"))
"""Attributes other than the class that say something of an element."""
FORMULA_SOURCES: Final = tuple(_NAMES["drawn"]["sources"])
TELLING_INLINE: Final = frozenset(("style", "hidden", "itemprop", "epub:type", *FORMULA_SOURCES))
"""Attributes that say something of an inline element."""
HIDDEN: Final = BITS["hidden"]  # a style or attribute takes it off the screen
FAINT: Final = BITS["faint"]  # aria-hidden: on the screen, but not read out
NOSCRIPT: Final = BITS["noscript"]
CHROME: Final[int] = sum(BITS[name] for name in _NAMES["chrome"])
CONTENT: Final[int] = sum(BITS[name] for name in _NAMES["content"])

NOTE_BODY: Final = ""  # stands for a rule where a class names the text of a note
NOTE_CLASSES: Final[dict[str | None, str]] = {
    **{name: rule for rule, names in _NAMES["inline"].items() for name in names},
    **dict.fromkeys(_NAMES["notes"]["marks"], "html.note_mark"),
    **dict.fromkeys(_NAMES["notes"]["bodies"], NOTE_BODY),
}
SPOKEN_CLASSES: Final = frozenset(_NAMES["spoken"]["classes"])
NOTE_CLASSES.update(dict.fromkeys(SPOKEN_CLASSES, "html.screen_reader"))
NOTE_BODIES: Final = frozenset(_NAMES["notes"]["bodies"])
APART: Final = " "  # stands for a rule where a class sets an element apart
NOTE_CLASSES.update(dict.fromkeys(_NAMES["apart"]["classes"], APART))
NOTE_REFERENCES: Final = frozenset(_NAMES["footnotes"]["references"])
TWIN_ALONE: Final = "katex-html"  # KaTeX may be told to write this rendering alone: then it is the formula
SHOWN_CLASSES: Final = frozenset(_NAMES["shown"]["classes"])
_FORMULAS: Final = frozenset(_NAMES["drawn"]["formulas"])
_SERVICES: Final[tuple[str, ...]] = tuple(_NAMES["drawn"]["services"])
_SIGNS: Final = frozenset(_NAMES["drawn"]["signs"])
MAX_SIGN: Final = 12  # characters of a sign: families and flags have several
WIKI_BITS: Final[dict[str, int]] = {group: 1 << (len(BITS) + i) for i, group in enumerate(_NAMES["wiki"])}
_EXACT_BITS: Final[dict[str, int]] = {name: WIKI_BITS[group] for group, names in _NAMES["wiki"].items() for name in names}
DOCUMENT_WRITERS: Final[tuple[str, ...]] = tuple(_NAMES["documents"]["generators"])
POST_CLASSES: Final = frozenset(_NAMES["posts"]["classes"])
QUOTED: Final = 1 << (len(BITS) + len(WIKI_BITS))  # a post of another site
FOOTNOTE: Final = QUOTED << 1  # a note, by its role
SPOKEN: Final = FOOTNOTE << 1  # for readers of screens alone
NAMED: Final = (1 << 63) - 1
"""Name bits that an element keeps: numpy's integers hold no more. Those above them are looked at once, when it begins."""
LISTING, LINED, LINE, LINE_NUMBERS, TOOLTIP, SERVICE, PRINTED, TABLE_ROLE = (1 << (63 + i) for i in range(8))
TABLE_ROLES: Final[dict[str, int]] = {role: TAG[tag] for role, tag in _NAMES["table_roles"].items()}
ROLE_BITS.update({role: ROLE_BITS.get(role, 0) | TABLE_ROLE for role in TABLE_ROLES})
FOOTNOTE_ROLES: Final = frozenset(_NAMES["footnotes"]["roles"])
_QUOTED: Final = frozenset(_NAMES["quoted"]["classes"])
_EXACT_BITS.update(dict.fromkeys(SPOKEN_CLASSES, SPOKEN))
_LISTINGS = {"containers": LISTING, "lined": LINED, "line": LINE, "numbers": LINE_NUMBERS, "tooltips": TOOLTIP, "printed": PRINTED}
for _kind, _bit in _LISTINGS.items():
    _EXACT_BITS.update({name: _EXACT_BITS.get(name, 0) | _bit for name in _NAMES["listings"][_kind]})
_EXACT_BITS.update(dict.fromkeys(_NAMES["services"]["classes"], SERVICE))
VERBS: Final = frozenset(_NAMES["services"]["verbs"])
_WORD_BITS: Final[dict[str, int]] = {}
for _group, _words in _NAMES["groups"].items():
    for _word in _words:
        _WORD_BITS[_word] = _WORD_BITS.get(_word, 0) | BITS["." + _group]
_UNLESS: Final = tuple((BITS["." + group], frozenset(words)) for group, words in _NAMES["unless"].items())
_WORDS = re.compile(r"[A-Z]*[a-z]+|[A-Z]+")  # a capital behind a small letter begins a word
_DIGITS = re.compile(r"[0-9]+")
_HASH = re.compile(r"[0-9a-f]{16,}")  # the id of something by its content: `ad` in it says nothing
HASHED: Final = 4  # words of a name from which it is looked at as such a one, if they are short:
SHORT_WORDS: Final = 3  # letters of an average word
MAX_NAME = 400  # characters of a class or id that are read: real ones are shorter, hostile ones are not


@lru_cache(maxsize=65_536)
def token_bits(token: str) -> int:
    """Bits of one name of a class or id; pages share these much more than whole attributes."""
    if token in _QUOTED:
        return QUOTED
    bits = _EXACT_BITS.get(token, 0)
    words = _WORDS.findall(token)
    if len(words) >= HASHED and sum(map(len, words)) < SHORT_WORDS * len(words):
        words = _WORDS.findall(_HASH.sub("", token))
    for word in words:
        bits |= _WORD_BITS.get(word.lower(), 0)
    for group, others in _UNLESS:
        if bits & group and not others.isdisjoint(word.lower() for word in words):
            bits &= ~group
    return bits


@lru_cache(maxsize=65_536)
def name_bits(name: str) -> tuple[int, str]:
    """Bits of the words of a class or id, and the name without its digits (rows of a list share it)."""
    bits = 0
    name = name[:MAX_NAME]
    for token in name.split():
        bits |= token_bits(token)
    return bits, _DIGITS.sub("", name)


def drawn(classes: str, target: str, alt: str) -> str:
    """What an image says that is read as text: a formula in TeX, or a sign; empty for any other.

    >>> drawn("latex", "f.png", "x^2"), drawn("emoji", "e.png", ":smile:"), drawn("wide", "https://latex.codecogs.com/png.latex?x", "x")
    ('x^2', '', 'x')
    """
    names = classes.split()
    if not _FORMULAS.isdisjoint(names) or any(service in target for service in _SERVICES):
        return " ".join(alt.split())
    sign = not alt.isascii() and len(alt) <= MAX_SIGN and not _SIGNS.isdisjoint(names)
    return alt.strip() if sign else ""
