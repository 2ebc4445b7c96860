"""What a language model is worth beside the fast model: its weight, and its gain on validation lists."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from instructrec.evaluation.metrics import Paired, paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.language.listwise import Reading
from instructrec.language.rerank import KINDS
from instructrec.models.validation_lists import LIST_LENGTH, ValidationList
from instructrec.types import Progress, no_progress

LISTS_WEIGHED = 200
MAX_WEIGHT = 5.0
MIN_GAIN = 1e-4  # nats a list that a weight has to gain


@dataclass(frozen=True, slots=True)
class RerankWeight:
    """The term's weight, and nDCG@20 of validation lists without and with it."""

    weight: float
    lists: int
    without: float
    reached: float
    gain: Paired | None

    @property
    def earns(self) -> bool:
        """Whether the whole interval of the gain lies above zero; else reranking is skipped."""
        return self.gain is not None and self.gain.difference.low > 0


def best_weight(
    scores: Sequence[np.ndarray], values: Sequence[np.ndarray], relevant: Sequence[np.ndarray]
) -> float:
    """The weight, 0 to 5, that makes the chosen items most likely (softmax of each list's sum); 0 where none
    gains.

    `scores` of the model and `values` of the term, one a list, (items,); `relevant` the places of the chosen
    items.
    """

    def loss(weight: float) -> float:
        lists = zip(scores, values, relevant, strict=True)
        return -float(np.mean([log_softmax(s + weight * v)[r].mean() for s, v, r in lists]))

    found = minimize_scalar(loss, bounds=(0, MAX_WEIGHT), method="bounded")
    return float(found.x) if found.fun < loss(0.0) - MIN_GAIN else 0.0


def weigh(
    reading: Reading, lists: Sequence[ValidationList], titles: Sequence[str], progress: Progress = no_progress
) -> RerankWeight:
    """Read validation lists and find what the term adds to them.

    Lists without a relevant item say nothing and are left out. The gain is paired by list; each half of the
    lists is measured with the weight of the other half.
    """
    step = -(-len(lists) // LISTS_WEIGHED) or 1
    useful = [each for each in lists if set(each.items) & set(each.relevant)][::step]
    values = []
    for done, each in enumerate(useful):
        history, shown = [titles[n] for n in each.history], [titles[n] for n in each.items]
        values.append(reading(each.instruction, history, shown))
        progress("weigh", done + 1, len(useful))
    if len(useful) < 2:
        return RerankWeight(0.0, len(useful), 0.0, 0.0, None)
    scores = [np.array(each.scores) for each in useful]
    places = [np.flatnonzero(np.isin(each.items, each.relevant)) for each in useful]
    halves = [best_weight(scores[half::2], values[half::2], places[half::2]) for half in (1, 0)]
    reranked = [s + halves[n % 2] * v for n, (s, v) in enumerate(zip(scores, values, strict=True))]
    before, after = (ndcg_of_lists(found, places) for found in (scores, reranked))
    gain = paired(after, before, np.arange(len(useful)))
    weight = best_weight(scores, values, places)
    return RerankWeight(weight, len(useful), float(before.mean()), float(after.mean()), gain)


def weigh_by_kind(
    reading: Reading, lists: Sequence[ValidationList], titles: Sequence[str], progress: Progress = no_progress
) -> dict[str, RerankWeight]:
    """The weights for requests without an instruction and for those with one."""
    parts = {
        kind: [each for each in lists if bool(each.instruction) == (kind == "instructed")] for kind in KINDS
    }
    return {kind: weigh(reading, part, titles, progress) for kind, part in parts.items()}


def ndcg_of_lists(scores: Sequence[np.ndarray], places: Sequence[np.ndarray]) -> np.ndarray:
    """nDCG@20 of each list ordered by its scores; `places` of its relevant items."""
    ranked = np.full((len(scores), LIST_LENGTH), -1)
    for row, values in enumerate(scores):
        ranked[row, : len(values)] = np.argsort(-values, kind="stable")
    return ranking_metrics(ranked, places, (LIST_LENGTH,))[f"nDCG@{LIST_LENGTH}"]
