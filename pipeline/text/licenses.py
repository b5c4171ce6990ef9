"""What a text requires that is made of several."""

from __future__ import annotations

from collections.abc import Iterable

NOT_STATED = "LicenseRef-not-stated"  # for a part whose licence nobody has stated: what the whole requires is more than its other parts say


def required(licenses: Iterable[str]) -> str:
    """Every licence of some parts, as an SPDX expression; empty where none is stated.

    >>> required(["CC-BY-SA-4.0", "CC-BY-SA-4.0", "MIT"])
    'CC-BY-SA-4.0 AND MIT'
    >>> required(["MIT OR Apache-2.0", "CC-BY-4.0"]), required(["MIT", ""])
    ('(MIT OR Apache-2.0) AND CC-BY-4.0', 'MIT AND LicenseRef-not-stated')
    """
    every = list(dict.fromkeys(licenses))
    if len(every) < 2:
        return "".join(every)
    terms = dict.fromkeys(term for license in every for term in _terms(license))
    return " AND ".join(term or NOT_STATED for term in terms)


def _terms(license: str) -> list[str]:
    """What an expression requires all of; a choice is one term, in brackets."""
    terms: list[list[str]] = [[]]
    depth = 0
    for word in license.split():
        if word == "OR" and not depth:
            return [f"({license})"]
        if word == "AND" and not depth:
            terms.append([])
            continue
        terms[-1].append(word)
        depth += word.count("(") - word.count(")")
    return [" ".join(term) for term in terms]
