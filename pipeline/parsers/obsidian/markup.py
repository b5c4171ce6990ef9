"""HTML inside Markdown as text: a reader sees its words, never its tags."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from pipeline.text.unicode import normalize

_TOKEN = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][A-Za-z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|<[!?][^>]*>", re.S)
_ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SILENT = frozenset({"script", "style", "template", "svg", "head"})
_BLOCKS = frozenset(
    (
        "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer form "
        "h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul"
    ).split()
)
_CELLS = frozenset({"td", "th"})


class Shown(NamedTuple):
    """What a reader sees of a piece of HTML."""

    paragraphs: list[str]  # its text, parted where blocks part it
    images: list[tuple[str, str]]  # (address, alternative text)
    links: list[tuple[str, str]]  # (address, words)
    hidden: list[str]  # comments, scripts and styles, as they stood


def shown(source: str) -> Shown:
    """The visible text of an HTML block; linear, tags need not balance."""
    out: list[str] = []
    images: list[tuple[str, str]] = []
    links: list[tuple[str, str]] = []
    hidden: list[str] = []
    silent, link, at = "", None, 0
    for token in _TOKEN.finditer(source):
        between = source[at : token.start()]
        (hidden if silent else out).append(between)
        at = token.end()
        name = (token[2] or "").lower()
        if silent:
            silent = "" if token[1] and name == silent else silent
        elif token[0].startswith("<!--"):
            hidden.append(token[0])
        elif name in _SILENT and not token[1] and not (token[3] or "").endswith("/"):
            silent = name
        elif name == "img":
            found = attributes(token[3])
            images.append((found.get("src", ""), found.get("alt", "")))
        elif name == "a":
            if token[1] and link:
                links.append((link[0], " ".join(html.unescape("".join(out[link[1] :])).split())))
            href = attributes(token[3]).get("href", "") if not token[1] else ""
            link = (href, len(out)) if href else None
        elif name in _BLOCKS:
            out.append("\n" if name in ("br", "tr", "li", "dt", "dd") else "\n\n")
        elif name in _CELLS and not token[1]:
            out.append(" ")
    (hidden if silent else out).append(source[at:])
    text = normalize(html.unescape("".join(out)))
    paragraphs = ["\n".join(" ".join(line.split()) for line in p.split("\n") if line.strip()) for p in re.split(r"\n[ \t]*\n\s*", text)]
    return Shown([p for p in paragraphs if p], [i for i in images if i[0]], links, [h for h in hidden if h.strip()])


def attributes(text: str) -> dict[str, str]:
    """Attributes of a tag, names in lower case, values decoded."""
    return {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(text or "")}
