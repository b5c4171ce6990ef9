"""Words, sentences and the normal form under which two passages say the same.

The normal form is for matching only and never stands in a record. It forgets case, typographic variants, punctuation and
footnote marks; it never forgets a digit, a decimal point, a sign or a negation.
"""

from __future__ import annotations

import re
import unicodedata

# A sentence ends at . ! ? … and their closing marks, before white space; at CJK full stops without white space; at a line end.
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])[”’」』]*\s*|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'])(?:[A-Za-z]|e\.g|i\.e|etc|cf|vs|ca|approx|al|Fig|Figs|No|Nos|Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|Inc|Ltd|Co|vol|pp|ed|eds)\.$"
)
_FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]")
# A number with its sign and its decimal points is one word; a minus between words is a hyphen, not a sign.
_KEY = re.compile(r"(?<!\w)[-+]?\d+(?:[.,]\d+)*%?|[^\W_]+")
# NFKC would glue an exponent or a fraction to the number before it (10⁹ is not 109, 1½ is not 11/2), so these stand apart first.
_APART = {ord(c): f" {unicodedata.normalize('NFKC', c)} " for c in "⁰¹²³⁴⁵⁶⁷⁸⁹¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
_VARIANTS = _APART | str.maketrans({**dict.fromkeys("\u2212\u2010\u2011\u2013", "-"), "\u2014": " ", "\u00ad": None, "\u200b": None})


def words(text: str) -> list[str]:
    """Words of the normal form: casefolded, numbers whole with sign and decimal points, NFKC.

    >>> words("No change: −0.5 mg, not “5 MG”.[12]")
    ['no', 'change', '-0.5', 'mg', 'not', '5', 'mg']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_VARIANTS))
    if "[" in text:
        text = _FOOTNOTE_MARK.sub("", text)
    return _KEY.findall(text.casefold())


def key(text: str) -> str:
    """The normal form of a passage as one string: equal keys mean that two passages say the same.

    >>> key("It's  5.0 mg") == key("it’s 5.0 MG")
    True
    >>> key("5.0 mg") == key("50 mg")
    False
    """
    return " ".join(words(text))


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open code point spans of the sentences of a text, white space around them left out.

    A split that is wrong costs nothing but a missed match: the same text always splits the same way.

    >>> [ "Dr. Le wrote it. It is rare."[a:b] for a, b in sentences("Dr. Le wrote it. It is rare.") ]
    ['Dr. Le wrote it.', 'It is rare.']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        at = match.start()
        if text[at - 1 : at] == "." and "\n" not in match.group() and _ABBREVIATION.search(text, max(start, at - 12), at):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        spans.append((start + left, start + right))
