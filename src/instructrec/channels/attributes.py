"""The attributes channel: which category or tag the words ask for without naming it, and which items have
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from instructrec.channels.instruction import unit
from instructrec.data.sparse import SparseRows
from instructrec.types import Context, Item

LEAST = 5  # items that must share a value
MOST = 2_000  # values, those of most items first
NEAREST = 32  # values that an instruction may stand for
TEMPERATURE = 0.05


@dataclass(frozen=True)
class Attributes:
    """P(an item has the value that is asked for) = sum over its values v of softmax(cos(q, v) / T).

    A value's vector is the mean text vector of the items that have it, so it is found in any language that
    the encoder reads and by words that no text of an item holds: "something that makes me laugh" is near to
    what comedies read like. The vectors are the encoder's own: an adapter tuned on other wishes made it worse
    at wishes it had not seen.
    """

    values: np.ndarray  # values x dimension, unit rows, float32
    held: SparseRows  # values x items
    temperature: float = TEMPERATURE
    name: str = "attributes"

    @classmethod
    def fit(cls, items: Sequence[Item], vectors: np.ndarray, temperature: float = TEMPERATURE) -> Self:
        """Collect the values of all attributes that are lists; `vectors` (items, dimension) are the items'
        texts.
        """
        holders = _holders(items)
        values = (
            np.stack([vectors[h].mean(axis=0) for h in holders])
            if holders
            else np.zeros((0, vectors.shape[1]))
        )
        sizes = np.array([len(h) for h in holders], np.int64)
        indices = np.concatenate(holders).astype(np.int32) if holders else np.zeros(0, np.int32)
        held = SparseRows(
            np.ones(len(indices), np.float32), indices, np.concatenate([[0], np.cumsum(sizes)]), len(items)
        )
        return cls(unit(values).astype(np.float32), held, temperature)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """The probability of every item; (contexts, items) float32, zeros where there are no words."""
        vectors = {row: context.vector for row, context in enumerate(contexts) if context.vector is not None}
        asked = list(vectors)
        scores = np.zeros((len(contexts), self.held.columns), np.float32)
        if not asked or not len(self.values):
            return scores
        queries = np.stack(list(vectors.values()))
        nearness = (queries @ self.values.T) / self.temperature
        nearest = np.argsort(-nearness, axis=1, kind="stable")[:, :NEAREST]
        best = np.take_along_axis(nearness, nearest, axis=1)
        shares = np.exp(best - best[:, :1])
        shares /= shares.sum(axis=1, keepdims=True)
        owners = np.repeat(np.arange(len(asked)), nearest.shape[1])
        scores[asked] = self.held.sums(nearest.ravel(), shares.ravel().astype(np.float32), owners, len(asked))
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        """Value vectors, who has them, and the temperature."""
        return {
            "values": self.values,
            "temperature": np.array([self.temperature], np.float32),
            **self.held.arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["values"], SparseRows.from_arrays(arrays), float(arrays["temperature"][0]))


def _holders(items: Sequence[Item]) -> list[np.ndarray]:
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
    shared = sorted((h for h in found.values() if len(h) >= LEAST), key=len, reverse=True)
    return [np.array(h, np.int64) for h in shared[:MOST]]
