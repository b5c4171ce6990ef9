"""Help for whoever adds a source: a stanza proposed from samples, and checks of a source and of a parser of one's own."""
