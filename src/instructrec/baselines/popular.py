"""What most people like, and what most people like lately: the floor that every other row has to clear.

An empty history gives a collaborative model nothing to say; each baseline then answers with popularity, as
any shop would, so that no row of the comparison is handicapped by its first requests.
"""

from dataclasses import dataclass

import numpy as np

from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context

PRIOR = 1e-6  # small enough to order only what the scores leave level


@dataclass(eq=False)
class PopularityBaseline:
    """The same order for everyone: how many positive interactions each item has."""

    popularity: np.ndarray  # items
    name: str = "popularity"

    @classmethod
    def fit(cls, train: Dataset) -> "PopularityBaseline":
        """Count the positive interactions of each item."""
        return cls(counts(train))

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Give every context the counts; (contexts, items) float32."""
        return np.tile(self.popularity.astype(np.float32), (len(contexts), 1))


class RecentPopularity(PopularityBaseline):
    """Popularity in which an interaction loses half its weight with every half-life."""

    @classmethod
    def fit(cls, train: Dataset, half_life: float = 0.1) -> "RecentPopularity":
        """Sum the positive interactions of each item, the late ones weighing more.

        `half_life` is a fraction of the time that the training interactions span, so that it means the same
        for seconds and for ordinals. Raises ConfigError when it is not above zero.
        """
        above_zero(half_life=half_life)
        histories = train.histories()
        liked = histories.signs > 0
        weights = decay(histories.times[liked], half_life)
        sums = np.bincount(histories.items[liked], weights=weights, minlength=len(train.catalog))
        return cls(sums.astype(np.float32), "recent popularity")


def decay(times: np.ndarray, half_life: float) -> np.ndarray:
    """Weigh times by age: the newest weighs 1, and half as much for each `half_life` fraction of the span
    before it.

    >>> decay(np.array([0.0, 50.0, 100.0]), 0.5).tolist()
    [0.25, 0.5, 1.0]
    """
    if len(times) == 0 or np.ptp(times) == 0:
        return np.ones(len(times))
    return 0.5 ** ((times.max() - times) / (np.ptp(times) * half_life))


def counts(train: Dataset) -> np.ndarray:
    """Count the positive interactions of each item; (items,) float32, repeated interactions counted each
    time.
    """
    histories = train.histories()
    return np.bincount(histories.items[histories.signs > 0], minlength=len(train.catalog)).astype(np.float32)


def with_prior(scores: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Order by popularity what the scores leave level, above all the whole row of an empty history.

    The prior is `PRIOR` times the row's largest score (1 if the row is all zero), so it cannot outvote a real
    difference. (n, items) and (items,) -> (n, items) float32, finite.

    >>> scores = np.array([[0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    >>> with_prior(scores, np.array([1.0, 0.0, 4.0])).argsort(axis=1).tolist()
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
