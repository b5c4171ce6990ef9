"""Which passages go by the markup's own word: a rule's name for each passage, empty where it stays.

A container that calls itself navigation, and yet holds much of the page's prose, is none: a name is believed only while the
rest of the page is the larger part.
"""

from __future__ import annotations

import re
from bisect import bisect
from itertools import accumulate
from typing import Final

from pipeline.parsers.html.hints import copied, headings, letters
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import BITS, DOCUMENT_WRITERS, FOOTNOTE, HIDDEN, NAMED, NOSCRIPT, SERVICE, SPOKEN, TAG, VERBS

PROSE_LENGTH: Final = 60  # characters from which a passage may be prose; headings, menu entries and buttons are shorter
PROSE_LINKED: Final = 0.35  # share of a passage inside links above which it is a list of links, not prose
VETO_SHARE: Final = 0.35  # share of the page's prose above which a container is content whatever its name
HIDDEN_MOST: Final = 0.5  # share of the prose that is hidden above which hiding means "collapsed", not "not for readers"
MAX_COMPARED: Final = 20_000_000  # letters that all comparisons of hidden with shown text may pass over: a bound for hostile pages
COMMENTS_VETO: Final = 0.65  # the same for the comments below an article, which often are longer than it is
HIDDEN_LETTERS: Final = 40  # letters of hidden text from which a document is flagged
LINKS_ELSEWHERE: Final = 0.05  # share of a page's characters in links to other pages above which it is no mere document
MENU_SHARE: Final = 0.5  # share of a document's characters above which a container of links is what it is about: an index
NOSCRIPT_ONLY: Final = 0.2  # prose outside noscript, relative to that inside, below which noscript is the only copy

_HEADINGS = frozenset(TAG[f"h{level}"] for level in range(1, 7))
_OPENING = frozenset(("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target", "data-bs-target"))
_HEADED = _HEADINGS | {TAG["dt"]}
_MENUS = BITS["nav"] | BITS["menu"] | BITS[".nav"] | BITS["header"] | BITS["form"]
_SECTIONING = BITS["article"] | BITS["main"]
_BUTTON = BITS["button"]
_P, _H1 = TAG["p"], TAG["h1"]
_VERB = re.compile("|".join(sorted(VERBS)), re.I)
_OPERATION = re.compile(rf"(?:{_VERB.pattern}) ?/", re.I)
_DOCUMENT_NAMES: Final[int] = sum(
    BITS[name]
    for name in """main article p table li figure blockquote hidden faint nav header footer aside menu noscript .article .content .title
    .caption .toc .header .footer .nav .side .author .meta .desc .card .carousel .legal .faq .collapse""".split()
) + (FOOTNOTE | SPOKEN)
_TEXT_NOTES = frozenset(
    "html." + what for what in "permalink citation_backlink page_number line_number note_mark formula_twin screen_reader".split()
)
_TOC = BITS[".toc"]
_ENDS = BITS[".header"] | BITS[".footer"]
_LEADING = BITS[".nav"] | BITS[".header"] | BITS[".footer"] | BITS[".search"]
_COLLAPSING = BITS[".faq"] | BITS[".collapse"]  # tabs, accordions and other sections that a click opens

# In the order in which they are believed: rule, bits that name it. Those of CLEAN hold in every mode but `all`, those of
# BESIDE_ARTICLE where main content is looked for and the page is an article; those of MAIN only name what the classifier has taken out.
CLEAN: Final = (
    ("html.screen_reader", SPOKEN),
    ("html.navigation", BITS["nav"] | BITS["menu"]),
    ("html.cookie_banner", BITS[".cookie"]),
    ("html.page_footer", BITS["footer"]),
    ("html.page_header", BITS["header"]),
)
BESIDE_ARTICLE: Final = (("html.comments", BITS[".comment"]), ("html.aside", BITS["aside"] | BITS[".side"]))
MAIN: Final = (
    ("html.navigation", BITS[".nav"]),
    ("html.comments", BITS[".comment"]),
    ("html.share_buttons", BITS[".share"]),
    ("html.related_links", BITS[".related"]),
    ("html.promotion", BITS[".promo"]),
    ("html.aside", BITS["aside"] | BITS[".side"]),
    ("html.dialog", BITS["dialog"] | BITS[".modal"]),
    ("html.page_footer", BITS[".footer"] | BITS[".legal"]),
    ("html.form", BITS["form"] | BITS[".login"] | BITS[".search"]),
)


def is_prose(length: int, linked: int) -> bool:
    """Whether a passage of so many characters, so many of them in links, may be prose."""
    return length >= PROSE_LENGTH and linked < PROSE_LINKED * length


def prose(page: Page) -> list[int]:
    """Characters of prose in each passage: its length, or 0 where it is short or mostly links."""
    return [
        len(text) if len(text) >= PROSE_LENGTH and linked < PROSE_LINKED * len(text) else 0
        for text, linked in zip(page.text, page.linked, strict=True)
    ]


