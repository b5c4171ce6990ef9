"""A saved wiki page to a Document: its top, its contents, its bottom, and the passages between."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pipeline.model import Citation, Document, Image, RawDocument, Removal, Span
from pipeline.parsers.rendered_wiki import fandom
from pipeline.parsers.rendered_wiki import furniture as f
from pipeline.parsers.rendered_wiki.body import Body, Line
from pipeline.parsers.rendered_wiki.votes import SIDE_LINES
from pipeline.text.layout import Draft, drop_empty_sections, layout
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import normalize

MAX_TITLE = 250  # code points of a title: MediaWiki allows 255 bytes
SIDE_LINE = 120  # code points of a line of a side bar: longer ones are prose, and the top has ended

SAME_SITE = 4  # letters in which two forms of a site's name agree: Википедия, Материал из Википедии

_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,10}")
_WINDOW = re.compile(r"(\S.*?) [-–—] (\S.{1,60})")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,5})\.?\s+(\S.*)")
_DATE = re.compile(r"(\d{1,2})\.? (?:de )?([^\W\d_]{3,12})\.? (?:de )?(\d{4})\b")
_DATE_CJK = re.compile(r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")


class _Top(NamedTuple):
    """What stands above the text of a page."""

    title: str
    site: str
    aliases: list[str]
    end: int  # number of the first line of the text
    removed: list[Line]


def parse(raw: RawDocument) -> Document:
    """The cleaned page."""
    lines = _lines(raw.text)
    removals: list[Removal] = []
    remove = _remover(removals)
    top = _top(lines, raw.options.title)
    for line in top.removed:
        remove("navigation", line)
    levels, contents = _contents(lines, top.end)
    for line in contents:
        remove("contents", line)
    gone = {line.number for line in contents}
    body = Body([line for line in lines[top.end :] if line.number not in gone], levels, remove, top.title)
    fields = body.bottom()
    drafts = body.drafts()
    drafts, empty, names = drop_empty_sections(drafts, "rendered_wiki.empty_section")
    return _document(raw, top, body, fields, drafts, [*removals, *empty], names)


def _lines(text: str) -> list[Line]:
    """Lines with their places, trimmed; a carriage return belongs to the line end."""
    lines: list[Line] = []
    at = 0
    for number, piece in enumerate(text.split("\n")):
        shown = piece.strip()
        start = at + len(piece) - len(piece.lstrip())
        lines.append(Line(number, normalize(shown).strip() if shown else "", Span(start, start + len(shown)), start - at))
        at += len(piece) + 1
    return lines


def _remover(removals: list[Removal]) -> Any:
    def remove(rule: str, line: Line, text: str = "") -> None:
        if shown := text or line.text:
            removals.append(Removal(f"rendered_wiki.{rule}", shown, line.span))

    return remove


def _top(lines: list[Line], given: str) -> _Top:
    """Title, site and everything else above the text: the first line is the title, the site's name ends the top."""
    shown = [line for line in lines[: SIDE_LINES * 3] if line.text][:SIDE_LINES]
    if found := fandom.top([line.text for line in shown]):
        title = shown[found.title]
        end = shown[found.end].number if found.end < len(shown) else len(lines)
        removed = [line for line in lines[:end] if line.text and line is not title]
        return _Top(given or title.text, found.site, [], end, removed)
    above: list[Line] = []  # menus of the skin, the address in a reader's view
    while shown and (_is_menu(shown[0].text) or f.JUMP.fullmatch(shown[0].text) or _HOST.fullmatch(shown[0].text)):
        above.append(shown.pop(0))
    if not shown:
        return _Top(given, "", [], 0, [])
    site_at = _site_line(shown)
    chosen = 0
    if above and site_at > 1:  # the title stands below the menus and the contents
        chosen = 0 if _HOST.fullmatch(above[-1].text) else _title_line(shown, site_at)
    first = shown[chosen]
    titled = len(first.text) <= MAX_TITLE and (site_at > 0 or (first.text[-1] not in ".!?" and len(first.text) <= SIDE_LINE))
    if not titled or f.EDIT_ANY.search(first.text):
        return _Top(given, "", [], 0, [])
    site = ""
    end = first.number + 1
    if site_at > 0:
        match = f.site(shown[site_at].text)
        site = f.group(match, "site") if match else ""
        end = shown[site_at].number + 1
    aliases: list[str] = []
    menus = len(above) > 1 or all(f.chrome(line.text) for line in shown[chosen + 1 : chosen + 3])
    for line in shown[max(site_at, chosen) + 1 :]:
        redirected = f.REDIRECTED.fullmatch(line.text)
        if redirected:
            aliases.append(f.group(redirected, "name"))
        elif not (f.JUMP.fullmatch(line.text) or f.SUBPAGE.fullmatch(line.text) or (_is_menu if menus else f.HIDE.fullmatch)(line.text)):
            break
        end = line.number + 1
    removed = [line for line in lines[:end] if line.text and line is not first]
    return _Top(given or _without_site(first.text, site), site, aliases, end, removed)


