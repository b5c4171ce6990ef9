"""Tools on text that know no format: Unicode, words, URLs, offsets, layout."""
