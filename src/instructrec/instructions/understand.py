"""Sentences to what scorers read: parsed, encoded, split into words; the same in training, evaluation and
serving.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, cached_property

import numpy as np

from instructrec.data.text import terms
from instructrec.encoders.base import Encoder, encode_cached
from instructrec.lexicon.words import common
from instructrec.parsing.parse import parse, positive_text
from instructrec.parsing.sentence import HAN
from instructrec.parsing.vocabulary import Targets, Vocabulary
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Context, Progress, no_progress
from instructrec.understanding.nearby import Near, NearWords

# cosine from which words stand for a name, and by how much it must lead; from the practice sentences
NEAR, APART = (0.57, 0.1)
# the same where they are asked for: what is refused in vain does less harm than what is asked for in vain
CALLED = 0.65
KNOWN = 10_000  # words of which is kept what they are called


class NearestName:
    """The parser's last resort: the catalog value closest to words that are no name themselves, by the
    encoder.

    A refusal may be any category or tag ("no undead" is no zombies), a Chinese request any value without a
    Chinese name (茴香 is fennel). Only a clear lead counts; the encoder reads the names when they are first
    needed.
    """

    def __init__(self, vocabulary: Vocabulary, encoder: Callable[[], Encoder]) -> None:
        self.vocabulary, self.encoder = vocabulary, cache(encoder)
        self._known: dict[str, tuple[float, Targets]] = {}

    @cached_property
    def _names(self) -> tuple[list[Targets], np.ndarray]:
        return self._read(("list",), self.vocabulary.phrases.table.values())

    @cached_property
    def _without_chinese(self) -> tuple[list[Targets], np.ndarray]:
        table = self.vocabulary.phrases.table
        chinese = {
            target for phrase, targets in table.items() if HAN.search("".join(phrase)) for target in targets
        }
        return self._read(
            ("list", "facet"), (targets for targets in table.values() if chinese.isdisjoint(targets))
        )

    def _read(self, kinds: Sequence[str], named: Iterable[Targets]) -> tuple[list[Targets], np.ndarray]:
        """The values of some kinds of attributes, and the vectors of their names."""
        have = self.vocabulary.kinds
        listed = {t: str(t[0][1]) for t in named if t and all(have.get(field) in kinds for field, _ in t)}
        return list(listed), self.encoder().encode(list(listed.values())) if listed else np.zeros(
            (0, 1), np.float32
        )

    @cached_property
    def _near_words(self) -> NearWords:
        return NearWords(self.vocabulary.texts, lambda words: self.encoder().encode(list(words)))

    def in_texts(self, words: Sequence[str]) -> list[Near]:
        """What each of some words means in texts and values of the other language."""
        return self._near_words.of(words)

    def __call__(self, words: str) -> Targets:
        """The category or tag that refused words come near to; empty where none is near enough."""
        return self._nearest([words], *self._names, NEAR)[0][1]

    def called(self, words: Sequence[str]) -> list[tuple[float, Targets]]:
        """How near each of some Chinese words comes to a value that has no Chinese name, and the value; empty
        as above.
        """
        if len(self._known) > KNOWN:
            self._known.clear()
        fresh = [word for word in dict.fromkeys(words) if word not in self._known]
        self._known |= zip(fresh, self._nearest(fresh, *self._without_chinese, CALLED), strict=True)
        return [self._known[word] for word in words]

    def _nearest(
        self, words: Sequence[str], targets: Sequence[Targets], vectors: np.ndarray, least: float
    ) -> list[tuple[float, Targets]]:
        if len(targets) < 2 or not words:
            return [(0.0, ())] * len(words)
        nearness = self.encoder().encode(list(words)) @ vectors.T
        found = []
        for row in nearness:
            second, first = np.argsort(row)[-2:]
            near = row[first] >= least and row[first] - row[second] >= APART
            found.append((float(row[first]), targets[first] if near else ()))
        return found


class Reader:
    """Reads instructions against one catalog's vocabulary with one encoder; a store keeps the vectors of
    known texts.
    """

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder, store: SqliteStore | None = None) -> None:
        self.vocabulary = vocabulary
        self.encoder = encoder
        self.store = store
        self.nearest = NearestName(vocabulary, lambda: encoder)

    def contexts(
        self, texts: Sequence[str], histories: Sequence[np.ndarray], progress: Progress = no_progress
    ) -> list[Context]:
        """One context for each instruction and history (item numbers, oldest first); an empty text is no
        instruction.
        """
        parsed = {text: parse(text, self.vocabulary, self.nearest) for text in dict.fromkeys(texts)}
        positive = {text: positive_text(instruction) for text, instruction in parsed.items()}
        encodable = [s for s in dict.fromkeys(positive.values()) if s]
        vectors = encode_cached(self.encoder, encodable, self.store, progress) if encodable else []
        vector = dict(zip(encodable, vectors, strict=True))
        return [
            Context(
                history=history,
                vector=vector.get(positive[t]),
                words=tuple(w for w in terms(positive[t]) if w not in common()),
                instruction=parsed[t],
            )
            for t, history in zip(texts, histories, strict=True)
        ]

    def with_instruction(self, contexts: Sequence[Context], texts: Sequence[str]) -> list[Context]:
        """The same contexts, each with an instruction."""
        read = self.contexts(texts, [c.history for c in contexts])
        return [
            replace(c, vector=r.vector, words=r.words, instruction=r.instruction)
            for c, r in zip(contexts, read, strict=True)
        ]
