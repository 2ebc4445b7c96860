"""What a list is worth beyond hits, and how sure a mean is: pure functions of arrays.

`ranked` is always (requests, k) item numbers, best first, filled up with -1 where fewer than k items could be
shown.
"""

from dataclasses import dataclass

import numpy as np

from instructrec.types import Estimate

RESAMPLES = 1000
TAILS = (2.5, 97.5)
EXPOSURES = 200  # resamples of coverage and Gini, each a pass over all lists
CHUNK = 4_000_000  # cells of resampling weights held at once (32 MB)


def coverage(ranked: np.ndarray, items: int) -> float:
    """Find the share of the catalog that was shown to anyone: the catalog coverage.

    >>> coverage(np.array([[0, 1], [0, 2], [1, -1]]), items=6)
    0.5
    """
    return len(np.unique(ranked[ranked >= 0])) / items


def diversity(ranked: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Measure how different the items of each list are: 1 - the mean cosine over its pairs.

    `vectors` (items, d) are unit rows and define the space; a zero row is at right angles to all. A list of
    fewer than two items has no pair and counts 0. Returns (requests,).

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> diversity(np.array([[0, 1], [0, 2], [0, -1]]), vectors).tolist()
    [0.0, 1.0, 0.0]
    """
    shown = ranked >= 0
    listed = vectors[ranked] * shown[:, :, None]  # requests, k, d
    # every ordered pair's cosine
    pairs = (listed.sum(axis=1) ** 2).sum(axis=1) - (listed**2).sum(axis=(1, 2))
    n = shown.sum(axis=1)
    return np.where(n > 1, 1.0 - pairs / np.maximum(n * (n - 1), 1), 0.0)


def novelty(ranked: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Measure how little known the items of each list are: the mean of -log2 of their share of all
    interactions.

    Each item is given one interaction more than it has, so that one without any is finite; an empty list
    counts 0. (requests,) bits.

    >>> novelty(np.array([[0, 1], [2, -1]]), np.array([3, 1, 1])).tolist()
    [1.5, 2.0]
    """
    bits = -np.log2((counts + 1) / (counts.sum() + len(counts)))
    shown = ranked >= 0
    return (bits[ranked] * shown).sum(axis=1) / np.maximum(shown.sum(axis=1), 1)


def gini(ranked: np.ndarray, items: int) -> float:
    """Measure how unevenly the lists expose the catalog: 0 when every item is shown alike, near 1 when one is
    all.

    >>> gini(np.array([[0, 1], [2, 3]]), items=4), gini(np.array([[0], [0]]), items=4)
    (0.0, 0.75)
    """
    return _unevenness(np.bincount(ranked[ranked >= 0], minlength=items))


def exposure(ranked: np.ndarray, users: np.ndarray, items: int, seed: int = 0) -> tuple[Estimate, Estimate]:
    """Estimate coverage and Gini, which belong to all lists at once, with 95 % intervals of a bootstrap by
    user.

    Drawing users with replacement shows fewer different lists than there are, so the drawn values are too low
    (coverage) or too high (Gini) by about as much as the whole is off: the interval is the spread of the
    draws around the value itself.
    """
    codes = np.unique(users, return_inverse=True)[1]
    owner, shown = np.nonzero(ranked >= 0)[0], ranked[ranked >= 0]
    times = _weights(np.random.default_rng(seed), EXPOSURES, int(codes.max(initial=-1)) + 1)
    drawn = np.array([_exposed(np.bincount(shown, row[codes[owner]], items), items) for row in times])
    values = _exposed(np.bincount(shown, minlength=items), items)
    centred = np.clip(np.percentile(drawn - drawn.mean(axis=0), TAILS, axis=0) + values, 0.0, 1.0)
    first, second = (
        Estimate(v, float(low), float(high), len(ranked))
        for v, low, high in zip(values, *centred, strict=True)
    )
    return first, second


def _exposed(shown: np.ndarray, items: int) -> tuple[float, float]:
    return float(np.count_nonzero(shown)) / items, _unevenness(shown)


def _unevenness(shown: np.ndarray) -> float:
    items = len(shown)
    if shown.sum() == 0:
        return 0.0
    return float((2 * np.arange(1, items + 1) - items - 1) @ np.sort(shown) / (items * shown.sum()))


def resample(values: np.ndarray, users: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Draw means as they would come out with other users: whole users are drawn with replacement.

    Requests of one user resemble each other, so they are drawn together (cluster bootstrap). The draw depends
    on `users` and `seed` alone: two systems measured on the same requests get the same draws, and their
    difference is paired. `values` (requests, metrics), `users` (requests,) any labels -> (resamples,
    metrics).
    """
    codes = np.unique(users, return_inverse=True)[1]
    n = int(codes.max(initial=-1)) + 1
    sums = np.stack(
        [np.bincount(codes, column, n) for column in np.column_stack([values, np.ones(len(users))]).T], axis=1
    )
    rng = np.random.default_rng(seed)
    step = max(1, CHUNK // max(n, 1))
    drawn = [_weights(rng, min(step, resamples - done), n) @ sums for done in range(0, resamples, step)]
    totals = np.concatenate(drawn)
    return totals[:, :-1] / totals[:, -1:]


def bootstrap(
    values: np.ndarray, users: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> list[Estimate]:
    """Estimate the mean of each column of `values` with the 95 % interval of a bootstrap by user.

    >>> [estimate] = bootstrap(np.array([[1.0], [1.0], [1.0]]), np.array(["a", "a", "b"]))
    >>> estimate
    Estimate(mean=1.0, low=1.0, high=1.0, n=3)
    """
    low, high = np.percentile(resample(values, users, resamples, seed), TAILS, axis=0)
    means = values.mean(axis=0)
    return [
        Estimate(float(m), float(a), float(b), len(users)) for m, a, b in zip(means, low, high, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Paired:
    """How much better one system is than another on the same requests."""

    difference: Estimate
    ratio: Estimate | None  # None where the other's mean is zero in some resample


def paired(
    better: np.ndarray, other: np.ndarray, users: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> Paired:
    """Estimate the difference and the ratio of two means over the same requests, by a bootstrap of users.

    `better` and `other` are (requests,) values of one metric.

    >>> result = paired(np.array([1.0, 0.5]), np.array([0.5, 0.25]), np.array(["a", "b"]))
    >>> result.difference.mean, result.ratio
    (0.375, Estimate(mean=2.0, low=2.0, high=2.0, n=2))
    """
    drawn = resample(np.column_stack([better, other]), users, resamples, seed)
    difference = _estimate(float(better.mean() - other.mean()), drawn[:, 0] - drawn[:, 1], len(users))
    if drawn[:, 1].min() <= 0:
        return Paired(difference, None)
    return Paired(
        difference, _estimate(float(better.mean() / other.mean()), drawn[:, 0] / drawn[:, 1], len(users))
    )


def _estimate(mean: float, drawn: np.ndarray, n: int) -> Estimate:
    low, high = np.percentile(drawn, TAILS)
    return Estimate(mean, float(low), float(high), n)


def _weights(rng: np.random.Generator, resamples: int, n: int) -> np.ndarray:
    drawn = rng.integers(0, n, (resamples, n)) + n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)
