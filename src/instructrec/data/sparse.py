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
        places, counts = self._places(rows)
        cells = np.repeat(owners, counts) * self.columns + self.indices[places]
        added = np.zeros(n * self.columns, np.float32)
        np.add.at(added, cells, self.data[places] * np.repeat(weights, counts))
        return added.reshape(n, self.columns)

    def cells(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The values at some rows and columns; (rows, columns) float32.

        >>> m = SparseRows(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 1]), np.array([0, 2, 3]), 2)
        >>> m.cells(np.array([0, 1]), np.array([1])).tolist()
        [[2.0], [3.0]]
        """
        places, counts = self._places(rows)
        wanted = np.full(self.columns, -1, np.int32)
        wanted[columns] = np.arange(len(columns))
        found = wanted[self.indices[places]]
        values = np.zeros((len(rows), len(columns)), np.float32)
        values[np.repeat(np.arange(len(rows)), counts)[found >= 0], found[found >= 0]] = self.data[
            places[found >= 0]
        ]
        return values

    def _places(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the cells of some rows are stored, one row after the other, and how many each has."""
        starts = self.indptr[rows]
        counts = self.indptr[rows + 1] - starts
        ends = np.cumsum(counts)
        return np.repeat(starts - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0), counts

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
