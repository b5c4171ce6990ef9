"""Where links lead: names that a document writes, to ids of documents in the corpus.

A pure function over plain values: every document's names and the targets it writes go in, one answer a target comes out, with how it was
found. Nothing depends on the order of documents. Links that lead to no document, and links that could lead to several, are answers too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote, urljoin

HOW = ("path", "folded_path", "basename", "suffix", "alias", "title", "nearest", "permalink", "url", "ambiguous", "")
"""How a target was found, surest first; `ambiguous` and empty (found nothing) name no document."""

_ENDING = re.compile(r"\.(?:md|markdown|mdown|mkd|canvas|wikitext|wiki|txt|html?)$", re.I)
_SCHEME = re.compile(r"https?://(?:www\.)?", re.I)


class Named(NamedTuple):
    """A document as links see it."""

    id: str
    source: str  # stanza name: links look in their own source first
    path: str = ""  # below raw/, percent-encoded, as in a record
    title: str = ""
    permalink: str = ""
    url: str = ""
    aliases: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()  # (kind, target) as a record's links have them


class Answer(NamedTuple):
    """Where one target leads."""

    origin: str  # id of the document that writes it
    number: int  # of the link in its document
    target: str  # as written
    to: str  # id of the document that it names; empty where none or more than one does
    how: str  # one of HOW
    candidates: tuple[str, ...] = ()  # ids, in order, where more than one document bears the name


class _Found(NamedTuple):
    to: str
    how: str
    candidates: tuple[str, ...] = ()


NOTHING = _Found("", "")


def resolve(documents: Iterable[Named]) -> list[Answer]:
    """One answer for every wiki link, embed, relative and web address of every document; anchors and mail lead nowhere.

    >>> notes = [Named("v:a", "v", "v/a.md", links=[("wiki", "dir/B#Part")]), Named("v:b", "v", "v/dir/B.md")]
    >>> [(x.to, x.how) for x in resolve(notes)]
    [('v:b', 'path')]
    """
    known = sorted(documents)
    vaults: dict[str, list[Named]] = {}
    for document in known:
        vaults.setdefault(document.source, []).append(document)
    index = _Everywhere(known, {source: _Vault(members) for source, members in vaults.items()})
    return [
        Answer(document.id, number, target, *index.find(document, kind, target))
        for document in known
        for number, (kind, target) in enumerate(document.links)
        if kind not in ("anchor", "mail") and not target.startswith("#")
    ]


class _Vault:
    """The names of one source."""

    def __init__(self, members: list[Named]) -> None:
        paths = {d.id: unquote(d.path.replace("!/", "/")) for d in members}
        folders = [p.split("/")[:-1] for p in paths.values()]
        root = len(posixpath.commonprefix(folders)) if folders else 0
        self.place = {id: tuple(p.split("/")[root:]) for id, p in paths.items()}
        self.path: dict[str, list[str]] = {}
        self.folded: dict[str, list[str]] = {}
        self.base: dict[str, list[str]] = {}
        self.alias: dict[str, list[str]] = {}
        self.title: dict[str, list[str]] = {}
        self.permalink: dict[str, list[str]] = {}
        for document in members:
            parts = self.place[document.id]
            path = "/".join(parts)
            for name in {path, _bare(path)} - {""}:
                self.path.setdefault(name, []).append(document.id)
                self.folded.setdefault(_fold(name), []).append(document.id)
            for name in {_fold(parts[-1]), _fold(_bare(parts[-1]))} - {""}:
                self.base.setdefault(name, []).append(document.id)
            for name in {_fold(a) for a in document.aliases} - {""}:
                self.alias.setdefault(name, []).append(document.id)
            if document.title:
                self.title.setdefault(_fold(document.title), []).append(document.id)
            if document.permalink:
                self.permalink.setdefault(_permalink(document.permalink), []).append(document.id)
        self.sure: dict[str, _Found] = {}  # answers that do not depend on who asks
        self.near: dict[tuple[str, tuple[str, ...]], _Found] = {}  # and those that depend on the folder of who asks

    def find(self, name: str, origin: str) -> _Found:
        """The note that a name means: by path, by last part of a path, by another name; where several bear it, the nearest."""
        found = self.sure.get(name)
        if found is None:
            found = self.sure[name] = self._find(name)
        if found.how == "ambiguous" and origin in self.place:
            folder = self.place[origin][:-1]
            if (name, folder) not in self.near:
                self.near[name, folder] = self._nearest(found, folder)
            return self.near[name, folder]
        return found

    def _find(self, name: str) -> _Found:
        for key, table, how in ((name, self.path, "path"), (_fold(name), self.folded, "folded_path")):
            if len(table.get(key, ())) == 1:
                return _Found(table[key][0], how)
        key = _fold(name)
        last = key.rsplit("/", 1)[-1]
        bearers = self.base.get(last, [])
        how = "basename"
        if last != key:
            how = "suffix"
            bearers = [id for id in bearers if _ends(_fold("/".join(self.place[id])), key)]
        exact = [id for id in bearers if _ends("/".join(self.place[id]), name)] if len(bearers) > 1 else []
        if len(exact) == 1:  # of names that differ in case alone, the one as written
            return _Found(exact[0], how)
        for ids, by in ((bearers, how), (self.alias.get(key, []), "alias"), (self.title.get(last, []), "title")):
            if len(ids) == 1:
                return _Found(ids[0], by)
            if ids:
                return _Found("", "ambiguous", tuple(sorted(ids)))
        return NOTHING

    def _nearest(self, found: _Found, folder: tuple[str, ...]) -> _Found:
        """Of several, the one that shares most folders with the note that links, then the one least deep; two such stay ambiguous."""

        def distance(id: str) -> tuple[int, int]:
            place = self.place[id]
            return -len(posixpath.commonprefix([folder, place[:-1]])), len(place)

        ranked = sorted((distance(id), id) for id in found.candidates)
        return _Found(ranked[0][1], "nearest", found.candidates) if ranked[0][0] < ranked[1][0] else found


class _Everywhere:
    """The names of the whole corpus."""

    def __init__(self, known: list[Named], vaults: dict[str, _Vault]) -> None:
        self.vaults = vaults
        self.urls: dict[str, list[str]] = {}
        self.titles: dict[str, list[str]] = {}
        for document in known:
            if document.url:
                self.urls.setdefault(_address(document.url), []).append(document.id)
            for name in {_fold(document.title), *map(_fold, document.aliases)} - {""}:
                self.titles.setdefault(name, []).append(document.id)

    def find(self, document: Named, kind: str, target: str) -> _Found:
        """Where a target leads: in its own source first, then to a document of another source that bears the name or the address."""
        if kind == "external":
            return self._one(self.urls.get(_address(target), []), "url")
        vault = self.vaults[document.source]
        name = target.partition("#")[0].strip()
        if kind != "internal":
            found = vault.find(name.lstrip("/"), document.id)
            return found if found.how else self._one(self.titles.get(_fold(name.replace("_", " ")), []), "title")
        folder = "/".join(vault.place[document.id][:-1])
        path = posixpath.normpath(posixpath.join("/" + folder, unquote(name))).lstrip("/")
        found = vault.find(path, document.id)
        if not found.how:
            found = self._one(vault.permalink.get(_permalink(name), []), "permalink")
        if not found.how and document.url.startswith("http"):
            found = self._one(self.urls.get(_address(_joined(document.url, target)), []), "url")
        return found

    @staticmethod
    def _one(ids: list[str], how: str) -> _Found:
        if len(ids) == 1:
            return _Found(ids[0], how)
        return _Found("", "ambiguous", tuple(sorted(ids))) if ids else NOTHING


def _fold(name: str) -> str:
    """A name without case, form of its accents and runs of spaces."""
    if name.isascii():
        return " ".join(name.lower().split())
    return " ".join(normalize("NFC", normalize("NFC", name).casefold()).split())


def _bare(path: str) -> str:
    return _ENDING.sub("", path)


def _ends(path: str, name: str) -> bool:
    """Whether a path, with or without its ending, ends with all parts of a name."""
    return any(p == name or p.endswith("/" + name) for p in (path, _bare(path)))


def _permalink(path: str) -> str:
    return _fold(unquote(path)).strip("/")


def _address(url: str) -> str:
    """An address without scheme, `www.`, fragment and the slash at its end; a page's address with and without them is the same page's."""
    return unquote(_SCHEME.sub("", url.partition("#")[0]).rstrip("/")).replace("_", " ").casefold()


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return ""
