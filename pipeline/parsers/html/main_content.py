"""Main content: a learned classifier of passages, with the markup's own word first.

Boosted trees over numbers of structure, names and characters (features.py), trained outside (docs/main-content.md) and stored as
plain arrays in main_content.npz. Three sets of trees: `gate` says whether a page is an article, `article` and `general` score its
passages. What stays is the choice of passages with the highest expected F1 by these scores.

Same bytes on every machine: features are exact, leaves are whole numbers, scores are rounded before they are compared.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import IO, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.parsers.html import features, rules, steps
from pipeline.parsers.html.features import Array
from pipeline.parsers.html.hints import Hints, headings
from pipeline.parsers.html.page import Page
from pipeline.parsers.html.tables import data_tables
from pipeline.parsers.html.vocabulary import QUOTED, TAG

LEAF: Final = 1 << 20  # leaves are stored as whole numbers of this fraction of a logit, so that sums are exact in any order
SCALE: Final = 10_000  # scores are whole numbers from 0 to this
ROWS: Final = 128  # passages scored at once: arrays of this size stay in the processor's cache, twice as fast as all at once
LETTERS_A_WORD: Final = 12  # characters that count as a word where a script writes no spaces; twice an English word, so only there
# How much those who say what a page is about differ: logits that all its scores may be off by, and how often (set on the folds).
OPINIONS: Final = ((-2.6, 0.1), (0.0, 0.8), (2.6, 0.1))
UNCERTAIN: Final = 0.25  # score from which a passage that goes is a near miss: half of what usually stays begins at
ARTICLE: Final = 0.8  # probability from which a page is an article (set with ARTICLE_STATED on the training set's folds)
ARTICLE_STATED: Final = 0.2  # the same for a page that says so itself
REPEATED_LENGTH: Final = 40  # characters from which passages that follow one another as they did before are a second copy
DOUBTED: Final = 0.5  # probability below which a page that says it is an article is read as one of another kind, too (set as these were)
HOPEFUL: Final = 0.8  # expected F1 from which such a page is an article all the same
ASIDE: Final = rules.BESIDE_ARTICLE[1][0]
SURE: Final = 9700  # score (of SCALE) from which a passage of an aside is of the article: lower, promotions stay
LEAD: Final = 300  # score (of SCALE) from which a paragraph above the body may be an article's lead: many truths leave leads out
BESIDE: Final = 8  # passages to each side of a quoted post, or of code, among which prose that stays is looked for: several may stand there
ABOVE_HEADING: Final = 3  # passages above a heading among which one must stay for it to stay: further away begins something else
WRAPPERS: Final = 8  # containers around a quoted post that hold nothing else which are passed over
OWN_PROSE: Final = 300  # characters of prose beside its comments that a page needs to be an article with comments, not a thread
BESIDE_MOST: Final = 0.5  # share of the page's prose in comments and asides that makes it one
_P: Final = TAG["p"]
_LEVELS: Final = {TAG[f"h{level}"]: level for level in range(1, 7)}
MEAN: Final = 1024  # averages of features in the gate are sums of whole multiples of 1/1024

# What the gate sees: values that are the same for all passages of a page, and averages and maxima over its passages.
GATE_SAME: Final = ("page", "says.", "body.known", "dense.share", "title.tag")
GATE_OVER: Final = tuple(
    """text.length text.link text.stops c1.prose kin.n kin.share in:li in:.comment in:.card in:.thread tag title.left description.left
    core0.45.left dense.left furniture.share""".split()
)


class Trees:
    """Perfect binary trees of one depth: feature and threshold (trees, nodes), leaf (trees, nodes + 1); nodes are stored level by level."""

    def __init__(self, feature: Array, threshold: Array, leaf: Array) -> None:
        self.feature, self.threshold, self.leaf = feature.astype(np.int64), threshold, leaf.astype(np.int64)
        trees, nodes = feature.shape
        # One pair of flat arrays a level: in them, the children of the node at i stand at 2 i and 2 i + 1 of the next level.
        levels = [slice(2**level - 1, 2 ** (level + 1) - 1) for level in range((nodes + 1).bit_length() - 1)]
        self._levels = [(self.feature[:, level].ravel(), threshold[:, level].ravel()) for level in levels]
        self._leaves, self._roots = self.leaf.ravel(), 2 * np.arange(trees)

    def sums(self, matrix: npt.NDArray[np.float32], rows: Array | None = None) -> Array:
        """Sum of leaves for each row (of `rows` alone, where these are given), in units of 1/LEAF."""
        flat = matrix.T.ravel()
        wanted = np.arange(len(matrix)) if rows is None else rows
        levels = [(features * len(matrix), thresholds) for features, thresholds in self._levels]
        out = np.empty(len(wanted), np.int64)
        for at in range(0, len(wanted), ROWS):
            out[at : at + ROWS] = self._walk(flat, levels, wanted[at : at + ROWS, None])
        return out

    def _walk(self, flat: Array, levels: list[tuple[Array, Array]], row: Array) -> Array:
        """The same for a few rows; the arrays of the way down are made once and filled again at each level."""
        (features, thresholds), *below = levels
        node = self._roots + (flat.take(row + features) > thresholds)
        at, value, limit, right = np.empty_like(node), np.empty(node.shape, np.float32), np.empty(node.shape, np.float32), node > 0
        for features, thresholds in below:  # without "clip", numpy would copy what it is given to fill
            features.take(node, out=at, mode="clip")
            at += row
            flat.take(at, out=value, mode="clip")
            thresholds.take(node, out=limit, mode="clip")
            np.greater(value, limit, out=right)
            node += node
            node += right
        sums: Array = self._leaves.take(node, out=at, mode="clip").sum(1)
        return sums


class Model(NamedTuple):
    """A trained classifier."""

    general: Trees
    article: Trees
    gate: Trees
    names: list[str]  # of the features, in the order of the matrix
    info: dict[str, Any]  # name, version, training set and its hash, cross-validated figures, attribution


class Scores(NamedTuple):
    """What the classifier says of a page."""

    passages: Array  # 0 to SCALE each
    weights: Array  # words of each passage
    is_article: bool
    gone: list[str]  # rules of what went before, and on the page of an article also of what calls itself beside it


def load(file: IO[bytes]) -> Model:
    """A model from its open file."""
    with np.load(file, allow_pickle=False) as stored:
        trees = [
            Trees(stored[f"{name}.feature"], stored[f"{name}.threshold"], stored[f"{name}.leaf"])
            for name in ("general", "article", "gate")
        ]
        return Model(trees[0], trees[1], trees[2], [str(n) for n in stored["names"]], json.loads(str(stored["info"])))


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model of this package."""
    with files("pipeline.parsers.html").joinpath("main_content.npz").open("rb") as file:
        return load(file)


