"""The language model as one more term of the sum, over the first items of a list."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from instructrec.errors import ConfigError, require
from instructrec.evaluation.metrics import Paired, paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.language.listwise import MOST, Reading, TitleLikelihood, matching
from instructrec.models.validation_lists import LIST_LENGTH, ValidationList
from instructrec.types import Progress, no_progress

NAME = "language_model"  # of the term
# A tuned model's folder holds the network in 16 bits, its report, and the likelihood of each title alone.
NETWORK, ABOUT, ALONE = "network", "tuning.json", "alone.json"
KINDS = ("uninstructed", "instructed")  # requests with weights of their own
FEW_TITLES = 10  # read where there is no time for more
LISTS_WEIGHED = 200
MAX_WEIGHT = 5.0
MIN_GAIN = 1e-4  # nats a list that a weight has to gain
WARM_UP = [f"a title of average length, number {n}" for n in range(FEW_TITLES)]


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


def score_terms(values: np.ndarray, weight: float) -> np.ndarray:
    """What is added to the scores of the items that were read: nothing for the last one, so that none falls behind others.

    >>> score_terms(np.array([-1.0, 1.0, 0.0]), 0.5).tolist()
    [0.0, 1.0, 0.5]
    """
    return weight * (values - values.min())


def best_weight(
    scores: Sequence[np.ndarray], values: Sequence[np.ndarray], relevant: Sequence[np.ndarray]
) -> float:
    """The weight, 0 to 5, that makes the chosen items most likely (softmax of each list's sum); 0 where none gains.

    `scores` of the model and `values` of the term, one a list, (items,); `relevant` the places of the chosen items.
    """
    log_softmax = require("scipy.special", "lm").log_softmax
    minimize = require("scipy.optimize", "lm").minimize_scalar  # imported here: half of a cold start

    def loss(weight: float) -> float:
        lists = zip(scores, values, relevant, strict=True)
        return -float(np.mean([log_softmax(s + weight * v)[r].mean() for s, v, r in lists]))

    found = minimize(loss, bounds=(0, MAX_WEIGHT), method="bounded")
    return float(found.x) if found.fun < loss(0.0) - MIN_GAIN else 0.0


def weigh(
    reading: Reading, lists: Sequence[ValidationList], titles: Sequence[str], progress: Progress = no_progress
) -> RerankWeight:
    """Read validation lists and find what the term adds to them.

    Lists without a relevant item say nothing and are left out. The gain is paired by list; each half of the lists is
    measured with the weight of the other half.
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


class Reranker:
    """Reads lists with a tuned model within the time of a request, and says what it adds to their scores."""

    def __init__(self, reading: Reading, weights: Mapping[str, float]) -> None:
        self.reading, self.weights = reading, weights
        self.reading("", [], WARM_UP)  # loads the model before any request waits for it
        start = time.perf_counter()
        self.reading("", WARM_UP[:1], WARM_UP)
        self.pace = (time.perf_counter() - start) / _characters("", WARM_UP[:1], WARM_UP)

    @staticmethod
    def load(folder: Path) -> "Reranker | None":
        """The model that `instructrec tune` left in a folder; None where it gains nothing for any kind of request.

        Raises ConfigError where there is none.
        """
        found = tuning_report(folder)["weighed"]
        weights = {kind: found[kind]["weight"] if found[kind]["earns"] else 0.0 for kind in KINDS}
        return Reranker(reading(folder), weights) if any(weights.values()) else None

    def read(
        self, instruction: str, history: Sequence[str], titles: Sequence[str], seconds: float
    ) -> tuple[np.ndarray | None, str]:
        """What is added to the scores of the first titles (best first), (read,) or None, and a note on what was left out.

        20 are read where the time allows, else 10, else none; the time is predicted from the characters to read and the
        pace of earlier readings.
        """
        weight = self.weights["instructed" if instruction else "uninstructed"]
        if not weight:
            return None, NO_GAIN
        if len(titles) < 2:
            return None, ""
        for many in dict.fromkeys((min(MOST, len(titles)), min(FEW_TITLES, len(titles)))):
            characters = _characters(instruction, history, titles[:many])
            if self.pace * characters <= seconds:
                start = time.perf_counter()
                found = self.reading(instruction, history, titles[:many])
                self.pace = 0.8 * self.pace + 0.2 * (time.perf_counter() - start) / characters
                fewer = many < min(MOST, len(titles))
                note = (
                    f"the language model read the first {many} items only: more would take over {seconds:g} s"
                )
                return score_terms(found, weight), note if fewer else ""
        return None, f"reranking skipped: it would take over {seconds:g} s; the order is the fast model's"


NO_GAIN = "reranking skipped: no significant gain on this dataset's validation lists"


def tuning_report(folder: Path) -> dict[str, Any]:
    """The report of the model that `instructrec tune` left in a folder; raises ConfigError where there is none."""
    if not (folder / ABOUT).exists():
        raise ConfigError(f"no language model is tuned in {folder.parent}; next: instructrec tune")
    return json.loads((folder / ABOUT).read_text(encoding="utf-8"))


def reading(folder: Path) -> TitleLikelihood:
    """How the tuned network of a folder reads, in whichever precision is faster here; raises MissingExtra
    without torch.
    """
    model = require("instructrec.language.model", "lm")
    alone: dict[str, float] = (
        json.loads((folder / ALONE).read_text(encoding="utf-8")) if (folder / ALONE).exists() else {}
    )
    return TitleLikelihood(model.TorchModel(str(folder / NETWORK), model.faster_precision()), alone)


def _characters(instruction: str, history: Sequence[str], titles: Sequence[str]) -> int:
    return len(matching(instruction, history)) + sum(map(len, titles))
