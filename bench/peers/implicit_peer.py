"""implicit: `implicit_peer.py EXPORT OUT [ALS|CosineKNN|BM25KNN]`. Users of requests are folded in by their
history.
"""

import sys
from typing import Any

import implicit
import numpy as np
import pandas as pd
from common import Export, Trial, finish, ndcg10, search
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from scipy.sparse import csr_matrix

MODEL = {"ALS": AlternatingLeastSquares, "CosineKNN": CosineRecommender, "BM25KNN": BM25Recommender}
GRID: dict[str, list[dict[str, Any]]] = {  # the first of each: the library's defaults
    "ALS": [
        {"factors": 64, "regularization": 0.01, "alpha": 1.0, "iterations": 15},
        {"factors": 64, "regularization": 0.1, "alpha": 10.0, "iterations": 15},
        {"factors": 128, "regularization": 1.0, "alpha": 1.0, "iterations": 15},
        {"factors": 128, "regularization": 1.0, "alpha": 10.0, "iterations": 15},
        {"factors": 32, "regularization": 1.0, "alpha": 1.0, "iterations": 15},
    ],
    "CosineKNN": [{"K": k} for k in (20, 50, 100, 200)],
    "BM25KNN": [
        {"K": 20, "K1": 1.2, "B": 0.75},
        {"K": 100, "K1": 1.2, "B": 0.75},
        {"K": 20, "K1": 100.0, "B": 0.25},
        {"K": 100, "K1": 100.0, "B": 0.25},
    ],
}


def matrix(histories: list[list[int]], items: int) -> csr_matrix:
    """A row of ones for each history."""
    rows = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    columns = np.array([item for history in histories for item in history], np.int64)
    made = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(histories), items))
    made.data[:] = 1  # an item counts once, however often the user had it
    return made


def fit(chosen: dict[str, Any], export: Export, name: str) -> Trial:
    """Fit at one setting; these models have no early stopping."""
    trial = Trial(chosen)
    more = {"random_state": export.facts["seed"]} if name == "ALS" else {}
    model = MODEL[name](**chosen, **more, num_threads=export.threads)
    acts = export.train.groupby("user")["item"].agg(list).reindex(range(export.facts["users"]))
    told = [acts_of if isinstance(acts_of, list) else [] for acts_of in acts]
    model.fit(matrix(told, export.items), show_progress=False)
    cost = trial.clock.spent()
    lists = Ranker(export, name).rank(model, export.valid["user"], export.valid_histories, 10)
    trial.seen(ndcg10(lists, export.valid["item"]), 1, lambda: model)
    trial.cpu, trial.wall = cost
    return trial


class Ranker:
    """Ranks for histories."""

    def __init__(self, export: Export, name: str) -> None:
        self.items, self.fold_in = export.items, {"recalculate_user": True} if name == "ALS" else {}

    def rank(self, model: Any, users: pd.Series, histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items for each history; -1 where a neighbourhood has no more."""
        asked = matrix(histories, self.items)
        lists = np.full((len(histories), depth), -1, np.int64)
        for start in range(0, len(histories), 1000):
            rows = np.arange(start, min(start + 1000, len(histories)))
            found, scores = model.recommend(
                rows, asked[rows], N=depth, filter_already_liked_items=True, **self.fold_in
            )
            lists[rows, : found.shape[1]] = np.where(scores > -1e30, found, -1)
        for row, history in enumerate(histories):
            lists[row][np.isin(lists[row], history)] = -1
        return lists


def main() -> None:
    """Choose, rank, write."""
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "ALS"
    trials = search(
        GRID[name], export.facts["budget_seconds"], lambda chosen, seconds: fit(chosen, export, name)
    )
    rank = Ranker(export, name).rank
    finish(f"implicit {name}", implicit.__version__, export, trials, rank, "users folded in by their history")


if __name__ == "__main__":
    main()
