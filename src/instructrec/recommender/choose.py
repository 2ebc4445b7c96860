"""Choose n items: the best, or, where variety was asked for, good ones that differ from each other."""

from collections.abc import Callable

import numpy as np

POOL = 10  # candidates for each item that is chosen with an eye to variety


def top(scores: np.ndarray, allowed: np.ndarray, n: int) -> np.ndarray:
    """The numbers of the n best allowed items, best first; level ones in catalog order.

    >>> top(np.array([0.1, 0.9, 0.5, 0.5]), np.array([True, False, True, True]), 2).tolist()
    [2, 3]
    """
    open_items = np.flatnonzero(allowed)
    values = scores[open_items]
    if len(open_items) > n:
        border = np.partition(values, len(values) - n)[len(values) - n]
        open_items, values = open_items[values >= border], values[values >= border]
    return open_items[np.argsort(-values, kind="stable")][:n]


def varied(
    scores: np.ndarray,
    allowed: np.ndarray,
    n: int,
    vectors: Callable[[np.ndarray], np.ndarray],
    diversity: float,
) -> np.ndarray:
    """Maximal marginal relevance (Carbonell and Goldstein 1998) over the best `POOL` x n items; `diversity`
    from 0 to 1.

    Each next item has the best (1 - diversity) x its score, scaled to 0 to 1 over the pool, minus diversity x
    its largest cosine with what was chosen. `vectors` gives unit rows of places, (some,) -> (some,
    dimension).
    """
    pool = top(scores, allowed, POOL * n)
    if diversity <= 0 or len(pool) <= 1:
        return pool[:n]
    worth = (scores[pool] - scores[pool].min()) / max(float(np.ptp(scores[pool])), 1e-12)
    alike, rows = np.zeros(len(pool)), vectors(pool)
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        merit = (1 - diversity) * worth - diversity * alike
        merit[chosen] = -np.inf
        best = int(merit.argmax())
        chosen.append(best)
        alike = np.maximum(alike, rows @ rows[best])
    return pool[chosen]
