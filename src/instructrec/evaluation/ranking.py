"""From scores to ranked lists, and from lists to ranking metrics by ir_measures."""

from collections.abc import Sequence

import ir_measures
import numpy as np
from ir_measures import RR, P, R, Success, nDCG

TIES = 0  # seed of the order in which level items are listed


def rank_lists(scores: np.ndarray, k: int) -> np.ndarray:
    """List the k best items of each row, best first; an item at -inf is never listed.

    Ties are in one fixed random order: catalog order often follows age or popularity, and a scorer must not
    gain from it. (n, items) -> (n, k) int64, padded with -1.

    >>> rank_lists(np.array([[0.1, 0.3, -np.inf, 0.2]]), 4).tolist()
    [[1, 3, 0, -1]]
    """
    n, items = scores.shape
    order = np.random.default_rng(TIES).permutation(items)
    shuffled = np.take(scores, order, axis=1)  # twice as fast as scores[:, order]
    places = _largest(shuffled, min(k, items))
    values = np.take_along_axis(shuffled, places, axis=1)
    by_value = np.argsort(-values, axis=1, kind="stable")
    ranked = order[np.take_along_axis(places, by_value, axis=1)]
    ranked[np.take_along_axis(values, by_value, axis=1) == -np.inf] = -1
    return np.concatenate([ranked, np.full((n, k - ranked.shape[1]), -1)], axis=1)


def _largest(values: np.ndarray, k: int) -> np.ndarray:
    """Places of the k largest of each row, in ascending place; of those level at the border the first
    ones.
    """
    items = values.shape[1]
    cut = np.partition(values, items - k, axis=1)[:, [items - k]]
    keep = values >= cut
    crowded = np.flatnonzero(keep.sum(axis=1) > k)  # rows where some are level at the border
    if crowded.size:
        above, level = values[crowded] > cut[crowded], values[crowded] == cut[crowded]
        room = k - above.sum(axis=1, keepdims=True)
        keep[crowded] = above | (level & (level.cumsum(axis=1, dtype=np.int32) <= room))
    return (np.flatnonzero(keep) % items).reshape(len(values), k)


def ranking_metrics(
    ranked: np.ndarray, relevant: Sequence[np.ndarray], k: Sequence[int]
) -> dict[str, np.ndarray]:
    """Measure each list against its relevant items: P, R, Success (hit rate), nDCG and RR at every k.

    Through ir_measures with pytrec_eval. It sorts by score and then by name, so it is given ranks as scores,
    never the scorer's own, which may be level. Its RR has no cut: RR@k is RR where the first hit is within k,
    else 0. Returns metric -> (n,) float64.

    >>> metrics = ranking_metrics(np.array([[7, 5, 3]]), [np.array([3, 5])], k=(1, 3))
    >>> {name: round(float(value[0]), 3) for name, value in metrics.items() if name.endswith("@3")}
    {'P@3': 0.667, 'R@3': 1.0, 'Success@3': 1.0, 'nDCG@3': 0.693, 'RR@3': 0.5}
    """
    wanted = [measure @ cut for cut in k for measure in (P, R, Success, nDCG)]
    measures = {str(measure): measure for measure in [*wanted, RR]}
    values = {name: np.zeros(len(ranked)) for name in measures}
    qrels = {str(row): dict.fromkeys(map(str, items.tolist()), 1) for row, items in enumerate(relevant)}
    for value in ir_measures.pytrec_eval.iter_calc(list(measures.values()), qrels, _ir_run(ranked)):
        values[str(value.measure)][int(value.query_id)] = value.value
    first = values.pop(str(RR))
    return values | {f"RR@{cut}": np.where(first >= 1 / cut, first, 0.0) for cut in k}


def _ir_run(ranked: np.ndarray) -> dict[str, dict[str, float]]:
    length = ranked.shape[1]
    return {
        str(row): {str(item): float(length - rank) for rank, item in enumerate(items) if item >= 0}
        for row, items in enumerate(ranked.tolist())
    }
