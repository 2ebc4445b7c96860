"""Users x items as sparse matrices, and the popularity prior that every baseline shares.

An empty history gives a collaborative model nothing to say; each baseline then answers with popularity, as any shop would,
so that no row of the comparison is handicapped by its first requests.
"""

import os

import numpy as np
from scipy.sparse import csr_matrix

from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context

THREADS = min(2, os.cpu_count() or 1)  # the product is measured on two cores; a baseline gets no more
PRIOR = 1e-6  # small enough to order only what the scores leave level


def positives(train: Dataset) -> csr_matrix:
    """Lay the positive acts out as a matrix, the input of every collaborative baseline.

    (users, items) float32 of 0 and 1: an item liked twice is still one item liked.
    """
    histories = train.histories()
    owner = np.repeat(np.arange(len(histories)), np.diff(histories.offsets))
    liked = histories.signs > 0
    return _binary(owner[liked], histories.items[liked], (len(histories), len(train.catalog)))


def rows(contexts: list[Context], items: int) -> csr_matrix:
    """Lay the histories of requests out as ad-hoc users, so that a user never seen in training is no special case.

    (contexts, items) float32 of 0 and 1.
    """
    owner = np.repeat(np.arange(len(contexts)), [len(context.history) for context in contexts])
    acts = np.concatenate([np.empty(0, np.int32), *(context.history for context in contexts)])
    return _binary(owner, acts, (len(contexts), items))


def counts(train: Dataset) -> np.ndarray:
    """Count the positive acts of each item; (items,) float32, repeated acts counted each time."""
    histories = train.histories()
    return np.bincount(histories.items[histories.signs > 0], minlength=len(train.catalog)).astype(np.float32)


def with_prior(scores: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Order by popularity what the scores leave level, above all the whole row of an empty history.

    The prior is `PRIOR` times the row's largest score (1 if the row is all zero), so it cannot outvote a real difference.
    (n, items) and (items,) -> (n, items) float32, finite.

    >>> with_prior(np.array([[0.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), np.array([1.0, 0.0, 4.0])).argsort(axis=1).tolist()
    [[1, 0, 2], [0, 2, 1]]
    """
    largest = np.abs(scores).max(axis=1, keepdims=True, initial=0.0)
    share = popularity / max(float(popularity.max(initial=0.0)), 1.0)
    return (scores + PRIOR * np.where(largest > 0, largest, 1.0) * share).astype(np.float32)


def above_zero(**settings: float) -> None:
    """Refuse settings that mean nothing at zero or below, before they turn into an empty or endless fit.

    Raises ConfigError that names the setting.

    >>> above_zero(k=20, l2=0.5)
    """
    for name, value in settings.items():
        if not value > 0:  # also catches nan
            raise ConfigError(f"{name} is {value}; it must be above 0: leave it out to get the default")


def _binary(owner: np.ndarray, items: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((np.ones(len(items), np.float32), (owner, items)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
