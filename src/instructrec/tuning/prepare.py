"""What training reads, made once: histories, item vectors, a pool of instructions and the validation
requests.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instructrec.channels.base import last_items
from instructrec.data.dataset import Split
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text
from instructrec.data.histories import Histories
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.instructed import (
    NOBODY,
    SoftWishCase,
    allowed_by,
    instructed_cases,
    profile_cases,
    soft_wish_cases,
    title_query_cases,
)
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.generate import Generated, corpus
from instructrec.instructions.template import LANGUAGES, words
from instructrec.instructions.understand import Reader
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Context, Item, Progress, TaskForm, no_progress

MAX_INSTRUCTIONS = 30_000  # that a run learns from
OBJECTIVES = ("search", "personalised_search", "pointwise", "pairwise", "turned_around")
# Requests on which gates are fitted and ways of counting compared: of 5,000, two that differ by two per cent
# change places.
CALIBRATION = 20_000
LENGTH = 20  # interactions of history beside an instruction


@dataclass(frozen=True)
class InstructionExamples:
    """Generated instructions as arrays; one row each."""

    vectors: np.ndarray  # rows x dimension: the encoded words
    items: np.ndarray  # rows: the target, or the item of a question
    hard_negatives: np.ndarray  # rows: an item one flipped condition away, or the worse of two; -1 where none
    histories: np.ndarray  # rows x LENGTH: item numbers, right-aligned, -1 where empty
    objective: np.ndarray  # rows: place in OBJECTIVES
    labels: np.ndarray  # rows: False where the answer to a question is no

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class Corpus:
    """Everything a training run reads, as arrays and lists of validation requests."""

    items: list[Item]
    vectors: np.ndarray  # items x dimension, unit rows
    histories: Histories  # of train, negative interactions left out
    known: Histories  # of train and valid: what is counted before publishing
    examples: InstructionExamples
    uninstructed: list[Case]  # validation requests without an instruction
    calibration: list[Case]  # these and more of them: what gates are fitted on
    instructed: list[Case]  # the uninstructed ones with an instruction that names attributes
    title_queries: list[Case]  # those with no attribute to name, with half of the title
    soft_wishes: list[SoftWishCase]  # the uninstructed ones with a mood that names nothing
    profiles: list[Case]  # of people with stated preferences; every other one has no history
    facets: Facets
    digest: str
    encoder: str  # whose vectors these are

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
    """Encode the catalog, generate and read the instructions, and list the validation requests (at most
    `limit`).
    """
    items = split.train.catalog.records()
    vectors = encode_cached(encoder, [encoder_text(i) for i in items], store, progress)
    reader = Reader(vocabulary_of(items, split.train.catalog.profile, encoder), encoder, store)
    train = split.train.histories()
    known = split.train.with_interactions(
        split.train.interactions.vstack(split.valid.interactions)
    ).histories()
    uninstructed = cases(split, "valid", limit, seed)
    instructed = instructed_cases(uninstructed, items, reader, seed)
    return Corpus(
        items=items,
        vectors=vectors,
        histories=train.taste(),
        known=known,
        examples=_examples(split, reader, min(each * len(items), MAX_INSTRUCTIONS), seed, progress),
        uninstructed=uninstructed,
        calibration=cases(split, "valid", max(limit, CALIBRATION), seed),
        instructed=[case for case in instructed if case.context.instruction.text],
        title_queries=title_query_cases(
            [case for case in instructed if not case.context.instruction.text], items, encoder, seed
        ),
        soft_wishes=soft_wish_cases(uninstructed, items, reader, seed),
        profiles=profile_cases(uninstructed, items, reader, seed),
        facets=Facets(items),
        digest=_digest(train, items),
        encoder=encoder.name,
    )


def _examples(split: Split, reader: Reader, size: int, seed: int, progress: Progress) -> InstructionExamples:
    """The corpus of the grid, read as a request is read."""
    made = corpus(split.train, size=size, seed=seed, progress=progress)
    texts = [g.stated or (g.answer if g.group == "turned_around" else "") for g in made]
    kept = [n for n, text in enumerate(texts) if text]
    read = reader.contexts([texts[n] for n in kept], [NOBODY] * len(kept), progress)
    rows = [
        (c.vector, made[n], _hard_negative(made, made[n]))
        for n, c in zip(kept, read, strict=True)
        if c.vector is not None
    ]
    dimension, no = reader.encoder.dimension, {answers["no"] for answers in _yes_no_words()}
    return InstructionExamples(
        vectors=np.stack([v for v, _, _ in rows]) if rows else np.zeros((0, dimension), np.float32),
        items=np.array([g.item for _, g, _ in rows], np.int64),
        hard_negatives=np.array([a for _, _, a in rows], np.int64),
        histories=_histories([g for _, g, _ in rows]),
        objective=np.array([OBJECTIVES.index(_objective(g)) for _, g, _ in rows], np.int64),
        labels=np.array([g.answer not in no for _, g, _ in rows], bool),
    )


def _histories(made: Sequence[Generated]) -> np.ndarray:
    padded = last_items([Context(history=np.array(g.history, np.int64)) for g in made], LENGTH)
    return padded if padded.shape[1] else np.full((len(made), 1), -1, np.int64)


def _yes_no_words() -> list[dict[str, str]]:
    return [words("moods")["joins"][language] for language in LANGUAGES]


def _objective(made: Generated) -> str:
    if made.group == "turned_around":
        return "turned_around"
    forms = {TaskForm.POINTWISE: "pointwise", TaskForm.PAIRWISE: "pairwise"}
    return forms.get(made.task, "personalised_search" if made.history else "search")


def _hard_negative(every: Sequence[Generated], made: Generated) -> int:
    """The hard negative of an instruction: its flipped partner's target, or another of the choices."""
    if made.flip is not None:
        return every[made.flip].item
    return next((c for c in made.candidates if c != made.item), -1)


def _digest(histories: Histories, items: Sequence[Item]) -> str:
    """A hash of the data a model was trained on: interactions in order, item ids and texts."""
    summary = hashlib.blake2b(digest_size=8)
    for part in (histories.offsets, histories.items, histories.times, histories.signs):
        summary.update(np.ascontiguousarray(part).tobytes())
    for item in items:
        summary.update(f"{item.id}\0{encoder_text(item)}\0".encode())
    return summary.hexdigest()
