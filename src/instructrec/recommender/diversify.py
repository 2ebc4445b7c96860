"""Choose n items: the best, or good ones that differ from each other where variety is asked for."""

from collections.abc import Callable

import numpy as np

POOL = 10  # candidates for each item that is chosen with an eye to variety


def top_items(scores: np.ndarray, allowed: np.ndarray, n: int) -> np.ndarray:
    """The numbers of the n best allowed items, best first; ties in catalog order.

    >>> top_items(np.array([0.1, 0.9, 0.5, 0.5]), np.array([True, False, True, True]), 2).tolist()
    [2, 3]
    """
    candidates = np.flatnonzero(allowed)
    values = scores[candidates]
    if len(candidates) > n:
        border = np.partition(values, len(values) - n)[len(values) - n]
        candidates, values = candidates[values >= border], values[values >= border]
    return candidates[np.argsort(-values, kind="stable")][:n]


def mmr(
    scores: np.ndarray,
    allowed: np.ndarray,
    n: int,
    vectors: Callable[[np.ndarray], np.ndarray],
    diversity: float,
) -> np.ndarray:
    """Maximal marginal relevance (Carbonell and Goldstein 1998) over the best `POOL` x n items; `diversity` 0
    to 1.

    Each next item has the best (1 - diversity) x its score, scaled to 0 to 1 over the pool, minus diversity x
    its largest cosine with the items chosen before. `vectors` gives unit rows, (some,) -> (some, dimension).
    """
    pool = top_items(scores, allowed, POOL * n)
    if diversity <= 0 or len(pool) <= 1:
        return pool[:n]
    relevance = (scores[pool] - scores[pool].min()) / max(float(np.ptp(scores[pool])), 1e-12)
    similarity, rows = np.zeros(len(pool)), vectors(pool)
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        merit = (1 - diversity) * relevance - diversity * similarity
        merit[chosen] = -np.inf
        best = int(merit.argmax())
        chosen.append(best)
        similarity = np.maximum(similarity, rows @ rows[best])
    return pool[chosen]
