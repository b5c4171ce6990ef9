"""Templates that put words into a sentence: each rule turns a template's parameters into them."""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node, Nodes
from pipeline.parsers.wikitext.strip import GAP, LIST_BREAK

MAX_FIELDS = 400  # parameters of an infobox or field template that are kept: more than any real one, bounds the metadata
MAX_PLACE = 5  # digits of a parameter's number: more are none

Params = dict[str, Nodes]
Rule = Callable[[Emitter, Params, Write], None]

CODE = re.compile(r"[a-z]{2,3}(?:-[a-zA-Z]{2,10}){0,2}")
"""What a code of a language looks like, `de`, `sla-pro`, `zh-Hant`."""

_SIZE = re.compile(r"\d+(?:px|em|%)?")
# A word of Chinese, Korean or Japanese in its scripts, its letters and its meaning, by the names of parameters.
_SCRIPTS = frozenset(("t", "s", "p", "c", "j", "y", "w", "l", "hangul", "hanja", "rr", "mr", "kanji", "extra"))
_ENDS = frozenset(("div", "d", "w", "wid", "ann", "sep"))  # of a marriage, as editors shorten them


def params(em: Emitter, node: Node) -> Params:
    """Parameters by name; positional ones are numbered from 1, the last of a name counts."""
    found: Params = {}
    position = 0
    for param in node.params:
        if param.name is None:
            position += 1
            found[str(position)] = param.value
        else:
            name = param.name
            key = name[0] if len(name) == 1 and type(name[0]) is str else em.flat(name)
            assert isinstance(key, str)
            found[key.strip()] = param.value
    return found


def positional(given: Params) -> list[Nodes]:
    """The parameters without a name, or with a number as their name, in the order of the numbers."""
    places = [key for key in given if key.isdecimal() and len(key) < MAX_PLACE]
    if len(places) > 1:
        places.sort(key=int)
    return [given[key] for key in places]


def texts(em: Emitter, given: Params, limit: int = 40) -> list[str]:
    """The raw passages that the first of them give, without the empty ones."""
    return [t for v in positional(given)[:limit] if (t := em.flat(v).strip())]


def _named(*keys: str) -> Rule:
    def run(em: Emitter, given: Params, write: Write) -> None:
        for key in keys:
            if value := given.get(key):
                em.emit(value, write)
                return
        write(GAP)

    return run


def _last(em: Emitter, given: Params, write: Write) -> None:
    value = given.get("text") or (given.get("3") or given.get("2") or given.get("1") if not given.get("4") else positional(given)[-1])
    if value:
        em.emit(value, write)


def _worded_in(first: int) -> Rule:
    """`{{langx|ru|Мост|Most|Bridge}}`: Мост, Most, Bridge: word, letters, meaning, each by its place from `first` on or by its name;
    the name of the language depends on the wiki and is left out."""
    slots = [(str(first + place), *names) for place, names in enumerate((("text",), ("translit",), ("lit", "translation")))]

    def run(em: Emitter, given: Params, write: Write) -> None:
        found = (next((text for key in keys if key in given and (text := em.flat(given[key]).strip())), "") for keys in slots)
        write(", ".join(text for text in found if text) or GAP)

    return run


def _joined(between: str) -> Rule:
    def run(em: Emitter, given: Params, write: Write) -> None:
        write(between.join(texts(em, given)) or GAP)

    return run


def language_first(values: list[str]) -> int:
    """How many of a template's first values are codes of languages, with a word after them.

    >>> language_first(["fr", "mot"]), language_first(["en", "fr", "mot"]), language_first(["no"])
    (1, 2, 0)
    """
    count = 0
    while count < min(2, len(values) - 1) and CODE.fullmatch(values[count]):
        count += 1
    return count


def _worded(em: Emitter, given: Params, write: Write) -> None:
    """`{{m|fr|mot}}`: the word after the codes of languages; what is shown instead of it, where the next says that."""
    values = [em.flat(v).strip() for v in positional(given)[:4]]
    write(next((text for text in values[language_first(values) :] if text), GAP))


def _interlanguage(em: Emitter, given: Params, write: Write) -> None:
    """`{{ill|Bridge of X|fr|Pont de X}}`: Bridge of X; older pages have the code of the other wiki and its title first."""
    first, second = (
        value[0].strip() if len(value) == 1 and type(value[0]) is str else "" for value in (given.get("1", []), given.get("2", []))
    )
    older = first in data.LANGUAGES and "2" in given and second not in data.LANGUAGES
    keys = ("lt", "3", "2", "1") if older else ("lt", "1")
    write(next((text for key in keys if key in given and (text := em.flat(given[key]).strip())), GAP))


def _labelled(em: Emitter, given: Params, write: Write) -> None:
    """`{{LangWithName|gd|スコットランド・ゲール語|Alba}}`: スコットランド・ゲール語: Alba."""
    values = texts(em, given)
    write(": ".join(values[language_first(values) :]) or GAP)


def _bracketed(em: Emitter, given: Params, write: Write) -> None:
    """`{{lb|en|dated|_|slang}}`: (dated, slang)."""
    values = texts(em, given)
    words = [text for text in values[language_first(values) :] if text != "_"]
    write(f"({', '.join(words)})" if words else GAP)


