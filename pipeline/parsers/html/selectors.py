"""Whether the CSS selectors of a stanza can be read: content meets a broken one in silence, so configuration asks first."""

from __future__ import annotations


def fault(selector: str) -> str:
    """What is wrong with a selector, in a line; empty where nothing is.

    >>> fault("article > p"), fault("[[")
    ('', 'Malformed attribute selector at position 0')
    """
    import soupsieve  # as slow to import as all the rest, and hardly ever needed

    try:
        soupsieve.compile(selector)
    except Exception as error:  # several types
        return str(error).partition("\n")[0]
    return ""
