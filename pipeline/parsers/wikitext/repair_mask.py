"""Hides what repair must not touch."""

from __future__ import annotations

import re

HIDDEN = "\x00"  # stands for every hidden character; the parser's input never holds it

_OPENS = re.compile(
    r"<!--|<(nowiki|math|pre|code|syntaxhighlight|source|ref|gallery|timeline|chem|score|poem)\b[^<>]*>|</?[a-zA-Z][^<>]*>", re.I
)
_PAIRS = re.compile(r"\{\||\{\{+|\}\}+|\|\}(?!\})|\[\[|\]\]")
_KIND = {"{|": "|", "|}": "|", "[[": "[", "]]": "["}


def mask(text: str, *, tables: bool = True) -> str:
    """The text at the same length, with comments, tags and their protected contents, templates, links and (if asked) tables hidden.

    >>> mask("a {{b|c}} d").replace(HIDDEN, "~")
    'a ~~~~~~~ d'
    """
    text = _hidden(text, _raw_spans(text))
    return _hidden(text, _pair_spans(text, tables))


def _hidden(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with the outermost of these spans hidden."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= at:
            parts += [text[at:start], HIDDEN * (end - start)]
            at = end
        elif end > at:
            parts.append(HIDDEN * (end - at))
            at = end
    return "".join(parts) + text[at:]


def _raw_spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    low = text.lower()
    never: set[str] = set()  # closers that do not come any more
    match = _OPENS.search(text)
    while match is not None:
        end = match.end()
        tag = match[1].lower() if match[1] else ""
        closer = "-->" if match[0] == "<!--" else f"</{tag}" if tag and match[0][-2] != "/" else ""
        if closer and closer not in never:
            found = low.find(closer, end)
            if found < 0:
                never.add(closer)
            else:
                stop = found + 3 if closer == "-->" else text.find(">", found) + 1
                end = stop or end
        if match[0] != "<!--" or end > match.end():
            spans.append((match.start(), end))
        match = _OPENS.search(text, end)
    return spans


def _pair_spans(text: str, tables: bool) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    opened = {"|": 0, "{": 0, "[": 0}
    for match in _PAIRS.finditer(text):
        sign, at = match[0], match.start()
        kind = _KIND.get(sign, "{")
        if kind == "|" and not tables:
            continue
        if sign[0] in "{[":
            for step in range(len(sign) // 2):
                stack.append((kind, at + 2 * step))
                opened[kind] += 1
            continue
        for step in range(len(sign) // 2 if kind == "{" else 1):
            if not opened[kind] or (kind == "|" and stack[-1][0] == "{"):
                break
            while True:
                top, start = stack.pop()
                opened[top] -= 1
                if top == kind:
                    break
            spans.append((start, at + 2 * (step + 1)))
    return spans
