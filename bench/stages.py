"""Measure read, clean and split on a generated file: wall and CPU seconds and peak memory, in a fresh
process.

python bench/stages.py --rows 10000000 --json
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from instructrec.data import clean, split
from instructrec.sources import read

_CHUNK = 1_000_000


def generate(path: Path, rows: int, seed: int) -> None:
    """Write a CSV of ratings with Zipf items, log-normal user activity, ten years of seconds and 0.1 %
    repeated rows.
    """
    rng = np.random.default_rng(seed)
    n_users, n_items = max(10, rows // 50), max(10, rows // 200)
    activity = np.cumsum(rng.lognormal(0, 1.5, n_users))
    popularity = np.cumsum(1 / np.arange(1, n_items + 1) ** 0.9)
    with path.open("wb") as file:
        for begin in range(0, rows, _CHUNK):
            n = min(_CHUNK, rows - begin)
            chunk = pl.DataFrame({
                "userId": np.searchsorted(activity, rng.random(n) * activity[-1]) + 1,
                "movieId": np.searchsorted(popularity, rng.random(n) * popularity[-1]) + 1,
                "rating": rng.choice([0.5, 1, 2, 2.5, 3, 3.5, 4, 4.5, 5], n),
                "timestamp": rng.integers(1_262_304_000, 1_577_836_800, n),
            })  # fmt: skip
            chunk = pl.concat([chunk[: n - n // 1000], chunk[: n // 1000]])
            chunk.write_csv(file, include_header=begin == 0)


def _peak() -> float:
    """Peak resident memory of this process so far, MiB; Linux keeps VmHWM, which can be reset."""
    status = Path("/proc/self/status")
    if status.exists():
        return (
            next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            / 1024
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _reset_peak() -> None:
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _measured(stages: dict[str, dict[str, float]], name: str, stage: Callable[[], Any]) -> Any:
    _reset_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    result = stage()
    stages[name] = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mib": _peak(),
    }
    return result


def run(path: str) -> dict[str, Any]:
    """Run the three stages on a file and measure each."""
    stages: dict[str, dict[str, float]] = {}

    data, report = _measured(stages, "read", lambda: read.read(path))
    data, cleaned = _measured(stages, "clean", lambda: clean.clean(data))
    parts, _ = _measured(stages, "split", lambda: split.split_by_time(data))
    total = {key: sum(s[key] for s in stages.values()) for key in ("wall_s", "cpu_s")}
    total["peak_mib"] = max(s["peak_mib"] for s in stages.values())
    rows = {
        "read": report.files[0].rows_read,
        "quarantined": cleaned.quarantine.height,
        "train": parts.train.interactions.height,
    }
    return {"rows": rows, "stages": {**stages, "total": total}}


def main() -> None:
    """Generate the file, run the stages in a fresh process and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interactions.csv"
        generate(path, options.rows, options.seed)
        child = subprocess.run(
            [sys.executable, __file__, "--run", str(path)], check=True, stdout=subprocess.PIPE, text=True
        )
        result = {**json.loads(child.stdout), "file_mib": path.stat().st_size / 2**20}
    if options.json:
        print(json.dumps(result, indent=1))
        return
    print(f"{options.rows:,} rows, {result['file_mib']:.0f} MiB: {result['rows']}")
    for name, cost in result["stages"].items():
        print(
            f"{name:8} {cost['wall_s']:7.2f} s wall {cost['cpu_s']:7.2f} s CPU {cost['peak_mib']:8.0f} MiB peak"
        )


if __name__ == "__main__":
    main()
