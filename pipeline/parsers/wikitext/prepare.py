"""Markup of extensions that the parser would misread, turned into what it reads, at the same length: every position holds."""

from __future__ import annotations

import re

# A function whose first argument holds links or lines, `{{#ask: [[Category:Rivers]] | ...}}`, `{{DEFAULTSORT:` with the words below:
# to the parser that is a template's name, in which it takes neither.
_FUNCTION = re.compile(r"\{\{#[\w-]{1,40}\s*:(?=[^{}|]*(?:\[\[|\n))(?:[^{}|\[]|\[\[[^\[\]{}]*\]\])*")
_NO_NAME = str.maketrans("[]|\n", "    ")
_VARIABLE = re.compile(r"(\{\{[^\W\d_]{4,40}:)([ \t]*\n\s*)(?=[^\s{}|])")
# Tabs: `|-|Title=` begins one, `<tabber>Title=` the first. Source: https://www.mediawiki.org/wiki/Extension:TabberNeue
_TAB = re.compile(r"\|-\|(\s*[^\s\n=|{}\[\]<>][^\n=|{}\[\]<>]{0,80})=")
_FIRST_TAB = re.compile(r"(<tabber[^<>]*>(?:\s*[^\s\n=|{}\[\]<>][^\n=|{}\[\]<>]{0,80})?)(=|(?=\s*\|-\|))", re.I)
# Links that state a fact, `[[capital of::Northland]]`: only where a page has other signs of it, as titles may hold two colons.
# Source: https://www.semantic-mediawiki.org/wiki/Help:In-text_annotation
_SEMANTIC = ("{{#ask", "{{#set", "{{#show", "{{#subobject", "[[Has ", "[[has ", "[[Property:")


def prepared(text: str) -> str:
    """The text with functions and tabs as the parser reads them.

    >>> prepared("{{#ask: [[A::b|c]] |?D}}"), prepared("<tabber>\\n|-|One=\\nX</tabber>")
    ('{{#ask:   A::b c   |?D}}', '<tabber>\\n\\n\\n One\\n\\nX</tabber>')
    """
    if text.rfind("{{#") >= 0:  # a third of the time of `in`
        text = _FUNCTION.sub(lambda m: m[0].translate(_NO_NAME), text)
    if text.rfind(":\n") >= 0:
        text = _VARIABLE.sub(lambda m: m[1] + (" " * len(m[2]) if m[1].isupper() else m[2]), text)
    if text.rfind("|-|") >= 0 and _FIRST_TAB.search(text):
        text = _TAB.sub(lambda m: f"\n\n {m[1]}\n", _FIRST_TAB.sub(lambda m: m[1] + "\n" * len(m[2]), text))
    return text


def is_semantic(text: str) -> bool:
    """Whether links of a page state facts of Semantic MediaWiki."""
    return any(text.rfind(sign) >= 0 for sign in _SEMANTIC)
