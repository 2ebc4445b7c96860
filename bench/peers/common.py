"""What every peer does: read the exported split, keep time and budget, measure on validation, write lists and
report.

Imports no product code: a peer runs in an environment of its own.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

History = Sequence[int]
THREADS = (  # the last three are LensKit's
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("LK_NUM_PROCS", "LK_NUM_THREADS", "LK_NUM_BACKEND_THREADS"),
)


@dataclass(frozen=True)
class Export:
    """The split as numbers: acts in the order of time, one wanted item a user of valid and a row of test."""

    train: pd.DataFrame  # user, item, order
    valid: pd.DataFrame  # user, item
    test: pd.DataFrame  # row, user, item
    histories: list[list[int]]  # a row of test: what the user had before, oldest first
    facts: dict[str, Any]

    @staticmethod
    def read(folder: str) -> "Export":
        """Read the files that the bench wrote; the program starts anew if it has other numbers of threads
        than they say.
        """
        path = Path(folder)
        facts = json.loads((path / "facts.json").read_text())
        if any(
            os.environ.get(variable) != str(facts["threads"]) for variable in THREADS
        ):  # read when libraries are loaded
            os.environ |= dict.fromkeys(THREADS, str(facts["threads"]))
            os.execv(sys.executable, [sys.executable, *sys.argv])
        train, valid, test = (
            pd.read_parquet(path / f"{name}.parquet") for name in ("train", "valid", "test")
        )
        histories = pd.read_parquet(path / "histories.parquet").sort_values("row")["items"]
        train = train.sort_values(["user", "order"], kind="stable", ignore_index=True)
        told = [[] if items is None else [int(i) for i in items] for items in histories]
        return Export(train, valid, test.sort_values("row"), told, facts)

    @property
    def threads(self) -> int:
        """How many threads a peer may use."""
        return int(self.facts["threads"])

    @property
    def items(self) -> int:
        """How many items the catalog has."""
        return int(self.facts["items"])

    @cached_property
    def valid_histories(self) -> list[list[int]]:
        """What each user of valid had in train, oldest first."""
        known = self.train.groupby("user")["item"].agg(list).to_dict()
        return [known.get(user, []) for user in self.valid["user"].tolist()]

    @cached_property
    def popular(self) -> np.ndarray:
        """All items, those with the most acts first."""
        return np.argsort(-np.bincount(self.train["item"], minlength=self.items), kind="stable")


class Clock:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), cpu_seconds()

    def spent(self) -> tuple[float, float]:
        """CPU and wall seconds so far."""
        return cpu_seconds() - self.cpu, time.perf_counter() - self.wall


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children so far."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


@dataclass
class Trial:
    """One setting, fitted: its best validation score and what it had cost to get there."""

    settings: dict[str, Any]
    value: float = -1.0
    cpu: float = 0.0
    wall: float = 0.0
    epoch: int = 0
    converged: bool = True  # False: the budget ended it
    state: Any = None  # whatever ranks with it
    clock: Clock = field(default_factory=Clock)

    def seen(self, value: float, epoch: int, state: Callable[[], Any]) -> None:
        """Tell a validation score; the best one is kept, with its state and its cost."""
        cpu, wall = self.clock.spent()
        print(f"{self.settings} epoch {epoch}: {value:.4f}, {cpu:.0f} CPU s", flush=True)
        if value > self.value:
            self.value, self.epoch, self.cpu, self.wall, self.state = value, epoch, cpu, wall, state()


def search(
    grid: Sequence[dict[str, Any]], seconds: float, fit: Callable[[dict[str, Any], float], Trial]
) -> list[Trial]:
    """Fit the settings within a budget, one after the other, each with all the time that is left.

    So a setting that the budget ends is the last one: a part of each fit would say less of a peer than one
    that came further. A setting that would get less than a tenth of the budget is not tried.
    """
    began, trials = time.perf_counter(), []
    for settings in grid:
        left = seconds - (time.perf_counter() - began)
        if trials and left < seconds / 10:
            break
        trials.append(fit(settings, left))
    return trials


def best(scores: np.ndarray, histories: Sequence[History], depth: int) -> np.ndarray:
    """The best items of each row that the user did not have; (rows, depth). Changes the scores."""
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    top = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)


def filled(lists: np.ndarray, histories: Sequence[History], popular: np.ndarray) -> np.ndarray:
    """Put popular items the user did not have where a peer found none (-1)."""
    lists = lists.copy()
    for row in np.flatnonzero((lists < 0).any(axis=1)):
        kept = lists[row][lists[row] >= 0]
        out = {*kept.tolist(), *histories[row]}
        more = (i for i in popular.tolist() if i not in out)
        lists[row] = [*kept, *(next(more) for _ in range(lists.shape[1] - len(kept)))]
    return lists


def ndcg10(lists: np.ndarray, wanted: Sequence[int] | np.ndarray) -> float:
    """NDCG@10 of one wanted item a row."""
    hits = lists[:, :10] == np.asarray(wanted)[:, None]
    return float((hits / np.log2(np.arange(2, 12))).sum(axis=1).mean())


Rank = Callable[[Any, pd.Series, list[list[int]], int], np.ndarray]


def finish(name: str, version: str, export: Export, trials: list[Trial], rank: Rank, note: str) -> None:
    """Rank the test rows with the best trial and write lists and report.

    `rank(state, users, histories, depth)` gives lists, with -1 where it has no item to give.
    """
    searched = cpu_seconds()  # of the whole process: loading and preparing are in it
    chosen = max(trials, key=lambda trial: trial.value)
    clock, depth = Clock(), int(export.facts["depth"])
    lists = filled(
        rank(chosen.state, export.test["user"], export.histories, depth), export.histories, export.popular
    )
    seconds = clock.spent()[1]
    ended = sum(not trial.converged for trial in trials)
    report = {
        "peer": name,
        "version": version,
        "settings tried": [
            {**t.settings, "valid_ndcg10": round(t.value, 5), "epochs": t.epoch, "converged": t.converged}
            for t in trials
        ],
        "chosen": chosen.settings,
        "fit_cpu_seconds": chosen.cpu,
        "fit_wall_seconds": chosen.wall,
        "search_cpu_seconds": searched,
        "seconds_per_1000_requests": seconds / len(lists) * 1000,
        "valid_ndcg10": chosen.value,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "note": f"best of {len(trials)} settings{f', {ended} of them ended by the budget' if ended else ''}"
        f"{'' if chosen.converged else ' (the chosen one too)'}; {note}",
    }
    out = Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    rows = pd.DataFrame({"row": export.test["row"].to_numpy(np.int32), "items": list(lists.astype(np.int32))})
    rows.to_parquet(out / "lists.parquet")
    (out / "report.json").write_text(json.dumps(report, indent=1, default=str))
