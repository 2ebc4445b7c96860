"""What every peer does: read the exported split, keep to the budget, measure on validation, write its lists.

Imports nothing of this project: a peer runs in an environment of its own. Each `<library>_models.py` has a
class `Peer(export, model)` with `version`, `note`, `fit(settings, seconds)` and `rank(state, users,
histories, depth)`, which gives item numbers without those of the history, (rows, depth), and -1 where there
is none.
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
THREADS = (  # read by libraries when they are loaded; the last three are LensKit's
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("LK_NUM_PROCS", "LK_NUM_THREADS", "LK_NUM_BACKEND_THREADS"),
)
WORTH_TRYING = 0.1  # of the budget: with less left no other setting is tried


@dataclass(frozen=True)
class Export:
    """The split as numbers: interactions in the order of time, and one wanted item for each request."""

    train: pd.DataFrame  # user, item, order
    valid: pd.DataFrame  # user, item
    test: pd.DataFrame  # row, user, item
    histories: list[list[int]]  # of the rows of test: the user's items before, oldest first
    facts: dict[str, Any]

    @staticmethod
    def read(folder: str) -> "Export":
        """Read the files of the bench; the program starts anew if the environment has other thread counts."""
        path = Path(folder)
        facts = json.loads((path / "facts.json").read_text())
        wanted = str(facts["threads"])
        if any(os.environ.get(variable) != wanted for variable in THREADS):
            os.environ |= dict.fromkeys(THREADS, wanted)
            os.execv(sys.executable, [sys.executable, *sys.argv])
        train, valid, test = (
            pd.read_parquet(path / f"{part}.parquet") for part in ("train", "valid", "test")
        )
        lists = pd.read_parquet(path / "histories.parquet").sort_values("row")["items"]
        histories = [[] if items is None else [int(item) for item in items] for items in lists]
        train = train.sort_values(["user", "order"], kind="stable", ignore_index=True)
        return Export(train, valid, test.sort_values("row"), histories, facts)

    @property
    def threads(self) -> int:
        """How many threads a peer may use."""
        return int(self.facts["threads"])

    @property
    def items(self) -> int:
        """Size of the catalog."""
        return int(self.facts["items"])

    @cached_property
    def of_users(self) -> dict[int, list[int]]:
        """The items of each user of train, oldest first."""
        return self.train.groupby("user")["item"].agg(list).to_dict()

    @cached_property
    def valid_histories(self) -> list[list[int]]:
        """The items in train of each user of valid, oldest first."""
        return [self.of_users.get(user, []) for user in self.valid["user"].tolist()]

    @cached_property
    def popular(self) -> np.ndarray:
        """All items, those with the most interactions first."""
        return np.argsort(-np.bincount(self.train["item"], minlength=self.items), kind="stable")


class Clock:
    """CPU and wall seconds since it was made."""

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
    """One setting, fitted: its best validation score and the cost to reach it."""

    settings: dict[str, Any]
    value: float = -1.0
    cpu: float = 0.0
    wall: float = 0.0
    epoch: int = 0
    converged: bool = True  # False: the budget ended it
    state: Any = None  # whatever ranks with it
    clock: Clock = field(default_factory=Clock)

    def record(self, value: float, epoch: int, state: Callable[[], Any]) -> None:
        """Keep a validation score, with its state and its cost, if it is the best so far."""
        cpu, wall = self.clock.spent()
        print(f"{self.settings} epoch {epoch}: {value:.4f}, {cpu:.0f} CPU s", flush=True)
        if value > self.value:
            self.value, self.epoch, self.cpu, self.wall, self.state = value, epoch, cpu, wall, state()


def search(
    settings: Sequence[dict[str, Any]], seconds: float, fit: Callable[[dict[str, Any], float], Trial]
) -> list[Trial]:
    """Fit the settings one after the other, each with all the time that is left of the budget.

    So the budget ends at most the last one: a part of each fit would say less of a peer than one that came
    further.
    """
    start, trials = time.perf_counter(), []
    for each in settings:
        left = seconds - (time.perf_counter() - start)
        if trials and left < WORTH_TRYING * seconds:
            break
        trials.append(fit(each, left))
    return trials


def validated(peer: Any, export: Export, state: Any) -> float:
    """The nDCG@10 on validation."""
    lists = peer.rank(state, export.valid["user"].tolist(), export.valid_histories, 10)
    hits = lists[:, :10] == export.valid["item"].to_numpy()[:, None]
    return float((hits / np.log2(np.arange(2, 12))).sum(axis=1).mean())


def fitted_once(peer: Any, export: Export, settings: dict[str, Any], fit: Callable[[], Any]) -> Trial:
    """The trial of a model without epochs; validation is not in its cost."""
    trial = Trial(settings)
    model = fit()
    cost = trial.clock.spent()
    trial.record(validated(peer, export, model), 1, lambda: model)
    trial.cpu, trial.wall = cost
    return trial


def fitted_by_epochs(
    peer: Any, export: Export, trial: Trial, seconds: float, patience: int, model: Any
) -> Trial:
    """Train until validation has not improved for a while or the time is up; the best weights are kept.

    `model.epoch()` trains one epoch, and `model.network()` is the network, from the first epoch on.
    """

    def weights() -> dict[str, Any]:
        return {name: values.clone() for name, values in model.network().state_dict().items()}

    epoch = 0
    while epoch - trial.epoch < patience and trial.converged:
        epoch += 1
        model.epoch()
        trial.record(validated(peer, export, model), epoch, weights)
        trial.converged = trial.clock.spent()[1] < seconds
    model.network().load_state_dict(trial.state)
    trial.state = model
    return trial


def best(scores: np.ndarray, histories: Sequence[History], depth: int) -> np.ndarray:
    """The best items of each row that are not in its history; (rows, depth). Changes the scores."""
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    top = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)


def places(histories: Sequence[History]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column numbers of the items of histories, each item once a row."""
    pairs = [(row, item) for row, history in enumerate(histories) for item in dict.fromkeys(history)]
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    return rows, columns


