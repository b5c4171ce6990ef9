"""Boxes of site generators and plugins around Markdown, rewritten as what a note has for them.

`:::tip Title`, `!!! tip "Title"` and a fence ```` ```ad-tip ```` become callouts, `=== "Tab"` its label above what it holds; a line with
the tag of a component (`<Steps>`) goes, and what is in the box is Markdown again. Only the lines that change are touched.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.parsers.obsidian.sites import DATA, IndentedCode, Line, closers, fence, head, lines
from pipeline.parsers.obsidian.syntax import Edit

MAX_TAG_LINES = 40  # lines of one tag: longer ones are text with a stray sign
MAX_LINES = 20_000  # lines of a text with boxes, ten times those of the longest pages seen: a longer one is left as it is
MAX_OPENED = 1_000  # boxes of a text, likewise
MAX_BOXES = 6  # boxes in boxes, of which real pages have three: every one makes each line in it two signs longer

_BOX = r"[ \t]*+(?::::|!!!|\?\?\?|===[!+]? |[`~]{3,}+[ \t]*+(?:ad-|\{[a-z-]++\})|</?(?:[A-Z>]|aside>))"
_ATTRIBUTES = "obsidian.attribute_list"  # the rule under which settings of boxes go
_FIRST = re.compile(_BOX)
_SIGN = re.compile(r"\n" + _BOX)  # not `^`, which is asked at every character
_COLONS = re.compile(r"(:{3,}+)[ \t]*+(.*)")  # of lines without white space at their end, as all below
_BANG = re.compile(r"(!!!|\?\?\?\+?)[ \t]++([A-Za-z][\w-]*+(?:[ ]++[\w-]++)*+)[ \t]*+(?:\"(.*)\")?\Z")
_TAB = re.compile(r"===[!+]?[ \t]++(?:\"(.*)\"|'(.*)')\Z")
_SETTING = re.compile(r"(" + "|".join(DATA["settings"].split()) + r")[ \t]*+:[ \t]*+(.*)", re.I)
_OPTION = re.compile(r":[\w-]+:(?:[ \t]|\Z)")
_FENCE = re.compile(r"([ \t>]*)(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)*(`{3,}(?=[^`]*\Z)|~{3,})")
_OPENS = re.compile(r"<([A-Z][\w.]*|aside)(?=[\s/>]|\Z)")
_ASIDE = re.compile(r"<aside>[ \t]*+(?=\S)(.*?)(</aside>)?\Z")
_PROGRAM = re.compile(r"import\s.*\sfrom\s+['\"]|import\s+['\"]|export\s+(?:const|let|var|default|function|async|class|\{|\*)")
_REMARK = re.compile(r"\{/\*.*?\*/\}")
_OPENS_ANY = re.compile(r"<([A-Z][\w.]*|" + "|".join(DATA["plain_elements"].split()) + r")(?=[\s/>]|\Z)")
_CLOSES = re.compile(r"</([A-Za-z][\w.]*)?>[ \t]*\Z|<>[ \t]*\Z")
_CLOSED = re.compile(r"</([A-Za-z][\w.]*)>")
_SHOWN = re.compile(r"(?<=\s)(?:" + "|".join(DATA["shown_attributes"].split()) + r")=(?:\"([^\"\n]*)\"|'([^'\n]*)')")


class _Box(NamedTuple):
    kind: str  # colons | indented | fence | component
    mark: str  # what closes it: its colons, its fence, its name
    column: int  # of its first line
    inner: int  # column at which the lines inside begin, -1 until one is seen
    prefix: str  # what stands before them then


class Boxes(NamedTuple):
    """What to change in a text so that its boxes read as Markdown, and what of it nobody sees."""

    edits: list[Edit]
    hidden: list[tuple[str, int, int]]  # rule, first code point, one past the last


def boxes(text: str, callouts: bool, components: bool) -> Boxes:
    """Finds the boxes of a text; linear.

    `callouts` says that the note's dialect knows callouts, `components` that plain elements hold Markdown too (MDX).
    """
    if not (components or _SIGN.search(text) or _FIRST.match(text)) or text.count("\n") > MAX_LINES:
        return NONE
    return _Scanner(text, callouts, components).scan()


NONE = Boxes([], [])


class _Scanner:
    """One walk over the lines of a text."""

    def __init__(self, text: str, callouts: bool, components: bool) -> None:
        self.text = text
        self.callouts = callouts
        self.opens = _OPENS_ANY if components else _OPENS
        self.components = components
        self.edits: list[Edit] = []
        self.hidden: list[tuple[str, int, int]] = []
        self.boxes: list[_Box] = []
        self.fence = self.quoted = ""  # the open fence of code, and the quote marks before it
        self.lines = lines(text)
        self.closers = closers(self.lines) if ":::" in text else 0
        self.waiting: list[Line] = []  # empty lines, inside a box if more follows in it
        self.closed: dict[str, int] | None = None  # name of a component -> where it is closed for the last time
        self.opened = 0
        self.indents = IndentedCode()
        self.below_words = False  # the line above is not empty
        self.apart = True  # nothing stands directly above that would take the next line in

    def scan(self) -> Boxes:
        number = 0
        while number < len(self.lines):
            if self.opened > MAX_OPENED:
                return NONE
            line = self.lines[number]
            if not line.text:
                self.waiting.append(line)
            else:
                number += self.line(line, number)
            number += 1
        self.pending(len(self.boxes))
        return Boxes(self.edits, self.hidden)

    def line(self, line: Line, number: int) -> int:
        """Reads a line; returns how many lines below it are read with it."""
        self.below_words = number > 0 and bool(self.lines[number - 1].text)
        self.leave(line)
        if self.ends_fence(line):
            return 0
        if self.fence:
            self.code(line)
            return 0
        code = not (self.boxes or self.components) and self.indents.has(line, not self.below_words)
        if line.text.startswith(":::"):
            return self.colons(line, number)
        if line.text[:3] in ("!!!", "???", "==="):
            return self.indented(line, number)
        if (line.text[0] == "<" and not code) or (self.boxes and line.text.endswith("</aside>")):
            return self.component(line, number)
        opened = _FENCE.match(line.text)
        if opened:
            return self.opens_fence(line, number, opened)
        if line.text[:7] in ("import ", "export ") and line.indent == 0 and not self.below_words and _PROGRAM.match(line.text):
            return self.program(line, number)
        self.keep(line)
        if "{/*" in line.text and "`" not in line.text:
            self.remarks(line)
        return 0

    def program(self, line: Line, number: int) -> int:
        """Lines of a page's program, up to the next empty one: its reader sees none of them."""
        last = number
        while last + 1 < len(self.lines) and self.lines[last + 1].text:
            last += 1
        end = self.lines[last].end
        self.pending(len(self.boxes))
        self.hidden.append(("obsidian.program", line.start, end))
        self.edits.append(Edit(line.start, end, ""))
        return last - number

    def remarks(self, line: Line) -> None:
        last = max(line.start, self.text.rfind("*/}", line.start, line.end) + 3)  # behind it nothing is closed
        for found in _REMARK.finditer(self.text, line.start + len(line.lead), last):
            start, end = found.span()
            while self.text[start - 1 : start] in (" ", "\t") and start > line.start + len(line.lead):
                start -= 1
            self.hidden.append(("obsidian.comment", start, end))
            self.edits.append(Edit(start, end, ""))

    # -- lines that stay --------------------------------------------------------------------------------------------------

    def lead(self, count: int) -> tuple[str, int]:
        """What stands before a line inside the first `count` boxes, and the column at which the line itself then begins."""
        parts: list[str] = []
        column = 0
        for box in self.boxes[:count]:
            if box.prefix:
                parts += [" " * (box.column - column), box.prefix]
            column = max(column, box.inner)
        return "".join(parts), column

    def keep(self, line: Line) -> None:
        if not self.boxes:
            self.waiting.clear()
            if not self.apart:
                self.edits.append(Edit(line.start, line.start, "\n"))
                self.apart = True
            return
        box = self.boxes[-1]
        if box.inner < 0:
            self.boxes[-1] = box._replace(inner=line.indent)
        self.pending(len(self.boxes))
        lead, column = self.lead(len(self.boxes))
        stays = max(0, line.indent - column)
        words = line.start + len(line.lead)
        if lead or stays != line.indent:
            self.edits.append(Edit(line.start, words, lead + " " * stays))

    def code(self, line: Line) -> None:
        if self.boxes:
            self.keep(line)
        else:
            self.waiting.clear()

    def pending(self, count: int) -> None:
        """Empty lines inside a box are part of it; behind its last words they are not."""
        lead = self.lead(count)[0].rstrip()
        if lead:
            self.edits += [Edit(line.start, line.end, lead) for line in self.waiting]
        self.waiting.clear()

    def put(self, line: Line, start: int, end: int, before: str = "", after: str = "") -> None:
        """Keeps of a line what stands from `start` to `end`, with something before and behind it, inside the open boxes."""
        self.pending(len(self.boxes))
        lead, column = self.lead(len(self.boxes))
        lead += " " * max(0, line.indent - column) if before or after or end > start else ""
        if self.below_words and before:  # the head of a callout stands apart from what is above it
            lead = self.lead(len(self.boxes))[0].rstrip() + "\n" + lead
        elif not self.apart and not self.boxes:
            lead = "\n" + lead
        self.apart = True
        self.edits.append(Edit(line.start, start, (lead + before).rstrip(" ") if start == end else lead + before))
        if end < line.end or after:
            self.edits.append(Edit(end, line.end, after))

    # -- boxes ------------------------------------------------------------------------------------------------------------

    def leave(self, line: Line) -> None:
        """Ends the boxes whose lines are indented, where a line is not."""
        while self.boxes and self.boxes[-1].kind == "indented" and line.indent < self.boxes[-1].inner:
            box = self.boxes.pop()
            self.fence = ""
            self.apart = bool(self.waiting) or not box.prefix
            if self.boxes:
                self.pending(len(self.boxes))

    def open(self, line: Line, box: _Box, title: tuple[int, int], kind: str, fold: str = "") -> None:
        """A box begins: its line becomes the head of a callout, or its title alone."""
        self.opened += 1
        if len(self.boxes) >= MAX_BOXES:
            self.keep(line)
            return
        start, end = title if title[1] > title[0] else (line.end, line.end)
        if kind and self.callouts:
            self.put(line, start, end, f"> [!{kind}]{fold} ")
        elif kind:
            self.put(line, start, end, "> ", "\n" + self.lead(len(self.boxes))[0] + ">" if end > start else "")
        elif end > start:
            lead = self.lead(len(self.boxes))[0].rstrip()
            self.put(line, start, end, "", "\n" + lead)
        else:
            self.put(line, start, end)
        self.boxes.append(box._replace(prefix="> " if kind else ""))

    def colons(self, line: Line, number: int) -> int:
        found = _COLONS.match(line.text)
        words = found[2].rstrip(" \t:") if found else ""
        if not found or not words:
            return self.close_colons(line)
        if not self.closers:
            self.keep(line)
            return 0
        kind, title = head(words)
        at = line.start + len(line.lead) + found.start(2)
        box = _Box("colons", found[1], line.indent, line.indent, "")
        count, whole = 0, line
        if words[0] == "{":
            if title[1] == 0 and words[-1] != "}":  # an argument that is no title
                self.hidden.append((_ATTRIBUTES, at, line.end))
            count, whole = self.settings(line, number)
        self.open(whole, box, (at + title[0], at + title[1]), kind)
        return count

    def settings(self, line: Line, number: int) -> tuple[int, Line]:
        """How many lines below the head of a directive are its options, and the head with them."""
        last = number
        while last + 1 < len(self.lines) and _OPTION.match(self.lines[last + 1].text):
            last += 1
            below = self.lines[last]
            self.hidden.append((_ATTRIBUTES, below.start, below.end))
        return last - number, line._replace(end=self.lines[last].end)

    def close_colons(self, line: Line) -> int:
        self.closers -= 1
        place = next((n for n in range(len(self.boxes) - 1, -1, -1) if self.boxes[n].kind == "colons"), -1)
        if place < 0:
            self.keep(line)
            return 0
        del self.boxes[place:]
        self.put(line, line.end, line.end)
        return 0

    def indented(self, line: Line, number: int) -> int:
        tab = _TAB.match(line.text)
        found = tab or _BANG.match(line.text)
        below = next((x for x in self.lines[number + 1 : number + 4] if x.text), None)
        if not found or below is None or below.indent < line.indent + 4:
            self.keep(line)
            return 0
        group = (1 if found[1] is not None else 2) if tab else 3
        at = line.start + len(line.lead)
        if found[group] is None:  # its kind is its title
            group = 2
        title = (at + found.start(group), at + found.end(group))
        kind = "" if tab else found[2].split()[0].lower()
        fold = "" if tab else {"???": "-", "???+": "+"}.get(found[1], "")
        self.open(line, _Box("indented", "", line.indent, line.indent + 4, ""), title, kind, fold)
        return 0

    def component(self, line: Line, number: int) -> int:
        closes = _CLOSES.match(line.text)
        if line.text.endswith("</aside>") and not closes and self.boxes and self.boxes[-1].mark == "aside":
            at = line.start + len(line.lead)
            self.put(line, at, at + len(line.text) - len("</aside>"))
            self.boxes.pop()
            return 0
        if closes:
            name = closes[1] or ""
            place = next((n for n in range(len(self.boxes) - 1, -1, -1) if self.boxes[n].kind == "component"), -1)
            if place >= 0 and self.boxes[place].mark == name:
                del self.boxes[place:]
                self.put(line, line.end, line.end)
                return 0
        aside = _ASIDE.match(line.text)
        if aside and len(self.boxes) < MAX_BOXES:
            self.opened += 1
            at = line.start + len(line.lead)
            self.put(line, at + aside.start(1), at + aside.start(1) + len(aside[1].rstrip()), "", " ")
            if not aside[2] and self.closes("aside", line.end):
                self.boxes.append(_Box("component", "aside", line.indent, line.indent, ""))
            return 0
        found = self.opens.match(line.text)
        last = self.tag_end(number) if found else -1
        if found is None or last < 0:
            self.keep(line)
            return 0
        whole = self.text[line.start : self.lines[last].end]
        shown = _SHOWN.search(whole)
        group = 1 if shown and shown[1] is not None else 2
        title = (line.start + shown.start(group), line.start + shown.end(group)) if shown else (0, 0)
        if whole.count("=") > bool(shown):  # more than what becomes its title
            self.hidden.append((_ATTRIBUTES, line.start, self.lines[last].end))
        block = line._replace(end=self.lines[last].end)
        box = _Box("component", found[1], line.indent, -1, "")
        self.open(block, box, title, "")
        name = found[1]
        if (whole.rstrip().endswith("/>") or not self.closes(name, line.end)) and self.boxes and self.boxes[-1].mark == name:
            self.boxes.pop()  # nothing is in it, or nothing says where it ends
        return last - number

    def closes(self, name: str, at: int) -> bool:
        """Whether a component is closed behind a place."""
        if self.closed is None:
            self.closed = {m[1]: m.start() for m in _CLOSED.finditer(self.text)}
        return self.closed.get(name, -1) >= at

    def tag_end(self, number: int) -> int:
        """The line that a tag ends, where nothing follows it there; -1 for a tag amid words."""
        for place in range(number, min(number + MAX_TAG_LINES, len(self.lines))):
            line = self.lines[place].text
            if place > number and (not line or line[0] == "<"):
                return -1
            if ">" in line.replace("=>", ""):
                return place if line.rstrip().endswith(">") and line.replace("=>", "").count(">") == 1 else -1
        return -1

    # -- fences -----------------------------------------------------------------------------------------------------------

    def opens_fence(self, line: Line, number: int, opened: re.Match[str]) -> int:
        found = fence(line.text)
        if not found:
            self.keep(line)
            self.fence, self.quoted = opened[2], opened[1].strip()
            return 0
        at = line.start + len(line.lead)
        title = (at + found.title[0], at + found.title[1]) if found.title[1] else (0, 0)
        box = _Box("fence", found.mark, line.indent, line.indent, "")
        if "}" in line.text:  # a directive
            count, whole = self.settings(line, number)
            self.open(whole, box, title, found.kind)
            return count
        last, whole = number, line
        while last + 1 < len(self.lines) and (setting := _SETTING.match(self.lines[last + 1].text)):
            last += 1
            below = self.lines[last]
            if setting[1].lower() == "title":
                at = below.start + len(below.lead)
                title = (at + setting.start(2), at + setting.end(2))
            else:
                self.hidden.append((_ATTRIBUTES, below.start, below.end))
            whole = line._replace(end=below.end)
        self.open(whole, box, title, found.kind)
        return last - number

    def ends_fence(self, line: Line) -> bool:
        """Whether a line ends a fence: a box's own one takes all that is open in it along."""
        sign = line.text.rstrip()
        if sign[:3] in ("```", "~~~") and not sign.strip(sign[0]):
            for place, box in enumerate(self.boxes):
                if box.kind == "fence" and sign.startswith(box.mark):
                    del self.boxes[place:]
                    self.fence = ""
                    self.put(line, line.end, line.end)
                    return True
        if self.fence:
            inside = line.text.lstrip("> \t").rstrip()
            if self.quoted and line.text[0] != ">":
                self.fence = ""
            elif inside.startswith(self.fence) and not inside.strip(self.fence[0]):
                self.fence = ""
                self.code(line)
                return True
        return False
