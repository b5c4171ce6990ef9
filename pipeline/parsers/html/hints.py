"""What a page states beside its text, as hints for the classifier: its title, its description, its kind, its own copy of the text.

All by comparing what the page says in one place with what it says in another; no word has a meaning here.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pipeline.parsers.html import jsonld
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import TAG

OPENING: Final = 40  # letters of a description that a passage must open with to count as its place
MIN_TITLE: Final = 6  # letters of a heading that may be found inside the title: shorter ones are there by chance
MIN_BODY: Final = 200  # letters of a stated body below which it is a teaser
MAX_COMPARED: Final = 50_000_000  # letters of the stated text that all searches together may pass over: a bound for hostile pages
SAMPLE: Final = 40  # letters of a sample; a text of which any sample stands in another is taken for a copy of it
SAMPLES: Final = 5
MIN_INSIDE: Final = 12  # letters of a passage that count as found inside the stated body

MAX_DESCRIPTION: Final = 10_000  # characters of the description of a product that are compared
MAX_DESCRIPTIONS: Final = 10  # descriptions that are: a page with more is a list
PRODUCTS: Final = frozenset(("Product", "ProductGroup"))

_HEADINGS = frozenset(TAG[f"h{level}"] for level in range(1, 7))
_LETTERS = re.compile(r"[\W_]+")
_ASCII_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}
_TYPE = re.compile(r'"@type"\s*:\s*\[?\s*"([A-Za-z]{3,40})"')
_KINDS: Final = {
    "article": frozenset("Article NewsArticle BlogPosting TechArticle ScholarlyArticle Report Recipe HowTo ReportageNewsArticle".split()),
    "product": frozenset("Product ProductGroup Offer AggregateOffer".split()),
    "forum": frozenset("DiscussionForumPosting QAPage Question Answer Comment".split()),
    "list": frozenset("ItemList CollectionPage SearchResultsPage Blog".split()),
    "business": frozenset("Organization LocalBusiness Corporation Service ProfessionalService FAQPage".split()),
}


class Hints(NamedTuple):
    """Hints of one page."""

    title_at: int  # passage that is the title, -1 for none
    description_at: int  # passage that the description opens, -1 for none
    in_body: list[bool]  # passages that stand in the body that the page states for machines
    body_known: bool
    in_said: list[bool]  # passages that stand in the description of a product that it states
    said_known: bool
    kinds: dict[str, bool]


def headings(page: Page) -> list[int]:
    """The passages of a page that are headings, looked for once."""
    if page.headings is None:
        tag = page.tag
        page.headings = [number for number, element in enumerate(page.holder) if tag[element] in _HEADINGS]
    return page.headings


def letters(text: str) -> str:
    """Letters and digits of a text, without case: what is left when two copies differ in form only."""
    if text.isascii():  # ten times as fast, and most are
        return text.translate(_ASCII_SIGNS).lower()
    return _LETTERS.sub("", text).casefold()


def copied(text: str, whole: str) -> bool:
    """Whether a text, of letters alone as `whole` is, stands there at least in part: a few samples are looked for."""
    step = max(1, (len(text) - SAMPLE) // (SAMPLES - 1))
    return any(text[at : at + SAMPLE] in whole for at in range(0, max(1, len(text) - SAMPLE + 1), step))


def hints_of(page: Page) -> Hints:
    """The hints of a page."""
    meta = {(m.get("property") or m.get("name") or "").lower(): m.get("content") or "" for m in page.meta}
    titles = [t for t in map(letters, (meta.get("og:title", ""), page.title, meta.get("twitter:title", ""))) if t]
    descriptions = [letters(meta.get(name, ""))[:OPENING] for name in ("og:description", "description", "twitter:description")]
    description_at = _opened(page, tuple(d for d in descriptions if len(d) == OPENING))
    types = {name for kind, script in page.data_scripts if kind == jsonld.MEDIA_TYPE for name in _TYPE.findall(script)}
    kinds = {kind: bool(types & names) for kind, names in _KINDS.items()}
    kinds["og_article"] = meta.get("og:type", "").startswith("article")
    kinds["og_website"] = meta.get("og:type", "") == "website"
    kinds["og_product"] = "product" in meta.get("og:type", "")
    body, said = stated_body(page), stated_descriptions(page)
    return Hints(_title_at(page, titles), description_at, _inside(page, body), bool(body), _inside(page, said), bool(said), kinds)


def _inside(page: Page, body: str) -> list[bool]:
    """Which passages stand in a text that the page states for machines; past a bound, none are looked for."""
    found = [False] * len(page.text)
    if body:
        looks = MAX_COMPARED // len(body)
        for number, text in enumerate(page.text):
            if len(text) >= MIN_INSIDE and looks:
                looks -= 1
                found[number] = letters(text) in body
    return found


def _opened(page: Page, openings: tuple[str, ...]) -> int:
    """The first passage that begins as one of the openings does; its first letter is asked first, since most passages fail there."""
    firsts = {opening[0] for opening in openings}
    if firsts:
        for number, text in enumerate(page.text):
            may = len(text) >= OPENING and (text[0].casefold()[0] in firsts or not text[0].isalnum())
            if may and letters(text[:160]).startswith(openings):
                return number
    return -1


def _title_at(page: Page, titles: list[str]) -> int:
    """The first heading that is the title or a part of it; h1 before lower ones."""
    found = -1
    if not titles:
        return found
    for number in headings(page):
        text = letters(page.text[number])
        if len(text) >= MIN_TITLE and any(text in title for title in titles):
            if page.tag[page.holder[number]] == TAG["h1"]:
                return number
            found = number if found < 0 else found
    return found


def stated_body(page: Page) -> str:
    """Letters of the text that the page states for machines (`articleBody`); empty where it states none."""
    if not any("articleBody" in script for _, script in page.data_scripts):
        return ""
    bodies = [jsonld.string(node.get("articleBody")) for node in jsonld.described(page)]
    body = letters(jsonld.without_tags(max(bodies, key=len, default="")))
    return body if len(body) >= MIN_BODY else ""


def stated_descriptions(page: Page) -> str:
    """Letters of the descriptions of products that the page states, apart by a sign that is no letter; empty where it states none."""
    texts = [node.get("description") for node in jsonld.described(page) if not PRODUCTS.isdisjoint(jsonld.types(node))]
    found = [letters(jsonld.without_tags(text[:MAX_DESCRIPTION])) for text in texts[:MAX_DESCRIPTIONS] if isinstance(text, str)]
    return "\0".join(text for text in found if len(text) >= OPENING)
