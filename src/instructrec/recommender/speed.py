"""How fast a workspace's model answers on this machine: a warm process, a cold one, and a file of
requests.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.instructions.generate import evaluation_instruction
from instructrec.recommender.recommender import Recommender
from instructrec.types import Progress, no_progress

COLD = 5  # whole processes
FIRST = 5  # warm requests that are not counted: they load the encoder and make what a catalog needs once


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured; times are of the wall unless named otherwise."""

    items: int
    requests: int
    told_ms: dict[str, float]  # p50 and p99 of a request with a sentence it has not read before
    plain_ms: dict[str, float]  # of one without
    cpu_ms: float  # mean of both kinds
    cold_s: dict[str, float]  # p50 and worst of a whole process, imports included
    batch_per_second: (
        float  # requests of a file, half of them with a sentence, the start of the process included
    )
    memory_mib: float  # most that this process held

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def measure(
    folder: Path, data: Dataset, requests: int, *, seed: int = 0, progress: Progress = no_progress
) -> Speed:
    """Ask the current model of the workspace in `folder`, whose data is `data`, for users and items drawn at
    random.

    Raises NotTrained without a model, and ConfigError where nobody has done anything yet.
    """
    asked = _requests(data, requests + FIRST, seed)
    recommender = Recommender.load(folder)
    told, plain, cpu = _warm(recommender, asked, progress)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before other processes are begun
    return Speed(
        items=len(recommender.model.items),
        requests=requests,
        told_ms=_cuts(told),
        plain_ms=_cuts(plain),
        cpu_ms=cpu,
        cold_s=_cold(folder, asked[0], progress),
        batch_per_second=_batch(folder, asked, progress),
        memory_mib=memory,
    )


def _requests(data: Dataset, n: int, seed: int) -> list[tuple[str, str]]:
    """Users with a history, and a sentence each that an item of the catalog is described by."""
    rng = np.random.default_rng(seed)
    known, items = data.histories().users, data.catalog.records()
    if not known or not items:
        raise ConfigError("there are no interactions to measure with; next: instructrec read")
    users, targets = rng.integers(0, len(known), n).tolist(), rng.integers(0, len(items), n).tolist()
    return [
        (known[user], f"{evaluation_instruction(items[target], [], rng)}, number {k}")
        for k, (user, target) in enumerate(zip(users, targets, strict=True))
    ]


def _warm(
    recommender: Recommender, asked: Sequence[tuple[str, str]], progress: Progress
) -> tuple[list[float], list[float], float]:
    """Milliseconds of each request with its sentence and without, and the mean CPU time of both."""
    walls: list[float] = []
    started = 0.0
    for k, (user, sentence) in enumerate(asked):
        if k == FIRST:
            started = time.process_time()
        for words in (sentence, ""):
            start = time.perf_counter()
            recommender.recommend(words, user=user)
            walls.append(1000 * (time.perf_counter() - start))
        progress("warm", k + 1, len(asked))
    kept = walls[2 * FIRST :]
    return kept[::2], kept[1::2], 1000 * (time.process_time() - started) / len(kept)


def _cuts(values: Sequence[float]) -> dict[str, float]:
    return {"p50": float(np.median(values)), "p99": float(np.quantile(values, 0.99))}


def _cold(folder: Path, asked: tuple[str, str], progress: Progress) -> dict[str, float]:
    """Seconds of whole processes; the first, which may still build tables, is left out."""
    user, sentence = asked
    walls = []
    for k in range(COLD + 1):
        start = time.perf_counter()
        _command(folder, sentence, "--user", user)
        walls.append(time.perf_counter() - start)
        progress("cold", k + 1, COLD + 1)
    return {"p50": float(np.median(walls[1:])), "worst": max(walls[1:])}


def _batch(folder: Path, asked: Sequence[tuple[str, str]], progress: Progress) -> float:
    """Requests a second of one file of them."""
    with tempfile.TemporaryDirectory() as room:
        given, answers = Path(room) / "in.jsonl", Path(room) / "out.jsonl"
        rows = [
            {"request_id": str(k), "user": u, "instruction": s if k % 2 else ""}
            for k, (u, s) in enumerate(asked)
        ]
        given.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        start = time.perf_counter()
        _command(folder, "--requests", str(given), "--output", str(answers))
        progress("batch", 1, 1)
        return len(rows) / (time.perf_counter() - start)


def _command(folder: Path, *arguments: str) -> None:
    line = [sys.executable, "-m", "instructrec.cli.main", "recommend", "--workspace", str(folder), *arguments]
    subprocess.run(line, check=True, capture_output=True)
