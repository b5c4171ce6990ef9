"""The facts in templates*.toml, countries.toml, language_names.toml and namespaces.toml, read once and turned round for look-up."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


_SPACES = _toml("namespaces.toml")
_TEMPLATES = _toml("templates.toml")
_LANGUAGES = _toml("templates_languages.toml")  # the same of wikis in other languages
_PROJECTS = _toml("templates_projects.toml")  # the same of dictionaries, travel guides, libraries
TABLES = (_TEMPLATES, _LANGUAGES, _PROJECTS)
_CITATIONS = _toml("citations.toml")

CATEGORY = frozenset(_SPACES["category"])
FILE = frozenset(_SPACES["file"])
MEDIA = frozenset(_SPACES["media"])
TEMPLATE_PREFIX = frozenset(_SPACES["template"])
FILE_OPTIONS = frozenset(_SPACES["file_options"])
FRAMES = frozenset(_SPACES["frames"])
FRAMELESS = frozenset(_SPACES["frameless"])
FLOATS = frozenset(_SPACES["floats"])
ALT_KEYS = frozenset(_SPACES["alt_keys"])
FILE_KEYS = frozenset(_SPACES["file_keys"]) | ALT_KEYS
LANGUAGES = frozenset(_SPACES["languages"].split())
VARIANTS = frozenset(_SPACES["variants"].split())
INTERWIKI = frozenset(_SPACES["interwiki"])
PAGE_NAME = frozenset(_SPACES["page_name"])
FIRST_ARGUMENT = frozenset(_SPACES["first_argument_functions"])
SILENT = frozenset(_SPACES["silent"])
REDIRECT = re.compile(r"\s*(?:" + "|".join(re.escape(w) for w in _SPACES["redirect"]) + r")\s*:?\s*\[\[([^\[\]|{}<>\n]+)", re.I)
SWITCH = re.compile("__(?:" + "|".join(sorted(_SPACES["switches"], key=len, reverse=True)) + ")__", re.I)
BLOCK_TAGS = frozenset(_SPACES["html"]["block"])
HTML_TAGS = frozenset(_SPACES["html"]["block"] + _SPACES["html"]["inline"])
DROPPED_TAGS = frozenset(_SPACES["html"]["dropped"])
INLINE_TAGS = frozenset(_SPACES["html"]["inline"]) - frozenset(_SPACES["html"]["breaking"])

EXTENSION: dict[str, str] = {tag: what for what, tags in _SPACES["extension"].items() for tag in tags}
"""Extension tag -> what it holds: literal, code, math, reference, references, gallery, imagemap, map, maplink,
silent, poem."""

STRAY_TAG = re.compile(r"</?(" + "|".join(sorted({*HTML_TAGS, *EXTENSION}, key=len, reverse=True)) + r")(?:[\s/][^<>]*)?>", re.I)
"""A tag of HTML that has no partner: shown by no browser."""

CATEGORY_NAMES = "|".join(sorted((re.escape(n) for n in CATEGORY if len(n) > 3), key=len, reverse=True))
"""Names of the category namespace as one alternation, without the shortcut `cat`."""

COUNTRY: dict[str, str] = _toml("countries.toml")["country"]
LITERAL: dict[str, str] = _TEMPLATES["literal"] | _LANGUAGES["literal"] | _PROJECTS["literal"] | COUNTRY
CELL = frozenset(_TEMPLATES["cell"]["names"])
LIST_PARAMETER = re.compile(rf"\s*(?:{'|'.join(_TEMPLATES['list']['parameters'])})[ _]?\d*\s*", re.I)
QUOTE_WORDS: list[str] = _TEMPLATES["quote"]["words"]
QUOTE_SOURCES: list[str] = _TEMPLATES["quote"]["sources"]
BOX_CODE = frozenset(_TEMPLATES["box"]["code"])
BOX_WORDS = frozenset(_TEMPLATES["box"]["words"]) | BOX_CODE
CITATION_SLOTS: dict[str, list[str]] = _CITATIONS["slots"]
CITATION_KINDS: dict[str, str] = {name: kind for kind, names in _CITATIONS["names"].items() for name in names}
CITATION_PLACES: dict[str, list[str]] = _CITATIONS["places"]
CITATION_SITES: dict[str, str] = _CITATIONS["sites"]
LANGUAGE_NAME: dict[str, str] = _toml("language_names.toml")["name"]
SOURCED = tuple(name for name, what in _PROJECTS["prefix"].items() if what == "text.quote")
"""Beginnings of templates that quote a work: what they say of it goes into the ledger, but for author and title."""
LISTED: dict[str, str] = _PROJECTS["labels"]
BETWEEN: dict[str, str] = _PROJECTS["between"]
PATTERNS: dict[str, str] = _TEMPLATES["pattern"] | _LANGUAGES["pattern"]
"""Template name -> what it shows, `{1}` for its first parameter."""
DATES: dict[str, tuple[str, list[str]]] = {
    name: (of["form"], of.get("months", [])) for of in _toml("dates.toml").values() for name in of["names"]
}
"""Template name -> how a date stands in its language, and the months where they are words."""
SHIPS: dict[str, str] = _TEMPLATES["ships"]
"""Template name -> prefix of the ships that it names."""
MUSIC: dict[str, str] = _TEMPLATES["music"]
ORDERED = frozenset(_TEMPLATES["list"]["ordered"])
LEADS: dict[str, str] = _PROJECTS["leads"]
GRAMMAR: dict[str, str] = _PROJECTS["grammar"]
PLACE: dict[str, list[str]] = _PROJECTS["listing"]
PASSAGES = frozenset(_PROJECTS["passages"]["names"])
DESCRIBED: list[str] = _PROJECTS["described"]["words"]
INFOBOX_IMAGE: list[str] = _TEMPLATES["infobox"]["image"]
INFOBOX_CAPTION: list[str] = _TEMPLATES["infobox"]["caption"]
INFOBOX_NAME: list[str] = _TEMPLATES["infobox"]["name"]
MEDIA_BOXES = frozenset(_TEMPLATES["infobox"]["media"])


class Spaces(NamedTuple):
    """Names, lower case, of the namespaces that mean something to a page."""

    category: frozenset[str]
    file: frozenset[str]
    media: frozenset[str]
    template: frozenset[str]
    languages: frozenset[str]  # prefixes of the same article in other languages


SPACES = Spaces(CATEGORY, FILE, MEDIA, TEMPLATE_PREFIX, LANGUAGES)
"""The names of the largest wikis together, for a page whose wiki is not known."""

_NUMBERS = {"category": 14, "file": 6, "media": -2, "template": 10}  # Source: https://www.mediawiki.org/wiki/Manual:Namespace


@lru_cache(maxsize=64)
def spaces(stated: str) -> Spaces:
    """The names as a dump states its wiki's, one a line, `14 Kategorie`: they are added, and taken from what they do not mean there.

    >>> found = spaces("14 Qism\\n100 Is")
    >>> "qism" in found.category, "is" in found.languages, "category" in found.category
    (True, False, True)
    """
    named: dict[str, int] = {}
    for line in stated.split("\n"):
        digits, _, name = line.partition(" ")
        if name and digits.removeprefix("-").isdecimal() and len(digits) < 10:
            named[name.replace("_", " ").strip().lower()] = int(digits)
    found = {}
    for kind, known in SPACES._asdict().items():
        number = _NUMBERS.get(kind)
        others = {name for name, of in named.items() if of != number}
        found[kind] = (known - others) | {name for name, of in named.items() if of == number}
    return Spaces(**found)


def _rules() -> dict[str, str]:
    """Template name -> rule. Where a name stands under two rules the first counts; a test says that none does."""
    rules: dict[str, str] = {}
    for group in ("text", "field", "drop", "harvard", "note", "page_kind"):
        for table in TABLES:
            for what, names in table.get(group, {}).items():
                for name in names:
                    rules.setdefault(name, f"{group}.{what}")
    for name in (name for table in TABLES for name in table["literal"]):
        rules.setdefault(name, "literal")
    for name in PATTERNS:
        rules.setdefault(name, "text.pattern")
    for name in DATES:
        rules.setdefault(name, "text.dated")
    for name in SHIPS:
        rules.setdefault(name, "text.ship")
    for name in CITATION_KINDS:
        rules.setdefault(name, "citation")
    return rules


RULES = _rules()
_PREFIX: list[tuple[str, str]] = [pair for table in TABLES for pair in table["prefix"].items()]
_SUFFIX: list[tuple[str, str]] = [pair for table in TABLES for pair in table["suffix"].items()]
_PREFIXES, _SUFFIXES = tuple(dict(_PREFIX)), tuple(dict(_SUFFIX))


def rule(name: str) -> str:
    """What a template does, by its normalised name: `text.first`, `drop.hatnote`, `literal`, `citation`, ...; empty = unknown.

    >>> rule("cvt"), rule("lang-grc"), rule("endocrine-disease-stub"), rule("no such template")
    ('text.convert', 'text.lang_prefix', 'drop.maintenance', '')
    """
    found = RULES.get(name)
    if found is not None:
        return found
    if name.startswith(_PREFIXES):
        return next(what for start, what in _PREFIX if name.startswith(start))
    if name.endswith(_SUFFIXES):
        return next(what for end, what in _SUFFIX if name.endswith(end))
    return ""


class Known(NamedTuple):
    """A template's normalised name and its rule."""

    name: str
    rule: str


@lru_cache(maxsize=4096)
def known(raw: str) -> Known:
    """Name and rule of a template by its name as written; remembered, since a page repeats few names many times.

    >>> known("GHA"), known("gha").rule
    (Known(name='GHA', rule='literal'), '')
    """
    if len(raw) < 10 and (code := raw.strip()) in COUNTRY:  # in capitals only: in small letters many are words
        return Known(code, "literal")
    name = normal_name(raw)
    return Known(name, rule(name))


def normal_name(name: str) -> str:
    """A template's name for look-up: lower case, spaces for `_`, without namespace or `subst:`.

    >>> normal_name(" Template:Citation_needed ")
    'citation needed'
    """
    name = " ".join(name.replace("_", " ").split()).lower()
    space, colon, rest = name.partition(":")
    if (colon and space in TEMPLATE_PREFIX) or space in ("subst", "safesubst", "msg", "raw"):
        return rest.strip()
    return name
