"""What is counted once for the channels: transitions between items, what goes together, and the words of
their texts.

Apart from the channels themselves, since serving reads counts and never makes them.
"""

from collections.abc import Sequence

import numpy as np
from implicit.nearest_neighbours import bm25_weight
from scipy import sparse

from instructrec.channels.lexical import TermIndex
from instructrec.channels.neighbours import NeighbourConfig, Neighbours, Together, Wording
from instructrec.data.histories import Histories
from instructrec.data.sparse import SparseRows
from instructrec.data.text import terms

MOST_HOLDERS = 10_000  # texts that may hold a term which still tells something
BLOCK = 1_000  # texts compared with all others at a time
NEAR = 100  # nearest texts that are kept
DECAY, LAST = 0.5, 50  # how the wording and the together channel walk from the last items
ALIKE, LIKELY = 0.03, 0.01  # their floors: a small cosine, and a small regression weight
COMPANIONS = 200  # nearest items that an item is regressed on
RIDGE = 100.0  # added to the counts of each item, as in EASE
SHRINK = 5.0  # added to an item's count where nearness is compared: seldom had together is no sign
LONGEST = 200  # last acts of a person that are counted


def neighbours(counts: sparse.csr_matrix, config: NeighbourConfig) -> Neighbours:
    """Normalise transition counts and keep the `keep` strongest neighbours of every item."""
    rows = np.asarray(counts.sum(axis=1)).ravel() + 1.0
    columns = np.asarray(counts.sum(axis=0)).ravel() + 1.0
    scaled = sparse.diags_array(rows**-config.row) @ counts @ sparse.diags_array(columns**-config.column)
    kept = _strongest(sparse.csr_matrix(scaled), config.keep)
    return Neighbours(
        _rows(kept), config.decay, config.last, float(np.median(kept.data)) if kept.nnz else 1.0
    )


def wording(texts: Sequence[str]) -> Wording:
    """The nearest texts of every text by the cosine of their TF-IDF vectors, in blocks, so that no items x
    items are held.
    """
    counts, _ = count_terms(texts)
    holders = np.asarray((counts > 0).sum(axis=0)).ravel()
    telling = (holders > 1) & (holders <= MOST_HOLDERS)
    vectors = sparse.csr_matrix(counts[:, telling])
    vectors.data[:] = 1  # whether a text has a term, not how often
    vectors = sparse.csr_matrix(
        vectors @ sparse.diags_array(np.log(len(texts) / holders[telling]).astype(np.float32))
    )
    lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    vectors = sparse.csr_matrix(sparse.diags_array(1 / np.maximum(lengths, 1e-9)) @ vectors, dtype=np.float32)
    blocks = [_nearest(vectors, first) for first in range(0, len(texts), BLOCK)]
    near = sparse.csr_matrix(sparse.vstack(blocks)) if blocks else sparse.csr_matrix((0, 0), dtype=np.float32)
    near.setdiag(0)  # a text is no neighbour of itself
    near.eliminate_zeros()
    return Wording(_rows(near), DECAY, LAST, ALIKE)


def _nearest(vectors: sparse.csr_matrix, first: int) -> sparse.csr_matrix:
    """The largest cosines of a block of rows: with the NEAR nearest and with themselves."""
    return _strongest(sparse.csr_matrix(vectors[first : first + BLOCK] @ vectors.T), NEAR + 1)


def together(histories: Histories, items: int) -> Together:
    """For every item the ridge regression on the items that people most have with it (EASE, equation 8, in a
    neighbourhood).
    """
    had = _had(histories, items)
    counts = sparse.csr_matrix(had.T @ had)
    totals = counts.diagonal()
    columns: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for item in range(items):
        near, shared = _companions(counts, totals, item)
        square = sparse.csr_matrix(sparse.csr_matrix(counts[near])[:, near]).toarray()
        square[np.diag_indices(len(near))] += RIDGE
        columns.append(near)
        weights.append(np.linalg.solve(square, shared))
    ends = np.concatenate([[0], np.cumsum([len(c) for c in columns])])
    flat = (np.concatenate([*weights, np.zeros(0)]), np.concatenate([*columns, np.zeros(0, np.int64)]), ends)
    regressed = sparse.csr_matrix(
        flat, shape=(items, items), dtype=np.float32
    )  # row: what is regressed, column: on what
    return Together(_rows(sparse.csr_matrix(regressed.T)), DECAY, LAST, LIKELY)


