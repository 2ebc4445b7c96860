"""Gates: how much each channel counts in this context; shared by serving (numpy) and fitting
(`tuning.gates`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.channels.base import Channel, pack_strings, unpack_strings
from instructrec.channels.instruction import InstructionMatch, unit
from instructrec.channels.neighbours import Neighbours
from instructrec.types import Context

LONGEST = 200  # acts of a history that gates were fitted on; more are as many
# What a dial does to each channel's gate: the exponent at full turn, so a gate stays positive and follows the
# dial one way.
DIALS: Mapping[str, Mapping[str, float]] = {
    "personal": {
        **dict.fromkeys(("sequence", "neighbours", "together", "content", "wording", "profile"), 2.0),
        **dict.fromkeys(("instruction", "attributes", "lexical"), -2.0),
    },
    "novelty": {"sequence": -1.0, "neighbours": -1.0, "together": -1.0},
}
# The channel that may count against an item, since the others say too much of what many have; for somebody
# unknown it cannot.
SIGNED = "popularity"
# ... and what dials do to it when somebody asks for what few know: in standard deviations.
TASTE_FOR_FAME: Mapping[str, float] = {"popularity": 6.0, "novelty": -3.0}
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
    "reach",
)


BY_HISTORY = ("sequence", "neighbours", "together", "wording", "content")  # say nothing without a history
BY_WORDS = ("instruction", "attributes", "lexical")  # say nothing without words
BY_PROFILE = ("profile",)  # says nothing of somebody who said nothing of himself
# Requests as there are many, as the gates see them: a history of 20 acts of what many have, four words, an
# agreement of .2.
TYPICAL: Mapping[str, tuple[float, ...]] = {
    "a user, no words": (1, 1, 0.61, 0, 0, 0, 0, 0, 0, 0.9),
    "a user, a wish": (1, 1, 0.61, 1, 0.4, 1, 0.2, 0, 0, 0.9),
    "a user, conditions": (1, 1, 0.61, 1, 0.4, 1, 0.2, 1, 0, 0.9),
    "a user, a profile": (1, 1, 0.61, 0, 0, 0, 0, 0, 1, 0.9),
    "nobody known, a wish": (1, 0, 0, 1, 0.4, 0, 0, 0, 0, 0),
    "nobody known, a profile": (1, 0, 0, 0, 0, 0, 0, 0, 1, 0),
    "nobody known, no words": (1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}


def features(contexts: Sequence[Context], channels: Mapping[str, Channel]) -> np.ndarray:
    """What the gates look at; (contexts, features) float32, each about 0 to 1.

    `agreement` is the cosine between the adapted instruction and the mean text vector of the last ten items
    of the history; `conditions` is set where a filter holds already what the words ask for, `profile` where
    the user said something of himself; `reach` is how far these ten items lead to others: low for who has
    what few have.
    """
    match, walks = channels["instruction"], channels.get("neighbours")
    assert isinstance(match, InstructionMatch)
    rows = np.zeros((len(contexts), len(FEATURES)), np.float32)
    asked = match.queries(list(contexts))
    for row, context in enumerate(contexts):
        length, vector = min(len(context.history), LONGEST), context.vector
        both, agreement, last = 0.0, 0.0, context.history[-10:]
        if vector is not None and length:
            taste = unit(match.items[last].mean(axis=0))
            both, agreement = 1.0, float(taste @ asked[row])
        words = min(len(context.words), 10) / 10
        held = bool(context.instruction.conditions or context.instruction.any_of)
        said = context.profile is not None
        reach = float(walks.reach[last].mean()) if isinstance(walks, Neighbours) and length else 0.0
        rows[row] = (
            1,
            length > 0,
            np.log1p(length) / 5,
            vector is not None,
            words,
            both,
            agreement,
            held,
            said,
            reach,
        )
    return rows


def signed(given: np.ndarray, channels: Sequence[str]) -> np.ndarray:
    """Which gates may fall below zero: popularity's, where a history is known; (contexts, channels) bool."""
    return np.outer(given[:, FEATURES.index("history")] > 0, [c == SIGNED for c in channels])


@dataclass(frozen=True)
class Gates:
    """gate_c = exp(weights_c . features) * scale_c, and for popularity of a known user (1 + weights .
    features) * scale.

    So every channel but popularity counts for what it speaks for, and popularity may count for the items that
    few have.
    """

    channels: tuple[str, ...]
    weights: np.ndarray  # channels x features
    scale: np.ndarray  # channels

    def values(self, given: np.ndarray) -> np.ndarray:
        """Gate values; (contexts, features) -> (contexts, channels)."""
        return (self._strength(given) * self.scale).astype(np.float32)

    def _strength(self, given: np.ndarray) -> np.ndarray:
        """Gate values in spreads of each channel over the catalog."""
        known = given[:, : self.weights.shape[1]]  # a model from before a feature came does without it
        turned = np.clip(known @ self.weights.T, -10, 10)
        return np.where(signed(given, self.channels), 1 + turned, np.exp(turned))

    def turned(self, values: np.ndarray, contexts: Sequence[Context]) -> np.ndarray:
        """Gate values after each context's dials; (contexts, channels) -> the same shape, untouched where
        nothing is turned.
        """
        values = values.copy()
        for row, context in enumerate(contexts):
            for dial, amount in context.instruction.dials.items():
                for channel, power in DIALS.get(dial, {}).items():
                    values[row, self.channels.index(channel)] *= np.exp(power * amount)
                place = self.channels.index("popularity")
                values[row, place] += TASTE_FOR_FAME.get(dial, 0.0) * amount * self.scale[place]
        return values

    def shares(self) -> dict[str, dict[str, float]]:
        """What part of the sum each channel has in typical requests, in spreads of the channel over the
        catalog; sums to 1.
        """
        found = {}
        for name, given in TYPICAL.items():
            there = {BY_HISTORY: given[1], BY_WORDS: given[3], BY_PROFILE: given[8]}
            strength = np.abs(self._strength(np.array([given], np.float32))[0])
            speaks = [all(is_there for kind, is_there in there.items() if c in kind) for c in self.channels]
            part = strength * speaks / max(float(strength @ speaks), 1e-9)
            found[name] = dict(zip(self.channels, part.tolist(), strict=True))
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything needed to evaluate the gates."""
        return {"channels": pack_strings(self.channels), "weights": self.weights, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Gates":
        """The gates that gave these arrays."""
        return cls(tuple(unpack_strings(arrays["channels"])), arrays["weights"], arrays["scale"])
