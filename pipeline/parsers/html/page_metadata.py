"""What a page says of itself: title, authors, dates, address, language, licence.

Sources in the order in which they are believed: JSON-LD, microdata, OpenGraph, other meta elements, the document itself.
Nothing is guessed: a date that is not ISO 8601 is not a date, an address that is not absolute is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pipeline.parsers.html import jsonld
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import TAG
from pipeline.text import unicode
from pipeline.text.urls import clean_url

MAX_TITLE: Final = 500  # characters of a title; longer ones are somebody's whole text
MAX_FIELD: Final = 2000  # characters of a description

_ARTICLES = frozenset(
    """Article NewsArticle BlogPosting TechArticle ScholarlyArticle Report ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle
    SocialMediaPosting DiscussionForumPosting QAPage Question Recipe HowTo Product Book Movie Event JobPosting Course VideoObject
    MedicalWebPage MedicalScholarlyArticle SoftwareApplication Review LiveBlogPosting BackgroundNewsArticle APIReference""".split()
)
_PAGES = frozenset(("WebPage", "AboutPage", "ContactPage", "FAQPage", "CollectionPage", "ItemPage", "ProfilePage"))
_H1 = TAG["h1"]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?\Z")
_BEFORE_ZONE = re.compile(r"\s(?=[Z+-])")
_SLASHES = re.compile(r"\d{4}/\d{1,2}/\d{1,2}\Z")  # as Google Scholar asks for dates: year, month, day
_INLINE = re.compile(r"</?(?:i|em|b|strong|sub|sup|span|small|u)(?: [^<>]{0,200})?/?>", re.I)
_SEPARATOR = re.compile(r"\s+[|–—·•»:/\\-]\s+|\s*\|\s*")
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<kind>[a-z-]+)/(?P<version>\d\.\d)|publicdomain/(?P<zero>zero|mark)/1\.0)", re.I
)

# Names of meta elements, best first; a field takes the first that is there. Source of the names: ogp.me, schema.org,
# the Dublin Core elements, and the citation_ names that Google Scholar reads.
_META: Final[dict[str, tuple[str, ...]]] = {
    "title": ("og:title", "twitter:title", "citation_title", "dc.title", "dcterms.title"),
    "url": ("og:url",),
    "site_name": ("og:site_name", "application-name"),
    "description": ("og:description", "description", "twitter:description", "dc.description"),
    "type": ("og:type",),
    "image": ("og:image", "twitter:image"),
    "authors": ("article:author", "author", "citation_author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author"),
    "created": tuple(
        """article:published_time og:published_time citation_publication_date citation_date citation_online_date dcterms.created
        dc.date.issued dcterms.issued date parsely-pub-date dcterms.date created""".split()
    ),
    "modified": ("article:modified_time", "og:updated_time", "dcterms.modified", "last-modified", "changed", "updated"),
    "license": ("dcterms.license", "dc.rights", "license"),
    "keywords": ("article:tag", "keywords", "news_keywords"),
    "language": ("content-language", "og:locale", "dc.language"),
}
_LINKED: Final = {
    "headline": "title",
    "datePublished": "created",
    "datePosted": "created",
    "dateModified": "modified",
    "license": "license",
}
_MICRODATA: Final = {**_LINKED, "inLanguage": "language"}


@dataclass(slots=True)
class PageMetadata:
    """Fields of a Document that the page states."""

    title: str = ""
    url: str = ""
    language: str = ""
    license: str = ""
    created: str = ""
    modified: str = ""
    authors: list[str] = field(default_factory=list)
    other: dict[str, Any] = field(default_factory=dict)  # site_name, description, type, image, keywords
    sources: dict[str, str] = field(default_factory=dict)  # field -> json-ld | microdata | opengraph | meta | link | document

    def put(self, name: str, value: str, source: str) -> None:
        """Sets a field unless a better source has."""
        if name == "title" and "<" in value:  # publishers leave the italics of species and formulas in
            value = " ".join(_INLINE.sub("", value).split())
        value = _checked(name, unicode.normalize(value).strip())
        if not value or name in self.sources:
            return
        self.sources[name] = source
        if name in ("title", "url", "language", "license", "created", "modified"):
            setattr(self, name, value)
        else:
            self.other[name] = value

    def put_authors(self, names: list[str], source: str) -> None:
        """Sets the authors unless a better source has."""
        clean = [n for name in names if (n := unicode.normalize(name).strip(" \n\t,;")) and len(n) < MAX_TITLE and "://" not in n]
        if clean and "authors" not in self.sources:
            self.sources["authors"] = source
            self.authors = list(dict.fromkeys(clean))

    def as_metadata(self) -> dict[str, Any]:
        """What goes into a document's metadata."""
        out: dict[str, Any] = dict(self.other)
        if self.authors:
            out["authors"] = self.authors
        if self.sources:
            out["stated_by"] = self.sources
        return out


