"""What a template gives: words, a field of the page, or nothing; by the rules of templates.toml.

Templates are not expanded: that would need the wiki they come from. A name that the table does not hold is unknown: in the
middle of a sentence its first plain argument stays (most such templates decorate a word), on a line of its own it goes and is
counted, so that a report can say which names the table should learn.
"""

from __future__ import annotations

import re

from pipeline.model import Image
from pipeline.parsers.wikitext import citations, data, functions
from pipeline.parsers.wikitext.date_rules import DATES
from pipeline.parsers.wikitext.emit import Emitter, Write, in_item, in_sentence
from pipeline.parsers.wikitext.nodes import EXTERNAL, Node, Nodes
from pipeline.parsers.wikitext.number_rules import NUMBERS
from pipeline.parsers.wikitext.project_rules import keep_source, project_rule
from pipeline.parsers.wikitext.strip import APART, GAP, LINE_BREAK, is_glued
from pipeline.parsers.wikitext.text_rules import MAX_FIELDS, TEXT, Params, language_first, params, quote_words
from pipeline.parsers.wikitext.unshown import note_unshown
from pipeline.text.unicode import normalize

MAX_UNKNOWN_ARGUMENT = 60  # code points of an unknown inline template's argument that stays; longer ones are rarely a word of the sentence
MIN_BOX_FIELDS = 5  # named parameters from which an unknown template above the first words is an infobox: signs about a page have three
MIN_SLOTS, MIN_SLOTS_NOTE = 3, 1  # parameters that must speak of a work for an unknown template to cite it: title, author and date; in a
# footnote its title or address says enough

_NOTE_MARKS = frozenset(("name", "group"))
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,10})?")
_DIRECTIONS = frozenset(("N", "S", "E", "W", "O"))  # Ost, ouest, oeste: as the page has it
_PLAIN = re.compile(r"[^\x00-\x1f{}\[\]<>|]*\Z")
_MEDIA = re.compile(r"\.(?:og[agv]|wav|mp3|flac|midi?|webm|jpe?g|png|gif|svg|tiff?|djvu)$", re.I)
_NUMERAL = re.compile(r"(?:[IVXLC]{2,8}|[IVX])(?:er|re|e(?: siècle)?)?|\d{1,4}(?:er|re|e|es|nd|nde|st|rd|th|ª|º|°)")
"""Names of templates that are what they show."""
RULES = {**TEXT, **NUMBERS, **DATES}
"""Rules that need nothing but a template's parameters -> what writes them."""


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
        if node.params and name in data.CELL and (own := em.flat(params(em, node).get("1", [])).strip()):
            write(own)
            return
        if not node.params or name not in data.PATTERNS:
            _literal(em, node, name, write, nodes, index)
            return
        group, what = "text", "pattern"
    if group == "text":
        gone = len(em.page.removals)
        pieces: list[str] = []
        _text(em, node, raw, name, what, pieces.append, nodes, index)
        shown = pieces[0] if len(pieces) == 1 else "".join(pieces)
        if node.params and gone == len(em.page.removals):
            note_unshown(em, node, shown)
        if shown:
            write(shown)
    elif group == "drop":
        _drop(em, node, name, what, write)
    elif group == "citation":
        citation(em, node, name, write)
    elif group == "field":
        _field(em, node, " ".join(em.page.words(raw).split()), what)
        place = what == "coordinates" and (em.page.in_cell or in_sentence(nodes, index)) and em.page.coordinates
        write((coordinates(em.page.coordinates[-1]) if place and _is_inline(em, node) else "") or GAP)
    elif group == "note":
        _note(em, node)
        write(_mark(em, node))
    elif group == "harvard":
        _harvard(em, node, what, write)
    elif group == "page_kind":
        em.page.kinds.add(what)
        em.page.remove("maintenance_template", (node.start, node.end))
        write(GAP)
    else:
        _function(em, node, raw, name, write, nodes, index)


