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

COLD_RUNS = 5
WARM_UP = 5  # requests that are not counted: they load the encoder and build tables
ONE_REQUEST = (
    "import sys, instructrec as ir; ir.Recommender.load(sys.argv[1]).recommend(sys.argv[2], user=sys.argv[3])"
)
FILE_OF_REQUESTS = (
    "import sys; from pathlib import Path; from instructrec.app.requests import answer_file; import "
    "instructrec as ir; answer_file(ir.Recommender.load(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))"
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Measured times, by the wall clock unless named otherwise."""

    items: int
    requests: int
    instructed_ms: dict[str, float]  # p50 and p99 of a request with a sentence it has not read before
    uninstructed_ms: dict[str, float]  # of one without
    cpu_ms: float  # mean of both kinds
    cold_s: dict[str, float]  # p50 and worst of a whole process, imports included
    batch_per_second: float  # requests of a file, half with a sentence, the start of the process included
    memory_mib: float  # peak of this process

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def measure_speed(
    folder: Path, data: Dataset, requests: int, *, seed: int = 0, progress: Progress = no_progress
) -> Speed:
    """Send random users' requests to the current model of the workspace in `folder`, whose data is `data`.

    Raises NotTrained without a model, and ConfigError without interactions.
    """
    drawn = random_requests(data, requests + WARM_UP, seed)
    recommender = Recommender.load(folder)
    instructed, uninstructed, cpu = _warm(recommender, drawn, progress)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before other processes start
    return Speed(
        items=len(recommender.model.items),
        requests=requests,
        instructed_ms=_percentiles(instructed),
        uninstructed_ms=_percentiles(uninstructed),
        cpu_ms=cpu,
        cold_s=_cold(folder, drawn[0], progress),
        batch_per_second=_file_rate(folder, drawn, progress),
        memory_mib=memory,
    )


def random_requests(data: Dataset, n: int, seed: int) -> list[tuple[str, str]]:
    """Users with a history, and for each a sentence that describes an item of the catalog."""
    rng = np.random.default_rng(seed)
    users, items = data.histories().users, data.catalog.records()
    if not users or not items:
        raise ConfigError("there are no interactions to measure with; next: instructrec read")
    rows, targets = rng.integers(0, len(users), n).tolist(), rng.integers(0, len(items), n).tolist()
    return [
        (users[row], f"{evaluation_instruction(items[target], [], rng)}, number {k}")
        for k, (row, target) in enumerate(zip(rows, targets, strict=True))
    ]


def _warm(
    recommender: Recommender, requests: Sequence[tuple[str, str]], progress: Progress
) -> tuple[list[float], list[float], float]:
    """Milliseconds of each request with its sentence and without, and the mean CPU time of both."""
    times: list[float] = []
    started = 0.0
    for k, (user, sentence) in enumerate(requests):
        if k == WARM_UP:
            started = time.process_time()
        for words in (sentence, ""):
            start = time.perf_counter()
            recommender.recommend(words, user=user)
            times.append(1000 * (time.perf_counter() - start))
        progress("warm", k + 1, len(requests))
    kept = times[2 * WARM_UP :]
    return kept[::2], kept[1::2], 1000 * (time.process_time() - started) / len(kept)


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    return {"p50": float(np.median(values)), "p99": float(np.quantile(values, 0.99))}


def _cold(folder: Path, request: tuple[str, str], progress: Progress) -> dict[str, float]:
    """Seconds of whole processes; the first, which may still build tables, is left out."""
    user, sentence = request
    times = []
    for k in range(COLD_RUNS + 1):
        start = time.perf_counter()
        _process(ONE_REQUEST, str(folder), sentence, user)
        times.append(time.perf_counter() - start)
        progress("cold", k + 1, COLD_RUNS + 1)
    return {"p50": float(np.median(times[1:])), "worst": max(times[1:])}


def _file_rate(folder: Path, requests: Sequence[tuple[str, str]], progress: Progress) -> float:
    """Requests a second of one file of them."""
    with tempfile.TemporaryDirectory() as room:
        source, answers = Path(room) / "in.jsonl", Path(room) / "out.jsonl"
        rows = [
            {"request_id": str(k), "user": user, "instruction": sentence if k % 2 else ""}
            for k, (user, sentence) in enumerate(requests)
        ]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        start = time.perf_counter()
        _process(FILE_OF_REQUESTS, str(folder), str(source), str(answers))
        progress("batch", 1, 1)
        return len(rows) / (time.perf_counter() - start)


def _process(script: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True)
