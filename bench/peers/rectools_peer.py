"""RecTools' SASRec: `rectools_peer.py EXPORT OUT [SASRec|eSASRec]`. eSASRec is its sampled softmax over pre-norm blocks."""

import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from common import Clock, Export, ndcg10, write
from pytorch_lightning import Trainer
from rectools import Columns, __version__
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.net_blocks import PreLNTransformerLayers

COMMON = {"n_blocks": 2, "session_max_len": 50, "batch_size": 128, "deterministic": True}
GRID: dict[str, list[dict[str, Any]]] = {
    "SASRec": [  # the first: the library's defaults, with its softmax over the whole catalog
        COMMON | {"loss": "softmax", "n_factors": 256, "dropout_rate": 0.2},
        COMMON | {"loss": "softmax", "n_factors": 128, "dropout_rate": 0.5},
    ],
    "eSASRec": [
        COMMON | {"loss": "sampled_softmax", "n_negatives": 256, "n_factors": 128, "dropout_rate": d}
        | {"transformer_layers_type": PreLNTransformerLayers}
        for d in (0.5, 0.2)
    ],
}  # fmt: skip
PATIENCE = 2


def dataset(frame: pd.DataFrame) -> Dataset:
    """Acts as RecTools wants them; the order stands for the time."""
    acts = frame.rename(columns={"user": Columns.User, "item": Columns.Item})
    acts[Columns.Weight] = 1.0
    acts[Columns.Datetime] = pd.to_datetime(acts["order"], unit="s")
    return Dataset.construct(acts[[Columns.User, Columns.Item, Columns.Weight, Columns.Datetime]])


def lists(model: SASRecModel, data: Dataset, users: np.ndarray, depth: int) -> np.ndarray:
    """The best items of each user that they did not have; -1 where the model knows no user."""
    found = model.recommend(users, data, k=depth, filter_viewed=True, on_unsupported_targets="ignore")
    made = np.full((len(users), depth), -1, np.int64)
    place = {user: n for n, user in enumerate(users)}
    made[[place[u] for u in found[Columns.User]], found[Columns.Rank].to_numpy() - 1] = found[Columns.Item]
    return made


def fit(settings: dict[str, Any], export: Export, train: Dataset, budget: float) -> dict[str, Any]:
    """Epoch by epoch until validation got no better twice, or the time is up."""
    clock, threads = Clock(), export.facts["threads"]
    quiet = {"accelerator": "cpu", "logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    model = SASRecModel(**settings, get_trainer_func=lambda: Trainer(max_epochs=1, enable_model_summary=False, **quiet))
    torch.set_num_threads(threads)
    last = export.valid.drop_duplicates("user")  # one request a user
    users, wanted = last["user"].to_numpy(), last["item"].to_numpy()
    best: dict[str, Any] = {"value": -1.0}
    epoch = 0
    while epoch - best.get("epoch", epoch) < PATIENCE and clock.spent()[1] < budget:
        epoch += 1
        model.fit_partial(train, min_epochs=1, max_epochs=1)
        value = ndcg10(lists(model, train, users, 10), wanted)
        print(
            f"{settings['loss']} {settings['dropout_rate']} epoch {epoch}: {value:.4f}, {clock.spent()[0]:.0f} CPU s",
            flush=True,
        )
        if value > best["value"]:
            cpu, wall = clock.spent()
            state = {k: v.clone() for k, v in model.lightning_model.torch_model.state_dict().items()}
            best = {"value": value, "epoch": epoch, "cpu": cpu, "wall": wall, "state": state}
    model.lightning_model.torch_model.load_state_dict(best["state"])
    return best | {"model": model, "settings": {k: str(v) for k, v in settings.items()}}


def main() -> None:
    """Choose, rank, write."""
    warnings.filterwarnings("ignore")
    export, name = Export.read(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else "SASRec"
    train, grid, search = dataset(export.train), GRID[name], Clock()
    tried = [fit(s, export, train, export.facts["budget_seconds"] / len(grid)) for s in grid]
    best = max(tried, key=lambda t: t["value"])
    acts = [(row, i, n) for row, h in enumerate(export.histories) for n, i in enumerate(h)]  # each request a user of its own
    known = dataset(pd.DataFrame(acts, columns=["user", "item", "order"]))
    clock = Clock()
    made = lists(best["model"], known, np.arange(len(export.histories)), export.facts["depth"])
    report = {
        "peer": f"RecTools {name}", "version": __version__, "chosen": best["settings"], "fit_cpu_seconds": best["cpu"],
        "fit_wall_seconds": best["wall"], "search_cpu_seconds": search.spent()[0], "valid_ndcg10": best["value"],
        "seconds_per_1000_requests": clock.spent()[1] / len(made) * 1000,
        "note": f"best of {len(grid)} settings, {best['epoch']} epochs; histories of up to 50",
    }  # fmt: skip
    write(sys.argv[2], made, report)


if __name__ == "__main__":
    main()
