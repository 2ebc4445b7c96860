"""RecBole: `recbole_peer.py EXPORT OUT [SASRec|GRU4Rec|LightGCN]`, with its own data, loaders, trainer and
early stopping.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import recbole
import torch
from common import Clock, Export, Trial, best, finish, ndcg10, search
from recbole.config import Config
from recbole.data import data_preparation
from recbole.data.dataset import Dataset, SequentialDataset
from recbole.data.interaction import Interaction
from recbole.utils import get_model, get_trainer, init_seed

GRID: dict[str, list[dict[str, Any]]] = {  # the first of each: the library's defaults
    "SASRec": [
        {"hidden_size": 64, "inner_size": 256, "hidden_dropout_prob": 0.5, "attn_dropout_prob": 0.5},
        {"hidden_size": 64, "inner_size": 256, "hidden_dropout_prob": 0.2, "attn_dropout_prob": 0.2},
        {"hidden_size": 128, "inner_size": 512, "hidden_dropout_prob": 0.5, "attn_dropout_prob": 0.5},
    ],
    "GRU4Rec": [
        {"embedding_size": 64, "hidden_size": 128, "dropout_prob": 0.3},
        {"embedding_size": 64, "hidden_size": 128, "dropout_prob": 0.5},
        {"embedding_size": 128, "hidden_size": 256, "dropout_prob": 0.5},
    ],
    "LightGCN": [
        {"n_layers": 2, "reg_weight": 1e-5, "learning_rate": 0.001},
        {"n_layers": 2, "reg_weight": 1e-5, "learning_rate": 0.005},
        {"n_layers": 3, "reg_weight": 1e-4, "learning_rate": 0.005},
    ],
}
LENGTH = 50  # the library's default; less where no history is as long
HELD = 1e7  # the time of the acts of valid, after all others and exact as a float of 32 bits


class HeldOut(Dataset):
    """RecBole's data set, split as the bench split it: it leaves out the acts of valid instead of every
    user's last one.
    """

    def leave_one_out(self, group_by: str, leave_one_mode: str) -> list[Dataset]:
        """Give train, valid and, since RecBole wants a third, valid again."""
        held = self.inter_feat[self.time_field] == HELD
        self._drop_unused_col()
        return [
            self.copy(self.inter_feat[~held]),
            self.copy(self.inter_feat[held]),
            self.copy(self.inter_feat[held]),
        ]


class HeldOutSequences(HeldOut, SequentialDataset):
    """The same for sequential models."""


def settings(name: str, folder: str, length: int) -> dict[str, Any]:
    """RecBole's settings, the same for all points of the grid."""
    sequential = name != "LightGCN"
    own: dict[str, Any] = {"loss_type": "CE", "train_neg_sample_args": None} if sequential else {}
    every = {"eval_step": 1, "stopping_step": 5} if sequential else {"eval_step": 5, "stopping_step": 10}
    return own | every | {
        "data_path": folder, "checkpoint_dir": folder, "state": "ERROR", "show_progress": False, "use_gpu": False,
        "MAX_ITEM_LIST_LENGTH": length, "epochs": 300, "seed": 0, "reproducibility": True,
        "train_batch_size": 256 if sequential else 2048, "eval_batch_size": 4096 if sequential else 4_000_000,
        "metrics": ["NDCG"], "topk": [10], "valid_metric": "NDCG@10",
        "eval_args": {"split": {"LS": "valid_only"}, "order": "TO", "group_by": "user", "mode": "full"},
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    }  # fmt: skip


def atomic(export: Export, folder: Path) -> None:
    """Write the acts of train and of valid as RecBole's atomic file."""
    train = export.train.assign(order=export.train.groupby("user").cumcount())
    frame = pd.concat([train, export.valid.assign(order=int(HELD))])[["user", "item", "order"]]
    frame.columns = ["user_id:token", "item_id:token", "timestamp:float"]
    (folder / "set").mkdir()
    frame.to_csv(folder / "set/set.inter", sep="\t", index=False)


class OutOfTime(Exception):
    """The share of the budget is spent; the best state so far is on disk."""


