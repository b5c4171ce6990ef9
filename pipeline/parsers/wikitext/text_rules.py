"""Templates that put words into a sentence: each rule turns a template's parameters into them."""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node, Nodes
from pipeline.parsers.wikitext.strip import GAP, LIST_BREAK
from pipeline.text.unicode import superscript

MAX_FIELDS = 400  # parameters of an infobox or field template that are kept: more than any real one, bounds the metadata

Params = dict[str, Nodes]
Rule = Callable[[Emitter, Params, Write], None]

_RANGE = {"to", "and", "or", "by", "x", "-", "–", "—", "to(-)", "to about", "+/-", "±", "&", "and(-)", "or(-)", "xx", "*", "×"}
CODE = re.compile(r"[a-z]{2,3}(?:-[a-zA-Z]{2,10}){0,2}")
"""What a code of a language looks like, `de`, `sla-pro`, `zh-Hant`."""

_SIZE = re.compile(r"\d+(?:px|em|%)?")


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


def _positional(given: Params) -> list[Nodes]:
    return [v for k, v in given.items() if k.isdigit()]


def _texts(em: Emitter, given: Params, limit: int = 40) -> list[str]:
    return [t for v in _positional(given)[:limit] if (t := em.flat(v).strip())]


def _named(*keys: str) -> Rule:
    def run(em: Emitter, given: Params, write: Write) -> None:
        for key in keys:
            if value := given.get(key):
                em.emit(value, write)
                return
        write(GAP)

    return run


def _last(em: Emitter, given: Params, write: Write) -> None:
    value = given.get("text") or (given.get("3") or given.get("2") or given.get("1") if not given.get("4") else _positional(given)[-1])
    if value:
        em.emit(value, write)


def _lang_prefix(em: Emitter, given: Params, write: Write) -> None:
    """`{{lang-de|Wort|translit|meaning}}`: the word; the language's name depends on the wiki and is left out."""
    values = [em.flat(given[k]).strip() for k in ("1", "2", "3") if k in given]
    values = [v for v in values if v]
    write(", ".join(values) if values else GAP)


def _all(em: Emitter, given: Params, write: Write) -> None:
    write("".join(_texts(em, given)) or GAP)


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
    texts = [em.flat(v).strip() for v in _positional(given)[:4]]
    rest = texts[language_first(texts) :]
    write(next((text for text in rest if text), GAP))


def _labelled(em: Emitter, given: Params, write: Write) -> None:
    """`{{LangWithName|gd|スコットランド・ゲール語|Alba}}`: スコットランド・ゲール語: Alba."""
    texts = _texts(em, given)
    write(": ".join(texts[language_first(texts) :]) or GAP)


def _bracketed(em: Emitter, given: Params, write: Write) -> None:
    """`{{lb|en|dated|_|slang}}`: (dated, slang)."""
    texts = _texts(em, given)
    words = [text for text in texts[language_first(texts) :] if text != "_"]
    write(f"({', '.join(words)})" if words else GAP)


def _ipa(em: Emitter, given: Params, write: Write) -> None:
    """`{{IPAc-en|UK|ə|ˈ|l|ɒ|t}}`: UK əˈlɒt; sounds are written together, words such as the name of a dialect apart."""
    out = ""
    for text in _texts(em, given):
        word = text.isascii() and (len(text) > 2 or text.isupper())
        out += f" {text} " if word and text != "lang" else text
    write(out.replace(",_", ", ").strip() or GAP)


def _words(em: Emitter, given: Params, write: Write) -> None:
    write(" ".join(_texts(em, given)) or GAP)


def _list(em: Emitter, given: Params, write: Write) -> None:
    for key, value in list(given.items())[:MAX_FIELDS]:
        if (key.isdigit() or data.LIST_PARAMETER.fullmatch(key)) and (text := em.flat(value).strip()):
            write(LIST_BREAK)
            write(text)


def _convert(em: Emitter, given: Params, write: Write) -> None:
    """`{{convert|5|to|7|km|mi}}`: number and unit as the editor gave them, 5 to 7 km; the conversion is not computed."""
    values = _texts(em, given, 8)
    if not values:
        write(GAP)
        return
    out, i = values[0], 1
    while i + 1 < len(values) and values[i].lower() in _RANGE:
        out += values[i] + values[i + 1] if values[i] in "-–—" else f" {values[i].replace('(-)', '')} {values[i + 1]}"
        i += 2
    write(f"{out} {values[i]}" if i < len(values) else out)


