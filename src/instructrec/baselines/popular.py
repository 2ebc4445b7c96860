"""What most people like, and what most people like lately: the floor that every other row has to clear."""

from dataclasses import dataclass

import numpy as np

from instructrec.baselines.matrix import above_zero, counts
from instructrec.data.dataset import Dataset
from instructrec.types import Context


@dataclass(eq=False)
class Popularity:
    """The same order for everyone: how many positive acts each item has."""

    popularity: np.ndarray  # items
    name: str = "popularity"

    @classmethod
    def fit(cls, train: Dataset) -> "Popularity":
        """Count the positive acts of each item."""
        return cls(counts(train))

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Give every context the counts; (contexts, items) float32."""
        return np.tile(self.popularity.astype(np.float32), (len(contexts), 1))


class RecentPopularity(Popularity):
    """Popularity in which an act loses half its weight with every half-life."""

    @classmethod
    def fit(cls, train: Dataset, half_life: float = 0.1) -> "RecentPopularity":
        """Sum the positive acts of each item, the late ones weighing more.

        `half_life` is a fraction of the time that the training acts span, so that it means the same for seconds and for
        ordinals. Raises ConfigError when it is not above zero.
        """
        above_zero(half_life=half_life)
        histories = train.histories()
        liked = histories.signs > 0
        weights = decay(histories.times[liked], half_life)
        sums = np.bincount(histories.items[liked], weights=weights, minlength=len(train.catalog))
        return cls(sums.astype(np.float32), "recent popularity")


def decay(times: np.ndarray, half_life: float) -> np.ndarray:
    """Weigh times by age: the newest weighs 1, and half as much for each `half_life` fraction of the span before it.

    >>> decay(np.array([0.0, 50.0, 100.0]), 0.5).tolist()
    [0.25, 0.5, 1.0]
    """
    if len(times) == 0 or np.ptp(times) == 0:
        return np.ones(len(times))
    return 0.5 ** ((times.max() - times) / (np.ptp(times) * half_life))
