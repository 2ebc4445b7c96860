"""Interactions as flat arrays: what scorers are fitted on, numpy only."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Histories:
    """Interactions as flat arrays, sorted by user and time: user u owns the rows offsets[u]:offsets[u +
    1].
    """

    users: tuple[str, ...]
    offsets: np.ndarray  # int64, users + 1
    items: np.ndarray  # int32, item numbers
    times: np.ndarray  # float64, seconds
    signs: np.ndarray  # int8, 1 / 0 / -1

    def __len__(self) -> int:
        return len(self.users)

    def of(self, user: int) -> np.ndarray:
        """The item numbers of one user, oldest first."""
        return self.items[self.offsets[user] : self.offsets[user + 1]]

    def kept(self, which: np.ndarray) -> "Histories":
        """The same users with only the marked acts; `which` is one bool an act."""
        owner = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        counts = np.bincount(owner[which], minlength=len(self))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Histories(self.users, offsets, self.items[which], self.times[which], self.signs[which])
