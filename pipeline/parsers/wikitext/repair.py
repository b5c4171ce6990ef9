"""Puts back the line ends that saving took from wikitext.

The damage: inside a block every run of white space became one space (blank lines stay), sometimes links lost their brackets,
`[[Category:X]]` became `Category:X`. Headings, lists, tables and categories mean something only at the start of a line, so their
signs are looked for inside lines and get a line of their own again. Only white space and the brackets of categories change.
Another kind of damage, character references of a dump's XML, is `unescaped`.

Gate first: text that is not collapsed wikitext comes back untouched (`None`). Nothing fires inside templates, links, tags, code
or formulas. A second repair changes nothing, because its result no longer passes the gate.
"""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.data import CATEGORY_NAMES
from pipeline.parsers.wikitext.repair_mask import HIDDEN, mask
from pipeline.parsers.wikitext.repair_table import broken_tables

MAX_LINE_SHARE = 0.1  # single line ends for each block above which a text has its lines: saved pages have none, real ones several
SAMPLE = 5  # a page is looked at by its first fifth before the whole is: most show there that they have their lines
MIN_SIGNS = 3  # of six signs of wikitext that a text must show: notes in Markdown and programs show at most two
MAX_PROGRAM_SIGNS = 3  # statements of a program that prose may quote: with more a text of `==` and `[[` is code on one line
MAX_HEADING = 150  # code points of a heading's title
MAX_HEADING_WORDS = 16  # a longer run between equals signs is a sentence or an equation

_ESCAPES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_ESCAPED = re.compile("|".join(_ESCAPES))
_ESCAPED_TAG = re.compile(r"&lt;(?:!--|/?(?:ref|br|small|su[bp]|nowiki|math|gallery|blockquote|div|span|references|center)\b)", re.I)

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_HEADING = re.compile(
    rf"(?:(?<=\s)|^|(?<={HIDDEN}))(={{2,6}})(?!=)[ \t]*"
    rf"((?:[^=\n]|(?<=\w)=(?=\w)|(?<= )=(?= )){{1,{MAX_HEADING}}}?)[ \t]*(?<!=)\1(?!=)(?=\s|$|{HIDDEN})",
    re.M,
)
_SIGNS = (
    re.compile("'''"),
    re.compile(r"\{\{[^{}\n]{1,60}(?:\||\}\})"),
    re.compile(r"\[\["),
    re.compile("<ref"),
    re.compile(rf"(?:{CATEGORY_NAMES}):", re.I),
    re.compile(r"(?:^|[ \n])(={2,5})(?!=)[^=\n]{1,100}(?<!=)\1(?= |$|\n)"),
)
# A sign of structure in the middle of a line: text after a heading, a heading after text, list items side by side, a whole table.
_MID_LINE = re.compile(
    rf"^={{2,6}}[^=\n]{{1,150}}={{2,6}}[ \t]+[^\s{HIDDEN}]|\S ={{2,6}} ?[^=\n]{{1,100}} ?={{2,6}}(?: |$)"
    r"|^[*#] ?\S[^\n]* \*+ ?\S|^(?>[^\n]*?\{\|)[^\n]* \|-[^\n]* \|",  # from the first `{|` of a line alone, as what any finds it finds
    re.M,
)
_PROGRAM = re.compile(r"\bdef \w+\(|\bself\.\w|\breturn (?:self|None|True|False)\b|\bimport \w+ as \w|#include|\bfunction \w*\(|\w\(\)[:;]")
_TITLE = re.compile(r"[\"'“(«]*(?:[A-ZÀ-ÞΑ-ΩА-Я0-9]|[^\x01-\u024f])")
_ABBREVIATED = re.compile(r"\b[A-Z]\.\Z")  # a title may end so, `Return to the U.S.`
_NO_HEADING = re.compile(r"[<>!+*/&|]=|\b(?:if|while|return|and|or)\b *$")
_BEFORE_HEADING = frozenset(".!?:;)]}>\"'”’»…|*。！？」" + HIDDEN)


class Repaired:
    """Wikitext with its lines back."""

    def __init__(self, source: str, text: str, counts: dict[str, int]) -> None:
        self.text = text
        self.counts = counts  # headings, list items, table rows, categories -> how many were put on lines of their own
        self._source = source
        self._places: list[int] = []

    def where(self, at: int) -> int:
        """The position in the source of a position in the repaired text."""
        if not self._places:
            self._places = _aligned(self._source, self.text)
        return self._places[at]


