"""Signs that are links or stand raised: permalinks, arrows back from notes, references to notes, exponents, marks of footnotes."""

from __future__ import annotations

import re
from typing import Final

from pipeline.parsers.html.page import LINK_OPEN
from pipeline.text.unicode import exponent, superscript

# Sphinx, MkDocs, rustdoc, xml2rfc, Docusaurus, Font Awesome's chain; links to the top
PERMALINKS: Final = frozenset(("¶", "§", "#", "🔗", "⚓", "\uf0c1", "▲", "⬆", "⇧"))
BACKLINKS: Final = frozenset(("↩", "↩︎", "↩️", "↵", "⏎", "⤴", "⤴︎", "⮌"))  # from a note back to its place in the text
LINKED: Final = PERMALINKS | BACKLINKS
LABEL: Final = 3  # letters from which a raised word is a label: ™ and ordinals have two
MAX_SIGN: Final = 3  # characters of such a sign with the spaces around it

_NOTE_MARK = re.compile(r"[\w*†‡§¶]{1,4}\Z")
_NOTE_MARKS = re.compile(r"\d{1,4}(?:\s?[,;–-]\s?\d{1,4})+\Z")
_NUMBERS = re.compile(r"[\d\s,;–*†‡§¶-]+\Z")
_LETTERS = re.compile(r"[a-df-np-z](?:,[a-df-np-z])*\Z")  # without e and o, which make ordinals (20e, 1o)
_RAISED: Final = str.maketrans("0123456789abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")


def raised(text: str, before: str) -> str:
    """Superscript text behind `before`: as Unicode superscripts where it would run into a number or name, else as it is.

    A capital word behind a word in small letters (a label: new, beta) is a word of its own.

    >>> raised("9", "10"), raised("th", "5"), raised("1,*", "Quill"), raised("a", "2.1"), raised("a", "x"), raised("e", "20")
    ('⁹', 'th', '¹,*', 'ᵃ', 'a', 'e')
    >>> raised("NEW", "Reports"), raised("TM", "Quill"), raised("TH", "10")
    (' NEW', 'TM', 'TH')
    >>> raised("1.5", "10"), raised("1.2", "Quill")
    ('^1.5', '1.2')
    """
    if decimal := exponent(text, before):
        return decimal
    if len(text) >= LABEL and text[0].isupper() and text.isalpha() and before[-2:].isalpha() and before[-2:].islower() and len(before) > 1:
        return " " + text
    up = superscript(text)
    if up == text and (_NUMBERS.match(text) or (before[-1:].isdigit() and _LETTERS.match(text))):
        return text.translate(_RAISED)
    return up


def references(inner: str, text: str, hrefs: list[str]) -> str:
    """Raised text that links to notes, in brackets; as it is where it does not.

    >>> references("3–5", "3–5", ["#n3", "#n5"]), references("2", "2", ["#n2"]), references("th", "th", ["/th"])
    ('[3–5]', '[2]', 'th')
    """
    if not hrefs or any("#" not in href or href.startswith("javascript") for href in hrefs):
        return inner
    if len(hrefs) == 1 and inner.count(LINK_OPEN) < 2:
        return inner.replace(text, f"[{text}]", 1) if _NOTE_MARK.match(text) else inner
    if not _NOTE_MARKS.match(text):
        return inner
    first, last = inner.index(text[0]), inner.rindex(text[-1])
    return f"{inner[:first]}[{inner[first : last + 1]}]{inner[last + 1 :]}"
