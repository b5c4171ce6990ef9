"""Markup inside markup, read without the parser where all of it is closed and plain: an infobox with its templates, a picture with links
in its caption, a cell with a line break.

The signs are those that `bounds.bound` goes through. Whatever is not certain to read as the parser reads it (lists and headings inside
a template, addresses, entities nobody knows, a run of three brackets) is left for the parser, the whole piece.
"""

from __future__ import annotations

import re

from pipeline.parsers.wikitext import flat
from pipeline.parsers.wikitext.bounds import ENTITY, FLAT_LINK, FLAT_TAG, FLAT_TEMPLATE, SCAN, Region
from pipeline.parsers.wikitext.data import known
from pipeline.parsers.wikitext.nodes import EXTERNAL, LINK, TAG, TEMPLATE, Node, Nodes, Param

MAX_NAME = 40  # code points in which the name of a citation template ends: a longer one is left for the parser
MAX_OPEN = 40  # templates and links inside one another: deeper is abuse, and the parser's own limit is 40
_LINE_SIGN = re.compile(r"\n(?:[=*#:;]|----)")
_NO_NAME = re.compile(r"[\[\]{}<>]")
_NO_TITLE = re.compile(r"[\[\]{}<>&\n]|://")
_EXTERNAL = re.compile(
    r"\[((?:https?:)?//(?:[^\s\[\]{}<>&'|\x00-\x1f]|&(?!#?\w+;))++)(?: ((?:[^\[\]{}<>&|\n:]|:(?= )|&(?!#?\w+;))*+))?\]"
)
_ODD_CLOSERS = re.compile(r"\](?!\](?!\]))")  # behind `]]`: another pair is the next link's, anything else the parser's to read
_END_OF_ADDRESS = re.compile(r"[\s|]")  # markup before it is a part of the address to the parser
_TAGS = ("blockquote", "small", "center", "big", "code", "sub", "sup", "b", "i", "u", "s")
_OPENS = frozenset(f"<{name}>" for name in _TAGS)
_CLOSES = {"]]": "[[", **{f"</{name}>": f"<{name}>" for name in _TAGS}}
_BREAK = re.compile(r"<([bB][rR])[ \t]*/?>")


def nodes(text: str, start: int, end: int) -> Nodes | None:
    """The nodes of a stretch of text; None where the parser has to look.

    >>> [n if isinstance(n, str) else (n.start, n.end) for n in nodes("{{a|{{b}} c}} d", 0, 15)]
    [(0, 13), ' d']
    >>> nodes("{{a|\\n* b}}", 0, 10)
    """
    if "\n" in text[start:end] and _LINE_SIGN.search(text, start, end):
        return None
    here: Nodes = []
    stack: list[tuple[int, str, Nodes]] = []  # openers: where, which sign, and the list to go back to
    at, address = start, -1  # address: where one began in a citation, until what ends it is seen
    for match in SCAN.finditer(text, start, end):
        begin, stop = match.span()
        if begin < at:  # inside an address
            continue
        sign = match[0]
        first = sign[0]
        if first == ":" and stack and stack[-1][1] == "{{" and _is_citation(text, here, at):
            address = begin
            continue
        if address >= 0 and first != "}" and _END_OF_ADDRESS.search(text, address, begin) is None:
            return None
        address = -1
        if begin > at:
            words = text[at:begin]
            if stack and ("{" in words or "}" in words):
                return None
            here.append(words)
        if sign == "{{" or sign == "[[" or sign in _OPENS:
            if (first != "<" and text[stop : stop + 1] == first) or len(stack) == MAX_OPEN:
                return None
            stack.append((begin, sign, here))
            here = []
            at = stop
            continue
        if first == "}" or sign in _CLOSES:
            outer = None if first == "]" and _ODD_CLOSERS.match(text, stop) else _closed(sign, begin, stack, here)
            if outer is None:
                return None
            here = outer
            at = stop
            continue
        node = _single(text, match, begin, stop)
        if node is None:
            return None
        here.append(node)
        at = node.end
    if stack:
        return None
    if at < end:
        here.append(text[at:end])
    return here


