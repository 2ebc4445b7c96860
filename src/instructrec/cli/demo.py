"""`demo`: every step on MovieLens-100K; finished steps are reused."""

import json
import resource
import time
from pathlib import Path
from typing import Any

import click

from instructrec.app.evaluate import evaluate_workspace
from instructrec.app.train import train_workspace
from instructrec.cli.data import origin_of, show_clean, show_read, show_split
from instructrec.cli.recommend import show_slate
from instructrec.cli.terminal import bars, closing, command
from instructrec.cli.train import close_training, show_evaluation, show_training
from instructrec.data.clean import Rules
from instructrec.data.split import split
from instructrec.errors import NotTrained
from instructrec.models import checkpoint
from instructrec.recommender.recommender import Recommender
from instructrec.resources.known import get
from instructrec.sources.read import read
from instructrec.store.bulk import load, save
from instructrec.store.quarantine import clean_store
from instructrec.store.workspace import Workspace
from instructrec.types import Progress

INSTRUCTIONS = (
    "",
    "a dark science fiction thriller from the 90s, not horror",
    "九十年代的浪漫喜剧，不要动画片",
)


@command("demo")
@click.option("--workspace", "-w", default=".instructrec/demo", help="Workspace of the demo.")
def demo_command(workspace: str) -> None:
    """Fetch MovieLens-100K, read, clean, split, train, evaluate, and recommend to a real user."""
    start = time.perf_counter()
    place = Workspace.of(workspace)
    with bars() as progress:
        _ensure_data(place, progress)
        _ensure_model(place, progress)
        measured = _measured(place, progress)
    show_evaluation(measured)
    user = typical_user(place)
    recommender = Recommender.load(place.folder)
    for instruction in INSTRUCTIONS:
        print()
        show_slate(recommender.recommend(instruction, user=user, n=5))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    closing(
        f"demo done in {time.perf_counter() - start:.0f} s, peak memory {peak:.0f} MiB; everything is in "
        f"{place.folder}",
        f'instructrec recommend "a quiet film about friendship" --user {user} -w {place.folder}',
        f'instructrec parse "便宜一点的科幻片，不要恐怖" -w {place.folder}',
        "instructrec read YOUR_FOLDER && instructrec train",
    )


def _ensure_data(place: Workspace, progress: Progress) -> None:
    if place.store.count("interactions"):
        print(f"using the data in {place.folder}")
        return
    source = get("ml-100k", progress=progress)
    data, report = read(source)
    show_read(report, save(place.store, data, progress, origin_of(source, report)))
    print()
    show_clean(clean_store(place.store, Rules())[1])
    print()
    show_split(split(load(place.store), **place.store.get("split", {}))[1])


def _ensure_model(place: Workspace, progress: Progress) -> None:
    try:
        facts = checkpoint.manifest(place.models, checkpoint.current(place.models))
    except NotTrained:
        facts = {}
    if facts.get("revision") == place.store.revision:
        print(f"using model {facts['version']}")
        return
    version, report = train_workspace(place, 0, 30, progress)
    print()
    show_training(report)
    close_training(place, version, report)


def _measured(place: Workspace, progress: Progress) -> dict[str, Any]:
    """The evaluation of the current model: kept from last time, or made now with its tables and plots."""
    output = place.folder / "evaluation"
    kept = _read(output / "evaluation.json")
    if kept and (kept["model"], kept["revision"]) == (checkpoint.current(place.models), place.store.revision):
        print(f"using the evaluation in {output}")
        return kept
    return evaluate_workspace(place, 5_000, progress, output)


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def typical_user(place: Workspace) -> str:
    """A real user of average activity (nearest to eighty interactions), the latest one among ties."""
    query = (
        "SELECT user_id FROM interactions GROUP BY user_id "
        "ORDER BY abs(count(*) - 80), max(timestamp) DESC, user_id LIMIT 1"
    )
    return place.store.connection.execute(query).fetchone()[0]
