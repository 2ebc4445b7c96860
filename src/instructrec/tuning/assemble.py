"""From trained networks to a model: settings and gates chosen on validation, then everything fitted once
more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeVar

import numpy as np

from instructrec.channels.attributes import Attributes
from instructrec.channels.base import EXACT, Channel, FitSettings, Material, NeighbourConfig
from instructrec.channels.counting import count_transitions
from instructrec.channels.neighbours import Neighbours
from instructrec.channels.popularity import HALF_LIVES, Popularity
from instructrec.channels.registry import fit_channels
from instructrec.data.histories import Histories
from instructrec.evaluation.cases import Case
from instructrec.evaluation.compare import ndcg_at_10
from instructrec.evaluation.evaluate import Allowed, rank_all
from instructrec.evaluation.instructed import wish_satisfaction
from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates
from instructrec.models.shortlist import Shortlist
from instructrec.models.validation_lists import LIST_LENGTH, ValidationList
from instructrec.tuning.gates import fit_gates
from instructrec.tuning.prepare import Corpus
from instructrec.types import Progress, Scorer, no_progress

COUNT_GRID = tuple(
    NeighbourConfig(decay=decay, backward=backward)
    for decay in (0.25, 0.5, 1.0)
    for backward in (0.0, 0.5, 1.0)
)
NORMS = ((0.7, 0.2), (0.5, 0.7))  # of a transition's row and column: for popular items, and for niche ones
BOOSTS = (1.0, 1.5, 2.0, 3.0, 5.0)  # times the fitted weight of the attributes channel
KEPT_NDCG = 0.9  # share of nDCG@10 that a boost must leave
LISTS_KEPT = 500  # of each kind of request
TEMPERATURES = (0.02, 0.03, 0.05, 0.1)

Setting = TypeVar("Setting")


def choose_settings(corpus: Corpus, progress: Progress = no_progress) -> FitSettings:
    """The fit settings with the best nDCG@10 on validation, each channel alone."""
    items, settings = len(corpus.items), FitSettings()

    def transitions(config: NeighbourConfig) -> Scorer:
        return Neighbours.of(count_transitions(corpus.histories, items, config), config)

    def popularity(half_life: float) -> Scorer:
        return Popularity.of(corpus.histories, items, half_life)

    def attributes(temperature: float) -> Scorer:
        return Attributes.of(corpus.items, corpus.vectors, temperature)

    steps = len(COUNT_GRID) + len(HALF_LIVES) + len(TEMPERATURES)
    if corpus.uninstructed:
        neighbours = _best_setting(COUNT_GRID, transitions, corpus.uninstructed, items, progress, 0, steps)
        half_life = _best_setting(
            HALF_LIVES, popularity, corpus.calibration, items, progress, len(COUNT_GRID), steps
        )
        settings = FitSettings(neighbours, half_life)
    if corpus.soft_wishes:
        wishes = [each.case for each in corpus.soft_wishes]
        first = len(COUNT_GRID) + len(HALF_LIVES)
        temperature = _best_setting(TEMPERATURES, attributes, wishes, items, progress, first, steps)
        settings = replace(settings, temperature=temperature)
    progress("choose settings", steps, steps)
    return settings


@dataclass(frozen=True, slots=True)
class Calibration:
    """What validation chose, the measures of the whole model there, and some of its lists."""

    settings: FitSettings
    model: FastModel  # over channels that know train only
    valid: dict[str, float]
    lists: tuple[ValidationList, ...]


def calibrate(
    corpus: Corpus,
    trained: Mapping[str, Channel],
    settings: FitSettings,
    seed: int,
    progress: Progress = no_progress,
) -> Calibration:
    """Fit norms and gates on validation requests, with channels that know train only, and measure the whole
    there.

    Norms are compared in the sum and not alone: alone, the neighbours of popular items are best; beside the
    other channels, which know those already, the neighbours of niche items add more.
    """
    items, trials, ticks = len(corpus.items), [], count(1)

    def tick() -> None:
        progress("fit gates", next(ticks), 3 * len(NORMS) + 3)

    channels = fit_channels(Material(corpus.items, corpus.vectors, corpus.histories, settings, trained))
    counts = count_transitions(corpus.histories, items, settings.neighbours)
    tick()
    for row, column in NORMS:
        tried = replace(settings, neighbours=replace(settings.neighbours, row=row, column=column))
        neighbours = Neighbours.of(counts, tried.neighbours)
        trials.append((tried, _with_fitted_gates(corpus, {**channels, "neighbours": neighbours}, seed, tick)))
    reached = [
        ndcg_at_10(model, corpus.calibration, items) if corpus.uninstructed else 0.0 for _, model in trials
    ]
    chosen, model = trials[int(np.argmax(reached))]
    model = boost_attributes(model, corpus)
    tick()
    valid = {"nDCG@10": max(reached)} if corpus.uninstructed else {}
    valid |= _validation(model, corpus)
    lists = tuple(_sample_lists(model, corpus))
    tick()
    return Calibration(chosen, model, valid, lists)


def _validation(model: FastModel, corpus: Corpus) -> dict[str, float]:
    """Measures on validation requests with an instruction, a wish or stated preferences."""
    items, found = len(corpus.items), {}
    if corpus.soft_wishes:
        ndcg, share = wish_satisfaction(model, corpus.soft_wishes, items)
        found |= {"nDCG@10 soft wishes": ndcg, "wish satisfaction@10": share}
    if corpus.instructed:
        found["nDCG@10 instructed"] = ndcg_at_10(model, corpus.instructed, items, allowed=corpus.allowed)
    if corpus.profiles:
        found["nDCG@10 saved preferences"] = ndcg_at_10(model, corpus.profiles, items)
    return found


def _sample_lists(model: FastModel, corpus: Corpus) -> Iterator[ValidationList]:
    """The lists for a sample of the requests without an instruction, and of those with one."""
    for requests, allowed in ((corpus.uninstructed, None), (corpus.instructed, corpus.allowed)):
        yield from list_requests(model, requests[:: -(-len(requests) // LISTS_KEPT) or 1], allowed)


def list_requests(
    model: FastModel, requests: Sequence[Case], allowed: Allowed | None = None
) -> Iterator[ValidationList]:
    """The best items for some requests, with their scores."""
    if not requests:
        return
    ranked = rank_all(model, requests, len(model.items), depth=LIST_LENGTH, allowed=allowed)[0]
    for case, row in zip(requests, ranked, strict=True):
        items, scores = row[row >= 0], model.score([case.context])[0]
        yield ValidationList(
            case.context.instruction.text,
            tuple(case.context.history.tolist()),
            tuple(items.tolist()),
            tuple(scores[items].tolist()),
            tuple(case.relevant.tolist()),
        )


def _with_fitted_gates(
    corpus: Corpus, channels: Mapping[str, Channel], seed: int, tick: Callable[[], None]
) -> FastModel:
    """The model over channels that know train only, its gates fitted."""
    requests = [*corpus.calibration, *corpus.instructed, *corpus.title_queries, *corpus.profiles]
    gates = fit_gates(channels, requests, corpus.allowed, seed, soft_wishes=corpus.soft_wishes, tick=tick)
    return FastModel(tuple(item.id for item in corpus.items), channels, gates)


def boost_attributes(model: FastModel, corpus: Corpus) -> FastModel:
    """The model with the weight of the attributes channel that satisfies wishes best at a tenth of nDCG@10 at
    most.

    A softmax over sampled items does not see where a list of ten ends; this does. Where conditions already
    ensure what the words ask for, the weight stays as fitted.
    """
    if not corpus.soft_wishes:
        return model
    trials = [replace(model, gates=_boosted(model.gates, times)) for times in BOOSTS]
    reached = [wish_satisfaction(trial, corpus.soft_wishes, len(corpus.items)) for trial in trials]
    enough = KEPT_NDCG * max(ndcg for ndcg, _ in reached)
    satisfied = [share if ndcg >= enough else -1.0 for ndcg, share in reached]
    return trials[int(np.argmax(satisfied))]


def _boosted(gates: Gates, times: float) -> Gates:
    """Gates that weigh the attributes channel so many times more where there are words and no conditions."""
    weights, row = gates.weights.copy(), gates.channels.index("attributes")
    weights[row, FEATURES.index("instruction")] += np.log(times)
    weights[row, FEATURES.index("conditions")] -= np.log(times)
    return replace(gates, weights=weights)


def assemble(
    corpus: Corpus, trained: Mapping[str, Channel], calibration: Calibration, facts: Mapping[str, Any]
) -> FastModel:
    """The model to publish: everything counted on all interactions before the test."""
    histories: Histories = corpus.known
    material = Material(corpus.items, corpus.vectors, histories, calibration.settings, trained)
    channels = fit_channels(material, calibration.model.channels)
    shortlist = Shortlist.build(channels, len(corpus.items)) if len(corpus.items) > EXACT else None
    return FastModel(calibration.model.items, channels, calibration.model.gates, facts, shortlist=shortlist)


def _best_setting(
    grid: Iterable[Setting],
    make: Callable[[Setting], Scorer],
    requests: Sequence[Case],
    items: int,
    progress: Progress,
    first: int,
    steps: int,
) -> Setting:
    """The setting with the best nDCG@10."""
    reached = []
    for number, setting in enumerate(grid):
        reached.append((ndcg_at_10(make(setting), requests, items), setting))
        progress("choose settings", first + number + 1, steps)
    return max(reached, key=lambda pair: pair[0])[1]
