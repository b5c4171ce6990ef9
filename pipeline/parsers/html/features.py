"""Numbers that say what a passage is in its page: structure, names and characters, never its words.

All are vectorised sums over runs of passages. Counts are whole numbers, so their sums are exact in any order and on any machine;
the matrix is rounded to float32 once, at the end.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.parsers.html.hints import Hints, hints_of
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.rules import PROSE_LENGTH, PROSE_LINKED
from pipeline.parsers.html.vocabulary import BITS, TAG

Array = npt.NDArray[Any]

ANCESTORS: Final = 5  # containers looked at: the passage's own and the next that add text
ADDING: Final = 6  # steps up within which a container that adds text is looked for
CORES: Final = (0.45, 0.7)  # shares of the page's prose that make a container a core of the page
MAX_ARTICLES: Final = 200  # article elements that are counted; more are a list
WINDOWS: Final = (2, 5, 15)  # passages to each side that count as surroundings

_AROUND = """nav header footer aside main article form dialog p li hidden faint noscript figure blockquote .nav .footer .header .side
 .comment .thread .article .content .share .related .promo .cookie .modal .search .product .review .card .faq .legal .desc .author .caption
 .meta .title .toc""".split()
_NEAR = ".comment .nav .legal .review .content .article .related .share .author .meta .caption .card .title .promo .desc .product".split()
_AROUND_BITS = np.array([BITS[name] for name in _AROUND])[:, None]
_NEAR_BITS = np.array([BITS[name] for name in _NEAR])[:, None]
_WINDOWS = np.array(WINDOWS)[:, None]
_PAGE = ".product .price .carousel .faq .card .review .thread .comment .author".split()
_PAGE_BITS = np.array([BITS[name] for name in _PAGE])[:, None]
_LEVELS = (
    ("prose", "repeat", "start", "tag", "link", "n"),
    ("prose", "pshare", "mean", "start", "repeat", "share", "link"),
    ("prose", "pshare", "mean", "start", "children", "share", "n"),
    ("prose", "pshare", "start", "share", "length", "n", "mean", "link"),
    ("link", "length", "share", "pshare", "start"),
)
_KINDS_OF_CONTAINER: Final = "prose pshare mean start share n length link repeat children tag".split()
_LEVEL_NAMES = [f"c{level}.{name}" for level, wanted in enumerate(_LEVELS) for name in wanted]
_LEVEL_COLUMNS = np.array(
    [_KINDS_OF_CONTAINER.index(name) * ANCESTORS + level for level, wanted in enumerate(_LEVELS) for name in wanted]
)
_THREE = [_KINDS_OF_CONTAINER.index(name) for name in ("pshare", "share", "link")]
_H1, _H6, _ARTICLE, _LI, _P = (TAG[t] for t in ("h1", "h6", "article", "li", "p"))

_SPACE, _UPPER, _LETTER, _DIGIT, _COMMA, _STOP, _OTHER, _MONEY = range(8)
_KINDS: Final = 8


def _classes() -> npt.NDArray[np.uint8]:
    """Class of each character of the basic plane; what lies beyond counts as its last character."""
    table = np.full(65536, _OTHER, np.uint8)
    for code in range(65536):
        char = chr(code)
        if char.isspace():
            table[code] = _SPACE
        elif char.isupper():
            table[code] = _UPPER
        elif char.isalpha():
            table[code] = _LETTER
        elif char.isdigit():
            table[code] = _DIGIT
        elif char in ",;，、；،؛":
            table[code] = _COMMA
        elif char in ".!?。！？।؟…":
            table[code] = _STOP
        elif char in "$€£¥₹₽₩":
            table[code] = _MONEY
    return table


_CLASS = _classes()


def _sums(values: Array) -> Array:
    """Running sums with a leading zero: sums[b] - sums[a] is the sum over a..b."""
    out = np.zeros(len(values) + 1)
    np.cumsum(values, out=out[1:])
    return out


class Table:
    """Columns of the feature matrix under their names, in the order in which they were added; a block adds several at once."""

    def __init__(self, lengths: Array, spaces: Array, hints: Hints) -> None:
        self.rows = len(lengths)
        self.lengths, self.spaces = lengths, spaces  # characters and spaces of each passage
        self.hints = hints
        self.names: list[str] = []
        self._parts: list[Array | float] = []

    def __setitem__(self, name: str, values: Array | float) -> None:
        self.names.append(name)
        self._parts.append(values)

    def block(self, names: list[str], values: Array) -> None:
        """Several columns: values has a row for each of them."""
        self.names += names
        self._parts.append(values)

    def matrix(self) -> npt.NDArray[np.float32]:
        """The columns side by side, a row for each passage; in memory each column is one piece (Fortran order)."""
        out = np.empty((len(self.names), self.rows), np.float32)
        at = 0
        for values in self._parts:
            if isinstance(values, np.ndarray) and values.ndim == 2:
                out[at : at + len(values)] = values
                at += len(values)
            else:
                out[at] = values
                at += 1
        return out.T


class _Numbers:
    """A page's lists as arrays, and the sums that several features share."""

    def __init__(self, page: Page) -> None:
        self.count = len(page.text)
        self.index = np.arange(self.count)
        self.holder, self.depth = np.array(page.holder, np.int64), np.array(page.depth, np.int64)
        lists = (page.parent, page.tag, page.anc, page.own, page.first, page.last, page.path)
        self.parent, self.tag, self.anc, self.own, self.first, self.last, self.path = (np.array(numbers, np.int64) for numbers in lists)
        self._characters(page)
        self.link_sum, self.length_sum, self.prose_sum = _sums(self.linked), _sums(self.length), _sums(self.prose)
        self.total = self.length_sum[-1]
        self.total_prose = max(self.prose_sum[-1], 1.0)
        self.e_length = self.length_sum[self.last] - self.length_sum[self.first]
        self.e_prose = self.prose_sum[self.last] - self.prose_sum[self.first]
        self.e_count = self.last - self.first

    def _characters(self, page: Page) -> None:
        self.lengths = lengths = np.array([len(text) for text in page.text])
        ends = np.cumsum(lengths)
        codes = np.frombuffer("".join(page.text).encode("utf-32-le", "replace"), np.uint32)
        kinds = _CLASS.take(codes, mode="clip")  # beyond the basic plane: as its last character
        counts = np.bincount(np.repeat(self.index * _KINDS, lengths) + kinds, minlength=self.count * _KINDS).reshape(self.count, _KINDS)
        self.spaces, self.upper, self.letters, self.digits, self.commas, self.stops, _, self.money = counts.T
        self.letters = self.letters + self.upper
        self.length = lengths.astype(float)
        self.last_kind = kinds[ends - 1]
        self.first_kind = kinds[ends - lengths]
        self.linked = np.minimum(np.array(page.linked), lengths).astype(float)
        self.link_share = self.linked / self.length
        is_prose = (self.link_share < PROSE_LINKED) & (lengths >= PROSE_LENGTH) & (self.commas + self.stops > 0)
        self.prose = np.where(is_prose, self.length, 0.0)


