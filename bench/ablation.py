"""A model taken apart on the same requests: each channel alone, the sum without it, and the sum with nothing
learned of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from instructrec.baselines.popular import Popularity
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import batches, rank_all
from instructrec.models.fast import FastModel
from instructrec.types import Context

PARTS = (
    "sequence",
    "neighbours",
    "together",
    "wording",
    "content",
    "popularity",
)  # what speaks without words
FIXED = "gates fixed"
FORESEEN = "popularity in the test part (leaks)"


@dataclass(frozen=True)
class Given:
    """Scores that are there already, as a scorer."""

    scores: np.ndarray
    name: str

    def score(self, contexts: list[Context]) -> np.ndarray:
        """The scores of these requests."""
        return self.scores


def taken_apart(model: FastModel, asked: Sequence[Case], depth: int) -> dict[str, np.ndarray]:
    """The lists of every part and of every sum without one, from one scoring of the channels; row ->
    (requests, depth).
    """
    found: dict[str, list[np.ndarray]] = {}
    for batch in batches(asked):
        contexts = [case.context for case in batch]
        parts = model.parts(contexts)
        whole = np.sum(list(parts.values()), axis=0)
        rows = {f"{name} channel": model.channels[name].score(contexts) for name in PARTS}
        rows |= {f"without {name}": whole - parts[name] for name in PARTS}
        for name, scores in rows.items():
            found.setdefault(name, []).append(
                rank_all(Given(scores, name), batch, len(model.items), depth=depth)[0]
            )
    return {name: np.concatenate(lists) for name, lists in found.items()}


def plain_addition(model: FastModel) -> FastModel:
    """The same channels, each scaled to the same spread and added: nothing learned about how much which
    counts.
    """
    return replace(model, gates=replace(model.gates, weights=np.zeros_like(model.gates.weights)))


def without(model: FastModel, channel: str) -> FastModel:
    """The model with one term of the sum left out."""
    silent = model.gates.scale.copy()
    silent[model.gates.channels.index(channel)] = 0
    return replace(model, gates=replace(model.gates, scale=silent))


def foreseen(asked: Sequence[Case], items: int) -> Popularity:
    """One order for everyone by how often each item is taken in these requests: about the most that
    popularity could give.
    """
    return Popularity(
        np.bincount(np.concatenate([case.relevant for case in asked]), minlength=items), FORESEEN
    )


def is_part(row: str) -> bool:
    """Whether a row of a table is InstructRec taken apart or told more, or a bound, and not another
    recommender.
    """
    return (
        row.startswith(("without ", "InstructRec, ")) or row.endswith(" channel") or row in (FIXED, FORESEEN)
    )
