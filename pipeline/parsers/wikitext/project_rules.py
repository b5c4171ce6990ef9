"""Templates of dictionaries, travel guides and picture stores, whose words stand in several parameters with signs between them.

A rule gets the template's name, parameters and place, and says whether the template is of its kind at all: `see` is a place on a travel
guide and a note to the reader elsewhere. Each parameter is looked at once: templates inside templates would double the time at each level.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.parsers.wikitext import computed_rules, data, patterns
from pipeline.parsers.wikitext.emit import Emitter, Write
from pipeline.parsers.wikitext.nodes import Node
from pipeline.parsers.wikitext.strip import GAP, LINE_BREAK, LIST_BREAK
from pipeline.parsers.wikitext.text_rules import CODE, MAX_FIELDS, Params, params

Rule = Callable[[Emitter, Node, str, Params, Write], bool]

MAX_WORDS = 60  # parameters of a template of words that are looked at: real ones hold a dozen
MAX_GENDER = 8  # code points of marks of gender and number behind a translation, `m`, `f-p`
_WORD, _FORM, _GLOSS = range(3)  # parameters of a mention behind the code of its language
_HYPHEN = "-"


def project_rule(em: Emitter, node: Node, name: str, what: str, write: Write) -> bool:
    """Writes what a template of a sister project gives; False where its parameters are not those of one."""
    return RULES[what](em, node, name, params(em, node), write)


# -- dictionaries -----------------------------------------------------------------------------------------------------------


def _flat(em: Emitter, given: Params, key: str) -> str:
    value = given.get(key)
    return em.flat(value).strip() if value else ""


def _values(em: Emitter, given: Params) -> list[str]:
    """Positional parameters in their places, empty ones too."""
    numbers = [int(key) for key in given if key.isdecimal() and len(key) < 4]
    return [_flat(em, given, str(i)) for i in range(1, min(max(numbers, default=0), MAX_WORDS) + 1)]


def _code(given: Params) -> str:
    """The code of the language that stands first, as written: to look at what a parameter gives would be done twice. "" for none."""
    value = given.get("1", [])
    code = value[0].strip() if len(value) == 1 and type(value[0]) is str else ""
    return code if "2" in given and CODE.fullmatch(code) else ""


def _after_code(em: Emitter, given: Params) -> tuple[str, list[str]]:
    """The code of the language, and the parameters after it; `lang=` holds it in old pages. "" where none stands."""
    values = _values(em, given)
    if "lang" in given:
        return _flat(em, given, "lang"), values
    code = _code(given)
    return code, values[1:] if code else values


def _remark(em: Emitter, given: Params, number: str, gloss: str) -> str:
    """What stands in brackets behind a word: its letters, its meaning, its literal meaning."""
    gloss = next((text for key in (f"t{number}", f"gloss{number}") if (text := _flat(em, given, key))), gloss)
    found = [text for key in (f"tr{number}", f"ts{number}") if (text := _flat(em, given, key)) and text != _HYPHEN]
    found += [f"“{gloss}”"] if gloss else []
    found += [f"literally “{text}”"] if (text := _flat(em, given, f"lit{number}")) else []
    return f" ({', '.join(found)})" if found else ""


def _mentioned(em: Emitter, given: Params, rest: list[str]) -> str:
    """`aqua (“water”)`: a word as it is shown, with what is said of it."""
    rest = [*rest, "", "", ""]
    word = rest[_FORM] or _flat(em, given, "alt") or rest[_WORD]
    return "" if word == _HYPHEN else word + _remark(em, given, "", rest[_GLOSS])


def _mention(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    code, rest = _after_code(em, given)
    if any("://" in text for text in rest):  # of another wiki: a link with its words, `{{link|en|http://…|Words}}`
        write(" ".join(text for text in rest if text and "://" not in text) or GAP)
        return True
    if not rest:
        write(name if name == "m" else GAP)  # without a word it is the sign of the masculine
    else:
        write(_mentioned(em, given, rest if code else rest[:1]) or GAP)
    return True


def _translation(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{t+|ru|собака|f|tr=sobaka}}`: собака f (sobaka)."""
    code, rest = _after_code(em, given)
    word = _flat(em, given, "alt") or (rest[0] if rest else "")
    marks = [text for text in rest[1:] if text and len(text) <= MAX_GENDER and text.isascii()] if code else []
    more = [text for text in rest[1:] if text and text not in marks] if code else []  # the word in other letters
    write(" ".join([word, *more, *marks]) + _remark(em, given, "", "") if word else GAP)
    return True


def _name_of(code: str) -> str:
    return data.LANGUAGE_NAME.get(code.rstrip("."), code)


def _language(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    values = _values(em, given)
    write(_name_of(values[0]) if values and values[0] else GAP)
    return True


def _origin(em: Emitter, name: str, given: Params, rest: list[str], write: Write) -> None:
    """`Old French mot (“word”)`: the language, and the word where one is given."""
    word = _mentioned(em, given, rest[1:])
    lead = data.LEADS.get(name, "")
    write(" ".join(part for part in (lead, _name_of(rest[0]), word) if part))


def _etymology(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    if "lang" not in given and not _code(given):
        return False
    code, rest = _after_code(em, given)
    _origin(em, name, given, rest or [code], write)
    return True


def _cognate(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    if not _code(given):
        return False
    _origin(em, name, given, _values(em, given), write)
    return True


def _descendant(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    if not _code(given):
        return False
    code, rest = _after_code(em, given)
    words = ", ".join(text for text in rest if text)
    write(f"{_name_of(code)}: {words}{_remark(em, given, '', '')}" if words else _name_of(code))
    return True


def _example(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{ux|de|Ich gehe.|I go.}}`: Ich gehe. ― I go."""
    _language_code, rest = _after_code(em, given)
    parts = [rest[0] if rest else "", _flat(em, given, "tr"), *rest[1:4], _flat(em, given, "t"), _flat(em, given, "translation")]
    write(" ― ".join(part for part in dict.fromkeys(parts) if part) or GAP)
    return True


def _parts(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    """`{{suffix|en|read|er|t2=one who}}`: read + -er (“one who”)."""
    if "lang" not in given and not _code(given):
        return False
    words = [text for text in _after_code(em, given)[1] if text]
    if not words:
        write(GAP)
        return True
    if name in ("prefix", "confix") and len(words) > 1:
        words[0] = words[0] if words[0].endswith(_HYPHEN) else words[0] + _HYPHEN
    if name in ("suffix", "suf", "confix", "con") and len(words) > 1:
        words[-1] = words[-1] if words[-1].startswith(_HYPHEN) else _HYPHEN + words[-1]
    shown = [_flat(em, given, f"alt{i}") or word for i, word in enumerate(words, 1)]
    line = " + ".join(word + _remark(em, given, str(i), "") for i, word in enumerate(shown, 1))
    write(f"{lead} {line}" if (lead := data.LEADS.get(name)) else line)
    return True


def _form_of(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    """`{{plural of|en|dog}}`: plural of dog."""
    word = _mentioned(em, given, _after_code(em, given)[1])
    write(f"{name} {word}" if word else GAP)
    return True


def _inflection(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{inflection of|pt|sumir||1|s|pres|indc}}`: first-person singular present indicative of sumir."""
    rest = _after_code(em, given)[1]
    word = _mentioned(em, given, rest[:2])
    marks = [data.GRAMMAR.get(mark, mark) for mark in rest[2:] if mark]
    write(f"{' '.join(marks) or 'inflection'} of {word}".replace(" ; ", "; ").replace(" // ", "/") if word else GAP)
    return True


def keep_source(em: Emitter, node: Node) -> None:
    """Puts a template into the ledger as written: some of its words are shown, but not the forms, sources and ids beside them."""
    if node.params:
        em.page.remove("dictionary_template", (node.start, node.end))


def _headword(em: Emitter, node: Node, name: str, given: Params, write: Write) -> bool:
    """`{{head|fr|noun|plural|mots}}` on the page mot: mot (plural mots)."""
    keep_source(em, node)
    word = _flat(em, given, "head") or em.page.title
    if not word:
        write(GAP)
        return True
    more = [text for text in _values(em, given)[2:] if text] if not name.count(_HYPHEN) else []
    pairs = [" ".join(more[i : i + 2]) for i in range(0, len(more), 2)]
    gender = _flat(em, given, "g")
    write(word + (f" {gender}" if gender else "") + (f" ({', '.join(pairs)})" if pairs else ""))
    return True


def _listed(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    """`{{syn|en|dog|hound}}`: Synonyms: dog, hound."""
    words = [f"see also {text}" if text.startswith("Thesaurus:") else text for text in _after_code(em, given)[1] if text]
    sign = _HYPHEN if name.startswith("rhyme") else ""
    write(f"{data.LISTED[name]}: {data.BETWEEN.get(name, ', ').join(sign + word for word in words)}" if words else GAP)
    return True


def _alternatives(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    """`{{alter|en|grey||UK}}`: grey (UK): the words before an empty parameter, their labels after it."""
    if not _code(given):
        return False
    rest = _after_code(em, given)[1]
    end = rest.index("") if "" in rest else len(rest)
    labels = ", ".join(text for text in rest[end + 1 :] if text)
    write(", ".join(rest[:end]) + (f" ({labels})" if labels else ""))
    return True


# -- travel guides ----------------------------------------------------------------------------------------------------------


def _listing(em: Emitter, node: Node, name: str, given: Params, write: Write) -> bool:
    """A place: `Louvre (Musée du Louvre), 99 rue de Rivoli. 9AM-6PM. One of the finest museums. €17`; its parameters are fields."""
    by_key = {key.strip().lower(): key for key in given}
    if not any(key in by_key for part in ("name", "words") for key in data.PLACE[part]):
        if name == "see":
            em.page.remove("hatnote", (node.start, node.end))
            write(GAP)
        return name == "see"
    found = {part: [text for key in keys if key in by_key and (text := _flat(em, given, by_key[key]))] for part, keys in data.PLACE.items()}
    where = ", ".join(
        part
        for part in (
            _with(found["name"], found["other"]),
            _with(found["address"], found["way"]),
            ", ".join(f"☏ {number}" for number in found["phone"]),
            ", ".join(found["mail"]),
        )
        if part
    )
    sentences = [where, *found["hours"], *found["words"], *found["price"]]
    write(" ".join(text if text[-1] in ".!?:;…" else f"{text}." for text in sentences if text) or GAP)
    em.page.fields.append({"template": name, "fields": _place_fields(em, given, found)})
    return True


def _with(first: list[str], second: list[str]) -> str:
    shown = ", ".join(first)
    return f"{shown} ({', '.join(second)})" if shown and second else shown or ", ".join(second)


def _place_fields(em: Emitter, given: Params, found: dict[str, list[str]]) -> dict[str, str]:
    """What is known of a place, in the words of the table, and its coordinates and address on the web as the page names them."""
    fields = {part: em.page.words(", ".join(texts)) for part, texts in found.items() if texts and part != "words"}
    shown = {key for keys in data.PLACE.values() for key in keys}
    for key, value in list(given.items())[:MAX_FIELDS]:
        if key.strip().lower() not in shown and (text := em.words(value)):
            fields[em.page.words(key)] = text
    return fields


def region_lines(em: Emitter, given: Params) -> list[str]:
    """Parts of a country, by `region1name`, `region1items`, `region1description`, and so on; one a line."""
    lines, number = [], 1
    while (f"region{number}name" in given or f"region{number}title" in given) and number < MAX_FIELDS:
        name, title, items, words = (_flat(em, given, f"region{number}{part}") for part in ("name", "title", "items", "description"))
        name = name or title
        if name or words:
            lines.append(f"{name}{f' ({items})' if items else ''}{': ' if name and words else ''}{words}")
        number += 1
    return lines


def _regions(em: Emitter, _node: Node, _name: str, given: Params, write: Write) -> bool:
    for line in region_lines(em, given):
        write(LIST_BREAK + line)
    return True


# -- pictures ---------------------------------------------------------------------------------------------------------------


def _described(em: Emitter, _node: Node, name: str, given: Params, write: Write) -> bool:
    """A picture's page: what it shows is text; who made it, when, and whence it comes are fields."""
    shown = [key for key in given if key.strip().lower() in data.DESCRIBED]
    if shown:
        write(LINE_BREAK.join(text for key in shown if (text := _flat(em, given, key))) or GAP)
        keep_fields(em, name, {key: value for key, value in given.items() if key not in shown})
    return bool(shown)


def keep_fields(em: Emitter, name: str, given: Params) -> None:
    """Keeps parameters of a template that are no text of the page as its fields."""
    fields = {em.page.words(key): text for key, value in list(given.items())[:MAX_FIELDS] if (text := em.words(value))}
    if fields:
        em.page.fields.append({"template": name, "fields": fields})


RULES: dict[str, Rule] = {
    "mention": _mention,
    "translation": _translation,
    "etymology": _etymology,
    "cognate": _cognate,
    "language": _language,
    "descendant": _descendant,
    "example": _example,
    "parts": _parts,
    "form_of": _form_of,
    "inflection": _inflection,
    "headword": _headword,
    "listed": _listed,
    "alternatives": _alternatives,
    "listing": _listing,
    "regions": _regions,
    "described": _described,
    "pattern": patterns.pattern,
    "dated": patterns.dated,
    "ship": patterns.ship,
    "music": patterns.music,
    "country": patterns.country,
    "ordinal": computed_rules.ordinal,
    "percentage": computed_rules.percentage,
    "rounded": computed_rules.rounded,
    "age": computed_rules.age,
    "unknowable": computed_rules.unknowable,
}
"""Rules that need the template's name or place -> what writes them."""
