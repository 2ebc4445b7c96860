"""Nearest neighbours, by items, by users and by a walk: old, cheap and hard to beat (Ferrari Dacrema et al.,
1907.06902).
"""

from dataclasses import dataclass

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender
from scipy.sparse import csr_matrix, diags_array

from instructrec.baselines.matrix import THREADS, positives, rows
from instructrec.baselines.popular import above_zero, counts, with_prior
from instructrec.data.dataset import Dataset
from instructrec.types import Context


@dataclass(eq=False)
class ItemKNN:
    """Items liked by the users who liked the items of the history."""

    similarity: csr_matrix  # items, items
    popularity: np.ndarray  # items
    name: str = "item neighbours"

    @classmethod
    def fit(cls, train: Dataset, k: int = 100) -> "ItemKNN":
        """Keep the k nearest items of each item by the cosine of who liked them."""
        above_zero(k=k)
        liked = positives(train)
        if liked.nnz == 0:
            return cls(csr_matrix((liked.shape[1], liked.shape[1]), dtype=np.float32), counts(train))
        model = ItemItemRecommender(K=k + 1, num_threads=THREADS)  # + 1: an item is its own nearest neighbour
        model.fit(csr_matrix(unit_rows(csr_matrix(liked.T, dtype=np.float64)).T), show_progress=False)
        return cls(csr_matrix(model.similarity, dtype=np.float32), counts(train))

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Sum the similarities of the history's items to each item; (contexts, items) float32."""
        summed = rows(contexts, len(self.popularity)) @ self.similarity
        return with_prior(summed.toarray(), self.popularity)


@dataclass(eq=False)
class UserKNN:
    """What the users with the most similar history like."""

    liked: csr_matrix  # users, items
    unit: csr_matrix  # the same with rows of length 1
    popularity: np.ndarray  # items
    k: int
    name: str = "user neighbours"

    @classmethod
    def fit(cls, train: Dataset, k: int = 100) -> "UserKNN":
        """Keep every training user as a possible neighbour."""
        above_zero(k=k)
        liked = positives(train)
        return cls(liked, unit_rows(liked), counts(train), k)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Sum the likes of the k nearest users, weighted by similarity; (contexts, items) float32.

        The similarity is the seed article's: the sum of w_ik w_jk over the items both have, divided by the
        root of the product of the sums of squares over what each has. That is the cosine of the two rows; w
        is 1 for an item of the history. The asking user is described by the context's history alone, so that
        an unknown one is scored alike.
        """
        alike = unit_rows(rows(contexts, len(self.popularity))) @ self.unit.T
        return with_prior((nearest(csr_matrix(alike), self.k) @ self.liked).toarray(), self.popularity)


@dataclass(eq=False)
class RP3beta:
    """Where a random walk of three steps ends, user to item to user to item, with the well known divided
    down.

    Paudel et al. 2017, "Updatable, accurate, diverse, and scalable recommendations for interactive
    applications".
    """

    similarity: csr_matrix  # items, items
    popularity: np.ndarray  # items
    name: str = "RP3beta"

    @classmethod
    def fit(cls, train: Dataset, alpha: float = 1.0, beta: float = 0.6, k: int = 200) -> "RP3beta":
        """Keep the k best ends of each item: chances to the power `alpha`, ends divided by their interactions
        to the power `beta`.
        """
        above_zero(alpha=alpha, beta=beta, k=k)
        liked = positives(train)
        acts = np.asarray(liked.sum(axis=0)).ravel()
        walk = csr_matrix(_chances(csr_matrix(liked.T)).power(alpha) @ _chances(liked).power(alpha))
        walk.setdiag(0)
        walk.eliminate_zeros()
        return cls(nearest(csr_matrix(walk @ diags_array(np.maximum(acts, 1.0) ** -beta)), k), counts(train))

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Sum the walks from the history's items to each item; (contexts, items) float32."""
        summed = rows(contexts, len(self.popularity)) @ self.similarity
        return with_prior(summed.toarray(), self.popularity)


def _chances(matrix: csr_matrix) -> csr_matrix:
    """Rows that sum to one; an empty row stays empty."""
    totals = np.asarray(matrix.sum(axis=1)).ravel()
    return csr_matrix(diags_array(1.0 / np.maximum(totals, 1.0)) @ matrix, dtype=np.float32)


def unit_rows(matrix: csr_matrix) -> csr_matrix:
    """Scale every row to length 1, so that a product of two is a cosine; an empty row stays empty.

    >>> unit_rows(csr_matrix([[3.0, 4.0], [0.0, 0.0]])).toarray().round(3).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_matrix(diags_array(1.0 / np.where(lengths > 0, lengths, 1.0)) @ matrix, dtype=matrix.dtype)


def nearest(similarity: csr_matrix, k: int) -> csr_matrix:
    """Keep the k largest entries of each row of a sparse matrix.

    >>> nearest(csr_matrix([[0.1, 0.9, 0.5], [0.0, 0.2, 0.0]]), 2).toarray().tolist()
    [[0.0, 0.9, 0.5], [0.0, 0.2, 0.0]]
    """
    kept = [
        _strongest_per_row(similarity.data[low:high], k) + low
        for low, high in zip(similarity.indptr, similarity.indptr[1:], strict=False)
    ]
    chosen = np.concatenate([np.empty(0, np.int64), *kept])
    offsets = np.concatenate([[0], np.cumsum([len(places) for places in kept])])
    return csr_matrix((similarity.data[chosen], similarity.indices[chosen], offsets), shape=similarity.shape)


def _strongest_per_row(values: np.ndarray, k: int) -> np.ndarray:
    return np.arange(len(values)) if len(values) <= k else np.argpartition(-values, k - 1)[:k]
