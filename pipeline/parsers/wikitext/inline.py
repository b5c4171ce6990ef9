"""From a passage as it was collected to the words that stand in the text, and the links in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from pipeline.parsers.wikitext.data import INLINE_TAGS, STRAY_TAG, SWITCH
from pipeline.parsers.wikitext.plain_links import BAR, CLOSE, OPEN
from pipeline.parsers.wikitext.strip import (
    AMPERSAND,
    APOSTROPHE,
    DEFINITION,
    EQUALS,
    GAP,
    ITEM,
    ITEM_START,
    LESS_THAN,
    LINE_BREAK,
    LINK_END,
    LINK_INDEX,
    LINK_START,
    LIST_BREAK,
    Item,
    unescape,
)
from pipeline.text.layout import DraftLink
from pipeline.text.unicode import normalize

_APOSTROPHES = re.compile("('{2,})")
_LEFTOVER = re.compile(r"\[\[|\]\]|\{\{+|\}\}+|\{\||^\|\}|^\|-+|[\x10\x11]+", re.M)
# Brackets that a template or reference left empty, and punctuation that it left alone. White space is single when these run.
_EMPTY = re.compile(f" ?[(\\[]([\\s,;:/–—{GAP}]*)[)\\]]")
_AFTER_OPEN = re.compile(f"(?<=[(\\[])([ ,;:{GAP}]+)")
_SPACE_GAP, _COMMA_GAP, _SEMICOLON_GAP = (f"{sign}{GAP}" for sign in " ,;")
_SEPARATORS = " ,;:/–—"
_BRACKETS = ("(", "[")
_LOOSE = frozenset((*_SEPARATORS, *_BRACKETS))
_COMMAS = (",", ";")
_PUNCTUATION = frozenset(",.;:!?)]")
_SPACE_BEFORE = re.compile(f" (?=[,.](?:\\s|$|[{LINK_END}{CLOSE}]))")
_HIDDEN_START, _HIDDEN_END = OPEN + OPEN, CLOSE + CLOSE
_MARKS = re.compile(f"([{LINK_START}{LINK_END}{CLOSE}{BAR}]|[0-9]+{LINK_INDEX})")
# Text that the character policy leaves as it is, with this parser's own signs for links in it.
_UNTOUCHED = re.compile(
    f"[\n -~{LINK_START}{LINK_END}{LINK_INDEX}{OPEN}{CLOSE}{BAR}"
    "\u00a1-\u00ac\u00ae-\u02ff\u0370-\u05ff\u2010-\u2027\u2030-\u205e\u4e00-\u9fff\uac00-\ud7a3]*"
)
_BREAKS = re.compile(f"\\s*{LINE_BREAK}[\\s{LINE_BREAK}]*")
_LISTS = re.compile(f"\\s*{LIST_BREAK}[\\s{LIST_BREAK}]*")  # items inside others open as many

Finished = tuple[str, list[DraftLink]]


def unquoted(line: str) -> str:
    """A line without the apostrophes that mean italics and bold, by MediaWiki's rules for odd runs.

    >>> unquoted("''cours de '''L'''amour''"), unquoted("L'''idée''"), unquoted("''''''so''''''")
    ('cours de Lamour', "L'idée", "'so'")
    """
    if "'''" not in line:
        return line.replace("''", "")
    if "''''" not in line:
        bold = line.count("'''")
        if bold % 2 == 0 or (line.count("''") - bold) % 2 == 0:
            return line.replace("'''", "").replace("''", "")
    parts = _APOSTROPHES.split(line)
    bold = italic = 0
    for i in range(1, len(parts), 2):
        size = len(parts[i])
        if size == 4:
            parts[i - 1] += "'"
            size = 3
        elif size > 5:
            parts[i - 1] += "'" * (size - 5)
            size = 5
        bold += size in (3, 5)
        italic += size in (2, 5)
        parts[i] = "'" * size
    if bold % 2 and italic % 2:
        i = _odd_one(parts)
        if i:
            parts[i - 1] += "'"
    return "".join(parts[::2])


def _odd_one(parts: list[str]) -> int:
    """The run of three that is an apostrophe and italics: after a single letter, else after a longer word, else after a space."""
    single = multiple = space = 0
    for i in range(1, len(parts), 2):
        if len(parts[i]) != 3:
            continue
        before = parts[i - 1]
        if before[-1:] == " ":
            space = space or i
        elif before[-2:-1] == " " or len(before) == 1:
            single = single or i
        else:
            multiple = multiple or i
    return single or multiple or space


def tidy(text: str, normal: bool) -> str:
    """Markup that is left in a passage goes: switches, stray tags and brackets, empty brackets, gaps; white space collapses.

    `normal` is that of `finish`.
    """
    if "'" in text and "''" in text:  # one sign is looked for ten times as fast as two
        text = unquoted(text) if "\n" not in text else "\n".join([unquoted(line) if "''" in line else line for line in text.split("\n")])
    if "_" in text and "__" in text:
        text = SWITCH.sub("", text)
    if "\x12" in text:
        text = text.replace("\x12", "<")
    if "<" in text:
        text = STRAY_TAG.sub(_stray, text)
    if "{" in text or "}" in text or "[" in text or "]" in text or "|" in text or "\x10" in text or "\x11" in text:
        text = _LEFTOVER.sub("", text)
    text = text.strip()
    if "\n" in text or "  " in text or "\xa0" in text or "\t" in text:
        text = _single_spaced(text) if normal else " ".join(text.split())
    if GAP in text:
        text = _without_gaps(text)
    if ("," in text and " ," in text) or ("." in text and " ." in text):
        text = _SPACE_BEFORE.sub("", text)
    return text


def _single_spaced(text: str) -> str:
    """The same as splitting and joining where no spaces stand but the common ones, in less than half the time."""
    text = text.replace("\n", " ").replace("\t", " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _stray(match: re.Match[str]) -> str:
    """What a tag without a partner leaves: a list item begins at `<li>`, an inline tag parts no word."""
    name = match[1].lower()
    if name == "li" and match[0][1] != "/":
        return LIST_BREAK
    return "" if name in INLINE_TAGS else " "


def _line_end(breaks: re.Match[str]) -> str:
    """One break is a line end; more of them part passages."""
    return "\n\n" if breaks[0].count(LINE_BREAK) > 1 else "\n"


def _items_apart(text: str) -> str:
    """A list inside a line: its items apart by semicolons."""
    return _LISTS.sub("; ", _LISTS.sub(LIST_BREAK, text).strip(LIST_BREAK))


def _without_gaps(text: str) -> str:
    """Text without the marks of what went, and without what that left behind: empty brackets, doubled punctuation, spaces."""
    pieces = text.split(GAP)
    for piece in pieces:
        if piece[-1:] in _LOOSE:
            break
    else:  # what went stood right behind a word or a full stop: most footnotes do
        return "".join(pieces).strip()
    if ("(" in text or "[" in text) and any(p.rstrip(_SEPARATORS)[-1:] in _BRACKETS for p in text.split(GAP)[:-1]):
        text = _AFTER_OPEN.sub(_unless_gap, _EMPTY.sub(_unless_gap, text))
    if _SPACE_GAP in text or _COMMA_GAP in text or _SEMICOLON_GAP in text:
        text = _spaced(text)
    return text.replace(GAP, "").strip()


def _spaced(text: str) -> str:
    """Text without gaps: of the spaces around each one stays, none before punctuation, and of two commas one."""
    first, *rest = text.split(GAP)
    spaced = first[-1:] == " "
    out = [first[:-1] if spaced else first]
    for part in rest:
        words = part.lstrip(" ")
        spaced = spaced or len(words) != len(part)
        if words and words[0] in ",;" and out[-1][-1:] in _COMMAS:
            words, spaced = words[1:], False
        if words:
            if spaced and words[0] not in _PUNCTUATION:
                out.append(" ")
            spaced = words[-1] == " "
            out.append(words[:-1] if spaced else words)
    return "".join(out)


def _unless_gap(match: re.Match[str]) -> str:
    return "" if GAP in match[1] else match[0]


def finish(text: str, items: Sequence[Item], targets: Sequence[tuple[str, str]], lines: bool, normal: bool) -> Finished:
    """The words of a passage and its links, as plain tuples; with `lines` a `<br>` is a line end and two are a blank line, else a space.

    `normal` says that the character policy leaves every character of the page as it is.
    """
    if text[-1:] == "\n":  # as in most cells of tables
        text = text.strip()
    if text.isprintable():  # nothing that this parser put there, no line end, no space but the common one
        return plain(text, normal), []
    text = tidy(text, normal)
    if LINE_BREAK in text:
        text = _BREAKS.sub(_line_end if lines else " ", text).strip()
    if LIST_BREAK in text:
        text = _items_apart(text)
    if DEFINITION in text:
        text = text.replace(DEFINITION, "")
    if APOSTROPHE in text:
        text = text.replace(APOSTROPHE, "'")
    if EQUALS in text:
        text = text.replace(EQUALS, "=")
    if LESS_THAN in text:
        text = text.replace(LESS_THAN, "<")
    if "&" in text:  # entities that the parser does not know
        text, normal = unescape(text), False
    if AMPERSAND in text:
        text = text.replace(AMPERSAND, "&")
    if ITEM_START in text:
        text, normal = ITEM.sub(lambda m: shown(items[int(m[1])]), text).strip(), False
    if LINK_START not in text:
        return text if normal and text.isprintable() else normalize(text), []
    return _linked(text, targets, normal)


def plain(text: str, normal: bool) -> str:
    """The words of a passage on one line without any sign of this parser: what `finish` does, as far as it applies."""
    if text.isalnum():  # most cells of tables
        return text if normal else normalize(text)
    if "'" in text and "''" in text:  # one sign is looked for ten times as fast as two
        text = unquoted(text)
    if "_" in text and "__" in text:
        text = SWITCH.sub("", text)
    tags = "<" in text
    if tags:
        text = STRAY_TAG.sub(_stray, text)
    if "{" in text or "}" in text or "[" in text or "]" in text or "|" in text:
        text = _LEFTOVER.sub("", text)
    text = text.strip()
    if "  " in text:
        text = " ".join(text.split())
    if tags and LIST_BREAK in text:
        text = _items_apart(text)
    if ("," in text and " ," in text) or ("." in text and " ." in text):
        text = _SPACE_BEFORE.sub("", text)
    if "&" in text:  # entities that the parser does not know
        text, normal = unescape(text), False
    return text if normal else normalize(text)


def _linked(text: str, targets: Sequence[tuple[str, str]], normal: bool) -> Finished:
    """Takes the marks of links out of a passage and says where they stood."""
    clean = normal or text.isascii() or (_UNTOUCHED.fullmatch(text) is not None and unicodedata.is_normalized("NFC", text))
    if not clean:
        text = _normal_pieces(text)
    out, links = _numbered_links(text, targets) if LINK_INDEX in text else _hidden_links(text)
    words = "".join(out)
    if not clean or not normal or CLOSE in words or BAR in words or OPEN in words or LINK_END in words or LINK_INDEX in words:
        changed = normalize(words)
        if changed != words:  # a character at the edge of a link composed with its neighbour
            return changed, [link for link in links if changed[: link[1]] == words[: link[1]]]
    return words, links


def _hidden_links(text: str) -> tuple[list[str], list[DraftLink]]:
    """The pieces of a passage without marks, and the links, where all of them are plain: most passages are such."""
    first, *pieces = text.split(_HIDDEN_START)
    out = [first]
    links: list[Any] = []  # plain tuples, a third of the time of DraftLink(...): there is one for every twenty words
    at = len(first)
    for piece in pieces:
        inside, hidden, after = piece.partition(_HIDDEN_END)
        if not hidden:  # half a link, in a piece of a passage: its signs go at the end
            out.append(piece)
            at += len(piece)
            continue
        target, bar, label = inside.partition(BAR)
        if not bar:
            label = target
        if "_" in target:
            target = target.replace("_", " ")
        end = at + len(label)
        links.append((at, end, target, "wiki", ""))
        out += label, after
        at = end + len(after)
    return out, links


def _numbered_links(text: str, targets: Sequence[tuple[str, str]]) -> tuple[list[str], list[DraftLink]]:
    """The same where links of every kind stand in the passage."""
    first, *pieces = text.split(LINK_START)
    out = [first]
    links: list[Any] = []
    at = len(first)
    for piece in pieces:
        if not piece:  # the first sign of a hidden link
            continue
        link, hidden, after = piece.partition(_HIDDEN_END)
        if hidden:
            target, bar, label = link.partition(BAR)
            if not bar:
                label = target
            target, kind = target.replace("_", " "), "wiki"
        else:
            number, index, words = piece.partition(LINK_INDEX)
            if not index or not number.isdecimal():  # half a link, in a piece of a passage: its signs go at the end
                out.append(piece)
                at += len(piece)
                continue
            label, _, after = words.partition(LINK_END)
            target, kind = targets[int(number)]
        end = at + len(label)
        links.append((at, end, target, kind, ""))
        out += label, after
        at = end + len(after)
    return out, links


def _normal_pieces(text: str) -> str:
    """A passage under the character policy but for the marks of links in it."""
    return "".join([piece if piece.isascii() else normalize(piece) for piece in _MARKS.split(text)])


_TEX_DOUBLE = re.compile(r"(?<=[{}'\[\]])(?=([{}'\[\]]))")


def shown(item: Item) -> str:
    """What an extension tag shows inside a line: literal text, code, or a formula between dollar signs."""
    if item.what == "math":
        return tex(item)
    content = item.content
    if item.what == "literal" and "<" in content:
        content = content.replace("<nowiki/>", "")
    return unescape(content) if item.what in ("literal", "code") else ""


def tex(item: Item) -> str:
    """A formula inside a line: its TeX between dollar signs; signs that would read as wiki markup are set apart by a space, which
    means nothing in TeX."""
    body = " ".join(item.content.split())
    if not body:
        return ""
    return f"${_TEX_DOUBLE.sub(' ', body)}$"
