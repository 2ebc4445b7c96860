"""The instruction channel: what the words ask for, as the adapted cosine of instruction and item text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from instructrec.types import Context


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length one; a zero row stays zero.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(norms == 0, 1, norms)


@dataclass(frozen=True)
class InstructionMatch:
    """cos(A q, v): the adapter A turns an instruction's vector towards the items people chose; it starts at identity."""

    items: np.ndarray  # items x dimension, unit rows, float32
    adapter: np.ndarray  # dimension x dimension, float32
    name: str = "instruction"

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Cosine with every item; (contexts, items) float32, zeros where there are no words."""
        asked = np.zeros((len(contexts), self.items.shape[1]), np.float32)
        for row, context in enumerate(contexts):
            if context.vector is not None:
                asked[row] = context.vector
        return unit(asked @ self.adapter.T).astype(np.float32) @ self.items.T

    def arrays(self) -> dict[str, np.ndarray]:
        """Item vectors and adapter."""
        return {"items": self.items, "adapter": self.adapter}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["items"], arrays["adapter"])
