"""What recurs across the documents of one source: a template's sentences, which say nothing about kinship.

Whole sources of pages that share a template were wiped out by tools that count it (marin-community/marin#6854), so its shingles
are no evidence between documents of different titles. Documents of one title are versions of each other and may share everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.overlap.candidates import U64, Postings

MIN_DOCUMENTS = 20  # a passage in more documents of a source than this ...
MIN_SHARE = 0.01  # ... and than this share of them is its boilerplate


def find(sources: Sequence[str], postings: Postings) -> dict[str, U64]:
    """The boilerplate shingles of every source that has any, sorted; `sources[i]` is that of document i of the postings."""
    names = sorted(set(sources))
    code_of = {name: code for code, name in enumerate(names)}
    codes = np.array([code_of[source] for source in sources], dtype=np.int32)
    sizes = np.bincount(codes, minlength=len(names))
    limits = np.maximum(MIN_DOCUMENTS, (MIN_SHARE * sizes).astype(np.int64))
    found = {}
    of = codes[postings.owners]
    for code in np.flatnonzero(sizes > limits).tolist():
        values, counts = np.unique(postings.values[of == code], return_counts=True)
        if (counts > limits[code]).any():
            found[names[code]] = values[counts > limits[code]]
    return found
