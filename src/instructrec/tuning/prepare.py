"""What training reads, made once: histories, item vectors, a pool of instructions and the validation requests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.data.dataset import Split
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text
from instructrec.data.histories import Histories
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.instructed import allowed_by, instruct
from instructrec.instructions.generate import generate
from instructrec.instructions.understand import Reader
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Context, Item, Progress, no_progress


@dataclass(frozen=True)
class Corpus:
    """Everything a training run needs, as arrays."""

    items: list[Item]
    vectors: np.ndarray  # items x dimension, unit rows
    histories: Histories  # training acts that are not negative
    known: Histories  # all acts of train and valid: what counts are refitted on before publishing
    asked: np.ndarray  # instructions x dimension
    wanted: np.ndarray  # instructions: item numbers
    plain: list[Case]  # validation requests without an instruction
    instructed: list[Case]  # the same with one
    facets: Facets
    digest: str

    def allowed(self, contexts: list[Context]) -> np.ndarray:
        """Items that pass each context's conditions; (contexts, items) bool."""
        return allowed_by(self.facets)(contexts)


def prepare(
    split: Split,
    encoder: Encoder,
    store: SqliteStore | None,
    *,
    each: int,
    limit: int,
    seed: int,
    progress: Progress = no_progress,
) -> Corpus:
    """Encode the catalog, generate and read the instructions, and list the validation requests (at most `limit`)."""
    items = split.train.catalog.records()
    vectors = encode_cached(encoder, [encoder_text(i) for i in items], store, progress)
    reader = Reader(Vocabulary.of(items), encoder, store)
    rng = np.random.default_rng(seed)
    pool = generate(items, each, rng)
    read = reader.contexts([g.text for g in pool], [np.zeros(0, np.int32)] * len(pool), progress)
    kept = [(c.vector, g.item) for c, g in zip(read, pool, strict=True) if c.vector is not None]
    train = split.train.histories()
    known = split.train.with_interactions(split.train.interactions.vstack(split.valid.interactions)).histories()
    plain = cases(split, "valid", limit, seed)
    return Corpus(
        items=items,
        vectors=vectors,
        histories=train.kept(train.signs >= 0),
        known=known,
        asked=np.stack([v for v, _ in kept]) if kept else np.zeros((0, encoder.dimension), np.float32),
        wanted=np.array([i for _, i in kept], np.int64),
        plain=plain,
        instructed=instruct(plain, items, reader, seed),
        facets=Facets(items),
        digest=_digest(train, items),
    )


def _digest(histories: Histories, items: Sequence[Item]) -> str:
    """A hash of the data a model was trained on: acts in order, item ids and texts."""
    summary = hashlib.blake2b(digest_size=8)
    for part in (histories.offsets, histories.items, histories.times, histories.signs):
        summary.update(np.ascontiguousarray(part).tobytes())
    for item in items:
        summary.update(f"{item.id}\0{encoder_text(item)}\0".encode())
    return summary.hexdigest()
