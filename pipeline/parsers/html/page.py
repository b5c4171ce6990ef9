"""What the builder makes of a page: a flat list of passages with their containers, as plain lists.

No tree is built. A passage ("block") is a run of text between two block-level borders; its container is an element, known by
its number in document order, with its parent's number. Everything a later step asks (list depth, table cell, hidden or not,
share of links) is answered from these lists.

Inside a passage, marks stand for what is not text: link borders, line breaks, hidden stretches. They are lone surrogates, which
no document can contain: a decoded text has none, and a reference to one is U+FFFD by the HTML standard.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

LINK_OPEN: Final = "\ud801"
LINK_CLOSE: Final = "\ud802"
LINE: Final = "\ud803"
HIDE_OPEN: Final = "\ud804"
HIDE_CLOSE: Final = "\ud805"
MARKS: Final = LINK_OPEN + LINK_CLOSE + LINE + HIDE_OPEN + HIDE_CLOSE


class Picture(NamedTuple):
    """An image as the page has it."""

    target: str
    alt: str
    container: int  # element that holds it
    at: int  # number of the passage that comes next


class Page:
    """The lists that describe a page.

    Elements, by number (0 is the root): parent, tag (see vocabulary.TAGS), own and anc (name bits of the element, and with all
    its ancestors), path (same number = same tags and classes from the root), first and last (passages inside: half-open),
    stop (one past the last element inside). Passages: text, holder (element), linked (characters inside links), depth, chrome (outermost
    element named as furniture, or 0), content (innermost element named as content, or 0), marked (text with marks, by number),
    targets (href of each link, by number).
    """

    # Slots, since a class with more than thirty attributes is slow without, and the builder's are the hottest of the package.
    __slots__ = tuple(
        """anc asides attributes base chrome content data_scripts data_tables depth described first headings holder itemprops items language
        last lines linked marked marks meta names notes own parent path pictures pixels rel rule_bits stop tag targets text title tracking
        verbatim whole""".split()
    )

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.tag: list[int] = []
        self.own: list[int] = []
        self.anc: list[int] = []
        self.path: list[int] = []
        self.first: list[int] = []
        self.last: list[int] = []
        self.stop: list[int] = []
        self.attributes: dict[int, dict[str, str]] = {}  # of lists, cells and tables, where a later step needs them
        self.items: dict[int, tuple[int, str]] = {}  # paragraphs that are list items of a word processor: level, mark
        self.marks: dict[int, tuple[int, int]] = {}  # passages that mark items of a list set as a table: the item's first passage, level
        self.text: list[str] = []
        self.holder: list[int] = []
        self.linked: list[int] = []
        self.depth: list[int] = []
        self.chrome: list[int] = []
        self.content: list[int] = []
        self.marked: dict[int, str] = {}
        self.targets: dict[int, list[str]] = {}
        self.lines: dict[int, str] = {}  # elements that call themselves a line: of a poem, or (with the name of its size) of a printed page
        self.verbatim: set[int] = set()  # passages whose white space is content
        self.asides: set[int] = set()  # passages that are notes to the one before them
        self.pictures: list[Picture] = []
        self.pixels: dict[str, None] = {}
        self.tracking: dict[str, None] = {}
        self.notes: dict[str, list[str]] = {}  # words that are no text, by rule: form controls, drawings, edit links
        self.title = ""
        self.language = ""
        self.base = ""
        self.meta: list[dict[str, str]] = []
        self.rel: list[dict[str, str]] = []
        self.data_scripts: list[tuple[str, str]] = []  # (type, text) of script elements that hold data
        self.data_tables: frozenset[int] | None = None  # tables that hold data, once somebody has asked for them (tables.data_tables)
        self.headings: list[int] | None = None  # passages that are headings, once somebody has asked for them (hints.headings)
        self.described: list[dict[str, Any]] | None = None  # objects of its JSON-LD, once somebody has asked for them (jsonld.described)
        self.itemprops: list[tuple[str, str, int]] = []  # microdata: property, value of its attribute, element (0: inline)
        self.names = 0  # name bits of all elements together
        self.rule_bits = 0  # name bits that the driver adds to the element it starts next: rules of the source
        self.whole = False  # the source has html, head, body or a doctype


def without_marks(marked: str, line: str = " ") -> str:
    """A passage without its marks; `line` stands for a line break."""
    if marked.isascii():
        return marked
    text = marked.replace(LINK_OPEN, "").replace(LINK_CLOSE, "").replace(LINE, line)
    return text.replace(HIDE_OPEN, "").replace(HIDE_CLOSE, "") if HIDE_OPEN in text or HIDE_CLOSE in text else text
