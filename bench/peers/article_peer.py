"""Baselines in plain torch: `article_peer.py EXPORT OUT [Pair|BERT|MultVAE|GRU]`.

Pair and BERT are the two samples of the Chinese article about InstructRec that this project began with,
repaired only where they do not run; MultVAE and GRU are two usual networks beside them (networks.py).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from common import Export, Trial, best, finish, ndcg10, search
from networks import GRU, MultVAE
from torch import Tensor, nn

GRID: dict[str, list[dict[str, Any]]] = {
    "Pair": [
        {"width": width, "lr": lr} for width, lr in ((64, 0.001), (128, 0.001), (64, 0.01))
    ],  # the article names only lr
    "MultVAE": [
        {"hidden": 600, "latent": 200, "dropout": 0.5, "beta": 0.2},  # as published
        {"hidden": 600, "latent": 200, "dropout": 0.5, "beta": 0.5},
        {"hidden": 300, "latent": 64, "dropout": 0.5, "beta": 0.2},
        {"hidden": 600, "latent": 200, "dropout": 0.7, "beta": 0.2},
    ],
    "GRU": [{"width": width, "dropout": dropout} for width, dropout in ((64, 0.3), (128, 0.5), (256, 0.5))],
}
PATIENCE = {
    "Pair": 5,
    "MultVAE": 15,
    "GRU": 5,
}  # epochs without a better validation; one of MultVAE has few steps
BERT = (
    "not run, and no result is made up. It needs the weights of bert-base-uncased, which come from a model hub and not "
    "from a package index, and titles, which the export does not have. Nor does it run as printed: train_test_split is "
    "not imported, the loaders are never made, the states of all tokens are joined along the axis of tokens, so that the "
    "layer of 256 inputs gets 128, and BCELoss gets raw scores."
)


class Pair(nn.Module):
    """The article's RecommenderModel: one linear layer over the user's and the item's embeddings, fitted by
    squared error.

    Repaired: full-width commas, the imports, the sizes, and the shape of the output. The export has no
    ratings: an act is a 1, and each has a random item beside it as a 0. Since the layer is linear, its order
    of items is the same for every user.
    """

    def __init__(self, export: Export, width: int, lr: float) -> None:
        super().__init__()
        self.user_embedding = nn.Embedding(export.facts["users"], width)
        self.item_embedding = nn.Embedding(export.items, width)
        self.fc = nn.Linear(width * 2, 1)
        self.export, self.optimizer = export, torch.optim.Adam(self.parameters(), lr=lr)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """One score a pair."""
        return self.fc(torch.cat((self.user_embedding(users), self.item_embedding(items)), 1)).squeeze(1)

    def losses(self) -> Iterator[Tensor]:
        """The losses of an epoch."""
        users, items = (
            torch.tensor(self.export.train[column].to_numpy(np.int64)) for column in ("user", "item")
        )
        for batch in torch.randperm(len(users)).split(1024):
            pairs = torch.cat((items[batch], torch.randint(self.export.items, (len(batch),))))
            rating = torch.arange(len(pairs)).lt(len(batch)).float()
            yield nn.functional.mse_loss(self(users[batch].repeat(2), pairs), rating)

    def scores(self, users: list[int], histories: list[list[int]]) -> Tensor:
        """What forward gives for all pairs, with the two halves of the linear layer worked out once."""
        of_user, of_item = self.fc.weight[0].chunk(2)
        return (self.user_embedding(torch.tensor(users)) @ of_user + self.fc.bias)[
            :, None
        ] + self.item_embedding.weight @ of_item


MODEL = {"Pair": Pair, "MultVAE": MultVAE, "GRU": GRU}


@torch.no_grad()
def rank(model: Any, users: pd.Series, histories: list[list[int]], depth: int) -> np.ndarray:
    """The best items of each row that are not in its history; -1 where there is no history."""
    model.eval()
    parts = []
    for start in range(0, len(histories), 512):
        part = histories[start : start + 512]
        parts.append(best(model.scores(users.tolist()[start : start + 512], part).numpy(), part, depth))
    lists = np.concatenate(parts)
    lists[[not history for history in histories]] = -1  # nothing to go by
    return lists


def fit(chosen: dict[str, Any], seconds: float, export: Export, name: str) -> Trial:
    """Epoch by epoch until validation got no better for a while, or the time is up."""
    trial, epoch = Trial(chosen), 0
    torch.manual_seed(export.facts["seed"])
    model = MODEL[name](export, **chosen)
    while epoch - trial.epoch < PATIENCE[name] and trial.converged:
        epoch += 1
        model.train()
        for loss in model.losses():
            model.optimizer.zero_grad()
            loss.backward()
            model.optimizer.step()
        value = ndcg10(rank(model, export.valid["user"], export.valid_histories, 10), export.valid["item"])
        trial.seen(value, epoch, lambda: {key: tensor.clone() for key, tensor in model.state_dict().items()})
        trial.converged = trial.clock.spent()[1] < seconds
    model.load_state_dict(trial.state)
    trial.state = model
    return trial


def main() -> None:
    """Choose, rank, write."""
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "Pair"
    torch.set_num_threads(export.threads)
    if name == "BERT":
        Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
        (Path(sys.argv[2]) / "report.json").write_text(
            json.dumps({"peer": "article BERT", "note": BERT}, indent=1)
        )
        return
    trials = search(
        GRID[name], export.facts["budget_seconds"], lambda chosen, seconds: fit(chosen, seconds, export, name)
    )
    note = "one order of items for all users, as its layer is linear" if name == "Pair" else "plain torch"
    finish(
        f"article {name}" if name == "Pair" else f"torch {name}",
        torch.__version__,
        export,
        trials,
        rank,
        note,
    )


if __name__ == "__main__":
    main()
