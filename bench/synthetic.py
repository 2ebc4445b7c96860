"""Made-up data to measure speed with: a file of ratings, and a catalog with random weights."""

from pathlib import Path

import numpy as np
import polars as pl

from instructrec.channels.attributes import Attributes
from instructrec.channels.base import EXACT, Channel, unit
from instructrec.channels.content import Content
from instructrec.channels.counting import index_terms
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.lexical import Lexical
from instructrec.channels.neighbours import EaseNeighbours, Neighbours, TfidfNeighbours
from instructrec.channels.popularity import Popularity
from instructrec.channels.registry import CHANNELS, load_channels
from instructrec.channels.sequence import NextItem
from instructrec.data.dataset import Dataset
from instructrec.data.sparse import SparseRows
from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates
from instructrec.models.shortlist import Shortlist
from instructrec.tuning.networks import SequenceNetwork
from instructrec.types import Item

CHUNK = 1_000_000  # rows written at a time
NEIGHBOURS = 100  # cells of a row of an item-to-item matrix
KINDS = (
    *("Action", "Adventure", "Puzzle", "Racing", "Strategy"),
    *("Sports", "Simulation", "Music", "Platform", "Party"),
)
WORDS = (
    *("quiet", "long", "island", "city", "rivers", "farm"),
    *("space", "ancient", "cards", "train", "winter", "robots"),
)


def ratings(path: Path, rows: int, seed: int = 0) -> None:
    """Write a CSV of ratings: Zipf items, log-normal activity, ten years of seconds, 0.1 % repeated rows."""
    rng = np.random.default_rng(seed)
    users, items = max(10, rows // 50), max(10, rows // 200)
    activity = np.cumsum(rng.lognormal(0, 1.5, users))
    popularity = np.cumsum(1 / np.arange(1, items + 1) ** 0.9)
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            n = min(CHUNK, rows - start)
            columns = {
                "userId": np.searchsorted(activity, rng.random(n) * activity[-1]) + 1,
                "movieId": np.searchsorted(popularity, rng.random(n) * popularity[-1]) + 1,
                "rating": rng.choice([0.5, 1, 2, 2.5, 3, 3.5, 4, 4.5, 5], n),
                "timestamp": rng.integers(1_262_304_000, 1_577_836_800, n),
            }
            chunk = pl.DataFrame(columns)
            repeated = pl.concat([chunk[: n - n // 1000], chunk[: n // 1000]])
            repeated.write_csv(file, include_header=start == 0)


def catalog(size: int, rng: np.random.Generator) -> list[Item]:
    """Items with a title, a category, a price and a year."""
    words = rng.integers(0, 60_000, (size, 3))
    return [
        Item(
            id=str(n),
            title=" ".join(f"w{word}" for word in words[n]),
            attributes={"categories": [KINDS[n % len(KINDS)]], "price": float(n % 60), "year": 1990 + n % 30},
        )
        for n in range(size)
    ]


def dataset(items: list[Item]) -> Dataset:
    """The catalog without interactions."""
    return Dataset.of([], pl.DataFrame([{"item_id": i.id, "title": i.title, **i.attributes} for i in items]))


def model(items: list[Item], rng: np.random.Generator) -> FastModel:
    """A model with random weights of the shapes that training gives."""
    size = len(items)
    vectors = _vectors(size, 512, rng)
    weights = SequenceNetwork(vectors[:1000], 128, 50, 2, 0.0).channel().weights
    own = {"items": rng.normal(size=(size, 128)).astype(np.float32), "bias": np.zeros(size, np.float32)}
    steps = _item_to_item(size, rng)
    channels: dict[str, Channel] = {
        "sequence": NextItem({**weights, **own}),
        "instruction": InstructionMatch.untrained(vectors),
        "attributes": Attributes.of(items, vectors),
        "neighbours": Neighbours(steps, 0.5, 50),
        "lexical": Lexical(index_terms([item.title for item in items])),
        "popularity": Popularity(rng.normal(size=size).astype(np.float32)),
        "content": Content(_vectors(size, 128, rng)),
        "tfidf": TfidfNeighbours(steps, 0.5, 50),
        "ease": EaseNeighbours(steps, 0.5, 50),
    }
    names = tuple(CHANNELS)
    weights_of_gates = np.zeros((len(names), len(FEATURES)), np.float32)
    gates = Gates(names, weights_of_gates, np.ones(len(names), np.float32))
    loaded = load_channels(names, lambda name: channels[name].arrays())  # as from a checkpoint
    shortlist = Shortlist.build(loaded, size) if size > EXACT else None
    return FastModel(tuple(item.id for item in items), loaded, gates, shortlist=shortlist)


def _vectors(rows: int, width: int, rng: np.random.Generator) -> np.ndarray:
    return unit(rng.normal(size=(rows, width)).astype(np.float32)).astype(np.float32)


def _item_to_item(size: int, rng: np.random.Generator) -> SparseRows:
    indices = rng.integers(0, size, size * NEIGHBOURS).astype(np.int32)
    weights = rng.random(size * NEIGHBOURS).astype(np.float32)
    return SparseRows(weights, indices, np.arange(size + 1, dtype=np.int64) * NEIGHBOURS, size)
