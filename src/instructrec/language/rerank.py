"""The language model as one more term of the sum, over the first items of a list."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instructrec.errors import ConfigError, require
from instructrec.language.listwise import MOST, Reading, TitleLikelihood, matching

NAME = "language_model"  # of the term
# A tuned model's folder holds the network in 16 bits, its report, and the likelihood of each title alone.
NETWORK, ABOUT, ALONE = "network", "tuning.json", "alone.json"
KINDS = ("uninstructed", "instructed")  # requests with weights of their own
FEW_TITLES = 10  # read where there is no time for more
WARM_UP = [f"a title of average length, number {n}" for n in range(FEW_TITLES)]


def score_terms(values: np.ndarray, weight: float) -> np.ndarray:
    """What is added to the scores of the items that were read: nothing for the last one, so that none falls
    behind others.

    >>> score_terms(np.array([-1.0, 1.0, 0.0]), 0.5).tolist()
    [0.0, 1.0, 0.5]
    """
    return weight * (values - values.min())


class Reranker:
    """Reads lists with a tuned model within the time of a request, and returns what it adds to their
    scores.
    """

    def __init__(self, reading: Reading, weights: Mapping[str, float]) -> None:
        self.reading, self.weights = reading, weights
        self.reading("", [], WARM_UP)  # loads the model before any request waits for it
        start = time.perf_counter()
        self.reading("", WARM_UP[:1], WARM_UP)
        self.pace = (time.perf_counter() - start) / _characters("", WARM_UP[:1], WARM_UP)

    @staticmethod
    def load(folder: Path) -> "Reranker | None":
        """The model that `instructrec tune` left in a folder; None where it gains nothing for any kind of
        request.

        Raises ConfigError where there is none.
        """
        found = tuning_report(folder)["weighed"]
        weights = {kind: found[kind]["weight"] if found[kind]["earns"] else 0.0 for kind in KINDS}
        return Reranker(reading(folder), weights) if any(weights.values()) else None

    def read(
        self, instruction: str, history: Sequence[str], titles: Sequence[str], seconds: float
    ) -> tuple[np.ndarray | None, str]:
        """What is added to the scores of the first titles (best first), (read,) or None, and a note on what
        was left out.

        20 are read where the time allows, else 10, else none; the time is predicted from the characters to
        read and the pace of earlier readings.
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
    """The report of the model that `instructrec tune` left in a folder; raises ConfigError where there is
    none.
    """
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
