"""Wikitext to a light tree: the only file that touches mwparserfromhell.

mwparserfromhell's C tokenizer is fast; most of the time of its `parse` goes into building `Wikicode` objects. So the token
stream is read here directly, into nodes with nothing but what cleaning needs, and with the place of every node in the source
(which mwparserfromhell does not give). Three doors, tried in this order: the C tokenizer, the Python tokenizer (same tokens),
the public `parse` (its nodes are copied). A test compares the tree with `mwparserfromhell.parse`, node for node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mwparserfromhell import nodes as public
from mwparserfromhell import parse as public_parse
from mwparserfromhell.parser import tokens as kinds

from pipeline.parsers.wikitext import flat, flat_table, nested
from pipeline.parsers.wikitext.bounds import MARKUP, Region
from pipeline.parsers.wikitext.nodes import (
    ARGUMENT,
    COMMENT,
    ENTITY,
    EXTERNAL,
    HEADING,
    LINK,
    TAG,
    TEMPLATE,
    Node,
    Nodes,
    Param,
    Tree,
)

try:
    from mwparserfromhell.parser._tokenizer import CTokenizer as Tokenizer  # type: ignore[import-not-found]  # compiled, without stubs
except ImportError:  # no wheel for this platform, or a release that moved it
    try:
        from mwparserfromhell.parser.tokenizer import Tokenizer
    except ImportError:
        Tokenizer = None

_END = "\x01"  # after a region; no text holds it, see strip.plain_controls
_BETWEEN = f"{_END}\n"
_OPEN = {
    kinds.TemplateOpen: (TEMPLATE, 2),
    kinds.WikilinkOpen: (LINK, 2),
    kinds.ArgumentOpen: (ARGUMENT, 3),
    kinds.CommentStart: (COMMENT, 4),
    kinds.HTMLEntityStart: (ENTITY, 1),
}
_CLOSE = {
    kinds.TemplateClose: 2,
    kinds.WikilinkClose: 2,
    kinds.ArgumentClose: 3,
    kinds.CommentEnd: 3,
    kinds.HTMLEntityEnd: 1,
}
_SEPARATE = {kinds.WikilinkSeparator, kinds.ArgumentSeparator, kinds.ExternalLinkSeparator}


def tree(text: str, *, skip_style: bool = True) -> Tree:
    """The light tree of a text; runs of apostrophes stay text unless `skip_style` is False.

    >>> from pipeline.parsers.wikitext.nodes import KIND_NAMES
    >>> [n if isinstance(n, str) else KIND_NAMES[n.kind] for n in tree("a [[b|c]] {{d|e=f}}").root]
    ['a ', 'wikilink', ' ', 'template']
    """
    if Tokenizer is None:
        return _copied(text, skip_style)
    return _built(Tokenizer().tokenize(text, 0, skip_style), len(text))


def quiet_tree(text: str, regions: Sequence[Region]) -> Tree:
    """The light tree of a text whose regions alone need the parser, see `bounds.bound`.

    What stands between them comes as it is: signs of lists at the start of a line are text here, not nodes.

    >>> from pipeline.parsers.wikitext.nodes import KIND_NAMES
    >>> [n if isinstance(n, str) else KIND_NAMES[n.kind] for n in quiet_tree("* a {{b}} [[c]]", [Region(4, 9, 1), Region(10, 15, 0)]).root]
    ['* a ', 'template', ' ', 'wikilink']
    """
    found: list[Nodes] = []  # the nodes of each region
    parsed: list[Region] = []
    lists: list[Nodes] = []
    for region in regions:
        nodes: Nodes = []
        found.append(nodes)
        start, _, kind = region
        if kind != MARKUP and (node := flat.read(text, region)) is not None:
            nodes.append(node)
            continue
        cells = [(region, nodes)]
        table = None
        if kind == MARKUP and text.startswith("{|", start) and (table := flat_table.table(text, region)) is not None:
            nodes.append(table[0])
            cells = table[1]
        whole = table is None and text[start] not in "{[<&"  # a line whose first sign means something
        for cell, body in cells:
            inside = None if whole else nested.nodes(text, cell.start, cell.end)
            if inside is None:
                parsed.append(cell)
                lists.append(body)
            else:
                body += inside
    if parsed and not _parsed(text, parsed, lists):
        return tree(text)
    root: Nodes = []
    at = 0
    for region, nodes in zip(regions, found, strict=True):
        if region.start > at:
            root.append(text[at : region.start])
        root += nodes
        at = region.end
    if at < len(text):
        root.append(text[at:])
    return Tree(root, True)


def _parsed(text: str, regions: list[Region], lists: list[Nodes]) -> bool:
    """Puts the nodes of each region into its list; False where the parser reads one together with the next.

    One call for all of them: each stands on lines of its own, with a sign between that no text holds.
    """
    if Tokenizer is None:
        return False
    pieces = [text[region.start : region.end] for region in regions]
    tokens = Tokenizer().tokenize(_BETWEEN.join(pieces) + _BETWEEN, 0, True)
    done = _build(tokens, [region.start for region in regions], lists)
    return done.at == -1


def _built(tokens: list[Any], size: int) -> Tree:
    """The tree of a text from its tokens."""
    root: Nodes = []
    done = _build(tokens, [], [root])
    return Tree(root, done.at == size and not done.open)


class _Done(NamedTuple):
    """Where the building of nodes ended."""

    at: int  # in the source; -1 where every region came to its end
    open: int  # nodes that were not closed


def _build(tokens: list[Any], starts: list[int], lists: list[Nodes]) -> _Done:
    """Tokens to nodes, in one loop: it runs once a token, so it is one function, ordered by how often each kind comes.

    `starts` are the places of regions in the source, each with its list to fill; empty for one text.
    """
    here = lists[0]  # the list that is being filled
    stack: list[tuple[Node, Nodes]] = []  # open nodes, each with the list to go back to
    at = starts[0] if starts else 0
    number = 0
    text, separator, equals = kinds.Text, kinds.TemplateParamSeparator, kinds.TemplateParamEquals
    stream = iter(tokens)
    for token in stream:
        kind = type(token)
        if kind is text:
            words = token["text"]
            if starts and _END in words:
                if stack:
                    break
                number, at, here = _regions(words, number, starts, lists, here)
                continue
            here.append(words)
            at += len(words)
        elif kind is separator:
            at += 1
            here = []
            stack[-1][0].params.append(Param(here, at))
        elif kind is equals:
            at += 1
            param = stack[-1][0].params[-1]
            param.name, here = here, []
            param.value, param.start = here, at
        elif kind in _OPEN:
            code, width = _OPEN[kind]
            node = Node(code, at)
            here.append(node)
            stack.append((node, here))
            at += width
            node.inner = at
            here = node.head
            if code == COMMENT:
                node.body = here = []
        elif kind in _CLOSE:
            at += _CLOSE[kind]
            node, here = stack.pop()
            node.end = at
        elif kind in _SEPARATE:
            if kind is not kinds.ExternalLinkSeparator or not token.get("suppress_space"):
                at += 1
            node = stack[-1][0]
            node.inner = at
            node.body = here = []
        else:
            at, here = _rare(token, kind, at, here, stack, stream)
    return _Done(-1 if starts and number == len(starts) else at, len(stack))


def _regions(words: str, number: int, starts: list[int], lists: list[Nodes], here: Nodes) -> tuple[int, int, Nodes]:
    """Text in which regions end: the number of the region that it leads to, the place there, and the list to fill."""
    first, *more = words.split(_BETWEEN)
    if first:
        here.append(first)
    for piece in more:
        number += 1
        if number == len(starts):
            break
        here = lists[number]
        if piece:
            here.append(piece)
    return number, starts[number] + len(more[-1]) if number < len(starts) else -1, here


def _rare(token: Any, kind: Any, at: int, here: Nodes, stack: list[tuple[Node, Nodes]], stream: Any) -> tuple[int, Nodes]:
    """The kinds of tokens that have state: tags, headings, external links, numeric entities. Returns the place and the list to fill."""
    if kind is kinds.TagOpenOpen:
        node = Node(TAG, at)
        node.mark = token.get("wiki_markup")
        here.append(node)
        stack.append((node, here))
        if node.mark is None:
            return at + (2 if token.get("invalid") else 1), node.head
        node.head.append(next(stream)["text"])  # the name is not in the source
        return at + len(node.mark), node.head
    if kind is kinds.TagCloseOpen:
        node = stack[-1][0]
        at += len(token.get("padding") or "") + len(token.get("wiki_markup") or "") + (node.mark is None)
        node.inner, node.body = at, []
        return at, node.body
    if kind is kinds.TagCloseSelfclose:
        node, back = stack.pop()
        at += len(token.get("padding") or "")
        at += len(token.get("wiki_markup") or "") if node.mark is not None else 1 if token.get("implicit") else 2
        node.end = at
        return at, back
    if kind is kinds.TagOpenClose:
        node = stack[-1][0]
        if node.mark is None:
            return at + 2, []
        next(stream)
        closing = token.get("wiki_markup")
        return at + len(node.mark if closing is None else closing), []
    if kind is kinds.TagCloseClose:
        node, back = stack.pop()
        node.end = at + (node.mark is None)
        return node.end, back
    if kind is kinds.TagAttrStart:
        node = stack[-1][0]
        at += len(token.get("pad_first") or "") + len(token.get("pad_before_eq") or "") + len(token.get("pad_after_eq") or "")
        name: Nodes = []
        if node.attributes is None:
            node.attributes = []
        node.attributes.append((name, None))
        return at, name
    if kind is kinds.TagAttrEquals:
        value: Nodes = []
        node = stack[-1][0]
        if node.attributes:
            node.attributes[-1] = (node.attributes[-1][0], value)
        return at + 1, value
    if kind is kinds.TagAttrQuote:
        return at + 2, here
    return _rarer(token, kind, at, here, stack)


def _rarer(token: Any, kind: Any, at: int, here: Nodes, stack: list[tuple[Node, Nodes]]) -> tuple[int, Nodes]:
    if kind is kinds.ExternalLinkOpen:
        node = Node(EXTERNAL, at)
        node.mark = "[" if token.get("brackets") else None
        here.append(node)
        stack.append((node, here))
        return at + (node.mark is not None), node.head
    if kind is kinds.ExternalLinkClose:
        node, back = stack.pop()
        node.end = at + (node.mark is not None)
        return node.end, back
    if kind is kinds.HeadingStart:
        node = Node(HEADING, at)
        node.level = token["level"]
        here.append(node)
        stack.append((node, here))
        node.inner = at + node.level
        node.body = []
        return node.inner, node.body
    if kind is kinds.HeadingEnd:
        node, back = stack.pop()
        node.end = at + node.level
        return node.end, back
    if kind is kinds.HTMLEntityNumeric:
        stack[-1][0].level = 1
    elif kind is kinds.HTMLEntityHex:
        stack[-1][0].level = 2
    return at + 1, here


def _copied(text: str, skip_style: bool) -> Tree:
    """The tree by way of the public interface: several times slower, independent of internal names; places are not known."""
    return Tree(_nodes(public_parse(text, skip_style_tags=skip_style)), False)


def _nodes(code: Any) -> Nodes:
    found: Nodes = []
    for item in code.nodes if code is not None else ():
        found.append(str(item) if isinstance(item, public.Text) else _node(item))
    return found


def _node(item: Any) -> Node:
    if isinstance(item, public.Template):
        node = Node(TEMPLATE, -1)
        node.head = _nodes(item.name)
        for given in item.params:
            param = Param(_nodes(given.value), -1)
            param.name = _nodes(given.name) if given.showkey else None
            node.params.append(param)
    elif isinstance(item, public.Wikilink):
        node = Node(LINK, -1)
        node.head, node.body = _nodes(item.title), None if item.text is None else _nodes(item.text)
    elif isinstance(item, public.ExternalLink):
        node = Node(EXTERNAL, -1)
        node.head, node.body = _nodes(item.url), None if item.title is None else _nodes(item.title)
        node.mark = "[" if item.brackets else None
    elif isinstance(item, public.Heading):
        node = Node(HEADING, -1)
        node.body, node.level = _nodes(item.title), item.level
    elif isinstance(item, public.Comment):
        node = Node(COMMENT, -1)
        node.body = [str(item.contents)]
    elif isinstance(item, public.HTMLEntity):
        node = Node(ENTITY, -1)
        node.head, node.level = [str(item.value)], 0 if item.named else 2 if item.hexadecimal else 1
    elif isinstance(item, public.Argument):
        node = Node(ARGUMENT, -1)
        node.head, node.body = _nodes(item.name), None if item.default is None else _nodes(item.default)
    else:
        node = Node(TAG, -1)
        node.head, node.mark = _nodes(item.tag), item.wiki_markup
        node.body = None if item.self_closing else _nodes(item.contents)
        node.attributes = [(_nodes(a.name), None if a.value is None else _nodes(a.value)) for a in item.attributes]
    return node
