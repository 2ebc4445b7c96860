"""The nouns that every part of the package shares: frozen records, numpy and the standard library only."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

Attribute = str | float | int | bool | list[str] | None


class Preference(StrEnum):
    """How much of a user's lasting taste an instruction carries (paper, section 2.1)."""

    NONE = "P0"
    IMPLICIT = "P1"
    EXPLICIT = "P2"


class Intention(StrEnum):
    """How definite the need of the moment is."""

    NONE = "I0"
    VAGUE = "I1"
    SPECIFIC = "I2"


class TaskForm(StrEnum):
    """What form the answer takes."""

    POINTWISE = "T0"
    PAIRWISE = "T1"
    MATCHING = "T2"
    RERANKING = "T3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that can be recommended, with its attributes as the catalog has them now."""

    id: str
    title: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One recorded interaction of a user with an item.

    `time` is in seconds; `slate` is the slate that it answers, if any.
    """

    user: str
    item: str
    action: str
    time: float
    value: float | None = None
    slate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One test that an item must pass, with its place in the text.

    `op` is one of `= != in not_in < <= > >= between contains not_contains mentions not_mentions`; a text
    `mentions` words that stand in it one after the other.
    """

    field: str
    op: str
    value: Any
    span: tuple[int, int] = (0, 0)
    source: str = "grammar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A sentence that says what is wanted, with what was understood of it.

    An item must pass all `conditions` and, where there are any, all of at least one group of `any_of`; it is
    lifted by each of `soft` that it passes. `sort` are the fields that the answer is sorted by, each with
    "asc" or "desc";
    `dials` go from -1 to 1 and are absent where the text sets none; `unresolved` are the places of what the
    catalog cannot check. `text` is what was read; of one that was too long `unread` characters were not.
    """

    text: str = ""
    language: str = "en"
    conditions: tuple[Condition, ...] = ()
    any_of: tuple[tuple[Condition, ...], ...] = ()
    soft: tuple[Condition, ...] = ()
    sort: tuple[tuple[str, str], ...] = ()
    wishes: str = ""
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    dials: Mapping[str, float] = field(default_factory=dict)
    n: int | None = None
    preference: Preference = Preference.NONE
    intention: Intention = Intention.NONE
    task: TaskForm = TaskForm.MATCHING
    unresolved: tuple[tuple[int, int], ...] = ()
    unread: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The parse as plain JSON values; the shape is stable."""
        return {**asdict(self), "dials": dict(self.dials)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a scorer may know about one request, in numbers of the catalog.

    `history` holds item numbers, oldest first, without negative interactions; `vector` is the encoder's
    vector of the wishes, if there are any; `words` are the lexical terms of the instruction; `profile` is the
    vector of the user's stated preferences.
    """

    history: np.ndarray
    user: str | None = None
    vector: np.ndarray | None = None
    words: tuple[str, ...] = ()
    instruction: Instruction = Instruction()
    profile: np.ndarray | None = None


class Scorer(Protocol):
    """Anything that gives every item of the catalog a number for each of several contexts."""

    @property
    def name(self) -> str:
        """What the row of a table or the term of a sum is called."""
        ...

    def score(self, contexts: "list[Context]") -> np.ndarray:
        """Score the whole catalog; (contexts, items) float32, higher is better, always finite."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call for recommendations; every field is optional.

    `n` defaults to what the instruction asks for, else 10. With `allow_missing` an item that lacks the
    attribute of a condition passes it. With `rerank` "lm" the tuned language model reorders the first items
    if it can within `rerank_seconds`. With `reasons` "lm" a language model words the reasons, where the facts
    support every word.
    """

    instruction: str = ""
    user: str | None = None
    history: tuple[str, ...] | None = None
    candidates: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    n: int | None = None
    allow_missing: bool = False
    rerank: str = ""
    rerank_seconds: float = 2.0
    reasons: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One line of a slate; `channels` are the contributions that sum to `score`.

    The reason is made of `conditions_met`, how the item meets the conditions, and `because`, the terms that
    lift it most.
    """

    item: Item
    rank: int
    score: float
    channels: Mapping[str, float]
    reason: str = ""
    conditions_met: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """Suggested relaxation (never applied): drop the condition or loosen it to `value`; `items` would then
    match.
    """

    condition: Condition
    items: int
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedInstruction:
    """An instruction that applies to every request of its owner: `global`, `segment:<name>` or
    `user:<id>`.
    """

    id: str
    owner: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slate:
    """The answer to one request; `shortfall` says why there are fewer than n, `relaxations` what would give
    more.

    `model` names the version that answered, "untrained" before any training.
    `shared_reasons` are the facts that all reasons have in common; `saved_instructions` the texts of those
    that applied too; `notes` say what was ignored: an unknown user, unknown ids, words that cannot be
    checked.
    """

    id: str
    request: Request
    instruction: Instruction
    recommendations: tuple[Recommendation, ...]
    shared_reasons: tuple[str, ...] = ()
    model: str = ""
    shortfall: str | None = None
    relaxations: tuple[Relaxation, ...] = ()
    notes: tuple[str, ...] = ()
    saved_instructions: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.recommendations)

    def __len__(self) -> int:
        return len(self.recommendations)

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON shape of the batch form."""
        items = [
            {
                "item_id": r.item.id,
                "title": r.item.title,
                "rank": r.rank,
                "score": r.score,
                "reason": r.reason,
                "attributes": dict(r.item.attributes),
                "channels": dict(r.channels),
            }
            for r in self.recommendations
        ]
        request_id = self.request.id or self.id
        relaxations = [asdict(r) for r in self.relaxations]
        return {
            "request_id": request_id,
            "model": self.model,
            "items": items,
            "shortfall": self.shortfall,
            "relaxations": relaxations,
            "notes": list(self.notes),
            "shared_reasons": list(self.shared_reasons),
            "saved_instructions": list(self.saved_instructions),
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its bootstrap interval (95 %) and the number of requests behind it."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an evaluation measured: metric -> estimate, and the settings it was measured under."""

    name: str
    metrics: Mapping[str, Estimate]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "metrics": {k: asdict(v) for k, v in self.metrics.items()},
            "settings": dict(self.settings),
        }


class Progress(Protocol):
    """Called with how far a long step is; the command line draws a bar with the time left."""

    def __call__(self, step: str, done: int, total: int, note: str = "") -> None:
        """Report that `done` of `total` units of `step` are finished; `note` is kept in a log."""
        ...


def no_progress(step: str, done: int, total: int, note: str = "") -> None:
    """Draw nothing: the default of every library function."""


class Source(Protocol):
    """Where a recommender reads the current catalog, histories and saved instructions: a store, or a
    dataset.
    """

    def items(self) -> list[Item]:
        """Every item with its current attributes."""
        ...

    def history(self, user: str) -> "list[tuple[str, int]] | None":
        """The (item id, sign) pairs of a user, oldest first; None when the user is not known."""
        ...

    def saved_instructions(self, user: str | None) -> list[SavedInstruction]:
        """What applies to every request of a user, or of an unnamed one: global, of their segments, their
        own.
        """
        ...
