"""RecBole's sequential models: `recbole_peer.py EXPORT OUT [SASRec|GRU4Rec]`, with its own trainer, data and early stopping."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from common import Clock, Export, best, write
from recbole import __version__
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.utils import get_model, get_trainer, init_seed

DEFAULTS: dict[str, dict[str, Any]] = {  # the library's own, with cross-entropy over the whole catalog
    "SASRec": {"loss_type": "CE", "hidden_dropout_prob": 0.5, "attn_dropout_prob": 0.5},
    "GRU4Rec": {"loss_type": "CE"},
}
LENGTH = 50


def atomic(export: Export, folder: Path) -> None:
    """Write the acts of train and, as each user's last, of valid as RecBole's file; it leaves the last ones out itself."""
    last = export.valid.assign(order=export.train["order"].max() + 1)
    frame = pd.concat([export.train, last]).rename(
        columns={"user": "user_id:token", "item": "item_id:token", "order": "timestamp:float"}
    )
    (folder / "set").mkdir()
    frame.to_csv(folder / "set/set.inter", sep="\t", index=False)


def settings(export: Export, name: str, folder: Path) -> dict[str, Any]:
    """RecBole's settings: users of valid have their last act held out, and nobody has a test."""
    return DEFAULTS[name] | {
        "data_path": str(folder), "checkpoint_dir": str(folder), "state": "ERROR", "show_progress": False, "use_gpu": False,
        "MAX_ITEM_LIST_LENGTH": LENGTH, "train_neg_sample_args": None, "epochs": 100, "stopping_step": 3, "seed": 0,
        "train_batch_size": 2048, "eval_batch_size": 4096, "metrics": ["NDCG"], "topk": [10], "valid_metric": "NDCG@10",
        "eval_args": {"split": {"LS": "valid_only"}, "order": "TO", "group_by": "user", "mode": "full"},
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    }  # fmt: skip


class OutOfTime(Exception):
    """The budget is spent; the best state so far is on disk."""


def main() -> None:
    """Fit, rank, write."""
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "SASRec"
    torch.set_num_threads(export.facts["threads"])
    with tempfile.TemporaryDirectory() as place:
        atomic(export, Path(place))
        config = Config(model=name, dataset="set", config_dict=settings(export, name, Path(place)))
        init_seed(0, True)
        data = create_dataset(config)
        train, valid, _ = data_preparation(config, data)
        model = get_model(name)(config, train.dataset)
        trainer = get_trainer(config["MODEL_TYPE"], name)(config, model)
        clock, reached = Clock(), {"value": -1.0, "cpu": 0.0, "wall": 0.0, "epoch": 0}

        def seen(epoch: int, value: float) -> None:
            cpu, wall = clock.spent()
            print(f"{name} epoch {epoch + 1}: {value:.4f}, {cpu:.0f} CPU s", flush=True)
            if value > reached["value"]:
                reached.update(value=value, cpu=cpu, wall=wall, epoch=epoch + 1)
            if wall > export.facts["budget_seconds"]:
                raise OutOfTime

        try:
            trainer.fit(train, valid, saved=True, callback_fn=seen)
        except OutOfTime:
            reached["stopped"] = "by the budget, before it had converged"
        state = torch.load(trainer.saved_model_file, weights_only=False) if Path(trainer.saved_model_file).exists() else None
        if state:
            model.load_state_dict(state["state_dict"])
        clock = Clock()
        made = ranked(model, data, export)
    report = {
        "peer": f"RecBole {name}", "version": __version__, "chosen": {k: str(v) for k, v in DEFAULTS[name].items()},
        "fit_cpu_seconds": reached["cpu"], "fit_wall_seconds": reached["wall"], "search_cpu_seconds": reached["cpu"],
        "valid_ndcg10": reached["value"], "seconds_per_1000_requests": clock.spent()[1] / len(made) * 1000,
        "note": f"published settings, {reached['epoch']} epochs; stopped {reached.get('stopped', 'early, by validation')}",
    }  # fmt: skip
    write(sys.argv[2], made, report)


@torch.no_grad()
def ranked(model: Any, data: Any, export: Export) -> np.ndarray:
    """The lists of all requests; items that RecBole never saw come last."""
    model.eval()
    items = export.facts["items"]
    place = {int(token): n for token, n in data.field2token_id["item_id"].items() if token != "[PAD]"}
    known = np.array(sorted(place), np.int64)
    columns = np.array([place[i] for i in known.tolist()])
    parts = []
    for start in range(0, len(export.histories), 512):
        batch = export.histories[start : start + 512]
        told = [[place[i] for i in history if i in place][-LENGTH:] or [0] for history in batch]
        sequences = torch.zeros(len(told), LENGTH, dtype=torch.long)
        for row, items_had in enumerate(told):
            sequences[row, : len(items_had)] = torch.tensor(items_had)
        asked = Interaction({"item_id_list": sequences, "item_length": torch.tensor([len(t) for t in told])})
        scores = np.full((len(batch), items), -1e9, np.float32)
        scores[:, known] = model.full_sort_predict(asked).view(len(batch), -1).numpy()[:, columns]
        parts.append(best(scores, batch, export.facts["depth"]))
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
