import numpy as np
import polars as pl
import pytest

from instructrec.baselines.linear import EASE
from instructrec.baselines.matrix import positives
from instructrec.data.dataset import Catalog, Dataset
from instructrec.errors import ConfigError


def test_weights_solve_the_ridge_problem_with_zero_diagonal(checkerboard):
    """Column j solved on its own, without item j, is ordinary ridge regression: Steck's closed form must
    agree.
    """
    liked = positives(checkerboard).toarray().astype(np.float64)
    weights = EASE.fit(checkerboard, l2=3.0).weights
    for item in (0, 7):
        others = np.delete(np.arange(20), item)
        x = liked[:, others]
        alone = np.linalg.solve(x.T @ x + 3.0 * np.eye(19), x.T @ liked[:, item])
        np.testing.assert_allclose(weights[others, item], alone, atol=1e-4)
        assert weights[item, item] == 0


def test_a_catalog_too_large_is_refused_with_the_memory_it_would_take(checkerboard):
    ids = pl.Series([str(n) for n in range(20_001)])
    large = Dataset(
        Catalog(pl.DataFrame({"item_id": ids, "title": ids})), checkerboard.users, checkerboard.interactions
    )
    with pytest.raises(ConfigError, match=r"20,001 items needs about 5 GB; at most 20,000"):
        EASE.fit(large)


def test_a_penalty_of_zero_is_refused(checkerboard):
    with pytest.raises(ConfigError, match="l2 is 0"):
        EASE.fit(checkerboard, l2=0)
