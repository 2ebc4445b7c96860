"""Build the BM25 index of a catalog; apart from `text`, since serving reads an index and never builds one."""

from collections.abc import Sequence

import numpy as np
from implicit.nearest_neighbours import bm25_weight
from scipy import sparse

from instructrec.data.text import TermIndex, terms


def index_terms(texts: Sequence[str]) -> TermIndex:
    """Count and weight the terms of every text (BM25, k1 = 1.2, b = .75)."""
    counts, vocabulary = count_terms(texts)
    if not vocabulary:
        return TermIndex({}, sparse.csc_matrix((len(texts), 0), dtype=np.float32))
    weights = bm25_weight(counts, K1=1.2, B=0.75)
    weights.data = np.maximum(weights.data, 0)  # a term in nearly every text tells nothing, and never speaks against
    return TermIndex(vocabulary, sparse.csc_matrix(weights, dtype=np.float32))


def count_terms(texts: Sequence[str]) -> tuple[sparse.csr_matrix, dict[str, int]]:
    """Count terms; (texts, terms) float32 and the vocabulary term -> column."""
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns.extend(vocabulary.setdefault(term, len(vocabulary)) for term in terms(text))
        ends.append(len(columns))
    shape = (len(texts), len(vocabulary))
    counts = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=shape)
    counts.sum_duplicates()
    return counts, vocabulary
