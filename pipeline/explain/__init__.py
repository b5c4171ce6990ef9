"""Where a passage went, and where it came from: an answer from the published set alone, and for a file that is not in it from raw/."""

from __future__ import annotations

from pathlib import Path

from pipeline.explain import documents, passages, pieces
from pipeline.explain.answer import Answer

__all__ = ["Answer", "explain"]


def explain(what: str, out: Path, raw: Path | None = None) -> list[Answer]:
    """What became of `what`: some words, a document's id, a byte of it (`ID@BYTE`), or the path of a raw file.

    Words that no passage holds together are looked for in pieces: a paragraph of a page may stand in two blocks and a ledger line.
    `raw` is the folder of raw documents, where a file that the published set does not name is looked for.

    Raises UsageError where nothing was published.
    """
    of_path = "/" in what or "." in what  # a word may be the name of a folder, too, and is asked for as a word
    found = passages.of_document(what, out)
    if found is not None:
        return found
    return (
        documents.gone(what, out)
        or (documents.at(what, out) if of_path else [])
        or passages.with_words(what, out)
        or pieces.of(what, out)
        or documents.at(what, out)
        or (documents.unread(what, raw) if raw else [])
    )
