"""Templates that are blocks: quotations and lists, whose words are passages of their own."""

from __future__ import annotations

import re

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit_template import cites_nothing
from pipeline.parsers.wikitext.flow import Flow
from pipeline.parsers.wikitext.nodes import TAG, Node, Nodes
from pipeline.parsers.wikitext.project_rules import keep_fields, keep_source, region_lines
from pipeline.parsers.wikitext.strip import GAP
from pipeline.parsers.wikitext.text_rules import params, quote_source, quote_words
from pipeline.parsers.wikitext.unshown import note_unshown

MIN_PROSE = 40  # code points of a template's first argument from which it may be a sentence: shorter ones are labels and names
_BLOCKS = frozenset({"text.quote", "text.list", "text.box", "text.described", "text.regions", "text.terms"})
_TWO_WORDS = re.compile(r"\w\W+\w")
_LINE_END = re.compile(rf"[ \t{GAP}]*(?:\n|\Z)")
_CLOSERS = "'\"’”»)]"
_SENTENCE_ENDS = frozenset(".!?。！？।։؟")


def block_template(flow: Flow, node: Node) -> bool:
    """Adds the passages of a quotation or a list; False for every other template."""
    head = node.head
    name, rule = data.known(head[0]) if len(head) == 1 and type(head[0]) is str else ("", "")
    if not rule or rule == "drop.layout":  # what only sets apart what it holds shows it
        return not flow.marks and bool(node.params) and _prose(flow, node, name)
    if rule == "field.infobox" and len(node.params) > 1 and all(param.name is None for param in node.params):
        rule = "text.box"  # without names for its parameters it is a note of a travel guide: its heading, its words
    if rule == "citation" and cites_nothing(node, name) and _has_line(flow, node):
        rule = "text.quote"
    if flow.marks or rule not in _BLOCKS:
        return False
    if rule in ("text.box", "text.described"):
        return _box(flow, node, name, rule)
    if rule == "text.quote":
        given = params(flow.em, node)
        key = quote_words(given)
        if not key:
            return False
        if name.startswith(data.SOURCED):
            keep_source(flow.em, node)
        flow.flush(node.start)
        first = len(flow.page.drafts)
        kind, level, flow.kind, flow.level = flow.kind, flow.level, "quote", flow.level + 1
        start = next((p.start for p in node.params if p.value is given[key]), node.start)
        flow.line_start = start
        flow.walk(given[key], start)
        flow.flush(node.end)
        if source := quote_source(flow.em, given, key):
            flow.add(flow.kind, source, start, node.end, flow.level)
        flow.kind, flow.level = kind, level
    else:
        if _in_line(flow):
            return False
        flow.flush(node.start)
        first = len(flow.page.drafts)
        if rule == "text.regions":
            for line in region_lines(flow.em, params(flow.em, node)):
                flow.item("*", line, node.start, node.end)
        else:
            for place, param in enumerate(node.params):
                if param.name is None and rule == "text.terms" and not place and flow.em.flat(param.value).strip() in data.LANGUAGE_NAME:
                    continue  # the language of the words
                if param.name is None or data.LIST_PARAMETER.fullmatch(flow.em.flat(param.name)):
                    _list_parameter(flow, "#" if name in data.ORDERED else "*", param.value, param.start)
        flow.flush(node.end)
    _note_unshown(flow, node, first)
    flow.line_start = node.end
    return True


def _note_unshown(flow: Flow, node: Node, first: int) -> None:
    """Notes what a template holds beside the passages that it gave, from the draft at `first` on."""
    note_unshown(flow.em, node, "\n".join([draft.text for draft in flow.page.drafts[first:]]))


def _box(flow: Flow, node: Node, name: str, rule: str) -> bool:
    """Adds the words of a box, or what a picture shows, as passages of their own."""
    given = params(flow.em, node)
    keys = data.PASSAGES if rule == "text.box" else data.DESCRIBED
    shown = [key for key in given if key.strip().lower() in keys]
    if not shown or _in_line(flow):
        return False
    flow.flush(node.start)
    first = len(flow.page.drafts)
    for key in shown:
        flow.line_start = next((p.start for p in node.params if p.value is given[key]), node.start)
        flow.walk(given[key], flow.line_start)
        flow.flush(node.end)
    if rule == "text.described":
        keep_fields(flow.em, name, {key: value for key, value in given.items() if key not in shown})
    else:
        _note_unshown(flow, node, first)
    flow.line_start = node.end
    return True


def _in_line(flow: Flow) -> bool:
    """Whether words stand before a place on its line."""
    line = flow.line
    blank = next((number for number, piece in enumerate(line) if piece.strip(GAP + " ")), len(line))
    if blank > 2:  # thousands of templates that gave nothing are asked about one by one
        line[1:blank], blank = [GAP], 2
    return len(line) > blank


def _has_line(flow: Flow, node: Node) -> bool:
    """Whether a template has a line to itself."""
    return flow.page.exact and not _in_line(flow) and _LINE_END.match(flow.page.stripped.text, node.end) is not None


def _prose(flow: Flow, node: Node, name: str) -> bool:
    """Adds the words of a template that no table knows where they are a sentence, or code, on lines of their own: a note, a tip."""
    if not name or name[0] == "#":
        return False
    for place, param in enumerate(node.params):
        key = "" if param.name is None else param.name[0] if len(param.name) == 1 else None
        if not isinstance(key, str) or (key.strip().lower() not in data.BOX_WORDS if key else place):
            continue
        words = "".join(n if isinstance(n, str) else "x" for n in param.value)  # as written: to look at what they give would be done twice
        code = key.strip().lower() in data.BOX_CODE
        if _in_line(flow) or not (words.strip() if code else len(words) >= MIN_PROSE and _is_sentence(words)):
            return False
        flow.flush(node.start)
        flow.page.kept_unknown += 1
        flow.page.unknown[name] = flow.page.unknown.get(name, 0) + 1
        if len(node.params) > 1:
            flow.page.remove("unknown_template", (node.start, node.end))
        flow.line_start = param.start
        if code:
            flow.preformatted(flow.em.flat(param.value).strip("\n").split("\n"), param.start, node.end)
        else:
            flow.walk(param.value, param.start)
            flow.flush(node.end)
        flow.line_start = node.end
        return True
    return False


def _is_sentence(words: str) -> bool:
    """Whether words end as a sentence does; asked from the end, as a parameter may be as long as a page."""
    return words.strip(f" \n{GAP}").rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS and _TWO_WORDS.search(words) is not None


def _list_parameter(flow: Flow, sign: str, value: Nodes, start: int) -> None:
    flow.line_start = start
    if any(not isinstance(n, str) and n.kind == TAG and n.mark for n in value):
        flow.walk(value, start)
        flow.end_line(start)
    else:
        text = flow.em.flat(value)
        if text.strip():
            flow.item(sign, text, start, start)
