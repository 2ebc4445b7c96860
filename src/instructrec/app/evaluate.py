"""Compare the current model of a workspace with the baselines."""

import json
from pathlib import Path
from typing import Any

from instructrec.app.train import split_workspace
from instructrec.encoders.registry import load_encoder
from instructrec.errors import NotTrained, require
from instructrec.evaluation.plot import plot
from instructrec.evaluation.tables import Tables, evaluate
from instructrec.models import checkpoint
from instructrec.store.workspace import Workspace
from instructrec.types import Progress, no_progress


def evaluate_workspace(
    place: Workspace, limit: int, progress: Progress = no_progress, output: Path | None = None
) -> dict[str, Any]:
    """Both tables as JSON values; with `output` also as files and plots.

    Raises NotTrained when the data changed since the model was trained.
    """
    if output:
        require("altair", "plot")  # now, not after minutes of measuring
    model = checkpoint.load_model(place.models)
    if model.facts.get("revision") != place.store.revision:
        raise NotTrained(
            "the data changed since the model was trained, so its test part may be in it; next: "
            "instructrec train"
        )
    encoder = load_encoder(model.facts["encoder"])
    tables = evaluate(
        model, split_workspace(place), encoder, store=place.store, limit=limit, progress=progress
    )
    found = {"model": model.facts["version"], "revision": place.store.revision, **tables.to_dict()}
    if output:
        _write_files(output, found, tables)
    return found


def _write_files(output: Path, found: dict[str, Any], tables: Tables) -> None:
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(found, indent=2, ensure_ascii=False))
    text = f"## Without an instruction\n\n{tables.plain.to_markdown()}\n\n"
    text += f"## With an instruction\n\n{tables.instructed.to_markdown()}\n"
    (output / "evaluation.md").write_text(text, encoding="utf-8")
    plot(tables.plain, output / "accuracy-diversity.svg")
    plot(tables.plain, output / "accuracy-diversity.png")
