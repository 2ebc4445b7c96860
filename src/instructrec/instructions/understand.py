"""Sentences to what scorers read: parsed, encoded, split into words; the same path in training, evaluation and serving."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from instructrec.data.text import terms
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.parsing.parse import parse, positive_text
from instructrec.parsing.vocabulary import Vocabulary, common
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Context, Progress, no_progress


class Reader:
    """Reads instructions against one catalog's vocabulary with one encoder; a store keeps the vectors of known texts."""

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder, store: SqliteStore | None = None) -> None:
        self.vocabulary = vocabulary
        self.encoder = encoder
        self.store = store

    def contexts(
        self, texts: Sequence[str], histories: Sequence[np.ndarray], progress: Progress = no_progress
    ) -> list[Context]:
        """One context for each instruction and history (item numbers, oldest first); an empty text is no instruction."""
        parsed = {text: parse(text, self.vocabulary) for text in dict.fromkeys(texts)}
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
