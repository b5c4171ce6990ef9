"""Pages that stand in an attribute of a frame (`<iframe srcdoc>`): a reader sees them where the frame stands.

Extensions that save a page as one file write frames so, and so do notebooks for what a cell shows. The events of the inner page go into the
same builder, inside a container of their own. What its head, its root and its data for machines say is about the frame, and a frame inside
it is not opened.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from lxml import etree

_HEAD: Final = frozenset(("title", "meta", "link", "base"))
_PAGES: Final = frozenset(("html", "body"))
_OF_PAGES: Final = frozenset(("lang", "xml:lang"))  # attributes that speak for a page, not for what stands in a frame
_OF_FRAMES: Final = frozenset(("srcdoc",))


class Events(Protocol):
    """What takes the events of a page."""

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    @property
    def data(self) -> Any:
        """Takes text."""


class _Inner:
    """Parser target that hands the events of an inner page on, but those of its head."""

    def __init__(self, outer: Events) -> None:
        self._outer = outer
        self._silent = 0  # elements of the head that are open, and what stands in them
        self.open: list[str] = []  # elements that the builder waits for the end of

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        """An element begins."""
        if self._silent or tag in _HEAD or (tag == "script" and "json" in attrs.get("type", "")):
            self._silent += 1
        else:
            left_out = _OF_PAGES if tag in _PAGES else _OF_FRAMES
            self.open.append(tag)
            self._outer.start(tag, {name: value for name, value in attrs.items() if name not in left_out})

    def end(self, _: str) -> None:
        """An element ends."""
        if self._silent:
            self._silent -= 1
        elif self.open:
            self._outer.end(self.open.pop())

    def data(self, text: str) -> None:
        """Text between two tags."""
        if not self._silent:
            self._outer.data(text)

    def close(self) -> None:
        """The inner page has ended."""


def read(outer: Events, source: str) -> None:
    """Hands the events of an inner page to the builder of the page around it."""
    inner = _Inner(outer)
    target: Any = inner
    parser: Any = etree.HTMLParser(target=target, huge_tree=True, encoding="utf-8")
    outer.start("div", {})
    try:
        parser.feed(source.encode("utf-8", "replace"))
        parser.close()
    except etree.XMLSyntaxError:  # nothing to parse at all
        pass
    while inner.open:
        outer.end(inner.open.pop())
    outer.end("div")
