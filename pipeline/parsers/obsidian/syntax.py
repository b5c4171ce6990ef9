"""What Obsidian adds inside a passage: highlights, tags, block ids, fields, callouts, tasks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipeline.parsers.obsidian.inline import shown
from pipeline.parsers.obsidian.passages import InlineLink, Spans

_HIGHLIGHT_MARK = re.compile(r"={2,}")
_BLOCK_ID = re.compile(r"(?:\A|(?<=\s))\^[A-Za-z0-9-]+[ \t]*(?=\n|\Z)")
# A tag follows white space; general punctuation, but not letters, digits, `/`, `_`, `-` or emoji, ends it.
_TAG = re.compile(r"(?<!\S)(?<!\{ )#([^\s!-,.:-@\[-^`{-~\u2000-\u206f\u2e00-\u2e7f\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f]+)")
_WIKILINK = re.compile(r"(!?)\[\[([^\[\]\n|]*[^\[\]\n|\\])(?:\\?\|([^\[\]\n]*))?\\?\]\]")
_FOOTNOTE = re.compile(r"\[\^([^\[\]\s]++)\]")
_INLINE_FOOTNOTE = re.compile(r"\^(?=\[[^\]\n])")
_CALLOUT = re.compile(r"[ \t]*\[!([^\]\n|]+)(?:\|([^\]\n]*))?\]([+-]?)[ \t]*(?:#{1,6}[ \t]+)?")  # a title may be a heading
_TASK = re.compile(r"\[([^\[\]\n])\][ \t]+(?=\S)")
_SPACES = re.compile(r"[ \t]{2,}|\t|[ \t]+(?=\n)|(?<=\n)[ \t]+")
_NOWHERE = re.compile(r"\[\[\|[^\[\]\n|]++\]\]")
# Attributes of the block or the link before them: Kramdown's `{: .note}`, Pandoc's `{#id .class}` at the end of a line, Logseq's sizes,
# and `{ #id}`, which Digital Garden makes of a block's id.
_ATTRIBUTES = re.compile(
    r"\{:[ ]?(?:[.#][\w-]|[\w-]++(?:=|[ ]\d)|toc(?=\}))[^{}\n]*+\}"
    r"|(?:(?<=[ \t])\{[ ]?[#.]|(?<!\S)\{[ ]?#)[\w-]++"
    r"(?:[ ]++[#.]?[\w-]++(?:=(?:\"[^\"{}\n]*+\"|'[^'{}\n]*+'|[^\s{}\"']*+))?+)*+[ ]*+\}[ \t]*+(?=\n|\Z)"
)
_SIZE = r"(?:max-|min-)?(?:width|height):"  # Dendron's
ID = re.compile(r"\{ ?#(?=[^\W_])([\w-]+)")  # the id in a list of attributes
_BRACED = re.compile(rf"\{{(?:[:.#%]|[ ][#.]|\{{[<%]|[ ]?[\w-]+=|[a-z][\w:]++\}}`|[ ]?{_SIZE})")
_SIZES = re.compile(rf"[ ]?\{{[ ]*+(?:[.#:][\w-]++(?=[ }}])|[\w-]++=|{_SIZE})[^{{}}\n]*+\}}")
_OPEN_ADDRESS = re.compile(r"(!?)\[([^\[\]\n]+)\]\(([^()\s]*\([^()\s]*\))(?=[\s.,;:!?]|\Z)")
_AROUND = re.compile(r"(!?)\[([^\[\]\n]+)\]\((https?://[^\s()<>]+)\)")  # what is left where a link stands in its words
# The address of a link that a generator works out: Hugo's `ref`, Jekyll's `link` and `post_url`, and a variable before a path.
_COMMANDED = re.compile(
    r"(!?)\[([^\[\]\n]*)\]\((?:\{\{[<%] *(?:rel)?ref +[\"'“]?([^\"'“”\s>%}]+)[\"'”]? *[>%]\}\}|\{%-? *(?:link|post_url) +([^\s%]+) *-?%\}"
    r"|\{\{ *site\.(?:base)?url *\}\}|(\{\{ *(?:site|page)\.[\w.]+ *\}\})"
    r"|\{\{ *[\"'“]([^\"'“”{}]+)[\"'”] *\| *(?:rela|abso)[\w_]+ *\}\})([^()\s]*)\)"
)
MAX_LABEL = 300  # code points of a link's words
_GLUED_STARS = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_SPACED_STARS = re.compile(r"(?<![A-Za-z0-9_*(])\*\*(?=\w)([^*\n]*[^\s*])[ \t]++\*\*")
_FIELD = re.compile(r"[\[(]([^\[\]()\n:]{1,60})::[ \t]*+([^\[\]()\n]++)[\])]|^([^\s:`|\[(][^:\n`|\[(]{0,60}?)::(?:[ \t]+(.+))?$", re.M)


_COMMANDS = (("<%", "%>"), ("{%", "%}"), ("{{<", ">}}"), ("{{%", "%}}"))


class Callout(NamedTuple):
    """The head of a callout."""

    type: str  # lower case
    fold: str  # "+", "-" or empty
    meta: str  # what stands behind a bar
    end: int  # code points of the head in its passage


class Edit(NamedTuple):
    """A replacement inside a passage."""

    start: int
    end: int
    text: str


def callout(text: str) -> Callout | None:
    """The callout that a quote's first passage opens, None for a plain quote."""
    found = _CALLOUT.match(text)
    return Callout(found[1].strip().lower(), found[3], found[2] or "", found.end()) if found else None


