"""Templates whose words the wiki computes: those that the page alone decides are computed here, the others go through the ledger.

An age today, or what an amount of money would be worth, is not in the page; to show the number that it starts from would be wrong.
"""

from __future__ import annotations

import re
from fractions import Fraction

from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node
from pipeline.parsers.wikitext.strip import GAP
from pipeline.parsers.wikitext.text_rules import Params, texts

MAX_DIGITS = 12  # decimal places that are computed: more say nothing

_NUMBER = re.compile(r"[-−+]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})")
_COUNT = re.compile(r"[0-9]{1,18}")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _numbers(values: list[str]) -> list[Fraction] | None:
    """The values as numbers; None where one is none."""
    plain = [value.replace(",", "") for value in values]
    return [Fraction(value.replace("−", "-")) for value in plain] if all(map(_NUMBER.fullmatch, plain)) else None


def _rounded_to(number: Fraction, places: Fraction | int) -> str:
    """A number with so many decimal places; a half goes up, as in PHP.

    >>> _rounded_to(Fraction("12.5"), 0), _rounded_to(Fraction("-0.125"), 2), _rounded_to(Fraction(1250), -2)
    ('13', '−0.13', '1300')
    """
    places = max(-MAX_DIGITS, min(int(places), MAX_DIGITS))
    steps = int(abs(number) * Fraction(10) ** places + Fraction(1, 2))
    digits = str(steps * 10 ** max(-places, 0)).rjust(places + 1, "0")
    point = len(digits) - max(places, 0)
    return ("−" if number < 0 < steps else "") + digits[:point] + ("." + digits[point:] if places > 0 else "")


def _unknowable(em: Emitter, node: Node, write: Write) -> bool:
    em.page.remove("function", (node.start, node.end))
    write(GAP)
    return True


def ordinal(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{ordinal|21}}`: 21st; `{{ordinal|2|d}}`: 2d."""
    value, ending, *_ = [*texts(em, given, 2), "", ""]
    if not ending and _COUNT.fullmatch(value):
        number = int(value)
        ending = "th" if 10 < number % 100 < 14 else _ENDINGS.get(number % 10, "th")
    write(value + (ending if value[-1:].isdigit() else "") or GAP)
    return True


def percentage(em: Emitter, node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{percentage|1|3|1}}`: 33.3%."""
    numbers = _numbers(texts(em, given, 3))
    if numbers is None or len(numbers) < 2 or not numbers[1]:
        return _unknowable(em, node, write)
    write(_rounded_to(100 * numbers[0] / numbers[1], numbers[2] if len(numbers) > 2 else 0) + "%")
    return True


def rounded(em: Emitter, node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{rnd|3.14159|2}}`: 3.14."""
    numbers = _numbers(texts(em, given, 2))
    if numbers is None or not numbers:
        return _unknowable(em, node, write)
    write(_rounded_to(numbers[0], numbers[1] if len(numbers) > 1 else 0))
    return True


def age(em: Emitter, node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{age|1980|5|12|2001|1|2}}`: 20; without the second date it is the age on the day of reading, which no page says."""
    numbers = _numbers(texts(em, given, 6))
    if numbers is None or len(numbers) < 6:
        return _unknowable(em, node, write)
    years = int(numbers[3] - numbers[0]) - (numbers[4:] < numbers[1:3])
    write(str(years))
    return True


def unknowable(em: Emitter, node: Node, _name: str, _given: Params, write: Write) -> bool:
    """`{{inflation|US|100|1990}}`: what only the wiki's tables or its clock say."""
    return _unknowable(em, node, write)
