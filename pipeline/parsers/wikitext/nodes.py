"""The light tree of a text: nodes with nothing but what cleaning needs, and the place of each."""

from __future__ import annotations

from typing import TypeAlias

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
