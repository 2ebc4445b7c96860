"""Three channels that walk from the last items to others: by what people had next or together, and by words
texts share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from instructrec.channels.base import last_items
from instructrec.data.sparse import SparseRows
from instructrec.types import Context


@dataclass(frozen=True, slots=True)
class NeighbourConfig:
    """How transitions are counted and read.

    A pair of acts `d` steps apart counts `d ** -decay`, and `backward` times that in the other direction; a
    cell is divided by its row's total to the `row` and its column's total to the `column` (0 = raw counts, 1
    = probabilities).
    """

    window: int = 50
    decay: float = 0.5
    backward: float = 1.0
    row: float = 0.7
    column: float = 0.2
    last: int = 50
    keep: int = 500


@dataclass(frozen=True)
class Neighbours:
    """People who had X then had Y: log(1 + w / floor), w the transitions from the last items, added up with a
    decay.

    The logarithm makes of a product of chances a sum, as the sequence channel's logits are; where no
    transition leads it says nothing. It learns online by adding counts.
    """

    transitions: SparseRows  # items x items
    decay: float
    last: int
    floor: float = 1.0  # of the size of a usual cell
    name: str = "neighbours"

    @cached_property
    def reach(self) -> np.ndarray:
        """To how many others each item leads, as a standardised logarithm; (items,) float32. What many had
        leads far.
        """
        sizes = np.log1p(np.diff(self.transitions.indptr))
        return ((sizes - sizes.mean()) / max(float(sizes.std()), 1e-9)).astype(np.float32)

    def weights(self, length: int) -> np.ndarray:
        """Weight of each of the last `length` acts, oldest first, summing to 1."""
        raw = np.arange(length, 0, -1, dtype=np.float64) ** -self.decay
        return (raw / raw.sum()).astype(np.float32) if length else raw.astype(np.float32)

    def score(self, contexts: list[Context]) -> np.ndarray:
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

    def shares(self, context: Context, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each of the last acts adds to the walk to the chosen items; the acts (some,) and (some,
        chosen) float32.
        """
        acts = last_items([context], self.last)[0]
        return acts, self.transitions.cells(acts, chosen) * self.weights(len(acts))[:, None]

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
class Wording(Neighbours):
    """Items that share telling words with the last ones, by the same walk over the TF-IDF cosines of nearest
    texts.

    Names and numbers that an encoder blurs are exact here: the same series, the same console, the same size
    of paper.
    """

    name: str = "wording"


@dataclass(frozen=True)
class Together(Neighbours):
    """What people have together, by regression: each item from its nearest ones, so that what explains both
    counts once.

    EASE (Steck 2019) within the neighbourhood of each item: its cost grows with the number of items and not
    with its cube.
    """

    name: str = "together"
