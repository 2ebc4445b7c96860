"""One scorer over many requests: the full catalog ranked, every request's values kept so that systems can be
paired.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from instructrec.channels.base import request_batches
from instructrec.errors import ConfigError
from instructrec.evaluation.cases import Case
from instructrec.evaluation.metrics import RESAMPLES, bootstrap, diversity, exposure, novelty
from instructrec.evaluation.ranking import rank_lists, ranking_metrics
from instructrec.types import Context, Estimate, Report, Scorer

CUTS = (5, 10, 20)

Allowed = Callable[[list[Context]], np.ndarray]


@dataclass(frozen=True, eq=False)
class Space:
    """What beyond-accuracy metrics are measured in: item vectors for diversity, train popularity for
    novelty.
    """

    vectors: np.ndarray  # items, dimensions; unit rows
    counts: np.ndarray  # items; positive interactions in training
    name: str = "item vectors"  # stated in the report: a diversity means nothing without its space

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.counts):
            raise ConfigError(
                f"{len(self.vectors)} vectors and {len(self.counts)} counts; give one of each per item"
            )


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The report of one scorer with the values it summarises."""

    report: Report
    values: Mapping[str, np.ndarray]  # metric -> one value per request
    users: np.ndarray  # the user of each request
    ranked: np.ndarray  # requests, max(k): item numbers, -1 where fewer could be shown


def evaluate_scorer(
    scorer: Scorer,
    cases: Sequence[Case],
    space: Space,
    *,
    k: Sequence[int] = CUTS,
    allowed: Allowed | None = None,
    name: str | None = None,
) -> Evaluation:
    """Rank the whole catalog for each request and measure the lists.

    Items seen before are left out, and those outside `allowed`: a function that gives a boolean (contexts,
    items) of the items that meet the hard conditions, the same for every row of a table. Ranking metrics, ILD
    and novelty are means over requests with an interval by users; coverage and Gini belong to all lists at
    once (see `metrics.exposure`). The seconds in the settings are those of `score` alone. Raises ConfigError
    without requests, or for scores of a wrong shape or not finite.
    """
    if not cases or not k:
        raise ConfigError(
            f"{len(cases)} requests and cuts {tuple(k)}: at least one of each is needed; see evaluation.cases"
        )
    ranked, seconds = rank_all(scorer, cases, len(space.counts), depth=max(k), allowed=allowed)
    values = _request_values(ranked, cases, space, k)
    users = np.array([case.user for case in cases])
    estimates = bootstrap(np.column_stack(list(values.values())), users)
    metrics = dict(zip(values, estimates, strict=True)) | _of_all_lists(ranked, users, len(space.counts), k)
    settings = {
        "requests": len(cases),
        "users": len(np.unique(users)),
        "items": len(space.counts),
        "k": list(k),
        "space": space.name,
        "resamples": RESAMPLES,
        "seconds_per_1000": 1000 * seconds / len(cases),
    }
    return Evaluation(
        Report(name=name or scorer.name, metrics=metrics, settings=settings), values, users, ranked
    )


def rank_all(
    scorer: Scorer, cases: Sequence[Case], items: int, *, depth: int, allowed: Allowed | None = None
) -> tuple[np.ndarray, float]:
    """List the best open items for every request, in batches; (requests, depth) and the seconds spent in
    scoring.
    """
    lists, seconds = [], 0.0
    for batch in request_batches(cases):
        contexts = [case.context for case in batch]
        start = perf_counter()
        scores = scorer.score(contexts)
        seconds += perf_counter() - start
        _check_scores(scores, (len(batch), items), scorer.name)
        lists.append(
            rank_lists(np.where(_unseen_mask(batch, contexts, items, allowed), scores, -np.inf), depth)
        )
    return np.concatenate(lists), seconds


def _unseen_mask(
    batch: Sequence[Case], contexts: list[Context], items: int, allowed: Allowed | None
) -> np.ndarray:
    free = np.ones((len(batch), items), bool) if allowed is None else allowed(contexts).copy()
    owner = np.repeat(np.arange(len(batch)), [len(case.seen) for case in batch])
    free[owner, np.concatenate([case.seen for case in batch])] = False
    return free


def _check_scores(scores: np.ndarray, shape: tuple[int, int], name: str) -> None:
    if scores.shape != shape:
        raise ConfigError(
            f"{name} gave scores of shape {scores.shape}; (contexts, items) is {shape}: score the whole "
            "catalog"
        )
    if not np.isfinite(scores).all():
        raise ConfigError(
            f"{name} gave scores that are not finite; give a low finite score to what should come last"
        )


def _request_values(
    ranked: np.ndarray, cases: Sequence[Case], space: Space, k: Sequence[int]
) -> dict[str, np.ndarray]:
    pieces = []
    for rows in request_batches(range(len(cases))):
        lists = ranked[list(rows)]
        beyond = {f"ILD@{cut}": diversity(lists[:, :cut], space.vectors) for cut in k}
        beyond |= {f"novelty@{cut}": novelty(lists[:, :cut], space.counts) for cut in k}
        pieces.append(ranking_metrics(lists, [cases[row].relevant for row in rows], k) | beyond)
    return {metric: np.concatenate([piece[metric] for piece in pieces]) for metric in pieces[0]}


def _of_all_lists(ranked: np.ndarray, users: np.ndarray, items: int, k: Sequence[int]) -> dict[str, Estimate]:
    found = {cut: exposure(ranked[:, :cut], users, items) for cut in k}
    return {
        f"{name}@{cut}": found[cut][place] for place, name in enumerate(("coverage", "gini")) for cut in k
    }
