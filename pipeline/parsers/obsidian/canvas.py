"""Canvases and drawings: JSON files whose words stand on a plane, read from top to bottom.

`.canvas` is JSON Canvas 1.0 (jsoncanvas.org/spec/1.0): nodes of type text (Markdown), file, link and group, and edges with labels.
`.excalidraw` is a drawing: elements, of which those of type text have words and frames have names.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from pipeline.model import NO_SPAN, Image, Link, RawDocument, Removal, Span
from pipeline.parsers.obsidian.body import Body
from pipeline.parsers.obsidian.goals import target
from pipeline.parsers.obsidian.places import OnePlace
from pipeline.text.layout import Draft
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import normalize

MAX_DEPTH = 64  # nesting of brackets that the JSON reader sees; real canvases nest three deep
MAX_GROUPS = 200  # groups among which a node's group is looked for: bounds a search that is nodes times groups
ROW = 20  # units of the plane within which two nodes count as side by side: nodes snap to a grid of 20

_GROUPS = ("group", "frame", "magicframe")  # the last two are a drawing's
_TEXTS = ("text", "label", "name", "title", "file", "url")  # keys of a node whose values may be words

_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|avif)$", re.I)
_LIST = re.compile(r'"(?:nodes|elements)"\s*:\s*\[')


class Drawing(NamedTuple):
    """A canvas or a drawing as a body with passages, and what of it is data."""

    body: Body
    metadata: dict[str, object]


def read(raw: RawDocument) -> Drawing | None:
    """The words of a canvas or a drawing in reading order, None where the document is neither.

    Nodes follow each other from top to bottom and from left to right, those of a group after its label. A node's raw span is that of
    its JSON object.
    """
    if _too_deep(raw.text):
        return None
    try:
        data = json.loads(raw.text)
    except (ValueError, RecursionError):
        return None
    nodes = data.get("nodes", data.get("elements")) if isinstance(data, dict) else None
    if not isinstance(nodes, list) or not ({"edges", "elements"} & data.keys() or raw.path.endswith((".canvas", ".excalidraw"))):
        return None
    body = Body(True, raw.options.strip_params)
    edges = data["edges"] if isinstance(data.get("edges"), list) else []
    spans = _spans(raw, len(nodes))
    known = [(n, span) for n, span in zip(nodes, spans, strict=True) if isinstance(n, dict)]
    groups = [node for node, _ in known if node.get("type") in _GROUPS][:MAX_GROUPS]
    for node, span in sorted(known, key=lambda item: _place(item[0], groups)):
        if node.get("isDeleted") or not _add(body, node, span):
            _unseen(body, node, span)
    for edge in edges:
        if isinstance(edge, dict) and isinstance(edge.get("label"), str) and edge["label"].strip():
            body.drafts.append(Draft("caption", " ".join(normalize(edge["label"]).split())))
    _texts_not_read(body, data)
    ends = [[e.get("fromNode"), e.get("toNode"), e.get("label") or ""] for e in edges if isinstance(e, dict)]
    shown = sum(not node.get("isDeleted") for node, _ in known)
    return Drawing(body, {"canvas": {"nodes": shown, "edges": [[_words(x) for x in edge] for edge in ends]}})


def _too_deep(text: str) -> bool:
    depth = 0
    for sign in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', text):
        if sign[0][0] == '"':
            continue
        depth += 1 if sign[0] in "[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _spans(raw: RawDocument, count: int) -> list[Span]:
    """The bytes of each node; none where the list cannot be followed."""
    found = _LIST.search(raw.text)
    place = ByteOffsets(raw.data, raw.text, raw.encoding)
    decoder = json.JSONDecoder()
    spans: list[Span] = []
    at = found.end() if found else len(raw.text)
    while len(spans) < count:
        while raw.text[at : at + 1] in (" ", "\n", "\r", "\t", ","):
            at += 1
        try:
            _, end = decoder.raw_decode(raw.text, at)
        except (ValueError, RecursionError):
            break
        spans.append(Span(place(at), place(end)))
        at = end
    return spans if len(spans) == count else [NO_SPAN] * count


def _number(node: dict[str, Any], name: str) -> float:
    value = node.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 else 0.0


def _place(node: dict[str, Any], groups: list[dict[str, Any]]) -> tuple[float, ...]:
    """Where a node comes in reading order: nodes inside a group come with the group, after its label."""
    x, y = _number(node, "x"), _number(node, "y")
    own = (y // ROW, x, 0.0 if node.get("type") in _GROUPS else 1.0)
    if node.get("type") in _GROUPS:
        return (*own[:2], 0.0, *own)
    for group in groups:
        left, top = _number(group, "x"), _number(group, "y")
        if left <= x < left + _number(group, "width") and top <= y < top + _number(group, "height"):
            return (top // ROW, left, 1.0, *own)
    return (*own[:2], 0.0, *own)


def _add(body: Body, node: dict[str, Any], span: Span) -> bool:
    """Adds what a reader sees of a node; False where it is of no kind that shows words, a file or an address."""
    kind = node.get("type")
    text, name, label, file, url = (_words(node.get(key)) for key in ("text", "name", "label", "file", "url"))
    link = _words(node.get("link"))  # of any element of a drawing
    if link.strip():
        note = link.startswith("[[") and link.endswith("]]")
        place = (link[2:-2].partition("|")[0], "wiki", "") if note else target(link, body.strip_params)
        body.leading.append(Link(0, 0, "", *place))
    if kind == "text" and text:  # Excalidraw wraps it to its box; the plugin for Obsidian keeps it as Markdown besides
        body.read(_words(node.get("rawText")) or _words(node.get("originalText")) or text, OnePlace(span))
    elif kind in _GROUPS:
        heading = " ".join(normalize(label or name).split())
        if heading:
            body.drafts.append(Draft("heading", heading, 2, raw=span))
    elif kind == "file" and file:
        if _IMAGE.search(file):
            body.images.append(Image(file))
        else:
            body.leading.append(Link(0, 0, "", file + _words(node.get("subpath")), "embed"))
    elif kind == "link" and url:
        goal, sort, original = target(url, body.strip_params)
        body.leading.append(Link(0, 0, "", goal, sort, original))
    else:
        return False
    return True


def _unseen(body: Body, node: dict[str, Any], span: Span) -> None:
    """The words of a node that was deleted in the drawing, or that only a plugin knows: nobody sees them, and they are not lost."""
    text = " ".join(filter(None, (" ".join(_words(node.get(key)).split()) for key in _TEXTS)))
    if text:
        body.removals.append(Removal("obsidian.canvas_data", text, span))


def _texts_not_read(body: Body, data: dict[str, Any]) -> None:
    """Whatever else the file holds is a program's data; it is named, so that nothing goes without a word."""
    others = sorted(set(map(str, data)) - {"nodes", "edges", "elements"})
    if others:
        text = _words(json.dumps({k: data[k] for k in others if k in data}, ensure_ascii=False))
        body.removals.append(Removal("obsidian.canvas_data", text))


def _words(value: object) -> str:
    """A string of JSON without lone surrogates."""
    text = value if isinstance(value, str) else ""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
