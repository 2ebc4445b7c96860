"""The sentence encoder as it comes, with nothing learned from interactions: the floor of the instruction
channel.
"""

from dataclasses import dataclass

import numpy as np

from instructrec.baselines.popular import above_zero, counts, with_prior
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context


@dataclass(eq=False)
class UntunedEncoder:
    """Items whose text lies near the wish, or, without a wish, near the last items of the history."""

    vectors: np.ndarray  # items, dimensions; unit rows
    # items; orders what is level, so also the answer to an empty history
    popularity: np.ndarray | None = None
    last: int = 10
    name: str = "untuned encoder"

    @classmethod
    def fit(cls, train: Dataset, vectors: np.ndarray, last: int = 10) -> "UntunedEncoder":
        """Take the item vectors as they are and popularity from the training interactions.

        Raises ConfigError when there is not one vector per item.
        """
        above_zero(last=last)
        if vectors.ndim != 2 or len(vectors) != len(train.catalog):
            raise ConfigError(
                f"vectors have shape {vectors.shape}; one row for each of the {len(train.catalog)} items "
                "is needed"
            )
        return cls(vectors, counts(train), last)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Take the cosine of the wish with each item; (contexts, items) float32."""
        wishes = np.stack([self._wish(context) for context in contexts]) if contexts else self.vectors[:0]
        lengths = np.linalg.norm(wishes, axis=1, keepdims=True)
        cosines = (wishes / np.where(lengths > 0, lengths, 1.0)) @ self.vectors.T
        return with_prior(
            cosines, self.popularity if self.popularity is not None else np.zeros(len(self.vectors))
        )

    def _wish(self, context: Context) -> np.ndarray:
        if context.vector is not None:
            return context.vector
        return self.vectors[context.history[-self.last :]].sum(axis=0)
