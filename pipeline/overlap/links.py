"""Where links lead: names that a document writes, to ids of documents in the corpus.

Every document's names go in, then one answer comes out for each target that a document writes, with how it was found. Nothing depends
on the order of documents. Links that lead to no document, and links that could lead to several, are answers too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from heapq import nsmallest
from itertools import takewhile
from operator import eq
from typing import NamedTuple, Protocol
from unicodedata import normalize
from urllib.parse import unquote, urljoin

HOW = ("path", "folded_path", "basename", "suffix", "alias", "title", "nearest", "permalink", "url", "ambiguous", "")
"""How a target was found, surest first; `ambiguous` and empty (found nothing) name no document."""

MOST_BEARERS = 1000  # documents of one name of which the nearest is looked for: a name that more bear says nothing
CACHED = 1 << 16  # names whose answers are kept: links of a corpus repeat
_NOTE = r"md|markdown|mdown|mkd|mdx|qmd|rmd|canvas|base"
_ENDING = re.compile(rf"\.(?:{_NOTE}|wikitext|wiki|txt|html?)$", re.I)
_NOTE_ENDING = re.compile(rf"\.(?:{_NOTE})$", re.I)
_PAGE_ENDING = re.compile(r"\.html?$")
_INDEXES = ("index", "_index", "readme")  # what stands for a folder, by the programs that make sites of notes
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


class Found(NamedTuple):
    """Where a name leads."""

    to: str
    how: str
    candidates: tuple[str, ...] = ()


NOTHING = Found("", "")


class Names(Protocol):
    """Which documents bear a name: a table of keys, in memory or on disk."""

    def add(self, key: str, id: str) -> None:
        """Notes that a document bears a name."""

    def get(self, key: str) -> Sequence[str]:
        """Ids of the documents that bear a name, each once, in order."""

    def has(self, key: str) -> bool:
        """Whether a document bears a name."""


class Dictionary:
    """Names in memory."""

    def __init__(self) -> None:
        self._ids: dict[str, str | set[str]] = {}  # nearly all names are of one document: a set for each costs more than all else here

    def add(self, key: str, id: str) -> None:
        """See `Names`."""
        held = self._ids.setdefault(key, id)
        if held.__class__ is set:
            held.add(id)
        elif held != id:
            self._ids[key] = {str(held), id}

    def get(self, key: str) -> Sequence[str]:
        """See `Names`."""
        held = self._ids.get(key, ())
        return (held,) if isinstance(held, str) else sorted(held)

    def has(self, key: str) -> bool:
        """See `Names`."""
        return key in self._ids


class Roots:
    """For each source the folders that all its documents have in common: names are written from there on."""

    def __init__(self) -> None:
        self._common: dict[str, list[str]] = {}

    def add(self, source: str, path: str) -> None:
        """Takes in the path of a document."""
        folders = list(_parts(path)[:-1])
        self._common[source] = list(posixpath.commonprefix([self._common.get(source, folders), folders]))

    def below(self, source: str, path: str) -> tuple[str, ...]:
        """A path from the root of its source on."""
        return _parts(path)[len(self._common.get(source, ())) :]


@lru_cache(1 << 14)  # asked for three times a document: for the common folders, for the names, and by its links
def _parts(path: str) -> tuple[str, ...]:
    return tuple(unquote(path.replace("!/", "/")).split("/"))


def resolve(documents: Iterable[Named]) -> list[Answer]:
    """One answer for every wiki link, embed, relative and web address of every document; anchors and mail lead nowhere.

    >>> notes = [Named("v:a", "v", "v/a.md", links=[("wiki", "dir/B#Part")]), Named("v:b", "v", "v/dir/B.md")]
    >>> [(x.to, x.how) for x in resolve(notes)]
    [('v:b', 'path')]
    """
    known = sorted(documents)
    roots = Roots()
    for document in known:
        roots.add(document.source, document.path)
    index = Index(Dictionary(), roots)
    for document in known:
        index.add(document)
    return [
        Answer(document.id, number, target, *index.find(document, kind, target))
        for document in known
        for number, (kind, target) in enumerate(document.links)
        if leads(kind, target)
    ]


def leads(kind: str, target: str) -> bool:
    """Whether a link may lead to another document at all."""
    return kind not in ("anchor", "mail") and not target.startswith("#")


class Index:
    """The names of a corpus: first every document is added, then links are looked up."""

    def __init__(self, names: Names, roots: Roots) -> None:
        self._names, self._roots = names, roots
        self._addressed = False  # a document has an address: where none has, no link to one leads anywhere
        self._titles = lru_cache(CACHED)(self._titled)
        self._sure = lru_cache(CACHED)(self._own)  # answers that do not depend on who asks
        self._page = lru_cache(CACHED)(self._page_of)
        self._near = lru_cache(CACHED)(self._nearest)  # and those that depend on the folder of who asks
        self._folders = lru_cache(CACHED)(self._around)  # a name that many bear is asked for from many folders

    def add(self, document: Named) -> None:
        """Takes in the names of a document."""
        source, id, add = document.source, document.id, self._names.add
        path = "/".join(self._roots.below(source, document.path))
        folded, title, aliases = _fold(path), _fold(document.title), {_fold(a) for a in document.aliases}
        paths = {folded, _bare(folded).rstrip()}
        lasts = {_last(name) for name in paths}
        add(f"place\0{id}", path)
        for kind, names in (
            ("path", {path, _bare(path)}),
            ("folded", paths),
            ("base", lasts),
            ("two", {_last_two(name) for name in paths}),
            ("alias", aliases),
            ("title", (title,)),
            ("permalink", (_permalink(document.permalink),) if document.permalink else ()),
            ("any", {*lasts, _last(title), *map(_last, aliases)}),
        ):
            for name in names:
                if name:
                    add(f"{kind}\0{source}\0{name}", id)
        for name in {title, *aliases}:
            if name:
                add(f"titles\0{name}", id)
        if document.url:
            self._addressed = True
            add(f"url\0{_address(document.url)}", id)

    def find(self, document: Named, kind: str, target: str) -> Found:
        """Where a target leads: in its own source first, then to a document of another source that bears the name or the address."""
        if kind == "external":
            return self._one(f"url\0{_address(target)}", "url") if self._addressed else NOTHING
        name = target.partition("#")[0].strip()
        if kind != "internal":
            found = self._inside(document, self._from(document, name) if name.startswith(("./", "../")) else name.lstrip("/"))
            return found if found.how else self._titles(name)
        plain = unquote(name)
        found = self._inside(document, self._from(document, plain))
        notes = _NOTE_ENDING.search(document.path) is not None
        if not found.how and notes:  # among notes an address is a name, too: so Obsidian reads it
            found = self._inside(document, plain.lstrip("./"))
        if not found.how:
            found = self._page(document.source, self._from(document, plain))
        if not found.how and notes and (folder := plain.strip("./")):  # below the folder that the site is made of
            index = self._inside(document, f"{folder}/index")
            found = index if index.how in ("folded_path", "suffix") else found  # no note that is only called Index
        if not found.how:
            found = self._one(f"permalink\0{document.source}\0{_permalink(name)}", "permalink")
        if not found.how and document.url.startswith("http"):
            found = self._one(f"url\0{_address(_joined(document.url, target))}", "url")
        return found

    def _from(self, document: Named, name: str) -> str:
        """A path from the root of the source on, of a name that is written from the folder of a document."""
        return posixpath.normpath(posixpath.join("/" + "/".join(self._folder(document)), name)).lstrip("/")

    def _folder(self, document: Named) -> tuple[str, ...]:
        return self._roots.below(document.source, document.path)[:-1]

    def _inside(self, document: Named, name: str) -> Found:
        """The document of a source that a name means: by path, by last part of a path, by another name; of several the nearest."""
        found = self._sure(document.source, name)
        return self._near(document.source, name, self._folder(document)) if found.how == "ambiguous" else found

    def _page_of(self, source: str, path: str) -> Found:
        """What a site shows at an address: the page made of a document (`a.html` of `a.md`), or the index of a folder."""
        key = _fold(path).rstrip("/")
        for name in (_PAGE_ENDING.sub("", key), *(f"{key}/{index}".lstrip("/") for index in _INDEXES)):
            if name != key and len(ids := self._names.get(f"folded\0{source}\0{name}")) == 1:
                return Found(ids[0], "path")
        return NOTHING

    def _titled(self, name: str) -> Found:
        return self._one(f"titles\0{_fold(name.replace('_', ' '))}", "title")

    def _own(self, source: str, name: str) -> Found:
        key = _fold(name)
        last = _last(key)
        if not self._names.has(f"any\0{source}\0{last}"):  # most names of a wiki's links are of pages that are not here
            return NOTHING
        for kind, written, how in (("path", name, "path"), ("folded", key, "folded_path")):
            ids = self._names.get(f"{kind}\0{source}\0{written}")
            if len(ids) == 1:
                return Found(ids[0], how)
        how = "suffix" if last != key else "basename"
        if last == key:
            bearers = self._names.get(f"base\0{source}\0{last}")
        else:
            bearers = [id for id in self._names.get(f"two\0{source}\0{_last_two(key)}") if _ends(_fold(self._place(id)), key)]
        exact = [id for id in bearers if _ends(self._place(id), name)] if 1 < len(bearers) <= MOST_BEARERS else []
        if len(exact) == 1:  # of names that differ in case alone, the one as written
            return Found(exact[0], how)
        for ids, by in (
            (bearers, how),
            (self._names.get(f"alias\0{source}\0{key}"), "alias"),
            (self._names.get(f"title\0{source}\0{last}"), "title"),
        ):
            if len(ids) == 1:
                return Found(ids[0], by)
            if ids:
                return Found("", "ambiguous", tuple(ids))
        return NOTHING

    def _place(self, id: str) -> str:
        return self._names.get(f"place\0{id}")[0]

    def _nearest(self, source: str, name: str, folder: tuple[str, ...]) -> Found:
        """Of several, the one that shares most folders with the note that links, then the one least deep; two such stay ambiguous."""
        found = self._sure(source, name)
        if len(found.candidates) > MOST_BEARERS:
            return found

        def distance(id: str) -> tuple[int, int]:
            other = self._folders(id)
            shared = sum(1 for _ in takewhile(bool, map(eq, folder, other)))
            return -shared, len(other)

        (least, nearest), (next_, _) = nsmallest(2, ((distance(id), id) for id in found.candidates))
        return Found(nearest, "nearest", found.candidates) if least < next_ else found

    def _around(self, id: str) -> tuple[str, ...]:
        """The folders of a document, from the root of its source on."""
        return tuple(self._place(id).split("/")[:-1])

    def _one(self, key: str, how: str) -> Found:
        ids = self._names.get(key)
        if len(ids) == 1:
            return Found(ids[0], how)
        return Found("", "ambiguous", tuple(ids)) if ids else NOTHING


def _fold(name: str) -> str:
    """A name without case, form of its accents and runs of spaces."""
    if name.isascii():
        return " ".join(name.lower().split())
    return " ".join(normalize("NFC", normalize("NFC", name).casefold()).split())


def _bare(path: str) -> str:
    return _ENDING.sub("", path)


def _last(path: str) -> str:
    """The name of a path."""
    return path.rpartition("/")[2].strip()


def _last_two(path: str) -> str:
    """The last folder and the name of a path; empty where it has no folder."""
    return "/".join(path.split("/")[-2:]) if "/" in path else ""


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
