"""ALS, CosineKNN and BM25KNN of implicit; users of requests are folded in by their history."""

from typing import Any

import implicit
import numpy as np
from common import Export, Trial, fitted_once, places
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from scipy.sparse import csr_matrix

MODELS = {"ALS": AlternatingLeastSquares, "CosineKNN": CosineRecommender, "BM25KNN": BM25Recommender}


class Peer:
    """One of implicit's models; they have no early stopping."""

    version = implicit.__version__
    note = "users folded in by their history"

    def __init__(self, export: Export, name: str) -> None:
        self.export, self.name = export, name
        self.options = {"random_state": export.facts["seed"]} if name == "ALS" else {}
        self.fold_in = {"recalculate_user": True} if name == "ALS" else {}

    def ones(self, histories: list[list[int]]) -> csr_matrix:
        """A row of ones for each history."""
        rows, columns = places(histories)
        shape = (len(histories), self.export.items)
        return csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)

    def fit(self, settings: dict[str, Any], seconds: float) -> Trial:
        """Fit at one setting."""

        def fit() -> Any:
            model = MODELS[self.name](**settings, **self.options, num_threads=self.export.threads)
            users = range(self.export.facts["users"])
            histories = [self.export.of_users.get(user, []) for user in users]
            model.fit(self.ones(histories), show_progress=False)
            return model

        return fitted_once(self, self.export, settings, fit)

    def rank(self, state: Any, users: list[int], histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items for each history; -1 where a neighbourhood has no more."""
        known = self.ones(histories)
        lists = np.full((len(histories), depth), -1, np.int64)
        for start in range(0, len(histories), 1000):
            rows = np.arange(start, min(start + 1000, len(histories)))
            found, scores = state.recommend(
                rows, known[rows], N=depth, filter_already_liked_items=True, **self.fold_in
            )
            lists[rows, : found.shape[1]] = np.where(scores > -1e30, found, -1)
        for row, history in enumerate(histories):
            lists[row][np.isin(lists[row], history)] = -1
        return lists
