"""Which encoding a text is in that declares none and is not UTF-8: the one that reads as a language.

Every encoding reads every text somehow, and most give letters. What tells them apart is which letters, and where: a language uses a
handful beyond ASCII, some of them all the time, and has no capital in the middle of a word. A detector that weighs byte patterns alone
takes Spanish for Hungarian (docs/decisions/0006-charsets.md).
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import log
from typing import NamedTuple

SAMPLE = 40_000  # bytes that are looked at: some hundred letters decide, and each encoding reads them once
UNUSUAL = log(0.0005)  # of a letter that the language does not use, a sign that no text holds, a byte that does not decode
STRANGE = log(0.0001)  # the same in the scripts of thousands, where any two bytes are some character
QUOTE = log(0.2)  # of a quote or a dash: many texts hold nothing else beyond ASCII
SIGN = log(0.02)  # of another sign that texts of any language hold
# Of a character that is not among the usual, in the scripts of thousands
RARE = {"ja": log(0.2 / 2000), "ko": log(0.3 / 2000), "zh": log(0.35 / 4000), "zh-hant": log(0.35 / 4000)}
PAIR = 1.0  # of two bytes that are one character: by chance about one pair in four is
CAPITAL = -4.0  # of a capital behind a small letter in a word
CAPITALS = -1.5  # of a word in capitals: some are, but not all
WORD = 1.0  # of one of the commonest words of the language, which no encoding changes
WORDS = 25  # of these that count: past that the letters decide
MIXED = -6.0  # of a letter of another script in a word
USUAL = 13  # encodings of the table, from its first, that text without a declaration is still written in
OLD = -2.5  # of the others, once a text: a handful of letters shall not make one a file of the eighties
LEAST = log(0.003)  # average below which no encoding reads as any language: the file is something else

_ESCAPES = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))
_WORD = re.compile(r"(?<![^\W\d_])[a-zA-Z]*+[^\x00-\x7f\W\d_][^\W\d_]*+")
_QUOTES = frozenset("“”‘’–—…")
_TORN = re.compile(r"(?<![^\W\d_])[’”](?=[^\W\d_])")  # a closing quote where a word begins
_LATIN = re.compile("[a-z]", re.I)
_PLAIN = re.compile(r"(?<![^\W\d_])[a-z]{2,}(?![^\W\d_])")
_BEYOND = re.compile(r"[^\x00-\x7f]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")


class Facts(NamedTuple):
    """The table, turned for look-up."""

    shares: dict[str, dict[str, float]]  # language -> letter -> logarithm of its share
    latin: frozenset[str]  # languages in Latin script
    words: dict[str, frozenset[str]]  # language -> its commonest words in ASCII
    encodings: dict[str, list[str]]  # encoding -> its languages
    signs: frozenset[str]  # usual signs


@cache
def _facts() -> Facts:
    table = tomllib.loads(files("pipeline.readers").joinpath("charsets.toml").read_text(encoding="utf-8"))
    shares = {}
    for language, letters in table["letters"].items():
        total = sum(1 / (rank + 2) for rank in range(len(letters)))
        shares[language] = {letter: log(1 / (rank + 2) / total) for rank, letter in reversed(list(enumerate(letters)))}
    shared = {sign: log(1 / 700) for sign in (*shares["zh"], *shares["zh-hant"]) if _IDEOGRAPH.match(sign)}
    shares["ja"] = shared | shares["ja"]  # what is common in Chinese is not rare in Japanese
    words = {language: frozenset(word for word in line.split() if word.isascii()) for language, line in table["words"].items()}
    return Facts(shares, frozenset(words), words, table["encodings"], frozenset(table["signs"]["usual"]))


def escaped(data: bytes) -> str:
    """The encoding of a text in seven bits whose escape sequences say what it is; empty for all others. Source: RFC 1468, RFC 1557.

    >>> escaped("東京".encode("iso2022_jp")), escaped(b"plain")
    ('iso2022_jp', '')
    """
    if b"\x1b" not in data or not data.isascii():
        return ""
    return next((encoding for sign, encoding in _ESCAPES if sign in data), "")


def guess(data: bytes) -> str:
    """The Python codec in which bytes beyond ASCII read as a language; empty where none does.

    >>> guess("La niña comió una manzana en el jardín".encode("cp1252"))
    'cp1252'
    >>> guess("Zażółć gęślą jaźń".encode("iso8859_2")), guess("Привет, как дела?".encode("koi8_r"))
    ('iso8859_2', 'koi8_u')
    """
    sample = data[:SAMPLE]
    size = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    if not size:
        return ""
    facts = _facts()
    plain = Counter(_PLAIN.findall(sample.decode("latin-1").lower()))
    known = {language: WORD * min(WORDS, sum(plain[word] for word in words)) for language, words in facts.words.items()}
    best, most = "", LEAST * size
    for rank, (encoding, languages) in enumerate(facts.encodings.items()):
        text = codecs.getincrementaldecoder(encoding)("replace").decode(sample, len(data) <= SAMPLE)
        score = _reads(text, languages, known) + (OLD if rank >= USUAL else 0.0)
        if score > most:
            best, most = encoding, score
    return best


def _reads(text: str, languages: list[str], known: dict[str, float]) -> float:
    """How well a text reads as the best of some languages, as a sum of logarithms; `known` is what its words say of each."""
    facts = _facts()
    found = Counter(_BEYOND.findall(text))
    penalty = len(_TORN.findall(text)) * (UNUSUAL - QUOTE)
    if languages[0] in RARE:
        penalty += PAIR * (found.total() - found["\ufffd"])
    else:
        latin = languages[0] in facts.latin
        for word in _WORD.findall(text):
            if not latin and (letters := len(_LATIN.findall(word))):
                penalty += MIXED * min(letters, len(word) - letters)
            elif len(word) > 1 and not word[1:].islower():
                penalty += CAPITALS if word.isupper() else CAPITAL * sum(a.islower() and b.isupper() for a, b in pairwise(word))
    return penalty + max(_as(language, found) + known.get(language, 0.0) for language in languages)


def _as(language: str, found: Counter[str]) -> float:
    facts = _facts()
    usual, rare, kind = facts.shares[language], RARE.get(language), _HANGUL if language == "ko" else _IDEOGRAPH
    score = 0.0
    for sign, count in found.items():
        share = usual.get(sign) or usual.get(sign.lower())
        if share is None and sign in facts.signs:
            share = QUOTE if sign in _QUOTES else SIGN
        elif share is None:
            share = UNUSUAL if rare is None else rare if kind.match(sign) else STRANGE
        score += share * count
    return score
