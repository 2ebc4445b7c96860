"""The neighbours channel: people who had X then had Y; learns online by adding counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from instructrec.channels.base import last_items
from instructrec.data.histories import Histories
from instructrec.types import Context


@dataclass(frozen=True, slots=True)
class NeighbourConfig:
    """How transitions are counted and read.

    A pair of acts `d` steps apart counts `d ** -decay`, and `backward` times that in the other direction; a cell is divided
    by its row's total to the `row` and its column's total to the `column` (0 = raw counts, 1 = probabilities).
    """

    window: int = 50
    decay: float = 0.5
    backward: float = 1.0
    row: float = 0.5
    column: float = 0.5
    last: int = 20
    keep: int = 500


@dataclass(frozen=True)
class Neighbours:
    """Normalised transition counts, read over the last items of a history with the same decay."""

    transitions: sparse.csr_matrix  # items x items, float32
    decay: float
    last: int
    name: str = "neighbours"

    @classmethod
    def fit(cls, histories: Histories, items: int, config: NeighbourConfig = NeighbourConfig()) -> Self:
        """Count, normalise and keep the `keep` strongest neighbours of every item."""
        return cls.of_counts(count_transitions(histories, items, config), config)

    @classmethod
    def of_counts(cls, counts: sparse.csr_matrix, config: NeighbourConfig) -> Self:
        """Normalise counts that are there already."""
        rows = np.asarray(counts.sum(axis=1)).ravel() + 1.0
        columns = np.asarray(counts.sum(axis=0)).ravel() + 1.0
        scaled = sparse.diags_array(rows**-config.row) @ counts @ sparse.diags_array(columns**-config.column)
        return cls(_strongest(sparse.csr_matrix(scaled), config.keep), config.decay, config.last)

    def weights(self, length: int) -> np.ndarray:
        """Weight of each of the last `length` acts, oldest first, summing to 1."""
        raw = np.arange(length, 0, -1, dtype=np.float64) ** -self.decay
        return (raw / raw.sum()).astype(np.float32) if length else raw.astype(np.float32)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Weighted sum of the transition rows of the last items; (contexts, items) float32, zeros for an empty history."""
        items = last_items(contexts, self.last)
        known = items >= 0
        rows = np.nonzero(known)[0]
        weights = np.concatenate([self.weights(n) for n in known.sum(axis=1)] or [np.zeros(0, np.float32)])
        shape = (len(contexts), self.transitions.shape[0])
        asked = sparse.csr_matrix((weights, (rows, items[known])), shape=shape, dtype=np.float32)
        return np.asarray((asked @ self.transitions).todense(), dtype=np.float32)

    def shares(self, context: Context, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each of the last acts adds to the chosen items; the acts (some,) and (some, chosen) float32."""
        acts = last_items([context], self.last)[0]
        if not len(acts):
            return acts, np.zeros((0, len(chosen)), np.float32)
        rows = sparse.csr_matrix(self.transitions[acts])
        return acts, sparse.csr_matrix(rows[:, chosen]).toarray() * self.weights(len(acts))[:, None]

    def arrays(self) -> dict[str, np.ndarray]:
        """The sparse rows and how they are read."""
        t = self.transitions
        settings = np.array([self.decay, self.last], np.float64)
        return {
            "data": t.data,
            "indices": t.indices.astype(np.int32),
            "indptr": t.indptr.astype(np.int64),
            "settings": settings,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        size = arrays["indptr"].size - 1
        matrix = sparse.csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=(size, size))
        decay, last = arrays["settings"].tolist()
        return cls(matrix, decay, int(last))


def count_transitions(histories: Histories, items: int, config: NeighbourConfig) -> sparse.csr_matrix:
    """Weighted counts of (earlier item, later item) pairs of non-negative acts within the window; (items, items) float32."""
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
