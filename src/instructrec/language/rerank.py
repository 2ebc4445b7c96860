"""The language model as one more channel of the sum, over the first items of a list."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from instructrec.errors import ConfigError, require
from instructrec.evaluation.metrics import Paired, paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.language.listwise import MOST, Likely, Reading, matching
from instructrec.models.tried import LISTED, Tried
from instructrec.types import Progress, no_progress

NAME = "language_model"  # of the channel
# A tuned model's folder holds the network in 16 bits, its report, and the likelihood of each title alone.
NETWORK, ABOUT, ALONE = "network", "tuning.json", "alone.json"
SHORT = 10  # items read where the time is too short for more
WEIGHED = 200  # lists read to find a weight
HEAVIEST = 5.0
LEAST = 1e-4  # nats a list that a weight has to gain: less is nothing, and nothing need not be read
WARMING = [f"a title of middling length, number {n}" for n in range(SHORT)]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the channel is worth beside the model that made the lists: its weight, and nDCG@20 of them without
    and with it.
    """

    weight: float
    lists: int
    without: float
    reached: float
    gain: Paired | None

    @property
    def earns(self) -> bool:
        """Whether the whole interval of the gain lies above nothing."""
        return self.gain is not None and self.gain.difference.low > 0


def terms(values: np.ndarray, weight: float) -> np.ndarray:
    """What is added to the scores of the items that were read: nothing for the last of them, so that none
    falls behind others.

    >>> terms(np.array([-1.0, 1.0, 0.0]), 0.5).tolist()
    [0.0, 1.0, 0.5]
    """
    return weight * (values - values.min())


def weigh(
    scores: Sequence[np.ndarray], values: Sequence[np.ndarray], relevant: Sequence[np.ndarray]
) -> float:
    """The weight, 0 to 5, under which what was taken is most likely (the softmax of each list's sum); 0 where
    none gains.

    `scores` of the model and `values` of the channel, one a list, (items,); `relevant` the places of what was
    taken.
    """

    def loss(weight: float) -> float:
        lists = zip(scores, values, relevant, strict=True)
        return -float(np.mean([log_softmax(s + weight * v)[r].mean() for s, v, r in lists]))

    found = minimize_scalar(loss, bounds=(0, HEAVIEST), method="bounded")
    return float(found.x) if found.fun < loss(0.0) - LEAST else 0.0


def weighed(
    reading: Reading, tried: Sequence[Tried], titles: Sequence[str], progress: Progress = no_progress
) -> Weighed:
    """Read lists of validation, as many as need be, and find what the channel adds to them.

    A list in which nothing was taken tells nothing and is passed over. The gain is paired, by list; each half
    of the lists is measured with the weight of the other half, so that none is measured with what it was
    fitted on.
    """
    told = [each for each in tried if set(each.items) & set(each.relevant)][:: -(-len(tried) // WEIGHED) or 1]
    values = []
    for done, each in enumerate(told):
        values.append(reading(each.said, [titles[n] for n in each.history], [titles[n] for n in each.items]))
        progress("weigh", done + 1, len(told))
    if len(told) < 2:
        return Weighed(0.0, len(told), 0.0, 0.0, None)
    scores = [np.array(each.scores) for each in told]
    places = [np.flatnonzero(np.isin(each.items, each.relevant)) for each in told]
    halves = [weigh(scores[half::2], values[half::2], places[half::2]) for half in (1, 0)]
    after = [s + halves[n % 2] * v for n, (s, v) in enumerate(zip(scores, values, strict=True))]
    before, behind = (measured(found, places) for found in (scores, after))
    gain = paired(behind, before, np.arange(len(told)))
    return Weighed(weigh(scores, values, places), len(told), float(before.mean()), float(behind.mean()), gain)


def weighed_apart(
    reading: Reading, tried: Sequence[Tried], titles: Sequence[str], progress: Progress = no_progress
) -> dict[str, Weighed]:
    """The same for requests without words and for those with them, which have a weight of their own."""
    parts = {
        "plain": [each for each in tried if not each.said],
        "told": [each for each in tried if each.said],
    }
    return {kind: weighed(reading, lists, titles, progress) for kind, lists in parts.items()}


def measured(scores: Sequence[np.ndarray], places: Sequence[np.ndarray]) -> np.ndarray:
    """NDCG@20 of each list ordered by its scores; `places` of what was taken in it."""
    ranked = np.full((len(scores), LISTED), -1)
    for row, values in enumerate(scores):
        ranked[row, : len(values)] = np.argsort(-values, kind="stable")
    return ranking_metrics(ranked, places, (LISTED,))[f"nDCG@{LISTED}"]


class Reranker:
    """Reads lists with a tuned model in the time that a request has, and says what it adds to their
    scores.
    """

    def __init__(self, reading: Reading, weights: Mapping[str, float]) -> None:
        self.reading, self.weights = reading, weights
        self.reading("", [], WARMING)  # loads the model, which no request should wait for
        start = time.perf_counter()
        self.reading("", WARMING[:1], WARMING)
        self.pace = (time.perf_counter() - start) / _letters("", WARMING[:1], WARMING)

    @staticmethod
    def load(folder: Path) -> "Reranker":
        """The model that `instructrec tune` left in a folder; raises ConfigError where there is none."""
        found = known(folder)
        weights = {kind: found["weighed"][kind]["weight"] for kind in ("plain", "told")}
        return Reranker(reading(folder), weights)

    def read(
        self, said: str, history: Sequence[str], titles: Sequence[str], seconds: float
    ) -> tuple[np.ndarray | None, str]:
        """What is added to the scores of the first titles (best first), and a note on what was left out.

        20 are read where the time allows, else 10, else none: (read,) or None. The time is foretold from the
        letters to be read and the pace of the readings before.
        """
        weight = self.weights["told" if said else "plain"]
        if len(titles) < 2 or not weight:
            return (
                None,
                "" if weight else "the language model was not asked: it was measured to add nothing here",
            )
        for many in dict.fromkeys((min(MOST, len(titles)), min(SHORT, len(titles)))):
            letters = _letters(said, history, titles[:many])
            if self.pace * letters <= seconds:
                start = time.perf_counter()
                found = self.reading(said, history, titles[:many])
                self.pace = 0.8 * self.pace + 0.2 * (time.perf_counter() - start) / letters
                less = many < min(MOST, len(titles))
                note = f"the language model read the first {many}: more would take longer than {seconds:g} s"
                return terms(found, weight), note if less else ""
        return (
            None,
            f"the language model was not asked: it would take longer than {seconds:g} s; the order is the fast model's",
        )


def known(folder: Path) -> dict[str, Any]:
    """What is known of the model that `instructrec tune` left in a folder; raises ConfigError where there is
    none.
    """
    if not (folder / ABOUT).exists():
        raise ConfigError(f"no language model is tuned in {folder.parent}; next: instructrec tune")
    return json.loads((folder / ABOUT).read_text(encoding="utf-8"))


def reading(folder: Path) -> Likely:
    """How the tuned network of a folder reads, in whichever precision is faster here; raises MissingExtra
    without torch.
    """
    model = require("instructrec.language.model", "lm")
    alone: dict[str, float] = (
        json.loads((folder / ALONE).read_text(encoding="utf-8")) if (folder / ALONE).exists() else {}
    )
    return Likely(model.TorchModel(str(folder / NETWORK), model.faster_precision()), alone)


def _letters(said: str, history: Sequence[str], titles: Sequence[str]) -> int:
    return len(matching(said, history)) + sum(map(len, titles))
