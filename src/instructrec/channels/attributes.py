"""The attributes channel: which category or tag the words ask for without naming it, and which items have
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material, Need, unit
from instructrec.data.sparse import SparseRows
from instructrec.types import Context, Item

MIN_ITEMS = 5  # that must share a value
MAX_VALUES = 2_000  # the most frequent ones
NEAREST = 32  # values that an instruction may stand for


@dataclass(frozen=True)
class Attributes(Channel):
    """P(an item has the value that the words mean) = sum over its values v of softmax(cos(q, v) / T).

    A value's vector is the mean text vector of the items that have it, so it is found in any language that
    the encoder reads and by words that no text of an item holds: "something that makes me laugh" is near to
    what comedies read like. The vectors are the encoder's own: an adapter tuned on other wishes made it worse
    at wishes it had not seen.
    """

    values: np.ndarray  # values x dimension, unit rows, float32
    holders: SparseRows  # values x items
    temperature: float
    name = "attributes"
    needs: ClassVar[Need] = Need.WORDS
    dials: ClassVar[Mapping[str, float]] = {"personal": -2.0}
    reason: ClassVar[Mapping[str, str]] = {"en": "the kind of thing you described", "zh": "属于你描述的类型"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Collect the values of all attributes that are lists."""
        return cls.of(material.items, material.vectors, material.settings.temperature)

    @classmethod
    def of(cls, items: Sequence[Item], vectors: np.ndarray, temperature: float = 0.05) -> Self:
        """The channel over a catalog; `vectors` (items, dimension) are the items' texts."""
        groups = _items_by_value(items)
        values = (
            np.stack([vectors[g].mean(axis=0) for g in groups]) if groups else np.zeros((0, vectors.shape[1]))
        )
        sizes = np.array([len(g) for g in groups], np.int64)
        indices = np.concatenate(groups).astype(np.int32) if groups else np.zeros(0, np.int32)
        ends = np.concatenate([[0], np.cumsum(sizes)])
        holders = SparseRows(np.ones(len(indices), np.float32), indices, ends, len(items))
        return cls(unit(values).astype(np.float32), holders, temperature)

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """The probability of every item; (contexts, items) float32, zeros where there are no words."""
        vectors = {row: context.vector for row, context in enumerate(contexts) if context.vector is not None}
        asked = list(vectors)
        scores = np.zeros((len(contexts), self.holders.columns), np.float32)
        if not asked or not len(self.values):
            return scores
        queries = np.stack(list(vectors.values()))
        nearness = (queries @ self.values.T) / self.temperature
        nearest = np.argsort(-nearness, axis=1, kind="stable")[:, :NEAREST]
        best = np.take_along_axis(nearness, nearest, axis=1)
        shares = np.exp(best - best[:, :1])
        shares /= shares.sum(axis=1, keepdims=True)
        owners = np.repeat(np.arange(len(asked)), nearest.shape[1])
        scores[asked] = self.holders.sums(
            nearest.ravel(), shares.ravel().astype(np.float32), owners, len(asked)
        )
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        """Value vectors, who has them, and the temperature."""
        return {
            "values": self.values,
            "temperature": np.array([self.temperature], np.float32),
            **self.holders.arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["values"], SparseRows.from_arrays(arrays), float(arrays["temperature"][0]))


def _items_by_value(items: Sequence[Item]) -> list[np.ndarray]:
    """For every value of a list attribute, the numbers of the items that have it; equal names of two
    attributes are one.
    """
    found: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        names = {
            str(v).casefold() for value in item.attributes.values() if isinstance(value, list) for v in value
        }
        for name in names:
            found.setdefault(name, []).append(number)
    shared = sorted((h for h in found.values() if len(h) >= MIN_ITEMS), key=len, reverse=True)
    return [np.array(h, np.int64) for h in shared[:MAX_VALUES]]
