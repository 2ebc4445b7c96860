"""A model taken apart: each channel alone, the sum without it, and the sum with equal gates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from instructrec.baselines.popular import PopularityBaseline
from instructrec.channels.base import request_batches
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import rank_all
from instructrec.models.fast import FastModel
from instructrec.types import Context

# The channels that have a score for a request without an instruction.
PARTS = ("sequence", "neighbours", "ease", "tfidf", "content", "popularity")
EQUAL_GATES = "equal gates"
BOUND = "popularity in the test part (leaks)"


@dataclass(frozen=True)
class Scores:
    """Scores that are already there, as a scorer."""

    scores: np.ndarray
    name: str

    def score(self, contexts: list[Context]) -> np.ndarray:
        """The scores of these requests."""
        return self.scores


def taken_apart(model: FastModel, requests: Sequence[Case], depth: int) -> dict[str, np.ndarray]:
    """The lists of every channel alone and of every sum without one, from one scoring of all channels.

    Returns row name -> (requests, depth) item numbers.
    """
    lists: dict[str, list[np.ndarray]] = {}
    for batch in request_batches(requests):
        contexts = [case.context for case in batch]
        terms = model.parts(contexts)
        whole = np.sum(list(terms.values()), axis=0)
        scores = {f"{name} channel": model.channels[name].score(contexts) for name in PARTS}
        scores |= {f"without {name}": whole - terms[name] for name in PARTS}
        for row, values in scores.items():
            ranked, _ = rank_all(Scores(values, row), batch, len(model.items), depth=depth)
            lists.setdefault(row, []).append(ranked)
    return {row: np.concatenate(parts) for row, parts in lists.items()}


def equal_gates(model: FastModel) -> FastModel:
    """The same channels scaled to the same spread and added, without the trained gates."""
    return replace(model, gates=replace(model.gates, weights=np.zeros_like(model.gates.weights)))


def without(model: FastModel, channel: str) -> FastModel:
    """The model with one channel left out of the sum."""
    scale = model.gates.scale.copy()
    scale[model.gates.channels.index(channel)] = 0
    return replace(model, gates=replace(model.gates, scale=scale))


def popularity_bound(requests: Sequence[Case], items: int) -> PopularityBaseline:
    """One order for everybody by the answers of these requests: what popularity could reach at most."""
    return PopularityBaseline(
        np.bincount(np.concatenate([case.relevant for case in requests]), minlength=items), BOUND
    )


def is_part(row: str) -> bool:
    """Whether a row is InstructRec taken apart or given more, or a bound, and not another recommender."""
    ours = row.startswith(("without ", "InstructRec, ")) or row.endswith(" channel")
    return ours or row in (EQUAL_GATES, BOUND)
