"""LensKit: `lenskit_peer.py EXPORT OUT [ALS|ItemKNN]`. Users of requests are folded in by their history."""

import sys
import warnings
from typing import Any

import lenskit
import numpy as np
import pandas as pd
from common import Export, Trial, best, finish, ndcg10, search
from lenskit.als import ImplicitMFScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer
from lenskit.training import TrainingOptions

MODEL = {"ALS": ImplicitMFScorer, "ItemKNN": ItemKNNScorer}
GRID: dict[str, list[dict[str, Any]]] = {  # the first of each: the library's defaults
    "ALS": [
        {"embedding_size": 50, "epochs": 10, "regularization": 0.1, "weight": 40},
        {"embedding_size": 50, "epochs": 10, "regularization": 0.1, "weight": 10},
        {"embedding_size": 32, "epochs": 10, "regularization": 1.0, "weight": 2},
        {"embedding_size": 100, "epochs": 10, "regularization": 1.0, "weight": 2},
    ],
    "ItemKNN": [{"feedback": "implicit", "max_nbrs": k} for k in (20, 50, 200)],
}


def rank(model: Any, histories: list[list[int]], depth: int, known: np.ndarray) -> np.ndarray:
    """The best items for each history; -1 where the model can score no more. It may not be told of items not
    in train.
    """
    lists, catalog = np.full((len(histories), depth), -1, np.int64), ItemList(item_ids=known)
    place = {item: n for n, item in enumerate(known.tolist())}
    for row, history in enumerate(histories):
        had = [item for item in dict.fromkeys(history) if item in place]
        if had:
            scores = model(RecQuery(history_items=ItemList(item_ids=np.array(had))), catalog).scores("numpy")
            scores = np.where(np.isfinite(scores), scores, -np.inf)[None]
            top = best(scores, [[place[item] for item in had]], depth)[0]
            lists[row] = np.where(np.isfinite(scores[0, top]), known[top], -1)
    return lists


def main() -> None:
    """Choose, rank, write."""
    warnings.filterwarnings("ignore")
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "ALS"
    acts = (
        export.train[["user", "item"]]
        .drop_duplicates()
        .rename(columns={"user": "user_id", "item": "item_id"})
    )

    known = np.unique(export.train["item"])

    def ranked(model: Any, users: pd.Series, histories: list[list[int]], depth: int) -> np.ndarray:
        return rank(model, histories, depth, known)

    def fit(chosen: dict[str, Any], seconds: float) -> Trial:
        trial, model = Trial(chosen), MODEL[name](**chosen)
        model.train(from_interactions_df(acts), TrainingOptions(rng=export.facts["seed"]))
        cost = trial.clock.spent()
        lists = ranked(model, export.valid["user"], export.valid_histories, 10)
        trial.seen(ndcg10(lists, export.valid["item"]), 1, lambda: model)
        trial.cpu, trial.wall = cost
        return trial

    trials = search(GRID[name], export.facts["budget_seconds"], fit)
    finish(f"LensKit {name}", lenskit.__version__, export, trials, ranked, "users folded in by their history")


if __name__ == "__main__":
    main()
