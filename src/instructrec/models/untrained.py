"""The model before any training: every channel that can be counted, under gates that no data chose.

A catalog alone gives the words' channels; interactions add neighbours, EASE and popularity. Training adds the
sequence channel, and gates fitted on validation.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from instructrec import __version__
from instructrec.channels.base import EXACT, Channel, FitSettings, Material
from instructrec.channels.popularity import best_half_life, log_counts
from instructrec.channels.registry import fit_channels
from instructrec.data.features import encoder_text
from instructrec.data.histories import Histories
from instructrec.data.text import terms
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.encoders.registry import load_encoder
from instructrec.errors import MissingExtra, NotTrained
from instructrec.models import checkpoint
from instructrec.models.fast import UNTRAINED, FastModel
from instructrec.models.gates import FEATURES, Gates, equal_gates
from instructrec.models.shortlist import Shortlist
from instructrec.store.bulk import load
from instructrec.store.sqlite import SqliteStore
from instructrec.store.workspace import Workspace
from instructrec.types import Context, Item, Progress, no_progress

SAMPLE = 200  # items whose titles, and people whose histories, stand for requests when spreads are measured
# Spread of the logarithms of popularity from which it counts in full. Where hardly anything was liked twice
# it is smaller, and equal spread would make a few single interactions louder than the words.
ENOUGH = 0.5
# Beside words a history counts little, unless conditions already ensure what the words ask for.
BESIDE_WORDS = {"both": -1.5, "conditions": 0.7}
# What each channel counts beside the others, as logarithms by feature; popularity as in `models.gates`.
# BM25 grows with the words of a request and a cosine does not, so each of many words counts less there.
DEFAULT_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "instruction": {"always": -0.9},
    "attributes": {"always": -0.7, "conditions": -0.7},
    "lexical": {"always": 0.2, "words": -2.0},
    "popularity": {"history": 0.1, "instruction": -1.0, "conditions": 0.8},
    "neighbours": {"always": -1.0, **BESIDE_WORDS},
    "ease": BESIDE_WORDS,
    "content": {"always": -0.5, **BESIDE_WORDS},
    "tfidf": {"always": -1.5, **BESIDE_WORDS},
    "profile": {"always": -0.5},
}


def load_untrained(place: Workspace, progress: Progress = no_progress) -> FastModel:
    """The untrained model of what the workspace's store holds now, kept until the data or the defaults
    change.

    Raises NotTrained where nothing was read yet.
    """
    if not place.store_path.exists():
        raise NotTrained(f"no data and no model in {place.folder}; next: instructrec read FOLDER")
    if kept := checkpoint.kept_untrained(place):
        return kept
    store, folder = place.store, place.folder / UNTRAINED
    data = load(store)
    cache = store if store.writable else None
    model = untrained_model(data.catalog.records(), data.histories(), load_encoder(), cache, progress)
    model = replace(model, facts={**model.facts, "revision": store.revision})
    with suppress(OSError):  # a folder that cannot be written: the model is made again each time
        checkpoint.publish(model, folder)
        for old in checkpoint.versions(folder)[:-1]:
            shutil.rmtree(folder / old, ignore_errors=True)
    return model


def untrained_model(
    items: Sequence[Item],
    histories: Histories,
    encoder: Encoder,
    store: SqliteStore | None = None,
    progress: Progress = no_progress,
) -> FastModel:
    """Encode the catalog and count the interactions; `histories` holds item numbers, which are places in
    `items`.
    """
    vectors = encode_cached(encoder, [encoder_text(item) for item in items], store, progress)
    taste = histories.taste()
    material = Material(items, vectors, taste, FitSettings(half_life=best_half_life(taste, len(items))))
    progress("count", 0, 1)
    channels = fit_channels(material)
    facts = {"encoder": encoder.name, UNTRAINED: len(histories.items), "program": __version__}
    shortlist = _shortlist(channels, len(items))
    model = replace(default_model(material, channels), facts=facts, shortlist=shortlist)
    progress("count", 1, 1)
    return model


def default_model(material: Material, channels: Mapping[str, Channel]) -> FastModel:
    """A model of counted channels under the default gates; popularity counts as far as there is evidence for
    it.
    """
    items, taste = material.items, material.histories
    spreads = equal_gates(channels, list(_typical_requests(items, material.vectors, taste)))
    spread = float(log_counts(taste, len(items), material.settings.half_life).std())
    gates = _default_gates(spreads, min(1.0, spread / ENOUGH))
    return FastModel(tuple(item.id for item in items), channels, gates)


def _shortlist(channels: Mapping[str, Channel], items: int) -> Shortlist | None:
    """The shortlist of a large catalog; None where every item is scored, also for want of the extra."""
    with suppress(MissingExtra):
        return Shortlist.build(channels, items) if items > EXACT else None
    return None


def _typical_requests(items: Sequence[Item], vectors: np.ndarray, histories: Histories) -> Iterator[Context]:
    """Titles as words, and histories without words, evenly taken."""
    for number in range(0, len(items), -(-len(items) // SAMPLE) or 1):
        words = tuple(terms(items[number].title))
        yield Context(history=np.zeros(0, np.int64), vector=vectors[number], words=words)
    for user in range(0, len(histories), -(-len(histories) // SAMPLE) or 1):
        yield Context(history=histories.of(user).astype(np.int64))


def _default_gates(spreads: Gates, evidence: float) -> Gates:
    """Equal spread times the default weights, popularity also times the `evidence` for it, 0 to 1."""
    weights = np.zeros((len(spreads.channels), len(FEATURES)), np.float32)
    for row, name in enumerate(spreads.channels):
        for feature, weight in DEFAULT_WEIGHTS.get(name, {}).items():
            weights[row, FEATURES.index(feature)] = weight
    counts = np.where(np.array(spreads.channels) == "popularity", evidence, 1.0)
    return Gates(spreads.channels, weights, (spreads.scale * counts).astype(np.float32))
