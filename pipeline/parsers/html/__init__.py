"""HTML, whole pages and fragments: passages with structure, main content, page metadata, no tracking.

The way of a page: `drivers` read events into a `page.Page`; `rules` and `main_content` say which passages go; `drafts` write
those that stay; `page_metadata` reads what the page says of itself; `document` puts it together.
"""

from __future__ import annotations

import re

from pipeline.model import Document, RawDocument

NAME = "html"
VERSION = "13"
MEDIA_TYPE = "text/html"
IDENTITY = ("url", "title", "path")

_ENDINGS = (".html", ".htm", ".xhtml", ".shtml")
_WHOLE = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head)\b", re.I | re.S)
_TAG = re.compile(
    r"</?(?:a|p|div|span|br|b|i|u|em|strong|ul|ol|li|dl|dt|dd|h[1-6]|table|tr|td|th|tbody|img|section|article|main|nav|header|footer|aside|"
    r"blockquote|pre|figure|figcaption|form|input|button|script|style|meta|link|title|body|font|center|iframe|noscript|svg|sup|sub)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.I,
)
_NOTES = (".md", ".markdown")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?:.*\r?\n){0,20}?[\w-][\w .-]{0,40}:(?:[ \t]|\r?\n)")
RARE = 0.002  # share of tags in a text below which they are slips or talk of tags: read as a page its paragraphs would run together
RARE_TAGS = 0.2  # score of such a text
NOTE_PENALTY = 0.3  # Markdown may be mostly HTML: its name decides, unless it starts as a whole page
_MARKUP_ELSEWHERE = re.compile(r"\[\[|\{\{|^(?:=+ .* =+|#{1,6} |---$|[-*] |\d+\. |> )", re.M)


def detect(head: str, path: str) -> tuple[float, list[str]]:
    """A whole page is certain; a fragment is judged by how much of it is tags, and by what other markup stands beside them."""
    reasons: list[str] = []
    if _WHOLE.match(head):
        return 0.98, ["starts as an HTML page"]
    named = path.lower().endswith(_ENDINGS)
    if named:
        reasons.append("the file's ending is that of a page")
    tags = _TAG.findall(head)
    if not tags:
        return (0.6 if named else 0.0), reasons
    share = sum(map(len, tags)) / max(1, len(head))
    reasons.append(f"{len(tags)} HTML tags, {share:.0%} of the text")
    if share < RARE and not named:
        return RARE_TAGS, reasons
    score = 0.45 + min(0.4, 2 * share) + (0.1 if len(tags) >= 3 else 0.0)
    if _FRONT_MATTER.match(head) and not named:
        return RARE_TAGS, [*reasons, "front matter, which only notes and sites have"]
    if head.lstrip().startswith("<"):
        score += 0.05
        reasons.append("starts with a tag")
    others = len(_MARKUP_ELSEWHERE.findall(head))
    if others > len(tags) / 4 and not named:
        score -= min(0.6, 0.3 + others / max(1, len(tags)))
        reasons.append("more markup of another kind than tags")
    if path.lower().endswith(_NOTES):
        score -= NOTE_PENALTY
        reasons.append("the file's ending is that of a note, which may hold HTML")
    return max(0.0, min(0.95, score + (0.3 if named else 0.0))), reasons


def parse(raw: RawDocument) -> Document:
    """The cleaned document of a page or fragment."""
    from pipeline.parsers.html import document

    return document.parse(raw)
