"""ALS (implicit feedback) and ItemKNN of LensKit; users of requests are folded in by their history."""

import warnings
from typing import Any

import lenskit
import numpy as np
from common import Export, Trial, best, fitted_once
from lenskit.als import ImplicitMFScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer
from lenskit.training import TrainingOptions

MODELS = {"ALS": ImplicitMFScorer, "ItemKNN": ItemKNNScorer}


class Peer:
    """One of LensKit's models."""

    version = lenskit.__version__
    note = "users folded in by their history"

    def __init__(self, export: Export, name: str) -> None:
        warnings.filterwarnings("ignore")
        self.export, self.name = export, name
        pairs = export.train[["user", "item"]].drop_duplicates()
        self.data = from_interactions_df(pairs.rename(columns={"user": "user_id", "item": "item_id"}))
        self.known = np.unique(export.train["item"])  # a model may not be asked about other items
        self.place = {item: n for n, item in enumerate(self.known.tolist())}

    def fit(self, settings: dict[str, Any], seconds: float) -> Trial:
        """Fit at one setting."""

        def fit() -> Any:
            model = MODELS[self.name](**settings)
            model.train(self.data, TrainingOptions(rng=self.export.facts["seed"]))
            return model

        return fitted_once(self, self.export, settings, fit)

    def rank(self, state: Any, users: list[int], histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items for each history; -1 where the model can score no more."""
        lists, catalog = np.full((len(histories), depth), -1, np.int64), ItemList(item_ids=self.known)
        for row, history in enumerate(histories):
            had = [item for item in dict.fromkeys(history) if item in self.place]
            if not had:
                continue
            query = RecQuery(history_items=ItemList(item_ids=np.array(had)))
            scores = state(query, catalog).scores("numpy")
            scores = np.where(np.isfinite(scores), scores, -np.inf)[None]
            top = best(scores, [[self.place[item] for item in had]], depth)[0]
            lists[row] = np.where(np.isfinite(scores[0, top]), self.known[top], -1)
        return lists
