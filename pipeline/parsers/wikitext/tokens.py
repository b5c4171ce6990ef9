"""Wikitext to a light tree: the only file that touches mwparserfromhell.

mwparserfromhell's C tokenizer is fast; most of the time of its `parse` goes into building `Wikicode` objects. So the token
stream is read here directly, into nodes with nothing but what cleaning needs, and with the place of every node in the source
(which mwparserfromhell does not give). Three doors, tried in this order: the C tokenizer, the Python tokenizer (same tokens),
the public `parse` (its nodes are copied). A test compares the tree with `mwparserfromhell.parse`, node for node.
"""

from __future__ import annotations

import gc
from typing import Any, TypeAlias

from mwparserfromhell import nodes as public
from mwparserfromhell import parse as public_parse
from mwparserfromhell.parser import tokens as kinds

try:
    from mwparserfromhell.parser._tokenizer import CTokenizer as Tokenizer  # type: ignore[import-not-found]  # compiled, without stubs
except ImportError:  # no wheel for this platform, or a release that moved it
    try:
        from mwparserfromhell.parser.tokenizer import Tokenizer
    except ImportError:
        Tokenizer = None

TEMPLATE, LINK, EXTERNAL, HEADING, COMMENT, TAG, ENTITY, ARGUMENT = range(8)
KIND_NAMES = ("template", "wikilink", "external link", "heading", "comment", "tag", "entity", "argument")

Nodes: TypeAlias = "list[Node | str]"


class Param:
    """A parameter of a template; `start` is where its value starts in the source."""

    __slots__ = ("name", "start", "value")

    def __init__(self, value: Nodes, start: int) -> None:
        self.name: Nodes | None = None  # None where the parameter is positional
        self.value = value
        self.start = start


class Node:
    """A node of the light tree. What the slots hold depends on `kind`:

    template: head = name, params · wikilink: head = title, body = text or None · external link: head = URL, body = title or
    None, mark = "[" where it has brackets · heading: body = title, level · comment: body · entity: head = its letters,
    level = 0 named, 1 decimal, 2 hexadecimal · argument: head = name, body = default or None · tag: head = name, body = contents
    or None where it has none, mark = the wiki markup that stands for it, attributes.
    """

    __slots__ = ("attributes", "body", "end", "head", "inner", "kind", "level", "mark", "params", "start")

    def __init__(self, kind: int, start: int) -> None:
        self.kind = kind
        self.start = start  # first code point in the source
        self.end = -1  # one past the last
        self.inner = -1  # where `body` starts
        self.head: Nodes = []
        self.body: Nodes | None = None
        self.params: list[Param] = []
        self.mark: str | None = None
        self.level = 0
        self.attributes: list[tuple[Nodes, Nodes | None]] = []


class Tree:
    """The nodes of a text; `exact` says that their places add up to the length of the text."""

    __slots__ = ("exact", "root")

    def __init__(self, root: Nodes, exact: bool) -> None:
        self.root = root
        self.exact = exact


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

    The garbage collector rests meanwhile: tens of thousands of tokens and nodes are made and none of them is garbage, so its
    passes over them cost a third of the time and free nothing.

    >>> [n if isinstance(n, str) else KIND_NAMES[n.kind] for n in tree("a [[b|c]] {{d|e=f}}").root]
    ['a ', 'wikilink', ' ', 'template']
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        if Tokenizer is None:
            return _copied(text, skip_style)
        return _built(Tokenizer().tokenize(text, 0, skip_style), len(text))
    finally:
        if collecting:
            gc.enable()


def _built(tokens: list[Any], size: int) -> Tree:
    """Tokens to nodes, in one loop: it runs once a token, so it is one function, ordered by how often each kind comes."""
    root: Nodes = []
    here = root  # the list that is being filled
    stack: list[tuple[Node, Nodes]] = []  # open nodes, each with the list to go back to
    at = 0
    text, separator, equals = kinds.Text, kinds.TemplateParamSeparator, kinds.TemplateParamEquals
    stream = iter(tokens)
    for token in stream:
        kind = type(token)
        if kind is text:
            words = token["text"]
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
    return Tree(root, at == size and not stack)


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
        node.attributes.append((name, None))
        return at, name
    if kind is kinds.TagAttrEquals:
        value: Nodes = []
        node = stack[-1][0]
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
