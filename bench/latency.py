"""How long one request takes as the catalog grows: a synthetic catalog and model of 10^4, 10^5 or more items, one thread.

Above 200,000 items a shortlist is searched; linking the items takes minutes before the clock starts.

    python bench/latency.py [--items 10000 17000 100000] [--requests 200]

Each request has a history of twenty items and a new sentence with a condition, so the encoder runs every time. Everything that
is made once for a catalog (vocabulary, columns of attributes) is made before the clock starts.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import polars as pl
from machine import ROOT, facts, peak_mib, publish

from instructrec.channels.attributes import Attributes
from instructrec.channels.base import EXACT, Channel
from instructrec.channels.content import Content
from instructrec.channels.instruction import InstructionMatch, unit
from instructrec.channels.lexical import Lexical
from instructrec.channels.neighbours import Neighbours, Together, Wording
from instructrec.channels.popularity import Popularity
from instructrec.channels.sequence import NextItem
from instructrec.data.dataset import Dataset
from instructrec.data.sparse import SparseRows
from instructrec.encoders.registry import load_encoder
from instructrec.models.fast import CHANNELS, FastModel, channels_from
from instructrec.models.fit import index_terms
from instructrec.models.gates import FEATURES, Gates
from instructrec.models.shortlist import Shortlist
from instructrec.recommender.recommender import Recommender
from instructrec.tuning.networks import SequenceNetwork
from instructrec.types import Item

NEIGHBOURS = 100  # cells a row of an item-to-item matrix
KINDS = ("Action", "Adventure", "Puzzle", "Racing", "Strategy", "Sports", "Simulation", "Music", "Platform", "Party")
WORDS = ("quiet", "long", "island", "city", "rivers", "farm", "space", "ancient", "cards", "train", "winter", "robots")


def catalog(size: int, rng: np.random.Generator) -> list[Item]:
    """Items with a title, a category, a price and a year."""
    made = rng.integers(0, 60_000, (size, 3))
    return [
        Item(
            id=str(n),
            title=" ".join(f"w{word}" for word in made[n]),
            attributes={"categories": [KINDS[n % len(KINDS)]], "price": float(n % 60), "year": 1990 + n % 30},
        )
        for n in range(size)
    ]


def walk(size: int, rng: np.random.Generator) -> SparseRows:
    """A random item-to-item matrix."""
    indices = rng.integers(0, size, size * NEIGHBOURS).astype(np.int32)
    weights = rng.random(size * NEIGHBOURS).astype(np.float32)
    return SparseRows(weights, indices, np.arange(size + 1, dtype=np.int64) * NEIGHBOURS, size)


def model(items: list[Item], rng: np.random.Generator) -> FastModel:
    """A model with random weights of the shapes that training gives."""
    size = len(items)
    vectors = unit(rng.normal(size=(size, 512)).astype(np.float32)).astype(np.float32)
    network = SequenceNetwork(vectors[:1000], 128, 50, 2, 0.0).channel().weights
    sequence = {**network, "items": rng.normal(size=(size, 128)).astype(np.float32), "bias": np.zeros(size, np.float32)}
    steps = walk(size, rng)
    channels: dict[str, Channel] = {
        "sequence": NextItem(sequence),
        "instruction": InstructionMatch.fit(vectors),
        "attributes": Attributes.fit(items, vectors),
        "neighbours": Neighbours(steps, 0.5, 50),
        "lexical": Lexical(index_terms([item.title for item in items])),
        "popularity": Popularity(rng.normal(size=size).astype(np.float32)),
        "content": Content(unit(rng.normal(size=(size, 128)).astype(np.float32)).astype(np.float32)),
        "wording": Wording(steps, 0.5, 50),
        "together": Together(steps, 0.5, 50),
    }
    gates = Gates(tuple(CHANNELS), np.zeros((len(CHANNELS), len(FEATURES)), np.float32), np.ones(len(CHANNELS), np.float32))
    loaded = channels_from(tuple(CHANNELS), lambda name: channels[name].arrays())  # as from a checkpoint
    shortlist = Shortlist.build(loaded, size) if size > EXACT else None
    return FastModel(tuple(item.id for item in items), loaded, gates, shortlist=shortlist)


def dataset(items: list[Item]) -> Dataset:
    """The catalog without interactions."""
    rows = [{"item_id": i.id, "title": i.title, **i.attributes} for i in items]
    return Dataset.of([], pl.DataFrame(rows))


def measure(size: int, requests: int) -> dict[str, Any]:
    """Milliseconds of a request, and of the encoder alone."""
    rng = np.random.default_rng(0)
    items, encoder = catalog(size, rng), load_encoder()
    recommender = Recommender(model(items, rng), dataset(items), encoder)
    asked = [
        f"a {WORDS[n % 12]} {KINDS[n % 10].lower()} game with {WORDS[(n * 7) % 12]} and w{n}, under {20 + n % 30} dollars"
        for n in range(requests + 5)
    ]
    histories = [[str(i) for i in rng.integers(0, size, 20)] for _ in asked]
    taken, alone = [], []
    for n, (text, history) in enumerate(zip(asked, histories, strict=True)):
        start = time.perf_counter()
        slate = recommender.recommend(text, history=history)
        end = time.perf_counter()
        encoder.encode([text])
        if n >= 5:  # the first ones load the encoder and make what a catalog needs once
            taken.append(1000 * (end - start))
            alone.append(1000 * (time.perf_counter() - end))
        assert len(slate) == 10, slate
    return {
        "items": size, "p50 ms": float(np.median(taken)), "p99 ms": float(np.quantile(taken, 0.99)),
        "encoder p50 ms": float(np.median(alone)), "peak_mib": peak_mib(),
    }  # fmt: skip


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine = result["machine"]
    lines = [
        "# One request with a new sentence, warm, one thread",
        "",
        f"A synthetic catalog and random weights of the trained shapes. {machine['cpu']}, commit {machine['commit']}.",
        "",
        "| items | p50, ms | p99, ms | of it the encoder, ms | peak memory of the process, MiB |",
        "|---:|---:|---:|---:|---:|",
    ]
    for row in result["rows"]:
        times = " | ".join(f"{row[key]:.1f}" for key in ("p50 ms", "p99 ms", "encoder p50 ms"))
        lines.append(f"| {row['items']:,} | {times} | {row['peak_mib']:,} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure each size, print a table and write it to bench/results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, nargs="+", default=[10_000, 17_000, 100_000])
    options.add_argument("--requests", type=int, default=200)
    options.add_argument("--out", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    result = {"machine": facts(), "rows": [measure(size, given.requests) for size in given.items]}
    text = markdown(result)
    publish(given.out, "latency", result, text)
    print(text)


if __name__ == "__main__":
    main()