def table(page: Page) -> Table:
    """All features of a page's passages; the page must have some."""
    numbers = _Numbers(page)
    out = Table(numbers.lengths, numbers.spaces, hints_of(page))
    _text(out, numbers, page)
    _names(out, numbers)
    _containers(out, numbers, page)
    _cores(out, numbers, page)
    _stated(out, numbers, page)
    _kin(out, numbers)
    _surroundings(out, numbers)
    _whole(out, numbers)
    return out


def _text(out: Table, n: _Numbers, page: Page) -> None:
    seen: dict[str, int] = {}
    first = np.array([seen.setdefault(text, number) for number, text in enumerate(page.text)])
    out["text.length"] = n.length
    out["text.word_length"] = n.length / (n.spaces + 1)
    out["text.upper"] = n.upper / np.maximum(n.letters, 1)
    out["text.commas"] = n.commas
    out["text.stops"] = n.stops
    out["text.last"] = n.last_kind
    out["text.first"] = n.first_kind
    out["text.letters"] = n.letters / n.length
    out["text.digits"] = n.digits / n.length
    out["text.link"] = n.link_share
    out["text.copies"] = np.bincount(first, minlength=n.count)[first]
    out["text.is_first"] = first == n.index


def _names(out: Table, n: _Numbers) -> None:
    around = n.anc[n.holder]
    parent = n.parent[n.holder]
    near = n.own[n.holder] | n.own[parent] | n.own[n.parent[parent]]
    out["tag"] = n.tag[n.holder]
    out["tag.parent"] = n.tag[parent]
    out["depth"] = n.depth
    out.block(["in:" + name for name in _AROUND], (around & _AROUND_BITS) != 0)
    out.block(["near:" + name for name in _NEAR], (near & _NEAR_BITS) != 0)