def _ipa(em: Emitter, given: Params, write: Write) -> None:
    """`{{IPAc-en|UK|ə|ˈ|l|ɒ|t}}`: UK əˈlɒt; sounds are written together, words such as the name of a dialect apart."""
    out = ""
    for text in texts(em, given):
        word = text.isascii() and (len(text) > 2 or text.isupper())
        out += f" {text} " if word and text != "lang" else text
    write(out.replace(",_", ", ").strip() or GAP)


def _list(em: Emitter, given: Params, write: Write) -> None:
    for key, value in list(given.items())[:MAX_FIELDS]:
        if (key.isdigit() or data.LIST_PARAMETER.fullmatch(key)) and (text := em.flat(value).strip()):
            write(LIST_BREAK)
            write(text)


def _nihongo(em: Emitter, given: Params, write: Write) -> None:
    values = texts(em, given, 5)
    named = [em.flat(v).strip() for k, v in given.items() if k in _SCRIPTS]
    values = list(dict.fromkeys([*values, *(v for v in named if v)]))  # the same in two scripts is shown once
    write(values[0] + (f" ({', '.join(values[1:])})" if len(values) > 1 else "") if values else GAP)


def _marriage(em: Emitter, given: Params, write: Write) -> None:
    """`{{marriage|Ann Orr|1990|2000|end=div}}`: Ann Orr (m. 1990; div. 2000)."""
    name, since, until, *_ = [*(em.flat(value).strip() for value in positional(given)[:3]), "", "", ""]
    why = em.flat(given.get("end") or given.get("reason") or []).strip()
    why = f"{why}." if why in _ENDS else why
    known = [f"m. {since}"] if since else []
    known += [f"{why} {until}".strip()] if why else []
    shown = "; ".join(known) if why or not until else f"m. {since}–{until}"
    write(name + (f" ({shown})" if shown else "") or GAP)


def _verse(em: Emitter, given: Params, write: Write) -> None:
    """`{{bibleverse|1|Kings|2:3|KJV}}`: 1 Kings 2:3; which translation the link leads to is not shown."""
    values = texts(em, given, 4)
    end = next((place for place, text in enumerate(values) if place and any(map(str.isdecimal, text))), len(values))
    write(" ".join(values[: end + 1]) or GAP)


def _sic(em: Emitter, given: Params, write: Write) -> None:
    """`{{sic|recieved}}`: recieved [sic]; `hide=y` leaves the sign out."""
    values = texts(em, given, 4)
    if len(values) == 2 and values[0][:1] == values[1][:1]:
        values.pop()  # the word as it should be, which a library shows over the other
    words = "".join(values)
    sign = "[sic?]" if words == "?" else "[sic]"
    words = "" if words == "?" else words
    write(words or sign if not words or given.get("hide") else f"{words} {sign}")


def quote_source(em: Emitter, given: Params, key: str) -> str:
    """The raw line under a quotation, whose words are the parameter `key`: who said it, and where."""
    lower = {k.lower(): k for k in given if not k.islower()}
    known = [k if given.get(k) else lower.get(k, k) for k in (*data.QUOTE_SOURCES, "2", "3", "4", "5")]
    names = [k for k in known if k != key and given.get(k)]
    found = [text for k in names if (text := em.flat(given[k]).strip()) and not _SIZE.fullmatch(text)]
    return f"— {', '.join(dict.fromkeys(found))}" if found else ""


def quote_words(given: Params) -> str:
    """The parameter that holds the words of a quotation; "" where none does: a code of a language before them is none."""
    key = next((k for k in data.QUOTE_WORDS if given.get(k)), "") or next(
        (k for k in given if not k.islower() and k.lower() in data.QUOTE_WORDS and given[k]), ""
    )
    if key == "1" and len(value := given["1"]) == 1 and type(value[0]) is str and value[0].strip() in data.LANGUAGE_NAME:
        return "7" if given.get("7") else ""
    return key


def _quote(em: Emitter, given: Params, write: Write) -> None:
    key = quote_words(given)
    if key:
        write("\n")
        em.emit(given[key], write)
        write("\n")
        if source := quote_source(em, given, key):
            write(f"{source}\n")
    else:  # a dictionary may give the words on the next line
        write(quote_source(em, {name: value for name, value in given.items() if not name.isdigit()}, "").removeprefix("— ") or GAP)


TEXT: dict[str, Rule] = {
    "first": _named("1", "text", "content"),
    "last": _last,
    "second": _named("2", "1", "text"),
    "second_or_first": _named("2", "1"),
    "linked": _interlanguage,
    "all": _joined(""),
    "words": _joined(" "),
    "keys": _joined("+"),
    "titled": _named("title", "text", "titel", "titre", "título", "titolo"),
    "site": _named("name", "title", "2", "1"),
    "worded": _worded,
    "bracketed": _bracketed,
    "labelled": _labelled,
    "ipa": _ipa,
    "list": _list,
    "terms": _list,
    "box": _named("1", "text", "content"),
    "quote": _quote,
    "term": _named("2", "1", "term", "content"),
    "definition": _named("1", "defn", "content"),
    "nihongo": _nihongo,
    "marriage": _marriage,
    "verse": _verse,
    "sic": _sic,
    "lang_prefix": _worded_in(1),
    "language_and_word": _worded_in(2),
}
