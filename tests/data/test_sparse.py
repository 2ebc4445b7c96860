"""Sums of sparse rows, against scipy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from instructrec.data.sparse import SparseRows


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 7), st.integers(0, 12), st.integers(1, 4))
def test_sums_equal_the_sparse_product(seed: int, rows: int, columns: int, picks: int, owners: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = sparse.random_array((rows, columns), density=0.4, format="csr", rng=rng, dtype=np.float32)
    chosen, weights = rng.integers(rows, size=picks), rng.normal(size=picks).astype(np.float32)
    owner = rng.integers(owners, size=picks)
    asked = sparse.coo_array((weights, (owner, chosen)), shape=(owners, rows)).tocsr()
    ours = SparseRows(matrix.data, matrix.indices, matrix.indptr, columns)
    np.testing.assert_allclose(
        ours.sums(chosen, weights, owner, owners), (asked @ matrix).toarray(), atol=1e-5
    )


def test_arrays_give_the_matrix_back():
    matrix = SparseRows(np.array([1.0, 2.0], np.float32), np.array([0, 1]), np.array([0, 1, 2]), 2)
    again = SparseRows.from_arrays(matrix.arrays())
    one = np.ones(1, np.float32)
    assert again.sums(np.array([1]), one, np.array([0]), 1).tolist() == [[0, 2]]
