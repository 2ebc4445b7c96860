"""How fast it is, each measurement in a fresh process of one thread.

    python bench/speed.py stages [--rows 1000000]     reading, cleaning and splitting a file
    python bench/speed.py scaling [--largest 10000000]  training as interactions grow, and the exponent
    python bench/speed.py latency [--items 10000 17000 100000]  one request as the catalog grows
    python bench/speed.py parsing                     reading a sentence, and a vocabulary

`instructrec bench` measures the model of a workspace.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import numpy as np
import polars as pl
import sections
import synthetic
from task import without_ratings

from instructrec.data import clean, split
from instructrec.data.dataset import Catalog
from instructrec.encoders.registry import load_encoder
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.recommender import Recommender
from instructrec.sources import read
from instructrec.tuning.loop import TrainConfig, train

SIZES = (100_000, 1_000_000, 10_000_000)  # interactions
WARMING = 5  # requests that are not counted: they load the encoder and make what a catalog needs once
SENTENCES = harness.ROOT / "tests/parsing/sentences"
REPEATED = (
    "not ",
    "(",
    "7",
    "between ",
    "not horror or ",
    "$5 ",
    "除了",
    "不",
    "“",
    "要么",
    "like Portal or ",
)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def fresh(name: str, **given: Any) -> dict[str, Any]:
    """Run one of MEASURES in a process of its own, so that no memory or table is another one's."""
    line = [sys.executable, __file__, "measure", name, json.dumps(given)]
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{name} {given}: {found}", file=sys.stderr, flush=True)
    return found


def measure_stages(rows: int) -> dict[str, Any]:
    """Wall and CPU seconds and peak memory of reading, cleaning and splitting so many interactions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interactions.csv"
        synthetic.ratings(path, rows)
        stages: dict[str, dict[str, float]] = {}
        data, _ = timed(stages, "read", lambda: read.read(str(path)))
        data, _ = timed(stages, "clean", lambda: clean.clean(data))
        timed(stages, "split", lambda: split.split_by_time(data))
        return {"rows": stages, "interactions": rows, "file_mib": path.stat().st_size / 2**20}


def timed(stages: dict[str, dict[str, float]], name: str, stage: Callable[[], Any]) -> Any:
    """Run a stage and note what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = stage()
    spent = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    stages[name] = spent | {"peak_mib": harness.peak_mib()}
    return result