def read(page: Page, base_url: str = "") -> PageMetadata:
    """The metadata of a page; `base_url` is what the source says its addresses are relative to."""
    found = PageMetadata()
    base = clean_url(page.base, base_url).url if page.base else base_url
    described = jsonld.described(page)
    people = jsonld.named(described)
    canonical = next((r.get("href") or "" for r in page.rel if "canonical" in (r.get("rel") or "").lower().split()), "")
    found.put("url", clean_url(canonical, base).url if canonical else "", "link")
    _linked_data(found, described, people, base, page)
    _microdata(found, page)
    _meta(found, page, base)
    for node in described:
        if _PAGES.intersection(jsonld.types(node)):
            found.put("title", jsonld.string(node.get("name")) if jsonld.string(node.get("name")) != page.title else "", "json-ld")
            found.put("language", jsonld.string(node.get("inLanguage")), "json-ld")
            found.put("created", jsonld.string(node.get("datePublished")), "json-ld")
            found.put("modified", jsonld.string(node.get("dateModified")), "json-ld")
            found.put_authors(jsonld.names(node.get("author"), people), "json-ld")
    _document(found, page, base)
    return found


def _linked_data(found: PageMetadata, described: list[dict[str, Any]], people: dict[str, str], base: str, page: Page) -> None:
    window, heading = page.title, _heading(page)
    asked = {"Question"} if any("FAQPage" in jsonld.types(n) for n in described) else set()  # they are parts of the page, not the page
    mains = [n for n in described if _ARTICLES.intersection(jsonld.types(n)) - asked]
    titles = {jsonld.string(n.get("headline") or n.get("name")) for n in mains}
    if found.url and len(titles) > 1:  # a list of articles: only the one that is this page speaks for it
        mains = [n for n in mains if found.url in _addresses(n, base)]
    asks = len(mains) > 1 and mains[1] is mains[0].get("mainEntity") and "QAPage" in jsonld.types(mains[0])
    for node in mains[: 1 + asks]:  # who asked, and when, stands in the question
        headline, called = jsonld.string(node.get("headline")), jsonld.string(node.get("name"))
        if called and window.startswith(called) and headline not in window:  # a wiki's headline is what the thing is
            found.put("title", called, "json-ld")
        found.put("title", _without_site(headline, heading, ""), "json-ld")
        for key, name in _LINKED.items():
            found.put(name, jsonld.string(node.get(key)), "json-ld")
        found.put("title", _without_site(called, heading, ""), "json-ld")
        found.put("url", clean_url(jsonld.string(node.get("url")), base).url, "json-ld")
        found.put("language", jsonld.string(node.get("inLanguage")), "json-ld")
        found.put("type", " ".join(jsonld.types(node)), "json-ld")
        found.put("description", jsonld.string(node.get("description")), "json-ld")
        found.put("site_name", jsonld.string(_inside(node.get("publisher"), "name")), "json-ld")
        found.put_authors(jsonld.names(node.get("author") or node.get("creator"), people), "json-ld")


def _addresses(node: dict[str, Any], base: str) -> list[str]:
    """What an object says is its address, or that of the page it is about."""
    said = (jsonld.string(node.get(name)) for name in ("url", "@id", "mainEntityOfPage"))
    return [clean_url(address, base).url.partition("#")[0] for address in said if address]