def _containers(out: Table, n: _Numbers, page: Page) -> None:
    """The passage's own container and the next four that add text; then its outermost furniture, its innermost content."""
    size = np.maximum(n.e_length, 1)
    repeat = np.bincount(n.path)[n.path]
    kinds = {
        "prose": n.e_prose / size,
        "pshare": n.e_prose / n.total_prose,
        "mean": n.e_length / np.maximum(n.e_count, 1),
        "start": n.length_sum[n.first] / n.total,
        "share": n.e_length / n.total,
        "n": n.e_count,
        "length": n.e_length,
        "link": (n.link_sum[n.last] - n.link_sum[n.first]) / size,
        "repeat": repeat,
        "children": np.bincount(n.parent, minlength=len(n.parent)),
        "tag": n.tag,
    }
    above = n.parent
    for _ in range(ADDING):
        above = np.where(n.e_length[above] <= n.e_length, n.parent[above], above)
    values = np.array(list(kinds.values()), float)
    chain = [n.holder]
    for _ in range(ANCESTORS - 1):
        chain.append(above[chain[-1]])
    around = values.take(np.array(chain), axis=1).reshape(-1, n.count)
    out.block(_LEVEL_NAMES, around[_LEVEL_COLUMNS])
    three = values[_THREE]
    for label, elements in (("furniture", np.array(page.chrome)), ("content", np.array(page.content))):
        out.block([f"{label}.{name}" for name in ("pshare", "share", "link")], np.where(elements == 0, -1.0, three[:, elements]))


def _way(n: _Numbers, page: Page, element: int) -> tuple[Array, int]:
    """For each passage how many containers it shares with an element, and how many the element has."""
    way = []
    while element:
        way.append(element)
        element = page.parent[element]
    way = way or [0]
    ends = n.count + 1
    return np.cumsum(np.bincount(n.first[way], minlength=ends) - np.bincount(n.last[way], minlength=ends))[:-1], len(way)


def _cores(out: Table, n: _Numbers, page: Page) -> None:
    """The way from the root down to where the prose is: how far along a passage leaves it."""
    for share in CORES:
        holding = np.flatnonzero(n.e_prose >= share * n.total_prose) if n.prose_sum[-1] else np.zeros(1, int)
        core = int(holding[-1]) if len(holding) else 0
        inside, length = _way(n, page, core)
        out[f"core{share}.left"] = length - inside
        out[f"core{share}.below"] = n.depth - inside
        out[f"core{share}.distance"] = np.minimum(n.index - n.first[core], 0) + np.maximum(n.index - n.last[core] + 1, 0)
    # The container whose passages, its own and its children's, hold the most prose side by side.
    beside = np.bincount(n.holder, n.prose, len(n.parent))
    beside = beside + np.bincount(n.parent, beside, len(n.parent)) - np.where(np.arange(len(n.parent)) == 0, beside[0], 0)
    dense = int(np.argmax(beside))
    inside, length = _way(n, page, dense)
    out["dense.left"] = length - inside
    out["dense.below"] = n.depth - inside
    out["dense.share"] = beside[dense] / n.total_prose
    out["dense.distance"] = np.minimum(n.index - n.first[dense], 0) + np.maximum(n.index - n.last[dense] + 1, 0)


