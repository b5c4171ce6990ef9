"""What recurs across the documents of one source: a template's sentences, which say nothing about kinship.

Whole sources of pages that share a template were wiped out by tools that count it (marin-community/marin#6854), so its shingles
are no evidence between documents of different titles. Documents of one title are versions of each other and may share everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MIN_DOCUMENTS = 20  # a passage in more documents of a source than this ...
MIN_SHARE = 0.01  # ... and than this share of them is its boilerplate


def find(sources: Sequence[str], arrays: Sequence[NDArray[np.uint64]]) -> dict[str, NDArray[np.uint64]]:
    """The boilerplate shingles of every source that has any, sorted; `arrays[i]` are distinct shingles of a document of `sources[i]`."""
    grouped: dict[str, list[NDArray[np.uint64]]] = {}
    for source, hashes in zip(sources, arrays, strict=True):
        grouped.setdefault(source, []).append(hashes)
    found = {}
    for source, lists in grouped.items():
        limit = max(MIN_DOCUMENTS, int(MIN_SHARE * len(lists)))
        if len(lists) > limit:
            values, counts = np.unique(np.concatenate(lists), return_counts=True)
            if (counts > limit).any():
                found[source] = values[counts > limit]
    return found
