"""Markup without markup inside, read without the parser: as it would read it, or not at all."""

from __future__ import annotations

import re
from html.entities import entitydefs

from pipeline.parsers.wikitext.bounds import Region
from pipeline.parsers.wikitext.nodes import ENTITY, TEMPLATE, Node, Param

# What may be markup in a flat template: entities, addresses, signs that mean something at the start of a line.
_NOT_FLAT = re.compile(r"[&:](?!\s)|\n[ :]*[=*#;:{|-]")


def template(text: str, region: Region) -> Node | None:
    """A template without markup inside, as the parser reads it; None where the parser has to look."""
    body = text[region.start + 2 : region.end - 2]
    if _NOT_FLAT.search(body):
        return None
    name, *params = body.split("|")
    shown = name.strip()
    if not shown or "\n" in shown:
        return None
    node = Node(TEMPLATE, region.start)
    node.head = [name]
    node.end = region.end
    node.inner = at = region.start + 2
    at += len(name)
    for param in params:
        at += 1
        key, equals, value = param.partition("=")
        if equals:
            given = Param([value] if value else [], at + len(key) + 1)
            given.name = [key] if key else []
        else:
            given = Param([param] if param else [], at)
        node.params.append(given)
        at += len(param)
    return node


def entity(text: str, region: Region) -> Node | None:
    """A named entity, as the parser reads it; None for any other."""
    name = text[region.start + 1 : region.end - 1]
    if name not in entitydefs:
        return None
    node = Node(ENTITY, region.start)
    node.head = [name]
    node.end = region.end
    node.inner = region.start + 1
    return node
