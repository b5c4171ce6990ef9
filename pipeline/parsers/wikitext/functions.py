"""Parser functions that choose between words by what stands beside them: `{{#if:}}`, `{{#ifeq:}}`, `{{#switch:}}`, `{{plural:}}`.

What a wiki has to be asked for (`#invoke`, `#ifexist`, `#expr`, ...) is not known here.
Source: https://www.mediawiki.org/wiki/Help:Extension:ParserFunctions, https://www.mediawiki.org/wiki/Help:Magic_words#Localization
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node, Nodes
from pipeline.parsers.wikitext.strip import GAP, ITEM_END, ITEM_START, LINE_BREAK, Item

MAX_CASES = 400  # cases of a switch that are looked at: a table of a country's towns has as many
MAX_PADDED = 500  # code points to which a function fills up words, as in MediaWiki

Choice = Callable[[Emitter, str, list[Nodes]], "Nodes | None"]  # what stands before the first bar, the rest -> what is shown


def choose(em: Emitter, node: Node, head: str, first: str, write: Write) -> bool:
    """Writes what a function chooses; False for one that is none of these."""
    if head == "#tag":
        return _tag(em, node, first.strip().lower(), write)
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


def changed(em: Emitter, node: Node, head: str, words: str) -> str:
    """The words before the first bar as a function changes them: their case, or filled up to a length by what stands behind the bars."""
    if head in ("padleft", "padright") and node.params:
        size, fill = [*(em.words(param.value) for param in node.params[:2]), "0"][:2]
        lack = min(int(size), MAX_PADDED) - len(words) if size.isdecimal() and len(size) < 4 else 0
        more = (fill * lack)[: max(lack, 0)]
        return more + words if head == "padleft" else words + more
    if head == "formatnum" and node.params and em.words(node.params[0].value) == "R":
        return words.replace(",", "")  # "R" takes the separators out again
    return _CASES[head](words) if head in _CASES else words


def _tag(em: Emitter, node: Node, tag: str, write: Write) -> bool:
    """`{{#tag:math|x^2}}`: an extension tag whose contents may hold templates; False for one that shows no words of its own."""
    what = data.EXTENSION.get(tag, "")
    if not node.params or what not in ("literal", "code", "math", "poem"):
        return False
    content = em.flat(_whole(node.params[0].name, node.params[0].value))
    if what == "poem":
        write(content.replace("\n", LINE_BREAK))
    else:
        write(f"{ITEM_START}{len(em.page.items)}{ITEM_END}")
        em.page.items.append(Item(tag, what, "", content, *em.page.span((node.start, node.end)), -1))
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


_CASES: dict[str, Callable[[str], str]] = {
    "uc": str.upper,
    "lc": str.lower,
    "ucfirst": lambda words: words[:1].upper() + words[1:],
    "lcfirst": lambda words: words[:1].lower() + words[1:],
}
_CHOICES: dict[str, Choice] = {
    "#if": _if,
    "#ifeq": _if_equal,
    "#switch": _switch,
    "plural": _plural,
    "gender": _gender,
    "grammar": _word,
}