def filled(lists: np.ndarray, histories: Sequence[History], popular: np.ndarray) -> np.ndarray:
    """Popular items that the user did not have where a peer found none (-1)."""
    lists = lists.copy()
    for row in np.flatnonzero((lists < 0).any(axis=1)):
        found = lists[row][lists[row] >= 0].tolist()
        closed = {*found, *histories[row]}
        more = (item for item in popular.tolist() if item not in closed)
        lists[row] = [*found, *(next(more) for _ in range(lists.shape[1] - len(found)))]
    return lists


def finish(peer: Any, row: str, export: Export, trials: list[Trial], out: Path) -> None:
    """Rank the test rows with the best trial, and write lists and report."""
    searched = cpu_seconds()  # of the whole process, with loading and preparing
    chosen = max(trials, key=lambda trial: trial.value)
    clock, users = Clock(), export.test["user"].tolist()
    lists = peer.rank(chosen.state, users, export.histories, int(export.facts["depth"]))
    lists = filled(lists, export.histories, export.popular)
    seconds = clock.spent()[1]
    tried = [
        {**t.settings, "valid_ndcg10": round(t.value, 5), "epochs": t.epoch, "converged": t.converged}
        for t in trials
    ]
    about = {
        "peer": row,
        "version": peer.version,
        "settings tried": tried,
        "chosen": chosen.settings,
        "fit_cpu_seconds": chosen.cpu,
        "fit_wall_seconds": chosen.wall,
        "search_cpu_seconds": searched,
        "seconds_per_1000_requests": seconds / len(lists) * 1000,
        "valid_ndcg10": chosen.value,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "note": f"{limits(trials, chosen)}; {peer.note}",
    }
    out.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(
        {"row": export.test["row"].to_numpy(np.int32), "items": list(lists.astype(np.int32))}
    )
    table.to_parquet(out / "lists.parquet")
    (out / "report.json").write_text(json.dumps(about, indent=1, default=str))


def limits(trials: Sequence[Trial], chosen: Trial) -> str:
    """How many settings were tried, and which of them the budget ended."""
    ended = sum(not trial.converged for trial in trials)
    if len(trials) == 1:
        return "one setting, ended by the budget" if ended else "one setting"
    note = f", {ended} of them ended by the budget" if ended else ""
    return f"best of {len(trials)} settings{note}{'' if chosen.converged else ' (the chosen one too)'}"
