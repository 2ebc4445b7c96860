"""From trained networks to a model: what is counted, how it is counted, the gates, and all of it together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from instructrec.channels.attributes import TEMPERATURE, Attributes
from instructrec.channels.base import EXACT, Channel
from instructrec.channels.instruction import InstructionMatch, Profile
from instructrec.channels.neighbours import NeighbourConfig
from instructrec.channels.popularity import Popularity
from instructrec.channels.sequence import NextItem
from instructrec.data.histories import Histories
from instructrec.evaluation.cases import Case
from instructrec.evaluation.compare import accuracy
from instructrec.evaluation.evaluate import Allowed, rank_all
from instructrec.evaluation.instructed import followed
from instructrec.models.fast import CHANNELS, FastModel
from instructrec.models.fit import count_transitions, neighbours, together
from instructrec.models.gates import FEATURES, Gates
from instructrec.models.shortlist import Shortlist
from instructrec.models.tried import LISTED, Tried
from instructrec.tuning.gates import fit_gates
from instructrec.tuning.prepare import Corpus
from instructrec.types import Scorer

COUNTING = tuple(
    NeighbourConfig(decay=decay, backward=backward)
    for decay in (0.25, 0.5, 1.0)
    for backward in (0.0, 0.5, 1.0)
)
NORMS = (
    (0.7, 0.2),
    (0.5, 0.7),
)  # of a transition's row and column: for what many have, and for what few have
INSIST = (1.0, 1.5, 2.0, 3.0, 5.0)  # times the fitted weight of the attributes channel
PRICE = 0.9  # share of nDCG@10 that following a wish must leave
TRIED = 500  # lists kept of each kind of request
TEMPERATURES = (0.02, 0.03, 0.05, 0.1)
HALF_LIFE_GRID = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)

Setting = TypeVar("Setting")


@dataclass(frozen=True, slots=True)
class Counts:
    """How transitions and popularity are counted, and how sure the attributes channel is."""

    neighbours: NeighbourConfig = field(default_factory=NeighbourConfig)
    half_life: float = 0.1
    temperature: float = TEMPERATURE


def choose_counts(corpus: Corpus) -> Counts:
    """The ways of counting with the best NDCG@10 on validation, each channel alone."""
    if not corpus.plain:
        return Counts()
    items = len(corpus.items)

    def transitions(config: NeighbourConfig) -> Scorer:
        return neighbours(count_transitions(corpus.histories, items, config), config)

    def popularity(half_life: float) -> Scorer:
        return Popularity.fit(corpus.histories, items, half_life)

    return Counts(
        _best(COUNTING, transitions, corpus.plain, items),
        _best(HALF_LIFE_GRID, popularity, corpus.compared, items),
    )


def choose_temperature(corpus: Corpus) -> float:
    """How sure the attributes channel is of what is meant: the temperature with the best NDCG@10 on wishes in
    other words.
    """
    if not corpus.steered:
        return TEMPERATURE
    asked = [s.case for s in corpus.steered]
    made = {t: Attributes.fit(corpus.items, corpus.vectors, t) for t in TEMPERATURES}
    return max(TEMPERATURES, key=lambda t: accuracy(made[t], asked, len(corpus.items)))


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What validation chose, what the whole reached there, and some of the lists it made."""

    counts: Counts
    gates: Gates
    valid: dict[str, float]
    tried: tuple[Tried, ...]


def calibrate(
    corpus: Corpus, sequence: NextItem, match: InstructionMatch, counts: Counts, seed: int
) -> Calibrated:
    """Norms and gates fitted on validation requests, beside channels that know train only; and what the whole
    reaches there.

    Norms are compared in the sum and not alone: alone, the neighbours of what many have are best; beside the
    other channels, which know those already, the neighbours of what few have add more.
    """
    normed = [
        replace(counts, neighbours=replace(counts.neighbours, row=row, column=column))
        for row, column in NORMS
    ]
    items = len(corpus.items)
    channels = _channels(corpus, corpus.histories, sequence, match, counts)
    counted = count_transitions(corpus.histories, items, counts.neighbours)
    trials = [
        (made, _fitted(corpus, {**channels, "neighbours": neighbours(counted, made.neighbours)}, seed))
        for made in normed
    ]
    plain = [accuracy(trial, corpus.compared, items) if corpus.plain else 0.0 for _, trial in trials]
    chosen, trial = trials[int(np.argmax(plain))]
    trial = _insist(trial, corpus)
    valid = {"nDCG@10": max(plain)} if corpus.plain else {}
    if corpus.steered:
        valid["nDCG@10 steered"], valid["satisfied@10"] = followed(trial, corpus.steered, items)
    if corpus.instructed:
        valid["nDCG@10 instructed"] = accuracy(trial, corpus.instructed, items, allowed=corpus.allowed)
    if corpus.profiled:
        valid["nDCG@10 profiled"] = accuracy(trial, corpus.profiled, items)
    return Calibrated(chosen, trial.gates, valid, tuple(_tried(trial, corpus)))


