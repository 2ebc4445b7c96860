"""Content baselines: a TF-IDF profile of the history, and BM25 search with the request's words."""

from dataclasses import dataclass

import numpy as np
from implicit.nearest_neighbours import tfidf_weight
from scipy.sparse import csr_matrix

from instructrec.baselines.neighbours import unit_rows
from instructrec.baselines.popular import above_zero, counts, with_prior
from instructrec.channels.counting import count_terms, index_terms
from instructrec.channels.lexical import TermIndex
from instructrec.data.dataset import Dataset
from instructrec.data.features import full_text
from instructrec.data.text import terms
from instructrec.types import Context


@dataclass(eq=False)
class TfIdfContent:
    """Items whose words are like the words of the last items of the history."""

    vectors: csr_matrix  # items, terms; unit rows
    popularity: np.ndarray  # items
    last: int
    name: str = "TF-IDF content"

    @classmethod
    def fit(cls, train: Dataset, last: int = 50) -> "TfIdfContent":
        """Weigh the words of each item; `last` is how many items of the history make the profile."""
        above_zero(last=last)
        raw, _ = count_terms([full_text(item) for item in train.items()])
        weighted = csr_matrix(tfidf_weight(raw), dtype=np.float32)
        # implicit's idf is negative for a word that every item has
        weighted.data = np.maximum(weighted.data, 0.0)
        return cls(unit_rows(weighted), counts(train), last)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Take the cosine of the mean vector of the history with each item; (contexts, items) float32."""
        profile = unit_rows(_mean_rows(self.vectors, [context.history[-self.last :] for context in contexts]))
        return with_prior((profile @ self.vectors.T).toarray(), self.popularity)


@dataclass(eq=False)
class BM25:
    """A search engine: the words of the request against the words of the items, without personalisation."""

    index: TermIndex
    titles: list[list[str]]  # the terms of each item's title
    popularity: np.ndarray  # items
    last: int
    name: str = "BM25"

    @classmethod
    def fit(cls, train: Dataset, last: int = 10) -> "BM25":
        """Index the text of each item; without words, the titles of the `last` items of the history are
        the query.
        """
        above_zero(last=last)
        index = index_terms([full_text(item) for item in train.items()])
        titles = [terms(title or "") for title in train.catalog.items["title"]]
        return cls(index, titles, counts(train), last)

    def score(self, contexts: list[Context]) -> np.ndarray:
        """Score the request's words, or else the words of the titles in the history; (contexts, items)
        float32.
        """
        return with_prior(self.index.score([self._query(context) for context in contexts]), self.popularity)

    def _query(self, context: Context) -> list[str]:
        if context.words:
            return list(context.words)
        return [word for item in context.history[-self.last :] for word in self.titles[item]]


def _mean_rows(vectors: csr_matrix, picks: list[np.ndarray]) -> csr_matrix:
    sizes = np.array([len(pick) for pick in picks], dtype=np.int64)
    chosen = np.concatenate([np.empty(0, np.int32), *picks])
    weights = np.repeat(1.0 / np.maximum(sizes, 1), sizes).astype(np.float32)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return csr_matrix(csr_matrix((weights, chosen, offsets), shape=(len(picks), vectors.shape[0])) @ vectors)