def _inside(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _microdata(found: PageMetadata, page: Page) -> None:
    for names, value, element in page.itemprops:
        for name in names.split():
            if name in _MICRODATA:
                text = value or (" ".join(page.text[page.first[element] : page.last[element]]) if element else "")
                found.put(_MICRODATA[name], text, "microdata")


def _meta(found: PageMetadata, page: Page, base: str) -> None:
    values: dict[str, list[str]] = {}
    for attributes in page.meta:
        name = (attributes.get("property") or attributes.get("name") or attributes.get("http-equiv") or "").strip().lower()
        content = " ".join((attributes.get("content") or "").split())
        if name and content:
            values.setdefault(name, []).append(content)
    for target, names in _META.items():
        for name in names:
            if name not in values:
                continue
            source = "opengraph" if name.startswith(("og:", "article:")) else "meta"
            if target == "authors":
                found.put_authors(values[name], source)
            elif target == "keywords":
                words = [w.strip() for value in values[name] for w in value.split(",") if w.strip()]
                if words and "keywords" not in found.sources:
                    found.sources["keywords"] = source
                    found.other["keywords"] = list(dict.fromkeys(unicode.normalize(w) for w in words))[:100]
            elif target in ("url", "image"):
                found.put(target, clean_url(values[name][0], base).url, source)
            elif name == "og:locale":  # a locale says how dates are written, too: only where the page states no language
                found.put(target, "" if page.language else values[name][0].replace("_", "-"), source)
            else:
                value = values[name][0]
                found.put(target, _without_site(value, _heading(page), "") if target == "title" else value, source)


def _document(found: PageMetadata, page: Page, base: str) -> None:
    licence = next((r.get("href") or "" for r in page.rel if "license" in (r.get("rel") or "").lower().split()), "")
    found.put("license", clean_url(licence, base).url if licence and not licence.startswith("#") else "", "link")
    if page.language:
        found.sources.pop("language", None)
        found.put("language", page.language, "document")
    heading = _heading(page)
    found.put("title", _without_site(page.title, heading, str(found.other.get("site_name", ""))) or heading, "document")


def _heading(page: Page) -> str:
    """The page's one h1, empty where it has none or several."""
    if page.tag.count(_H1) != 1:
        return ""
    element = page.tag.index(_H1)
    return " ".join(page.text[page.first[element] : page.last[element]])


def _without_site(title: str, heading: str, site: str) -> str:
    """A title element without the site's name, where the page itself shows which part that is."""
    parts = _SEPARATOR.split(title)
    if heading and len(parts) > 1 and heading in (parts[0], parts[-1]):
        return heading
    if site and len(parts) > 1 and parts[-1].casefold() == site.casefold():
        return title[: title.rindex(parts[-1])].rstrip(" |–—·•»:/\\-")
    return title


def _checked(name: str, value: str) -> str:
    """A value in the form its field asks for; empty where it is not."""
    if name in ("created", "modified"):
        return _date(value)
    if name == "url":
        return value if value.lower().startswith(("http://", "https://")) else ""
    if name == "language":
        return value if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", value) else ""
    if name == "license":
        return licence_id(value)
    return value if len(value) <= (MAX_TITLE if name == "title" else MAX_FIELD) else ""


def _date(value: str) -> str:
    """An ISO 8601 date or time as stated; empty where the value is none."""
    if _SLASHES.match(value):
        year, month, day = value.split("/")
        value = f"{year}-{month:0>2}-{day:0>2}"
    if not _DATE.match(value):
        return ""
    value = _BEFORE_ZONE.sub("", value).replace(" ", "T")
    try:
        datetime.fromisoformat(value.replace(",", "."))
    except ValueError:  # right in form, impossible as a day
        return ""
    return value


def licence_id(value: str) -> str:
    """The SPDX id of a licence's address where one is known, else the value itself.

    >>> licence_id("https://creativecommons.org/licenses/by-sa/4.0/deed.en")
    'CC-BY-SA-4.0'
    """
    match = _CREATIVE_COMMONS.search(value)
    if match is None:
        return value[:MAX_TITLE]
    if match["zero"]:
        return "CC0-1.0" if match["zero"].lower() == "zero" else "CC-PDM-1.0"
    return f"CC-{match['kind'].upper()}-{match['version']}"
