"""The popularity channel: how often an item was liked lately, the prior for people and words we know nothing
of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material
from instructrec.data.histories import Histories
from instructrec.types import Context


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
        chosen = histories.signs > 0
        times = histories.times[chosen]
        span = max(float(np.ptp(times)), 1e-9) if times.size else 1.0
        age = (times.max(initial=0.0) - times) / span
        counts = np.bincount(histories.items[chosen], np.exp2(-age / half_life), minlength=items)
        logs = np.log1p(counts)
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
