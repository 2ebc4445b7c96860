"""The lexical channel: BM25 of the instruction's words over all text of an item; exact names and model
numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from instructrec.channels.base import Channel, Material, Need, pack_strings, unpack_strings
from instructrec.data.sparse import SparseRows
from instructrec.errors import require
from instructrec.types import Context


@dataclass(frozen=True)
class TermIndex:
    """A BM25 index (Robertson and Zaragoza 2009): for each term, its weight in every text that has it."""

    vocabulary: dict[str, int]  # term -> row
    postings: SparseRows  # terms x texts

    def score(self, words: Sequence[Sequence[str]]) -> np.ndarray:
        """Sum the weights of each query's words in every text; (queries, texts) float32."""
        pairs = [
            (owner, self.vocabulary[w])
            for owner, query in enumerate(words)
            for w in query
            if w in self.vocabulary
        ]
        owners, rows = np.array(pairs, np.int64).reshape(-1, 2).T
        return self.postings.sums(rows, np.ones(len(rows), np.float32), owners, len(words))


@dataclass(frozen=True)
class Lexical(Channel):
    """BM25 as a channel."""

    index: TermIndex
    name = "lexical"
    needs: ClassVar[Need] = Need.WORDS
    dials: ClassVar[Mapping[str, float]] = {"personal": -2.0}
    reason: ClassVar[Mapping[str, str]] = {"en": "a match for “{}”", "zh": "提到“{}”"}

    @classmethod
    def fit(cls, material: Material) -> Self:
        """Index all words of the items."""
        return cls(require("instructrec.channels.counting", "train").index_terms(material.texts))

    def details(self, context: Context, items: np.ndarray, title: Callable[[int], str]) -> list[str]:
        """The words of the instruction that each item has, at most three."""
        words = [word for word in dict.fromkeys(context.words) if word in self.index.vocabulary]
        rows = np.array([self.index.vocabulary[word] for word in words], np.int64)
        weights = self.index.postings.cells(rows, items)
        return [
            ", ".join([w for w, weight in zip(words, column, strict=True) if weight > 0][:3])
            for column in weights.T
        ]

    def score(self, contexts: Sequence[Context]) -> np.ndarray:
        """BM25 of each context's words; (contexts, items) float32, zeros without words."""
        return self.index.score([c.words for c in contexts])

    def arrays(self) -> dict[str, np.ndarray]:
        """The vocabulary and the weights."""
        return {"words": pack_strings(list(self.index.vocabulary)), **self.index.postings.arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        vocabulary = {word: row for row, word in enumerate(unpack_strings(arrays["words"]))}
        return cls(TermIndex(vocabulary, SparseRows.from_arrays(arrays)))