def _literal(em: Emitter, node: Node, name: str, write: Write, nodes: Nodes, index: int) -> None:
    """A template that shows the same wherever it stands."""
    literal = data.LITERAL[name]
    if len(name) == 1 and name.isalpha() and _begins_line(nodes, index):  # a gender stands behind a word; this asks editors
        _count(em, node, name, "unknown_template")
        literal = GAP
    elif node.params:
        note_unshown(em, node, literal)
    write(literal.replace("\n", LINE_BREAK) if "\n" in literal else literal)


def _text(em: Emitter, node: Node, raw: str, name: str, what: str, write: Write, nodes: Nodes, index: int) -> None:
    """A template that puts words into a sentence."""
    if what in RULES:
        if name.startswith(data.SOURCED):
            keep_source(em, node)
        if what == "fraction" and _behind_digit(nodes, index):
            write(" ")  # `5{{frac|1|2}}` is five and a half, not 51/2
        RULES[what](em, params(em, node), write)
    elif not project_rule(em, node, name, what, write):
        _function(em, node, raw, name, write, nodes, index)


def _behind_digit(nodes: Nodes, index: int) -> bool:
    before = nodes[index - 1] if index else ""
    return isinstance(before, str) and before[-1:].isdigit()


def _begins_line(nodes: Nodes, index: int) -> bool:
    """Whether nothing stands before the node at `index` on its line."""
    before = nodes[index - 1] if index else "\n"
    return isinstance(before, str) and not before.rpartition("\n")[2].strip() and ("\n" in before or index < 2)


def fields(em: Emitter, node: Node, *, lines: bool = False) -> dict[str, str]:
    """Parameters that hold something, as clean words; with `lines` a `<br>` in them is a line end, else a space."""
    found: dict[str, str] = {}
    for key, value in list(params(em, node).items())[:MAX_FIELDS]:
        text = em.words(value, lines=lines)
        if text[:1] == "*":  # the sign of the first item of a list stands behind the sign of equality
            text = text.lstrip("*").lstrip() or text
        if text and (name := em.page.words(key)):
            found[name] = text
    return found


def outline(node: Node) -> dict[str, str]:
    """Named parameters with the text that each begins with, without a look at what that gives; `//` for an address."""
    found: dict[str, str] = {}
    for param in node.params[:MAX_FIELDS]:
        if param.name is not None and param.value and isinstance(name := param.name[0], str):
            first = param.value[0]
            if not isinstance(first, str):
                first = "//" if first.kind == EXTERNAL else "x"
            elif not first.strip():
                first = "" if len(param.value) == 1 else "//" if _is_address(param.value[1]) else "x"
            found[name.strip()] = first.strip()
    return found


def _is_address(node: Node | str) -> bool:
    return not isinstance(node, str) and node.kind == EXTERNAL


# -- groups ---------------------------------------------------------------------------------------------------------------


def _drop(em: Emitter, node: Node, name: str, what: str, write: Write) -> None:
    write(_mark(em, node) if what == "maintenance" else GAP)
    if what == "layout":
        if node.written is None and not node.params:
            return
        for param in node.params:  # a list of notes holds some of them: `{{notelist|refs={{efn|name=a|...}}}}`
            if any(type(part) is not str for part in param.value):
                em.flat(param.value)
    rule = "hatnote" if what == "hatnote" else f"{what}_template"
    em.page.remove(rule, (node.start, node.end), "{{" + name + "}}")


def cites_nothing(node: Node, name: str) -> bool:
    """Whether a `{{citation}}` names no work: in French and Portuguese it is a quotation."""
    return data.CITATION_KINDS.get(name) == "citation" and not citations.cites(outline(node), MIN_SLOTS_NOTE)


