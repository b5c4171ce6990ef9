"""Where the links of a note lead: addresses of the web and of notes, pictures, embeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from pipeline.model import Image
from pipeline.parsers.obsidian.passages import InlineLink
from pipeline.text.layout import DraftLink
from pipeline.text.unicode import normalize
from pipeline.text.urls import clean_url

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.I)
# Addresses of notes: what copying from a note that is shown gives, and Obsidian's own (help.obsidian.md, "Obsidian URI").
_NOTE = re.compile(r"app://obsidian\.md/(?!index\.html)([^?\s]+)|obsidian://(?:open/?\?(?:\S*&)?file=([^&\s]+)|vault/[^/?\s]+/([^?\s]+))")
_NOWHERE = re.compile(r"(?:javascript|vbscript|about):", re.I)
_BARE = re.compile(r"https?://[^\s<>\"'`\[\]{}|\\^]+[^\s<>\"'`\[\]{}|\\^.,;:!?)*_~]")
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|avif|ico|tiff?)$", re.I)
_SIZE = re.compile(r"(?:\A|\|)\s*\d+(?:x\d+)?\s*$")

Goal = tuple[str, str, str]  # target, kind, original


def target(url: str, strip_params: tuple[str, ...] = ()) -> Goal:
    """(target, kind, original) of an address; web addresses lose their tracking, and addresses of notes are links to these.

    >>> target("https://ex.com/a?utm_source=x")
    ('https://ex.com/a', 'external', 'https://ex.com/a?utm_source=x')
    >>> target("obsidian://open?vault=v&file=rock%2FSlate")[:2]
    ('rock/Slate', 'wiki')
    """
    url = url.strip()
    if url.startswith("#"):
        return url, "anchor", ""
    if url[:7].lower() == "mailto:":
        return url, "mail", ""
    if url.startswith("//") or _SCHEME.match(url):
        note = _NOTE.match(url)
        if note:
            return unquote(note[1] or note[2] or note[3]), "wiki", url
        clean = clean_url(url, "", strip_params).url
        return clean or url, "external", url if clean and clean != url else ""
    return url, "internal", ""


def leads(url: str) -> bool:
    """Whether an address leads anywhere: the program of a button does not.

    >>> leads("javascript:void(0)"), leads("#top"), leads("")
    (False, True, False)
    """
    return bool(url) and not (":" in url and _NOWHERE.match(url))


def with_bare(text: str, links: list[DraftLink], strip_params: tuple[str, ...]) -> list[DraftLink]:
    """The links, and the web addresses that stand in the text without markup."""
    if "://" not in text:
        return links
    taken: Sequence[DraftLink] = sorted(links)
    found = list(taken)
    at = 0
    for m in _BARE.finditer(text):
        while at < len(taken) and taken[at].end <= m.start():
            at += 1
        if at == len(taken) or taken[at].start >= m.end():
            found.append(DraftLink(m.start(), m.end(), *target(m[0], strip_params)))
    return sorted(found) if len(found) > len(taken) else links


def goals(links: Sequence[InlineLink], images: list[Image], strip_params: tuple[str, ...]) -> list[tuple[InlineLink, Goal]]:
    """The links of a passage, in order, with where each leads; pictures and embeds of pictures go to the list of images."""
    found: list[tuple[InlineLink, Goal]] = []
    for link in links:
        wiki = link.kind in ("wiki", "bare")
        goal = link.target.rstrip("\\").strip() if wiki else link.target.strip()
        if wiki and "://" in goal:
            found.append((link, _addressed(goal, link.image, strip_params)))
        elif link.image and (not wiki or _IMAGE.search(goal.partition("#")[0])):
            words = "" if link.kind == "bare" else " ".join(_SIZE.sub("", normalize(link.words)).split())
            images.append(Image(goal, words, " ".join(normalize(link.title).split())))
        elif link.image:
            found.append((link, (goal, "embed", "")))
        elif wiki:
            found.append((link, (goal, "anchor" if goal[:1] == "#" else "wiki", "")))
        elif link.kind == "mail":
            found.append((link, (goal, "mail", "")))
        elif leads(goal):
            found.append((link, target(goal, strip_params)))
    if len(found) > 1:
        found.sort(key=_place)
    return found


def _addressed(goal: str, image: bool, strip_params: tuple[str, ...]) -> Goal:
    """Where a wikilink to an address leads; Dendron writes the vault that a note is in before its name."""
    if goal.startswith("dendron://"):
        return goal[10:].partition("/")[2] or goal, "embed" if image else "wiki", goal
    return (goal, "embed", "") if image else target(goal, strip_params)


def _place(item: tuple[InlineLink, Goal]) -> tuple[int, int]:
    return item[0].start, item[0].end
