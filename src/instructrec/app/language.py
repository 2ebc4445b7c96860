"""Tune a language model on a workspace's data, and make the tuned one smaller."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from instructrec.app.train import split_workspace
from instructrec.errors import NotTrained, require
from instructrec.language.examples import tuning_material
from instructrec.language.rerank import NETWORK, reading, tuning_report
from instructrec.language.weigh import weigh_by_kind
from instructrec.models import checkpoint
from instructrec.models.validation_lists import ValidationList
from instructrec.store.workspace import Workspace
from instructrec.types import Progress, no_progress


def tune_workspace(
    place: Workspace, settings: dict[str, Any], progress: Progress = no_progress
) -> dict[str, Any]:
    """Tune on the training part, weigh the model on the current fast model's validation lists, and publish
    it.

    Returns the report that is kept with the model. Raises NotTrained without a fast model.
    """
    tuning = require("instructrec.language.tune", "lm")
    version, lists = _validation_lists(place)
    config = tuning.TuneConfig(**settings)
    parts = split_workspace(place)
    examples, valid = tuning_material(parts, config.seed, progress)
    model, report = tuning.tune(examples, valid, config, checkpoint=place.tuning, progress=progress)
    if not tuning.leads():
        raise SystemExit  # another process of the same run writes the result
    draft = tuning.write(model, place.language)
    titles = [item.title for item in parts.train.catalog.records()]
    about = _publish_weighed(place, draft, {**report.to_dict(), "beside": version}, lists, titles, progress)
    place.tuning.unlink(missing_ok=True)
    return about


def compress_workspace(place: Workspace, progress: Progress = no_progress) -> dict[str, Any]:
    """Trim the tuned model's vocabulary, measure both on validation, and publish the smaller one where it is
    no worse.
    """
    compressing = require("instructrec.compression.compress", "lm")
    tuning = require("instructrec.language.tune", "lm")
    about = tuning_report(place.language)
    version, lists = _validation_lists(place)
    whole = require("instructrec.language.model", "lm").TorchModel(str(place.language / NETWORK))
    parts = split_workspace(place)
    examples, valid = tuning_material(parts, 0, progress)
    titles = [item.title for item in parts.train.catalog.records()]
    draft = tuning.write(compressing.compressed(whole, parts.train, examples), place.language)
    before, after = compressing.figures((place.language, draft), valid, titles)
    published = after["nDCG@10"] >= before["nDCG@10"] - compressing.TOLERANCE
    found = {"before": before, "after": after, "tolerance": compressing.TOLERANCE, "published": published}
    if published:
        about = {**about, "beside": version, "compressed": dict(found)}
        found["weighed"] = _publish_weighed(place, draft, about, lists, titles, progress)["weighed"]
    else:
        shutil.rmtree(draft)
    return found


def _publish_weighed(
    place: Workspace,
    draft: Path,
    about: dict[str, Any],
    lists: list[ValidationList],
    titles: list[str],
    progress: Progress,
) -> dict[str, Any]:
    """Weigh the model of a draft beside the fast one and put it in place; its report, with the weights."""
    read = reading(draft)
    weights = weigh_by_kind(read, lists, titles, progress)
    about = {
        **about,
        "weighed": {kind: asdict(each) | {"earns": each.earns} for kind, each in weights.items()},
    }
    require("instructrec.language.tune", "lm").publish_language(draft, place.language, about, read.alone)
    return about


def _validation_lists(place: Workspace) -> tuple[str, list[ValidationList]]:
    """The current fast model and its validation lists, on which a language model is weighed."""
    version = checkpoint.current(place.models)
    lists = checkpoint.validation_lists(place.models, version)
    if not lists:
        raise NotTrained(f"model {version} has no validation lists; next: instructrec train")
    return version, lists
