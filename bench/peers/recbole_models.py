"""SASRec, GRU4Rec and LightGCN of RecBole, with its own data, loaders, trainer and early stopping."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import recbole
import torch
from common import Clock, Export, Trial, best, validated
from recbole.config import Config
from recbole.data import data_preparation
from recbole.data.dataset import Dataset, SequentialDataset
from recbole.data.interaction import Interaction
from recbole.utils import get_model, get_trainer, init_seed

LENGTH = 50  # the library's default; less where no history is as long
VALID_TIME = 1e7  # of the interactions of valid: after all others, and exact as a float of 32 bits


class HeldOut(Dataset):
    """RecBole's data set split as the bench split it: the interactions of valid are left out."""

    def leave_one_out(self, group_by: str, leave_one_mode: str) -> list[Dataset]:
        """Give train, valid and, since RecBole wants a third, valid again."""
        held = self.inter_feat[self.time_field] == VALID_TIME
        self._drop_unused_col()
        return [
            self.copy(self.inter_feat[~held]),
            self.copy(self.inter_feat[held]),
            self.copy(self.inter_feat[held]),
        ]


class HeldOutSequences(HeldOut, SequentialDataset):
    """The same for sequential models."""


def every_point(name: str, folder: str, length: int) -> dict[str, Any]:
    """RecBole's settings that are the same for all points of the grid."""
    common: dict[str, Any] = {
        "data_path": folder,
        "checkpoint_dir": folder,
        "state": "ERROR",
        "show_progress": False,
        "use_gpu": False,
        "MAX_ITEM_LIST_LENGTH": length,
        "epochs": 300,
        "seed": 0,
        "reproducibility": True,
        "metrics": ["NDCG"],
        "topk": [10],
        "valid_metric": "NDCG@10",
        "eval_args": {"split": {"LS": "valid_only"}, "order": "TO", "group_by": "user", "mode": "full"},
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    }
    if name == "LightGCN":
        batches = {"train_batch_size": 2048, "eval_batch_size": 4_000_000}
        return common | batches | {"eval_step": 5, "stopping_step": 10}
    batches = {"train_batch_size": 256, "eval_batch_size": 4096, "loss_type": "CE"}
    return common | batches | {"train_neg_sample_args": None, "eval_step": 1, "stopping_step": 5}


def atomic(export: Export, folder: Path) -> None:
    """Write the interactions of train and of valid as RecBole's atomic file."""
    train = export.train.assign(order=export.train.groupby("user").cumcount())
    frame = pd.concat([train, export.valid.assign(order=int(VALID_TIME))])[["user", "item", "order"]]
    frame.columns = ["user_id:token", "item_id:token", "timestamp:float"]
    (folder / "set").mkdir()
    frame.to_csv(folder / "set/set.inter", sep="\t", index=False)


class OutOfTime(Exception):
    """The share of the budget is spent; the best state so far is on disk."""


class Peer:
    """One of RecBole's models on the export."""

    version = recbole.__version__

    def __init__(self, export: Export, name: str) -> None:
        torch.set_num_threads(export.threads)
        self.room = tempfile.TemporaryDirectory()
        self.export, self.name, self.folder = export, name, self.room.name
        # RecBole reads the command line too, and logs into the folder that it runs in.
        sys.argv[1:] = []
        os.chdir(self.folder)
        self.note = (
            "users as trained, without the interaction of valid"
            if name == "LightGCN"
            else f"histories of up to {LENGTH}"
        )
        folder = self.folder
        self.length = min(LENGTH, max(len(history) for history in export.histories))
        atomic(export, Path(folder))
        clock, config = Clock(), self.config({})
        self.data = (HeldOut if name == "LightGCN" else HeldOutSequences)(config)
        self.train, self.valid, _ = data_preparation(config, self.data)
        self.prepared = clock.spent()
        tokens = self.data.field2token_id
        self.place = {int(token): n for token, n in tokens["item_id"].items() if token != "[PAD]"}
        self.user = {int(token): n for token, n in tokens["user_id"].items() if token != "[PAD]"}

    def config(self, point: dict[str, Any]) -> Config:
        """RecBole's configuration with one point of the grid."""
        return Config(
            model=self.name,
            dataset="set",
            config_dict=every_point(self.name, self.folder, self.length) | point,
        )

    def fit(self, settings: dict[str, Any], seconds: float) -> Trial:
        """Train until RecBole stops itself, or until the time is up."""
        config, trial = self.config(settings), Trial(settings)
        init_seed(0, True)
        model = get_model(self.name)(config, self.train.dataset)
        trainer = get_trainer(config["MODEL_TYPE"], self.name)(config, model)
        trainer.saved_model_file = str(Path(self.folder) / f"{sorted(settings.items())}.pth".replace("/", ""))

        def seen(epoch: int, value: float) -> None:
            trial.record(value, epoch + 1, lambda: None)
            if trial.clock.spent()[1] > seconds:
                raise OutOfTime

        try:
            trainer.fit(self.train, self.valid, saved=True, callback_fn=seen)
        except OutOfTime:
            trial.converged = False
        # Not only weights, which is safe: the file was written by this process.
        model.load_state_dict(torch.load(trainer.saved_model_file, weights_only=False)["state_dict"])
        trial.cpu, trial.wall = trial.cpu + self.prepared[0], trial.wall + self.prepared[1]
        trial.state = model
        trial.value = validated(self, self.export, model)  # RecBole's own lets SASRec repeat items
        return trial

    @torch.no_grad()
    def rank(self, state: Any, users: list[int], histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items of the histories (LightGCN: of the users as trained); -1 where nothing is known."""
        state.eval()
        state.restore_user_e = None
        items = np.array(sorted(self.place), np.int64)
        columns = np.array([self.place[item] for item in items.tolist()])
        read = [[self.place[i] for i in history if i in self.place][-self.length :] for history in histories]
        numbers = [self.user.get(user, 0) for user in users]
        known = np.flatnonzero(numbers if self.name == "LightGCN" else [len(history) for history in read])
        lists = np.full((len(histories), depth), -1, np.int64)
        for start in range(0, len(known), 512):
            rows = known[start : start + 512]
            asked = self.batch([numbers[row] for row in rows], [read[row] for row in rows])
            found = state.full_sort_predict(asked).view(len(rows), -1).numpy()
            scores = np.full((len(rows), self.export.items), -1e9, np.float32)
            scores[:, items] = found[:, columns]
            lists[rows] = best(scores, [histories[row] for row in rows], depth)
        return lists

    def batch(self, users: list[int], histories: list[list[int]]) -> Interaction:
        """Users and histories, padded, in RecBole's form."""
        sequences = torch.zeros(len(histories), self.length, dtype=torch.long)
        for row, history in enumerate(histories):
            sequences[row, : len(history)] = torch.tensor(history)
        lengths = torch.tensor([len(history) for history in histories])
        columns = {"user_id": torch.tensor(users), "item_id_list": sequences, "item_length": lengths}
        return Interaction(columns)
