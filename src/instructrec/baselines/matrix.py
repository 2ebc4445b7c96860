"""Users x items as sparse matrices: what every collaborative baseline is fitted on."""

import os

import numpy as np
from scipy.sparse import csr_matrix

from instructrec.data.dataset import Dataset
from instructrec.types import Context

THREADS = min(2, os.cpu_count() or 1)  # the product is measured on two cores; a baseline gets no more


def positives(train: Dataset) -> csr_matrix:
    """Lay the positive interactions out as a matrix, the input of every collaborative baseline.

    (users, items) float32 of 0 and 1: an item liked twice is still one item liked.
    """
    histories = train.histories()
    owner = np.repeat(np.arange(len(histories)), np.diff(histories.offsets))
    liked = histories.signs > 0
    return _binary_matrix(owner[liked], histories.items[liked], (len(histories), len(train.catalog)))


def rows(contexts: list[Context], items: int) -> csr_matrix:
    """Lay the histories of requests out as ad-hoc users, so that a user never seen in training is no special
    case.

    (contexts, items) float32 of 0 and 1.
    """
    owner = np.repeat(np.arange(len(contexts)), [len(context.history) for context in contexts])
    acts = np.concatenate([np.empty(0, np.int32), *(context.history for context in contexts)])
    return _binary_matrix(owner, acts, (len(contexts), items))


def _binary_matrix(owner: np.ndarray, items: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((np.ones(len(items), np.float32), (owner, items)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