def _had(histories: Histories, items: int) -> sparse.csr_matrix:
    """Who had what among their last acts, once; (people, items) float32. The bound keeps the cost of counting
    linear.
    """
    ends = np.repeat(histories.offsets[1:], np.diff(histories.offsets))
    kept = (histories.signs >= 0) & (np.arange(len(histories.items)) >= ends - LONGEST)
    users = np.repeat(np.arange(len(histories)), np.diff(histories.offsets))[kept]
    shape = (len(histories), items)
    had = sparse.csr_matrix((np.ones(len(users), np.float32), (users, histories.items[kept])), shape=shape)
    had.data[:] = 1
    return had


def _companions(counts: sparse.csr_matrix, totals: np.ndarray, item: int) -> tuple[np.ndarray, np.ndarray]:
    """The items that people most have with one, and how many had both."""
    row = slice(counts.indptr[item], counts.indptr[item + 1])
    others = counts.indices[row] != item
    near, shared = counts.indices[row][others], counts.data[row][others]
    if len(near) > COMPANIONS:
        best = np.argpartition(-shared / np.sqrt(totals[near] + SHRINK), COMPANIONS)[:COMPANIONS]
        near, shared = near[best], shared[best]
    return near, shared


def count_transitions(histories: Histories, items: int, config: NeighbourConfig) -> sparse.csr_matrix:
    """Weighted counts of (earlier item, later item) pairs of non-negative acts within the window; (items,
    items) float32.
    """
    kept = histories.signs >= 0
    users = np.repeat(np.arange(len(histories)), np.diff(histories.offsets))[kept]
    acts = histories.items[kept]
    total = sparse.csr_matrix((items, items), dtype=np.float32)
    for distance in range(1, config.window + 1):
        same = users[:-distance] == users[distance:]
        if not same.any():
            break
        weights = np.full(int(same.sum()), distance**-config.decay, np.float32)
        pairs = (acts[:-distance][same], acts[distance:][same])
        total += sparse.coo_matrix((weights, pairs), shape=(items, items), dtype=np.float32).tocsr()
    if config.backward:
        total += config.backward * total.T.tocsr()
    total.setdiag(0)
    total.eliminate_zeros()
    return total


def _strongest(matrix: sparse.csr_matrix, keep: int) -> sparse.csr_matrix:
    """The `keep` largest values of each row."""
    matrix.sort_indices()
    chosen = np.ones(matrix.nnz, bool)
    for row in np.nonzero(np.diff(matrix.indptr) > keep)[0]:
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        weakest = np.argpartition(matrix.data[start:end], end - start - keep)[: end - start - keep]
        chosen[start + weakest] = False
    matrix.data[~chosen] = 0
    matrix.eliminate_zeros()
    return sparse.csr_matrix(matrix, dtype=np.float32)


def index_terms(texts: Sequence[str]) -> TermIndex:
    """Count and weight the terms of every text (BM25, k1 = 1.2, b = .75)."""
    counts, vocabulary = count_terms(texts)
    if not vocabulary:
        return TermIndex({}, _rows(sparse.csr_matrix((0, len(texts)), dtype=np.float32)))
    weights = bm25_weight(counts, K1=1.2, B=0.75)
    weights.data = np.maximum(
        weights.data, 0
    )  # a term in nearly every text tells nothing, and never speaks against
    return TermIndex(vocabulary, _rows(sparse.csr_matrix(weights.T, dtype=np.float32)))


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


def _rows(matrix: sparse.csr_matrix) -> SparseRows:
    return SparseRows(
        matrix.data.astype(np.float32), matrix.indices, matrix.indptr.astype(np.int64), matrix.shape[1]
    )
