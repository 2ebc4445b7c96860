"""Rows of a sparse matrix, added up with weights: what the neighbours and the lexical channel do, in numpy.

scipy would do it too; importing it is a fifth of a cold start.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SparseRows:
    """A matrix by rows (CSR): row r holds `data[indptr[r]:indptr[r + 1]]` at the columns `indices[...]`."""

    data: np.ndarray  # float32
    indices: np.ndarray  # int32
    indptr: np.ndarray  # int64, rows + 1
    columns: int

    def sums(self, rows: np.ndarray, weights: np.ndarray, owners: np.ndarray, n: int) -> np.ndarray:
        """Add weight times row to the owner of each, n owners in all; (n, columns) float32.

        >>> m = SparseRows(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 1]), np.array([0, 2, 3]), 2)
        >>> m.sums(np.array([0, 1, 1]), np.array([1.0, 10.0, 1.0]), np.array([0, 0, 1]), 2).tolist()
        [[1.0, 32.0], [0.0, 3.0]]
        """
        starts = self.indptr[rows]
        counts = self.indptr[rows + 1] - starts
        ends = np.cumsum(counts)
        places = np.repeat(starts - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0)
        cells = np.repeat(owners, counts) * self.columns + self.indices[places]
        added = np.bincount(cells, self.data[places] * np.repeat(weights, counts), minlength=n * self.columns)
        return added.reshape(n, self.columns).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """The matrix by name."""
        return {
            "data": self.data.astype(np.float32),
            "indices": self.indices.astype(np.int32),
            "indptr": self.indptr.astype(np.int64),
            "columns": np.array([self.columns], np.int64),
        }

    @staticmethod
    def from_arrays(arrays: Mapping[str, np.ndarray]) -> "SparseRows":
        """The matrix that gave these arrays."""
        return SparseRows(arrays["data"], arrays["indices"], arrays["indptr"], int(arrays["columns"][0]))
