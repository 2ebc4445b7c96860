"""The popularity channel: how often an item was liked lately, the prior for people and words we know nothing
of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, FitSettings, Material
from instructrec.data.histories import Histories
from instructrec.types import Context

HALF_LIVES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # to choose from, as shares of the whole period
TRIALS, SHARE = 5, 0.02  # how many times the next interactions are foretold, and the share that is next
UNFORESEEN = 0.1  # probability that the next item is any of the catalog


@dataclass(frozen=True)
class Popularity(Channel):
    """Standardised log of positive interactions; an interaction is worth half as much for every `half_life`
    of the period before its end.
    """

    values: np.ndarray  # items, float32
    name = "popularity"
    # The other channels overrate what many have, so this one may count against it; for an unknown user it
    # cannot.
    may_be_negative: ClassVar[bool] = True
    counts_interactions: ClassVar[bool] = True
    offsets: ClassVar[Mapping[str, float]] = {"popularity": 6.0, "novelty": -3.0}
    reason: ClassVar[Mapping[str, str]] = {"en": "popular right now", "zh": "近期热门"}
    reason_against: ClassVar[Mapping[str, str]] = {"en": "a hidden gem", "zh": "小众之选"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Count positive interactions with their age."""
        return cls.of(material.histories, len(material.items), material.settings.half_life)

    @classmethod
    def of(cls, histories: Histories, items: int, half_life: float = 0.1) -> Self:
        """Count positive interactions with their age; `half_life` is a share of the whole period, so ordinals
        work as times do.
        """
        logs = log_counts(histories, items, half_life)
        return cls(((logs - logs.mean()) / max(float(logs.std()), 1e-9)).astype(np.float32))

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """The same prior for everyone; (contexts, items) float32."""
        return np.broadcast_to(self.values, (len(contexts), self.values.size))

    def queries(self, contexts: Sequence[Context]) -> np.ndarray:
        """1 for everyone; (contexts, 1) float32."""
        return np.ones((len(contexts), 1), np.float32)

    def rows(self, items: np.ndarray) -> np.ndarray:
        """The prior of some items; (some, 1) float32."""
        return self.values[items, None]

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The prior of some items, so many times; (some,) float32."""
        return self.values[items] * query[0]

    def arrays(self) -> dict[str, np.ndarray]:
        """The prior of every item."""
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["values"])


def log_counts(histories: Histories, items: int, half_life: float) -> np.ndarray:
    """log(1 + positive interactions, each worth less with its age) of every item; (items,) float64."""
    chosen = histories.signs > 0
    times = histories.times[chosen]
    span = max(float(np.ptp(times)), 1e-9) if times.size else 1.0
    age = (times.max(initial=0.0) - times) / span
    return np.log1p(np.bincount(histories.items[chosen], np.exp2(-age / half_life), minlength=items))


def best_half_life(histories: Histories, items: int) -> float:
    """The half-life under which popularity foretells best what is liked next; the default where time says
    nothing.

    The last fiftieths of the positive interactions are foretold one after the other, each from all before it:
    news are forgotten in days, films are not, and no data set needs a setting of its own.
    """
    chosen = histories.signs > 0
    order = np.argsort(histories.times[chosen], kind="stable")
    times, liked = histories.times[chosen][order], histories.items[chosen][order]
    starts = _starts(times)
    if not len(starts):
        return FitSettings().half_life
    ages = (times[-1] - times) / (times[-1] - times[0])
    ends = np.append(starts[1:], len(times)).tolist()
    reached = [
        sum(
            _log_likelihood(ages[:start], liked[:start], liked[start:end], items, half_life)
            for start, end in zip(starts.tolist(), ends, strict=True)
        )
        for half_life in HALF_LIVES
    ]
    return HALF_LIVES[int(np.argmax(reached))]


def _starts(times: np.ndarray) -> np.ndarray:
    """Where each of the last fiftieths begins in ascending times; what has the same time stays together."""
    places = (len(times) * (1 - SHARE * np.arange(TRIALS, 0, -1))).astype(np.int64)
    starts = np.unique(np.searchsorted(times, times[places])) if len(times) else places[:0]
    return starts[starts > 0]


def _log_likelihood(
    ages: np.ndarray, liked: np.ndarray, following: np.ndarray, items: int, half_life: float
) -> float:
    """How well decayed counts foretell the items that follow: the sum of the logarithms of their shares."""
    counts = np.bincount(liked, np.exp2((ages[-1] - ages) / half_life), minlength=items)
    shares = (1 - UNFORESEEN) * counts / counts.sum() + UNFORESEEN / items
    return float(np.log(shares[following]).sum())