class Peer:
    """One of RecBole's models on the export."""

    def __init__(self, export: Export, name: str, folder: str) -> None:
        self.export, self.name, self.folder = export, name, folder
        self.length = min(LENGTH, max(len(history) for history in export.histories))
        atomic(export, Path(folder))
        clock, config = Clock(), self.config({})
        self.data = (HeldOut if name == "LightGCN" else HeldOutSequences)(config)
        self.train, self.valid, _ = data_preparation(config, self.data)
        self.prepared = clock.spent()
        tokens = self.data.field2token_id
        self.place = {int(token): n for token, n in tokens["item_id"].items() if token != "[PAD]"}
        self.user = {int(token): n for token, n in tokens["user_id"].items() if token != "[PAD]"}

    def config(self, chosen: dict[str, Any]) -> Config:
        """RecBole's configuration with one point of the grid."""
        return Config(
            model=self.name, dataset="set", config_dict=settings(self.name, self.folder, self.length) | chosen
        )

    def fit(self, chosen: dict[str, Any], seconds: float) -> Trial:
        """Train until RecBole stops itself, or until the time is up."""
        config, trial = self.config(chosen), Trial(chosen)
        init_seed(0, True)
        model = get_model(self.name)(config, self.train.dataset)
        trainer = get_trainer(config["MODEL_TYPE"], self.name)(config, model)
        trainer.saved_model_file = str(Path(self.folder) / f"{sorted(chosen.items())}.pth".replace("/", ""))

        def seen(epoch: int, value: float) -> None:
            trial.seen(value, epoch + 1, lambda: None)
            if trial.clock.spent()[1] > seconds:
                raise OutOfTime

        try:
            trainer.fit(self.train, self.valid, saved=True, callback_fn=seen)
        except OutOfTime:
            trial.converged = False
        # Not only weights: RecBole keeps its settings beside them, in the file that this process has just
        # written.
        model.load_state_dict(torch.load(trainer.saved_model_file, weights_only=False)["state_dict"])
        trial.cpu, trial.wall = trial.cpu + self.prepared[0], trial.wall + self.prepared[1]
        lists = self.rank(model, self.export.valid["user"], self.export.valid_histories, 10)
        trial.state, trial.value = (
            model,
            ndcg10(lists, self.export.valid["item"]),
        )  # RecBole lets SASRec repeat items
        return trial

    @torch.no_grad()
    def rank(self, model: Any, users: pd.Series, histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items of the histories (LightGCN: of the users as trained); no list where RecBole knows
        nothing of one.
        """
        model.eval()
        model.restore_user_e = None
        known = np.array(sorted(self.place), np.int64)
        columns = np.array([self.place[i] for i in known.tolist()])
        lists = np.full((len(histories), depth), -1, np.int64)
        told = [[self.place[i] for i in history if i in self.place][-self.length :] for history in histories]
        who = [self.user.get(user, 0) for user in users.tolist()]
        rows = np.flatnonzero(who if self.name == "LightGCN" else [len(t) for t in told])
        for start in range(0, len(rows), 512):
            batch = rows[start : start + 512]
            sequences = torch.zeros(len(batch), self.length, dtype=torch.long)
            for n, row in enumerate(batch):
                sequences[n, : len(told[row])] = torch.tensor(told[row])
            lengths = torch.tensor([len(told[row]) for row in batch])
            asked = {
                "user_id": torch.tensor([who[row] for row in batch]),
                "item_id_list": sequences,
                "item_length": lengths,
            }
            scores = np.full((len(batch), self.export.items), -1e9, np.float32)
            scores[:, known] = (
                model.full_sort_predict(Interaction(asked)).view(len(batch), -1).numpy()[:, columns]
            )
            lists[batch] = best(scores, [histories[row] for row in batch], depth)
        return lists


def main() -> None:
    """Choose, rank, write."""
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "SASRec"
    out, torch_threads = str(Path(sys.argv[2]).resolve()), export.threads
    sys.argv[1:] = [
        str(Path(sys.argv[1]).resolve()),
        out,
    ]  # RecBole reads the command line too, and logs into its folder
    torch.set_num_threads(torch_threads)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        peer = Peer(export, name, folder)
        trials = search(GRID[name], export.facts["budget_seconds"], peer.fit)
        taken = (
            "users as trained, without the act of valid"
            if name == "LightGCN"
            else f"histories of up to {LENGTH}"
        )
        finish(f"RecBole {name}", recbole.__version__, export, trials, peer.rank, taken)
        os.chdir("/")


if __name__ == "__main__":
    main()
