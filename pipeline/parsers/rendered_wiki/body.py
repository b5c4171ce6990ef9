"""The text of a saved wiki page: its bottom is cut off, the rest becomes headings, paragraphs, lists, tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline.model import Span
from pipeline.parsers.rendered_wiki import furniture as f
from pipeline.parsers.rendered_wiki.unmarked import unmarked_headings
from pipeline.parsers.rendered_wiki.votes import MIN_OTHER_MARKS
from pipeline.text.layout import Draft, table_text

MAX_CAPTION = 120  # code points of a line that may be a picture's caption written twice: longer ones are prose that repeats
MAX_BOTTOM = 700  # code points of a line at the bottom: longer ones are prose
MAX_LABEL = 60  # code points of the label of a box
MAX_LISTED = 80  # lines of a list of categories whose label stands alone

_FILE = re.compile(r"[^\n/\\|<>\[\]{}]{1,150}\.(?:jpe?g|png|gif|svg|webp|tiff?|bmp|ogg|ogv|webm|pdf)", re.I)
_ITEM = re.compile(r"([-*•·‣–])\s+(\S.*)")
_NUMBER = re.compile(r"(\d{1,3})[.)]\s+(\S.*)")
_NOTE = re.compile(r"(?:↑|\^)\s*(?:(?:[a-z]|\d+\.\d+)\s+)*(\S.*)")
_NOTE_MARK = re.compile(r"(?<=[\w.,;:!?)\"'”’»\]])\[(?:\d{1,3}|[a-z]|note \d{1,3}|nb \d{1,3})\]")
_MATH = re.compile(r"\[math\](?:\\displaystyle\s*+)?+((?:[^\[]|\[(?!/?math\]))*+)\[/math\]")


class Line(NamedTuple):
    """A line of a page."""

    number: int
    text: str  # trimmed, under the character policy
    span: Span  # code points of the source
    indent: int


Remove = Callable[..., None]


class Body:
    """The lines below the top of a page."""

    def __init__(self, lines: list[Line], levels: dict[str, int], remove: Remove, title: str) -> None:
        self.lines = lines
        self.title = title
        self.levels = levels  # titles in the table of contents -> level
        self.remove = remove
        self.headings: list[str] = []
        self.notes: list[str] = []
        self.images: list[tuple[str, str]] = []  # (file, caption)
        self.infobox: dict[str, str] = {}
        self._marked: dict[int, str] = {}  # headings by their bare or empty edit marks
        self._titles = self._find_headings()
        self._has_notes = any(title.lower() in f.REFERENCES for title, _ in self._titles.values())

    # -- headings ---------------------------------------------------------------------------------------------------------

    def _find_headings(self) -> dict[int, tuple[str, int]]:
        """Index of a line -> (title, level): by its edit mark, by the mark alone on the next line, by the table of contents."""
        found: dict[int, tuple[str, int]] = {}
        shown = [i for i, line in enumerate(self.lines) if line.text]
        waiting = dict(self.levels)
        self._other_marks(shown)
        for here, i in enumerate(shown):
            text = self.lines[i].text
            match = f.EDIT_AFTER.fullmatch(text) if "[" in text and len(text) <= 400 else None
            after = self.lines[shown[here + 1]] if here + 1 < len(shown) else None
            if match and not f.EDIT_ALONE.fullmatch(text):
                title = match["title"].lstrip("#").strip()
            elif after and after.number - self.lines[i].number <= 2 and f.EDIT_ALONE.fullmatch(after.text) and len(text) <= 250:
                title = text.lstrip("#").strip()
            elif text in waiting or i in self._marked:
                title = self._marked.get(i, text)
            else:
                continue
            level = waiting.pop(title, None) or self.levels.get(title, 2)
            found[i] = (title, level)
        return found or self._unmarked_headings()

    def _other_marks(self, shown: list[int]) -> None:
        """Headings with the bare word of an edit mark below them, as on a phone, or empty brackets behind, as on Fandom; at least two."""
        bare: list[int] = []
        for above, i in itertools.pairwise(shown):
            title, word = self.lines[above].text, self.lines[i].text
            if word.lower() in f.EDIT_BARE and len(title) <= MAX_CAPTION and not f.SENTENCE_END.search(title) and not f.chrome(title):
                bare.append(i)
                self._marked[above] = title
            elif "[" in title and len(title) <= MAX_CAPTION and (empty := f.EMPTY_MARK.fullmatch(title)):
                self._marked[above] = empty["title"].strip()
        if len(self._marked) < MIN_OTHER_MARKS:
            self._marked = {}
            return
        for i in bare:
            self.remove("edit_mark", self.lines[i])
            self.lines[i] = self.lines[i]._replace(text="")
        gone = set(bare)
        shown[:] = [i for i in shown if i not in gone]

    def _unmarked_headings(self) -> dict[int, tuple[str, int]]:
        """The headings of a page saved without edit marks and contents."""
        texts = [line.text for line in self.lines]
        return {index: (texts[index], level) for index, level in unmarked_headings(texts, self.title)}

    # -- bottom -----------------------------------------------------------------------------------------------------------

    def bottom(self) -> dict[str, Any]:
        """Cuts off the bottom of the page and returns what its lines say, by field."""
        start = self._bottom_start()
        fields: dict[str, Any] = {"tags": [], "hidden": []}
        rule, listing = "navigation", ""
        blank = False
        for line in self.lines[start:]:
            if not line.text:
                blank = True
                continue
            kind, match = _bottom_kind(line.text)
            if match is not None:
                rule, listing = kind, {"categories": "tags", "hidden_categories": "hidden"}.get(kind, "")
                _note_fields(match, fields)
            elif line.text.lower() in f.CATEGORIES_ALONE:
                rule, listing = "categories", "tags"
            elif listing and (f.chrome(line.text) or line.text.endswith((":", "："))):
                rule, listing = "navigation", ""
            elif listing and len(line.text) <= 250:
                fields[listing].append(line.text)
            elif blank and rule != "navigation":
                rule, listing = "navigation", ""
            if _FILE.fullmatch(line.text):
                self.images.append((line.text, ""))
            self.remove(rule, line)
            blank = False
        self._box_labels(start)
        return fields

    def _bottom_start(self) -> int:
        """The first line of the bottom: below it stand no heading with text under it."""
        size = len(self.lines)
        candidates = [i for i, line in enumerate(self.lines) if line.text and _starts_bottom(line.text)]
        last = max((i for i in self._titles if self._has_text_before(i)), default=-1)
        start = next((i for i in candidates if i > last), size)
        for i in range(start - 1, max(last, start - MAX_LISTED), -1):  # a list of categories whose label stands alone
            text = self.lines[i].text
            if start < size and text.lower() in f.CATEGORIES_ALONE:
                return i
            if len(text) > MAX_LABEL or f.SENTENCE_END.search(text):
                break
        return start

    def _has_text_before(self, heading: int) -> bool:
        """Whether words stand between a heading and whatever heading or bottom line comes next."""
        for i in range(heading + 1, len(self.lines)):
            if i in self._titles:
                return False
            text = self.lines[i].text
            if text and not f.EDIT_ALONE.fullmatch(text):
                return not _starts_bottom(text)
        return False

    def _box_labels(self, start: int) -> None:
        """Boxes of pictures above the bottom: file names, the label above them, and a label above the box."""
        end = start
        while end and not self.lines[end - 1].text:
            end -= 1
        at = end
        while at and _FILE.fullmatch(self.lines[at - 1].text):
            at -= 1
        if at == end:
            self.lines = self.lines[:start]
            return
        for line in self.lines[at:end]:
            self.remove("resource_box", line)
        for _ in range(2):
            label = at - 1
            while label >= 0 and not self.lines[label].text:
                label -= 1
            alone = label < 1 or not self.lines[label - 1].text
            text = self.lines[label].text if label >= 0 else ""
            if label < 0 or label in self._titles or not alone or len(text) > MAX_LABEL or f.SENTENCE_END.search(text):
                break
            self.remove("resource_box", self.lines[label])
            at = label
        self.lines = self.lines[:at]

    # -- passages ---------------------------------------------------------------------------------------------------------

    def drafts(self) -> list[Draft]:
        """Headings and passages in order."""
        drafts: list[Draft] = []
        section = ""
        i, size = 0, len(self.lines)
        while i < size:
            line = self.lines[i]
            if not line.text:
                i += 1
            elif i in self._titles:
                title, level = self._titles[i]
                section = title.lower()
                self.headings.append(title)
                drafts.append(Draft("heading", self._words(title, line), level, raw=line.span))
                if line.text != title:
                    self.remove("edit_mark", line, line.text[len(title) :].strip() if line.text.startswith(title) else line.text)
                i += 1
            else:
                stop = i + 1
                while stop < size and self.lines[stop].text and stop not in self._titles:
                    stop += 1
                self._passage(self.lines[i:stop], section, drafts)
                i = stop
        return drafts

    def _passage(self, lines: list[Line], section: str, drafts: list[Draft]) -> None:
        """Lines without a blank one between."""
        lines = self._without_furniture(lines)
        if not lines:
            return
        if section in f.REFERENCES and all(_NOTE.match(line.text) or _NUMBER.match(line.text) for line in lines):
            for line in lines:
                match = _NOTE.match(line.text)
                words = self._words(match[1] if match else line.text, line)
                self.notes.append(words)
                drafts.append(Draft("footnote", words, raw=line.span))
            return
        if sum("\t" in line.text for line in lines) * 2 > len(lines):
            self._rows(lines, bool(self.headings), drafts)
            return
        plain: list[Line] = []
        for line in lines:
            item = _ITEM.fullmatch(line.text) or _NUMBER.fullmatch(line.text)
            if item is None and not (section in f.LISTS and len(lines) == 1):
                plain.append(line)
                continue
            self._paragraph(plain, drafts)
            plain = []
            marker = f"{item[1]}. " if item and item[1].isdigit() else "- "
            words = self._words(item[2] if item else line.text, line)
            if words:
                drafts.append(Draft("list_item", words, 1 + min(line.indent // 2, 5), marker, raw=line.span))
        self._paragraph(plain, drafts)

    def _paragraph(self, lines: list[Line], drafts: list[Draft]) -> None:
        text = "\n".join(words for line in lines if (words := self._words(line.text, line)))
        if text:
            drafts.append(Draft("paragraph", text, raw=Span(lines[0].span.start, lines[-1].span.end)))

    def _without_furniture(self, lines: list[Line]) -> list[Line]:
        """Lines of a passage that are words of the article; captions and file names become images."""
        kept: list[Line] = []
        i = 0
        while i < len(lines):
            line = lines[i]
            text = line.text
            if i + 1 < len(lines) and lines[i + 1].text == text and len(text) <= MAX_CAPTION and not _ITEM.match(text) and "\t" not in text:
                self.images.append(("", text))
                self.remove("caption", line)
                self.remove("caption", lines[i + 1])
                i += 2
                continue
            if _FILE.fullmatch(text):
                self.images.append((text, ""))
                self.remove("file_name", line)
            elif f.EDIT_ALONE.fullmatch(text):
                self.remove("edit_mark", line)
            elif f.HATNOTE.fullmatch(text):
                self.remove("hatnote", line)
            elif f.CATEGORY_LINK.fullmatch(text):
                self.remove("category_link", line)
            elif f.MAINTENANCE.fullmatch(text):
                self.remove("maintenance", line)
            elif f.JUMP.fullmatch(text):
                self.remove("navigation", line)
            else:
                kept.append(line)
            i += 1
        return kept

    def _rows(self, lines: list[Line], in_sections: bool, drafts: list[Draft]) -> None:
        """Lines with tabs: fields of the box at the top where they come in pairs above the first heading, else a table."""
        found = [(line, [self._words(cell.strip(), line) for cell in line.text.split("\t")]) for line in lines]
        found = [(line, row) for line, row in found if any(row)]
        if not in_sections and all(len(row) == 2 and 0 < len(row[0]) <= MAX_LABEL for _, row in found):
            for line, (label, value) in found:
                self.infobox[label] = value
                self.remove("infobox", line)
            return
        if rows := [row for _, row in found]:
            drafts.append(Draft("table", table_text(rows), rows=rows, raw=Span(lines[0].span.start, lines[-1].span.end)))

    def _words(self, text: str, line: Line) -> str:
        """A line without the marks of editors and footnotes; formulas between dollar signs; single spaces."""
        if "[" in text:
            text = self._marks(f.EDIT_ANY, "edit_mark", text, line)
            text = self._marks(f.INLINE_MARKS, "inline_mark", text, line)
            if self._has_notes:
                text = self._marks(_NOTE_MARK, "reference_mark", text, line)
            if "[math]" in text:
                text = _MATH.sub(lambda m: f"${m[1].strip()}$", text)
        if "Edit this" in text:
            text = self._marks(f.MAINTENANCE, "maintenance", text, line)
        return " ".join(text.split())

    def _marks(self, pattern: re.Pattern[str], rule: str, text: str, line: Line) -> str:
        found = [m[0].strip() for m in pattern.finditer(text)]
        if not found:
            return text
        self.remove(rule, line, " ".join(found))
        return pattern.sub(" " if pattern is f.MAINTENANCE else "", text)


def _bottom_kind(text: str) -> tuple[str, re.Match[str] | None]:
    if len(text) <= MAX_BOTTOM:
        for kind in f.BOTTOM:
            if match := kind.pattern.fullmatch(text):
                return kind.rule, match
    return "", None


def _starts_bottom(text: str) -> bool:
    """Whether a line may begin the bottom of a page: not by words that are common in prose."""
    if len(text) > MAX_BOTTOM:
        return False
    if text.startswith("Navigation:"):
        return text.count(" - ") >= 3
    return any(not kind.weak and kind.pattern.fullmatch(text) for kind in f.BOTTOM)


def _note_fields(match: re.Match[str], fields: dict[str, Any]) -> None:
    for name in ("url", "modified", "license", "credits", "contributors"):
        if value := f.group(match, name):
            fields.setdefault(name, value)
    for name in ("tags", "hidden"):
        if value := f.group(match, name):
            fields[name] += [part.strip() for part in re.split(r"\s*[|·•]\s*", value) if part.strip()]
