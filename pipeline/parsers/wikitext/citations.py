"""References as data: `{{cite ...}}`, plain footnotes, and the readable line of either."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from pipeline.model import Citation

MAX_AUTHORS = 64  # numbered author parameters that are read: more is abuse, and real lists end with "et al."

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio januari",
            "february feb februar février febrero febbraio februari",
            "march mar märz mars marzo maart",
            "april apr avril abril aprile",
            "may mai mayo maggio mei",
            "june jun juni juin junio giugno",
            "july jul juli juillet julio luglio",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre",
            "october oct oktober octobre octubre ottobre",
            "november nov novembre noviembre",
            "december dec dezember décembre diciembre dicembre",
        ),
        1,
    )
    for name in names.split()
}
_DAY_FIRST = re.compile(r"(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]+)\.?,?\s+(?:de\s+)?(\d{4})\Z")
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2}),?\s+(\d{4})\Z")
_MONTH = re.compile(r"([^\W\d_]+)\.?,?\s+(\d{4})\Z")
_ISO = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?\Z")
_TITLES = ("title", "chapter", "contribution", "entry", "article", "titel", "titre", "título", "titolo", "script-title", "trans-title", "trans_title", "1")
_CONTAINERS = ("journal", "work", "magazine", "newspaper", "website", "periodical", "encyclopedia", "encyclopaedia", "series", "booktitle", "sammelwerk", "werk", "périodique")
_PUBLISHERS = ("publisher", "verlag", "éditeur", "editorial", "editore", "institution", "agency")
_DATES = ("date", "publication-date", "publication_date", "datum", "fecha", "data")
_YEARS = ("year", "jahr", "année", "año", "anno")
_URLS = ("url", "chapter-url", "chapterurl", "contribution-url", "archive-url", "archiveurl", "lire en ligne", "online")
_LAST = ("last", "last1", "surname", "surname1", "author-last", "author1-last", "nom1", "nom", "apellido", "apellidos", "cognome")
_KINDS = {"internetquelle": "web", "literatur": "book", "ouvrage": "book", "lien web": "web", "citation": "citation", "cite": "citation"}
_BARE_URL = re.compile(r"https?://[^\s\]<>|]+")


def iso_date(text: str) -> str:
    """A date as ISO 8601 where its form allows only one reading, else as written.

    >>> iso_date("17 July 2021"), iso_date("July 4, 1999"), iso_date("Spring 2004"), iso_date("May 2011")
    ('2021-07-17', '1999-07-04', 'Spring 2004', '2011-05')
    """
    text = text.strip()
    if _ISO.match(text):
        return text
    if match := _DAY_FIRST.match(text):
        day, name, year = match.groups()
    elif match := _MONTH_FIRST.match(text):
        name, day, year = match.groups()
    elif match := _MONTH.match(text):
        day, (name, year) = "", match.groups()
    else:
        return text
    month = _MONTHS.get(name.lower())
    if month is None or (day and not 1 <= int(day) <= 31):
        return text
    return f"{year}-{month:02}" + (f"-{int(day):02}" if day else "")


def from_fields(name: str, fields: Mapping[str, str]) -> Citation:
    """A citation from the fields of a template; `name` is the template's normalised name.

    >>> c = from_fields("cite book", {"last1": "Le", "first1": "Cuong", "title": "Calcinosis Cutis", "date": "17 July 2021"})
    >>> c.kind, c.authors, c.date, c.text
    ('book', ['Le, Cuong'], '2021-07-17', 'Le, Cuong (17 July 2021). Calcinosis Cutis')
    """
    get = fields.get
    title = _first(fields, _TITLES) if name not in ("doi", "pmid") else ""
    authors = _authors(fields)
    date = _first(fields, _DATES) or _first(fields, _YEARS)
    url = _first(fields, _URLS)
    container, publisher = _first(fields, _CONTAINERS), _first(fields, _PUBLISHERS)
    kind = _KINDS.get(name) or name.removeprefix("v").removeprefix("cite").strip() or "citation"
    head = "; ".join(authors)
    if date:
        head = f"{head} ({date})" if head else f"({date})"
    doi = get("doi", "") or (get("1", "") if name == "doi" else "")
    parts = [head, title, container, _volume(fields), publisher]
    text = ". ".join(p.rstrip(".") if p.endswith("..") else p for p in parts if p)
    return Citation(
        kind=kind,
        text=text or url or doi,
        title=title,
        authors=authors,
        date=iso_date(date) if date else "",
        doi=doi.removeprefix("https://doi.org/").removeprefix("doi:").strip(),
        pmid=get("pmid", "") or (get("1", "") if name == "pmid" else ""),
        pmcid=_pmcid(get("pmc", "")),
        isbn=get("isbn", "") or get("ISBN", ""),
        url=url,
    )


def note(text: str, url: str = "") -> Citation:
    """A footnote without fields.

    >>> note("See the appendix.").kind
    'note'
    """
    found = _BARE_URL.search(text) if not url else None
    return Citation(kind="note", text=text, url=url or (found[0].rstrip(".,;)") if found else ""))


def flat_fields(template: str) -> tuple[str, dict[str, str]] | None:
    """Name and fields of a template without any markup inside, straight from its source; None where there is some.

    >>> flat_fields("{{cite web|url=http://a.b/|title=C}}")
    ('cite web', {'url': 'http://a.b/', 'title': 'C'})
    """
    body = template[2:-2]
    if "{" in body or "}" in body or "[" in body or "<" in body or "\x05" in body:
        return None
    name, *params = body.split("|")
    fields: dict[str, str] = {}
    position = 0
    for param in params:
        key, equals, value = param.partition("=")
        if equals:
            key = key.strip()
        else:
            position += 1
            key, value = str(position), param
        value = value.strip()
        if value:
            if "''" in value:
                value = value.replace("'''", "").replace("''", "")
            if "&" in value:
                value = html.unescape(value)
            fields[key] = " ".join(value.split())
    return name.strip(), fields


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        if value := fields.get(name):
            return value
    return ""


def _pmcid(value: str) -> str:
    """PubMed Central ids carry their prefix.

    >>> _pmcid("1234"), _pmcid("PMC1234"), _pmcid("")
    ('PMC1234', 'PMC1234', '')
    """
    return f"PMC{value}" if value.isdigit() else value


def _volume(fields: Mapping[str, str]) -> str:
    volume, issue = fields.get("volume", ""), fields.get("issue") or fields.get("number", "")
    pages = fields.get("pages") or fields.get("page", "")
    text = volume + (f" ({issue})" if issue else "")
    return f"{text}: {pages}" if text and pages else text or (f"p. {pages}" if pages else "")


def _authors(fields: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    last = _first(fields, _LAST)
    if last:
        first = fields.get("first") or fields.get("first1") or fields.get("given") or fields.get("given1") or fields.get("prénom1") or fields.get("prénom") or fields.get("nombre") or ""
        found.append(f"{last}, {first}" if first else last)
    for name in ("author", "author1", "authors", "vauthors", "auteur", "autor", "autore", "auteur1"):
        if not found and (value := fields.get(name)):
            found += [a.strip() for a in value.split(";" if ";" in value else ",")] if name in ("vauthors",) or ";" in value else [value]
    for i in range(2, MAX_AUTHORS):
        last = fields.get(f"last{i}") or fields.get(f"surname{i}") or fields.get(f"author{i}") or fields.get(f"nom{i}") or ""
        if not last:
            break
        first = fields.get(f"first{i}") or fields.get(f"given{i}") or fields.get(f"prénom{i}") or ""
        found.append(f"{last}, {first}" if first else last)
    return [a for a in found if a]