def task(text: str) -> tuple[str, int]:
    """(state, length of the mark) of a list item that is a task in any state, ("", 0) where it is none.

    >>> task("[/] half done")
    ('/', 4)
    """
    found = _TASK.match(text)
    return (found[1], found.end()) if found else ("", 0)


def tags(text: str, literal: Spans, links: Sequence[InlineLink] = ()) -> list[str]:
    """Tags in the text, without `#`; numbers alone are none. A link directly behind the sign is a tag of several words (Logseq).

    >>> tags("#rock/grey C# #12 x#y #1a", [])
    ['rock/grey', '1a']
    """
    found: list[str] = []
    linked: dict[int, InlineLink] | None = None if links else {}
    for m in _TAG.finditer(text):
        if linked is None:
            linked = {x.start: x for x in links if x.kind in ("wiki", "bare") and not x.image}
        link = linked.get(m.start(1))
        tag = text[link.start : link.end] if link else m[1].strip("/")
        if tag and not tag.isdigit() and not inside(m.start(), literal):
            found.append(tag)
    return found


def turned(links: Iterable[InlineLink]) -> list[Edit]:
    """Turns wikilinks round that have their words before the bar, and gives the edits by which these are shown.

    >>> link = InlineLink(0, 3, "the words", "wiki", False, "a.b")
    >>> turned([link]), link.target
    ([Edit(start=0, end=3, text='the words')], 'a.b')
    """
    found: list[Edit] = []
    for link in links:
        if link.kind == "wiki" and not link.image and link.words.strip():
            link.target, link.words = link.words, link.target
            found.append(Edit(link.start, link.end, link.words))
    return found


def labelled(text: str, links: Iterable[InlineLink]) -> list[Edit]:
    """Gives wikilinks that stand as the address of a Markdown link its words, as Logseq does, and the edits that take out the rest.

    >>> link = InlineLink(7, 15, "Oak tree", "bare", False, "")
    >>> labelled("[oaks](Oak tree)", [link]), link.start, link.end
    ([Edit(start=0, end=1, text=''), Edit(start=5, end=16, text='')], 1, 5)
    """
    found: list[Edit] = []
    for link in links:
        start, end = link.start, link.end
        if link.kind in ("bare", "wiki") and not link.image and text[start - 2 : start] == "](" and text[end : end + 1] == ")":
            at = text.rfind("[", max(0, start - MAX_LABEL), start - 2) + 1
            if at and at < start - 2 and not re.search(r"[\]\n]", text[at : start - 2]):
                link.start, link.end, link.kind, link.words = at, start - 2, "wiki", text[at : start - 2]
                link.image = text[max(0, at - 2) : at] == "!["
                lead = int(text[at - 3 : at - 2] == " " and text[end + 1 : end + 2] in ("", " "))  # of a picture, which has no words
                found += [Edit(at - 2 - lead, end + 1, "")] if link.image else [Edit(at - 1, at, ""), Edit(start - 2, end + 1, "")]
    return found


