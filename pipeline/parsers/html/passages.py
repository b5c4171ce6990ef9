"""From pieces of text to passages, and from block-level elements to their containers: the lower half of the builder."""

from __future__ import annotations

import re

from pipeline.parsers.html import code, joints
from pipeline.parsers.html.elements import ROW, Elements
from pipeline.parsers.html.page import HIDE_CLOSE, HIDE_OPEN, LINE, LINK_CLOSE, LINK_OPEN, MARKS, without_marks
from pipeline.parsers.html.vocabulary import BLOCK_TAGS, CHROME, CONTENT, CUSTOM, NAMED, PHRASING_PARENTS, name_bits
from pipeline.text.words import one_line

PLACE = 5  # numbers of a passage
SHIFT = 40  # bits that hold the number of a path; in the low bits of a key, as paths are many and tags few

GAP_BEHIND = "  "  # behind an inline element that is set apart, unless a sign follows that closes it
NOTE_END = "\0"  # at the end of an inline element: a note has been read

_PARAGRAPH_BREAK = re.compile(f"{LINE}(?: ?{LINE})+")
OPENING = frozenset("([{\u00ab\u201c\u201e")
_CLOSING = frozenset(".,;:!?)]}\u3001\u3002\uff0c\uff1a")


class Passages(Elements):
    """Opens and closes containers, and writes a passage at each border."""

    __slots__ = tuple(
        """_apart _blocks _borders _buffer _chrome _closed _code_at _content _depth _formula_end _href _hrefs _inline _joins _level
        _line_end _lined _link_level _listed _listing _mark _marks _note_at _notes _path _paths _places _pre_level _prefix _reading
        _reference _skip _struck _sup _veil data""".split()
    )

    def __init__(self) -> None:
        super().__init__()
        self._places: list[int] = []  # of passages: holder, linked, depth, chrome, content; as numbers, like the rows
        self._buffer: list[str] = []
        self.data = self._buffer.append  # text between two borders; it may come in pieces
        self._mark = 0  # pieces in the buffer when skipping began: what comes after is no text
        self._paths: dict[tuple[int, int, str] | int, int] = {}  # path around, tag, classes -> path
        self._level = self._skip = self._chrome = self._blocks = 0
        self._path = 0  # of the current element
        self._content = [0]
        self._notes: list[tuple[list[str], list[str]]] = []  # notes that wait for their paragraph to end: pieces, targets
        self._borders: list[int] = []  # pieces of preformatted text that an element begins or ends before
        self._note_at = (0, 0, 0)  # passages, pieces and targets where the note that is being read began
        self._formula_end = (-1, 0)  # passage and pieces of the buffer where the last formula ended
        self._href: str | None = None
        self._link_level = self._pre_level = 0
        self._hrefs: list[str] = []
        self._marks = False
        self._depth = 0  # lists open in a listing: a value inside another, as viewers of JSON set it
        self._listed = 0  # name bits of the element just opened, where they say that it may be a listing of code or a part of one
        self._lined = (0, 0)  # the last element that is a listing if lines come first in it, and its level
        self._listing = False  # preformatted text is a listing whose lines are blocks
        self._line_end = -1  # pieces in the buffer when its last line ended, -1 within a line
        self._apart = False  # whether an element that is set apart has begun
        self._code_at = 0  # borders of inline elements before the code in this line
        self._struck = (-1, 0)  # passage and pieces of the buffer where something struck out ended
        self._closed = 0  # pieces in the buffer when the last inline element ended
        self._joins: list[int] = []  # pieces before which one inline element ends and the next begins; `~` of it where text stood before
        self._sup = -1
        self._reference = False  # whether the open link says that it leads to a note
        self._inline: list[tuple[int, str]] = []  # (level, mark to write at its end) of inline elements that need one
        self._veil = False  # whether one of these hides what is in it
        self._reading = 0
        self._prefix = ""  # what the reading is told before its text: the type of a script, the rule of a note

    # -- notes in the middle of a sentence ------------------------------------------------------------------------------

    def _start_note(self) -> None:
        """Where the note begins is remembered; what comes is the note's until its element ends."""
        self._note_at = (len(self.text), len(self._buffer), len(self._hrefs))
        self._sup = -1
        self._inline.append((self._level, NOTE_END))

    def _end_note(self) -> None:
        """The note waits for the end of its paragraph; one that is but its own number goes to the ledger.

        A note with blocks in it stands where it was written: its sentence ended there.
        """
        passages, at, links = self._note_at
        self._sup = -1
        if passages != len(self.text):
            return
        pieces, hrefs = self._buffer[at:], self._hrefs[links:]
        del self._buffer[at:]
        del self._hrefs[links:]
        self._forget(at)
        text = without_marks("".join(pieces)).strip()
        if any(map(str.isalpha, text)):
            self._notes.append((pieces, hrefs))
        elif text:
            self.notes.setdefault("html.note_mark", []).append(text)

    def _flush_notes(self) -> None:
        notes, self._notes = self._notes, []
        for pieces, hrefs in notes:
            number = len(self.text)
            self._buffer[:] = pieces
            self._hrefs, self._marks = hrefs, True
            self._flush()
            self.asides.update(range(number, len(self.text)))

    # -- passages -------------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        buffer = self._buffer
        self._sup = -1
        self._closed = 0
        if self._href is not None and len(buffer) < 3 and buffer[0] == LINK_OPEN and not self._inline and not "".join(buffer[1:]).strip():
            del buffer[1:]  # a link that holds blocks: nothing of it stands here
            self._hrefs = [self._href]
            self._joins.clear()
            return
        if self._joins:
            joints.part(buffer, self._joins)
            self._joins.clear()
        if self._apart:
            self._close_up()
        text = "".join(buffer).strip()
        buffer.clear()
        if text:
            if self._marks:
                self._flush_marked(text)
            else:
                if "  " in text or not (text.isascii() and text.isprintable()):
                    text = " ".join(text.split()) if text.isascii() else one_line(text)
                self.text.append(text)
                self._places += (self._current, 0, self._blocks, self._chrome, self._content[-1])
        if self._notes and not (self._inline and self._inline[-1][1] == NOTE_END):
            self._flush_notes()
        if self._href is not None or self._inline:
            self._restart()

    def _forget(self, at: int) -> None:
        """The pieces from `at` on have been taken out or replaced: borders between them are none."""
        self._closed = 0
        while self._joins and max(self._joins[-1], ~self._joins[-1]) >= at:
            self._joins.pop()

    def _gap(self) -> None:
        """What comes is no part of the word before it."""
        if self._buffer and not self._pre_level:
            self._buffer.append(" ")

    def _close_up(self) -> None:
        """Takes the space from between an element that is set apart and a sign that belongs to it."""
        buffer = self._buffer
        for at in range(len(buffer) - 1):
            if buffer[at] == GAP_BEHIND:
                behind = next((piece for piece in buffer[at + 1 : at + 1 + joints.NEAR] if piece and piece not in MARKS), "")
                if behind[:1] in _CLOSING:
                    buffer[at] = ""
        self._apart = bool(self._inline)

    def _restart(self) -> None:
        """A link or a hidden stretch that goes on over a border begins anew behind it."""
        self._hrefs = []
        if self._veil:
            self._buffer.append(HIDE_OPEN)
            self._marks = True
        if self._href is not None:
            self._buffer.append(LINK_OPEN)
            self._hrefs = [self._href]
            self._marks = True

    def _flush_marked(self, text: str) -> None:
        hrefs = self._hrefs
        self._hrefs, self._marks = [], False
        inner = text[1:-1]
        if "  " in inner or not inner.isprintable():
            text = " ".join(text.split()) if inner.isascii() else one_line(text)
            inner = text[1:-1]
        if text[0] == LINK_OPEN and text[-1] == LINK_CLOSE and inner.isprintable() and hrefs:  # one link and nothing else: most of them
            inner = inner.strip()
            if inner:
                number = len(self.text)
                self.marked[number] = text
                self.targets[number] = hrefs if len(hrefs) == 1 else hrefs[:1]
                self.text.append(inner)
                self._places += (self._current, len(inner), self._blocks, self._chrome, self._content[-1])
            return
        used, hidden, open_link = 0, 0, ""
        for part in _PARAGRAPH_BREAK.split(text) if LINE in text else (text,):
            mine = hrefs[used : used + part.count(LINK_OPEN)]
            used += len(mine)
            if open_link:
                part, mine = LINK_OPEN + part, [open_link, *mine]
            open_link = mine[-1] if mine and part.rfind(LINK_OPEN) > part.rfind(LINK_CLOSE) else ""
            if hidden:
                part = HIDE_OPEN * hidden + part
            hidden = max(0, part.count(HIDE_OPEN) - part.count(HIDE_CLOSE))
            plain = one_line(without_marks(part))
            if not plain:
                continue
            number = len(self.text)
            self.marked[number] = part
            if mine:
                self.targets[number] = mine
            self._add(plain, _linked(part, plain) if mine else 0)

    def _flush_pre(self) -> None:
        numbered: list[int] = []
        if len(self._buffer) > 1:
            numbered, own_lines = code.numbers(self._buffer, self._borders)
            self._drop_numbers(numbered, own_lines)
        self._borders.clear()
        self._joins.clear()
        self._closed = 0
        text = "".join(self._buffer)
        if self._listing:
            text = code.listing(text, numbered=bool(numbered) or "html.line_number" in self.notes)
        self._buffer.clear()
        self._sup = -1
        hrefs, self._hrefs = self._hrefs, []
        plain = without_marks(text, "\n") if self._marks else text
        if plain.strip():
            number = len(self.text)
            self.verbatim.add(number)
            self.marked[number] = text
            if hrefs:
                self.targets[number] = hrefs
            self._add(" ".join(plain.split()), _linked(text, plain))
        self._marks = False
        self._restart()

    def _drop_numbers(self, pieces: list[int], own_lines: bool) -> None:
        """Numbers of lines leave the code for the ledger, and so do the lines that held nothing else, where all had such."""
        buffer = self._buffer
        if pieces:
            self.notes.setdefault("html.line_number", []).append(" ".join(buffer[at].strip() for at in pieces))
        for at in pieces:
            if own_lines:
                if not buffer[at].endswith("\n") and buffer[at + 1 : at + 2] == ["\n"]:
                    buffer[at + 1] = ""
                buffer[at] = ""
            else:
                buffer[at] = "\n" * buffer[at].count("\n")

    def _add(self, plain: str, linked: int) -> None:
        self.text.append(plain)
        self._places += (self._current, linked, self._blocks, self._chrome, self._content[-1])

    def _line_in_pre(self) -> None:
        """A block border inside preformatted text is a new line, unless one is there."""
        if self._buffer and not self._buffer[-1].endswith(("\n", LINE)):
            self._buffer.append("\n")
        self._borders.append(len(self._buffer))

    # -- block elements -------------------------------------------------------------------------------------------------

    def _open(self, tag: str, attrs: dict[str, str]) -> None:
        buffer = self._buffer
        if buffer:
            if len(buffer) == 1 and self._href is None and not self._inline and buffer[0].isspace():
                buffer.clear()  # the line break between two tags: half of all texts
                self._closed = 0
            else:
                self._flush()
        number, bits, simple = BLOCK_TAGS.get(tag) or (CUSTOM, name_bits(tag)[0], True)
        class_key = ""
        if attrs:
            if simple and len(attrs) == 1 and "class" in attrs:
                found, class_key = name_bits(attrs["class"])
            else:
                found, class_key = self._names(tag, attrs)
            bits |= found
        bits |= self.rule_bits
        if bits > NAMED:
            self.names |= bits
            self._listed, bits = bits, bits & NAMED
        parent = self._current
        self._anc = anc = self._anc | bits
        paths = self._paths
        inner = (self._path, number, class_key) if class_key else number << SHIFT | self._path  # a number costs deep pages less
        self._path = path = paths.setdefault(inner, len(paths) + 1)
        self._current = element = self._elements
        self._elements = element + 1
        self._rows += (parent, number, bits, anc, path, len(self.text), 0, 0)
        self._blocks += 1
        if bits:
            self.names |= bits
            if bits & CHROME and not self._chrome:
                self._chrome = element
            if bits & CONTENT:
                self._content.append(element)

    def _stands_alone(self) -> bool:
        """Whether an element of unknown name is a container: nothing stands before it on its line, and its parent is no line of text."""
        return self._rows[ROW * self._current + 1] not in PHRASING_PARENTS and not any(piece.strip(joints.BLANK) for piece in self._buffer)

    def _close(self) -> None:
        buffer = self._buffer
        if buffer:
            if len(buffer) == 1 and self._href is None and not self._inline and buffer[0].isspace():
                buffer.clear()
                self._closed = 0
            else:
                self._flush()
        element = self._current
        if element:
            rows = self._rows
            at = ROW * element
            rows[at + 6], rows[at + 7] = len(self.text), self._elements
            if element == self._chrome:
                self._chrome = 0
            if element == self._content[-1]:
                self._content.pop()
            self._blocks -= 1
            self._current = parent = rows[at]
            at = ROW * parent
            self._anc, self._path = rows[at + 3], rows[at + 4]


def _linked(marked: str, plain: str) -> int:
    """Characters of a passage inside links."""
    count = sum(len(piece.partition(LINK_CLOSE)[0].strip()) for piece in marked.split(LINK_OPEN)[1:])
    return min(count, len(plain))
