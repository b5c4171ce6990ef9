"""The phrases of furniture.toml, read once and compiled."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import NamedTuple

_DATA = tomllib.loads(files(__package__).joinpath("furniture.toml").read_text(encoding="utf-8"))


def _whole(patterns: list[str]) -> re.Pattern[str]:
    """One pattern for whole lines; named groups may come once in each alternative, so they are numbered apart."""
    parts = [re.sub(r"\(\?P<(\w+)>", rf"(?P<\g<1>_{i}>", p) for i, p in enumerate(patterns)]
    return re.compile(rf"\s*(?:{'|'.join(f'(?:{p})' for p in parts)})\s*")


class Bottom(NamedTuple):
    """A kind of line at the bottom of a page."""

    rule: str
    pattern: re.Pattern[str]
    weak: bool  # common words: counts only once the bottom has begun


_WORDS = sorted((re.escape(w) for w in _DATA["edit_words"]), key=len, reverse=True)
_MARK = rf"\[\s*(?:{'|'.join(_WORDS)})\s*(?:\|\s*(?:{'|'.join(_WORDS)})\s*)?\]"
EDIT_AFTER = re.compile(rf"(?P<title>\S[^\n]{{0,250}}?)\s*(?:{_MARK})\s*", re.I)
EDIT_ALONE = re.compile(rf"\s*{_MARK}\s*", re.I)
EDIT_ANY = re.compile(_MARK, re.I)
SENTENCE_END = re.compile(r"[.!?。！？]['\"”’)\]]*$")  # of a line: one that ends so is prose, no heading and no label
EDIT_BARE = frozenset(_DATA["edit_words"])
EMPTY_MARK = re.compile(r"(?P<title>[^\W_a-z][^\n\[\]=;(){}]{0,100}?)\s*\[\s?\]")
"""A heading whose mark is a picture, as on Fandom; no line of a program."""
CONTENTS = frozenset(_DATA["contents"])
REFERENCES = frozenset(_DATA["references"])
SECTIONS = frozenset(_DATA["sections"])
LABELS = frozenset(_DATA["labels"])
LISTS = frozenset(_DATA["lists"])
INLINE_MARKS = re.compile(rf" ?\[(?:{'|'.join(sorted(map(re.escape, _DATA['inline_marks']), key=len, reverse=True))})\]", re.I)
_CHROME = frozenset(_DATA["top"]["chrome"])
_CHROME_LINE = _whole(_DATA["top"]["chrome_patterns"])
LANGUAGES = _whole(_DATA["top"]["chrome_patterns"][:1])
CATEGORIES_ALONE = frozenset(_DATA["top"]["categories_alone"])
FROM_SITE = _whole(_DATA["top"]["from_site"])
TAGLINE = _whole(_DATA["top"]["tagline"])
JUMP = _whole(_DATA["top"]["jump"])
REDIRECTED = _whole(_DATA["top"]["redirected"])
LISTED_IN = _whole(_DATA["top"]["listed_in"])
SUBPAGE = _whole(_DATA["top"]["subpage"])
HIDE = _whole(_DATA["top"]["hide"])
HATNOTE = _whole(_DATA["top"]["hatnote"])
CATEGORY_LINK = _whole(_DATA["top"]["category_link"])
MAINTENANCE = _whole(_DATA["top"]["maintenance"])
BOTTOM = tuple(Bottom(b["rule"], _whole(b["patterns"]), b.get("weak", False)) for b in _DATA["bottom"])
MONTHS: dict[str, int] = {name: int(number) for number, names in _DATA["months"].items() for name in names}
LICENSES = tuple((re.compile(entry["words"], re.I), entry["id"]) for entry in _DATA["license"])


def chrome(line: str) -> bool:
    r"""Whether a line is one of a skin's menus or tabs, or several of them apart by tabs.

    >>> chrome("Article\tTalk"), chrome("15 languages"), chrome("Tools of the mill")
    (True, True, False)
    """
    return all(part.strip().lower() in _CHROME or _CHROME_LINE.fullmatch(part) is not None for part in line.split("\t") if part.strip())


def site(line: str) -> re.Match[str] | None:
    """Whether a line names the site that a page is from; one that ends like a sentence does only where it is known to the letter.

    >>> site("From here on it rains.") is None, group(site("Da Wikipedia, l'enciclopedia libera."), "site")
    (True, 'Wikipedia')
    """
    return TAGLINE.fullmatch(line) or (None if line[-1] in ".:;!?" else FROM_SITE.fullmatch(line))


def group(match: re.Match[str], name: str) -> str:
    """The text of a named group, whichever alternative matched.

    >>> group(FROM_SITE.fullmatch("From Example Wiki"), "site")
    'Example Wiki'
    """
    return next((v.strip() for k, v in match.groupdict().items() if v and k.rpartition("_")[0] == name), "")
