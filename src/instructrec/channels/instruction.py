"""What is said, as the adapted cosine of a sentence and an item's text: a request, and what users say of
themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


WIDTH = 128  # reading the item vectors is what a request costs on a large catalog


@dataclass(frozen=True)
class InstructionMatch:
    """cos(A q, v): the adapter A turns an instruction's vector towards the items people chose.

    Both live in the principal axes of the items' text vectors, and A starts at the projection on them: what
    the encoder says of the catalog, in a quarter of the space.
    """

    items: np.ndarray  # items x up to WIDTH, unit rows, float32
    adapter: np.ndarray  # up to WIDTH x dimension of the encoder, float32
    name: str = "instruction"

    @classmethod
    def fit(cls, texts: np.ndarray) -> Self:
        """The channel before any tuning; text vectors (items, dimension).

        The axes are not centred: a query is not drawn from the catalog, so the common part of its texts is
        not its own.
        """
        _, axes = np.linalg.eigh((texts.T @ texts).astype(np.float64))
        adapter = np.ascontiguousarray(axes[:, ::-1][:, :WIDTH].T.astype(np.float32))
        return cls(unit(texts @ adapter.T).astype(np.float32), adapter)

    def queries(self, contexts: list[Context]) -> np.ndarray:
        """Adapted unit vectors of the words; (contexts, up to WIDTH) float32, zeros where there are none."""
        said = np.zeros((len(contexts), self.adapter.shape[1]), np.float32)
        for row, context in enumerate(contexts):
            if context.vector is not None:
                said[row] = context.vector
        return unit(said @ self.adapter.T).astype(np.float32)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Cosine with every item; (contexts, items) float32, zeros where there are no words."""
        asked = self.queries(contexts)
        return asked @ self.items.T if asked.any() else np.zeros((len(contexts), len(self.items)), np.float32)

    def rows(self, items: np.ndarray) -> np.ndarray:
        """Text vectors of some items; (some, width) float32."""
        return self.items.take(items, axis=0)

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Cosine of some items with adapted words, (width,); (some,) float32."""
        return self.rows(items) @ query

    def arrays(self) -> dict[str, np.ndarray]:
        """Item vectors and adapter."""
        return {"items": self.items, "adapter": self.adapter}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(arrays["items"], arrays["adapter"])


@dataclass(frozen=True)
class Profile:
    """The same match with what the user says of himself: a taste in words, which counts whatever a request
    says.
    """

    match: InstructionMatch
    name: str = "profile"

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Cosine with every item; (contexts, items) float32, zeros where nothing was said."""
        return self.match.score([replace(context, vector=context.profile) for context in contexts])

    def arrays(self) -> dict[str, np.ndarray]:
        """None of its own: those of the instruction channel are read once for both."""
        return {}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel beside the instruction channel that gave these arrays."""
        return cls(InstructionMatch.from_arrays(arrays))
