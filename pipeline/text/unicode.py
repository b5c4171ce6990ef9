"""What happens to characters: line ends, spaces, invisible and smuggled characters, NFC.

One policy for every format (docs/record.md, "Characters"). NFC, never NFKC: compatibility forms carry meaning (`10⁹/L`).
Nothing that a reader can see is removed; what cannot be seen is counted by class, so that a document can be flagged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_MARKS = 30  # combining marks in a row that stay: longer runs are abuse, and NFC is quadratic in them (python/cpython#149079)
INVISIBLE_PER_1000 = 3  # zero-width characters per 1,000 characters above which a document is flagged

# Superscripts that carry meaning stay readable: 10<sup>9</sup>/L is 10⁹/L, never 109/L.
_SUPERSCRIPT = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUPERSCRIPT_OK = re.compile(r"[0-9+\-−=()ni]+\Z")

_DECIMAL = re.compile(r"[-+−]?\d{1,6}\.\d{1,6}\Z")

_NEWLINES = re.compile("\r\n|[\r\u2028\u2029\x85\x0b\x0c]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
_C1 = re.compile("[\x80-\x84\x86-\x9f]")  # a wrongly decoded quote or dash, more often than not: the words around it must not stick
_TAGS = re.compile("(\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{1,8}\U000e007f)|[\U000e0000-\U000e007f]+")
_BIDI = re.compile("[\u202a-\u202e]")
_ZERO_WIDTH = re.compile("[\u200b\u2060-\u2064\ufeff\u180e\u115f\u1160\u3164\uffa0\u00ad]")
# Joiners stay where the script needs them: amid Arabic, Indic and emoji, and between a Latin word and its Arabic ending; a run of them
# is one, and elsewhere they are invisible noise.
_NEEDS_JOINER = (
    "\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u18af\u2190-\u2bff\ufb50-\ufdff\ufe0f\ufe70-\ufefc\U0001f000-\U0001faff\u2640\u2642"
)
_JOINERS = re.compile(
    f"(?<=[{_NEEDS_JOINER}])([\u200c\u200d])[\u200c\u200d]*(?=[{_NEEDS_JOINER}])"
    "|(?<=[A-Za-z0-9])(\u200c)[\u200c\u200d]*(?=[\u0600-\u08ff])|(?<=[\u0600-\u08ff])(\u200c)[\u200c\u200d]*(?=[A-Za-z0-9])"
    "|[\u200c\u200d]+"
)
_SELECTORS = re.compile(
    "(?<=[\u00a9\u00ae\u203c-\u205e\u2065-\u2fff\u3030-\u33ff\U0001f000-\U0001faff#*0-9])[\ufe0e\ufe0f]"
    "|(?<=[\u3400-\u9fff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]|([\ufe00-\ufe0f\U000e0100-\U000e01ef]+)"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_MARKS = re.compile(
    f"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{MAX_MARKS}}})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
# Characters that no rule above touches; a text of these alone needs only the test for NFC. Most text in any script is such.
_UNTOUCHED = re.compile(
    "[^\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u0300-\u036f\u1100-\u11ff\u1680\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u20d0-\u20ff\u3000\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufffe\uffff"
    "\U000e0000-\U000e01ef]*"
)
_ASCII = bytes((0x09, 0x0A, *range(0x20, 0x7F)))  # without control characters


class Characters(NamedTuple):
    """Text under the character policy, and what was taken out, by class."""

    text: str
    counts: dict[str, int]  # class -> characters removed; classes: control, tag, bidi, zero_width, selector, mark


def normalize(text: str) -> str:
    """Text under the character policy, prose form: line ends are `\\n`, every space is U+0020.

    Runs of spaces stay: collapsing white space is the parser's, who knows what is preformatted.

    >>> normalize("Unter\\u00adnehmen 5\\u00a0mg\\r\\n")
    'Unternehmen 5 mg\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    if _UNTOUCHED.fullmatch(text):
        return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    return apply(text).text


def is_normal(text: str) -> bool:
    """Whether the character policy leaves a text, and so every part of it, as it is: asked once, it spares a question for each part.

    >>> is_normal("10⁹/L → 5 mg"), is_normal("soft\\u00adhyphen")
    (True, False)
    """
    return _UNTOUCHED.fullmatch(text) is not None and (text.isascii() or unicodedata.is_normalized("NFC", text))


def is_normal_utf8(data: bytes) -> bool:
    """The same for text in UTF-8: all that is not plain ASCII is looked at, at once.

    >>> is_normal_utf8("10⁹/L → 5 mg".encode()), is_normal_utf8("soft\\u00adhyphen".encode())
    (True, False)
    """
    return is_normal(data.translate(None, _ASCII).decode("utf-8", "replace"))


def apply(text: str, *, spaces: bool = True) -> Characters:
    """The character policy with its counts; `spaces=False` keeps no-break and other wide spaces (for pre and code).

    Applying it twice changes nothing.
    """
    counts: dict[str, int] = {}
    if "\r" in text or not text.isprintable():
        text = _NEWLINES.sub("\n", text)
        text = _counted(_CONTROLS, "", text, "control", counts)
        text = _C1.sub(" ", text)
    if text.isascii():
        return Characters(text, counts)
    if not counts and _UNTOUCHED.fullmatch(text):
        return Characters(text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text), counts)
    text = _SURROGATES.sub("\ufffd", text)
    text = _counted(_TAGS, r"\1", text, "tag", counts)
    text = _counted(_BIDI, "", text, "bidi", counts)
    text = _counted(_ZERO_WIDTH, "", text, "zero_width", counts)
    text = _selectors(text, counts)  # before joiners, which may stand beside a selector that stays
    text = _counted(_JOINERS, r"\1\2\3", text, "zero_width", counts)
    if spaces:
        text = _SPACES.sub(" ", text)
    text = _counted(_MARKS, r"\1", text, "mark", counts)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return Characters(text, counts)


def superscript(text: str) -> str:
    """Superscript text in readable form: numbers, signs and exponents as Unicode superscripts, words as they are (`5th`).

    >>> superscript("9"), superscript("th")
    ('⁹', 'th')
    """
    if _SUPERSCRIPT_OK.match(text):
        return text.translate(_SUPERSCRIPT)
    return text


def exponent(text: str, before: str) -> str:
    """A raised number with a point, behind a number; else empty. Unicode raises no point, and `101.5` is another number.

    >>> exponent("1.5", "10"), exponent("1.5", "Quill"), exponent("9", "10")
    ('^1.5', '', '')
    """
    return "^" + text if before[-1:].isdigit() and _DECIMAL.match(text) else ""


def _counted(pattern: re.Pattern[str], replacement: str, text: str, name: str, counts: dict[str, int]) -> str:
    out, found = pattern.subn(replacement, text)
    if found and len(out) != len(text):
        counts[name] = counts.get(name, 0) + len(text) - len(out)
    return out


def _selectors(text: str, counts: dict[str, int]) -> str:
    """Variation selectors stay on emoji and on Han; a bare one is where text can be smuggled."""
    out = _SELECTORS.sub(lambda m: "" if m.group(1) else m.group(), text)
    if len(out) != len(text):
        counts["selector"] = counts.get("selector", 0) + len(text) - len(out)
    return out