def citation(em: Emitter, node: Node, name: str, write: Write) -> None:
    """A citation template in the text reads as its line; in a footnote only its data count."""
    page = em.page
    if cites_nothing(node, name):
        quoted = params(em, node)  # looked at before its fields, or quotations in quotations would double the time at each level
        if quote_words(quoted) not in ("", "1"):
            RULES["quote"](em, quoted, write)
            return
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
        if given:
            note_unshown(em, node, GAP)
        write(GAP)


def _field(em: Emitter, node: Node, name: str, what: str) -> None:
    page = em.page
    if what == "sort_key":
        page.sort_key = page.words(name.partition(":")[2])
        return
    if what == "display_title":
        return
    found = fields(em, node, lines=what != "coordinates")
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
    low = {k.lower(): v.replace("\n", " ") for k, v in found.items()}
    if name.lower() not in data.MEDIA_BOXES:  # what they name is a picture or a piece of music
        page.infobox_name = page.infobox_name or next((low[k] for k in data.INFOBOX_NAME if k in low), "")
    picture = next((low[k] for k in data.INFOBOX_IMAGE if k in low), "")
    if picture:
        prefix, colon, rest = picture.partition(":")
        target = rest.strip() if colon and prefix.strip().lower() in page.spaces.file else picture
        page.images.append(Image(target, low.get("alt", ""), next((low[k] for k in data.INFOBOX_CAPTION if k in low), "")))


def _is_inline(em: Emitter, node: Node) -> bool:
    """Whether coordinates stand where their template does, and not at the head of the page alone."""
    display = params(em, node).get("display")
    return display is None or "inline" in em.flat(display)


def coordinates(values: str) -> str:
    """Coordinates as a sentence shows them.

    >>> coordinates("52 31 7 N 13 24.5 E"), coordinates("-33.9 18.4"), coordinates("x")
    ('52°31′7″N 13°24.5′E', '33.9°S 18.4°E', '')
    """
    found: list[str] = []
    numbers: list[str] = []
    for value in values.split():
        if value.upper() in _DIRECTIONS:
            found.append("".join(number + sign for number, sign in zip(numbers, "°′″", strict=False)) + value.upper())
            numbers = []
        elif _NUMBER.fullmatch(value):
            numbers.append(value)
    if not found and len(numbers) == 2:
        found = [f"{number.lstrip('-')}°{ways[number[0] == '-']}" for number, ways in zip(numbers, ("NS", "EW"), strict=True)]
    return " ".join(found) if len(found) == 2 and all(part[0].isdigit() for part in found) else ""


def _mark(em: Emitter, node: Node) -> str:
    """What the mark of a footnote, or a remark of editors, leaves in a sentence."""
    return APART if em.page.exact and is_glued(em.page.stripped.text, node.start, node.end) else GAP


def _note(em: Emitter, node: Node) -> None:
    given = params(em, node)
    value = given.get("1") or given.get("text") or given.get("reference")
    if text := em.words(value or []):
        em.page.cite(citations.note(text), em.page.span((node.start, node.end))[0])
    if text or not given.keys() <= _NOTE_MARKS:  # a name alone shows the note of that name once more
        note_unshown(em, node, text)


def _harvard(em: Emitter, node: Node, what: str, write: Write) -> None:
    """`{{harv|Smith|2004|p=5}}`: Smith 2004, p. 5, in the sentence or as a footnote."""
    given = params(em, node)
    values = [em.words(given[k]) for k in ("1", "2", "3", "4", "5") if k in given]
    values = [v for v in values if v]
    if "last" in given or "last1" in given:  # `{{harvs|txt|last=Orr|year=1999}}`: its positional ones say how it is shown
        values = [name for number in ("", "1", "2", "3", "4") if (name := _named(em, given, number))] + [em.words(given.get("year", []))]
    if values:
        pages, place, said = (next((em.words(given[k]) for k in keys if k in given), "") for keys in (("p", "pp"), ("loc",), ("ps",)))
        text = citations.harvard(values, pages, place, said)
    else:
        text = citations.several({key: em.words(value) for key, value in given.items()})
    if not text:
        note_unshown(em, node, GAP)
        write(GAP)
        return
    if what == "short":
        em.page.cite(citations.note(text), em.page.span((node.start, node.end))[0])
        write(_mark(em, node))
    else:
        write(f"({text})" if what == "brackets" else text)


