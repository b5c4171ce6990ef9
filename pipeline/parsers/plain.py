"""Plain text: paragraphs, obvious lists, indented code; nothing is markup, so nothing leaves.

Programs and files of data are one passage of code, as they stand: their line ends and indents are content. Texts in a markup of which
there is no parser keep their marks, and say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, groupby, islice

from pipeline.model import Diagnostic, Document, RawDocument, Span
from pipeline.text.layout import Draft, layout
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import apply, normalize
from pipeline.text.words import columns, joined, words

NAME = "text"
VERSION = "3"
MEDIA_TYPE = "text/plain"
IDENTITY = ("path",)

FLOOR = 0.35  # score of any prose: a dialect that shows itself stays ahead by more than the lead that detection asks for
CODE_INDENT = 4  # columns further in than the text's margin that make code of a paragraph
WRAP_MIN = 40  # columns; lines shorter than this were ended on purpose (verse, addresses), not wrapped
WRAP_MAX = 100  # columns; wrapped lines hardly pass this; longer ones are paragraphs of their own

# What a file's name says it is, where nothing else could be told from its text: `# x` is a comment here and a heading there.
PROGRAMS = frozenset(
    (
        ".py .pyi .rb .pl .pm .lua .sh .bash .zsh .fish .bat .cmd .ps1 .c .h .cc .cpp .cxx .hpp .cs .java .kt .scala .go .rs .swift .m .mm "
        ".r .jl .hs .ml .clj .ex .exs .erl .ts .tsx .jsx .el .lisp .vim .asm .f .f90 .pas .vb .sql .diff .patch "
        ".csv .tsv .json .yaml .yml .toml .ini .cfg .conf .properties .env .log .bib .ris"
    ).split()
)
MARKUPS = {
    ".rst": "reStructuredText",
    ".org": "Org",
    ".adoc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".tex": "LaTeX",
    ".textile": "Textile",
    ".creole": "Creole",
    ".pod": "POD",
    ".tid": "TiddlyWiki",
    ".srt": "SubRip subtitles",
    ".vtt": "WebVTT subtitles",
}

Line = tuple[int, str]  # code point where it starts, its text without the line end

_WORD = re.compile(r"\w{2,}")
_ITEM = re.compile(r"([ \t]*)([-*+•‣◦–]|\d{1,3}[.)]|[a-z]\))[ \t]+(?=\S)")
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def detect(head: str, path: str) -> tuple[float, list[str]]:
    """Prose in sentences is at least plain text; a `.txt` name is a little more."""
    # Two words, or four where a script writes them without spaces or a list has one letter a line.
    if len(list(islice(_WORD.finditer(head, 0, 4000), 2))) < 2 and sum(any(map(str.isalnum, w)) for w in words(head[:400])) < 4:
        return 0.0, []
    reasons = ["words"] + (["its name ends in .txt"] if path.lower().endswith((".txt", ".text")) else [])
    return FLOOR + (0.05 if len(reasons) > 1 else 0.0), reasons


def suffix(path: str) -> str:
    """The ending of a file's name where it tells that this is a program, data or a markup without a parser; else empty.

    >>> suffix("src/Main.PY"), suffix("note.md"), suffix("rows.jsonl!/https://example.org/a.py")
    ('.py', '', '')
    """
    name = path.rpartition("/")[2]
    ending = "." + name.rpartition(".")[2].lower() if "." in name[1:] and "://" not in path else ""
    return ending if ending in PROGRAMS or ending in MARKUPS else ""


def parse(raw: RawDocument) -> Document:
    """The clean text.

    >>> parse(RawDocument(text="one\\n\\n- two\\n- three", data=b"one\\n\\n- two\\n- three")).text
    'one\\n\\n- two\\n- three'
    """
    kind = suffix(raw.path)
    place = ByteOffsets(raw.data, raw.text, raw.encoding)
    text, blocks, links, tables = layout(_whole(raw.text, place) if kind in PROGRAMS else _prose(raw.text, place))
    document = Document(text=text, title=raw.options.title, blocks=blocks, links=links, tables=tables)
    if kind in MARKUPS:
        document.flags.append("other_markup")
        document.diagnostics.append(Diagnostic("text.other_markup", f"there is no parser for {MARKUPS[kind]}: its marks are in the text"))
    return document


def _lines(text: str) -> Iterator[Line]:
    at = 0
    for end in _LINE_END.finditer(text):
        yield at, text[at : end.start()]
        at = end.end()
    yield at, text[at:]


def _blank(line: Line) -> bool:
    return not line[1].strip()


def _whole(text: str, place: ByteOffsets) -> list[Draft]:
    """All of a text as one passage of code."""
    lines = list(dropwhile(_blank, _lines(text)))
    while lines and _blank(lines[-1]):
        lines.pop()
    return [_code(lines, 0, place)] if lines else []


def _prose(text: str, place: ByteOffsets) -> list[Draft]:
    paragraphs = [list(lines) for blank, lines in groupby(_lines(text), _blank) if not blank]
    margin = min((_indent(line) for lines in paragraphs for _, line in lines), default=0)
    return [draft for lines in paragraphs for draft in _drafts(lines, margin, place)]


def _indent(line: str) -> int:
    """Columns of white space at the start of a line."""
    return len(line[: len(line) - len(line.lstrip())].expandtabs(CODE_INDENT))


def _drafts(lines: list[Line], margin: int, place: ByteOffsets) -> list[Draft]:
    """The passages of a paragraph: code where all of it stands further in than the margin of the whole text, else prose and items."""
    if all(_indent(line) >= margin + CODE_INDENT for _, line in lines) and not _ITEM.match(lines[0][1]):
        cut = min(len(line) - len(line.lstrip()) for _, line in lines)
        code = _code(lines, cut, place)
        return [code] if code.text.strip() else []
    groups: list[list[Line]] = []
    for line in lines:
        if not groups or _ITEM.match(line[1]):
            groups.append([])
        groups[-1].append(line)
    # One line that starts like an item among prose is a dash or a date, not a list.
    if len(groups) == 2 and not _ITEM.match(groups[0][0][1]) and len(groups[1]) == 1:
        groups = [[*groups[0], *groups[1]]]
    return [draft for group in groups for draft in _passage(group, place)]


def _code(lines: list[Line], cut: int, place: ByteOffsets) -> Draft:
    """Lines as they stand, without the first `cut` characters of each."""
    return Draft("code", "\n".join(apply(line[cut:].rstrip(), spaces=False).text for _, line in lines), raw=_span(lines, place))


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
    wrapped = all(WRAP_MIN <= columns(line) <= WRAP_MAX for line in body)
    return joined(lines) if wrapped else "\n".join(lines)


def _span(lines: list[Line], place: ByteOffsets) -> Span:
    return Span(place(lines[0][0]), place(lines[-1][0] + len(lines[-1][1])))
