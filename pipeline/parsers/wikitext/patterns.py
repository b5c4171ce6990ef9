"""Templates that put their parameters between words that stand in a table: centuries, prices, dates, names of ships, musical signs."""

from __future__ import annotations

import re

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node
from pipeline.parsers.wikitext.strip import GAP
from pipeline.parsers.wikitext.text_rules import Params, texts

_OPTIONAL = re.compile(r"<([^<>]*)>|([^<>]+)")
_SLOT = re.compile(r"\{([^{}]*)\}")
_MONTH = re.compile(r"0?[1-9]|1[0-2]")
_NUMBER_ALONE, _NAME_ALONE, _WITHOUT_NUMBER = "1", "2", "6"  # forms of a ship's name that leave something out


def pattern(em: Emitter, _node: Node, template: str, given: Params, write: Write) -> bool:
    """`{{s-|XX}}` by the pattern `{1}e siècle`: XXe siècle; what stands in `<>` only where its parameters are given."""
    found: dict[str, str] = {}

    def value(match: re.Match[str]) -> str:
        for key in match[1].split("|"):
            if key not in found:
                text = em.flat(given[name]).strip() if (name := key.rstrip("@")) in given else ""
                found[key] = data.LANGUAGE_NAME.get(text, text) if key != name else text
            if found[key]:
                return found[key]
        return ""

    out = ""
    for piece in _OPTIONAL.finditer(data.PATTERNS[template]):
        part = piece[1] if piece[1] is not None else piece[2]
        if piece[1] is None or all(value(slot) for slot in _SLOT.finditer(part)):
            out += _SLOT.sub(value, part)
    write(out if any(found.values()) or not found else GAP)
    return True


def dated(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    """`{{fecha|12|5|1980}}`: 12 de mayo de 1980, as the language of the template has it; a month in words as it stands."""
    values = [text for key in ("1", "2", "3") if key in given and (text := em.flat(given[key]).strip()) and not text.startswith("{")]
    if not values:
        write(GAP)
        return True
    form, months = data.DATES[name]
    year, month, day = values if len(values) == 3 and len(values[0]) == 4 else [*reversed(values), "", ""][:3]
    if len(values) == 3 and all(value.isdecimal() for value in (year, day)) and (not month.isdecimal() or _MONTH.fullmatch(month)):
        words = months[int(month) - 1] if months and month.isdecimal() else month.lstrip("0")
        write(form.format(d=day.lstrip("0"), m=words, y=year))
    else:
        write(" ".join(values))
    return True


def ship(em: Emitter, _node: Node, template: str, given: Params, write: Write) -> bool:
    """`{{USS|Hornet|CV-12}}`: USS Hornet (CV-12); a number behind it says what is left out, `{{USS|Hornet|CV-12|6}}`: USS Hornet."""
    values = [em.flat(given[key]).strip() if (key := str(place)) in given else "" for place in range(1, 5)]
    prefix, name, number, form = [data.SHIPS[template], *values[:3]] if template in data.SHIPS else values
    form = em.flat(given["up"]).strip() if "up" in given else form
    if form == _NUMBER_ALONE and number:
        write(number)
    elif form == _NAME_ALONE:
        write(name or GAP)
    else:
        shown = f" ({number})" if number and form != _WITHOUT_NUMBER else ""
        write(f"{prefix} {name}".strip() + shown or GAP)
    return True


def music(em: Emitter, _node: Node, _template: str, given: Params, write: Write) -> bool:
    """`B{{music|flat}}`: B♭; `{{music|time|3|4}}`: 3/4; a name that the table does not hold stays."""
    values = texts(em, given, 4)
    name = values[0] if values else ""
    write("/".join(values[1:]) if name == "time" else data.MUSIC.get(name, "".join(values)) or GAP)
    return True


def country(em: Emitter, _node: Node, _template: str, given: Params, write: Write) -> bool:
    """`{{fb|GHA}}`: Ghana."""
    code = next(iter(texts(em, given, 1)), "")
    write(data.COUNTRY.get(code, code) or GAP)
    return True
