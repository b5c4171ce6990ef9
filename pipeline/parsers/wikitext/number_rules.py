"""Templates of numbers, measures and formulas: figures, units, signs and charges as the wiki shows them; no measure is converted."""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.strip import GAP, raised
from pipeline.parsers.wikitext.text_rules import Params, Rule, positional, texts

_RANGE = {
    "to": " to ", "to(-)": " to ", "to about": " to about ", "and": " and ", "and(-)": " and ", "or": " or ", "or(-)": " or ",
    "by": " by ", "by(x)": " by ", "x": " × ", "xx": " × ", "*": " × ", "×": " × ", "+/-": " ± ", "±": " ± ", "&": " & ",
    "-": "–", "–": "–", "—": "—",
}  # fmt: skip
"""What stands between two numbers of a measure -> how it is shown. Source: https://en.wikipedia.org/wiki/Help:Convert#Ranges_of_values"""
_PARTS = {"mi": ("yd", "ft", "ch", "chain", "furlong"), "yd": ("ft", "in"), "ft": ("in",), "st": ("lb",), "lb": ("oz",), "ozt": ("dwt",)}
"""Unit -> smaller units that may follow it in one measure, `5|ft|10|in`: any other number behind a unit says how to round."""
_FIGURE = re.compile(r"[-−]?\d")
_SCALE = re.compile(r"e(3|6|9|12)(?=[^\W\d])")
_SCALES = {"3": "thousand ", "6": "million ", "9": "billion ", "12": "trillion "}
_SQUARE = re.compile(r"(?<![A-Za-z])(sq|cu)(?=(?:mi|ft|in|yd|k?m|cm|mm)(?![a-z]))")
_DEGREES = re.compile(r"(?:deg)?([CF])")
_POWER = re.compile(r"(?<=[A-Za-zµ])[234](?!\w)")
_CHARGE = re.compile(r"\d{0,2}[+−-]")
_ION = re.compile(r"\((\d{0,2}[+−-])\)|(?<=[A-Za-z0-9\])])([+−-])(?=[\s,;)]|\Z)")  # `SO4(2-)`, `NH4+`
_RAISED = re.compile(r"\^\{([^{}]*)\}|_\{([^{}]*)\}")  # `^{13}C`, `_{6}C`
_HYDRATE = re.compile(r"(?<=[\w)\]])\*(?=[\w(])")
_SIMPLE = re.compile(r"\w+|\d*[.,]?\d+")
_ISOMER = re.compile(r"m\d?")
_TIMES = "×10"


def _flat(em: Emitter, given: Params, *keys: str) -> str:
    """The first of these parameters that says something."""
    return next((text for key in keys if key in given and (text := em.flat(given[key]).strip())), "")


def _unit(code: str) -> str:
    """A unit as a reader sees it.

    >>> _unit("km2"), _unit("e6acre"), _unit("sqmi"), _unit("kg/m3"), _unit("ftH2O")
    ('km²', 'million acre', 'sq mi', 'kg/m³', 'ftH2O')
    """
    if not code.isprintable():  # links in it
        return code
    code = _SCALE.sub(lambda m: _SCALES[m[1]], code, count=1)
    return _POWER.sub(lambda m: raised(m[0]), _SQUARE.sub(r"\1 ", code))


def _convert(em: Emitter, given: Params, write: Write) -> None:
    """`{{convert|5|to|7|km|mi}}`: number and unit as the editor gave them, 5 to 7 km; the conversion is not computed."""
    values = texts(em, given, 12)
    if not values:
        write(GAP)
        return
    out, i = values[0], 1
    while i + 1 < len(values) and (between := _RANGE.get(values[i].lower())):
        out += between + values[i + 1]
        i += 2
    if i < len(values):
        degrees = _DEGREES.fullmatch(values[i])
        out += f" °{degrees[1]}" if degrees else f" {_unit(values[i])}"
    while i + 2 < len(values) and values[i + 2] in _PARTS.get(values[i], ()) and _FIGURE.match(values[i + 1]):
        i += 2
        out += f" {values[i - 1]} {values[i]}"
    write(out)


def _height(em: Emitter, given: Params, write: Write) -> None:
    """`{{height|ft=5|in=10}}`: 5 ft 10 in."""
    write(" ".join(f"{text} {key}" for key in ("m", "cm", "ft", "in") if (text := _flat(em, given, key))) or GAP)


def _fraction(em: Emitter, given: Params, write: Write) -> None:
    values = texts(em, given, 3)
    write({0: GAP, 1: "1/{0}", 2: "{0}/{1}", 3: "{0} {1}/{2}"}[len(values)].format(*values))


def _value(em: Emitter, given: Params, write: Write) -> None:
    """`{{val|1.25|0.05|e=3|u=kg|up=m3}}`: (1.25±0.05)×10³ kg/m³."""
    number, more, less = (_flat(em, given, key) for key in ("1", "2", "3"))
    number += _flat(em, given, "end")
    if less:
        number += f" +{more.lstrip('+')} −{less.lstrip('-−')}"
    elif more:
        number += more if more[0] == "(" else f"±{more}"
    if power := _flat(em, given, "e"):
        number = f"({number})" if more and more[0] != "(" else number
        number = (number + _TIMES if number else "10") + raised(power)
    unit, per = _flat(em, given, "ul", "u", "us"), _flat(em, given, "upl", "up")
    shown = (f" {_unit(unit)}" if unit else "") + (f"/{_unit(per)}" if per else "")
    write(f"{_flat(em, given, 'p')}{number}{_flat(em, given, 's')}{shown}" or GAP)


