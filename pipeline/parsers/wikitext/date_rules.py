"""Templates of dates and spans of years, in English words. Those of other languages are in patterns.py."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.strip import GAP
from pipeline.parsers.wikitext.text_rules import MAX_FIELDS, Params, Rule, texts

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_YEAR = re.compile(r"[-−]?\d{1,4}")
_YEAR_LAST = re.compile(r"\d{4}")
_MONTH = re.compile(r"0?[1-9]|1[0-2]")
_DAY = re.compile(r"0?\d|[12]\d|3[01]")


def _words(values: Sequence[str]) -> str:
    """A date by its year, month and day, or by its day, month and year; what is no such numbers stands as given.

    >>> _words(["1980", "05", "02"]), _words(["2", "5", "1980"]), _words(["2001-05-12", "dmy"]), _words(["May", "12", "2001"])
    ('2 May 1980', '2 May 1980', '2001-05-12', 'May 12 2001')
    """
    if len(values) == 3 and _YEAR_LAST.fullmatch(values[2]):
        if not _DAY.fullmatch(values[0]):
            return " ".join(values)
        values = values[::-1]
    year, *rest = values[:3]
    if not rest or not _YEAR.fullmatch(year):
        return year
    month = _MONTHS[int(rest[0]) - 1] if _MONTH.fullmatch(rest[0]) and rest[0].isascii() else rest[0]
    return f"{rest[1].lstrip('0')} {month} {year}" if len(rest) > 1 else f"{month} {year}"


def _date(em: Emitter, given: Params, write: Write) -> None:
    values = texts(em, given, 3)
    write(_words(values) if values else GAP)


def _year_month(em: Emitter, given: Params, write: Write) -> None:
    """`{{birth year and age|1980|5}}`: May 1980."""
    write(_words([text for key in ("1", "2") if key in given and (text := em.flat(given[key]).strip())] or [GAP]))


def _year_of_death(em: Emitter, given: Params, write: Write) -> None:
    """`{{death year and age|2001|1930|5}}`: May 2001; the second is the year of birth, for the age that is not computed."""
    write(_words([text for key in ("1", "3") if key in given and (text := em.flat(given[key]).strip())] or [GAP]))


def _dates_and_places(em: Emitter, given: Params, write: Write) -> None:
    """`{{film date|2001|5|12|Cannes|2001|9|7}}`: 12 May 2001 (Cannes), 7 September 2001."""
    found: list[str] = []
    numbers = [int(key) for key in given if key.isdecimal() and len(key) < 4]
    for first in range(1, min(max(numbers, default=0), MAX_FIELDS) + 1, 4):
        values = [em.flat(given[key]).strip() if (key := str(place)) in given else "" for place in range(first, first + 4)]
        if date := [value for value in values[:3] if value]:
            found.append(_words(date) + (f" ({values[3]})" if values[3] else ""))
    write(", ".join(found) or GAP)


def _as_of(em: Emitter, given: Params, write: Write) -> None:
    """`{{as of|2019|5|since=y}}`: Since May 2019; `alt=` holds words to be shown instead."""
    said = {key: text for key in ("alt", "since", "bare", "lc", "pre", "post") if key in given and (text := em.flat(given[key]).strip())}
    if "alt" in said:
        write(said["alt"])
        return
    values = texts(em, given, 3)
    lead = "" if "bare" in said else "Since " if "since" in said else "As of "
    lead = lead.lower() if "lc" in said else lead
    words = f"{said['pre']} " if "pre" in said else ""
    write((lead + words + _words(values) if values else lead.rstrip()) + said.get("post", "") or GAP)


def _circa(em: Emitter, given: Params, write: Write) -> None:
    values = texts(em, given, 2)
    if any(map(str.isdecimal, "".join(values))):
        write(" – ".join(f"c. {value}" for value in values))
    else:  # without a number it is a line that Wikisource centres
        write(" – ".join(values) or "c. ")


def _date_parts(em: Emitter, given: Params, write: Write) -> None:
    """A date of a wiki in another language, by its numbers: 1980-05-12; with the name of a month as it stands, 12 mai 1980."""
    values = [value for value in texts(em, given, 3) if not value.startswith("{")]
    if len(values) == 3 and all(value.isdecimal() for value in values):
        year, month, day = values if len(values[0]) == 4 else values[::-1]
        write(f"{year}-{month:0>2}-{day:0>2}")
    else:
        write(" ".join(values) or GAP)


DATES: dict[str, Rule] = {
    "date": _date,
    "year_month": _year_month,
    "year_of_death": _year_of_death,
    "dates_and_places": _dates_and_places,
    "as_of": _as_of,
    "circa": _circa,
    "date_parts": _date_parts,
}
