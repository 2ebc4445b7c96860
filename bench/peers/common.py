"""What every peer does: read the exported split, keep the time, measure on validation, write the lists; no product code."""

import json
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


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
        """Read the files that the bench wrote."""
        path = Path(folder)
        frames = [pd.read_parquet(path / f"{name}.parquet") for name in ("train", "valid", "test")]
        histories = pd.read_parquet(path / "histories.parquet").sort_values("row")["items"]
        return Export(*frames, [list(h) for h in histories], json.loads((path / "facts.json").read_text()))

    @property
    def user_histories(self) -> dict[int, list[int]]:
        """The items of each user in train, oldest first."""
        return self.train.sort_values("order").groupby("user")["item"].apply(list).to_dict()


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children so far."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def best(scores: np.ndarray, histories: list[list[int]], depth: int) -> np.ndarray:
    """The best items of each row that the user did not have; (rows, depth)."""
    open_ = scores.copy()
    for row, history in enumerate(histories):
        open_[row, history] = -np.inf
    top = np.argpartition(-open_, depth, axis=1)[:, :depth]
    order = np.argsort(-np.take_along_axis(open_, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)


def ndcg10(lists: np.ndarray, wanted: np.ndarray) -> float:
    """nDCG@10 of one wanted item a row."""
    hits = lists[:, :10] == np.asarray(wanted)[:, None]
    return float((hits / np.log2(np.arange(2, 12))).sum(axis=1).mean())


def write(folder: str, lists: np.ndarray, report: dict[str, Any]) -> None:
    """Write what the bench reads back."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    rows = [[int(i) for i in row] for row in lists]
    pd.DataFrame({"row": np.arange(len(rows), dtype=np.int32), "items": rows}).to_parquet(out / "lists.parquet")
    report["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (out / "report.json").write_text(json.dumps(report, indent=1))


class Clock:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), cpu_seconds()

    def spent(self) -> tuple[float, float]:
        """CPU and wall seconds so far."""
        return cpu_seconds() - self.cpu, time.perf_counter() - self.wall
