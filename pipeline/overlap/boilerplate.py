"""What recurs across the documents of one source: a template's sentences, which say nothing about kinship.

Whole sources of pages that share a template were wiped out by tools that count it (marin-community/marin#6854), so its shingles
are no evidence between documents of different titles. Documents of one title are versions of each other and may share everything.
"""

from __future__ import annotations

import numpy as np

from pipeline.overlap.candidates import I32, U64, Postings

MIN_DOCUMENTS = 20  # a passage in more documents of a source than this ...
MIN_SHARE = 0.01  # ... and than this share of them is its boilerplate


def find(sources: I32, postings: Postings) -> dict[int, U64]:
    """The boilerplate shingles of every source that has any, sorted; `sources` has the number of the source of each document."""
    if not len(sources):
        return {}
    sizes = np.bincount(sources)
    limits = np.maximum(MIN_DOCUMENTS, (MIN_SHARE * sizes).astype(np.int64))
    found = {}
    of = sources[postings.owners]
    for code in np.flatnonzero(sizes > limits).tolist():
        values, counts = np.unique(postings.values[of == code], return_counts=True)
        if (counts > limits[code]).any():
            found[code] = values[counts > limits[code]]
    return found
