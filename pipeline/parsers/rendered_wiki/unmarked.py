"""Headings of a page that was saved without edit marks and contents: found by the shape of the passages around them.

A heading is a short line that is no sentence, alone between blank lines, with the end of a passage above it and prose below. What
looks the same is an item of a list, the title of a box of code, the label of a notice: so a list lasts from the words that announce
it (they end in a colon) to the next full sentence, and a name alone counts only between sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.parsers.rendered_wiki import furniture as f

MAX_LABEL_HEADING = 90  # code points of a heading that nothing marks: longer lines without a full stop are items of lists
MAX_NAMED_HEADING = 200  # the same where the line is a question or a program's message (`error: ...`), which may end in a full stop
MAX_NAME = 40  # code points of a heading that begins with a small letter: the name of a program or a few words
MAX_HEADINGS_TOGETHER = 2  # a heading and the first below it; three short lines in a row are a list

# A path, an address, a file, a program: what names a box.
_NAME = re.compile(r"[^\s/@:\\]*+[/@:\\]\S*+|\S[^\s.]*+\.\S++|[A-Za-z] /\S.*|https?:\S.*|\S[^\s-]*+-\S++")
_COMMAND = re.compile(r"[#$>] |#!|[\[{]\w*[\]}]?$")
_MESSAGE = re.compile(r"\w+: \S")
_NOTE_MARKS = re.compile(r"(?:\s*\[\d{1,3}\])+$")
_BOTTOM = frozenset(("retrieved_from", "categories", "last_modified"))  # what no text stands below
_NO_HEADING = frozenset("-–—*•·#(\"“„«[")  # what an item, a quotation or a remark begins with
_FIRST_WORD = re.compile(r"[\w'-]+")


MAX_ATTACHED = 60  # code points of a heading with its text right below
MAX_BOTTOM = 700  # code points of a line at the bottom that are looked at
MIN_ATTACHED = 2  # such headings in a page: one may be anything


class Found(NamedTuple):
    """A heading that nothing marks."""

    line: int  # its number among the lines given
    level: int


class _Passage(NamedTuple):
    """Lines without a blank one between."""

    line: int  # number of the first line
    text: str  # the first line
    shape: str  # prose | opener | item | label | name | notice | code | table


def unmarked_headings(lines: Sequence[str], title: str) -> list[Found]:
    """The headings among the lines of a page, an empty line being a blank one.

    Their depth is not known: all are of level 2 but those that follow another at once.

    >>> [n for n, _ in unmarked_headings(["A mill grinds.", "", "History", "", "Mills are old."], "Mill")]
    [2]
    """
    passages = _passages(lines, title)
    found: list[Found] = []
    start = 0
    listing = told = False  # inside a list that words announced; whether the page has said anything yet
    names_listed = False  # the same for names, which are easier taken for items
    before = ""
    while start < len(passages):
        shape = passages[start].shape
        if shape not in ("label", "name"):
            listing = shape == "opener" or (listing and shape in ("item", "notice"))
            small = shape == "prose" and passages[start].text[0].islower()  # an item that is a sentence, as often as not
            names_listed = listing or (names_listed and small)
            told = told or shape in ("prose", "opener")
            before = shape
            start += 1
            continue
        end = start
        while end < len(passages) and passages[end].shape in ("label", "name"):
            end += 1
        after = passages[end].shape if end < len(passages) else ""
        run = passages[start:end]
        if not names_listed or all(p.shape == "label" for p in run):
            found += _of_run(run, before if told else "", after, listing, title)
            names_listed = False
        if after in ("prose", "opener"):
            listing = False
        before = run[-1].shape
        start = end
    attached = _attached(lines, title)
    if len(attached) >= MIN_ATTACHED and (len(found) < MIN_ATTACHED or len(attached) > len(found)):
        known = {line for line, _ in found}
        found = sorted([*found, *(heading for heading in attached if heading.line not in known)])
    return found


def _attached(lines: Sequence[str], title: str) -> list[Found]:
    """Headings with their text right below, as a browser copies them where nothing else sets them apart."""
    found: list[Found] = []
    told = False  # whether the page has said anything yet
    for at in range(1, len(lines) - 1):
        line, below = lines[at], lines[at + 1]
        if line and any(kind.rule in _BOTTOM and kind.pattern.fullmatch(line[:MAX_BOTTOM]) for kind in f.BOTTOM):
            break
        told = told or (bool(line) and f.SENTENCE_END.search(line) is not None)
        if not told or not line or len(line) > MAX_ATTACHED:
            continue
        if line.lower() in f.SECTIONS or _has_a_known_name(line):
            if not below or not f.chrome(below):
                found.append(Found(at, 2))
            continue
        if lines[at - 1] or not below:
            continue
        shaped = line[0] not in _NO_HEADING and _shape([line], title) == "label"
        if shaped and (_shape([below], title) in ("prose", "opener") or f.HATNOTE.fullmatch(below)):
            found.append(Found(at, 2))
    return found


def _of_run(run: list[_Passage], before: str, after: str, listing: bool, title: str) -> list[Found]:
    """The headings among short lines that follow one another, by what stands above and below them."""
    known = [Found(p.line, 2) for p in run if _has_a_known_name(p.text)]
    if listing:
        run = [p for p in run[-1:] if _starts_with(p.text, title) and " " in p.text]
        before = "item"
    if known or len(run) > MAX_HEADINGS_TOGETHER or before not in ("prose", "code", "table", "item", "notice"):
        return known
    if after == "table" and (before != "prose" or len(run) > 1 or " " not in run[0].text):
        return []
    if after not in ("prose", "opener", "notice", "table"):
        return []
    names = [place for place, p in enumerate(run) if p.shape == "name"]
    if names and (names[0] < len(run) - 1 or before not in ("prose", "notice") or after not in ("prose", "opener")):
        return []
    return [Found(p.line, 2 + place) for place, p in enumerate(run)]


def _passages(lines: Sequence[str], title: str) -> list[_Passage]:
    passages: list[_Passage] = []
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        stop = at + 1
        while stop < len(lines) and lines[stop]:
            stop += 1
        passages.append(_Passage(at, lines[at], _shape(lines[at:stop], title)))
        at = stop
    return passages


def _shape(texts: Sequence[str], title: str) -> str:
    """What a passage is, by its look alone."""
    if any("\t" in text for text in texts):
        return "table"
    if any(_COMMAND.match(text) for text in texts):
        return "code"
    first, last = texts[0], texts[-1]
    if last[-1] == "]" and len(last) <= MAX_NAMED_HEADING:
        last = _NOTE_MARKS.sub("", last) or last
    if last.endswith(":"):
        return "opener"
    if len(texts) > 1:
        return "prose" if any(f.SENTENCE_END.search(text) for text in texts) else "code"
    if _is_notice(first):
        return "notice"
    titled = first[0].isupper() or first[0].isdigit() or first[0] in "\"“'" or _starts_with(first, title)
    message = _MESSAGE.match(first) is not None and not titled
    named = len(first) <= MAX_NAMED_HEADING and (message or (last.endswith("?") and first[0].isupper() and "? " not in first))
    if last[-1:] in ",;":
        return "item"
    if f.SENTENCE_END.search(last) and not named:
        return "prose"
    if "=" in first or "||" in first:
        return "code"
    if _NAME.fullmatch(first):
        return "name"
    if (named or len(first) <= MAX_LABEL_HEADING) and (titled or message or not first[0].isascii()) and " — " not in first:
        return "label"
    if first[0].islower() and len(first) <= MAX_NAME and "," not in first:
        return "name"
    return "item" if " " in first and first[0].isalpha() else "code"


def _is_notice(text: str) -> bool:
    """Whether a line is the label or the words of a box for editors or readers."""
    label = text.partition(":")[0].lower()
    return text.lower() in f.LABELS or (label in f.LABELS and ":" in text) or f.MAINTENANCE.fullmatch(text) is not None


def _has_a_known_name(text: str) -> bool:
    """Whether a line names a section that every wiki has."""
    return text.lower() in f.LISTS or text.lower() in f.REFERENCES


def _starts_with(text: str, title: str) -> bool:
    """Whether a line begins with the first word of the page's title."""
    word, name = _FIRST_WORD.match(text.lower()), _FIRST_WORD.match(title.lower())
    return word is not None and name is not None and (word[0] == name[0] or word[0].startswith(f"{name[0]}-"))
