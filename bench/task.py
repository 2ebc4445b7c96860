"""The data sets of the bench: how each is split, what the model's settings are there, and its requests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from instructrec.data.dataset import Dataset, Split
from instructrec.data.split import split_by_time, split_last
from instructrec.evaluation.cases import LONGEST, Case, cases
from instructrec.resources.known import get
from instructrec.sources.read import read
from instructrec.tuning.loop import TrainConfig

# Their times only order the interactions of one user, so the last one of each user is left out.
LEAVE_ONE_OUT = ("amazon-games", "ml-1m-seq", "amazon-office", "amazon-industrial")
WITHOUT_RATINGS = ("ml-1m-seq",)  # published tables of this set take every rating for a positive interaction
# Histories of ml-1m-seq are ten times as long as those of the other sets: see decisions 17, 23 and 25.
SETTINGS: dict[str, dict[str, Any]] = {
    "ml-1m-seq": {
        "length": 200,
        "layers": 4,
        "batch": 8,
        "negatives": 4000,
        "dropout": 0.25,
        "masked": 0.1,
        "epochs": 30,
        "patience": 3,
    }
}
VALIDATED = 2_000  # requests on which a baseline chooses its settings


@dataclass(frozen=True)
class Task:
    """A split with its requests, and the folder of its finished rows."""

    name: str
    split: Split
    test: list[Case]
    valid: list[Case]
    work: Path

    @property
    def items(self) -> int:
        """Size of the catalog."""
        return len(self.split.train.catalog)

    @property
    def titles(self) -> list[str]:
        """The titles of the catalog."""
        return [item.title for item in self.split.train.items()]


def load(name: str, data: Path, limit: int | None, work: Path) -> Task:
    """Read and split one set, and list its requests; all of them without a `limit`."""
    work.mkdir(parents=True, exist_ok=True)
    split = split_of(name, data)
    return Task(name, split, cases(split, "test", limit), cases(split, "valid", VALIDATED), work)


def split_of(name: str, data: Path) -> Split:
    """The split of one set; a set that is not in the folder is fetched where its licence allows that."""
    everything, _ = read(str(data / name if (data / name).exists() else get(name)))
    if name in WITHOUT_RATINGS:
        everything = without_ratings(everything)
    return (split_last if name in LEAVE_ONE_OUT else split_by_time)(everything)[0]


def without_ratings(data: Dataset) -> Dataset:
    """The same interactions without their values, so that none of them is negative."""
    return data.with_interactions(data.interactions.with_columns(value=pl.lit(None, dtype=pl.Float64)))


def protocol(name: str) -> dict[str, Any]:
    """What a reader of the table has to know: split, ratings, and how much of a history is read."""
    return {
        "split": "last interaction of each user" if name in LEAVE_ONE_OUT else "global time",
        "ratings": "ignored" if name in WITHOUT_RATINGS else "used where there are any",
        "history": LONGEST,
        "sequence length": SETTINGS.get(name, {}).get("length", TrainConfig().length),
    }
