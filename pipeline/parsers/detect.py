"""Which format a document is in, with reasons. A tie or a low score is for the caller to refuse, never to guess."""

from __future__ import annotations

import re

from pipeline.model import Detection
from pipeline.parsers import FORMATS, obsidian, plain, rendered_wiki, wikitext

HEAD = 65536  # code points that detectors look at: bounds their cost, and a dialect shows itself earlier
MIN_SCORE = 0.3  # below it a document is quarantined with the scores: guessing wrong costs the whole document
MIN_LEAD = 0.1  # how far the best must be ahead of the next
FOREIGN = 0.2  # score of what only looks like a format: XML of another vocabulary read as a page, a program read as Markdown
SURE = 0.8  # score of a wiki page from which its file may be named by its title, which may look like a program's (`xorg.conf`)
_TITLED = (wikitext.NAME, rendered_wiki.NAME)
_ROOT = re.compile(r"\s*<\?xml\b[^<>]{0,200}\?>\s*(?:<!--.{0,2000}?-->\s*|<\?[^<>]{0,500}\?>\s*|<![^<>\[]{0,500}>\s*)*<([\w:.-]+)", re.S)
_PAGE_ROOTS = frozenset("html head body main section div p span h1 h2 h3 ul ol dl table".split())


def rank(text: str, path: str) -> list[Detection]:
    """Every format that sees any evidence, best first; equal scores in the order of the registry.

    >>> [(d.format, d.reasons) for d in rank("<?xml version='1.0'?><TEI><p>Two words.</p></TEI>", "a.xml")][0]
    ('html', ['XML of another kind: <TEI>'])
    """
    head = text[:HEAD]
    root = _ROOT.match(head)
    foreign = root[1] if root and root[1].lower() not in _PAGE_ROOTS else ""
    named = plain.suffix(path)
    found = []
    for name, parser in FORMATS.items():
        score, reasons = parser.detect(head, path)
        if named and name != plain.NAME and score > FOREIGN and not (name in _TITLED and score >= SURE):
            score, reasons = FOREIGN, [f"its name ends in {named}"]
        if foreign and name in ("html", "text"):
            score, reasons = min(score, FOREIGN), [f"XML of another kind: <{foreign}>"]
        if score > 0:
            found.append(Detection(name, round(min(score, 1.0), 3), reasons))
    if not found and any(map(str.isalnum, head)):  # a word or two, which tell nothing: text is what they are for certain
        return [Detection(plain.NAME, MIN_SCORE, ["a word, and nothing else"])]
    return sorted(found, key=lambda d: -d.score)


def stated(format: str, path: str) -> str:
    """The format of a file whose source names one: a vault holds programs and data beside its notes, which are no notes.

    >>> stated("obsidian", "vault/plot.py"), stated("obsidian", "vault/plot.md"), stated("wikitext", "pages/xorg.conf")
    ('text', 'obsidian', 'wikitext')
    """
    return plain.NAME if format and not binding(format) and plain.suffix(path) in plain.PROGRAMS else format


def binding(format: str) -> bool:
    """Whether a format that a source names is that of all its files."""
    return format not in ("", obsidian.NAME)


def may_be_empty(format: str, path: str) -> bool:
    """Whether a document without a word is one still: a note, which others link to by its name; `format` is what its source names.

    >>> may_be_empty("", "vault/Ada Lovelace.md"), may_be_empty("", "site/page.html"), may_be_empty("text", "texts/a.md")
    (True, False, False)
    """
    return not binding(format) and choose(rank("", path)) == obsidian.NAME


def choose(found: list[Detection]) -> str:
    """The name of the format that is clearly best, empty where none is."""
    if not found or found[0].score < MIN_SCORE:
        return ""
    if len(found) > 1 and found[0].score - found[1].score < MIN_LEAD:
        return ""
    return found[0].format
