"""RecTools: `rectools_peer.py EXPORT OUT [SASRec|eSASRec]`. eSASRec is its sampled softmax over LiGR
blocks.
"""

import logging
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from common import Export, Trial, finish, ndcg10, search
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns, __version__
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.ligr import LiGRLayers

DENSE, SPARSE = "dense", "sparse"  # by the mean number of acts of a user: from 50 on, or fewer
# The first of each takes small batches and few factors, which give a CPU more steps for the same time. Among
# the others are the library's defaults (SASRec) and what the authors of eSASRec published for leave-one-out
# on MovieLens-1M and Amazon Beauty.
GRID: dict[str, dict[str, list[dict[str, Any]]]] = {
    "SASRec": {
        DENSE: [
            {
                "n_factors": 64,
                "n_blocks": 2,
                "n_heads": 1,
                "dropout_rate": 0.2,
                "session_max_len": 200,
                "batch_size": 32,
            },
            {
                "n_factors": 256,
                "n_blocks": 2,
                "n_heads": 4,
                "dropout_rate": 0.2,
                "session_max_len": 100,
                "batch_size": 128,
            },
            {
                "n_factors": 128,
                "n_blocks": 2,
                "n_heads": 2,
                "dropout_rate": 0.5,
                "session_max_len": 100,
                "batch_size": 32,
            },
        ],
        SPARSE: [
            {
                "n_factors": 64,
                "n_blocks": 2,
                "n_heads": 1,
                "dropout_rate": 0.2,
                "session_max_len": 50,
                "batch_size": 32,
            },
            {
                "n_factors": 256,
                "n_blocks": 2,
                "n_heads": 4,
                "dropout_rate": 0.2,
                "session_max_len": 100,
                "batch_size": 128,
            },
            {
                "n_factors": 128,
                "n_blocks": 2,
                "n_heads": 2,
                "dropout_rate": 0.5,
                "session_max_len": 50,
                "batch_size": 32,
            },
        ],
    },
    "eSASRec": {
        DENSE: [
            {
                "n_factors": 64,
                "n_blocks": 2,
                "n_heads": 1,
                "dropout_rate": 0.3,
                "session_max_len": 100,
                "batch_size": 32,
            },
            {
                "n_factors": 64,
                "n_blocks": 2,
                "n_heads": 1,
                "dropout_rate": 0.1,
                "session_max_len": 200,
                "batch_size": 128,
            },
        ],
        SPARSE: [
            {
                "n_factors": 128,
                "n_blocks": 1,
                "n_heads": 1,
                "dropout_rate": 0.3,
                "session_max_len": 50,
                "batch_size": 32,
            },
            {
                "n_factors": 256,
                "n_blocks": 1,
                "n_heads": 1,
                "dropout_rate": 0.2,
                "session_max_len": 50,
                "batch_size": 128,
            },
        ],
    },
}
LOSS: dict[str, dict[str, Any]] = {
    "SASRec": {"loss": "softmax"},
    "eSASRec": {
        "loss": "sampled_softmax",
        "n_negatives": 256,
        "use_key_padding_mask": True,
        "transformer_layers_type": LiGRLayers,
    },
}
PATIENCE = 10  # epochs without a better validation


def dataset(frame: pd.DataFrame) -> Dataset:
    """Acts as RecTools wants them; the order stands for the time."""
    acts = frame.rename(columns={"user": Columns.User, "item": Columns.Item})
    acts[Columns.Weight] = 1.0
    acts[Columns.Datetime] = pd.to_datetime(acts["order"], unit="s")
    return Dataset.construct(acts[[Columns.User, Columns.Item, Columns.Weight, Columns.Datetime]])


def rank(model: SASRecModel, users: pd.Series, histories: list[list[int]], depth: int) -> np.ndarray:
    """The best items for each history, as a user of its own, that are not in it; -1 where the model knows
    nothing of it.
    """
    acts = [(row, item, n) for row, history in enumerate(histories) for n, item in enumerate(history)]
    data = dataset(pd.DataFrame(acts, columns=["user", "item", "order"]))
    rows = np.unique([row for row, _, _ in acts])
    found = model.recommend(rows, data, k=depth, filter_viewed=True, on_unsupported_targets="ignore")
    lists = np.full((len(histories), depth), -1, np.int64)
    lists[found[Columns.User].to_numpy(int), found[Columns.Rank].to_numpy(int) - 1] = found[
        Columns.Item
    ].to_numpy(int)
    return lists


def fit(chosen: dict[str, Any], seconds: float, export: Export, name: str) -> Trial:
    """Epoch by epoch until validation got no better for a while, or the time is up."""
    trial = Trial(chosen)
    quiet = {
        "accelerator": "cpu",
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
    }
    seed_everything(export.facts["seed"], workers=True)
    longest = max(len(history) for history in export.histories)
    model = SASRecModel(
        **chosen
        | {"session_max_len": min(chosen["session_max_len"], longest)},  # less padding, the same result
        **LOSS[name],
        recommend_n_threads=export.threads,
        get_trainer_func=lambda: Trainer(max_epochs=1, enable_model_summary=False, **quiet),
    )
    data, epoch = dataset(export.train), 0
    while epoch - trial.epoch < PATIENCE and trial.converged:
        epoch += 1
        model.fit_partial(data, min_epochs=1, max_epochs=1)
        value = ndcg10(rank(model, export.valid["user"], export.valid_histories, 10), export.valid["item"])
        weights = model.lightning_model.torch_model.state_dict()
        trial.seen(value, epoch, lambda: {key: tensor.clone() for key, tensor in weights.items()})  # noqa: B023
        trial.converged = trial.clock.spent()[1] < seconds
    model.lightning_model.torch_model.load_state_dict(trial.state)
    trial.state = model
    return trial


def main() -> None:
    """Choose, rank, write."""
    warnings.filterwarnings("ignore")
    for quiet in ("pytorch_lightning", "pytorch_lightning.utilities.rank_zero", "lightning_fabric"):
        logging.getLogger(quiet).setLevel(logging.ERROR)
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "SASRec"
    torch.set_num_threads(export.threads)
    kind = DENSE if len(export.train) >= 50 * export.train["user"].nunique() else SPARSE
    trials = search(
        GRID[name][kind],
        export.facts["budget_seconds"],
        lambda chosen, seconds: fit(chosen, seconds, export, name),
    )
    finish(f"RecTools {name}", __version__, export, trials, rank, f"settings for {kind} data")


if __name__ == "__main__":
    main()
