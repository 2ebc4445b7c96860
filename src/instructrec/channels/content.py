"""The content channel: items whose text is like that of the last ones; it finds new items too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material, Need, last_items, unit
from instructrec.types import Context

LAST = 50
DECAY = 0.5
WIDTH = 128


@dataclass(frozen=True)
class Content(Channel):
    """Cosine of each item's text with the decayed mean text of the history, in centred principal components.

    Text vectors of one catalog share a large common part; without it (Mu and Viswanath 2018) they differ
    where items do.
    """

    vectors: np.ndarray  # items x up to WIDTH, unit rows, float32
    name = "content"
    needs: ClassVar[Need] = Need.HISTORY
    dials: ClassVar[Mapping[str, float]] = {"personal": 2.0}
    reason: ClassVar[Mapping[str, str]] = {"en": "similar to what you chose lately", "zh": "与你最近选的相似"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Centre and reduce the text vectors."""
        return cls.of(material.vectors)

    @classmethod
    def of(cls, texts: np.ndarray) -> Self:
        """The channel over text vectors, (items, dimension)."""
        centred = texts.astype(np.float64) - texts.mean(axis=0)
        _, axes = np.linalg.eigh(centred.T @ centred)
        return cls(unit(centred @ axes[:, ::-1][:, :WIDTH]).astype(np.float32))

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """Cosine with the taste of each context; (contexts, items) float32, zeros for an empty history."""
        return self.queries(contexts) @ self.vectors.T

    def queries(self, contexts: Sequence[Context]) -> np.ndarray:
        """The decayed mean text of each history as a unit vector; (contexts, width) float32."""
        items = last_items(contexts, LAST)
        length = items.shape[1]
        weights = np.arange(length, 0, -1, dtype=np.float32) ** -np.float32(DECAY) * (items >= 0)
        taste = np.einsum("bl,bld->bd", weights, self.vectors[np.maximum(items, 0)])
        return unit(taste).astype(np.float32)

    def rows(self, items: np.ndarray) -> np.ndarray:
        """Text vectors of some items; (some, width) float32."""
        return self.vectors.take(items, axis=0)

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Cosine of some items with a taste, (width,); (some,) float32."""
        return self.rows(items) @ query

    def arrays(self) -> dict[str, np.ndarray]:
        """The reduced text vectors."""
        return {"vectors": self.vectors}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["vectors"])
