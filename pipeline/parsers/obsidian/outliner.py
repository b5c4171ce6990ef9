"""What Logseq writes below a block and never shows: its id, whether it is folded, when work on it began."""

from __future__ import annotations

import re

from pipeline.parsers.obsidian.passages import Spans
from pipeline.parsers.obsidian.sites import DATA
from pipeline.parsers.obsidian.syntax import Edit, inside

# Names that people use too hide only what Logseq itself writes there.
_PROPERTY = re.compile(
    rf"(?:\A|\n)[ \t]*+(?:(?:{'|'.join(map(re.escape, DATA['hidden_properties'].split()))})::[^\n]*+"
    r"|(?:id|custom-id)::[ \t]++[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}[ \t]*+"
    rf"|(?:{'|'.join(DATA['hidden_values'].split())})::[ \t]++(?:true|false|\d++)[ \t]*+)(?=\n|\Z)"
)
_DRAWER = re.compile(r"(?:\A|\n)[ \t]*+:LOGBOOK:[ \t]*+\n(?:[ \t]*+(?:CLOCK:|[-*] State )[^\n]*+\n)*+[ \t]*+:END:[ \t]*+(?=\n|\Z)")


def hidden(text: str, literal: Spans) -> list[Edit]:
    """The lines of a passage that its outliner does not show.

    >>> hidden("one\\ncollapsed:: true\\ntype:: book", [])
    [Edit(start=3, end=20, text='')]
    """
    found = list(_PROPERTY.finditer(text)) if "::" in text else []
    if ":LOGBOOK:" in text:
        found += _DRAWER.finditer(text)
    return [Edit(m.start(), m.end(), "") for m in found if not inside(m.start() + 1, literal)]