def _title_line(shown: list[Line], site_at: int) -> int:
    """The place of the title among the lines above the site's name: contents stand before it, languages and tabs behind."""
    end = next((i for i in range(site_at) if f.LANGUAGES.fullmatch(shown[i].text)), site_at)
    lead = " ".join(line.text for line in shown[site_at + 1 : site_at + 4]).lower()
    places = [i for i in range(end) if not _is_menu(shown[i].text)]
    return next((i for i in reversed(places) if shown[i].text.lower() in lead), places[-1] if places else 0)


def _is_menu(text: str) -> bool:
    return f.chrome(text) or f.HIDE.fullmatch(text) is not None


def _site_line(shown: list[Line]) -> int:
    """The place of the line that names the site, -1 where none does before the text."""
    for i, line in enumerate(shown[1:], 1):
        if len(line.text) <= SIDE_LINE and f.site(line.text):
            return i
        if len(line.text) > SIDE_LINE or f.EDIT_AFTER.fullmatch(line.text):
            break
    return -1


def _without_site(title: str, site: str) -> str:
    """A title as it stands in a window's bar, without the site's name behind it.

    >>> _without_site("Low Mere - Wikipedia", "Wikipedia, the free encyclopedia"), _without_site("Mills - a list", "Wikipedia")
    ('Low Mere', 'Mills - a list')
    """
    match = _WINDOW.fullmatch(title)
    return match[1] if match and site[:SAME_SITE].lower() == match[2][:SAME_SITE].lower() else title


def _contents(lines: list[Line], start: int) -> tuple[dict[str, int], list[Line]]:
    """The table of contents: heading -> level, and its lines."""
    shown = [line for line in lines[start:] if line.text]
    for i, line in enumerate(shown):
        if line.text.split("[")[0].strip().lower() not in f.CONTENTS:
            continue
        levels: dict[str, int] = {}
        taken = [line]
        for at in range(i + 1, len(shown)):  # no slice: a page may say "Contents" on every line
            entry = shown[at]
            match = _NUMBERED.fullmatch(entry.text)
            if match is None:
                if f.HIDE.fullmatch(entry.text) and not levels:
                    taken.append(entry)
                    continue
                break
            levels.setdefault(match[2].strip(), match[1].count(".") + 2)
            taken.append(entry)
        if levels:
            return {title: min(level, 6) for title, level in levels.items()}, taken
    return {}, []


def _document(
    raw: RawDocument, top: _Top, body: Body, fields: dict[str, Any], drafts: list[Draft], removals: list[Removal], empty: list[str]
) -> Document:
    offsets = ByteOffsets(raw.data, raw.text, raw.encoding)

    def place(span: Span) -> Span:
        return Span(offsets(span.start), offsets(span.end)) if span.start >= 0 else span

    for draft in drafts:
        draft.raw = place(Span(*draft.raw))
    text, blocks, links, tables = layout(drafts)
    license_text = fields.get("license", "")
    metadata = {
        "site": top.site,
        "infobox": body.infobox,
        "headings": body.headings,
        "empty_sections": empty,
        "hidden_categories": fields.get("hidden", []),
        "credits": fields.get("credits", ""),
        "contributors": fields.get("contributors", ""),
        "license_text": license_text,
        "last_modified": fields.get("modified", ""),
    }
    return Document(
        text=text,
        title=top.title,
        url=fields.get("url", ""),
        license=next((id for words, id in f.LICENSES if license_text and words.search(license_text)), ""),
        attribution=fields.get("contributors", ""),
        modified=_date(fields.get("modified", "")),
        blocks=blocks,
        links=links,
        citations=[Citation(kind="note", text=note) for note in body.notes],
        tables=tables,
        images=[Image(target, "", caption) for target, caption in body.images],
        tags=fields.get("tags", []),
        aliases=top.aliases,
        metadata={k: v for k, v in metadata.items() if v},
        removals=sorted((Removal(r.rule, r.text, place(r.span), r.kind) for r in removals), key=lambda r: r.span),
        flags=[],
    )


def _date(text: str) -> str:
    """The day in "on 3 May 2020, at 10:11." as ISO 8601; empty where its form is another.

    >>> _date("on 3 May 2020, at 10:11."), _date("am 3. Mai 2020 um 10:11 Uhr bearbeitet."), _date("2020年5月3日")
    ('2020-05-03', '2020-05-03', '2020-05-03')
    """
    if cjk := _DATE_CJK.search(text):
        year, month, day = cjk[1], int(cjk[2]), int(cjk[3])
    elif (match := _DATE.search(text)) and match[2].lower() in f.MONTHS:
        year, month, day = match[3], f.MONTHS[match[2].lower()], int(match[1])
    else:
        return ""
    return f"{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""
