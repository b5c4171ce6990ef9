"""Pages saved from MediaWiki: what the skin and the usual templates write around an article, references and categories as data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pipeline.model import Citation
from pipeline.parsers.html import infobox, rules
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import TAG, WIKI_BITS
from pipeline.text.urls import clean_url

if TYPE_CHECKING:
    from pipeline.parsers.html.drafts import Writer

RULES: Final = (
    infobox.RULE,
    ("html.contents", WIKI_BITS["contents"]),
    ("html.navbox", WIKI_BITS["navbox"]),
    ("html.reference", WIKI_BITS["references"]),
    ("html.categories", WIKI_BITS["categories"]),
    ("html.wiki_furniture", WIKI_BITS["furniture"]),
)

_LI, _A = TAG["li"], WIKI_BITS["page"]
_DOI = re.compile(r"doi\.org/(10\.\d{4,9}/[^\s?#]+)", re.I)
_PMID = re.compile(r"(?:pubmed(?:\.ncbi\.nlm\.nih\.gov)?|/pubmed)/(\d{1,9})(?!\d)", re.I)
_PMCID = re.compile(r"/(?:articles/)?(PMC\d{1,9})(?!\d)", re.I)
_ISBN = re.compile(r"BookSources/([0-9Xx-]{10,17})")
_QUOTED = re.compile(r"[\"“«„](.{4,300}?)[\"”»“]")
_LABEL = re.compile(r"^[^:：]{1,40}[:：]\s*")


def is_wiki(page: Page) -> bool:
    """Whether the page holds the output of MediaWiki's parser."""
    return bool(page.names & _A)


def furniture(page: Page, shares: rules.Shares, *, main: bool) -> list[str]:
    """Rules of what is no article; with `main` also of everything outside the parser's output, but for the first heading."""
    out = rules.named(page, shares, RULES, veto=1.0)
    if main:
        names = rules.named(page, shares, (*rules.CLEAN, *rules.MAIN), veto=1.0)
        for number, holder in enumerate(page.holder):
            if not page.anc[holder] & _A and not out[number]:
                out[number] = names[number] or "html.not_main_content"
    return out


def citations(page: Page, gone: list[str], writer: Writer) -> list[Citation]:
    """The references of a wiki page, one for each item of its lists of references."""
    texts: dict[int, list[str]] = {}
    targets: dict[int, list[str]] = {}
    for number, rule in enumerate(gone):
        if rule == "html.reference":
            item = _item(page, page.holder[number])
            texts.setdefault(item, []).append(writer.passage(number).text)
            targets.setdefault(item, []).extend(page.targets.get(number, []))
    return [_citation(" ".join(" ".join(texts[item]).split()), targets[item]) for item in texts if any(texts[item])]


def _item(page: Page, element: int) -> int:
    """The list item of a reference: the outermost inside the list of references."""
    found = element
    while element and page.anc[page.parent[element]] & WIKI_BITS["references"]:
        if page.tag[element] == _LI:
            found = element
        element = page.parent[element]
    return found


def _citation(text: str, targets: list[str]) -> Citation:
    def first(pattern: re.Pattern[str]) -> str:
        return next((m[1] for target in targets if (m := pattern.search(target))), "")

    outside = [t for t in targets if re.match(r"(?:https?:)?//", t)]
    works = [t for t in outside if not (_DOI.search(t) or _PMID.search(t) or _PMCID.search(t) or _ISBN.search(t))]
    quoted = _QUOTED.search(text)
    found = Citation(
        text=text,
        title=quoted[1] if quoted else "",
        doi=first(_DOI),
        pmid=first(_PMID),
        pmcid=first(_PMCID),
        isbn=first(_ISBN),
        url=clean_url((works or outside or [""])[0]).url,
    )
    fields = (found.title, found.doi, found.pmid, found.pmcid, found.isbn, found.url)
    return found if any(fields) else Citation(kind="note", text=text)


def tags(page: Page, gone: list[str]) -> list[str]:
    """The categories of a wiki page: the items of its category list."""
    out: dict[str, None] = {}
    for number, rule in enumerate(gone):
        if rule == "html.categories" and page.linked[number]:
            text = page.text[number]
            if page.tag[page.holder[number]] == _LI:
                out[text] = None
            elif page.linked[number] < len(text):
                for name in _LABEL.sub("", text).split(" | "):
                    out[name.strip()] = None
    return [name for name in out if name]
