"""EASE: one linear layer in closed form, the strongest simple row on dense data (Steck 2019, 1905.03375)."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import inv
from threadpoolctl import threadpool_limits

from instructrec.baselines.matrix import positives, rows
from instructrec.baselines.popular import above_zero, counts, with_prior
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context

MOST_ITEMS = 20_000
COPIES = 3  # the Gram matrix, its inverse and the solver's workspace


@dataclass(eq=False)
class EASE:
    """Each item predicted from all others by ridge regression with the diagonal forced to zero."""

    weights: np.ndarray  # items, items
    popularity: np.ndarray  # items
    name: str = "EASE"

    @classmethod
    def fit(cls, train: Dataset, l2: float = 300.0) -> "EASE":
        """Solve for the item-to-item weights; `l2` is the ridge penalty.

        Float32 suffices because l2 keeps the matrix well conditioned. Raises ConfigError when l2 is not above
        zero, or when the catalog is too large for a dense items x items solve; the comparison then states the
        reason.
        """
        above_zero(l2=l2)
        refuse_large(len(train.catalog))
        liked = positives(train)
        gram = (liked.T @ liked).toarray()
        gram[np.diag_indices_from(gram)] += np.float32(l2)
        # two threads on busy cores wait for each other: 7.4 s instead of 0.1 for 1,682 items
        with threadpool_limits(1, "blas"):
            inverse = inv(gram, overwrite_a=True)
        return cls(zero_diagonal(inverse), counts(train))

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Sum the weights from the history's items to each item; (contexts, items) float32."""
        return with_prior(rows(contexts, len(self.popularity)) @ self.weights, self.popularity)


def refuse_large(items: int) -> None:
    """Raise ConfigError for a catalog whose dense solve would not fit an ordinary machine.

    >>> refuse_large(20_000)
    """
    if items > MOST_ITEMS:
        gigabytes = COPIES * items * items * 4 / 1e9
        raise ConfigError(
            f"EASE over {items:,} items needs about {gigabytes:,.0f} GB; at most {MOST_ITEMS:,} items are "
            "allowed: leave it out or keep only the items with enough interactions"
        )


def zero_diagonal(inverse: np.ndarray) -> np.ndarray:
    """Turn the inverse P of the regularised Gram matrix into weights: B_ij = -P_ij / P_jj, B_jj = 0 (Steck,
    eq. 8).

    >>> zero_diagonal(np.array([[2.0, -1.0], [-1.0, 4.0]])).tolist()
    [[0.0, 0.25], [0.5, 0.0]]
    """
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights
