"""Words and phrases without any catalog: tokens, the lexicon, the grammar of amounts, how far a negator reaches."""
