"""Data that a page carries for machines: JSON-LD, read as tolerantly as search engines read it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pipeline.parsers.html.page import Page

MEDIA_TYPE: Final = "application/ld+json"
MAX_SCRIPT: Final = 4_000_000  # characters of one data script that are read
MAX_NODES: Final = 20_000  # objects of one page that are looked at: a bound for hostile data, real pages have dozens

_WRAPPING = re.compile(
    r"\A\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>|;)\s*\Z"
)
_TRAILING_COMMA = re.compile(r",(?=\s{0,1000}[}\]])")
_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None)

MAX_TEXTS: Final = 200  # texts of one page: a bound for hostile data

_TEXTS: Final = {
    **dict.fromkeys("Article NewsArticle BlogPosting TechArticle Report ReportageNewsArticle Recipe".split(), ("articleBody",)),
    **dict.fromkeys("Product ProductGroup".split(), ("description",)),
    **dict.fromkeys("DiscussionForumPosting Question Answer Comment SocialMediaPosting".split(), ("text", "articleBody")),
}
_INSIDE: Final = ("acceptedAnswer", "suggestedAnswer", "comment")
_TAGS = re.compile(r"<[^<>]{1,500}>")


def load(text: str) -> list[Any]:
    """The values of one data script; empty where it is no JSON at all.

    >>> load('<!-- {"headline": "A\\tb", } -->')
    [{'headline': 'A\\tb'}]
    """
    text = text.strip()
    if not text or len(text) > MAX_SCRIPT:
        return []
    try:
        return [_DECODER.decode(text)]
    except (ValueError, RecursionError):
        pass
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip()
    for attempt in (text, _TRAILING_COMMA.sub("", text), _unescaped(_TRAILING_COMMA.sub("", text))):
        values = _sequence(attempt)
        if values:
            return values
    return []


def _sequence(text: str) -> list[Any]:
    """Values that stand one after another, up to the first that is broken."""
    values: list[Any] = []
    at = 0
    while at < len(text) and len(values) < 100:
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        values.append(value)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return values


def nodes(scripts: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Objects of all JSON-LD scripts of a page in document order: those at the top, in arrays and in `@graph`."""
    found: list[dict[str, Any]] = []
    waiting: list[Any] = []
    for kind, text in scripts:
        if kind == MEDIA_TYPE:
            waiting += load(text)
    waiting.reverse()
    while waiting and len(found) < MAX_NODES:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value[:MAX_NODES])
        elif isinstance(value, dict):
            found.append(value)
            for name in ("mainEntity", "mainEntityOfPage", "@graph"):
                inner = value.get(name)
                if isinstance(inner, (list, dict)):
                    waiting.append(inner)
    return found


def described(page: Page) -> list[dict[str, Any]]:
    """The objects of a page's JSON-LD, read once."""
    if page.described is None:
        page.described = nodes(page.data_scripts) if page.data_scripts else []
    return page.described


def texts(page: Page) -> list[str]:
    """Texts that are content, as the page states them: bodies of articles, descriptions of products, posts of threads."""
    found: dict[str, None] = {}
    waiting: list[Any] = list(reversed(described(page)))
    while waiting and len(found) < MAX_TEXTS:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node[:MAX_TEXTS])
        elif isinstance(node, dict):
            for name in types(node):
                for key in _TEXTS.get(name, ()):
                    if isinstance(node.get(key), str):
                        found[node[key]] = None
            waiting += [node[key] for key in reversed(_INSIDE) if isinstance(node.get(key), (dict, list))]
    return list(found)


def without_tags(text: str) -> str:
    """A stated text without the markup that some pages leave in it."""
    return _TAGS.sub(" ", _unescaped(text))


def types(node: dict[str, Any]) -> list[str]:
    """The types of an object, without the vocabulary's address."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return [name.rpartition("/")[2] for name in names if isinstance(name, str)]


def string(value: Any) -> str:
    """A text out of the forms that a property takes: plain, `{"@value": ...}`, a list of these."""
    for _ in range(4):
        if isinstance(value, str):
            return " ".join(_unescaped(value).split())
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name") or value.get("@id") or value.get("url")
        else:
            break
    return ""


def named(found: list[dict[str, Any]]) -> dict[str, str]:
    """The names of a page's objects by their `@id`: others say no more of them than that."""
    return {node["@id"]: name for node in reversed(found) if isinstance(node.get("@id"), str) and (name := string(node.get("name")))}


def names(value: Any, known: Mapping[str, str]) -> list[str]:
    """Names of persons and organisations out of the forms that `author` takes; `known` are those that the page gives elsewhere.

    >>> names(["B. Doe", {"@id": "#a"}, {"name": "C. Roe"}, {"@id": "#z"}], {"#a": "A. Poe"})
    ['B. Doe', 'A. Poe', 'C. Roe']
    """
    out: list[str] = []
    for item in (value if isinstance(value, list) else [value])[:50]:
        own = item.get("name") or known.get(string(item.get("@id"))) if isinstance(item, dict) else item
        name = string(own)
        if name and not name.startswith(("http://", "https://", "#")) and name not in out:
            out.append(name)
    return out


def _unescaped(text: str) -> str:
    """A text with its character references decoded; as it is where one is a number of thousands of digits, which none can be.

    >>> _unescaped("a &lt; b"), _unescaped("&#" + "1" * 5000 + ";")[:5]
    ('a < b', '&#111')
    """
    try:
        return html.unescape(text)
    except ValueError:
        return text