def _tried(model: FastModel, corpus: Corpus) -> Iterator[Tried]:
    """The lists for a sample of the requests without words, and of those that name things."""
    for part, allowed in ((corpus.plain, None), (corpus.instructed, corpus.allowed)):
        yield from lists(model, part[:: -(-len(part) // TRIED) or 1], allowed)


def lists(model: FastModel, asked: Sequence[Case], allowed: Allowed | None = None) -> Iterator[Tried]:
    """The best items for some requests, with their scores."""
    ranked = rank_all(model, asked, len(model.items), depth=LISTED, allowed=allowed)[0] if asked else ()
    for case, row in zip(asked, ranked, strict=True):
        items, scores = row[row >= 0], model.score([case.context])[0]
        yield Tried(
            case.context.instruction.text,
            tuple(case.context.history.tolist()),
            tuple(items.tolist()),
            tuple(scores[items].tolist()),
            tuple(case.relevant.tolist()),
        )


def _fitted(corpus: Corpus, channels: Mapping[str, Channel], seed: int) -> FastModel:
    """The model on channels that know train only, its gates fitted."""
    asked = [*corpus.compared, *corpus.instructed, *corpus.titled, *corpus.profiled]
    gates = fit_gates(channels, asked, corpus.allowed, seed, steered=corpus.steered)
    return FastModel(tuple(item.id for item in corpus.items), channels, gates)


def _insist(model: FastModel, corpus: Corpus) -> FastModel:
    """The model with the weight of the attributes channel that follows wishes best and costs a tenth of
    nDCG@10 at most.

    A softmax over sampled items does not see where a list of ten ends; this does. Where conditions hold
    already what the words ask for, the weight stays as it was fitted.
    """
    if not corpus.steered:
        return model
    trials = [replace(model, gates=_times(model.gates, times)) for times in INSIST]
    reached = [followed(trial, corpus.steered, len(corpus.items)) for trial in trials]
    enough = PRICE * max(accuracy for accuracy, _ in reached)
    return max(
        zip(trials, reached, strict=True), key=lambda found: found[1][1] if found[1][0] >= enough else -1.0
    )[0]


def _times(gates: Gates, times: float) -> Gates:
    """The attributes channel weighs so many times more where there are words and no conditions."""
    weights, row = gates.weights.copy(), gates.channels.index("attributes")
    weights[row, FEATURES.index("instruction")] += np.log(times)
    weights[row, FEATURES.index("conditions")] -= np.log(times)
    return replace(gates, weights=weights)


def assemble(
    corpus: Corpus,
    sequence: NextItem,
    match: InstructionMatch,
    counts: Counts,
    gates: Gates,
    facts: Mapping[str, Any],
) -> FastModel:
    """The model to publish: everything counted on all that was known before the test."""
    channels = _channels(corpus, corpus.known, sequence, match, counts)
    shortlist = Shortlist.build(channels, len(corpus.items)) if len(corpus.items) > EXACT else None
    return FastModel(tuple(item.id for item in corpus.items), channels, gates, facts, shortlist=shortlist)


def _channels(
    corpus: Corpus, histories: Histories, sequence: NextItem, match: InstructionMatch, counts: Counts
) -> dict[str, Channel]:
    items, told = len(corpus.items), corpus.of_texts
    found: dict[str, Channel] = {
        "sequence": sequence,
        "instruction": match,
        "attributes": Attributes.fit(corpus.items, corpus.vectors, counts.temperature),
        "neighbours": neighbours(count_transitions(histories, items, counts.neighbours), counts.neighbours),
        "lexical": told["lexical"],
        "popularity": Popularity.fit(histories, items, counts.half_life),
        "content": told["content"],
        "wording": told["wording"],
        "together": together(histories, items),
        "profile": Profile(match),
    }
    assert list(found) == list(CHANNELS)
    return found


def _best(
    grid: Iterable[Setting], make: Callable[[Setting], Scorer], asked: Sequence[Case], items: int
) -> Setting:
    return max(grid, key=lambda setting: accuracy(make(setting), asked, items))
