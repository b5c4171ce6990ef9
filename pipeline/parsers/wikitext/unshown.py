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

_SAYS = re.compile(r"\w")
# Two words: one alone is mostly a switch, a unit or the code of a language. No address, style or file's name.
_PHRASE = re.compile(r"[^\W\d_]{2,}[^\w\s]*\s[^\w\s]*[^\W\d_]{2,}")
_DATA = re.compile(r"\w:\S|\w\.[a-zA-Z]{3,4}\s*\Z")
_WORD = re.compile(r"[^\W\d_]{2,}")


def note_unshown(em: Emitter, node: Node, shown: str) -> None:
    """Notes what a template holds and does not show; `shown` is the raw passage that it gave."""
    if not shown.strip(GAP):
        if any(_says(param.value) or (param.name is not None and _says(param.name)) for param in node.params):
            em.page.remove("template_argument", (node.start, node.end))
        return
    lower = ""
    for param in node.params:
        text = " ".join([part for part in param.value if isinstance(part, str)])
        if " " not in text or _PHRASE.search(text) is None or _DATA.search(text):
            continue
        lower = lower or shown.lower()
        if not any(word in lower for word in _WORD.findall(text.lower())[:MAX_WORDS]):
            em.page.remove("template_argument", (node.start, node.end), em.page.words(text), own=False)


def _says(value: Nodes) -> bool:
    return any(not isinstance(part, str) or _SAYS.search(part) for part in value)
