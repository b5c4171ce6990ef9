"""Feeds and exports of blogs and notebooks in one XML file: RSS, Atom, WordPress, Evernote; each entry a document.

Sources: RSS 2.0 and its module `content`, RSS 1.0, RFC 4287 (Atom), the export formats of WordPress (WXR 1.2) and Evernote (ENEX 4).
Nothing is fetched, no document type is read, no entity of one is put in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urljoin

from msgspec.structs import replace

from pipeline.readers.containers.dates import iso_date
from pipeline.readers.containers.member import EMPTY, TOO_LARGE, Member, nothing_more, whole
from pipeline.readers.files import MAX_BYTES, Unreadable, encode_path

HEAD = 4096  # bytes in which a file shows its root
MAX_FILE = 16 * MAX_BYTES  # bytes of a file: entries are read one by one, and an entry without an end must not fill the memory
_ROOT = re.compile(
    rb"\s*(?:<\?.{0,200}?\?>\s*|<!--.{0,2000}?-->\s*|<!DOCTYPE[^>\[]{0,400}(?:\[[^\]]{0,2000}\]\s*)?>\s*)*"
    rb"<(?:\w+:)?(?:rss|en-export|(?P<other>feed|RDF))[\s>]",
    re.S,
)
_OTHER = (b"http://www.w3.org/2005/Atom", b"http://purl.org/rss/1.0")

_ATOM = "http://www.w3.org/2005/Atom"
_CORE = frozenset({"", _ATOM, "http://purl.org/rss/1.0/"})
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_WORDPRESS = re.compile(r"https?://wordpress\.org/export/[\d.]+/")
# Kinds and states of WordPress entries that no reader of the blog sees as a page; drafts are texts, and stay.
_NO_PAGES = frozenset(
    "custom_css customize_changeset nav_menu_item oembed_cache revision user_request wp_block wp_font_face wp_font_family "
    "wp_global_styles wp_navigation wp_template wp_template_part".split()
)
_NO_STATES = frozenset({"auto-draft", "inherit", "trash"})
_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_PRE = re.compile(r"<(/?)pre\b", re.I)
_BLOCK = re.compile(r"</?(?:h[1-6]|[uo]l|li|dl|table|div|blockquote|pre|figure|p|hr|form|section|iframe)\b", re.I)
_CAPTION = re.compile(
    r"\[caption[^\]]{0,500}\]\s{0,9}((?:<a\b[^<>]{0,2000}>)?\s{0,9}<img\b[^<>]{0,4000}>\s{0,9}(?:</a>)?)(.{0,4000}?)\[/caption\]",
    re.I | re.S,
)
_NOTE_HEAD = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!DOCTYPE[^>]{0,400}>)?")
_NOTE_MARK = re.compile(r"<en-(?:todo|media)\b[^<>]*>|</en-(?:todo|media)>", re.I)


class _Entry(NamedTuple):
    """What an entry states; a list holds what may stand there several times."""

    one: dict[str, str]
    many: dict[str, list[str]]
    comments: int = 0

    def get(self, *names: str) -> str:
        """The first of some fields that says anything."""
        return next((self.one[n] for n in names if self.one.get(n, "").strip()), "").strip()


def opens(file: BinaryIO, fields: Mapping[str, str]) -> bool:
    """Whether the root of the file is that of a feed or an export."""
    head = file.read(HEAD).removeprefix(b"\xef\xbb\xbf")
    file.seek(0)
    found = _ROOT.match(head)
    return found is not None and (not found["other"] or any(name in head for name in _OTHER))


chunks = whole
facts = nothing_more


def members(file: BinaryIO, path: str, start: int, end: int, fields: Mapping[str, str]) -> Iterator[Member]:
    """The entries, named by their addresses; those that are no pages, and comments on them, are skipped and counted.

    Raises Unreadable where the XML is broken; the entries before the damage have been given by then.
    """
    from lxml import etree

    if end - start > MAX_FILE:
        raise Unreadable(f"the file is larger than {MAX_FILE >> 20} MiB", "export it in parts")
    file.seek(start)
    seen: set[str] = set()
    channel: dict[str, str] = {}
    reader = etree.iterparse(
        file, tag=("{*}item", "{*}entry", "{*}note"), resolve_entities=False, load_dtd=False, no_network=True, recover=True, huge_tree=True
    )
    try:
        for _, element in reader:
            channel = channel or _channel(element)
            entry = _entry(element)
            _forget(element)
            found = _member(path, entry, channel, len(seen))
            yield replace(found, path=f"{found.path}@{len(seen)}") if found.path in seen else found
            seen.add(found.path)
            for number in range(entry.comments):
                yield Member(f"{found.path}!/comment{number}", skip="comment")
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"the XML of the file is broken: {error.msg}", "export it again") from error
    if broken := [x for x in reader.error_log if x.level_name == "FATAL"]:
        raise Unreadable(f"the XML of the file is broken at line {broken[0].line}: {broken[0].message}", "export it again")


def _forget(element: Any) -> None:
    """Frees an entry that was read, and all that stands before it."""
    parent = element.getparent()
    element.clear()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _channel(first: Any) -> dict[str, str]:
    """What stands above the first entry: name, address and language of the whole."""
    found: dict[str, str] = {}
    above = first.getparent()
    for element in above if above is not None else ():
        if element is first:
            break
        space, name = _name(element)
        if space in _CORE and name in ("title", "language"):
            found.setdefault(name, (element.text or "").strip())
        elif space in _CORE and name == "link" and element.get("rel", "alternate") == "alternate":
            found.setdefault("url", (element.get("href") or element.text or "").strip())
    if above is not None and (language := above.get("{http://www.w3.org/XML/1998/namespace}lang")):
        found.setdefault("language", language)
    return found


def _name(element: Any) -> tuple[str, str]:
    """Namespace and local name; both empty for comments and the like."""
    if not isinstance(element.tag, str):
        return "", ""
    space, _, name = element.tag.rpartition("}")
    return space.removeprefix("{"), name


def _entry(element: Any) -> _Entry:
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {"authors": [], "tags": []}
    comments = 0
    for child in element:
        space, name = _name(child)
        if space in _CORE:
            _core(child, space, name, one, many)
        elif space == _CONTENT and name == "encoded":
            one["text"] = _words(child)
        elif space == _DUBLIN_CORE and name == "creator":
            many["authors"].append(_words(child))
        elif space == _DUBLIN_CORE and name == "date":
            one.setdefault("created", _words(child))
        elif name == "encoded":  # the excerpt of WordPress
            one.setdefault("summary", _words(child))
        elif _WORDPRESS.fullmatch(space):
            comments += name == "comment"
            if name in ("post_type", "status"):
                one[name] = _words(child)
    return _Entry(one, many, comments)


def _core(child: Any, space: str, name: str, one: dict[str, str], many: dict[str, list[str]]) -> None:
    """A field of the formats themselves."""
    if name == "link" and space == _ATOM:
        if child.get("rel", "alternate") == "alternate":
            one.setdefault("url", child.get("href") or "")
    elif name == "guid":
        if child.get("isPermaLink", "true") == "true":
            one.setdefault("permalink", _words(child))
        one.setdefault("id", _words(child))
    elif name == "author":
        many["authors"].append(next((_words(e) for e in child if _name(e)[1] == "name"), "") or _words(child))
    elif name in ("category", "tag"):
        many["tags"].append(child.get("term") or _words(child))
    elif name == "note-attributes":
        for inner in child:
            if _name(inner)[1] == "author":
                many["authors"].append(_words(inner))
            elif _name(inner)[1] == "source-url":
                one["url"] = _words(inner)
    elif name in ("content", "description", "summary"):
        one["text" if name == "content" else "summary"] = _markup(child, space)
    elif wanted := _FIELDS.get(name):
        one.setdefault(wanted, _words(child))


_FIELDS = {
    "title": "title",
    "link": "url",
    "id": "id",
    "pubDate": "created",
    "published": "created",
    "created": "created",
    "updated": "modified",
}


def _words(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _markup(element: Any, space: str) -> str:
    """The HTML of a text: written as text nearly everywhere, as elements where Atom says so (RFC 4287, section 3.1.1)."""
    if space == _ATOM and element.get("type") == "xhtml":
        from lxml import etree

        return "".join(etree.tostring(child, encoding="unicode", method="html", with_tail=False) for child in element)
    if space == _ATOM and element.get("type", "text") == "text":
        return _words(element).replace("&", "&amp;").replace("<", "&lt;")
    return _words(element)


def _member(path: str, entry: _Entry, channel: Mapping[str, str], number: int) -> Member:
    own = entry.get("url", "permalink")
    url = urljoin(channel.get("url", ""), own) if own else ""
    title = _plain(entry.get("title"))
    name = url or entry.get("id") or title or str(number)
    where = f"{path}!/{encode_path(name.encode('utf-8', 'replace'))}"
    if entry.get("post_type") == "attachment":  # a picture, perhaps with a caption
        return Member(where, skip="attachment")
    if entry.get("post_type") in _NO_PAGES or entry.get("status") in _NO_STATES:
        return Member(where, skip="no_page")
    text = _html(entry.get("text", "summary"), blog="post_type" in entry.one)
    if not text.strip():
        return Member(where, error=EMPTY, hint="leave it out")
    if len(text) > MAX_BYTES:
        return Member(where, error=TOO_LARGE)
    said = {
        "feed": channel.get("title", ""),
        "summary": _plain(entry.get("summary")) if entry.get("text") else "",
        "status": entry.get("status") if entry.get("status") != "publish" else "",
    }
    stated: dict[str, Any] = {"metadata": {key: value for key, value in said.items() if value}}
    stated |= {key: date for key in ("created", "modified") if (date := iso_date(entry.get(key)))}
    stated["attribution"] = ", ".join(dict.fromkeys(filter(None, entry.many["authors"])))
    stated["tags"] = list(dict.fromkeys(filter(None, entry.many["tags"])))
    language = channel.get("language", "")
    return Member(where, text, title=title, language=language, format="html", mode="clean", url=_address(url), facts=stated)


def _address(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else ""


def _plain(text: str) -> str:
    """A title as text: feeds write it with tags and character references, once or twice over.

    >>> _plain("Salt &amp;amp; <b>basalt</b>")
    'Salt & basalt'
    >>> _plain("&#" + "1" * 5000 + ";")[:5]
    '&#111'
    """
    if "<" in text or "&" in text:
        text = _TAG.sub("", text)
        with suppress(ValueError):  # a reference with a number of thousands of digits, which none can have, stays as it is written
            text = html.unescape(html.unescape(text))
    return " ".join(text.split())


def _html(text: str, blog: bool) -> str:
    """The HTML that a reader's program would make of a text."""
    if "<en-note" in text:
        return _NOTE_MARK.sub("", _NOTE_HEAD.sub("", text, count=1))
    if not blog or "<!-- wp:" in text:
        return text
    text = _CAPTION.sub(r"<figure>\1<figcaption>\2</figcaption></figure>", text)
    return "\n".join(part if _PRE.match(part) else _paragraphs(part) for part in _outside_pre(text))


def _outside_pre(text: str) -> Iterator[str]:
    """The text in pieces, each `<pre>` to its end one of them; one without an end goes to the end of the text."""
    at = 0  # where the piece that is being read starts
    inside = False
    for mark in _PRE.finditer(text):
        if inside != bool(mark[1]):
            continue
        end = text.find(">", mark.start()) + 1 if inside else mark.start()
        yield text[at : end or len(text)]
        at, inside = end or len(text), not inside
    yield text[at:]


def _paragraphs(text: str) -> str:
    """Blank lines as paragraphs, line ends as breaks: so WordPress shows what was written in its older editor.

    >>> _paragraphs("One.\\nTwo.\\n\\n<ul><li>Three</li></ul>")
    '<p>One.<br>\\nTwo.</p>\\n<ul><li>Three</li></ul>'
    """
    pieces = (piece.strip() for piece in _BLANK_LINE.split(text))
    return "\n".join(p if _BLOCK.match(p) else "<p>" + p.replace("\n", "<br>\n") + "</p>" for p in pieces if p)
