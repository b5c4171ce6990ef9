"""Notes: Obsidian's Markdown with its front matter, links, callouts and comments; plain Markdown is the same without them."""

from __future__ import annotations

import re

from pipeline.model import Document, RawDocument

NAME = "obsidian"
VERSION = "14"
MEDIA_TYPE = "text/markdown"
IDENTITY = ("permalink", "path")

_Signs = tuple[tuple[tuple[str, ...], re.Pattern[str], float, str], ...]

# (literals, pattern, weight, what it shows): the pattern is asked only where one of the literals stands; weights add up, so that one sign
# alone is a doubt and two are a finding.
_SIGNS: _Signs = (
    (("---",), re.compile(r"\A---[ \t]*\r?\n(?:.*\r?\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)"), 0.4, "front matter"),
    (("# ",), re.compile(r"(?m)^#{1,6} \S"), 0.3, "ATX headings"),
    (("---",), re.compile(r"\A---[ \t]*\r?\n(?:.*\r?\n){0,20}?[\w-][\w .-]{0,40}:(?:[ \t]|\r?\n)"), 0.15, "keys of front matter"),
    (("[!",), re.compile(r"(?m)^> ?\[!\w"), 0.4, "callouts"),
    (("![[",), re.compile(r"!\[\[[^\[\]\n]+\]\]"), 0.3, "embeds"),
    ((":: ",), re.compile(r"(?m)^[ \t]*(?:- )?[\w-]{1,40}:: \S"), 0.3, "inline fields"),
    (("[[",), re.compile(r"\[\[[^\[\]\n]+\]\]"), 0.15, "wikilinks"),
    (("](",), re.compile(r"\[[^\[\]\n]{1,1000}\]\([^()\s]{1,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,200})?\)"), 0.3, "Markdown links"),
    (("```", "~~~"), re.compile(r"(?m)^(?:`{3,}|~{3,})"), 0.25, "fences"),
    (("**",), re.compile(r"\*\*\w[^*\n]*\*\*"), 0.2, "bold"),
    ((" [",), re.compile(r"(?m)^[ \t]*[-*+] \[.\] "), 0.3, "tasks"),
    (("\n- ", "\n* ", "\n+ "), re.compile(r"(?m)^[-*+] \S.*\n[-*+] \S"), 0.15, "lists"),
    (("\n|",), re.compile(r"(?m)^\|.*\|[ \t]*\n\|[-: |]+\|"), 0.3, "pipe tables"),
)
_AGAINST = re.compile(r"(?m)^==+ ?[^=\n]+ ?==+[ \t\r]*$|\{\{[A-Za-z][^{}\n]*\||<ref[ >]|'''")
_PAGE_INSIDE = re.compile(r"(?i)<!doctype html|<html[ >]")  # notes show pages as code; a file of another name may be a broken one
_PAGE = re.compile(r"\ufeff?\s*<(?:!doctype html|html[ >])", re.I)
NAMED = 0.5  # least score of a file that is named like a note: clearly more than prose gets, less than a page of another format
_ENDINGS = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd", ".canvas", ".base", ".excalidraw")


def detect(head: str, path: str) -> tuple[float, list[str]]:
    """How much a document looks like a note: its ending counts most, then the signs of Markdown."""
    score, least, reasons = 0.0, 0.0, []
    if path.lower().endswith(_ENDINGS):
        score, least, reasons = 0.8, NAMED, ["its name ends like a note's"]
    if _PAGE.match(head):  # a page of HTML, whatever else it holds
        return least, reasons
    for literals, pattern, weight, name in _SIGNS:
        if any(literal in head for literal in literals) and pattern.search(head):
            score += weight
            reasons.append(name)
    if _AGAINST.search(head) or (not least and _PAGE_INSIDE.search(head)):
        score *= 0.5  # a wiki or a web page says more for itself
    return min(max(score, least), 1.0), reasons


def parse(raw: RawDocument) -> Document:
    """The clean note.

    >>> parse(RawDocument(text="> [!tip] Try\\n> a [[x|link]]", data=b"> [!tip] Try\\n> a [[x|link]]")).text
    'Try\\na link'
    """
    from pipeline.parsers.obsidian import note

    return note.parse(raw)