def _closed(sign: str, at: int, stack: list[tuple[int, str, Nodes]], inside: Nodes) -> Nodes | None:
    """Ends a tag or a link, or a template for each pair of braces; returns the list that goes on, None where the parser has to look."""
    opener = _CLOSES.get(sign, "{{")
    width = len(sign) if sign in _CLOSES else 2
    if len(sign) % width:
        return None
    for end in range(at + width, at + len(sign) + 1, width):
        if not stack or stack[-1][1] != opener:
            return None
        start, _, outer = stack.pop()
        if opener[0] == "<":
            node: Node | None = _tag(start, end, opener, inside)
        else:
            node = (_template if opener == "{{" else _link)(start, end, inside)
        if node is None:
            return None
        inside = outer
        inside.append(node)
    return inside


def _is_citation(text: str, inside: Nodes, at: int) -> bool:
    """Whether a template that is open is a citation, whose addresses are its fields, see flat.py; `at` is where its last words begin."""
    first = inside[0] if inside else text[at : at + MAX_NAME]
    return isinstance(first, str) and known(first.partition("|")[0]).rule == "citation"


def _single(text: str, match: re.Match[str], start: int, stop: int) -> Node | None:
    """The node of a sign that is markup by itself."""
    sign = match[0]
    first, last = sign[0], sign[-1]
    if first == "{" and last == "}":
        return flat.read(text, Region(start, stop, FLAT_TEMPLATE)) or _closed_template(text, start, stop)
    if first == "[":
        if match[1] is not None:
            return _external(text, start)
        return flat.read(text, Region(start, stop, FLAT_LINK)) if last == "]" else None
    if first == "&":
        return flat.read(text, Region(start, stop, ENTITY))
    if match[2] is not None:
        return flat.read(text, Region(start, stop, FLAT_TAG))
    if first == "<" and (found := _BREAK.fullmatch(sign)):
        return Node(TAG, start, [found[1]], stop)
    return None


def _closed_template(text: str, start: int, stop: int) -> Node | None:
    """A template without templates inside that holds entities."""
    inside: Nodes = []
    at = start + 2
    for match in SCAN.finditer(text, at, stop - 2):
        node = flat.read(text, Region(match.start(), match.end(), ENTITY)) if match[0][0] == "&" else None
        if node is None:
            return None
        if node.start > at:
            inside.append(text[at : node.start])
        inside.append(node)
        at = node.end
    if at < stop - 2:
        inside.append(text[at : stop - 2])
    return _template(start, stop, inside)


def _external(text: str, start: int) -> Node | None:
    """`[http://... words]`."""
    found = _EXTERNAL.match(text, start)
    if found is None:
        return None
    words = found[2]
    if words is None:
        return Node(EXTERNAL, start, [found[1]], found.end(), mark="[")
    return Node(EXTERNAL, start, [found[1]], found.end(), found.start(2), [words] if words else [], "[")


def _tag(start: int, stop: int, opener: str, inside: Nodes) -> Node:
    """`<small>...</small>` with markup inside."""
    return Node(TAG, start, [opener[1:-1]], stop, start + len(opener), inside)


def _link(start: int, stop: int, inside: Nodes) -> Node | None:
    """`[[title|words]]` with markup among its words."""
    first = inside[0] if inside else ""
    if not isinstance(first, str):
        return None
    title, bar, words = first.partition("|")
    if not title.strip() or _NO_TITLE.search(title) or title.startswith("//") or (not bar and len(inside) > 1):
        return None
    if not bar:
        return Node(LINK, start, [title], stop, start + 2)
    return Node(LINK, start, [title], stop, start + 3 + len(title), [words, *inside[1:]] if words else inside[1:])


def _template(start: int, stop: int, inside: Nodes) -> Node | None:
    """`{{name|parameter|key=value}}` with markup in its parameters."""
    first = inside[0] if inside else ""
    if not isinstance(first, str):
        return None
    name, bar, rest = first.partition("|")
    shown = name.strip()
    if not shown or "\n" in shown or _NO_NAME.search(name) or (not bar and len(inside) > 1):
        return None
    node = Node(TEMPLATE, start, [name], stop, start + 2)
    if not bar:
        return node
    at = start + 3 + len(name)
    param = Param([], at)
    node.params.append(param)
    for piece in (rest, *inside[1:]):
        if not isinstance(piece, str):
            param.value.append(piece)
            at = piece.end
            continue
        for number, part in enumerate(piece.split("|")):
            if number:
                at += 1
                param = Param([], at)
                node.params.append(param)
            if param.name is None and "=" in part:
                if param.value:  # a name with markup in it
                    return None
                key, _, value = part.partition("=")
                param.name = [key] if key else []
                param.start = at + len(key) + 1
            else:
                value = part
            if value:
                param.value.append(value)
            at += len(part)
    return node
