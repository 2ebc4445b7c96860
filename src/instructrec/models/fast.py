"""The fast model: score(item | user, instruction) = sum over channels of gate(context) * channel(item)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from instructrec.channels.base import Channel, Contexts, Dense
from instructrec.channels.instruction import InstructionMatch
from instructrec.models.gates import Gates, features
from instructrec.models.shortlist import Shortlist, among, dense_of, few
from instructrec.types import Context

UNTRAINED = (
    "untrained"  # the version of a model that was counted, and the fact that tells it: its interactions
)


@dataclass(frozen=True)
class FastModel:
    """Channels and gates over one catalog; scores every item, and says how each score came about."""

    items: tuple[str, ...]  # item ids; an item's number is its place
    channels: Mapping[str, Channel]
    gates: Gates
    # data hash, settings, metrics, code version, encoder
    facts: Mapping[str, Any] = field(default_factory=dict)
    name: str = "InstructRec"
    shortlist: Shortlist | None = None  # of a large catalog

    @property
    def version(self) -> str:
        """The name under which it was published; "untrained" of one that was only counted, "" of one in
        memory.
        """
        return UNTRAINED if UNTRAINED in self.facts else str(self.facts.get("version", ""))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Item id -> number."""
        return {item: number for number, item in enumerate(self.items)}

    @property
    def match(self) -> InstructionMatch:
        """The instruction channel, which holds the text vectors of the items."""
        match = self.channels["instruction"]
        assert isinstance(match, InstructionMatch)
        return match

    @cached_property
    def dense(self) -> dict[str, Dense]:
        """The channels that are products."""
        return dense_of(self.channels)

    def parts(self, contexts: Sequence[Context]) -> dict[str, np.ndarray]:
        """The gated channels, whose sum is the score; channel -> (contexts, items) float32."""
        return dict(self._terms(contexts))

    def _terms(self, contexts: Sequence[Context]) -> Iterator[tuple[str, np.ndarray]]:
        together = Contexts(contexts)
        gates = self._gates(together)
        for place, name in enumerate(self.gates.channels):
            yield name, self.channels[name].score(together) * gates[:, [place]]

    def shortlisted(
        self, context: Context, allowed: np.ndarray
    ) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
        """The allowed items that may be in a list and their parts; channel -> (some,) float32.

        They are all that pass the filters where these are few, or the shortlist of a large catalog. None
        where every item has to be scored: many pass and there is no shortlist, or too few of it pass.
        """
        items = few(allowed)
        if items is None and self.shortlist is None:
            return None
        gates = self._gates([context])[0]
        gate = dict(zip(self.gates.channels, gates.tolist(), strict=True))
        queries = {name: gate[name] * channel.queries([context])[0] for name, channel in self.dense.items()}
        others = {
            name: gate[name] * self.channels[name].score([context])[0] for name in gate if name not in queries
        }
        if items is None and self.shortlist is not None:
            items = among(self.shortlist, list(queries.values()), list(others.values()), allowed)
        if items is None:
            return None
        near = {name: self.dense[name].products(query, items) for name, query in queries.items()}
        return items, {name: near[name] if name in near else others[name][items] for name in gate}

    def _gates(self, contexts: Sequence[Context]) -> np.ndarray:
        """Gate values after the dials; (contexts, channels)."""
        return self.gates.with_dials(self.gates.values(features(contexts, self.channels)), contexts)

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """The score of the whole catalog; (contexts, items) float32."""
        total = np.zeros((len(contexts), len(self.items)), np.float32)
        # one at a time: all of them at once are gigabytes of a large catalog
        for _, part in self._terms(contexts):
            total += part
        return total