class Shares:
    """Prose of any run of passages, and of the page."""

    def __init__(self, page: Page) -> None:
        total = 0
        self._sums = [0]
        for size in prose(page):
            total += size
            self._sums.append(total)
        self.total = total

    def of(self, first: int, last: int) -> float:
        """Share of the page's prose in the passages first to last (half-open)."""
        return (self._sums[last] - self._sums[first]) / self.total if self.total else 0.0

    def left(self, gone: list[str]) -> int:
        """Characters of prose in the passages that no rule has taken."""
        sums = self._sums
        return sum(sums[number + 1] - sums[number] for number, rule in enumerate(gone) if not rule)


def hidden(page: Page, shares: Shares) -> tuple[list[bool], bool]:
    """Which passages no style shows, and whether they are most of the prose (then they stay).

    A closed tab or accordion is no hiding place: a click opens it, and shops keep descriptions and tables of data there. Hidden prose that
    the page also shows is a copy for a script, and does not count.
    """
    marks = [False] * len(page.text)
    if not page.names & HIDDEN:
        return marks, False
    share = 0.0
    covered = 0  # passages up to here are looked at: containers come in document order, those inside after those around
    for element in [e for e, bits in enumerate(page.own) if bits & HIDDEN]:
        first, last = max(covered, page.first[element]), page.last[element]
        if first < last and not (page.own[element] | page.own[page.parent[element]]) & _COLLAPSING:
            marks[first:last] = [True] * (last - first)
            share += shares.of(first, last)
            covered = last
    return marks, share > HIDDEN_MOST and _new(page, marks)


def _new(page: Page, marks: list[bool]) -> bool:
    """Whether prose that stands nowhere but in marked passages is most of the page's prose without their copies of shown text."""
    sizes = prose(page)
    shown = letters("\0".join(text for text, mark in zip(page.text, marks, strict=True) if not mark))
    outside = sum(size for size, mark in zip(sizes, marks, strict=True) if not mark)
    looks = MAX_COMPARED // max(1, len(shown))
    new = 0
    for number, mark in enumerate(marks):
        if mark and sizes[number]:
            looks -= 1
            new += sizes[number] if looks < 0 or not copied(letters(page.text[number]), shown) else 0
    return new > HIDDEN_MOST * (new + outside)


def noscript(page: Page, shares: Shares) -> tuple[list[bool], bool]:
    """Which passages stand in noscript, and whether they are the only copy of the page's prose."""
    if not page.names & NOSCRIPT:
        return [False] * len(page.text), False
    marks = [bool(page.anc[holder] & NOSCRIPT) for holder in page.holder]
    inside = sum(shares.of(i, i + 1) for i, mark in enumerate(marks) if mark)
    return marks, inside > 0 and (1 - inside) < NOSCRIPT_ONLY * inside


def controls(page: Page) -> list[bool]:
    """Which passages stand in a button that does something.

    One that alone is a heading or term, holds a heading, or has a section that a click opens right behind it is no control: it opens that
    section (WAI-ARIA's pattern for accordions), or its end tag is missing and half a page stands inside. Nor is one that begins with a verb
    of HTTP and a path, or one that holds a paragraph in a reference of a web service. Buttons inside a control are not
    looked at.
    """
    marks = [False] * len(page.text)
    if not page.names & _BUTTON:
        return marks
    buttons = [e for e, bits in enumerate(page.own) if bits & _BUTTON and page.first[e] < page.last[e]]
    heads = [e for e, tag in enumerate(page.tag) if tag in _HEADINGS] if buttons else []
    openers = {e for e in buttons if not _OPENING.isdisjoint(page.attributes.get(e, ()))}
    opened = _opened(page) if openers else {}
    covered, service = 0, bool(page.names & SERVICE)
    for element in buttons:
        first, last = page.first[element], page.last[element]
        empty = bisect(heads, element) == bisect(heads, page.stop[element] - 1)
        around = page.parent[element]
        opens = page.tag[around] in _HEADED and page.last[around] - page.first[around] == last - first
        opens = opens or (element in openers and opened.get(last, 0) >= page.stop[element])
        if _VERB.match(page.text[first]):
            opens = opens or _OPERATION.match(" ".join(page.text[first : min(last, first + 2)])) is not None
        opens = opens or (service and any(page.tag[holder] == _P for holder in page.holder[first:last]))
        if empty and first >= covered and not opens:
            marks[first:last] = [True] * (last - first)
            covered = last
    return marks


def _opened(page: Page) -> dict[int, int]:
    """Sections that a click opens, outside menus: their first passage -> the last element that begins there."""
    if not page.names & _COLLAPSING:
        return {}
    return {
        page.first[e]: e
        for e, bits in enumerate(page.own)
        if bits & _COLLAPSING and not page.anc[e] & _MENUS and page.first[e] < page.last[e]
    }


def invisible(page: Page, shares: Shares) -> tuple[list[str], bool, bool]:
    """Rules of what a reader does not see: (rule or "" for each passage, hidden text stays, noscript stays)."""
    out = [""] * len(page.text)
    hidden_marks, keep_hidden = hidden(page, shares)
    noscript_marks, keep_noscript = noscript(page, shares)
    if not page.names & (HIDDEN | NOSCRIPT | _BUTTON):
        return out, keep_hidden, keep_noscript
    for number, control in enumerate(controls(page)):
        if hidden_marks[number] and not keep_hidden:
            out[number] = "html.hidden_text"
        elif noscript_marks[number] and not keep_noscript:
            out[number] = "html.noscript"
        elif control:
            out[number] = "html.form_control"
    return out, keep_hidden, keep_noscript


