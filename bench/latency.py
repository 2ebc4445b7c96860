"""How long one request takes as the catalog grows: a synthetic catalog and model of 10^4, 10^5 or more items,
one thread.

Above 200,000 items a shortlist is searched; linking the items takes minutes before the clock starts.

    python bench/latency.py [--items 10000 17000 100000] [--requests 200]

Each request has a history of twenty items and a new sentence, so the encoder runs every time. Half of the
sentences have conditions, which few items meet: only these are scored. The others rank the whole catalog.
Everything that is made once for a catalog (vocabulary, columns of attributes) is made before the clock
starts.
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

WARMING = 5  # requests that are not counted: they load the encoder and make what a catalog needs once
SHOWN = ("conditions p50", "conditions p99", "free p50", "free p99", "encoder p50")
NEIGHBOURS = 100  # cells a row of an item-to-item matrix
KINDS = (
    "Action",
    "Adventure",
    "Puzzle",
    "Racing",
    "Strategy",
    "Sports",
    "Simulation",
    "Music",
    "Platform",
    "Party",
)
WORDS = (
    "quiet",
    "long",
    "island",
    "city",
    "rivers",
    "farm",
    "space",
    "ancient",
    "cards",
    "train",
    "winter",
    "robots",
)


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
    sequence = {
        **network,
        "items": rng.normal(size=(size, 128)).astype(np.float32),
        "bias": np.zeros(size, np.float32),
    }
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
    gates = Gates(
        tuple(CHANNELS),
        np.zeros((len(CHANNELS), len(FEATURES)), np.float32),
        np.ones(len(CHANNELS), np.float32),
    )
    loaded = channels_from(tuple(CHANNELS), lambda name: channels[name].arrays())  # as from a checkpoint
    shortlist = Shortlist.build(loaded, size) if size > EXACT else None
    return FastModel(tuple(item.id for item in items), loaded, gates, shortlist=shortlist)


def dataset(items: list[Item]) -> Dataset:
    """The catalog without interactions."""
    rows = [{"item_id": i.id, "title": i.title, **i.attributes} for i in items]
    return Dataset.of([], pl.DataFrame(rows))


def measure(size: int, requests: int) -> dict[str, Any]:
    """Milliseconds of a request with conditions and of one without, and of the encoder alone."""
    rng = np.random.default_rng(0)
    items, encoder = catalog(size, rng), load_encoder()
    recommender = Recommender(model(items, rng), dataset(items), encoder)
    taken: dict[str, list[float]] = {"conditions": [], "free": [], "encoder": []}
    for n in range(WARMING + requests):
        kind, wish = KINDS[n % 10].lower(), f"game with {WORDS[(n * 7) % 12]} and w{n}"
        told = {
            "conditions": f"a {WORDS[n % 12]} {kind} {wish}, under {20 + n % 30} dollars",
            "free": f"a {WORDS[n % 12]} {wish}",
        }
        for kind, text in told.items():
            history = [
                str(i) for i in rng.integers(0, size, 20)
            ]  # a new one: what is known of the last is kept
            start = time.perf_counter()
            slate = recommender.recommend(text, history=history)
            taken[kind].append(1000 * (time.perf_counter() - start))
            assert len(slate) == 10, slate
            assert bool(slate.instruction.conditions) == (kind == "conditions"), slate.instruction
        start = time.perf_counter()
        encoder.encode([f"{told['free']}, again"])
        taken["encoder"].append(1000 * (time.perf_counter() - start))
    found = {kind: values[WARMING:] for kind, values in taken.items()}
    cuts = {
        f"{kind} p{cut} ms": float(np.quantile(v, cut / 100)) for kind, v in found.items() for cut in (50, 99)
    }
    return {"items": size, **cuts, "peak_mib": peak_mib()}


def markdown(result: dict[str, Any]) -> str:
    """The table as text."""
    machine = result["machine"]
    lines = [
        "# One request with a new sentence, warm, one thread",
        "",
        f"A synthetic catalog and random weights of the trained shapes. {machine['cpu']}, commit {machine['commit']}.",
        "",
        "| items | with conditions: p50, ms | p99, ms | without: p50, ms | p99, ms | of it the encoder | peak memory, MiB |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in result["rows"]:
        times = " | ".join(f"{row[f'{kind} ms']:.1f}" for kind in SHOWN)
        lines.append(f"| {row['items']:,} | {times} | {row['peak_mib']:,} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure each size, print a table and write it to bench/results."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
