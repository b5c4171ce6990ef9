"""The last resort: words of a page without its structure, in linear time, for text that the parser cannot take."""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.inline import tidy
from pipeline.text.layout import Draft
from pipeline.text.unicode import normalize

_COMMENT = re.compile(r"<!--[^>]*-->")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_EXTERNAL = re.compile(r"\[https?://[^\s\]]+ ?([^\[\]\n]*)\]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LINE_MARK = re.compile(r"(?m)^[*#:;=|!]+|=+[ \t]*$")
_SIGNS = re.compile(r"[{}\[\]|<>\x05\x06\x10-\x12]+")
ROUNDS = 3  # nested templates and links that are taken off, innermost first: each round is one pass over the text


def degraded(text: str) -> list[Draft]:
    """Paragraphs of a text with the signs of wikitext taken off.

    >>> [d.text for d in degraded("{{a|b}} '''Word''' [[c|d]] {{x\\n\\n* e")]
    ['Word d x', 'e']
    """
    text = _COMMENT.sub(" ", text)
    for _ in range(ROUNDS):
        text = _LINK.sub(r"\1", _TEMPLATE.sub(" ", text))
    text = _LINE_MARK.sub("", _TAG.sub(" ", _EXTERNAL.sub(r"\1", text)))
    passages = (tidy(_SIGNS.sub(" ", part), False) for part in re.split(r"\n\s*\n", text))
    return [Draft("paragraph", clean) for passage in passages if (clean := normalize(passage).strip())]
