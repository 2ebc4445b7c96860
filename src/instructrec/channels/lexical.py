"""The lexical channel: BM25 of the instruction's words over all text of an item; exact names and model
numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from instructrec.channels.base import pack_strings, unpack_strings
from instructrec.data.sparse import SparseRows
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
class Lexical:
    """BM25 behind the channel's shape."""

    index: TermIndex
    name: str = "lexical"

    def score(self, contexts: list[Context]) -> np.ndarray:
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
