"""Gates: how much each channel counts in a context; shared by serving (numpy) and fitting
(`tuning.gates`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.channels.base import Channel, Need, pack_strings, request_batches, unit, unpack_strings
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.neighbours import Neighbours
from instructrec.channels.registry import CHANNELS
from instructrec.data.histories import LONGEST_HISTORY
from instructrec.types import Context

RECENT = 10  # interactions that `agreement` and `neighbour count` look at
FEATURES = (
    "always",
    "history",
    "log history",
    "instruction",
    "words",
    "both",
    "agreement",
    "conditions",
    "profile",
    "neighbour count",
)
# Typical requests as the gates see them: a history of 20 popular items, four words, an agreement of 0.2.
TYPICAL_REQUESTS: Mapping[str, tuple[float, ...]] = {
    "a user, no words": (1, 1, 0.61, 0, 0, 0, 0, 0, 0, 0.9),
    "a user, a wish": (1, 1, 0.61, 1, 0.4, 1, 0.2, 0, 0, 0.9),
    "a user, conditions": (1, 1, 0.61, 1, 0.4, 1, 0.2, 1, 0, 0.9),
    "a user, preferences": (1, 1, 0.61, 0, 0, 0, 0, 0, 1, 0.9),
    "new user, a wish": (1, 0, 0, 1, 0.4, 0, 0, 0, 0, 0),
    "new user, preferences": (1, 0, 0, 0, 0, 0, 0, 0, 1, 0),
    "new user, no words": (1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}
SPREAD_SAMPLE = 1_000  # requests on which spreads are measured
PRESENT = {Need.HISTORY: "history", Need.WORDS: "instruction", Need.PROFILE: "profile"}  # need -> its feature


def features(contexts: Sequence[Context], channels: Mapping[str, Channel]) -> np.ndarray:
    """What the gates look at; (contexts, features) float32, each about 0 to 1.

    `agreement` is the cosine between the adapted instruction and the mean text vector of the last ten items;
    `conditions` is set where a filter already ensures what the words ask for; `neighbour count` is how many
    others the last ten items lead to, low for a niche history.
    """
    match, walks = channels["instruction"], channels.get("neighbours")
    assert isinstance(match, InstructionMatch)
    rows = np.zeros((len(contexts), len(FEATURES)), np.float32)
    queries = match.queries(contexts)
    for row, context in enumerate(contexts):
        length, vector = min(len(context.history), LONGEST_HISTORY), context.vector
        both, agreement, last = 0.0, 0.0, context.history[-RECENT:]
        if vector is not None and length:
            taste = unit(match.items[last].mean(axis=0))
            both, agreement = 1.0, float(taste @ queries[row])
        words = min(len(context.words), 10) / 10
        conditions = bool(context.instruction.conditions or context.instruction.any_of)
        profile = context.profile is not None
        count = float(walks.neighbour_count[last].mean()) if isinstance(walks, Neighbours) and length else 0.0
        rows[row] = (
            1,
            length > 0,
            np.log1p(length) / 5,
            vector is not None,
            words,
            both,
            agreement,
            conditions,
            profile,
            count,
        )
    return rows


def may_be_negative(given: np.ndarray, channels: Sequence[str]) -> np.ndarray:
    """Which gates may fall below zero: those that declare it, where a history is known; (contexts, channels)
    bool.
    """
    return np.outer(given[:, FEATURES.index("history")] > 0, [CHANNELS[c].may_be_negative for c in channels])


@dataclass(frozen=True)
class Gates:
    """gate_c = exp(weights_c . features) * scale_c, or (1 + weights_c . features) * scale_c where it may be
    negative.

    So every channel but popularity counts for what it favours, and popularity may count for niche items.
    """

    channels: tuple[str, ...]
    weights: np.ndarray  # channels x features
    scale: np.ndarray  # channels

    def values(self, given: np.ndarray) -> np.ndarray:
        """Gate values; (contexts, features) -> (contexts, channels)."""
        return (self._strength(given) * self.scale).astype(np.float32)

    def _strength(self, given: np.ndarray) -> np.ndarray:
        """Gate values in spreads of each channel over the catalog."""
        logits = np.clip(given @ self.weights.T, -10, 10)
        return np.where(may_be_negative(given, self.channels), 1 + logits, np.exp(logits))

    def with_dials(self, values: np.ndarray, contexts: Sequence[Context]) -> np.ndarray:
        """Gate values after each context's dials; (contexts, channels) -> the same shape, unchanged without
        dials.
        """
        values = values.copy()
        for row, context in enumerate(contexts):
            for dial, amount in context.instruction.dials.items():
                for place, name in enumerate(self.channels):
                    values[row, place] *= np.exp(CHANNELS[name].dials.get(dial, 0.0) * amount)
                    values[row, place] += CHANNELS[name].offsets.get(dial, 0.0) * amount * self.scale[place]
        return values

    def shares(self) -> dict[str, dict[str, float]]:
        """Each channel's share of the sum in typical requests, in spreads of the channel over the catalog;
        sums to 1.
        """
        found = {}
        for name, given in TYPICAL_REQUESTS.items():
            request = dict(zip(FEATURES, given, strict=True))
            needs = [CHANNELS[c].needs for c in self.channels]
            speaks = [need is None or request[PRESENT[need]] > 0 for need in needs]
            part = np.abs(self._strength(np.array([given], np.float32))[0]) * speaks
            found[name] = dict(
                zip(self.channels, (part / max(float(part.sum()), 1e-9)).tolist(), strict=True)
            )
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything needed to evaluate the gates."""
        return {"channels": pack_strings(self.channels), "weights": self.weights, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Gates":
        """The gates that gave these arrays."""
        return cls(tuple(unpack_strings(arrays["channels"])), arrays["weights"], arrays["scale"])


def equal_gates(channels: Mapping[str, Channel], contexts: Sequence[Context]) -> Gates:
    """Equal gates: every channel scaled to the same spread over the catalog, where it is not silent.

    Measured on a sample of all kinds of requests: many channels are silent in most of them.
    """
    scale = np.ones(len(channels), np.float32)
    sample = list(contexts[:: -(-len(contexts) // SPREAD_SAMPLE) or 1])
    parts = [list(part) for part in request_batches(sample)]
    for place, channel in enumerate(channels.values()):
        spread = np.concatenate([channel.score(part).std(axis=1) for part in parts] or [np.zeros(0)])
        spoken = spread[spread > 1e-9]
        scale[place] = 1 / spoken.mean() if spoken.size else 1
    return Gates(tuple(channels), np.zeros((len(channels), len(FEATURES)), np.float32), scale)
