"""Three channels that step from the user's last items to others: what people chose next, together, or reads
alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material, Need, last_items
from instructrec.data.sparse import SparseRows
from instructrec.errors import require
from instructrec.types import Context

COUNTING = "instructrec.channels.counting"  # needs scipy, which serving does without


@dataclass(frozen=True)
class Neighbours(Channel):
    """People who chose X then chose Y: log(1 + w / floor), w the decayed sum of transitions from the last
    items.

    The logarithm turns a product of probabilities into a sum, as the sequence channel's logits are; an item
    that no transition leads to gets zero.
    """

    transitions: SparseRows  # items x items
    decay: float
    last: int
    floor: float = 1.0  # the size of a typical cell
    name = "neighbours"
    needs: ClassVar[Need] = Need.HISTORY
    dials: ClassVar[Mapping[str, float]] = {"personal": 2.0, "novelty": -1.0}
    counts_interactions: ClassVar[bool] = True
    reason: ClassVar[Mapping[str, str]] = {"en": "often chosen after {}", "zh": "选过“{}”的人之后常选它"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Count and normalise transitions."""
        config, counting = material.settings.neighbours, require(COUNTING, "train")
        counts = counting.count_transitions(material.histories, len(material.items), config)
        return cls.of(counts, config)

    @classmethod
    def of(cls, counts: object, config: object) -> Self:
        """The channel over transition counts (a scipy CSR matrix), read as a NeighbourConfig says."""
        return cls(*require(COUNTING, "train").normalise_transitions(counts, config))

    @cached_property
    def neighbour_count(self) -> np.ndarray:
        """How many others each item leads to, as a standardised logarithm; (items,) float32: high for what
        many had.
        """
        sizes = np.log1p(np.diff(self.transitions.indptr))
        return ((sizes - sizes.mean()) / max(float(sizes.std()), 1e-9)).astype(np.float32)

    def weights(self, length: int) -> np.ndarray:
        """Weight of each of the last `length` interactions, oldest first, summing to 1."""
        raw = np.arange(length, 0, -1, dtype=np.float64) ** -self.decay
        return (raw / raw.sum()).astype(np.float32) if length else raw.astype(np.float32)

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """Logarithm of the walk from the last items; (contexts, items) float32, zeros for an empty
        history.
        """
        items = last_items(contexts, self.last)
        known = items >= 0
        weights = np.concatenate([self.weights(n) for n in known.sum(axis=1)] or [np.zeros(0, np.float32)])
        walked = self.transitions.sums(items[known], weights, np.nonzero(known)[0], len(contexts))
        reached = np.flatnonzero(walked > 0)  # few of a large catalog
        scores = np.zeros_like(walked)
        scores.flat[reached] = np.log1p(walked.flat[reached] / np.float32(self.floor))
        return scores

    def shares(self, context: Context, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each of the last interactions adds to the walk to some items; (last,) and (last, items)
        float32.
        """
        last = last_items([context], self.last)[0]
        return last, self.transitions.cells(last, items) * self.weights(len(last))[:, None]

    def details(self, context: Context, items: np.ndarray, title: Callable[[int], str]) -> list[str]:
        """The title of the interaction that adds most to each item's term."""
        last, shares = self.shares(context, items)
        if not len(last):
            return [""] * len(items)
        strongest = shares.argmax(axis=0)
        return [title(int(last[k])) if shares[k, c] > 0 else "" for c, k in enumerate(strongest.tolist())]

    def arrays(self) -> dict[str, np.ndarray]:
        """The sparse rows and how they are read."""
        return {
            **self.transitions.arrays(),
            "settings": np.array([self.decay, self.last, self.floor], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        decay, last, floor = arrays["settings"].tolist()
        return cls(SparseRows.from_arrays(arrays), decay, int(last), floor)


@dataclass(frozen=True)
class TfidfNeighbours(Neighbours):
    """Items that share rare words with the last ones: the same walk over TF-IDF cosines of the nearest texts.

    Names and numbers that an encoder blurs are exact here: the same series, the same console, the same paper
    size.
    """

    name = "tfidf"
    dials: ClassVar[Mapping[str, float]] = {"personal": 2.0}
    counts_interactions: ClassVar[bool] = False
    reason: ClassVar[Mapping[str, str]] = {"en": "described much like {}", "zh": "与“{}”的介绍相近"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Compare all texts."""
        return cls(*require(COUNTING, "train").tfidf_neighbours(material.texts))


@dataclass(frozen=True)
class EaseNeighbours(Neighbours):
    """What people have together, by regression: each item on its nearest ones, so that a shared cause counts
    once.

    EASE (Steck 2019) within the neighbourhood of each item: the cost grows with the number of items, not with
    its cube.
    """

    name = "ease"
    reason: ClassVar[Mapping[str, str]] = {"en": "often chosen together with {}", "zh": "常与“{}”一起被选"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Solve one ridge regression an item."""
        return cls(*require(COUNTING, "train").ease_neighbours(material.histories, len(material.items)))
