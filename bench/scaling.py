"""What training costs as interactions grow: CPU seconds and memory at 10^5, 10^6 and 10^7, and the exponent
between them.

    python bench/scaling.py [--data FOLDER] [--largest 10000000]

ml-1m-seq, repeated with new users (or cut to its first users), is the input: the items stay the same.
Measured is one epoch over all interactions and all that is counted once; every size runs in a process of its
own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import polars as pl
from machine import ROOT, facts, peak_mib, publish
from ranking import without_ratings

from instructrec.data.split import split_last
from instructrec.encoders.registry import load_encoder
from instructrec.sources.read import read
from instructrec.tuning.loop import TrainConfig, train

SIZES = (100_000, 1_000_000, 10_000_000)


def measure(data: Path, size: int) -> dict[str, Any]:
    """One epoch and the counts on that many interactions."""
    found, _ = read(str(data / "ml-1m-seq"))
    acts = without_ratings(found).interactions.sort("user_id", "timestamp", maintain_order=True)
    copies = [acts.with_columns(user_id=pl.col("user_id") + f"-{n}") for n in range(-(-size // acts.height))]
    repeated = found.with_interactions(pl.concat(copies).head(size))
    del acts, copies
    split, _ = split_last(repeated)
    encoder = load_encoder()
    start = time.process_time()
    train(split, encoder, TrainConfig(epochs=1))
    return {"interactions": size, "cpu_seconds": time.process_time() - start, "peak_mib": peak_mib()}


def exponent(rows: list[dict[str, Any]], key: str) -> float:
    """The slope of the logarithm of a cost over the logarithm of the interactions, by least squares."""
    sizes, costs = (np.log([row[k] for row in rows]) for k in ("interactions", key))
    return float(np.polyfit(sizes, costs, 1)[0])


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine = result["machine"]
    lines = [
        "# What training costs as interactions grow",
        "",
        f"ml-1m-seq with new users, its items as they are; one epoch and all that is counted once. {machine['cpu']}, "
        f"{machine['threads']} thread, commit {machine['commit']}.",
        "",
        "| interactions | CPU s | peak memory, MiB |",
        "|---:|---:|---:|",
        *(
            f"| {row['interactions']:,} | {row['cpu_seconds']:,.0f} | {row['peak_mib']:,} |"
            for row in result["rows"]
        ),
        "",
        f"CPU seconds grow with interactions to the power of {result['exponent']:.2f}; part of them is of the items alone.",
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the costs and write them to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--largest", type=int, default=SIZES[-1])
    options.add_argument("--size", type=int, help="measure this one size and print it")
    given = options.parse_args()
    if given.size:
        print(json.dumps(measure(given.data, given.size)))
        return
    rows = []
    for size in (s for s in SIZES if s <= given.largest):
        command = [sys.executable, __file__, "--data", str(given.data), "--size", str(size)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(rows[-1], file=sys.stderr, flush=True)
    result = {"machine": facts(), "rows": rows, "exponent": exponent(rows, "cpu_seconds")}
    text = markdown(result)
    publish(ROOT / "bench/results", "scaling", result, text)
    print(text)


if __name__ == "__main__":
    main()