def fields(text: str, literal: Spans) -> list[tuple[str, str]]:
    """Inline fields: `key:: value` on a line of its own, `[key:: value]` and `(key:: value)` anywhere."""
    found = (m for m in _FIELD.finditer(text) if not inside(text.find("::", m.start()), literal))
    return [((m[1] or m[3]).strip("*_ "), (m[2] or m[4] or "").strip()) for m in found]


def wikilinks(text: str) -> list[tuple[list[Edit], InlineLink]]:
    """Wikilinks of a text that no Markdown reader has seen: what to change so that their words stand, and each with the place of these.

    >>> [(edits, link.target) for edits, link in wikilinks("a [[b|c]]")]
    [([Edit(start=2, end=6, text=''), Edit(start=7, end=9, text='')], 'b')]
    """
    found: list[tuple[list[Edit], InlineLink]] = []
    for m in _WIKILINK.finditer(text):
        start, end = m.span()
        words, image = (m[3] or "").strip(), bool(m[1])
        if words and not image:
            at, to = m.span(3)
            found.append(([Edit(start, at, ""), Edit(to, end, "")], InlineLink(at, to, m[2], "wiki", False, words)))
        else:  # an embed has no words, and takes the space before it along
            name = "" if image else shown(m[2])
            lead = int(not name and text[start - 1 : start] == " " and text[end : end + 1] in ("", " "))
            found.append(([Edit(start - lead, end, name)], InlineLink(start, end, m[2], "wiki" if words else "bare", image, words)))
    return found


def template(text: str) -> bool:
    """Whether a template's commands are left in the text, never run: Templater's, Liquid's, Hugo's and Quarto's.

    >>> template("<% tp.date.now() %>"), template("{{< youtube x >}}"), template("{% include a.html %}"), template("a <% b")
    (True, True, True, False)
    """
    if "%" not in text and "{<" not in text:
        return False
    return any(0 <= text.find(opens) < text.rfind(closes) for opens, closes in _COMMANDS)


def braced(text: str) -> bool:
    """Whether attributes or commands may stand in a text: most braces are those of formulas."""
    return "{" in text and _BRACED.search(text) is not None


def attributes(text: str, ends: Iterable[int]) -> list[Edit]:
    """Attributes that generators of sites take off what they stand behind; `ends` are the places behind links and pictures.

    >>> [text for text in ("Head {#id .x}", "a{: .b}", "{:height 3, :width 4}", "f(x){y} {z}") if attributes(text, [])]
    ['Head {#id .x}', 'a{: .b}', '{:height 3, :width 4}']
    """
    found = []
    for m in _ATTRIBUTES.finditer(text):
        start = m.start()
        while start and text[start - 1] in " \t":  # in no pattern, which would look at a run of spaces from each of them
            start -= 1
        found.append(Edit(start, m.end(), ""))
    for m in filter(None, (_SIZES.match(text, end) for end in ends)):
        lead = int(text[m.start() - 1 : m.start()] == " " and text[m.end() : m.end() + 1] in ("", " "))  # of a picture, which has no words
        found.append(Edit(m.start() - lead, m.end(), ""))
    return apart(found)


def open_links(text: str) -> list[tuple[list[Edit], InlineLink]]:
    """Links that Markdown does not see: their address has a parenthesis too few, a link stands in their words, or a generator would work
    their address out.

    >>> [link.target for _, link in open_links('[a](https://ex.com/B_(c) [d]({{< ref "e.md" >}}#f) [g]({% link _h/i.md %})')]
    ['https://ex.com/B_(c)', 'e.md#f', '_h/i.md']
    """
    found = [_opened(m, m[3]) for m in _OPEN_ADDRESS.finditer(text)]
    if "](http" in text:
        found += [_opened(m, m[3]) for m in _AROUND.finditer(text)]
    if "]({" in text:
        found += [_opened(m, (m[3] or m[4] or m[5] or m[6] or "") + m[7]) for m in _COMMANDED.finditer(text)]
    return found


