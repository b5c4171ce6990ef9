"""Language variants: `-{zh-hans:计算机;zh-hant:電腦}-` says what a word is in each of the scripts that a wiki can be read in.

A reader sees one of them. So one stays, that of the document's language where it is given, else the first; the others go through
the ledger. Source: https://www.mediawiki.org/wiki/Writing_systems/Syntax
"""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.data import VARIANTS

BAR = "\x19"  # the `|` between the flags and the words: as a sign of its own it parts neither cells nor parameters
ROUNDS = 2  # marks inside marks that are read, innermost first: a word inside a rule is as deep as pages go

_CODES = "|".join(sorted(map(re.escape, VARIANTS), key=len, reverse=True))
_FLAGS = re.compile(rf"-\{{((?:[ ;ADHNRT+-]|{_CODES}){{0,20}})\|(?=[^{{}}]*\}}-)", re.I)
_MARK = re.compile(r"-\{([^{}]*)\}-")
_RULE = re.compile(rf"(?:[^:;{BAR}]*=>)?\s*({_CODES})\s*:", re.I)
_NEXT = re.compile(rf";\s*(?=(?:[^:;]*=>\s*)?(?:{_CODES})\s*:|\Z)", re.I)
_SAYS = re.compile(rf"-\{{\s*(?:[ADHNRT+;-]*\||(?:[^{{}}:;|]*=>\s*)?(?:{_CODES})\s*[:;|])", re.I)
_SCRIPTS = re.compile("[\u3400-\u9fffЂЉЊЋЏђљњћџ]")  # of the wikis where a mark without any code is common: Chinese, Serbian
_SILENT = frozenset("HTN-")  # flags of a mark that shows nothing: a rule for the page, its title, a variant's name, the end of a rule


def has(text: str, language: str) -> bool:
    """Whether what stands between `-{` and `}-` in a page is a variant, and no mere braces.

    >>> has("A -{zh-cn:软件;zh-tw:軟體}-", ""), has("CH3-{CH2}-CH3", ""), has("A -{Word}-", "sr")
    (True, False, True)
    """
    if text.rfind("-{") < 0:  # a third of the time of `in`
        return False
    return language.partition("-")[0].lower() in VARIANTS or _SAYS.search(text) is not None or _SCRIPTS.search(text) is not None


def hide(text: str) -> str:
    """The text at the same length, with the bar of each mark as a sign that is no markup."""
    return _FLAGS.sub(lambda m: f"{m[0][:-1]}{BAR}", text)


def shown(text: str, language: str, gone: list[str]) -> str:
    """A passage as a reader sees it; what other readers see is added to `gone`.

    >>> gone = []
    >>> shown("用-{zh-hans:软件;zh-hant:軟體}-，-{R\\x19原样}-。-{H\\x19zh-cn:甲;zh-tw:乙}-", "zh-hant", gone)
    '用軟體，原样。'
    >>> gone
    ['软件', 'H|zh-cn:甲;zh-tw:乙']
    """

    def one(match: re.Match[str]) -> str:
        flags, bar, words = match[1].rpartition(BAR)
        if bar and not _SILENT.isdisjoint(flag.strip().upper() for flag in flags.split(";")):
            gone.append(match[1].replace(BAR, "|"))
            return ""
        return _choice(words, language, gone)

    for _ in range(ROUNDS):
        if "-{" not in text:
            break
        text = _MARK.sub(one, text)
    return text.replace(BAR, "|")


def _choice(words: str, language: str, gone: list[str]) -> str:
    """The words of one variant."""
    if not _RULE.match(words):
        return words
    found: list[tuple[str, str]] = []
    for part in _NEXT.split(words):
        if rule := _RULE.match(part):
            found.append((rule[1].lower(), part[rule.end() :].strip()))
    chosen = next((text for code, text in found if code == language.lower()), found[0][1])
    gone += dict.fromkeys(text for _, text in found if text and text != chosen)
    return chosen
