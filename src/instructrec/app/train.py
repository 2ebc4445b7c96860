"""Train the fast model of a workspace and publish it."""

from dataclasses import replace
from typing import Any

from instructrec.data.dataset import Split
from instructrec.data.split import split
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.errors import require
from instructrec.models import checkpoint
from instructrec.models.fast import UNTRAINED
from instructrec.store.bulk import load
from instructrec.store.workspace import Workspace
from instructrec.types import Progress, no_progress


def split_workspace(place: Workspace) -> Split:
    """The workspace's data, split as was chosen; by time when nothing was."""
    return split(load(place.store), **place.store.get("split", {}))[0]


def train_workspace(
    place: Workspace, seed: int, epochs: int, progress: Progress = no_progress, encoder: str = DEFAULT
) -> tuple[str, dict[str, Any]]:
    """Train on the workspace's data and split, and publish; the version's name and the report.

    A model that is worse on validation than the untrained one is held back: what is served stays. Its report
    says so under `held_back`, and under `served` what answers now.
    """
    loop = require("instructrec.tuning.loop", "train")
    config = loop.TrainConfig(seed=seed, epochs=epochs)
    parts, store = split_workspace(place), place.store
    model, report = loop.train(
        parts, load_encoder(encoder), config, store=store, checkpoint=place.checkpoint, progress=progress
    )
    facts = {**model.facts, "revision": store.revision, "split": store.get("split", {})}
    version = checkpoint.publish(
        replace(model, facts=facts), place.models, report.lists, serve=report.improves
    )
    return version, {
        **report.to_dict(),
        "held_back": not report.improves,
        "served": checkpoint.served(place.models) or UNTRAINED,
    }