def _opened(link: re.Match[str], target: str) -> tuple[list[Edit], InlineLink]:
    at, to = link.span(2)
    image = bool(link[1])
    edits = [Edit(link.start(), link.end(), "")] if image else [Edit(link.start(), at, ""), Edit(to, link.end(), "")]
    return edits, InlineLink(at, to, target, "inline", image, link[2])


def signs(text: str, literal: Spans) -> list[Edit]:
    """The signs of the dialect that go from a passage. Sorted, apart from each other, none inside literal text."""
    found: list[Edit] = []
    if "==" in text:
        found += _highlights(text, literal)
    if "**" in text:  # emphasis that CommonMark does not see: between letters of scripts without spaces, or with a space before its end
        for m in _GLUED_STARS.finditer(text):
            found += [Edit(m.start(), m.start() + 2, ""), Edit(m.end() - 2, m.end(), "")]
        for m in _SPACED_STARS.finditer(text):
            if text[m.end() : m.end() + 1] == "*" and not inside(m.end(), literal):
                continue
            apart_from_next = " " if m.end() < len(text) and not text[m.end()].isspace() else ""
            found += [Edit(m.start(), m.start() + 2, ""), Edit(m.end(1), m.end(), apart_from_next)]
    if "[[|" in text:  # a link to nothing has words all the same
        for m in _NOWHERE.finditer(text):
            found += [Edit(m.start(), m.start() + 3, ""), Edit(m.end() - 2, m.end(), "")]
    if "^" in text:
        found += [Edit(m.start(), m.end(), "") for m in _BLOCK_ID.finditer(text)]
        last = text.rfind("]")
        found += [Edit(m.start(), m.end(), "") for m in _INLINE_FOOTNOTE.finditer(text) if m.end() < last]
        found += [Edit(m.start() + 1, m.start() + 2, "") for m in _FOOTNOTE.finditer(text)]
    if literal and found:
        found = [e for e in found if not inside(e.start, literal)]
    return apart(found)


def spaces(text: str) -> list[Edit]:
    """Runs of spaces and tabs become one space, and none at the ends of lines."""
    found = []
    for m in _SPACES.finditer(text):
        at_line = m.end() == len(text) or text[m.end()] == "\n" or not m.start() or text[m.start() - 1] == "\n"
        found.append(Edit(m.start(), m.end(), "" if at_line else " "))
    return found


def _highlights(text: str, literal: Spans) -> list[Edit]:
    """Marks of highlights, in pairs: one opens before a word, the next that stands behind a word closes it."""
    found: list[Edit] = []
    opened = -1
    for m in _HIGHLIGHT_MARK.finditer(text):
        start, end = m.span()
        if end - start != 2 or inside(start, literal):
            continue
        if opened >= 0 and not text[start - 1].isspace():
            found += [Edit(opened, opened + 2, ""), Edit(start, end, "")]
            opened = -1
        elif end < len(text) and not text[end].isspace():
            opened = start
    return found


def apply(text: str, changes: Iterable[Edit], marks: Spans) -> tuple[str, list[tuple[int, int]]]:
    """The text with its changes made and without white space at its ends, and the spans `marks` moved along."""
    parts: list[str] = []
    ends: list[int] = [0]  # where each change ends in the old text
    shifts: list[int] = [0]  # by how much what follows moves
    at = shift = 0
    for start, end, new in changes:
        parts += [text[at:start], new]
        at = end
        shift += len(new) - (end - start)
        ends.append(end)
        shifts.append(shift)
    whole = "".join([*parts, text[at:]])
    final = whole.strip()
    lead = len(whole) - len(whole.lstrip()) if marks else 0
    size = len(final)

    def moved(place: int) -> int:
        return min(max(place + shifts[bisect_right(ends, place) - 1] - lead, 0), size)

    return final, [(moved(a), moved(b)) for a, b in marks]


def inside(place: int, literal: Spans) -> bool:
    """Whether a place is in one of the spans, which are in order and apart."""
    if not literal:
        return False
    at = bisect_right(literal, place, key=lambda span: span[0]) - 1
    return at >= 0 and place < literal[at][1]


def apart(found: list[Edit]) -> list[Edit]:
    """The edits in order, without those that reach into one before them."""
    found.sort()
    if all(a.end <= b.start for a, b in pairwise(found)):
        return found
    kept: list[Edit] = []
    for edit in found:
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
