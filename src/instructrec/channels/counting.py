"""Counts that channels are fitted from: transitions, co-occurrence, and the words of texts (scipy; not needed
to serve).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from instructrec.channels.base import NeighbourConfig
from instructrec.channels.lexical import TermIndex
from instructrec.data.histories import LONGEST_HISTORY, Histories
from instructrec.data.sparse import SparseRows
from instructrec.data.text import terms

MAX_DOCUMENTS = 10_000  # texts with a term, above which it distinguishes nothing
BLOCK = 1_000  # texts compared with all others at a time
NEAREST_TEXTS = 100
DENSE_ITEMS = 5_000  # up to which the counts of all pairs are held as they are (100 MB)
NEAREST_ITEMS = 200  # that an item is regressed on
DECAY, LAST = 0.5, 50  # how the TF-IDF and the EASE channel walk from the last items
COSINE_FLOOR, WEIGHT_FLOOR = 0.03, 0.01  # a small cosine, and a small regression weight
RIDGE = 100.0  # added to the counts of each item, as in EASE
SHRINK = 5.0  # added to an item's count where items are compared: a few co-occurrences are no evidence
K1, B = 1.2, 0.75  # of BM25

Walk = tuple[SparseRows, float, int, float]  # rows, decay, last interactions read, floor of the logarithm


def normalise_transitions(counts: sparse.csr_matrix, config: NeighbourConfig) -> Walk:
    """Normalise transition counts and keep the `keep` strongest neighbours of every item."""
    rows = np.asarray(counts.sum(axis=1)).ravel() + 1.0
    columns = np.asarray(counts.sum(axis=0)).ravel() + 1.0
    scaled = sparse.diags_array(rows**-config.row) @ counts @ sparse.diags_array(columns**-config.column)
    kept = _strongest(sparse.csr_matrix(scaled), config.keep)
    floor = float(np.median(kept.data)) if kept.nnz else 1.0
    return _rows(kept), config.decay, config.last, floor


def tfidf_neighbours(texts: Sequence[str]) -> Walk:
    """The nearest texts of every text by the cosine of their TF-IDF vectors, in blocks, so that no items x
    items are held.
    """
    counts, _ = count_terms(texts)
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    # a term of every text weighs nothing, and costs most
    distinctive = (documents > 1) & (documents <= MAX_DOCUMENTS) & (documents < len(texts))
    vectors = sparse.csr_matrix(counts[:, distinctive])
    vectors.data[:] = 1  # whether a text has a term, not how often
    vectors = sparse.csr_matrix(
        vectors @ sparse.diags_array(np.log(len(texts) / documents[distinctive]).astype(np.float32))
    )
    lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    vectors = sparse.csr_matrix(sparse.diags_array(1 / np.maximum(lengths, 1e-9)) @ vectors, dtype=np.float32)
    blocks = [_nearest_texts(vectors, first) for first in range(0, len(texts), BLOCK)]
    near = sparse.csr_matrix(sparse.vstack(blocks)) if blocks else sparse.csr_matrix((0, 0), dtype=np.float32)
    near.setdiag(0)  # a text is no neighbour of itself
    near.eliminate_zeros()
    return _rows(near), DECAY, LAST, COSINE_FLOOR


def _nearest_texts(vectors: sparse.csr_matrix, first: int) -> sparse.csr_matrix:
    """The largest cosines of a block of rows: with the nearest texts and with themselves."""
    return _strongest(sparse.csr_matrix(vectors[first : first + BLOCK] @ vectors.T), NEAREST_TEXTS + 1)


def ease_neighbours(histories: Histories, items: int) -> Walk:
    """For every item the ridge regression on the items that people most have with it (EASE, equation 8, in a
    neighbourhood).
    """
    chosen = _chosen_items(histories, items)
    counts = sparse.csr_matrix(chosen.T @ chosen)
    totals = counts.diagonal()
    table = counts.toarray() if items <= DENSE_ITEMS else counts
    columns: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    with threadpool_limits(1, "blas"):  # for thousands of small systems two threads only wait for each other
        for item in range(items):
            near, shared = _nearest_items(counts, totals, item)
            columns.append(near)
            if not len(near):
                continue
            square = _among(table, near)
            square[np.diag_indices(len(near))] += RIDGE
            weights.append(np.linalg.solve(square, shared))
    ends = np.concatenate([[0], np.cumsum([len(c) for c in columns])])
    flat = (np.concatenate([*weights, np.zeros(0)]), np.concatenate([*columns, np.zeros(0, np.int64)]), ends)
    # row: what is regressed, column: on what
    regressed = sparse.csr_matrix(flat, shape=(items, items), dtype=np.float32)
    return _rows(sparse.csr_matrix(regressed.T)), DECAY, LAST, WEIGHT_FLOOR


def _among(counts: sparse.csr_matrix | np.ndarray, items: np.ndarray) -> np.ndarray:
    """The counts of some items with each other."""
    if isinstance(counts, np.ndarray):
        return counts[np.ix_(items, items)]
    return sparse.csr_matrix(sparse.csr_matrix(counts[items])[:, items]).toarray()


def _chosen_items(histories: Histories, items: int) -> sparse.csr_matrix:
    """Which users have which items in their history, once; (users, items) float32."""
    taste = histories.taste(LONGEST_HISTORY)
    users = np.repeat(np.arange(len(taste)), np.diff(taste.offsets))
    shape = (len(taste), items)
    chosen = sparse.csr_matrix((np.ones(len(users), np.float32), (users, taste.items)), shape=shape)
    chosen.data[:] = 1
    return chosen


def _nearest_items(counts: sparse.csr_matrix, totals: np.ndarray, item: int) -> tuple[np.ndarray, np.ndarray]:
    """The items that people most have with one, and how many had both."""
    row = slice(counts.indptr[item], counts.indptr[item + 1])
    others = counts.indices[row] != item
    near, shared = counts.indices[row][others], counts.data[row][others]
    if len(near) > NEAREST_ITEMS:
        best = np.argpartition(-shared / np.sqrt(totals[near] + SHRINK), NEAREST_ITEMS)[:NEAREST_ITEMS]
        near, shared = near[best], shared[best]
    return near, shared


def count_transitions(histories: Histories, items: int, config: NeighbourConfig) -> sparse.csr_matrix:
    """Weighted counts of (earlier item, later item) pairs of non-negative interactions within the window;
    (items, items) float32.
    """
    taste = histories.taste()
    users, chosen = np.repeat(np.arange(len(taste)), np.diff(taste.offsets)), taste.items
    total = sparse.csr_matrix((items, items), dtype=np.float32)
    for distance in range(1, config.window + 1):
        same = users[:-distance] == users[distance:]
        if not same.any():
            break
        weights = np.full(int(same.sum()), distance**-config.decay, np.float32)
        pairs = (chosen[:-distance][same], chosen[distance:][same])
        total += sparse.coo_matrix((weights, pairs), shape=(items, items), dtype=np.float32).tocsr()
    if config.backward:
        total += config.backward * total.T.tocsr()
    total.setdiag(0)
    total.eliminate_zeros()
    return total


def _strongest(matrix: sparse.csr_matrix, keep: int) -> sparse.csr_matrix:
    """The `keep` largest values of each row."""
    chosen = np.ones(matrix.nnz, bool)
    for row in np.nonzero(np.diff(matrix.indptr) > keep)[0]:
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        weakest = np.argpartition(matrix.data[start:end], end - start - keep)[: end - start - keep]
        chosen[start + weakest] = False
    matrix.data[~chosen] = 0
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return sparse.csr_matrix(matrix, dtype=np.float32)


def index_terms(texts: Sequence[str]) -> TermIndex:
    """Count and weight the terms of every text (BM25, k1 = 1.2, b = 0.75)."""
    counts, vocabulary = count_terms(texts)
    if not vocabulary:
        return TermIndex({}, _rows(sparse.csr_matrix((0, len(texts)), dtype=np.float32)))
    documents = np.bincount(counts.indices, minlength=len(vocabulary))
    idf = np.log(len(texts)) - np.log1p(documents)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    norms = np.repeat(1 - B + B * lengths / lengths.mean(), np.diff(counts.indptr))
    weights = counts.data * (K1 + 1) / (K1 * norms + counts.data) * idf[counts.indices]
    weights = np.maximum(weights, 0)  # a term in nearly every text says nothing, and never counts against one
    weighted = sparse.csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
    return TermIndex(vocabulary, _rows(sparse.csr_matrix(weighted.T, dtype=np.float32)))


def count_terms(texts: Sequence[str]) -> tuple[sparse.csr_matrix, dict[str, int]]:
    """Count terms; (texts, terms) float32 and the vocabulary term -> column."""
    return _count_terms(tuple(texts))


@lru_cache(1)  # two channels read the same texts
def _count_terms(texts: tuple[str, ...]) -> tuple[sparse.csr_matrix, dict[str, int]]:
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


def _rows(matrix: sparse.csr_matrix) -> SparseRows:
    return SparseRows(
        matrix.data.astype(np.float32), matrix.indices, matrix.indptr.astype(np.int64), matrix.shape[1]
    )
