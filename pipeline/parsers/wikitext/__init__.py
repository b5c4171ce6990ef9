"""Wikitext: pages as written in a MediaWiki wiki, from a dump or saved by hand, also where saving lost their line ends.

What a page shows is the text; what its templates hold (infobox, identifiers, citations) is data. `document.py` has the order of
the steps.
"""

from __future__ import annotations

import re

from pipeline.model import Document, RawDocument

NAME = "wikitext"
VERSION = "12"
MEDIA_TYPE = "text/x-wiki"
IDENTITY: tuple[str, ...] = ("title", "path")

_Signs = tuple[tuple[tuple[str, ...], re.Pattern[str], float, str], ...]

_NAME = r"[^\x00-\x7f][^\x00-\x40\[\]|]{2,20}"  # the name of a namespace in another script: a word before a colon

# (literals, pattern, weight, reason): the pattern is asked only where one of the literals stands, as a page of HTML is searched for each;
# weights add up; one sign alone must not decide, since Markdown notes have [[links]] and templates {{...}}.
_SIGNS: _Signs = (
    (("'''",), re.compile(r"'''[^'\n]{1,200}'''"), 0.3, "bold in three apostrophes"),
    (("==",), re.compile(r"(?:^|\s)(={2,5})(?!=)[^=\n]{1,120}(?<!=)\1(?=\s|$)", re.M), 0.25, "headings in equals signs"),
    (("{{",), re.compile(r"\{\{[^{}|\n%#/=]{2,60}\|[^{}%]{0,400}(?:\}\}|\|)"), 0.2, "templates with parameters"),
    (("{{",), re.compile(r"^\{\{[^\W\d_][^{}\n%]{1,60}\}\}\s*$", re.M), 0.1, "templates on lines of their own"),
    (("<ref",), re.compile(r"<ref[ >/]"), 0.25, "<ref> footnotes"),
    (
        (":",),
        re.compile(rf"(?:\[\[|(?:^| ))(?:Category|Kategorie|Catégorie|Categoría|Categoria|Категория):[^\n\]]|^\[\[{_NAME}:[^\n\]|]", re.M),
        0.2,
        "categories",
    ),
    (
        ("[[",),
        re.compile(rf"\[\[(?:File|Image|Datei|Bild|Fichier|Archivo|{_NAME}):[^\[\]\n|]{{1,300}}\|", re.I),
        0.25,
        "file links with options",
    ),
    (("[[",), re.compile(r"\[\[[^\[\]\n]{1,120}\]\]"), 0.1, "double-bracket links"),
    (("[[",), re.compile(r"^[*#] ?[^\n]{0,200}?\[\[[^\[\]\n]{1,300}\]\]", re.M), 0.1, "list items with links"),
    (("{|",), re.compile(r"^\{\|", re.M), 0.2, "table markup"),
    (("[[",), re.compile(r"\A\s*#\w+\s*\[\[", re.I), 0.6, "a redirect"),
    (("[http",), re.compile(r"\[https?://[^\s\[\]]{1,2000} [^\[\]\n]{1,1000}\]"), 0.1, "external links in single brackets"),
    (("__",), re.compile(r"__[A-Z]{4,}__"), 0.1, "behaviour switches"),
)
# What speaks against it: other formats that use some of the same signs.
_AGAINST: _Signs = (
    (("---",), re.compile(r"\A\ufeff?---[ \t]*\n(?:.*\n){0,60}?---[ \t]*$", re.M), 0.5, "YAML front matter"),
    (("# ",), re.compile(r"^#{1,6} \S", re.M), 0.2, "Markdown headings"),
    (("](",), re.compile(r"(?<!!)\[[^\[\]\n]{1,1000}\]\([^()\s]{1,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,200})?\)"), 0.15, "Markdown links"),
    (("```",), re.compile(r"^```", re.M), 0.2, "Markdown fences"),
    (("[!",), re.compile(r"^> \[!\w+\]", re.M), 0.3, "callouts"),
    (("=",), re.compile(r"<(?:div|p|span|a|table)\b[^<>]*\b(?:class|href|onclick)=", re.I), 0.1, "HTML elements"),
    (
        ("def ", "import ", "#include", "function", "class "),
        re.compile(r"^\s*(?:def \w+\(|import \w+|#include|function \w*\(|class \w+[:({])", re.M),
        0.4,
        "program code",
    ),
)
_HEADINGS = re.compile(r"^(={2,5})(?!=)[^=\n]{1,120}(?<!=)\1[ \t\r]*$", re.M)
_ITEMS_THERE = "Markdown headings"  # what `# ` seems to be; below headings in equals signs it is an item of a numbered list
_PAGE = re.compile(r"\ufeff?\s*<(?:!doctype|html|\?xml)", re.I)
_ENDINGS = (".wikitext", ".wiki", ".mediawiki", ".mw")


def detect(head: str, path: str) -> tuple[float, list[str]]:
    """How much a text looks like wikitext: several of its signs together, less what speaks for another format."""
    if _PAGE.match(head):  # a page of HTML or XML, whatever else it holds
        return 0.0, []
    score, reasons = 0.0, []
    if path.lower().endswith(_ENDINGS):
        score, reasons = 0.6, ["the file's ending"]
    for literals, pattern, weight, reason in _SIGNS:
        if any(literal in head for literal in literals) and pattern.search(head):
            score += weight
            reasons.append(reason)
    if not reasons:
        return 0.0, []
    for literals, pattern, weight, reason in _AGAINST:
        if any(literal in head for literal in literals) and pattern.search(head):
            if reason == _ITEMS_THERE and _HEADINGS.search(head):
                continue
            score -= weight
            reasons.append(f"against: {reason}")
    return max(0.0, min(1.0, score)), reasons


def parse(raw: RawDocument) -> Document:
    """The cleaned page; never raises on content."""
    from pipeline.parsers.wikitext.document import parse as run

    return run(raw)
