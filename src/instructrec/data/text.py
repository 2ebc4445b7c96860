"""Words of a text and their BM25 weights: what the lexical channel and the content baselines share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
HAN = re.compile(r"[぀-ヿ㐀-鿿가-힯]+")


def terms(text: str) -> list[str]:
    """Split a text into lower-case words; scripts written without spaces become character bigrams.

    >>> terms("Toy Story: the children's film")
    ['toy', 'story', 'the', "children's", 'film']
    >>> terms("科幻片 2")
    ['科幻', '幻片', '2']
    """
    found: list[str] = []
    for word in WORD.findall(text.lower()):
        start = 0
        for run in HAN.finditer(word):
            if run.start() > start:
                found.append(word[start : run.start()])
            chars = run.group()
            found.extend([chars] if len(chars) == 1 else [chars[i : i + 2] for i in range(len(chars) - 1)])
            start = run.end()
        if start < len(word):
            found.append(word[start:])
    return found


@dataclass(frozen=True)
class TermIndex:
    """A BM25 index of texts (Robertson and Zaragoza 2009, k1 = 1.2, b = .75), one row a text."""

    vocabulary: dict[str, int]
    matrix: sparse.csc_matrix  # texts x terms, float32, BM25 weights

    def score(self, words: Sequence[Sequence[str]]) -> np.ndarray:
        """Sum the weights of each query's words in every text; (queries, texts) float32."""
        pairs = [(row, self.vocabulary[w]) for row, query in enumerate(words) for w in query if w in self.vocabulary]
        if not pairs:
            return np.zeros((len(words), self.matrix.shape[0]), dtype=np.float32)
        rows, columns = np.array(pairs).T
        ones = np.ones(len(pairs), dtype=np.float32)
        queries = sparse.csr_matrix((ones, (rows, columns)), shape=(len(words), self.matrix.shape[1]))
        return np.asarray((queries @ self.matrix.T).todense(), dtype=np.float32)