def unescaped(source: str) -> str | None:
    """Wikitext cut out of a dump's XML with its character references, as it was before; None for any other text.

    Nothing in such a text is a sign `<`, and what reads `&lt;ref&gt;` or `&lt;br&gt;` is no example of markup where it stands often.

    >>> unescaped("A is&lt;ref&gt;b &amp;nbsp; c&lt;/ref&gt; d.&lt;ref name=&quot;e&quot; /&gt; f")
    'A is<ref>b &nbsp; c</ref> d.<ref name="e" /> f'
    """
    if "<" in source or "&lt;" not in source or len(_ESCAPED_TAG.findall(source)) < MIN_SIGNS:
        return None
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], source)


def repair(source: str) -> Repaired | None:
    """The text with its structure on lines of its own again; None where it is not collapsed wikitext.

    >>> repair("'''A''' is b.<ref>c</ref> ==See also== * D * E\\n\\n{{stub}}").text
    "'''A''' is b.<ref>c</ref>\\n== See also ==\\n* D\\n* E\\n\\n{{stub}}"
    """
    if not collapsed(source):
        return None
    from pipeline.parsers.wikitext.repair_lines import lines  # its patterns, of categories in all languages, take 20 ms to compile

    counts = {"headings": 0, "table rows": 0, "list items": 0, "categories": 0}
    text = _headings(source, counts)
    text, counts["table rows"] = broken_tables(text)
    text = lines(text, counts)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if not any(counts.values()):
        return None
    return Repaired(source, text, counts)


def collapsed(source: str) -> bool:
    """Whether a text is wikitext whose line ends were lost; the cheap test first."""
    source = source.strip()  # a line end after the last word is no line
    lines = source.count("\n")
    head = source[: len(source) // SAMPLE]
    if head.count("\n") - 2 * len(_BLANK.findall(head)) > MAX_LINE_SHARE * (lines / 2 + 1) + 3:
        return False  # more single line ends at its beginning than the whole may have
    blocks = len(_BLANK.findall(source)) + 1 if lines else 1
    if lines - 2 * (blocks - 1) > MAX_LINE_SHARE * blocks + 1:
        return False
    if sum(bool(sign.search(source)) for sign in _SIGNS) < MIN_SIGNS:
        return False
    if len(_PROGRAM.findall(source)) > MAX_PROGRAM_SIGNS:
        return False
    hidden = mask(source)
    single = len(_BLANK.sub("", hidden).split("\n")) - 1
    return single <= MAX_LINE_SHARE * blocks and (bool(_MID_LINE.search(hidden)) or bool(_MID_LINE.search(mask(source, tables=False))))


def _headings(text: str, counts: dict[str, int]) -> str:
    hidden = mask(text)
    out: list[str] = []
    done = -1  # end of the heading before, if only spaces follow it
    at = 0
    for match in _HEADING.finditer(hidden):
        title = text[match.start(2) : match.end(2)].strip()
        if not title or not _is_heading(text, hidden, match, done):
            continue
        level = match[1]
        out += [text[at : match.start()].rstrip(" "), f"\n{level} {title} {level}\n"]
        at = done = match.end()
        while at < len(text) and text[at] == " ":
            at += 1
        counts["headings"] += 1
    return "".join(out) + text[at:]


def _is_heading(text: str, hidden: str, match: re.Match[str], done: int) -> bool:
    """Whether equals signs around words are a heading: at the start of a block, or after a sentence and with a title between."""
    left = match.start() - 1
    while left >= 0 and text[left] in " \t":
        left -= 1
    if _NO_HEADING.search(text, max(0, left - 12), left + 1):
        return False
    if left < 0 or text[left] == "\n" or left + 1 == done:
        return True
    title = match[2].strip()
    ended = title[-1] in ".;" and not _ABBREVIATED.search(title)
    title_like = bool(_TITLE.match(title)) and not ended and len(title.split()) <= MAX_HEADING_WORDS
    if not title_like:
        return False
    tight = text[match.end(1) : match.end(1) + 1] != " "
    return hidden[left] in _BEFORE_HEADING or (hidden[left].isalnum() and (tight or (len(match[1]) > 1 and title[0].isupper())))


def _aligned(source: str, text: str) -> list[int]:
    """For each position of the repaired text its position in the source: both hold the same signs but for white space and the
    brackets of categories."""
    places: list[int] = []
    at, size = 0, len(source)
    for sign in text:
        if at < size and source[at] != sign and not sign.isspace() and source[at].isspace():
            while at < size and source[at].isspace():
                at += 1
        places.append(at)
        if at < size and (source[at] == sign or (sign == "\n" and source[at].isspace())):
            at += 1
    places.append(size)
    return places
