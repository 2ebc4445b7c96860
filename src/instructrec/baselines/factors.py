"""Matrix factorisation by alternating least squares over implicit feedback (Hu, Koren and Volinsky 2008)."""

from dataclasses import dataclass

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from instructrec.baselines.matrix import THREADS, positives, rows
from instructrec.baselines.popular import above_zero, counts, with_prior
from instructrec.data.dataset import Dataset
from instructrec.types import Context


@dataclass(eq=False)
class ALS:
    """Users and items as short vectors; a request's user vector is solved from its history."""

    model: AlternatingLeastSquares
    popularity: np.ndarray  # items
    name: str = "ALS"

    @classmethod
    def fit(
        cls, train: Dataset, factors: int = 64, regularization: float = 1.0, alpha: float = 1.0, seed: int = 0
    ) -> "ALS":
        """Alternate between solving for users and for items; `alpha` is how much more an interaction weighs
        than its absence.
        """
        above_zero(factors=factors, alpha=alpha)
        # implicit runs its own threads; BLAS threads inside them cost several times more
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=factors,
                regularization=regularization,
                alpha=alpha,
                num_threads=THREADS,
                random_state=seed,
            )
            model.fit(positives(train), show_progress=False)
        return cls(model, counts(train))

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Fold the histories in as new users and multiply by the item vectors; (contexts, items) float32."""
        histories = rows(contexts, len(self.popularity))
        with threadpool_limits(1, "blas"):
            users = self.model.recalculate_user(np.arange(len(contexts)), histories)
        return with_prior(users @ np.asarray(self.model.item_factors).T, self.popularity)
