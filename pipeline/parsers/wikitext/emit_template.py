"""What a template gives: words, a field of the page, or nothing; by the rules of templates.toml.

Templates are not expanded: that would need the wiki they come from. A name that the table does not hold is unknown: in the
middle of a sentence its first plain argument stays (most such templates decorate a word), on a line of its own it goes and is
counted, so that a report can say which names the table should learn.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.model import Image
from pipeline.parsers.wikitext import citations, data
from pipeline.parsers.wikitext.emit import Emitter, Write, in_item, in_sentence
from pipeline.parsers.wikitext.nodes import Node, Nodes
from pipeline.parsers.wikitext.strip import GAP, LINE_BREAK, LIST_BREAK
from pipeline.text.unicode import normalize, superscript

MAX_UNKNOWN_ARGUMENT = 60  # code points of an unknown inline template's argument that stays; longer ones are rarely a word of the sentence
MAX_FIELDS = 400  # parameters of an infobox or field template that are kept: more than any real one, bounds the metadata
MIN_SLOTS, MIN_SLOTS_NOTE = 3, 1  # parameters that must speak of a work for an unknown template to cite it: title, author and date; in a
# footnote its title or address says enough
QUOTE_PARAMETERS = ("text", "quote", "1", "content", "zitat", "quotetext", "texto", "testo")

Params = dict[str, Nodes]
Rule = Callable[[Emitter, Params, Write], None]

_RANGE = {"to", "and", "or", "by", "x", "-", "–", "—", "to(-)", "to about", "+/-", "±", "&", "and(-)", "or(-)", "xx", "*", "×"}
_PLAIN = re.compile(r"[^\x00-\x1f{}\[\]<>|]*\Z")
_FORMULA = re.compile(r"^[#\w]")
_UNSAFE_FIELD = re.compile(r"[\x00-\x1f]")


def template(em: Emitter, node: Node, write: Write, nodes: Nodes, index: int) -> None:
    """Writes what a template gives inside a line, or notes it on the page; it is the node at `index` of `nodes`."""
    head = node.head
    raw = head[0] if len(head) == 1 and type(head[0]) is str else em.flat(head)
    assert isinstance(raw, str)
    name, rule = data.known(raw)
    if not rule and ":" in name and (space := name.partition(":"))[0] in em.page.spaces.template:
        raw = space[2]
        name, rule = data.known(raw)
    group, _, what = rule.partition(".")
    if group == "literal":
        literal = data.LITERAL[name]
        write(literal.replace("\n", LINE_BREAK) if "\n" in literal else literal)
        return
    if group == "text":
        _TEXT[what](em, params(em, node), write)
    elif group == "drop":
        _drop(em, node, name, what, write)
    elif group == "citation":
        citation(em, node, name, write)
    elif group == "field":
        _field(em, node, " ".join(em.page.words(raw).split()), what)
        write(GAP)
    elif group == "note":
        _note(em, node)
        write(GAP)
    elif group == "harvard":
        _harvard(em, node, what, write)
    elif group == "page_kind":
        em.page.kinds.add(what)
        em.page.remove("maintenance_template", (node.start, node.end))
        write(GAP)
    else:
        _function(em, node, raw, name, write, nodes, index)


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


def fields(em: Emitter, node: Node) -> dict[str, str]:
    """Parameters that hold something, as clean words."""
    found: dict[str, str] = {}
    for key, value in list(params(em, node).items())[:MAX_FIELDS]:
        text = em.words(value)
        if text and (name := em.page.words(key)):
            found[name] = text
    return found


# -- groups ---------------------------------------------------------------------------------------------------------------


def _drop(em: Emitter, node: Node, name: str, what: str, write: Write) -> None:
    write(GAP)
    if what == "layout" and node.written is None and not node.params:
        return
    rule = "hatnote" if what == "hatnote" else f"{what}_template"
    em.page.remove(rule, (node.start, node.end), "{{" + name + "}}")


def citation(em: Emitter, node: Node, name: str, write: Write) -> None:
    """A citation template in the text reads as its line; in a footnote only its data count."""
    page = em.page
    source = page.stripped.text[node.start : node.end]
    flat = citations.flat_fields(source) if page.exact and (page.variants is None or "-{" not in source) else None
    if flat is None:
        given = fields(em, node)
    else:
        given = flat[1] if page.normal and "&" not in source else {key: normalize(value) for key, value in flat[1].items()}
    cited = citations.from_fields(name, given)
    page.cite(cited, page.span((node.start, node.end))[0])
    if cited.text:
        write(cited.text.replace("'", "\x07") if "''" in cited.text else cited.text)
    else:
        write(GAP)


def _field(em: Emitter, node: Node, name: str, what: str) -> None:
    page = em.page
    if what == "sort_key":
        page.sort_key = page.words(name.partition(":")[2])
        return
    if what == "display_title":
        return
    found = fields(em, node)
    if what == "coordinates":
        parts = [v for k, v in found.items() if k.isdigit()]
        page.coordinates.append(" ".join(p for p in parts if ":" not in p))
        page.remove("coordinates", (node.start, node.end))
        return
    page.remove("infobox" if what == "infobox" else "identifiers", (node.start, node.end))
    if not found:
        return
    entry = {"template": name, "fields": found}
    if what != "infobox":
        page.fields.append(entry)
        return
    page.infoboxes.append(entry)
    low = {k.lower(): v for k, v in found.items()}
    page.infobox_name = page.infobox_name or next((low[k] for k in data.INFOBOX_NAME if k in low), "")
    picture = next((low[k] for k in data.INFOBOX_IMAGE if k in low), "")
    if picture:
        prefix, colon, rest = picture.partition(":")
        target = rest.strip() if colon and prefix.strip().lower() in page.spaces.file else picture
        page.images.append(Image(target, low.get("alt", ""), next((low[k] for k in data.INFOBOX_CAPTION if k in low), "")))


def _note(em: Emitter, node: Node) -> None:
    given = params(em, node)
    value = given.get("1") or given.get("text") or given.get("reference")
    if value and (text := em.words(value)):
        em.page.cite(citations.note(text), em.page.span((node.start, node.end))[0])


def _harvard(em: Emitter, node: Node, what: str, write: Write) -> None:
    """`{{harv|Smith|2004|p=5}}`: Smith 2004, p. 5, in the sentence or as a footnote."""
    given = params(em, node)
    values = [em.words(given[k]) for k in ("1", "2", "3", "4", "5") if k in given]
    values = [v for v in values if v]
    if not values:
        write(GAP)
        return
    pages = next((em.words(given[k]) for k in ("p", "pp") if k in given), "")
    text = citations.harvard(values, pages, em.words(given["loc"]) if "loc" in given else "")
    if what == "short":
        em.page.cite(citations.note(text), em.page.span((node.start, node.end))[0])
        write(GAP)
    else:
        write(f"({text})" if what == "brackets" else text)


def _function(em: Emitter, node: Node, raw: str, name: str, write: Write, nodes: Nodes, index: int) -> None:
    """Parser functions, variables, and names that the table does not hold."""
    head, colon, _rest = name.partition(":")
    if head in data.PAGE_NAME:
        write(em.page.title)
    elif colon and head in data.FIRST_ARGUMENT:
        words = raw.partition(":")[2].strip()
        write(words.upper() if head == "uc" else words.lower() if head == "lc" else words)
    elif head in data.SILENT:
        write(GAP)
    elif name.startswith("#"):
        _count(em, node, head, "function")
        write(GAP)
    else:
        inside = in_sentence(nodes, index)
        note = em.page.in_note
        may_cite = node.params and (note or inside or in_item(nodes, index))
        if may_cite and citations.cites(fields(em, node), MIN_SLOTS_NOTE if note else MIN_SLOTS):
            citation(em, node, name, write)
        else:
            _unknown(em, node, name, write, inside)


def _unknown(em: Emitter, node: Node, name: str, write: Write, inside: bool) -> None:
    first = next((p.value for p in node.params if p.name is None), None)
    if inside and first is not None:
        words = em.words(first)
        if words and len(words) <= MAX_UNKNOWN_ARGUMENT and _PLAIN.match(words):
            em.page.kept_unknown += 1
            em.page.unknown[name] = em.page.unknown.get(name, 0) + 1
            if len(node.params) > 1:
                em.page.remove("unknown_template", (node.start, node.end))
            em.emit(first, write)
            return
    _count(em, node, name, "unknown_template")
    write(GAP)


def _count(em: Emitter, node: Node, name: str, what: str) -> None:
    name = em.page.words(name) or "?"
    em.page.unknown[name] = em.page.unknown.get(name, 0) + 1
    em.page.remove(what, (node.start, node.end))


# -- words ----------------------------------------------------------------------------------------------------------------


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


def _circa(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 2)
    write("c. " + " – ".join(values))


def _nihongo(em: Emitter, given: Params, write: Write) -> None:
    values = _texts(em, given, 3)
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


def _quote(em: Emitter, given: Params, write: Write) -> None:
    value = next((given[k] for k in QUOTE_PARAMETERS if given.get(k)), None)
    if value:
        write("\n")
        em.emit(value, write)
        write("\n")


_TEXT: dict[str, Rule] = {
    "first": _named("1", "text", "content"),
    "last": _last,
    "second": _named("2", "1", "text"),
    "second_or_first": _named("2", "1"),
    "all": _all,
    "words": _words,
    "ipa": _ipa,
    "list": _list,
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
    "inflation": lambda em, given, write: _words(em, {"1": given.get("2", [])}, write),
    "text_with_source": _words,
    "lang_prefix": _lang_prefix,
}
