"""What a channel is: a named term of the score that gives its arrays to a file and takes them back."""

from collections.abc import Mapping, Sequence
from typing import Protocol, Self, runtime_checkable

import numpy as np

from instructrec.types import Context

EXACT = 200_000  # items up to which every item is scored for a request


class Channel(Protocol):
    """One term of the sum: a Scorer that gives zeros where it has nothing to say, and that can be saved."""

    @property
    def name(self) -> str:
        """The channel's name, as in explanations."""
        ...

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Score the whole catalog; (contexts, items) float32, zeros where the context says nothing to this
        channel.
        """
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything the channel needs to score, by name."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        ...


@runtime_checkable
class Dense(Channel, Protocol):
    """A channel whose score is the product of what is asked with a row of each item, so that a search can
    find the largest.
    """

    def queries(self, contexts: list[Context]) -> np.ndarray:
        """What is asked; (contexts, width) float32, zeros where the context says nothing to this channel."""
        ...

    def rows(self, items: np.ndarray) -> np.ndarray:
        """The rows of some items; (some, width) float32."""
        ...

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """What is asked, (width,), times the rows of some items; (some,) float32."""
        ...


def pack_strings(strings: Sequence[str]) -> np.ndarray:
    """Strings as one array of bytes, so that a file of arrays holds a whole model.

    >>> unpack_strings(pack_strings(["a", "", "电影"]))
    ['a', '', '电影']
    """
    return np.frombuffer(("\x00".join(strings) + "\x00").encode() if strings else b"", np.uint8)


def unpack_strings(packed: np.ndarray) -> list[str]:
    """The strings that `pack_strings` packed."""
    return packed.tobytes().decode().split("\x00")[:-1] if packed.size else []


def last_items(contexts: Sequence[Context], length: int) -> np.ndarray:
    """The last items of every history, right-aligned and padded with -1; (contexts, longest <= length) int64.

    >>> last_items([Context(history=np.array([1, 2, 3])), Context(history=np.array([7]))], 2).tolist()
    [[2, 3], [-1, 7]]
    """
    longest = max((min(length, len(c.history)) for c in contexts), default=0)
    padded = np.full((len(contexts), longest), -1, np.int64)
    for row, context in enumerate(contexts):
        tail = context.history[-longest:] if longest else context.history[:0]
        if len(tail):
            padded[row, longest - len(tail) :] = tail
    return padded
