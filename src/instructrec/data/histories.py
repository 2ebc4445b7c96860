"""Interactions as flat arrays: what scorers are fitted on, numpy only."""

from dataclasses import dataclass

import numpy as np

LONGEST_HISTORY = 200  # interactions of a user that anything reads


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

    def taste(self, longest: int | None = None) -> "Histories":
        """The interactions that count as history: those that are not negative, the last `longest` of each
        user.
        """
        chosen = self.where(counts_as_history(self.signs))
        if longest is None:
            return chosen
        ends = np.repeat(chosen.offsets[1:], np.diff(chosen.offsets))
        return chosen.where(np.arange(len(chosen.items)) >= ends - longest)

    def where(self, keep: np.ndarray) -> "Histories":
        """The same users with only the interactions that `keep` marks, one bool each."""
        owner = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        counts = np.bincount(owner[keep], minlength=len(self))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Histories(self.users, offsets, self.items[keep], self.times[keep], self.signs[keep])


def counts_as_history(signs: np.ndarray) -> np.ndarray:
    """Which interactions count as history, by sign: all but the negative ones.

    >>> counts_as_history(np.array([1, 0, -1])).tolist()
    [True, True, False]
    """
    return signs >= 0
