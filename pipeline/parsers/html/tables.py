"""Tables: which hold data and which only place things, and the rows of those that hold data."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from pipeline.parsers.html import columns
from pipeline.parsers.html.columns import EMPTY
from pipeline.parsers.html.inline import Passage
from pipeline.parsers.html.lists import is_mark
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.vocabulary import TAG
from pipeline.text.grid import Grid, Spans, span

LONG_CELL: Final = 600  # characters of an average filled cell above which a table without headers places paragraphs
PROSE_CELL: Final = 60  # characters of each cell from which a single row without headers does so: columns of a newsletter
FULL_CELL: Final = 4  # passages of an average filled cell above which it does so
SECTION_CELL: Final = 150  # characters of an average filled cell up to which a table whose rows stand under headings holds data
SIGNATURE_CELLS: Final = 100  # cells of a table up to which it may be the signature of a function
SECTION_ROWS: Final = 2  # rows of several cells that such a table has at least

_TABLE, _TR, _TD, _TH, _CAPTION, _THEAD, _TFOOT = (TAG[t] for t in ("table", "tr", "td", "th", "caption", "thead", "tfoot"))
_HEADINGS = frozenset(TAG[f"h{level}"] for level in range(1, 7))
_CELLS = frozenset((_TD, _TH))
_LI = TAG["li"]


class Cells(NamedTuple):
    """A table of data, cells as numbers of elements."""

    rows: list[list[int]]  # cells of each row that has any, in document order, nested tables behind the row that holds them
    owner: dict[int, int]  # number of a passage -> cell or caption that holds it


class Rows(NamedTuple):
    """A table of data, ready for layout."""

    text: str
    rows: list[list[str]]
    header_rows: int
    links: list[tuple[int, int, str]]


def data_tables(page: Page) -> frozenset[int]:
    """Tables that hold data; the others only place paragraphs. Worked out once for a page."""
    if page.data_tables is None:
        page.data_tables = _data_tables(page)
    return page.data_tables


def _data_tables(page: Page) -> frozenset[int]:
    tables = [e for e, tag in enumerate(page.tag) if tag == _TABLE]
    if not tables:
        return frozenset()
    nearest = _nearest_tables(page)
    seen: dict[int, _Counts] = {table: _Counts() for table in tables}
    for element, tag in enumerate(page.tag):
        table = nearest[element]
        if table and (tag in _CELLS or tag == _CAPTION or tag in _HEADINGS):
            seen[table].see(page, element, tag)
    data = {table for table in tables if seen[table].is_data(page, table)}
    levels: dict[int, int] = {}
    for table in tables:  # outer ones first
        around = levels.get(nearest[table], 0)
        is_list = table in data and nearest[table] not in data and _is_list(page, seen[table], around + 1)
        levels[table] = around + is_list
        if is_list:
            data.remove(table)
    return frozenset(data)


def _is_list(page: Page, counts: _Counts, level: int) -> bool:
    """Whether a table only sets the marks of a list beside its items, as legal texts and old pages do: then its passages are items.

    Each row has two cells: a number in brackets or with a dot, a letter of such a kind, or a sign; and what it marks.
    """
    if counts.headers or any(len(cells) != 2 for cells in counts.cells.values()):
        return False
    found: list[tuple[int, int]] = []
    for first, second in counts.cells.values():
        at, end = page.first[first], page.last[first]
        text = page.text[at] if end == at + 1 else ""
        if not is_mark(text) or page.last[second] == page.first[second]:
            return False
        found.append((at, page.first[second]))
    for mark, item in found:
        page.marks[mark] = (item, level)
    return True


class _Counts:
    """What speaks for and against a table of data."""

    def __init__(self) -> None:
        self.cells: dict[int, list[int]] = {}  # of each row
        self.row_filled: dict[int, int] = {}  # those of them that have text
        self.headers = self.filled = self.headings = self.passages = self.characters = 0
        self.shortest = LONG_CELL  # characters of the shortest cell that has text
        self.code = False
        self.row = 0  # of the last cell
        self.heading_rows: dict[int, int] = {}  # rows with headings: headings in each

    def see(self, page: Page, element: int, tag: int) -> None:
        if tag in _CELLS:
            self.row = row = page.parent[element]
            self.cells.setdefault(row, []).append(element)
            self.headers += tag == _TH
            first, last = page.first[element], page.last[element]
            if last > first:
                self.filled += 1
                self.row_filled[row] = self.row_filled.get(row, 0) + 1
                self.passages += last - first
                self.code = self.code or not page.verbatim.isdisjoint(range(first, min(last, first + FULL_CELL)))
                size = sum(map(len, page.text[first : min(last, first + 50)]))
                self.characters += size
                self.shortest = min(self.shortest, size)
        elif tag == _CAPTION:
            self.headers += 1
        elif tag in _HEADINGS:
            self.headings += 1
            self.heading_rows[self.row] = self.heading_rows.get(self.row, 0) + 1

    def is_data(self, page: Page, table: int) -> bool:
        role = page.attributes.get(table, {}).get("role")
        if (self.headings and not self._is_sectioned(page)) or (role in ("presentation", "none") and not self._is_headed(page)):
            return False
        widest = max(map(len, self.cells.values()), default=0)
        if not self.headers:
            widest = max(self.row_filled.values(), default=0)  # empty cells beside one that has text only set it in
        if widest < 2 or not self.filled:
            return self.filled > 0 and self.characters < LONG_CELL and self.passages <= 3 * FULL_CELL and _has_inner(page, table)
        if self.code and sum(len(row) > 1 for row in self.cells.values()) == 1:  # highlighters set the numbers of lines beside the code
            return False
        if self.headers:
            return True
        if len(self.cells) == 1 and (self.shortest >= PROSE_CELL or self._holds_table(page)):
            return False
        return self.characters / self.filled <= LONG_CELL and self.passages / self.filled <= FULL_CELL

    def _holds_table(self, page: Page) -> bool:
        """Whether a cell of its one row holds a table and nothing else: it only sets that beside something."""
        return any(
            page.tag[cell + 1 : cell + 2] == [_TABLE]
            and page.parent[cell + 1] == cell
            and page.first[cell] == page.first[cell + 1] < page.last[cell] == page.last[cell + 1]
            for cell in next(iter(self.cells.values()))
        )

    def _is_sectioned(self, page: Page) -> bool:
        """Whether its headings stand alone in their rows, as those of the groups of a specification do, or are headers of columns."""
        for row, headings in self.heading_rows.items():
            cells = [cell for cell in self.cells.get(row, ()) if page.first[cell] < page.last[cell]]
            alone = headings == 1 == len(cells) and page.last[cells[0]] - page.first[cells[0]] == 1
            if not alone and (headings != len(cells) or any(page.tag[cell] != _TH for cell in cells)):
                return False
        rows = sum(filled > 1 for row, filled in self.row_filled.items() if row not in self.heading_rows)
        return rows >= SECTION_ROWS and self.characters <= SECTION_CELL * self.filled

    def _is_headed(self, page: Page) -> bool:
        """Whether the first row is of headers alone and those below have as many cells without any: no layout, whatever its role says."""
        head, *below = self.cells.values() or [[]]
        same = len(below) > 1 and all(len(row) == len(head) for row in below)
        return same and self.headers == len(head) > 1 and all(page.tag[cell] == _TH for cell in head)


def _has_inner(page: Page, table: int) -> bool:
    """Whether a small table of several columns stands in a cell of this one: then its rows follow the outer row."""
    inner = page.tag[table + 1 : min(page.stop[table], table + 50)]
    if _TABLE not in inner:
        return False
    rows: dict[int, int] = {}  # cells with text in each row
    for element, tag in enumerate(inner, table + 1):
        if tag in _CELLS and page.first[element] < page.last[element]:
            rows[page.parent[element]] = rows.get(page.parent[element], 0) + 1
    return max(rows.values(), default=0) > 1


def _nearest_tables(page: Page) -> list[int]:
    """For each element the innermost table around it (a table: the one around it), 0 for none."""
    nearest = [0] * len(page.tag)
    inside = [0] * len(page.tag)
    for element in range(1, len(page.tag)):
        around = inside[page.parent[element]]
        nearest[element] = around
        inside[element] = element if page.tag[element] == _TABLE else around
    return nearest


def cells(page: Page, table: int) -> Cells:
    """Cells of a table and of the tables inside it, and which passages they hold.

    The foot of the table stands below it, wherever it was written: HTML 4 wanted it above.
    """
    rows: dict[int, list[int]] = {}
    holder: dict[int, int] = {table: 0}
    for element in range(table + 1, page.stop[table]):
        tag = page.tag[element]
        if tag == _TR:
            rows.setdefault(element, [])
        if tag in _CELLS:
            rows.setdefault(page.parent[element], []).append(element)
            holder[element] = element
        elif tag == _CAPTION:
            holder[element] = element
        else:
            holder[element] = 0 if tag == _TABLE else holder[page.parent[element]]
    owner = {number: holder.get(page.holder[number], 0) for number in range(page.first[table], page.last[table])}
    feet = [element for element in range(table + 1, page.stop[table]) if page.tag[element] == _TFOOT and page.parent[element] == table]
    order = sorted(rows, key=lambda row: any(foot < row < page.stop[foot] for foot in feet[:1]))
    return Cells([rows[row] for row in order if rows[row]], owner)


def sections(page: Page, found: Cells, passages: dict[int, Passage]) -> list[tuple[int, Cells]]:
    """The parts of a table, each under the heading that stands alone in the row above it (number of the passage, -1 for none)."""
    content: dict[int, list[int]] = {}
    for number, cell in found.owner.items():
        if number in passages:
            content.setdefault(cell, []).append(number)
    parts: list[tuple[int, Cells]] = [(-1, Cells([], dict.fromkeys(content.get(0, ()), 0)))]
    for row in found.rows:
        numbers = [number for cell in row for number in content.get(cell, ())]
        if len(numbers) == 1 and page.tag[page.holder[numbers[0]]] in _HEADINGS:
            parts.append((numbers[0], Cells([], {})))
        else:
            parts[-1][1].rows.append(row)
            parts[-1][1].owner.update((number, cell) for cell in row for number in content.get(cell, ()))
    return parts


def signature(rows: list[list[str]], links: list[tuple[int, int, str]]) -> Passage | None:
    """The line that a table sets as columns of a function's name, its parameters and brackets between them; None where it does not.

    >>> signature([["int max", "(", "int", "a,"], ["", "", "int", "b"], ["", ")"]], []).text
    'int max(int a, int b)'
    """
    first = [cell for cell in rows[0] if cell]
    opens = len(first) > 1 and (first[1] in ("(", "()") or first[0].endswith("("))
    if not opens or ")" not in "".join(rows[-1]) or sum(map(len, rows)) > SIGNATURE_CELLS:
        return None
    text, at, used, spans = "", 0, 0, []
    for row in rows:
        for cell in row:
            if cell:
                tight = cell[0] in "()," or text.endswith("(") or not text
                text += cell if tight else " " + cell
                shift = len(text) - len(cell) - at
                while used < len(links) and links[used][0] < at + len(cell):
                    start, end, href = links[used]
                    used += 1
                    spans.append((start + shift, end + shift, href))
            at += len(cell) + 3
        at -= 2  # a line ends with one sign where cells are parted by three
    return Passage(text, spans, [])


def build(page: Page, found: Cells, passages: dict[int, Passage]) -> Rows:
    """The rows of a table with their text and links; `passages` are those that stay, by number."""
    content: dict[int, list[int]] = {}
    for number, cell in found.owner.items():
        if number in passages:
            content.setdefault(cell, []).append(number)
    filled = {cell: _cell(page, numbers, passages) for cell, numbers in content.items()}
    grid = Grid([len(row) for row in found.rows])
    rows: list[list[str]] = []
    lines: list[str] = []
    links: list[tuple[int, int, str]] = []
    at = headers = 0
    spans = partial(_spans, page)
    spread = [(row, [filled.get(cell, EMPTY) if cell else EMPTY for cell in grid.spread(row, spans)]) for row in found.rows]
    spread = [(row, texts) for row, texts in spread if any(text.text for text in texts)]
    if 0 in content:  # text of the table that stands in no cell
        at = _append([filled[0]], at, rows, lines, links)
    for (row, _), texts in zip(spread, columns.seen([texts for _, texts in spread]), strict=True):
        headers += len(rows) == headers and _is_header(page, row)
        at = _append(texts, at, rows, lines, links)
    return Rows("\n".join(lines), rows, headers, links)


def _is_header(page: Page, row: list[int]) -> bool:
    return all(page.tag[cell] == _TH for cell in row) or page.tag[page.parent[page.parent[row[0]]]] == _THEAD


def _append(texts: list[Passage], at: int, rows: list[list[str]], lines: list[str], links: list[tuple[int, int, str]]) -> int:
    """Adds one row; returns where the next line begins."""
    column = at
    for text in texts:
        links += [(column + a, column + b, href) for a, b, href in text.links]
        column += len(text.text) + 3
    rows.append([text.text for text in texts])
    lines.append(" | ".join(text.text for text in texts))
    return at + len(lines[-1]) + 1


def _cell(page: Page, numbers: list[int], passages: dict[int, Passage]) -> Passage:
    """The passages of a cell on one line: items of a list apart by `; `, others by a space."""
    text = ""
    links: list[tuple[int, int, str]] = []
    was_item = False
    for number in numbers:
        passage = passages[number]
        is_item = page.tag[page.holder[number]] == _LI or page.tag[page.parent[page.holder[number]]] == _LI
        if text:
            text += "; " if is_item and was_item else " "
        links += [(len(text) + a, len(text) + b, href) for a, b, href in passage.links]
        text += " ".join(passage.text.split("\n")) if "  " not in passage.text else passage.text.replace("\n", " ")
        was_item = is_item
    if "  " in text or "\t" in text:  # preformatted text in a cell: a row is one line, white space single
        return Passage(" ".join(text.split()), [], [])
    return Passage(text, links, [])


def _spans(page: Page, cell: int) -> Spans | None:
    """Columns and rows that a cell takes; None for one of each."""
    attributes = page.attributes.get(cell)
    return (span(attributes.get("colspan") or ""), span(attributes.get("rowspan") or "")) if attributes else None
