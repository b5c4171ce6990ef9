"""References as data: `{{cite ...}}`, plain footnotes, and the readable line of either."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pipeline.model import Citation
from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.strip import as_written, unescape

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
_KINDS = data.CITATION_KINDS
_SLOTS: dict[str, tuple[str, int]] = {
    name.replace("_", " "): (slot, rank) for slot, names in reversed(data.CITATION_SLOTS.items()) for rank, name in enumerate(names)
}
_PEOPLE = {  # slot -> what somebody did for the work, and the part of the name
    "last": ("author", "last"), "first": ("author", "first"), "author": ("author", "whole"),
    "editor_last": ("editor", "last"), "editor_first": ("editor", "first"), "editor": ("editor", "whole"),
    "translator_last": ("translator", "last"), "translator_first": ("translator", "first"), "translator": ("translator", "whole"),
}  # fmt: skip
_BESIDE = ("container", "publisher")  # slots of which a work has several, each of them read: a journal and its series
# What templates of other things hold too, so that it is no witness that a template cites a work.
_NO_WITNESS = frozenset(("edition", "location", "origin", "others", "sort", *_PEOPLE)) - {"last", "first", "author"}
_People = Mapping[str, Mapping[int, Mapping[str, str]]]  # role -> number -> part of the name -> as written
_WORDS = re.compile(r"[^\W\d_]{3}")  # an edition that says so itself: "Revised edition", and not "2nd"
_NUMBER_INSIDE = re.compile(r"([a-z]+)(\d{1,2})(-[a-z]+)")
_BRACKETS = re.compile(r"\[\[|\[(?:\w+:)?//")
_ADDRESS = re.compile(r"(?:[a-z]+:)?//", re.I)
_DOI_BEFORE = re.compile(r"\s*(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:)\s*", re.I)
_BARE_URL = re.compile(r"https?://[^\s\]<>|]+")


@lru_cache(4096)  # the references of a page repeat few dates
def iso_date(text: str) -> str:
    """A date as ISO 8601 where its form allows only one reading, else as written.

    >>> iso_date("17 July 2021"), iso_date("July 4, 1999"), iso_date("Spring 2004"), iso_date("May 2011"), iso_date("31 June 2004")
    ('2021-07-17', '1999-07-04', 'Spring 2004', '2011-05', '31 June 2004')
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
    if month is None or (day and not 1 <= int(day) <= monthrange(int(year) or 1, month)[1]):
        return text
    return f"{year}-{month:02}" + (f"-{int(day):02}" if day else "")


def from_fields(name: str, fields: Mapping[str, str]) -> Citation:
    """A citation from the fields of a template; `name` is the template's normalised name.

    >>> c = from_fields("cite book", {"last1": "Le", "first1": "Cuong", "title": "Calcinosis Cutis", "date": "17 July 2021"})
    >>> c.kind, c.authors, c.date, c.text
    ('book', ['Le, Cuong'], '2021-07-17', 'Le, Cuong (17 July 2021). Calcinosis Cutis')
    >>> from_fields("cite book", {"title": "Skin", "chapter": "Calcium", "quote": "It is rare."}).text
    'Calcium. Skin. “It is rare.”'
    >>> from_fields("cite book", {"title": "Skin", "editor": "Le, C.", "edition": "2nd", "location": "Hue", "publisher": "Nam"}).text
    'Le, C. (ed.). Skin. 2nd ed. Hue: Nam'
    """
    if name in data.CITATION_PLACES:
        fields = _by_place(name, fields)
    slots, people = _in_slots(fields)
    get = slots.get
    title, date, url, doi, pmid = get("title", ""), get("date", ""), get("url", ""), get("doi", ""), get("pmid", "")
    chapter, translated = get("chapter", ""), get("translated", "")
    if chapter and not title:
        title, chapter = chapter, ""
    if title and (subtitle := get("subtitle", "")):
        title = f"{title}{'' if title[-1] in '.:?!' else '.'} {subtitle}"
    if translated:
        title, translated = (title, f" [{translated}]") if title else (translated, "")
    if bare := fields.get("1", ""):
        if name == "doi":
            doi = bare
        elif name == "pmid":
            pmid = bare
        else:
            title = title or bare
    if url and not _ADDRESS.match(url):  # words for the link, whose address went with its markup
        url = ""
    authors = _names(people["author"], "vauthors" in fields) if "author" in people else []
    parts = [*filter(None, (_head(slots, people, authors), chapter, *_work(slots, people, title + translated, bool(authors))))]
    return Citation(
        kind=_kind(name, "isbn" in slots, bool(url)),
        text=_sentences(parts) or url or doi,
        title=title,
        authors=authors,
        date=iso_date(date) if date else "",
        doi=_DOI_BEFORE.sub("", doi, count=1) if "doi" in doi.lower() else doi,
        pmid=pmid,
        pmcid=_pmcid(slots["pmc"]) if "pmc" in slots else "",
        isbn=get("isbn", ""),
        url=url,
    )


