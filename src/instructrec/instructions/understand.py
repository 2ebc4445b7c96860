"""Sentences to what scorers read: parsed, encoded, split into words; the same path in training, evaluation and serving."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, cached_property

import numpy as np

from instructrec.data.text import terms
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.lexicon.words import common
from instructrec.parsing.parse import parse, positive_text
from instructrec.parsing.vocabulary import Targets, Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Context, Progress, no_progress

NEAR, APART = 0.57, 0.1  # cosine from which words stand for a name, and by how much it must lead; from the practice sentences


class NearestName:
    """The last resort of the parser: the category or tag that refused words come near to ("no undead" is no zombies).

    Only names of lists are meant, and only where one leads clearly; the encoder reads them when they are first needed.
    """

    def __init__(self, vocabulary: Vocabulary, encoder: Callable[[], Encoder]) -> None:
        self.vocabulary, self.encoder = vocabulary, cache(encoder)

    @cached_property
    def _names(self) -> tuple[list[Targets], np.ndarray]:
        kinds = self.vocabulary.kinds
        listed = {
            targets: str(targets[0][1])
            for targets in self.vocabulary.phrases.table.values()
            if targets and all(kinds.get(field) == "list" for field, _ in targets)
        }
        return list(listed), self.encoder().encode(list(listed.values())) if listed else np.zeros((0, 1), np.float32)

    def __call__(self, words: str) -> Targets:
        """The fields and values that the words come near to; empty where none is near enough."""
        targets, vectors = self._names
        if len(targets) < 2:
            return ()
        nearness = vectors @ self.encoder().encode([words])[0]
        second, first = np.argsort(nearness)[-2:]
        near = nearness[first] >= NEAR and nearness[first] - nearness[second] >= APART
        return targets[first] if near else ()


class Reader:
    """Reads instructions against one catalog's vocabulary with one encoder; a store keeps the vectors of known texts."""

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder, store: SqliteStore | None = None) -> None:
        self.vocabulary = vocabulary
        self.encoder = encoder
        self.store = store
        self.nearest = NearestName(vocabulary, lambda: encoder)

    def contexts(
        self, texts: Sequence[str], histories: Sequence[np.ndarray], progress: Progress = no_progress
    ) -> list[Context]:
        """One context for each instruction and history (item numbers, oldest first); an empty text is no instruction."""
        parsed = {text: parse(text, self.vocabulary, self.nearest) for text in dict.fromkeys(texts)}
        said = {text: positive_text(instruction) for text, instruction in parsed.items()}
        encodable = [s for s in dict.fromkeys(said.values()) if s]
        vectors = encode_cached(self.encoder, encodable, self.store, progress) if encodable else []
        vector = dict(zip(encodable, vectors, strict=True))
        return [
            Context(
                history=history,
                vector=vector.get(said[t]),
                words=tuple(w for w in terms(said[t]) if w not in common()),
                instruction=parsed[t],
            )
            for t, history in zip(texts, histories, strict=True)
        ]

    def with_instruction(self, contexts: Sequence[Context], texts: Sequence[str]) -> list[Context]:
        """The same contexts, each with an instruction."""
        read = self.contexts(texts, [c.history for c in contexts])
        return [
            replace(c, vector=r.vector, words=r.words, instruction=r.instruction) for c, r in zip(contexts, read, strict=True)
        ]
