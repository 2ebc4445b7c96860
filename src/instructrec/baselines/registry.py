"""The baselines by name, each with the settings that are tuned on validation.

Those that need implicit load it when they are fitted: the core installs without it, and such a row then names
the missing extra `compare`. `UntunedEncoder` is not listed: it has nothing to tune and needs item vectors.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from instructrec.baselines.linear import EASE
from instructrec.baselines.popular import PopularityBaseline, RecentPopularity
from instructrec.data.dataset import Dataset
from instructrec.errors import require
from instructrec.types import Scorer

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Baseline:
    """How to fit one row of the table, and the settings to choose from."""

    fit: Callable[..., Scorer]
    grid: Sequence[Settings] = ({},)


def grid(**options: Sequence[Any]) -> list[Settings]:
    """List every combination of some options.

    >>> grid(k=(1, 2), l2=(5,))
    [{'k': 1, 'l2': 5}, {'k': 2, 'l2': 5}]
    """
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


def _optional(module: str, name: str) -> Callable[..., Scorer]:
    """The `fit` of a baseline of the extra `compare`; raises MissingExtra when that is not installed."""

    def fit(train: Dataset, **settings: Any) -> Scorer:
        return getattr(require(f"instructrec.baselines.{module}", "compare"), name).fit(train, **settings)

    return fit


BASELINES: Mapping[str, Baseline] = {
    "popularity": Baseline(PopularityBaseline.fit),
    "recent popularity": Baseline(RecentPopularity.fit, grid(half_life=(0.01, 0.03, 0.1, 0.3))),
    "item neighbours": Baseline(_optional("neighbours", "ItemKNN"), grid(k=(20, 50, 100, 200))),
    "user neighbours": Baseline(_optional("neighbours", "UserKNN"), grid(k=(20, 50, 100, 200))),
    "RP3beta": Baseline(_optional("neighbours", "RP3beta"), grid(alpha=(0.6, 1.0), beta=(0.3, 0.6, 0.9))),
    "EASE": Baseline(EASE.fit, grid(l2=(50.0, 150.0, 500.0, 2000.0))),
    "ALS": Baseline(
        _optional("factors", "ALS"), grid(factors=(32, 64), regularization=(1.0, 10.0), alpha=(1.0, 10.0))
    ),
    "TF-IDF content": Baseline(_optional("content", "TfIdfContent"), grid(last=(10, 50, 200))),
    "BM25": Baseline(_optional("content", "BM25"), grid(last=(1, 3, 10))),
}
