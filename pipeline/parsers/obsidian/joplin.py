"""The block of fields below an item of Joplin's raw export, as front matter.

Every item is a file: its title on the first line, its body, and a last paragraph of fields, which ends with the item's type
(joplinapp.org, "RAW - Joplin Export Directory"). The shape of the paragraph tells, not the file's name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.parsers.obsidian.frontmatter import Front

MAX_BLOCK = 20_000  # code points of the block, ten times those of a note with a place, a source and an application's data

_ENDS = re.compile(r"\ntype_: \d{1,2}\s*\Z")
_FIELD = re.compile(r"([a-z_]{2,40}):(?: (.*))?\Z")
_ID = re.compile(r"[0-9a-f]{32}\Z")


class Item(NamedTuple):
    """An item of an export."""

    front: Front  # its fields, and its title, which is one of them
    body: int  # code points before its fields


def item(text: str) -> Item | None:
    """The fields of an item and where its body ends, None for any other text.

    >>> item("Slate\\n\\nGrey.\\n\\nid: 0123456789abcdef0123456789abcdef\\nis_todo: 0\\ntype_: 1").front.data["title"]
    'Slate'
    """
    last = text.rfind("\ntype_: ")
    if last < 0 or not _ENDS.match(text, last):
        return None
    first = max(0, last - MAX_BLOCK)
    start = max(text.rfind("\n\n", first, last) + 2, text.rfind("\n\r\n", first, last) + 3)
    if start < 3:  # nothing stands above the fields
        start = 0
    found = [_FIELD.match(line) for line in text[start:].strip().splitlines()]
    fields = {m[1]: m[2] or "" for m in found if m}
    if None in found or not _ID.match(fields.get("id", "")):
        return None
    title = text[:start].partition("\n")[0].strip()
    data = {"title": title, **fields} if title else fields
    return Item(Front(data, 0, "joplin", text[start:], ()), start)
