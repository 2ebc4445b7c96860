"""The lexical channel: BM25 of the instruction's words over title, brand and categories; exact names and model numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from instructrec.channels.base import pack_strings, unpack_strings
from instructrec.data.text import TermIndex
from instructrec.types import Context


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
        matrix = self.index.matrix
        return {
            "words": pack_strings(list(self.index.vocabulary)),
            "data": matrix.data,
            "indices": matrix.indices.astype(np.int32),
            "indptr": matrix.indptr.astype(np.int64),
            "size": np.array(matrix.shape, np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The channel that gave these arrays."""
        vocabulary = {word: column for column, word in enumerate(unpack_strings(arrays["words"]))}
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return cls(TermIndex(vocabulary, sparse.csc_matrix(parts, shape=tuple(arrays["size"].tolist()))))
