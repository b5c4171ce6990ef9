"""Markup without markup inside, read without the parser: as it would read it, or not at all."""

from __future__ import annotations

import re
from html.entities import entitydefs

from pipeline.parsers.wikitext.bounds import ADDRESS, FLAT_LINK, FLAT_TAG, FLAT_TEMPLATE, HEADING_LINE, Region
from pipeline.parsers.wikitext.bounds import ENTITY as ENTITY_REGION
from pipeline.parsers.wikitext.data import known
from pipeline.parsers.wikitext.nodes import ENTITY, HEADING, LINK, TAG, TEMPLATE, Node

# What may be markup in a flat template: entities, addresses, signs that mean something at the start of a line.
_NOT_FLAT = re.compile(rf"&(?=#?\w+;)|{ADDRESS}|\n(?:[=*#:;]|----)")
_LINE_SIGN = re.compile(r"\n(?:[=*#:;]|----)")
_ADDRESS = re.compile(ADDRESS)
_HEADING = re.compile(r"(={1,6})(?!=)([^=&\[\]{}<>]+)\1")


def read(text: str, region: Region) -> Node | None:
    """The node that a region of any kind but MARKUP is, as the parser reads it; None where the parser has to look."""
    return _READERS[region.kind](text, region)


def _template(text: str, region: Region) -> Node | None:
    """A template without markup inside, as the parser reads it; None where the parser has to look."""
    body = text[region.start + 2 : region.end - 2]
    name, bar, params = body.partition("|")
    shown = name.strip()
    if not shown or "\n" in shown:
        return None
    odd = ":" in body or "&" in body or "\n" in body  # asked one by one, as most have none of them
    if odd and _NOT_FLAT.search(body) and (known(name).rule != "citation" or "&" in body or _LINE_SIGN.search(body)):
        return None  # addresses of a citation are its fields, whether the parser knows them or not
    return Node(TEMPLATE, region.start, [name], region.end, region.start + 2, written=params if bar else None)


def _entity(text: str, region: Region) -> Node | None:
    """A named entity, as the parser reads it; None for any other."""
    name = text[region.start + 1 : region.end - 1]
    if name not in entitydefs:
        return None
    return Node(ENTITY, region.start, [name], region.end, region.start + 1)


def _link(text: str, region: Region) -> Node | None:
    start, end, _ = region
    inside = text[start + 2 : end - 2]
    title, bar, words = inside.partition("|")
    if "&" in inside or not title.strip() or inside.startswith("//") or (":" in inside and _ADDRESS.search(inside)):
        return None
    if not bar:
        return Node(LINK, start, [title], end, start + 2)
    return Node(LINK, start, [title], end, start + 3 + len(title), [words] if words else [])


def _heading(text: str, region: Region) -> Node | None:
    start, end, _ = region
    match = _HEADING.fullmatch(text, start, end)
    if match is None or _ADDRESS.search(text, start, end):
        return None
    level = len(match[1])
    return Node(HEADING, start, [], end, start + level, [match[2]], level=level)


def _tag(text: str, region: Region) -> Node | None:
    start, end, _ = region
    name = text[start + 1 : text.index(">", start)]
    words = text[start + len(name) + 2 : end - len(name) - 3]
    return Node(TAG, start, [name], end, start + len(name) + 2, [words] if words else [])


_READERS = {FLAT_TEMPLATE: _template, ENTITY_REGION: _entity, FLAT_LINK: _link, HEADING_LINE: _heading, FLAT_TAG: _tag}
