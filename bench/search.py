"""Settings of the sequence network, each trained alone for the same number of epochs and judged on
validation.

    python bench/search.py ml-1m-seq --epochs 12 --tries layers=4 width=256,dropout=0.3

The first row are the settings of `ranking.py`. Nothing of the test part is looked at. Rows are kept in
--work.
"""

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from machine import ROOT, WORK, facts, kept, publish, shown
from ranking import SETTINGS, SHARED, load

from instructrec.config import build, threads
from instructrec.encoders.registry import load_encoder
from instructrec.store.sqlite import SqliteStore
from instructrec.tuning.loop import TrainConfig, _Run
from instructrec.tuning.prepare import Corpus, prepare


def curve(corpus: Corpus, config: TrainConfig) -> dict[str, Any]:
    """nDCG@10 on validation after each epoch, and what an epoch took."""
    run, spent = _Run(corpus, config, corpus.histories), 0.0
    for epoch in range(config.epochs):
        start = time.process_time()
        run.epoch(epoch, shown, {"sequence"})
        spent += time.process_time() - start
        run.validate(epoch, {"sequence"})
    return {"reached": [line["valid_sequence"] for line in run.log], "cpu_seconds": spent / config.epochs}


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine, rows = result["machine"], result["rows"]
    lines = [
        f"# The sequence network on {result['set']}: settings on validation, {result['epochs']} epochs each",
        "",
        f"{result['requests']:,} requests, the sequence channel alone. {machine['cpu']}, {machine['threads']} threads, commit "
        f"{machine['commit']}.",
        "",
        "| settings | best nDCG@10 | in epoch | CPU s an epoch | nDCG@10 after each epoch |",
        "|---|---:|---:|---:|---|",
    ]
    for name, row in rows.items():
        best = max(row["reached"])
        each = " ".join(f"{value:.3f}" for value in row["reached"])
        lines.append(
            f"| {name} | {best:.4f} | {1 + row['reached'].index(best)} | {row['cpu_seconds']:.0f} | {each} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("set")
    options.add_argument(
        "--tries", nargs="*", default=[], help="settings that differ, as in width=256,dropout=0.3"
    )
    options.add_argument("--epochs", type=int, default=12)
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--work", type=Path, default=WORK)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    work = given.work.expanduser() / f"search-{given.set}-{given.epochs}"
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads())
    usual: dict[str, Any] = {**asdict(TrainConfig()), **SETTINGS.get(given.set, {}), "epochs": given.epochs}
    store = SqliteStore(given.work.expanduser() / "vectors.db")
    split = load(given.set, given.data, 1, work).split
    corpus = prepare(split, load_encoder(), store, each=1, limit=usual["valid_limit"], seed=0, progress=shown)
    rows = {}
    for told in ("", *given.tries):
        pairs = [pair.split("=", 1) for pair in told.split(",") if pair]
        config = build(TrainConfig, {**usual, **{name: json.loads(value) for name, value in pairs}})
        rows[told or "as it is"] = kept(
            work / f"{told or 'usual'}.json", lambda config=config: curve(corpus, config)
        )
    result = {
        "set": given.set,
        "epochs": given.epochs,
        "requests": len(corpus.plain),
        "machine": facts(),
        "rows": rows,
    }
    text = markdown(result)
    publish(given.out, f"search-{given.set}", result, text)
    print(text)


if __name__ == "__main__":
    main()