@lru_cache(maxsize=8)
def _gate_columns(names: tuple[str, ...]) -> tuple[list[int], list[int], int]:
    """Columns of the matrix that the gate sees: those that are the same for all passages, those that it averages, the weight."""
    index = {name: i for i, name in enumerate(names)}
    same = [i for name, i in index.items() if name.startswith(GATE_SAME)]
    return same, [index[name] for name in GATE_OVER], index["text.length"]


def gate_row(names: list[str], matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """One row of numbers that says what kind of page this is."""
    same, over, weight = _gate_columns(tuple(names))
    weights = matrix[:, weight].astype(np.int64)
    part = matrix[:, over]
    whole = np.rint(part.astype(np.float64) * MEAN).astype(np.int64)
    means = (whole * weights[:, None]).sum(0) / (MEAN * int(weights.sum()))
    return np.concatenate((matrix[0, same].astype(np.float64), means, part.max(0).astype(np.float64)))[None].astype(np.float32)


class _Reading(NamedTuple):
    """A page as the classifier sees it."""

    model: Model
    matrix: npt.NDArray[np.float32]
    weights: Array  # words of each passage
    hints: Hints
    is_article: bool  # by the gate, or by the page's own word where the gate does not deny it
    doubted: bool  # by the page's own word, and the gate would rather not


def _read(page: Page, model: Model) -> _Reading:
    table = features.table(page)
    matrix = table.matrix()
    probability = _rounded(model.gate.sums(gate_row(table.names, matrix)))[0] / SCALE
    stated = any(matrix[0, table.names.index(name)] for name in ("says.og_article", "says.article"))
    weights = np.maximum(table.spaces + 1, table.lengths // LETTERS_A_WORD)
    is_article = bool(probability >= (ARTICLE_STATED if stated else ARTICLE))
    return _Reading(model, matrix, weights, table.hints, is_article, bool(probability < DOUBTED))


def _chosen(page: Page, reading: _Reading, gone: list[str], *, is_article: bool) -> tuple[Scores, list[bool], float]:
    """Scores of the passages that `gone` has no rule for (the others score 0), the choice by them, and what it expects.

    What only calls itself beside an article, and is surely of it by its score, stays as well.
    """
    free = np.flatnonzero([not rule or rule == ASIDE for rule in gone])
    passages = np.zeros(len(gone), np.int64)
    passages[free] = _rounded((reading.model.article if is_article else reading.model.general).sums(reading.matrix, free))
    if ASIDE in gone:
        gone = ["" if rule == ASIDE and passages[number] >= SURE else rule for number, rule in enumerate(gone)]
        passages[[bool(rule) for rule in gone]] = 0
    scores = Scores(passages, reading.weights, is_article, gone)
    keep, expected = select(page, scores)
    own = [*lead(page, reading.hints, scores, keep), *code(page, scores, keep)] if is_article else []
    for number in [*own, *quoted(page, scores, keep), *steps.stated(page, gone)]:
        keep[number] = True
    head(page, scores, keep)
    return scores, keep, expected


def lead(page: Page, hints: Hints, scores: Scores, keep: list[bool]) -> list[int]:
    """Paragraphs between an article's title and its first prose that stays which are its lead.

    The page's description opens with its words, or it is the only prose there.
    """
    first = next((number for number, stays in enumerate(keep) if stays and len(page.text[number]) >= rules.PROSE_LENGTH), 0)
    if hints.title_at < 0:
        return []
    left = [number for number in range(hints.title_at + 1, first) if not keep[number] and not scores.gone[number]]
    prose = [number for number in left if rules.is_prose(len(page.text[number]), page.linked[number])]
    return [
        number
        for number in prose
        if page.tag[page.holder[number]] == _P and scores.passages[number] >= LEAD and (number == hints.description_at or len(prose) == 1)
    ]


def head(page: Page, scores: Scores, keep: list[bool]) -> None:
    """Keeps headings (not the title's) right above what stays, a passage that stays near above them: else sections run into one another."""
    tag, holder = page.tag, page.holder
    for number in reversed(headings(page)):
        if not keep[number] and number + 1 < len(keep) and keep[number + 1] and not scores.gone[number]:
            level, own = _LEVELS.get(tag[holder[number + 1]], 0), _LEVELS[tag[holder[number]]]
            if own > 1 and (not level or level > own):
                keep[number] = any(keep[max(0, number - ABOVE_HEADING) : number])


def quoted(page: Page, scores: Scores, keep: list[bool]) -> list[int]:
    """Passages of posts of other sites that the page quotes beside prose that stays."""
    out: list[int] = []
    covered = 0  # passages up to here are looked at: a post inside another is part of it
    for element in [e for e, bits in enumerate(page.own) if bits & QUOTED] if page.names & QUOTED else ():
        first, last = page.first[element], page.last[element]
        if first == last or last <= covered:
            continue
        covered = last
        around = page.parent[element]
        for _ in range(WRAPPERS):
            if (page.first[around], page.last[around]) == (first, last):
                around = page.parent[around]
        beside = [*range(max(page.first[around], first - BESIDE), first), *range(last, min(page.last[around], last + BESIDE))]
        if any(keep[number] and len(page.text[number]) >= rules.PROSE_LENGTH for number in beside):
            out += [number for number in range(first, last) if not scores.gone[number]]
    return out


def code(page: Page, scores: Scores, keep: list[bool]) -> list[int]:
    """Preformatted passages of an article between two paragraphs of prose that stay: what these explain.

    Some truths that the trees have seen leave all code out.
    """

    def stays(numbers: range) -> bool:
        near = (n for n in numbers if n not in page.verbatim and rules.is_prose(len(page.text[n]), page.linked[n]))
        return keep[first] if (first := next(near, -1)) >= 0 else False

    return [
        number
        for number in sorted(page.verbatim)
        if not keep[number]
        and not scores.gone[number]
        and stays(range(number - 1, max(-1, number - 1 - BESIDE), -1))
        and stays(range(number + 1, min(len(keep), number + 1 + BESIDE)))
    ]


def decide(
    page: Page, gone: list[str], shares: rules.Shares | None = None, model: Model | None = None
) -> tuple[Scores, list[bool], float]:
    """Scores of a page's passages, which of them are main content, and the expected F1; the page must have some passages.

    `gone` are rules of passages that are not asked for. A page that is an article by little more than its own word is read as a page of
    another kind as well; the choice that expects more of itself stands.
    """
    reading = _read(page, model or shipped())
    found: list[tuple[Scores, list[bool], float]] = []
    if reading.is_article:
        shares = shares or rules.Shares(page)
        apart = [rule or more for rule, more in zip(gone, rules.beside_article(page, shares), strict=True)]
        if not _is_thread(shares, gone, apart):
            found.append(_chosen(page, reading, apart, is_article=True))
    if not found or (reading.doubted and found[0][2] < HOPEFUL):
        found.append(_chosen(page, reading, gone, is_article=False))
    return max(found, key=lambda choice: choice[2])


def _is_thread(shares: rules.Shares, gone: list[str], apart: list[str]) -> bool:
    """Whether next to nothing is left of an article without its comments: then they are the posts of a thread."""
    left, all_left = shares.left(apart), shares.left(gone)
    return left < OWN_PROSE and all_left - left > BESIDE_MOST * shares.total


def by_score(scores: Scores) -> list[str]:
    """Rules for passages that the classifier leaves out: near misses have a name of their own, as that is where to look first."""
    return ["html.uncertain_content" if score >= UNCERTAIN * SCALE else "html.not_main_content" for score in scores.passages.tolist()]


def verdict(scores: Scores, keep: list[bool], expected: float) -> dict[str, Any]:
    """What the classifier says of a page: its kind, the F1 that it expects of its choice, the lowest score that stays."""
    lowest = int(scores.passages[np.array(keep)].min(initial=SCALE)) / SCALE
    kind = "article" if scores.is_article else "other"
    return {"page": kind, "expected_f1": round(expected, 2), "lowest_score": round(lowest, 2)}


def _rounded(sums: Array) -> Array:
    """Logits in units of 1/LEAF to whole scores."""
    return np.rint(SCALE / (1 + np.exp(-np.clip(sums / LEAF, -30, 30)))).astype(np.int64)


def _shifted(shift: float) -> Array:
    """For each whole score the one that is so many logits away; none stays none."""
    scores = np.arange(1, SCALE) / SCALE
    return np.concatenate(([0], np.rint(SCALE / (1 + np.exp(-shift) * (1 - scores) / scores)).astype(np.int64), [SCALE]))


_OPINIONS: Final = [(share, _shifted(shift)) for shift, share in OPINIONS]


def choose(scores: Array, weights: Array, *, is_article: bool = True) -> tuple[npt.NDArray[np.bool_], float]:
    """The passages whose keeping has the highest expected F1, and that F1.

    What belongs to a page that is no article is a matter of opinion, and opinions are of whole pages: the expectation is over `OPINIONS`.
    """
    keep = np.zeros(len(scores), bool)
    if not len(scores) or not scores.any():
        return keep, 0.0
    order = np.argsort(-scores, kind="stable")
    ordered, words = scores[order], weights[order]
    sizes, expected = np.cumsum(words) * SCALE, np.zeros(len(scores))
    for share, opinion in ((1.0, ordered),) if is_article else ((share, table[ordered]) for share, table in _OPINIONS):
        hits = np.cumsum(opinion * words)
        expected += share * (2 * hits / (sizes + hits[-1]))
    best = int(np.argmax(expected))
    keep[order[: best + 1]] = True
    return keep & (scores > 0), float(expected[best])


def repeated(page: Page, keep: list[bool]) -> list[int]:
    """Passages that stay and say again what stood before: layouts for small and large screens carry a part of the page twice.

    A paragraph of prose counts alone, shorter passages where several follow one another as they did before. Code, tables of data
    and containers of one kind (the entries of a list or a reference) say things twice for a reason.
    """
    apart = set(page.verbatim)
    for table in data_tables(page):
        apart.update(range(page.first[table], page.last[table]))
    numbers = [number for number, stays in enumerate(keep) if stays and number not in apart]
    texts = [page.text[number] for number in numbers]
    first: dict[str, int] = {}
    out: list[int] = []
    at = 0
    while at < len(texts):
        source = first.setdefault(texts[at], at)
        end, length = at, 0
        while source < at and end < len(texts) and texts[source + end - at] == texts[end] and source + end - at < at:
            length += len(texts[end])
            end += 1
        again = (end - at > 1 and length >= REPEATED_LENGTH) or (end > at and len(texts[at]) >= rules.PROSE_LENGTH)
        if again and page.path[page.holder[numbers[source]]] != page.path[page.holder[numbers[at]]]:
            out += numbers[at:end]
        at = end if again else at + 1
    return out


def select(page: Page, scores: Scores) -> tuple[list[bool], float]:
    """Which passages are main content, and the expected F1."""
    free = np.array([not rule for rule in scores.gone])
    keep, expected = choose(scores.passages, scores.weights, is_article=scores.is_article)
    for table in data_tables(page):  # a table of data stays or goes as a whole
        first, last = page.first[table], page.last[table]
        words = scores.weights[first:last] * free[first:last]
        keep[first:last] = free[first:last] & (2 * int((words * keep[first:last]).sum()) > int(words.sum()))
    return [bool(k) for k in keep], expected


