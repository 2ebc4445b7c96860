"""The sequence channel: what comes next for this user, by a small causal transformer run in numpy (SASRec
family).

`tuning.networks` is its twin in torch; a test holds the two to the same scores.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material, Need, last_items
from instructrec.types import Context

EPSILON = 1e-5  # of the layer norms
CACHED = 20_000  # user vectors; the oldest is dropped first
# histories: what lies between the products of more leaves the cache, and of 256 is cleared anew by the system
TOGETHER = 16


@dataclass(frozen=True)
class NextItem(Channel):
    """Pre-norm transformer over the last items; only the last position is scored, so the rest of the last
    block is skipped.
    """

    weights: Mapping[str, np.ndarray]
    # by history
    states: dict[bytes, np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)

    name = "sequence"
    needs: ClassVar[Need] = Need.HISTORY
    needs_training: ClassVar[bool] = True
    dials: ClassVar[Mapping[str, float]] = {"personal": 2.0, "novelty": -1.0}
    reason: ClassVar[Mapping[str, str]] = {"en": "a likely next choice after {}", "zh": "适合在“{}”之后选"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """The trained network; raises KeyError where there is none."""
        trained = material.trained[cls.name]
        assert isinstance(trained, cls)
        return trained

    def details(self, context: Context, items: np.ndarray, title: Callable[[int], str]) -> list[str]:
        """The title of the last interaction."""
        return [title(int(context.history[-1])) if len(context.history) else ""] * len(items)

    @property
    def layers(self) -> int:
        """Number of transformer blocks."""
        return sum(1 for key in self.weights if key.endswith(".qkv.weight"))

    def state(self, contexts: Sequence[Context]) -> np.ndarray:
        """The user vector after the last interaction; (contexts, width) float32, zeros for an empty history.

        Cached by history, so that another instruction for the same user costs nothing.
        """
        if not contexts:
            return np.zeros((0, self.weights["items"].shape[1]), np.float32)
        items = last_items(contexts, self.weights["position"].shape[0])
        keys = [row[row >= 0].tobytes() for row in items]
        known = {key: self.states[key] for key in keys if key in self.states}
        if fresh := {key: row for row, key in enumerate(keys) if key not in known}:
            made = self._states_of(items[list(fresh.values())])
            known |= {key: state.copy() for key, state in zip(fresh, made, strict=True)}
            self._remember({key: known[key] for key in fresh})
        return np.stack([known[key] for key in keys])

    def _remember(self, states: Mapping[bytes, np.ndarray]) -> None:
        self.states.update(states)
        while len(self.states) > CACHED:
            self.states.pop(next(iter(self.states)), None)

    def _states_of(self, items: np.ndarray) -> np.ndarray:
        """User vectors of padded histories, some at a time; (some, length) -> (some, width)."""
        parts = [items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER)]
        return np.concatenate([self._states_of_some(part) for part in parts])

    def _states_of_some(self, items: np.ndarray) -> np.ndarray:
        w = self.weights
        if not items.shape[1]:
            return np.zeros((len(items), w["items"].shape[1]), np.float32)
        pad = items < 0
        hidden = (
            w["items"][np.maximum(items, 0)] * np.float32(w["items"].shape[1] ** 0.5)
            + w["position"][-items.shape[1] :]
        )
        length = items.shape[1]
        visible = (np.tril(np.ones((length, length), bool)) & ~pad[:, None, :]) | np.eye(length, dtype=bool)
        for layer in range(self.layers):
            hidden = self._block(hidden, visible, f"blocks.{layer}.", last=layer == self.layers - 1)
        state = _norm(hidden[:, -1], w["norm.weight"], w["norm.bias"])
        return np.where(pad[:, -1:], np.float32(0), state)

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """Product of the user vector with every item vector; (contexts, items) float32, zeros for an empty
        history.
        """
        state = self.state(contexts)
        known = state.any(axis=1, keepdims=True)
        scores = state @ self.weights["items"].T
        scores += self.weights["bias"] * known
        return scores.astype(np.float32, copy=False)

    def queries(self, contexts: Sequence[Context]) -> np.ndarray:
        """The user vector, and 1 for the items' bias; (contexts, width + 1) float32."""
        state = self.state(contexts)
        return np.concatenate([state, state.any(axis=1, keepdims=True)], axis=1).astype(np.float32)

    def rows(self, items: np.ndarray) -> np.ndarray:
        """Vector and bias of some items; (some, width + 1) float32."""
        return np.concatenate([self.weights["items"][items], self.weights["bias"][items, None]], axis=1)

    def products(self, query: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Product of a user vector and its 1, (width + 1,), with some items; (some,) float32."""
        return (
            self.weights["items"].take(items, axis=0) @ query[:-1] + self.weights["bias"][items] * query[-1]
        )

    def _block(self, hidden: np.ndarray, visible: np.ndarray, prefix: str, last: bool) -> np.ndarray:
        w, heads = self.weights, 2
        batch, length, width = hidden.shape
        normed = _norm(hidden, w[prefix + "norm1.weight"], w[prefix + "norm1.bias"])
        qkv = normed @ w[prefix + "qkv.weight"].T + w[prefix + "qkv.bias"]
        query, key, value = qkv.reshape(batch, length, 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
        steps = np.arange(length)
        distance = np.maximum(steps[:, None] - steps, 0)
        if last:  # nobody reads the other positions
            query, visible, hidden, distance = (
                query[:, :, -1:],
                visible[:, -1:],
                hidden[:, -1:],
                distance[-1:],
            )
        logits = (
            query @ key.swapaxes(-1, -2) * np.float32((width // heads) ** -0.5)
            + w[prefix + "near"][:, distance]
        )
        logits = np.where(visible[:, None], logits, np.float32(-1e9))
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ value).swapaxes(1, 2).reshape(batch, -1, width)
        hidden = hidden + mixed @ w[prefix + "out.weight"].T + w[prefix + "out.bias"]
        normed = _norm(hidden, w[prefix + "norm2.weight"], w[prefix + "norm2.bias"])
        inner = normed @ w[prefix + "up.weight"].T + w[prefix + "up.bias"]
        return hidden + (inner / (1 + np.exp(-inner))) @ w[prefix + "down.weight"].T + w[prefix + "down.bias"]

    def arrays(self) -> dict[str, np.ndarray]:
        """The network's weights by their torch names."""
        return dict(self.weights)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        return cls(dict(arrays))


def _norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(EPSILON)) * weight + bias