def _gaps(em: Emitter, given: Params, write: Write) -> None:
    """`{{gaps|6|022|140|u=m}}`: groups of digits, which narrow spaces part on the page."""
    named = {key: value for key, value in given.items() if not key.isdigit()}
    _value(em, {**named, "1": ["".join(texts(em, given))]}, write)


def _sortable(em: Emitter, given: Params, write: Write) -> None:
    """`{{nts|1200|prefix=~}}`: a number that a table sorts by, ~1200."""
    write("".join(_flat(em, given, key) for key in ("prefix", "1", "suffix")) or GAP)


def _exponent(em: Emitter, given: Params, write: Write) -> None:
    write(_TIMES + raised(_flat(em, given, "1")))


def _power_of_ten(em: Emitter, given: Params, write: Write) -> None:
    write("10" + raised(_flat(em, given, "1")))


def _power(em: Emitter, given: Params, write: Write) -> None:
    values = texts(em, given, 2)
    write((values[0] if values else "10") + (raised(values[1]) if len(values) > 1 else ""))


def _superscript(em: Emitter, given: Params, write: Write) -> None:
    write(raised(_flat(em, given, "1", "text")) or GAP)


def _stacked(em: Emitter, given: Params, write: Write) -> None:
    """`{{su|p=+|b=3}}`: 3⁺, one above the other; `{{su|p=+0.1|b=−0.2}}`: +0.1 −0.2."""
    above, below = _flat(em, given, "p", "1"), _flat(em, given, "b", "2")
    if len(above) > 1 and above[0] in "+−-±" and below:
        write(f" {above} {below}")
    else:
        write(below + raised(above) or GAP)


def _root(em: Emitter, given: Params, write: Write) -> None:
    """`{{radic|2a + b|3}}`: ³√(2a + b)."""
    under, index = _flat(em, given, "1"), _flat(em, given, "2")
    shown = under if not under.isprintable() or _SIMPLE.fullmatch(under) else f"({under})"
    write(f"{raised(index)}√{shown}" if under else GAP)


def _plus_minus(em: Emitter, given: Params, write: Write) -> None:
    values = texts(em, given, 2)
    write(f" +{values[0]} −{values[1]}" if len(values) > 1 else "±" + "".join(values))


def _chem(em: Emitter, given: Params, write: Write) -> None:
    """`{{chem|SO|4|2-}}`: SO4²⁻; numbers of atoms stay plain, charges are raised."""
    values = [em.flat(value).strip() for value in positional(given)[:60]]
    last = len(values) - 1
    charges = [_CHARGE.fullmatch(text) is not None and (len(text) > 1 or place == last) for place, text in enumerate(values)]
    write("".join(raised(text) if charge else text for text, charge in zip(values, charges, strict=True)) or GAP)


def _chem2(em: Emitter, given: Params, write: Write) -> None:
    """`{{chem2|2H+ + SO4(2-) -> H2SO4}}`: 2H⁺ + SO4²⁻ → H2SO4."""
    text = "".join(texts(em, given))
    if text.isprintable():
        text = _RAISED.sub(lambda m: raised(m[1]) if m[1] is not None else m[2], text.replace("->", "→"))
        text = _HYDRATE.sub("·", _ION.sub(lambda m: raised(m[1] or m[2]), text))
    write(text or GAP)


def _nuclide(em: Emitter, given: Params, write: Write) -> None:
    """`{{nuclide|uranium|235}}`: uranium-235; `{{nuclide|U|235}}`: ²³⁵U."""
    element, mass, state, *_ = [*texts(em, given, 3), "", "", ""]
    mass += state if _ISOMER.fullmatch(state) else ""
    charge = raised(_flat(em, given, "charge"))
    if mass and len(element) < 3:
        element = raised(mass) + element
    elif mass:
        element = f"{element}-{mass}"
    write(element + charge or GAP)


def _particle(em: Emitter, given: Params, write: Write) -> None:
    """`{{physics particle|Σ|TR=+|BR=c}}`: Σc⁺."""
    before, after = raised(_flat(em, given, "TL")), raised(_flat(em, given, "TR"))
    write(f"{before}{_flat(em, given, 'BL')}{_flat(em, given, '1')}{_flat(em, given, 'BR')}{after}" or GAP)


_INDIAN = {"k": "thousand", "l": "lakh", "m": "million", "c": "crore", "b": "billion", "t": "trillion", "lc": "lakh crore"}


def _rupees(em: Emitter, given: Params, write: Write) -> None:
    """`{{INRConvert|12|c}}`: ₹12 crore; what that is in dollars is not computed."""
    amount, scale, *_ = [*texts(em, given, 2), "", ""]
    write(f"₹{amount}" + (f" {_INDIAN[scale]}" if scale in _INDIAN else "") if amount else GAP)


NUMBERS: dict[str, Rule] = {
    "convert": _convert,
    "height": _height,
    "fraction": _fraction,
    "value": _value,
    "gaps": _gaps,
    "sortable": _sortable,
    "exponent": _exponent,
    "power_of_ten": _power_of_ten,
    "power": _power,
    "superscript": _superscript,
    "stacked": _stacked,
    "root": _root,
    "plus_minus": _plus_minus,
    "chem": _chem,
    "chem2": _chem2,
    "nuclide": _nuclide,
    "particle": _particle,
    "rupees": _rupees,
}
