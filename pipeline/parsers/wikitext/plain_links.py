"""Plain links kept out of the parser's way.

Most links of a page are `[[Title]]` or `[[Title|words]]` in the main namespace, with nothing inside. For the parser each costs
four tokens and a node; as text of the same length, under other signs, they cost nothing until the passage they stand in is
finished, where one pattern finds them again. Everything else between double brackets is left for the parser.
"""

from __future__ import annotations

import re

OPEN, BAR, CLOSE = "\x13", "\x15", "\x14"  # `[` of the opener, `|`, `]` of the closer

# Words that may be an address, or a border of table cells, are the parser's to read: no colon, slash or exclamation mark.
_TITLE = r"[^\s\[\]{}<>|:#=&%'/\x00-\x1f][^\[\]{}<>|:#=&%'/!\x00-\x1f]*+(?<! )"
_WORDS = r"[^\s\[\]{}<>|:=&/!\x00-\x1f][^\[\]{}<>|:=&/!\x00-\x1f]*+(?<! )"
_LINK = re.compile(rf"\[\[({_TITLE})(?:\|({_WORDS}))?+\]\](?!\])")

_OPENED, _CLOSED = OPEN + OPEN, CLOSE + CLOSE


def hide(text: str) -> str:
    """The text at the same length, its plain links under signs that are no markup.

    >>> hide("a [[B]] [[C|d]] [[File:E]]").translate({19: "(", 20: ")", 21: "/"})
    'a ((B)) ((C/d)) [[File:E]]'
    """
    if "[[" not in text:
        return text
    pieces = _LINK.split(text)  # text, title, words, text, ...: half the time of a function for each link
    out: list[str] = []
    put = out.append
    stream = iter(pieces)
    for before, title, words in zip(stream, stream, stream, strict=False):
        put(f"{before}{_OPENED}{title}{_CLOSED}" if words is None else f"{before}{_OPENED}{title}{BAR}{words}{_CLOSED}")
    out.append(pieces[-1])
    return "".join(out)
