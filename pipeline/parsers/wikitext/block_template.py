"""Templates that are blocks: quotations and lists, whose words are passages of their own."""

from __future__ import annotations

from pipeline.parsers.wikitext import data
from pipeline.parsers.wikitext.emit_template import QUOTE_PARAMETERS, params
from pipeline.parsers.wikitext.flow import Flow
from pipeline.parsers.wikitext.nodes import TAG, Node, Nodes


def block_template(flow: Flow, node: Node) -> bool:
    """Adds the passages of a quotation or a list; False for every other template."""
    head = node.head
    rule = data.known(head[0]).rule if len(head) == 1 and type(head[0]) is str else ""
    if flow.marks or rule not in ("text.quote", "text.list"):
        return False
    if rule == "text.quote":
        given = params(flow.em, node)
        key = next((k for k in QUOTE_PARAMETERS if given.get(k)), "")
        if not key:
            return False
        flow.flush(node.start)
        kind, level, flow.kind, flow.level = flow.kind, flow.level, "quote", flow.level + 1
        start = next((p.start for p in node.params if p.value is given[key]), node.start)
        flow.line_start = start
        flow.walk(given[key], start)
        flow.flush(node.end)
        flow.kind, flow.level = kind, level
    else:
        if "".join(flow.line).strip():
            return False
        flow.flush(node.start)
        for param in node.params:
            if param.name is None or data.LIST_PARAMETER.fullmatch(flow.em.flat(param.name)):
                _list_parameter(flow, param.value, param.start)
        flow.flush(node.end)
    flow.line_start = node.end
    return True


def _list_parameter(flow: Flow, value: Nodes, start: int) -> None:
    flow.line_start = start
    if any(not isinstance(n, str) and n.kind == TAG and n.mark for n in value):
        flow.walk(value, start)
        flow.end_line(start)
    else:
        text = flow.em.flat(value)
        if text.strip():
            flow.item("*", text, start, start)
