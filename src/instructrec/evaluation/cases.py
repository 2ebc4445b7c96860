"""The requests that a scorer is judged on: one for each moment at which a user liked something new.

The protocol is successive: time runs on through the part, and each request may use everything the user did
strictly before it, also within the part, because a recommender in service would know it too. Acts with the
same stamp are one request: their order is not known, and to predict one from the other would be to read the
future.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from instructrec.data.dataset import Histories, Split
from instructrec.errors import ConfigError
from instructrec.types import Context

PARTS = ("train", "valid", "test")
LONGEST = 200  # items of history that a request carries


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One request with its answer: `relevant` are the items liked at `time` for the first time.

    `seen` are the items the user had acted on before, in any way and possibly more than once; no list may
    hold them.
    """

    context: Context
    relevant: np.ndarray  # item numbers, ascending
    seen: np.ndarray  # item numbers, oldest first
    time: float
    user: str


def cases(split: Split, part: str = "test", limit: int | None = None, seed: int = 0) -> list[Case]:
    """List the requests of one part of a split, by user and time.

    A request is a (user, time) of the part with at least one positive interaction on an item the user had not
    acted on before. Its history are the interactions strictly before that time that were not negative, from
    train, valid and test, the last 200 of them. `limit` draws that many requests at random, by `seed`. Raises
    ConfigError for an unknown part.
    """
    if part not in PARTS:
        raise ConfigError(f"part is {part!r}; allowed: {', '.join(PARTS)}")
    everything = pl.concat([getattr(split, name).interactions for name in PARTS], how="diagonal_relaxed")
    interactions = split.train.with_interactions(everything).histories()
    targets = _targets(interactions, getattr(split, part).histories(), len(split.train.catalog))
    starts = np.flatnonzero(_changes(targets))
    ends = np.append(starts[1:], len(targets.items))
    chosen = _sample_rows(len(starts), limit, seed)
    return _build(interactions, targets, starts[chosen], ends[chosen])


@dataclass(frozen=True, slots=True)
class _Targets:
    """Positive interactions on new items, sorted by user and time, as flat arrays."""

    users: np.ndarray  # numbers of `interactions`
    items: np.ndarray
    times: np.ndarray


def _targets(interactions: Histories, part: Histories, items: int) -> _Targets:
    number = {user: place for place, user in enumerate(interactions.users)}
    owner = np.array([number[user] for user in part.users], dtype=np.int64).repeat(np.diff(part.offsets))
    keys = np.arange(len(interactions)).repeat(np.diff(interactions.offsets)) * items + interactions.items
    # interactions are sorted by time, so the first place is the first time
    known, first = np.unique(keys, return_index=True)
    since = interactions.times[first][np.searchsorted(known, owner * items + part.items)]
    fresh = (part.signs > 0) & (part.times == since)
    return _Targets(owner[fresh], part.items[fresh], part.times[fresh])


def _changes(targets: _Targets) -> np.ndarray:
    moved = (np.diff(targets.users) != 0) | (np.diff(targets.times) != 0)
    return np.concatenate([np.ones(min(1, len(targets.items)), bool), moved])


def _sample_rows(n: int, limit: int | None, seed: int) -> np.ndarray:
    if limit is None or limit >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, size=limit, replace=False))


def _build(interactions: Histories, targets: _Targets, starts: np.ndarray, ends: np.ndarray) -> list[Case]:
    kept = interactions.items[interactions.signs >= 0]
    # place among all interactions -> place among the kept
    rank = np.concatenate([[0], np.cumsum(interactions.signs >= 0)])
    found = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        user, time = int(targets.users[start]), float(targets.times[start])
        low, high = interactions.offsets[user : user + 2].tolist()
        now = low + int(np.searchsorted(interactions.times[low:high], time, side="left"))
        history = kept[rank[low] : rank[now]][-LONGEST:]
        relevant = np.unique(targets.items[start:end])
        context = Context(history=history, user=interactions.users[user])
        found.append(Case(context, relevant, interactions.items[low:now], time, interactions.users[user]))
    return found
