"""Searching the full-text index of a published set: what a person types, and the words around what was found."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

import msgspec

from pipeline.errors import UsageError
from pipeline.text.words import apart

SHOWN = 160  # code points of the text around the best place: two lines of a terminal
BEFORE = 40  # of them before the first word found there
SLACK = 15  # a cut moves to a space that is no further away: a word that it tears tells nothing
MAX_PLACES = 2_000  # places of the words that are looked at in a text: past that another would tell no more


class Hit(msgspec.Struct, frozen=True):
    """A record that a search found."""

    id: str
    title: str
    snippet: str  # the words around the best place
    url: str


def search(database: Path, words: str, limit: int = 10) -> list[Hit]:
    """Records that hold all words, best first (BM25).

    Words in double quotes must stand together; a `*` after a word stands for its endings.

    Raises UsageError.
    """
    asked = terms(words)
    if not asked:
        raise UsageError(f"{words!r}: no word to look for")
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT r.id, r.title, r.text, r.url FROM search JOIN records r ON r.rowid = search.rowid "
            "WHERE search MATCH ? ORDER BY bm25(search, 4.0, 1.0), r.id LIMIT ?",
            (fts_query(words), limit),
        )
        return [Hit(id, title, snippet(text, [term for term, _ in asked]), url) for id, title, text, url in rows]


def terms(words: str) -> list[tuple[str, str]]:
    """Words and quoted phrases of what a person types, each with its `*` or "".

    >>> terms('calcium "soft tissue" nephro* AND ("')
    [('calcium', ''), ('soft tissue', ''), ('nephro', '*'), ('AND', '')]
    """
    found = []
    for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', words.encode("utf-8", "replace").decode().replace("\0", " ")):
        text = phrase or word.rstrip("*")
        if re.search(r"\w", text):
            found.append((text, "*" if word.endswith("*") else ""))
    return found


def fts_query(words: str) -> str:
    """What a person types, as a query that FTS5 takes whatever it is; scripts without spaces one by one, as in the index.

    >>> fts_query('calcium "soft tissue" nephro* AND ("'), fts_query("東京")
    ('"calcium" "soft tissue" "nephro"* "AND"', '"東 京"')
    """
    return " ".join(f'"{" ".join(apart(text).split())}"{star}' for text, star in terms(words))


def snippet(text: str, asked: list[str]) -> str:
    """The stretch of a text, SHOWN code points or a little less, that holds the most of what was asked for; else its beginning.

    >>> len(snippet("A dark rock. " * 20 + "Basalt is hard." + " A dark rock." * 20, ["basalt"]))
    162
    >>> snippet("Basalt is hard.", ["basalt", "hard"])
    'Basalt is hard.'
    """
    folded = _folded(text)
    places = sorted((m.start(), number) for number, term in enumerate(asked) for m in _matches(term, folded))
    best, most, first = 0, 0, 0
    inside: dict[int, int] = {}
    for place, number in places:
        inside[number] = inside.get(number, 0) + 1
        while place - places[first][0] > SHOWN - BEFORE:
            left = places[first][1]
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            first += 1
        if len(inside) > most:
            best, most = places[first][0], len(inside)
    start = max(0, min(best - BEFORE, len(text) - SHOWN))
    end = min(len(text), start + SHOWN)
    start, end = _cut(text, start, 1), _cut(text, end, -1)
    shown = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{shown}{' …' if end < len(text) else ''}"


def _matches(term: str, folded: str) -> list[re.Match[str]]:
    words = [re.escape(word) for word in _folded(term).split()]
    pattern = r"\W+".join(words)
    if words and apart(term) == term:  # a script with spaces: a word begins where no letter stands before it
        pattern = rf"(?<!\w){pattern}"
    found = []
    for match in re.finditer(pattern, folded):
        found.append(match)
        if len(found) == MAX_PLACES:
            break
    return found


def _folded(text: str) -> str:
    """Letters without their marks and case, one for one: places in it are places in the text."""
    if text.isascii():
        return text.lower()
    return "".join(c.lower() if c < "\x80" else (unicodedata.normalize("NFD", c)[0].lower() + " ")[0] for c in text)


def _cut(text: str, at: int, step: int) -> int:
    """A place near `at` in the direction of `step` where no word is torn, nor a mark from its letter."""
    if not 0 < at < len(text):
        return at
    for near in range(at, at + step * SLACK, step):
        if 0 < near < len(text) and (text[near].isspace() or text[near - 1].isspace()):
            return near
    while 0 < at < len(text) and unicodedata.category(text[at])[0] == "M":
        at += step
    return at