def _by_place(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a template whose parameters are known by their places alone.

    >>> _by_place("sep", {"1": "mills", "2": "Mills", "3": "Ann Orr"})
    {'url': 'https://plato.stanford.edu/entries/mills', 'title': 'Mills', 'author': 'Ann Orr'}
    """
    names = {str(place): key for place, key in enumerate(data.CITATION_PLACES[name], 1)}
    found = {names.get(key, key): value for key, value in fields.items()}
    entry = found.pop("entry", "")
    return {"url": data.CITATION_SITES[name] + entry, **found} if entry else found


def _sentences(parts: Sequence[str]) -> str:
    """The parts with a stop between two where the first has none: an initial or an abbreviation brings its own."""
    joined = ". ".join(parts)
    if ".. " not in joined:
        return joined
    return " ".join([part if part[-1] == "." else f"{part}." for part in parts[:-1]] + [*parts[-1:]])


def _head(slots: Mapping[str, str], people: _People, authors: Sequence[str]) -> str:
    """Who wrote it, or who edited it, and when: `Le, Cuong (2021)`."""
    head = "; ".join(authors) or _credited(people, "editor", "ed.")
    if date := slots.get("date", ""):
        head = f"{head} ({date})" if head else f"({date})"
    return f"{head} [{origin}]".lstrip() if (origin := slots.get("origin", "")) else head


def _work(slots: Mapping[str, str], people: _People, title: str, authored: bool) -> list[str]:
    """What was written and where it stands, in the order of a bibliography; the editors stand first in one without authors."""
    get = slots.get
    if sort := get("sort", ""):
        title = f"{title} ({sort})"
    edition = get("edition", "")
    if edition and not _WORDS.search(edition):
        edition = f"{edition} ed."
    volume, issue, pages = get("volume", ""), get("issue", ""), get("pages", "")
    where = _volume(volume, issue, pages) if volume or issue or pages else ""
    publisher, place = get("publisher", ""), get("location", "")
    if place:
        publisher = f"{place}: {publisher}" if publisher else place
    quote = f"“{quote}”" if (quote := get("quote", "").strip("\"“”")) else ""
    editors = _credited(people, "editor", "ed.") if authored else ""
    translators = _credited(people, "translator", "trans.")
    return [title, editors, translators, get("others", ""), edition, get("container", ""), where, publisher, quote]


def _credited(people: _People, role: str, short: str) -> str:
    """`Wray, K.; Rowe, S. (ed.)`; nothing where nobody is named in that role."""
    return f"{'; '.join(names)} ({short})" if role in people and (names := _names(people[role], False)) else ""


def cites(fields: Mapping[str, str], least: int) -> bool:
    """Whether a template that no table knows cites a work: `least` of its parameters say something of one, its title or address among them.

    >>> cites({"заголовок": "Кара", "автор": "Б"}, 2), cites({"name": "Kara", "date": "1900"}, 2)
    (True, False)
    """
    slots = _in_slots(fields)[0]
    return len(slots.keys() - _NO_WITNESS) >= least and ("title" in slots or _ADDRESS.match(slots.get("url", "")) is not None)


@lru_cache(4096)  # a wiki has some hundred names of parameters
def _slot(key: str) -> tuple[str, int, int]:
    """Slot, rank and number of a parameter: `last2` is the second author's last name.

    >>> _slot("last2")[0::2], _slot("Titel")[0], _slot("শেষাংশ১")[0::2], _slot("2")[0], _slot("editor2-last")[0::2]
    (('last', 2), 'title', ('last', 1), '', ('editor_last', 2))
    """
    name = " ".join(key.replace("_", " ").split()).lower()
    if name in _SLOTS:
        return *_SLOTS[name], 1
    if apart := _NUMBER_INSIDE.fullmatch(name):  # `editor2-last` is `editor-last2`
        name = f"{apart[1]}{apart[3]}{apart[2]}"
    end = len(name)
    while end and name[end - 1].isdecimal():
        end -= 1
    slot, rank = _SLOTS.get(name[:end].rstrip(), ("", 0))
    number = int(name[end:]) if slot and len(name) - end <= 2 else 1
    return (slot, rank, max(number, 1)) if number < MAX_AUTHORS else ("", 0, 1)


def _in_slots(fields: Mapping[str, str]) -> tuple[dict[str, str], _People]:
    """What the fields hold, by slot, and the names of people by their role and number; of two fields for one slot the better known name
    wins, unless both are read."""
    slots: dict[str, str] = {}
    ranks: dict[str, int] = {}
    people: dict[str, dict[int, dict[str, str]]] = {}
    for key, value in fields.items():
        if value:
            slot, rank, number = _slot(key)
            if not slot:
                continue
            if slot in _PEOPLE:
                role, part = _PEOPLE[slot]
                if role not in people:  # most are the first of theirs: `setdefault` would make two dictionaries for each field
                    people[role] = {number: {part: value}}
                elif number not in people[role]:
                    people[role][number] = {part: value}
                elif part not in people[role][number]:
                    people[role][number][part] = value
            if number == 1:
                if slot not in slots:
                    slots[slot] = value
                    if rank:
                        ranks[slot] = rank
                elif slot in _BESIDE:
                    slots[slot] = slots[slot] if value in slots[slot] else _sentences((slots[slot], value))
                elif rank < ranks.get(slot, 0):
                    slots[slot], ranks[slot] = value, rank
    return slots, people


@lru_cache(256)
def _kind(name: str, book: bool, web: bool) -> str:
    """What a template cites: `cite book` a book, `vcite journal` a journal; one that no table knows by what it holds."""
    if kind := _KINDS.get(name):
        return kind
    if name.startswith(("cite", "vcite")):
        return as_written(name.removeprefix("v").removeprefix("cite")).strip() or "citation"
    return "book" if book else "web" if web else "citation"


def harvard(values: Sequence[str], pages: str, place: str = "", words: str = "") -> str:
    """A reference by author and year; `place` is a chapter, a note, or the words that are cited, `words` what is said of it.

    >>> harvard(["Smith", "Lee", "2004"], "5", "chap. 2"), harvard(["Orr", "1999"], "", words=': "It is so."')
    ('Smith & Lee 2004, p. 5, chap. 2', 'Orr 1999: "It is so."')
    """
    between = " & " if len(values) < 4 else ", "
    text = f"{between.join(values[:-1])} {values[-1]}".strip() + (f", p. {pages}" if pages else "")
    text = f"{text}, {place}" if place else text
    return text + (" " if words[:1].isalnum() else "") + words if any(map(str.isalpha, words)) else text


def several(given: Mapping[str, str]) -> str:
    """References of one footnote by their numbers, as `{{sfnm}}` has them.

    >>> several({"1a1": "Orr", "1y": "1999", "1p": "5", "2a1": "Hale", "2a2": "Lee", "2y": "2001"})
    'Orr 1999, p. 5; Hale & Lee 2001'
    """
    found: list[str] = []
    for number in range(1, MAX_AUTHORS):
        keys = [*(f"{number}a{place}" for place in range(1, 5)), f"{number}y"]
        values = [given[key] for key in keys if given.get(key)]
        if not values:
            break
        pages = given.get(f"{number}p") or given.get(f"{number}pp") or ""
        found.append(harvard(values, pages, given.get(f"{number}loc", ""), given.get(f"{number}ps", "")))
    return "; ".join(found)


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
    if "{" in body or "}" in body or "<" in body or "\x05" in body or "\x04" in body or ("[" in body and _BRACKETS.search(body)):
        return None
    if "'" in body and "''" in body:
        body = body.replace("'''", "").replace("''", "")
    if "\n" in body or "\t" in body or not (body.isascii() or body.isprintable()) or body.rfind("  ") >= 0:
        body = " ".join(body.split())
    name, *params = body.split("|")
    entities = "&" in body
    fields: dict[str, str] = {}
    position = 0
    for param in params:
        key, equals, value = param.partition("=")
        if not equals:
            position += 1
            key, value = str(position), param
        if value := value.strip():
            fields[key.strip()] = unescape(value) if entities and "&" in value else value
    return name.strip(), fields


def _pmcid(value: str) -> str:
    """PubMed Central ids carry their prefix.

    >>> _pmcid("1234"), _pmcid("PMC1234"), _pmcid("")
    ('PMC1234', 'PMC1234', '')
    """
    return f"PMC{value}" if value.isdigit() else value


def _volume(volume: str, issue: str, pages: str) -> str:
    text = volume + (f" ({issue})" if issue else "")
    return f"{text}: {pages}" if text and pages else text or (f"p. {pages}" if pages else "")


def _names(people: Mapping[int, Mapping[str, str]], joined: bool) -> list[str]:
    """`Last, First` of each person, in the order of their numbers; `joined` says that one field holds several, apart by commas."""
    found: list[str] = []
    for number in sorted(people) if len(people) > 1 else people:
        person = people[number]
        whole, first = person.get("whole", ""), person.get("first")
        if last := person.get("last", whole if first else ""):
            found.append(f"{last}, {first}" if first else last)
        elif ";" in whole or (joined and number == 1):
            found += [name for one in whole.split(";" if ";" in whole else ",") if (name := one.strip())]
        elif whole:
            found.append(whole)
    return found
