"""Small worlds that can be checked in the head, shared by the tests: an encoder, a movie catalog, people, a
model.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import polars as pl

from instructrec.channels.base import Channel, Material, unit
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.registry import fit_channels
from instructrec.channels.sequence import NextItem
from instructrec.data.dataset import Dataset, Split
from instructrec.data.features import encoder_text
from instructrec.data.histories import Histories
from instructrec.data.split import split_by_time
from instructrec.data.text import terms
from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates
from instructrec.types import Interaction, Item

CATEGORIES = ("Comedy", "Horror", "Sci-Fi")
BRANDS = ("Lumen", "Orbit", "Pixel")
FIRST = ("Quiet", "Golden", "Broken", "Electric", "Distant", "Hidden")
SECOND = ("Harbour", "Garden", "Signal", "Mirror", "Winter")


ORDER = (
    "sequence",
    "instruction",
    "attributes",
    "neighbours",
    "content",
    "lexical",
    "popularity",
    "tfidf",
    "ease",
    "profile",
)


class HashEncoder:
    """A bag of hashed words: equal words, equal directions."""

    name = "hash-64"
    dimension = 64

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in terms(text):
                code = hashlib.blake2b(word.encode(), digest_size=2).digest()
                vectors[row, code[0] % self.dimension] += 1 if code[1] % 2 else -1
        return unit(vectors).astype(np.float32)


def movie_items() -> pl.DataFrame:
    """30 films: number n is of the year 1970 + n, costs 5 + n, and is of category n % 3; every fifth is a
    drama too.
    """
    return pl.DataFrame(
        {
            "item_id": [f"m{n:02d}" for n in range(30)],
            "title": [f"{FIRST[n % 6]} {SECOND[n // 6]}" for n in range(30)],
            "categories": [[CATEGORIES[n % 3], *(["Drama"] if n % 5 == 0 else [])] for n in range(30)],
            "brand": [BRANDS[n // 10] for n in range(30)],
            "year": [1970 + n for n in range(30)],
            "price": [5.0 + n for n in range(30)],
        }
    )


def movies() -> Dataset:
    """40 users with 12 acts each, at times of their own; even users watch even films, odd users odd ones."""
    rng = np.random.default_rng(0)
    acts = [
        Interaction(
            user=f"u{user:02d}",
            item=f"m{2 * place + user % 2:02d}",
            action="play",
            time=float(user + 50 * step),
        )
        for user in range(40)
        for step, place in enumerate(rng.permutation(15)[:12].tolist())
    ]
    return Dataset.of(acts, movie_items())


def movie_split() -> Split:
    """The movie world cut by time."""
    return split_by_time(movies())[0]


def histories(*people: Sequence[int], signs: Sequence[Sequence[int]] | None = None) -> Histories:
    """Flat arrays of people who acted on these items at the times 0, 1, 2 ..."""
    flat = [item for person in people for item in person]
    marks = [s for person in signs for s in person] if signs else [1] * len(flat)
    times = [float(step) for person in people for step in range(len(person))]
    return Histories(
        users=tuple(f"u{n}" for n in range(len(people))),
        offsets=np.concatenate([[0], np.cumsum([len(p) for p in people])]).astype(np.int64),
        items=np.array(flat, np.int32),
        times=np.array(times),
        signs=np.array(marks, np.int8),
    )


def sequence_weights(items: int, width: int = 8, length: int = 5, layers: int = 2) -> dict[str, np.ndarray]:
    """Random weights of the sequence channel, by their torch names."""
    rng = np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {
        "items": (items, width),
        "bias": (items,),
        "position": (length, width),
    }
    shapes |= {"norm.weight": (width,), "norm.bias": (width,)}
    for layer in range(layers):
        inner = {"norm1": (width,), "norm2": (width,), "qkv": (3 * width, width), "out": (width, width)}
        inner |= {"up": (4 * width, width), "down": (width, 4 * width)}
        shapes[f"blocks.{layer}.near"] = (2, length)
        for name, shape in inner.items():
            shapes |= {f"blocks.{layer}.{name}.weight": shape, f"blocks.{layer}.{name}.bias": shape[:1]}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def channels(records: Sequence[Item], acts: Histories) -> dict[str, Channel]:
    """One of every channel, over a catalog and its histories."""
    vectors = HashEncoder().encode([encoder_text(i) for i in records])
    match = InstructionMatch(vectors, np.eye(vectors.shape[1], dtype=np.float32))
    trained: dict[str, Channel] = {"sequence": NextItem(sequence_weights(len(records))), "instruction": match}
    fitted = fit_channels(Material(records, vectors, acts, trained=trained))
    return {name: fitted[name] for name in ORDER}  # the order in which the model's random gates are drawn


def movie_model() -> FastModel:
    """A fast model over the movie world with random gates."""
    data = movies()
    parts = channels(data.catalog.records(), data.histories())
    rng = np.random.default_rng(2)
    weights = rng.normal(scale=0.3, size=(len(parts), len(FEATURES))).astype(np.float32)
    gates = Gates(tuple(parts), weights, rng.uniform(0.5, 2, len(parts)).astype(np.float32))
    return FastModel(data.catalog.ids, parts, gates, {"encoder": HashEncoder.name})
