"""The light tree of a text: nodes with nothing but what cleaning needs, and the place of each."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

TEMPLATE, LINK, EXTERNAL, HEADING, COMMENT, TAG, ENTITY, ARGUMENT = range(8)
KIND_NAMES = ("template", "wikilink", "external link", "heading", "comment", "tag", "entity", "argument")

Nodes: TypeAlias = "list[Node | str]"


class Param(msgspec.Struct, eq=False):  # a Struct is made in a third of the time of a class, and there are tens of thousands a page
    """A parameter of a template; `start` is where its value starts in the source."""

    value: Nodes
    start: int
    name: Nodes | None = None  # None where the parameter is positional


class Node(msgspec.Struct, eq=False):
    """A node of the light tree. What the fields hold depends on `kind`:

    template: head = name, params · wikilink: head = title, body = text or None · external link: head = URL, body = title or
    None, mark = "[" where it has brackets · heading: body = title, level · comment: body · entity: head = its letters,
    level = 0 named, 1 decimal, 2 hexadecimal · argument: head = name, body = default or None · tag: head = name, body = contents
    or None where it has none, mark = the wiki markup that stands for it, attributes.
    """

    kind: int
    start: int  # first code point in the source
    head: Nodes = []
    end: int = -1  # one past the last
    inner: int = -1  # where `body` starts
    body: Nodes | None = None
    mark: str | None = None
    level: int = 0
    attributes: list[tuple[Nodes, Nodes | None]] | None = None
    written: str | None = None  # of a template read flat: what stands after its name's bar
    _params: list[Param] | None = None

    @property
    def params(self) -> list[Param]:
        """The parameters of a template; one that was read flat has them split when they are first asked for, which half are not."""
        found = self._params
        if found is None:
            start = self.inner + len(self.head[0]) + 1 if self.written is not None and isinstance(self.head[0], str) else 0
            found = self._params = [] if self.written is None else _split(self.written, start)
        return found


def _split(written: str, at: int) -> list[Param]:
    """The parameters of a template without markup inside; `at` is where they start in the source."""
    found: list[Param] = []
    for param in written.split("|"):
        key, equals, value = param.partition("=")
        if equals:
            found.append(Param([value] if value else [], at + len(key) + 1, [key] if key else []))
        else:
            found.append(Param([param] if param else [], at))
        at += len(param) + 1
    return found


class Tree:
    """The nodes of a text; `exact` says that their places add up to the length of the text."""

    __slots__ = ("exact", "root")

    def __init__(self, root: Nodes, exact: bool) -> None:
        self.root = root
        self.exact = exact


def split_parts(nodes: Nodes) -> list[Nodes]:
    """Nodes split at every `|` of their own text."""
    parts: list[Nodes] = [[]]
    for node in nodes:
        text = node if type(node) is str else _bare_address(node)
        if "|" in text:
            first, *rest = text.split("|")
            parts[-1].append(first if type(node) is str else _shortened(node, first))
            parts.extend([piece] for piece in rest)
        else:
            parts[-1].append(node)
    return parts


def _bare_address(node: Node | str) -> str:
    """An address without brackets, which the parser reads on to the next space; empty for any other node."""
    if isinstance(node, str) or node.kind != EXTERNAL or node.mark is not None or len(node.head) != 1:
        return ""
    return node.head[0] if isinstance(node.head[0], str) else ""


def _shortened(node: Node | str, address: str) -> Node:
    """A bare address that ends sooner."""
    start = -1 if isinstance(node, str) else node.start
    found = Node(EXTERNAL, start)
    found.head, found.body, found.mark = [address], None, None
    found.end = start + len(address) if start >= 0 else -1
    return found
