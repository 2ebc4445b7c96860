"""What a channel is: one named term of the score, in one file.

The file says what the channel needs of a request, which dials move it, how its reason is worded, how it is
fitted, how it scores and how it is saved. `channels.registry` lists the channels; gates, reasons and dials
read what the classes declare.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Protocol, Self, TypeVar, runtime_checkable

import numpy as np

from instructrec.data.features import full_text
from instructrec.data.histories import Histories
from instructrec.types import Context, Item

EXACT = 200_000  # items up to which every item is scored for a request
# Requests scored together: their scores stay where the processor is fast, and four times as many take twice
# as long each.
BATCH = 64

AnyRequest = TypeVar("AnyRequest")


class Need(StrEnum):
    """What a channel needs of a request; without it the channel scores zero."""

    HISTORY = "history"
    WORDS = "words"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class NeighbourConfig:
    """How transitions are counted and read.

    A pair of interactions `d` steps apart counts `d ** -decay`, and `backward` times that in the other
    direction; a cell is divided by its row's total to the `row` and its column's total to the `column` (0 =
    raw counts, 1 = probabilities).
    """

    window: int = 50
    decay: float = 0.5
    backward: float = 1.0
    row: float = 0.7
    column: float = 0.2
    last: int = 50
    keep: int = 500


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What validation chooses before the channels are fitted."""

    neighbours: NeighbourConfig = field(default_factory=NeighbourConfig)
    half_life: float = 0.1  # of popularity, as a share of the whole period
    temperature: float = 0.05  # of the attributes channel


@dataclass(frozen=True)
class Material:
    """What channels are fitted on: a catalog, its text vectors, interactions, and the networks that were
    trained.
    """

    items: Sequence[Item]
    vectors: np.ndarray  # items x dimension, unit rows
    histories: Histories
    settings: FitSettings = field(default_factory=FitSettings)
    trained: "Mapping[str, Channel]" = field(default_factory=dict)

    @cached_property
    def texts(self) -> list[str]:
        """All words of every item."""
        return [full_text(item) for item in self.items]


class Channel(Protocol):
    """One term of the sum: a Scorer that gives zeros where it does not apply."""

    name: str
    needs: ClassVar[Need | None] = None
    dials: ClassVar[
        Mapping[str, float]
    ] = {}  # dial -> exponent of the gate at full turn, so that a gate keeps its sign
    offsets: ClassVar[Mapping[str, float]] = {}  # dial -> what it adds to the gate, in spreads of the channel
    may_be_negative: ClassVar[bool] = False  # whether the gate may fall below zero for a known user
    counts_interactions: ClassVar[bool] = False  # whether new interactions change it
    needs_training: ClassVar[bool] = False  # whether it cannot be fitted by counting
    saved_with: ClassVar[str] = ""  # the channel whose arrays it reads, where it has none of its own
    # The reason by language, what is said after "it is"; {} stands for what `details` names.
    reason: ClassVar[Mapping[str, str]]
    reason_against: ClassVar[Mapping[str, str]] = {}  # where a negative gate lifts an item

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Fit the channel, or take the trained one."""
        ...

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """Score the whole catalog; (contexts, items) float32, zeros where the context says nothing to this
        channel.
        """
        ...

    def details(self, context: Context, items: np.ndarray, title: Callable[[int], str]) -> list[str]:
        """What the reason names for each of some items ("" where there is nothing); `title` gives that of a
        number.
        """
        return [""] * len(items)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything the channel needs to score, by name."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        ...


@runtime_checkable
class Dense(Protocol):
    """A channel whose score is the product of a query with a row of each item, so that a search can find the
    largest.
    """

    def queries(self, contexts: Sequence[Context]) -> np.ndarray:
        """One query a context; (contexts, width) float32, zeros where the context says nothing to this
        channel.
        """
        ...

    def rows(self, items: np.ndarray) -> np.ndarray:
        """The rows of some items; (some, width) float32."""
        ...

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """A query, (width,), times the rows of some items; (some,) float32."""
        ...


class Contexts(list[Context]):
    """Requests that are scored together; their histories are padded once for all channels."""

    @cached_property
    def padded(self) -> np.ndarray:
        """Histories, right-aligned and padded with -1; (contexts, longest) int64."""
        longest = max((len(c.history) for c in self), default=0)
        padded = np.full((len(self), longest), -1, np.int64)
        for row, context in enumerate(self):
            if len(context.history):
                padded[row, -len(context.history) :] = context.history
        return padded


def request_batches(requests: Sequence[AnyRequest]) -> Iterator[Sequence[AnyRequest]]:
    """Cut requests into pieces whose scores are made together."""
    return (requests[start : start + BATCH] for start in range(0, len(requests), BATCH))


def last_items(contexts: Sequence[Context], length: int) -> np.ndarray:
    """The last items of every history, right-aligned and padded with -1; (contexts, longest <= length) int64.

    >>> last_items([Context(history=np.array([1, 2, 3])), Context(history=np.array([7]))], 2).tolist()
    [[2, 3], [-1, 7]]
    """
    padded = (contexts if isinstance(contexts, Contexts) else Contexts(contexts)).padded
    return padded[:, max(0, padded.shape[1] - length) :]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length one; a zero row stays zero.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(norms == 0, 1, norms)


def pack_strings(strings: Sequence[str]) -> np.ndarray:
    """Strings as one array of bytes, so that a file of arrays holds a whole model.

    >>> unpack_strings(pack_strings(["a", "", "电影"]))
    ['a', '', '电影']
    """
    return np.frombuffer(("\x00".join(strings) + "\x00").encode() if strings else b"", np.uint8)


def unpack_strings(packed: np.ndarray) -> list[str]:
    """The strings that `pack_strings` packed."""
    return packed.tobytes().decode().split("\x00")[:-1] if packed.size else []