def _stated(out: Table, n: _Numbers, page: Page) -> None:
    """What the page states beside its text: where its title and its description stand in it, and what it says it is."""
    hints = out.hints
    tag = n.tag[n.holder]
    for label, at in (("title", hints.title_at), ("description", hints.description_at)):
        if at < 0:
            out[label + ".left"] = out[label + ".distance"] = -1000.0
            continue
        inside, length = _way(n, page, page.holder[at])
        out[label + ".left"] = length - inside
        out[label + ".distance"] = n.index - at
    out["title.tag"] = tag[hints.title_at] if hints.title_at >= 0 else -1
    out["body.inside"] = np.array(hints.in_body)
    out["body.known"] = float(hints.body_known)
    out["said.inside"] = np.array(hints.in_said)
    out["said.known"] = float(hints.said_known)
    for name, value in hints.kinds.items():
        out["says." + name] = float(value)
    articles = np.flatnonzero(n.tag == _ARTICLE)
    rank = np.zeros(n.count)
    for number, element in enumerate(articles[:MAX_ARTICLES], 1):
        rank[n.first[element] : n.last[element]] = number
    out["article.rank"] = rank
    out["article.after_title"] = rank - (rank[hints.title_at] if hints.title_at >= 0 else 0)


def _kin(out: Table, n: _Numbers) -> None:
    """Passages whose containers have the same tags and classes from the root."""
    _, kin = np.unique(n.path[n.holder], return_inverse=True)
    count, length = np.bincount(kin), np.bincount(kin, n.length)
    values = {
        "n": count,
        "mean": length / count,
        "link": np.bincount(kin, n.linked) / length,
        "share": length / n.total,
        "stops": np.bincount(kin, n.stops) / count,
        "prose": np.bincount(kin, n.prose) / length,
    }
    for name, column in values.items():
        out["kin." + name] = column[kin]


def _surroundings(out: Table, n: _Numbers) -> None:
    tag = n.tag[n.holder]
    heading = (tag >= _H1) & (tag <= _H6)
    firsts = np.flatnonzero(tag == _H1)
    before = np.maximum.accumulate(np.where(heading, n.index, -1))
    after = np.minimum.accumulate(np.where(heading, n.index, n.count + 50)[::-1])[::-1]
    out["at.rank"] = n.index / n.count
    out["at.characters"] = n.length_sum[:-1] / n.total
    out["at.prose"] = n.prose_sum[:-1] / n.total_prose
    out["at.from_end"] = n.count - n.index
    out["at.h1"] = n.index - (firsts[0] if len(firsts) else -1000)
    out["at.heading"] = n.index - before
    out["at.heading_level"] = np.where(before >= 0, tag[before], 0)
    out["at.next_heading"] = after - n.index
    start, end = np.maximum(n.index - _WINDOWS, 0), np.minimum(n.index + _WINDOWS + 1, n.count)
    length = n.length_sum[end] - n.length_sum[start]
    around = ((n.prose_sum[end] - n.prose_sum[start]) / length, (n.link_sum[end] - n.link_sum[start]) / length, length / (end - start))
    out.block([f"window{size}.{name}" for size in WINDOWS for name in ("prose", "link", "mean")], np.stack(around, 1).reshape(-1, n.count))
    out["next.length"] = np.append(n.length[1:], 0)
    out["next.tag"] = np.append(tag[1:], 0)
    out["before.length"] = np.insert(n.length[:-1], 0, 0)
    out["before.tag"] = np.insert(tag[:-1], 0, 0)


def _whole(out: Table, n: _Numbers) -> None:
    """The page: the same number for all its passages."""
    tag = n.tag[n.holder]
    around = n.anc[n.holder]
    out["page.length"] = n.total
    out["page.n"] = n.count
    out["page.mean"] = n.total / n.count
    out["page.prose"] = n.prose_sum[-1] / n.total
    out["page.link"] = n.link_sum[-1] / n.total
    out["page.items"] = np.count_nonzero(tag == _LI) / n.count
    out["page.paragraphs"] = np.count_nonzero(tag == _P) / n.count
    out["page.articles"] = float(np.count_nonzero(n.tag == _ARTICLE))
    out["page.money"] = np.count_nonzero(n.money) / n.count
    out["page.most_kin"] = float(np.bincount(n.path[n.holder]).max())
    for name, share in zip(_PAGE, ((around & _PAGE_BITS) != 0) @ n.length / n.total, strict=True):
        out["page" + name] = share
