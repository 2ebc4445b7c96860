"""What training reads, made once: histories, item vectors, a pool of instructions and the validation
requests.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instructrec.channels.base import Channel, last_items
from instructrec.channels.content import Content
from instructrec.channels.lexical import Lexical
from instructrec.data.dataset import Split
from instructrec.data.facets import Facets
from instructrec.data.features import encoder_text, full_text
from instructrec.data.histories import Histories
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.instructed import NOBODY, Steered, allowed_by, instruct, profiled, steer, titled
from instructrec.instructions.generate import Generated, corpus
from instructrec.instructions.template import LANGUAGES, words
from instructrec.instructions.understand import Reader
from instructrec.models.fit import index_terms, wording
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Context, Item, Progress, TaskForm, no_progress

MOST = 30_000  # instructions that a run learns from
OBJECTIVES = ("search", "personalised_search", "pointwise", "pairwise", "turned_around")
# Requests on which gates are fitted and ways of counting compared: of 5,000, two that differ by two per cent
# change places.
COMPARED = 20_000
LENGTH = 20  # acts of a history that stand beside a wish


@dataclass(frozen=True)
class Asks:
    """Generated instructions as arrays; one row each."""

    vectors: np.ndarray  # rows x dimension: what is said
    items: np.ndarray  # rows: the target, or the item of a question
    # rows: an item that it is not, one turned-round condition away or the worse of two; -1 where none
    against: np.ndarray
    histories: np.ndarray  # rows x LENGTH: item numbers, right-aligned, -1 where empty
    objective: np.ndarray  # rows: place in OBJECTIVES
    yes: np.ndarray  # rows: False where the answer to a question is no

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class Corpus:
    """Everything a training run needs, as arrays."""

    items: list[Item]
    vectors: np.ndarray  # items x dimension, unit rows
    histories: Histories  # training acts that are not negative
    known: Histories  # all acts of train and valid: what counts are refitted on before publishing
    asks: Asks
    plain: list[Case]  # validation requests without an instruction
    compared: list[Case]  # these and more of them: what gates are fitted on
    instructed: list[Case]  # the plain ones, with an instruction that names things
    titled: list[Case]  # those of which there is nothing to name, with half of the title
    steered: list[Steered]  # the same with one that only says a mood
    profiled: list[Case]  # of people who said what they like; of every other one no act is known
    facets: Facets
    digest: str
    encoder: str  # whose vectors these are

    @cached_property
    def of_texts(self) -> dict[str, Channel]:
        """The channels that know nothing but texts, which no split and no training changes."""
        texts = [full_text(item) for item in self.items]
        return {
            "lexical": Lexical(index_terms(texts)),
            "content": Content.fit(self.vectors),
            "wording": wording(texts),
        }

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
    reader = Reader(Vocabulary.of(items), encoder, store)
    train = split.train.histories()
    known = split.train.with_interactions(
        split.train.interactions.vstack(split.valid.interactions)
    ).histories()
    plain = cases(split, "valid", limit, seed)
    told = instruct(plain, items, reader, seed)
    return Corpus(
        items=items,
        vectors=vectors,
        histories=train.kept(train.signs >= 0),
        known=known,
        asks=_asks(split, reader, min(each * len(items), MOST), seed, progress),
        plain=plain,
        compared=cases(split, "valid", max(limit, COMPARED), seed),
        instructed=[case for case in told if case.context.instruction.text],
        titled=titled([case for case in told if not case.context.instruction.text], items, encoder, seed),
        steered=steer(plain, items, reader, seed),
        profiled=profiled(plain, items, reader, seed),
        facets=Facets(items),
        digest=_digest(train, items),
        encoder=encoder.name,
    )


def _asks(split: Split, reader: Reader, size: int, seed: int, progress: Progress) -> Asks:
    """The corpus of the grid, read as a request is read."""
    made = corpus(split.train, size=size, seed=seed, progress=progress)
    texts = [g.said or (g.answer if g.group == "turned_around" else "") for g in made]
    kept = [n for n, text in enumerate(texts) if text]
    read = reader.contexts([texts[n] for n in kept], [NOBODY] * len(kept), progress)
    rows = [
        (c.vector, made[n], _against(made, made[n]))
        for n, c in zip(kept, read, strict=True)
        if c.vector is not None
    ]
    dimension, no = reader.encoder.dimension, {answers["no"] for answers in _answers()}
    return Asks(
        vectors=np.stack([v for v, _, _ in rows]) if rows else np.zeros((0, dimension), np.float32),
        items=np.array([g.item for _, g, _ in rows], np.int64),
        against=np.array([a for _, _, a in rows], np.int64),
        histories=_histories([g for _, g, _ in rows]),
        objective=np.array([OBJECTIVES.index(_objective(g)) for _, g, _ in rows], np.int64),
        yes=np.array([g.answer not in no for _, g, _ in rows], bool),
    )


def _histories(made: Sequence[Generated]) -> np.ndarray:
    padded = last_items([Context(history=np.array(g.history, np.int64)) for g in made], LENGTH)
    return padded if padded.shape[1] else np.full((len(made), 1), -1, np.int64)


def _answers() -> list[dict[str, str]]:
    return [words("moods")["joins"][language] for language in LANGUAGES]


def _objective(made: Generated) -> str:
    if made.group == "turned_around":
        return "turned_around"
    forms = {TaskForm.POINTWISE: "pointwise", TaskForm.PAIRWISE: "pairwise"}
    return forms.get(made.task, "personalised_search" if made.history else "search")


def _against(every: Sequence[Generated], made: Generated) -> int:
    """The hard negative of an instruction: its flipped partner's target, or another of the choices."""
    if made.flip is not None:
        return every[made.flip].item
    return next((c for c in made.candidates if c != made.item), -1)


def _digest(histories: Histories, items: Sequence[Item]) -> str:
    """A hash of the data a model was trained on: acts in order, item ids and texts."""
    summary = hashlib.blake2b(digest_size=8)
    for part in (histories.offsets, histories.items, histories.times, histories.signs):
        summary.update(np.ascontiguousarray(part).tobytes())
    for item in items:
        summary.update(f"{item.id}\0{encoder_text(item)}\0".encode())
    return summary.hexdigest()
