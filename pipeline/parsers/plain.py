"""Plain text: paragraphs, obvious lists, indented code; nothing is markup, so nothing leaves."""

from __future__ import annotations

import re
from itertools import islice

from pipeline.model import Document, RawDocument, Span
from pipeline.text.layout import Draft, layout
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import apply, normalize
from pipeline.text.words import words

NAME = "text"
VERSION = "1"
MEDIA_TYPE = "text/plain"
IDENTITY = ("path",)

FLOOR = 0.35  # score of any prose: a dialect that shows itself stays ahead by more than the lead that detection asks for
CODE_INDENT = 4  # columns further in than the text's margin that make code of a paragraph
WRAP_MIN = 40  # lines shorter than this were ended on purpose (verse, addresses), not wrapped
WRAP_MAX = 100  # wrapped lines hardly pass this; longer ones are paragraphs of their own

_WORD = re.compile(r"\w{2,}")
_ITEM = re.compile(r"([ \t]*)([-*+•‣◦–]|\d{1,3}[.)]|[a-z]\))[ \t]+(?=\S)")
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def detect(head: str, path: str) -> tuple[float, list[str]]:
    """Prose in sentences is at least plain text; a `.txt` name is a little more."""
    # Two words, or four where a script writes them without spaces or a list has one letter a line.
    if len(list(islice(_WORD.finditer(head, 0, 4000), 2))) < 2 and len(words(head[:400])) < 4:
        return 0.0, []
    reasons = ["words"] + (["its name ends in .txt"] if path.lower().endswith((".txt", ".text")) else [])
    return FLOOR + (0.05 if len(reasons) > 1 else 0.0), reasons


def parse(raw: RawDocument) -> Document:
    """The clean text.

    >>> parse(RawDocument(text="one\\n\\n- two\\n- three", data=b"one\\n\\n- two\\n- three")).text
    'one\\n\\n- two\\n- three'
    """
    drafts: list[Draft] = []
    place = ByteOffsets(raw.data, raw.text, raw.encoding)
    paragraphs = _paragraphs(raw.text)
    margin = min((_indent(line) for lines in paragraphs for _, line in lines), default=0)
    for lines in paragraphs:
        drafts += _drafts(lines, margin, place)
    text, blocks, links, tables = layout(drafts)
    return Document(text=text, title=raw.options.title, blocks=blocks, links=links, tables=tables)


Line = tuple[int, str]  # code point where it starts, its text without the line end


def _paragraphs(text: str) -> list[list[Line]]:
    """Runs of lines between blank ones."""
    found: list[list[Line]] = [[]]
    at = 0
    for end in _LINE_END.finditer(text):
        _line(found, at, text[at : end.start()])
        at = end.end()
    _line(found, at, text[at:])
    return [lines for lines in found if lines]


def _line(found: list[list[Line]], at: int, line: str) -> None:
    if line and not line.isspace():
        found[-1].append((at, line))
    elif found[-1]:
        found.append([])


def _indent(line: str) -> int:
    """Columns of white space at the start of a line."""
    return len(line[: len(line) - len(line.lstrip())].expandtabs(CODE_INDENT))


def _drafts(lines: list[Line], margin: int, place: ByteOffsets) -> list[Draft]:
    """The passages of a paragraph: code where all of it stands further in than the margin of the whole text, else prose and items."""
    if all(_indent(line) >= margin + CODE_INDENT for _, line in lines) and not _ITEM.match(lines[0][1]):
        cut = min(len(line) - len(line.lstrip()) for _, line in lines)
        code = "\n".join(apply(line[cut:].rstrip(), spaces=False).text for _, line in lines)
        return [Draft("code", code, raw=_span(lines, place))] if code.strip() else []
    groups: list[list[Line]] = []
    for line in lines:
        if not groups or _ITEM.match(line[1]):
            groups.append([])
        groups[-1].append(line)
    # One line that starts like an item among prose is a dash or a date, not a list.
    if len(groups) == 2 and not _ITEM.match(groups[0][0][1]) and len(groups[1]) == 1:
        groups = [[*groups[0], *groups[1]]]
    return [draft for group in groups for draft in _passage(group, place)]


def _passage(lines: list[Line], place: ByteOffsets) -> list[Draft]:
    first = _ITEM.match(lines[0][1])
    marker, level = "", 0
    texts = [" ".join(normalize(line).split()) for _, line in lines]
    if first and (len(lines[0][1]) > first.end()):
        texts[0] = " ".join(normalize(lines[0][1][first.end() :]).split())
        sign = first[2]
        marker = f"{sign[:-1]}. " if sign[:-1].isdigit() else "- " if len(sign) == 1 else f"{sign} "
        level = 1 + len(first[1].expandtabs(4)) // 2
    text = _joined([t for t in texts if t])
    return [Draft("list_item" if marker else "paragraph", text, level, marker, raw=_span(lines, place))] if text else []


def _joined(lines: list[str]) -> str:
    """Hard-wrapped lines become one; lines that were ended on purpose stay lines."""
    body = lines[:-1]
    wrapped = bool(body) and all(WRAP_MIN <= len(line) <= WRAP_MAX for line in body)
    return (" " if wrapped else "\n").join(lines)


def _span(lines: list[Line], place: ByteOffsets) -> Span:
    return Span(place(lines[0][0]), place(lines[-1][0] + len(lines[-1][1])))
