"""Links and image addresses of one page, without tracking, with what was taken out of them."""

from __future__ import annotations

import re

from pipeline.model import Removal
from pipeline.text.layout import DraftLink
from pipeline.text.urls import bare, clean_url

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.I)
_DEAD = frozenset(("javascript", "data", "vbscript", "about", "blob", "file"))  # these lead nowhere outside the page's own browser
_HOST = re.compile(r"(?:https?:)?//(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)", re.I)


class Links:
    """Makes links of hrefs; `base` resolves relative ones, `host` tells internal links from external ones."""

    def __init__(self, base: str, own_url: str, strip_params: tuple[str, ...]) -> None:
        self._base = base
        self._strip = strip_params
        match = _HOST.match(own_url) or _HOST.match(base)
        self._host = match[1].lower() if match else ""
        self._known: dict[str, tuple[str, str]] = {}
        self._removed: dict[tuple[str, str], None] = {}

    def of(self, spans: list[tuple[int, int, str]]) -> list[DraftLink]:
        """The links of a passage; those that lead nowhere are no links."""
        out: list[DraftLink] = []
        for start, end, href in spans:
            target, kind = self._resolve(href)
            if target:
                out.append(DraftLink(start, end, target, kind, href if href != target else ""))
        return out

    def target(self, href: str) -> str:
        """An address without tracking."""
        return self._resolve(href)[0]

    def removals(self) -> list[Removal]:
        """What was taken out of addresses, each once."""
        return [Removal(rule, text) for rule, text in self._removed]

    def _resolve(self, href: str) -> tuple[str, str]:
        known = self._known.get(href)
        if known is None:
            known = self._known[href] = self._work(href)
        return known

    def _work(self, href: str) -> tuple[str, str]:
        href = bare(href)
        scheme = _SCHEME.match(href)
        name = scheme[1].lower() if scheme else ""
        if name in _DEAD or not href:
            return "", ""
        if href[0] == "#":
            return href, "anchor"
        if name and name not in ("http", "https"):
            return href, "mail" if name == "mailto" else "external"
        cleaned = clean_url(href, self._base, self._strip)
        for piece in cleaned.removed:
            self._removed["html.tracking_redirect" if "://" in piece[:10] else "html.tracking_parameter", piece] = None
        return cleaned.url, self._kind(cleaned.url)

    def _kind(self, url: str) -> str:
        match = _HOST.match(url)
        if match is None:
            return "internal"
        return "internal" if self._host and match[1].lower() == self._host else "external"
