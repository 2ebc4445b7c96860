"""SASRec and eSASRec of RecTools; eSASRec is its sampled softmax over LiGR blocks."""

import logging
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from common import Export, Trial, fitted_by_epochs
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns, __version__
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.ligr import LiGRLayers

LOSSES: dict[str, dict[str, Any]] = {
    "SASRec": {"loss": "softmax"},
    "eSASRec": {
        "loss": "sampled_softmax",
        "n_negatives": 256,
        "use_key_padding_mask": True,
        "transformer_layers_type": LiGRLayers,
    },
}
QUIET = {"accelerator": "cpu", "logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
PATIENCE = 10  # epochs without a better validation


def dataset(frame: pd.DataFrame) -> Dataset:
    """Interactions as RecTools wants them; the order stands for the time."""
    named = frame.rename(columns={"user": Columns.User, "item": Columns.Item})
    named[Columns.Weight] = 1.0
    named[Columns.Datetime] = pd.to_datetime(named["order"], unit="s")
    return Dataset.construct(named[[Columns.User, Columns.Item, Columns.Weight, Columns.Datetime]])


class Epochs:
    """A model that is trained an epoch at a time."""

    def __init__(self, model: SASRecModel, data: Dataset) -> None:
        self.model, self.data = model, data

    def epoch(self) -> None:
        """Train one epoch."""
        self.model.fit_partial(self.data, min_epochs=1, max_epochs=1)

    def network(self) -> torch.nn.Module:
        """The network, which exists from the first epoch on."""
        return self.model.lightning_model.torch_model


class Peer:
    """One of RecTools' sequential models."""

    version = __version__
    note = "histories as long as the chosen session_max_len"

    def __init__(self, export: Export, name: str) -> None:
        warnings.filterwarnings("ignore")
        for logger in ("pytorch_lightning", "pytorch_lightning.utilities.rank_zero", "lightning_fabric"):
            logging.getLogger(logger).setLevel(logging.ERROR)
        torch.set_num_threads(export.threads)
        self.export, self.name = export, name
        self.longest = max(len(history) for history in export.histories)

    def fit(self, settings: dict[str, Any], seconds: float) -> Trial:
        """Fit epoch by epoch."""
        trial = Trial(settings)
        seed_everything(self.export.facts["seed"], workers=True)
        length = min(settings["session_max_len"], self.longest)  # less padding, the same result
        model = SASRecModel(
            **settings | {"session_max_len": length},
            **LOSSES[self.name],
            recommend_n_threads=self.export.threads,
            get_trainer_func=lambda: Trainer(max_epochs=1, enable_model_summary=False, **QUIET),
        )
        epochs = Epochs(model, dataset(self.export.train))
        return fitted_by_epochs(self, self.export, trial, seconds, PATIENCE, epochs)

    def rank(self, state: Epochs, users: list[int], histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items for each history, as that of a user of its own; -1 where nothing of it is known."""
        rows = [(row, item, n) for row, history in enumerate(histories) for n, item in enumerate(history)]
        data = dataset(pd.DataFrame(rows, columns=["user", "item", "order"]))
        known = np.unique([row for row, _, _ in rows])
        found = state.model.recommend(
            known, data, k=depth, filter_viewed=True, on_unsupported_targets="ignore"
        )
        lists = np.full((len(histories), depth), -1, np.int64)
        places = found[Columns.User].to_numpy(int), found[Columns.Rank].to_numpy(int) - 1
        lists[places] = found[Columns.Item].to_numpy(int)
        return lists