def measure_scaling(data: str, interactions: int) -> dict[str, Any]:
    """One epoch, and everything that is counted once, on so many interactions over the items of ml-1m-seq."""
    found, _ = read.read(str(Path(data) / "ml-1m-seq"))
    rows = without_ratings(found).interactions.sort("user_id", "timestamp", maintain_order=True)
    copies = range(-(-interactions // rows.height))
    repeated = [rows.with_columns(user_id=pl.col("user_id") + f"-{n}") for n in copies]
    parts, _ = split.split_last(found.with_interactions(pl.concat(repeated).head(interactions)))
    encoder, start = load_encoder(), time.process_time()
    train(parts, encoder, TrainConfig(epochs=1))
    spent = time.process_time() - start
    return {"interactions": interactions, "cpu_seconds": spent, "peak_mib": harness.peak_mib()}


def exponent(rows: list[dict[str, Any]], key: str) -> float:
    """The slope of log cost over log interactions, by least squares."""
    sizes, costs = (np.log([row[name] for row in rows]) for name in ("interactions", key))
    return float(np.polyfit(sizes, costs, 1)[0])


def measure_latency(items: int, requests: int) -> dict[str, Any]:
    """Milliseconds of a request with conditions and of one without, and of the encoder alone.

    Each has a history of twenty items and a sentence that was not read before. Conditions leave few items,
    and only those are scored; without them the whole catalog is ranked, above 200,000 items a shortlist.
    """
    rng, encoder = np.random.default_rng(0), load_encoder()
    records = synthetic.catalog(items, rng)
    recommender = Recommender(synthetic.model(records, rng), synthetic.dataset(records), encoder)
    spent: dict[str, list[float]] = {"conditions": [], "free": [], "encoder": []}
    for n in range(WARMING + requests):
        word, other = synthetic.WORDS[n % 12], synthetic.WORDS[(n * 7) % 12]
        kind, price = synthetic.KINDS[n % 10].lower(), 20 + n % 30
        free = f"a {word} game with {other} and w{n}"
        sentences = {
            "conditions": f"a {word} {kind} game with {other} and w{n}, under {price} dollars",
            "free": free,
        }
        for name, sentence in sentences.items():
            history = [str(item) for item in rng.integers(0, items, 20)]
            start = time.perf_counter()
            slate = recommender.recommend(sentence, history=history)
            spent[name].append(1000 * (time.perf_counter() - start))
            assert len(slate) == 10, slate
            assert bool(slate.instruction.conditions) == (name == "conditions"), slate.instruction
        start = time.perf_counter()
        encoder.encode([f"{free}, again"])
        spent["encoder"].append(1000 * (time.perf_counter() - start))
    counted = {name: quantiles(values[WARMING:]) for name, values in spent.items()}
    return {"items": items, **counted, "peak_mib": harness.peak_mib()}


def quantiles(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile."""
    return {f"p{cut}": float(np.quantile(values, cut / 100)) for cut in (50, 99)}


def measure_parsing(data: str) -> dict[str, Any]:
    """Milliseconds of the exam's sentences against steam, and how time grows with a text's length."""
    start = time.process_time()
    vocabulary = Vocabulary.of(Catalog(pl.read_parquet(Path(data) / "steam/items.parquet")).records())
    built = time.process_time() - start
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(SENTENCES.glob("*.toml"))]
    texts = [sentence["text"] for file in files for sentence in file["sentence"]]
    parse(texts[0], vocabulary)  # the first misspelled word makes the index of titles
    growth = {piece.strip(): growth_of(piece, vocabulary) for piece in REPEATED}
    worst = max(growth, key=growth.__getitem__)
    return {
        "sentences": len(texts),
        "ms": quantiles([1000 * best_of(lambda text=text: parse(text, vocabulary), 1) for text in texts]),
        "vocabulary_cpu_s": built,
        "worst growth": {"of": worst, "ratio": growth[worst]},
    }


def growth_of(piece: str, vocabulary: Vocabulary) -> float:
    """How many times longer 4,000 characters of a repeated piece take than 1,000; 4 is linear."""
    short, long = (
        best_of(lambda size=size: parse((piece * 4000)[:size], vocabulary), 3) for size in (1000, 4000)
    )
    return long / max(short, 0.001)


def best_of(work: Callable[[], Any], runs: int) -> float:
    """CPU seconds of the fastest of some runs."""
    spent = []
    for _ in range(runs):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    "stages": measure_stages,
    "scaling": measure_scaling,
    "latency": measure_latency,
    "parsing": measure_parsing,
}


def stages(given: argparse.Namespace) -> None:
    """Reading, cleaning and splitting a made-up file of ratings."""
    found = fresh("stages", rows=given.rows)
    show(given, f"stages of {given.rows:,} interactions", found)


def scaling(given: argparse.Namespace) -> None:
    """Training as interactions grow."""
    sizes = [size for size in SIZES if size <= given.largest] or [given.largest]
    rows = [fresh("scaling", data=str(given.data), interactions=size) for size in sizes]
    growth = {"exponent": exponent(rows, "cpu_seconds")} if len(rows) > 1 else {}
    show(given, "scaling", {"rows": {f"{row['interactions']:,}": row for row in rows}, **growth})


def latency(given: argparse.Namespace) -> None:
    """One request as the catalog grows."""
    rows = {f"{size:,}": fresh("latency", items=size, requests=given.requests) for size in given.items}
    show(given, "latency", {"rows": rows, "requests": given.requests})


def parsing(given: argparse.Namespace) -> None:
    """Reading sentences, and a vocabulary, of a catalog of 32,000 games."""
    show(given, "parsing", fresh("parsing", data=str(given.data)))


def show(given: argparse.Namespace, part: str, found: dict[str, Any]) -> None:
    """Write a part of bench/results/speed.json and print its table."""
    print(sections.speed(harness.publish(given.out, "speed", part, found, threads=1)))


def main() -> None:
    """Measure, print a table and write it to bench/results."""
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(MEASURES[sys.argv[2]](**json.loads(sys.argv[3]))))
        return
    options, parts = harness.subcommands(__doc__)
    harness.subcommand(parts, "stages", stages).add_argument("--rows", type=int, default=1_000_000)
    harness.subcommand(parts, "scaling", scaling).add_argument("--largest", type=int, default=SIZES[-1])
    requests = harness.subcommand(parts, "latency", latency)
    requests.add_argument("--items", type=int, nargs="+", default=[10_000, 17_000, 100_000])
    requests.add_argument("--requests", type=int, default=200)
    harness.subcommand(parts, "parsing", parsing)
    given = options.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