def _named(em: Emitter, given: Params, number: str) -> str:
    """A person by first and last name."""
    return " ".join(text for part in ("first", "last") if (text := em.words(given.get(f"{part}{number}", []))))


def _function(em: Emitter, node: Node, raw: str, name: str, write: Write, nodes: Nodes, index: int) -> None:
    """Parser functions, variables, and names that the table does not hold."""
    head, colon, _rest = name.partition(":")
    if head in data.PAGE_NAME:
        write(em.page.title)
    elif colon and functions.choose(em, node, head, raw.partition(":")[2], write):
        pass
    elif colon and head in data.FIRST_ARGUMENT:
        write(functions.changed(em, node, head, raw.partition(":")[2].strip()))
    elif head in data.SILENT:
        write(GAP)
    elif name.startswith("#"):
        _count(em, node, head, "function")
        write(GAP)
    else:
        _unknown(em, node, raw, name, write, nodes, index)


def _unknown(em: Emitter, node: Node, raw: str, name: str, write: Write, nodes: Nodes, index: int) -> None:
    """A template that no table knows, by its shape and by where it stands: a citation, an infobox, a word."""
    inside, item = em.page.in_cell or in_sentence(nodes, index), in_item(nodes, index)
    if name in data.LANGUAGES and node.params:  # words in one of the languages of a page: `{{de|1=Der Fluss}}`
        RULES["first"](em, params(em, node), write)
        return
    if inside and len(node.params) < 2 and _NUMERAL.fullmatch(numeral := raw.strip()):  # `Louis {{XIV}}`, `{{13e|arrondissement}}`
        write(numeral)
        for param in node.params:
            write(" ")
            em.emit(param.value, write)
        return
    note = em.page.in_note
    if node.params and (note or inside or item):
        if citations.cites(outline(node), MIN_SLOTS_NOTE if note else MIN_SLOTS):
            citation(em, node, name, write)
            return
    elif not em.page.drafts and sum(p.name is not None and bool(p.value) for p in node.params) >= MIN_BOX_FIELDS:
        _field(em, node, " ".join(em.page.words(raw).split()), "infobox")
        write(GAP)
        return
    values = [p.value for p in node.params if p.name is None][:3]
    plain = [value[0].strip() if len(value) == 1 and type(value[0]) is str else "" for value in values]
    codes = language_first(plain)
    first = codes + 1 if codes < len(plain) - 1 and _MEDIA.search(plain[codes]) else codes  # `{{hear it|Bonn.ogg|Bonn}}` shows its words
    if values and (inside or (codes and item)) and not _MEDIA.search(plain[first]):
        kept = len(em.page.captions)
        flat = em.flat(values[first])  # once: templates inside templates would double the time at each level
        words = em.page.words(flat)
        if words and len(words) <= MAX_UNKNOWN_ARGUMENT and _PLAIN.match(words):
            em.page.kept_unknown += 1
            em.page.unknown[name] = em.page.unknown.get(name, 0) + 1
            if len(node.params) > 1:
                em.page.remove("unknown_template", (node.start, node.end))
            write(flat)
            return
        del em.page.captions[kept:]
    after = nodes[index + 1] if index + 1 < len(nodes) else ""
    if item and name in data.LANGUAGES and isinstance(after, str) and after.startswith(":"):
        write(name)  # `* {{de}}: Wort` in a list of translations, where the wiki shows the name of the language in its own
    else:
        write(GAP)
    _count(em, node, name, "unknown_template")


def _count(em: Emitter, node: Node, name: str, what: str) -> None:
    name = em.page.words(name) or "?"
    em.page.unknown[name] = em.page.unknown.get(name, 0) + 1
    em.page.remove(what, (node.start, node.end))
