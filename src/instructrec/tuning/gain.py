"""What training gained: the trained and the untrained model on the same validation requests, both knowing
train only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.channels.base import Channel, FitSettings, Material
from instructrec.channels.popularity import best_half_life
from instructrec.channels.registry import CHANNELS
from instructrec.evaluation.cases import Case
from instructrec.evaluation.compare import CUT, MAIN
from instructrec.evaluation.evaluate import Allowed, rank_all
from instructrec.evaluation.metrics import paired
from instructrec.evaluation.ranking import ranking_metrics
from instructrec.models.fast import FastModel
from instructrec.models.untrained import default_model
from instructrec.tuning.prepare import Corpus
from instructrec.types import Estimate

REQUESTS = 300  # of each kind, evenly taken: enough to tell a gain of a tenth, and a second or two of time
SAME = ("lexical", "content", "tfidf", "ease")  # counted alike in both models, from the same


@dataclass(frozen=True, slots=True)
class Gain:
    """NDCG@10 of both models on the same requests, and the difference with its paired 95 % interval."""

    trained: float
    untrained: float
    difference: Estimate


def measure_gain(corpus: Corpus, trained: FastModel) -> dict[str, Gain]:
    """The gain without an instruction, with one, and over all requests; empty where there are none.

    `trained` has channels that know train only. Its gates were fitted on validation requests, these among
    them, so its lead is a little too high.
    """
    kinds: dict[str, tuple[Sequence[Case], Allowed | None]] = {
        "uninstructed": (_evenly(corpus.uninstructed), None),
        "instructed": (_evenly(corpus.instructed), corpus.allowed),
    }
    kinds = {name: kind for name, kind in kinds.items() if kind[0]}
    if not kinds:
        return {}
    models = (trained, _untrained_twin(corpus, trained.channels))
    values = {
        name: [_ndcg_values(model, cases, allowed) for model in models]
        for name, (cases, allowed) in kinds.items()
    }
    users = {name: [case.user for case in cases] for name, (cases, _) in kinds.items()}
    overall = [np.concatenate(both) for both in zip(*values.values(), strict=True)]
    everyone = [user for names in users.values() for user in names]
    return {
        "overall": _gain(overall, everyone),
        **{name: _gain(both, users[name]) for name, both in values.items()},
    }


def _evenly(cases: Sequence[Case]) -> Sequence[Case]:
    return cases[:: -(-len(cases) // REQUESTS) or 1]


def _untrained_twin(corpus: Corpus, known: Mapping[str, Channel]) -> FastModel:
    """The untrained model of the same training part; what does not differ is taken over."""
    histories = corpus.histories
    settings = FitSettings(half_life=best_half_life(histories, len(corpus.items)))
    material = Material(corpus.items, corpus.vectors, histories, settings)
    channels = {
        name: known[name] if name in SAME else cls.fit(material)
        for name, cls in CHANNELS.items()
        if not cls.needs_training
    }
    return default_model(material, channels)


def _ndcg_values(model: FastModel, cases: Sequence[Case], allowed: Allowed | None) -> np.ndarray:
    ranked, _ = rank_all(model, cases, len(model.items), depth=CUT, allowed=allowed)
    return ranking_metrics(ranked, [case.relevant for case in cases], (CUT,))[MAIN]


def _gain(values: Sequence[np.ndarray], users: Sequence[str]) -> Gain:
    trained, untrained = values
    difference = paired(trained, untrained, np.array(users)).difference
    return Gain(float(trained.mean()), float(untrained.mean()), difference)