def beside_article(page: Page, shares: Shares) -> list[str]:
    """Rules of what stands beside an article: its comments, and asides."""
    asides = named(page, shares, BESIDE_ARTICLE[1:])
    if not page.names & BESIDE_ARTICLE[0][1]:
        return asides
    comments = named(page, shares, BESIDE_ARTICLE[:1], COMMENTS_VETO)
    return [rule or more for rule, more in zip(comments, asides, strict=True)]


def named(page: Page, shares: Shares, rules: tuple[tuple[str, int], ...] = CLEAN, veto: float = VETO_SHARE) -> list[str]:
    """Rules of the containers that call themselves furniture; the outermost one gives its name to all inside.

    A container with more than `veto` of the page's prose is content whatever its name.
    """
    out = [""] * len(page.text)
    mask = 0
    for _, bits in rules:
        mask |= bits
    if not page.names & mask:
        return out
    covered = 0  # passages up to here belong to a container already named
    own, tag = page.own, page.tag
    for element in [e for e, bits in enumerate(own) if bits & mask]:
        first, last = page.first[element], page.last[element]
        if first == last or last <= covered or own[element] & FOOTNOTE or shares.of(first, last) > veto:
            continue
        rule = next(name for name, bits in rules if own[element] & bits)
        if rule in ("html.page_header", "html.page_footer") and (page.anc[page.parent[element]] & _SECTIONING or tag[element] in _HEADINGS):
            continue
        for number in range(max(first, covered), last):
            if rule != "html.page_header" or tag[page.holder[number]] not in _HEADINGS:
                out[number] = rule
        covered = last
    return out


def menus(page: Page, gone: list[str]) -> list[str]:
    """Rules of a document's passages that stand in a container which its name says leads elsewhere, and which is mostly links.

    So do contents whose links all lead to places of this page: its headings say the same.
    """
    out = gone[:]
    if not page.names & (_LEADING | _TOC):
        return out
    sizes = list(accumulate(map(len, page.text), initial=0))
    linked = list(accumulate(page.linked, initial=0))
    leave = (any(not href.startswith("#") for href in page.targets.get(number, ())) for number in range(len(page.text)))
    leaving = list(accumulate(leave, initial=0))
    covered = 0  # passages up to here belong to a menu already
    for element in [e for e, bits in enumerate(page.own) if bits & (_LEADING | _TOC) and page.tag[e] not in _HEADINGS]:
        first, last = page.first[element], page.last[element]
        size = sizes[last] - sizes[first]
        menu = last > covered and 2 * (linked[last] - linked[first]) > size and size <= MENU_SHARE * sizes[-1]
        names = page.own[element] & ~(_ENDS if page.anc[page.parent[element]] & _SECTIONING else 0)  # an article's own head is no menu
        if menu and (names & _LEADING or (names & _TOC and leaving[last] == leaving[first])):
            for number in range(max(first, covered), last):
                if page.tag[page.holder[number]] != _H1:  # the title of the document may stand beside its way back
                    out[number] = out[number] or "html.navigation"
            covered = last
    return out


def contents_headings(page: Page, gone: list[str]) -> list[int]:
    """Headings that share their container with nothing but a menu that went: `Contents` above the contents."""
    out: list[int] = []
    if "html.navigation" not in gone:
        return out
    for number in headings(page):
        if not gone[number] and gone[number + 1 : number + 2] == ["html.navigation"]:
            around, end = page.parent[page.holder[number]], number + 1
            while end < page.last[around] and gone[end] == "html.navigation":
                end += 1
            if page.first[around] == number and end == page.last[around]:
                out.append(number)
    return out


def is_plain(page: Page) -> bool:
    """Whether a page is a document and nothing else, as word processors and converters write them: all of it is content.

    Either it says so (`meta name=generator`), or no container calls itself what only sites have (comments, shares, dialogs), there is no
    form, no data for machines, and next to nothing that is mostly links to other pages (a book has its contents, which lead to its own
    chapters). The pages of sites, which the classifier knows, have some of these.
    """
    written_by = next((m.get("content") or "" for m in page.meta if (m.get("name") or "").lower() == "generator"), "")
    if written_by.strip().lower().startswith(DOCUMENT_WRITERS):
        return True
    if page.names & SERVICE:
        return True
    if page.names & NAMED & ~_DOCUMENT_NAMES or page.notes.keys() - _TEXT_NOTES or page.data_scripts:
        return False
    mostly = (number for number, linked in enumerate(page.linked) if 2 * linked > len(page.text[number]))
    elsewhere = sum(len(page.text[n]) for n in mostly if not all(href.startswith("#") for href in page.targets.get(n, ())))
    return elsewhere <= LINKS_ELSEWHERE * sum(map(len, page.text))
