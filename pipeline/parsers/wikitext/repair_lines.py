"""The lines of a page whose line ends were lost: list items and categories, which stood on lines of their own."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.parsers.wikitext.data import CATEGORY_NAMES
from pipeline.parsers.wikitext.repair_mask import HIDDEN, mask

_ITEM_START = re.compile(r" *([*#:;]+)")
_LATE_LIST = re.compile(rf"(?<=[.:;)\]{HIDDEN}]) (\*+|#+) ?(?=\S)")
_LONE_LIST = re.compile(rf"[{HIDDEN} ]*(?<={HIDDEN}) ([*#]+) ?(?=[^\s\d*#])")
_ITEM = re.compile(r"(?<=\s)[*#]+ ?(?=\S)")
_PRODUCT = re.compile(r"[\d)] \* [\d(]")
_NEXT_ITEM = {True: re.compile(r" ([*#]+[:*#;]*)(?=\s?[^\s*#])"), False: re.compile(r" ([:;]{1,6}|\*+)(?=\s?[^\s:;*])")}
_CATEGORY = re.compile(rf"(?:^|(?<=[{HIDDEN} ]))(?:{CATEGORY_NAMES}):(?=\S)", re.I)
_CATEGORY_NAME = re.compile(rf"(?:{CATEGORY_NAMES}):[^{HIDDEN}\[\]{{}}|]*?(?=\s+(?:{CATEGORY_NAMES}):|\s*{HIDDEN}|\s*$)", re.I)
_CATEGORY_RUN = re.compile(
    rf"(?:(?:{CATEGORY_NAMES}):(?:(?!(?<!\w)(?:{CATEGORY_NAMES}):)[^\[\]{{}}|{HIDDEN}]){{1,150}}+[\s{HIDDEN}]*+)++\Z", re.I
)  # a name may hold a colon, `Category:Wikipedia:Sources`, but no other category
_SORT_KEYS = " *!+"  # what `[[Category:Rivers|*]]` leaves where brackets are lost: the name is gone with them


def lines(text: str, counts: dict[str, int]) -> str:
    """Lists and categories, line by line."""
    hidden = mask(text)
    out: list[str] = []
    at = 0
    for line in text.split("\n"):
        masked = hidden[at : at + len(line)]
        at += len(line) + 1
        if not line or line.startswith(("{|", "|", "!", "=")):
            out.append(line)
            continue
        line, masked, names = _categories(line, masked)
        if line:
            out += _items(line, masked, counts)
        counts["categories"] += sum(name.startswith("[[") for name in names)
        out += names
    return "\n".join(out)


def _categories(line: str, masked: str) -> tuple[str, str, list[str]]:
    """What stands before a run of bare categories at the end of a line, and the lines of the run."""
    first = _CATEGORY.search(masked)
    if first is None:
        return line, masked, []
    start = first.start()
    before = masked[:start].rstrip(_SORT_KEYS)
    if (before and before[-1] != HIDDEN) or not _CATEGORY_RUN.match(masked, start):
        return line, masked, []
    names: list[str] = []
    at = start
    for match in _CATEGORY_NAME.finditer(masked, start):
        between = line[at : match.start()].strip()
        if between:
            names.append(between)
        names.append(f"[[{line[match.start() : match.end()].strip()}]]")
        at = match.end()
    if rest := line[at:].strip():
        names.append(rest)
    return line[:start].rstrip(), masked[:start].rstrip(), names


def _items(line: str, masked: str, counts: dict[str, int]) -> list[str]:
    """A line cut before each of its list items."""
    out: list[str] = []
    start = _ITEM_START.match(masked)
    if start is None:
        at = _late_list(line, masked)
        if at < 0:
            return [line]
        out.append(line[:at].rstrip())
        line, masked = line[at:], masked[at:]
        start = _ITEM_START.match(masked)
        assert start is not None
    sign = start[1][0]
    cuts = [0]
    for match in _NEXT_ITEM[sign in "*#"].finditer(masked, start.end()):
        found = match[1]
        before = masked[: match.start()].rstrip()[-1:]
        after = masked[match.end() : match.end() + 2]
        if found[0] != sign and found[0] not in "*#":
            continue
        if found[0] == "#" and (after[:1].isdigit() or (sign != "#" and after[:1] != " ")):
            continue
        if before.isdigit() and after.strip()[:1].isdigit() and sign == "*":
            continue
        cuts.append(match.start())
    counts["list items"] += len(cuts)
    out += [line[a:b].strip() for a, b in pairwise([*cuts, len(line)])]
    return out


def _late_list(line: str, masked: str) -> int:
    """Where a list begins in a line that begins otherwise, -1 where none does: after a sentence with two items at least, after
    nothing but templates with one."""
    if line.startswith("{{") and (lone := _LONE_LIST.match(masked)):
        return lone.start(1)
    late = _LATE_LIST.search(masked)
    if late is None or len(_ITEM.findall(masked, late.start())) < 2 or _PRODUCT.search(masked):
        return -1
    return -1 if masked[late.end() - 1 : late.end()].isdigit() else late.start() + 1
