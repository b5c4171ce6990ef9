"""Arguments of known templates that hold words and show none of them: they go through the ledger.

`{{nowrap|x = 5}}` has an argument with the name `x`, which no wiki shows; the second one of `{{abbr|SR|strike rate}}` is a hint for who
points at it.
"""

from __future__ import annotations

import re

from pipeline.parsers.wikitext.emit import Emitter
from pipeline.parsers.wikitext.nodes import Node, Nodes
from pipeline.parsers.wikitext.strip import GAP

MAX_WORDS = 8  # words of an argument that are looked for in what its template shows: one that is shown begins with its words

MIN_WORDS = 2  # words from which an argument says something: one alone is mostly a switch, a unit or the code of a language

_SAYS = re.compile(r"\w")
_DATA = re.compile(r"\w:\S|\w\.[a-zA-Z]{3,4}\s*\Z")  # an address, a style, the name of a file
_WORD = re.compile(r"[^\W\d_]{2,}")


def note_unshown(em: Emitter, node: Node, shown: str) -> None:
    """Notes what a template holds and does not show; `shown` is the raw passage that it gave."""
    if not shown.strip(GAP):
        if any(_says(param.value) or (param.name is not None and _says(param.name)) for param in node.params):
            em.page.remove("template_argument", (node.start, node.end))
        return
    lower = ""
    for param in node.params:
        value = param.value
        text = value[0] if len(value) == 1 and isinstance(value[0], str) else " ".join([part for part in value if isinstance(part, str)])
        name = param.name[0] if param.name else ""
        if isinstance(name, str) and " " in name.strip() and len(_WORD.findall(name)) >= MIN_WORDS:
            text = f"{name}={text}"  # a sentence with a sign of equality in it
        if " " not in text or text in shown or len(words := _WORD.findall(text)) < MIN_WORDS or _DATA.search(text):
            continue
        lower = lower or shown.lower()
        if not any(word.lower() in lower for word in words[:MAX_WORDS]):
            em.page.remove("template_argument", (node.start, node.end), em.page.words(text), own=False)


def _says(value: Nodes) -> bool:
    return any(not isinstance(part, str) or _SAYS.search(part) for part in value)
