"""Parser functions that choose between words by what stands beside them: `{{#if:}}`, `{{#ifeq:}}`, `{{#switch:}}`, `{{plural:}}`.

What a wiki has to be asked for (`#invoke`, `#ifexist`, `#expr`, ...) is not known here.
Source: https://www.mediawiki.org/wiki/Help:Extension:ParserFunctions, https://www.mediawiki.org/wiki/Help:Magic_words#Localization
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node, Nodes
from pipeline.parsers.wikitext.strip import GAP

MAX_CASES = 400  # cases of a switch that are looked at: a table of a country's towns has as many

Choice = Callable[[Emitter, str, list[Nodes]], "Nodes | None"]  # what stands before the first bar, the rest -> what is shown


def choose(em: Emitter, node: Node, head: str, first: str, write: Write) -> bool:
    """Writes what a function chooses; False for one that is none of these."""
    choice = _CHOICES.get(head)
    if choice is None:
        return False
    chosen = choice(em, em.page.words(first), [_whole(param.name, param.value) for param in node.params[:MAX_CASES]])
    if len(node.params) > 1:
        em.page.remove("function", (node.start, node.end))
    if chosen:
        em.emit(chosen, write)
    else:
        write(GAP)
    return True


def _whole(name: Nodes | None, value: Nodes) -> Nodes:
    """A parameter as written: a sign of equality in it is one."""
    return value if name is None else [*name, "=", *value]


def _at(values: list[Nodes], place: int) -> Nodes | None:
    return values[place] if place < len(values) else None


def _if(_em: Emitter, first: str, values: list[Nodes]) -> Nodes | None:
    return _at(values, 0 if first else 1)


def _if_equal(em: Emitter, first: str, values: list[Nodes]) -> Nodes | None:
    return _at(values, 1 if values and em.words(values[0]) == first else 2)


def _switch(em: Emitter, first: str, values: list[Nodes]) -> Nodes | None:
    """The value of the case that is the first, `a|b=words` being two cases; else of `#default`, else what stands last without one."""
    found = False
    default: Nodes | None = None
    for place, value in enumerate(values):
        case, rest = _case(value)
        if rest is None and place == len(values) - 1:  # read but once, or switches in switches would double the time at each level
            return value
        name = em.words(case)
        found = found or name == first
        if rest is None:
            continue
        if found:
            return rest
        if name == "#default":
            default = rest
    return default


def _case(value: Nodes) -> tuple[Nodes, Nodes | None]:
    """What stands before the first sign of equality, and behind it."""
    for place, part in enumerate(value):
        if isinstance(part, str) and "=" in part:
            before, _, after = part.partition("=")
            return [*value[:place], before], [after, *value[place + 1 :]]
    return value, None


def _plural(_em: Emitter, first: str, values: list[Nodes]) -> Nodes | None:
    return _at(values, 0 if first == "1" or len(values) == 1 else len(values) - 1)


def _gender(_em: Emitter, _first: str, values: list[Nodes]) -> Nodes | None:
    """Of a user who is not known the third form, else the first."""
    return _at(values, 2 if len(values) > 2 else 0)


def _word(_em: Emitter, _first: str, values: list[Nodes]) -> Nodes | None:
    return _at(values, 0)


_CHOICES: dict[str, Choice] = {
    "#if": _if,
    "#ifeq": _if_equal,
    "#switch": _switch,
    "plural": _plural,
    "gender": _gender,
    "grammar": _word,
}