def _fraction(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 3)
    write({0: GAP, 1: "1/{0}", 2: "{0}/{1}", 3: "{0} {1}/{2}"}[len(values)].format(*values))


def _value(em: Emitter, given: Params, write: Write) -> None:
    number = em.flat(given.get("1", [])).strip()
    write(number or GAP)
    for key, before in (("e", "×10"), ("ul", " "), ("u", " ")):
        if value := given.get(key):
            text = em.flat(value).strip()
            write(before + (superscript(text) if key == "e" else text))
            if key == "ul":
                break


def _exponent(em: Emitter, given: Params, write: Write) -> None:
    write("×10" + superscript(em.flat(given.get("1", [])).strip()))


def _power(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 2)
    write((values[0] if values else "10") + (superscript(values[1]) if len(values) > 1 else ""))


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def _date_words(values: list[str]) -> str:
    if len(values) == 3 and len(values[2]) == 4 and values[2].isdecimal() and len(values[0]) < 3:
        values = values[::-1]  # day first
    year, *rest = values[:3]
    if not rest:
        return year
    month = _MONTHS[int(rest[0]) - 1] if rest[0].isdecimal() and 1 <= int(rest[0][:3]) <= 12 else rest[0]
    return f"{rest[1]} {month} {year}" if len(rest) > 1 else f"{month} {year}"


def _as_of(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 3)
    lead = "as of" if "lc" in given else "As of"
    write(f"{lead} {_date_words(values)}" if values else lead)


def _date(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 3)
    write(_date_words(values) if values else GAP)


def _date_parts(em: Emitter, given: Params, write: Write) -> None:
    """A date of a wiki in another language, by its numbers: 1980-05-12; with the name of a month as it stands, 12 mai 1980."""
    values = [value for value in _texts(em, given, 3) if not value.startswith("{")]
    if len(values) == 3 and all(value.isdecimal() for value in values):
        year, month, day = values if len(values[0]) == 4 else values[::-1]
        write(f"{year}-{month:0>2}-{day:0>2}")
    else:
        write(" ".join(values) or GAP)


def _circa(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 2)
    words = " – ".join(values)
    write("c. " + words if not words or any(map(str.isdecimal, words)) else words)  # without a number it is a line that Wikisource centres


def _nihongo(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 5)
    named = [
        em.flat(v).strip()
        for k, v in given.items()
        if not k.isdigit() and k in ("t", "s", "p", "c", "j", "hangul", "hanja", "rr", "lk", "kanji")
    ]
    values += [v for v in named if v]
    write(values[0] + (f" ({', '.join(values[1:])})" if len(values) > 1 else "") if values else GAP)


def _marriage(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 3)
    write(values[0] + (f" (m. {'–'.join(values[1:])})" if len(values) > 1 else "") if values else GAP)


def _sic(em: Emitter, given: Params, write: Write) -> None:
    """`{{sic|recieved}}`: recieved [sic]; `hide=y` leaves the sign out."""
    texts = _texts(em, given, 4)
    if len(texts) == 2 and texts[0][:1] == texts[1][:1]:
        texts.pop()  # the word as it should be, which a library shows over the other
    words = "".join(texts)
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
    "all": _all,
    "words": _words,
    "titled": _named("title", "text", "titel", "titre", "título", "titolo"),
    "site": _named("name", "title", "2", "1"),
    "worded": _worded,
    "bracketed": _bracketed,
    "labelled": _labelled,
    "date_parts": _date_parts,
    "ipa": _ipa,
    "list": _list,
    "terms": _list,
    "box": _named("1", "text", "content"),
    "quote": _quote,
    "term": _named("2", "1", "term", "content"),
    "definition": _named("1", "defn", "content"),
    "convert": _convert,
    "fraction": _fraction,
    "value": _value,
    "exponent": _exponent,
    "as_of": _as_of,
    "date": _date,
    "circa": _circa,
    "nihongo": _nihongo,
    "power": _power,
    "marriage": _marriage,
    "sic": _sic,
    "inflation": lambda em, given, write: _words(em, {"1": given.get("2", [])}, write),
    "text_with_source": _words,
    "lang_prefix": _lang_prefix,
}
