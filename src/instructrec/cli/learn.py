"""`train`, `tune`, `compress`, `evaluate` and `bench`."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from instructrec.cli.show import bars, closing, command, dump, json_option, table, workspace_option
from instructrec.data.dataset import Split
from instructrec.data.split import split
from instructrec.encoders.registry import DEFAULT, load_encoder
from instructrec.errors import ConfigError, NotTrained, require
from instructrec.evaluation.compare import COLUMNS, Table
from instructrec.evaluation.plot import plot
from instructrec.evaluation.tables import evaluate
from instructrec.language.examples import material
from instructrec.language.rerank import NETWORK, known, reading, weighed_apart
from instructrec.models import checkpoint
from instructrec.models.tried import Tried
from instructrec.recommender.speed import measure
from instructrec.store.bulk import load
from instructrec.store.workspace import Workspace
from instructrec.types import Progress

MOST_REQUESTS = 100_000


@command("train")
@click.option("--seed", default=0, help="The one source of randomness.")
@click.option("--epochs", default=30, help="Most passes over the data; validation stops earlier.")
@click.option(
    "--encoder",
    default=DEFAULT,
    show_default=True,
    help="Of sentences: this, or one of sentence-transformers.",
)
@workspace_option
@json_option
def train_command(seed: int, epochs: int, encoder: str, workspace: str | None, as_json: bool) -> None:
    """Train the fast model and make it current; a run that was killed goes on where it was."""
    if epochs < 1 or seed < 0:
        raise ConfigError(
            f"--epochs {epochs} and --seed {seed}: allowed are at least 1 epoch and a seed of 0 or more"
        )
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        version, report = train_workspace(place, seed, epochs, progress, encoder)
    if as_json:
        dump({"version": version, **report})
    else:
        show_training(report)
        closing(f"model {version} is current in {place.models}", "instructrec evaluate")


@command("tune")
@click.option(
    "--minutes", default=15.0, help="How long to tune; reading the lists afterwards takes some more."
)
@click.option(
    "--model", default="smollm2", show_default=True, help="This, a folder, or a name on the Hugging Face hub."
)
@click.option("--seed", default=0, help="The one source of randomness.")
@workspace_option
@json_option
def tune_command(minutes: float, model: str, seed: int, workspace: str | None, as_json: bool) -> None:
    """Tune a language model on the data's instructions; a run that was killed goes on where it was."""
    if not minutes > 0 or seed < 0:
        raise ConfigError(
            f"--minutes {minutes} and --seed {seed}: allowed are a time above 0 and a seed of 0 or more"
        )
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        about = tune_workspace(place, {"minutes": minutes, "model": model, "seed": seed}, progress)
    if as_json:
        dump(about)
    else:
        show_tuning(about)
        closing(
            f"the tuned model is in {place.language}", 'instructrec recommend "..." --user ID --rerank lm'
        )


@command("compress")
@click.option(
    "--layers",
    type=int,
    help="Keep this many layers and distil the whole model into them; all where not given.",
)
@click.option("--minutes", default=10.0, help="How long to distil, where layers are left out.")
@click.option(
    "--vocabulary/--no-vocabulary", default=True, help="Keep only the tokens that the data's texts need."
)
@click.option("--force", is_flag=True, help="Put the smaller model in place even where it is worse.")
@workspace_option
@json_option
def compress_command(
    layers: int | None, minutes: float, vocabulary: bool, force: bool, workspace: str | None, as_json: bool
) -> None:
    """Make the tuned language model smaller; it takes the place of the tuned one unless validation says that
    it is worse.
    """
    if not minutes > 0 or (layers is None and not vocabulary):
        raise ConfigError(
            f"--minutes {minutes} with no layers and no vocabulary to leave out: allowed is a time above 0, with --layers or "
            "--vocabulary"
        )
    place = Workspace.of(workspace)
    steps = {"layers": layers, "minutes": minutes, "vocabulary": vocabulary}
    with bars(quiet=as_json) as progress:
        found = compress_workspace(place, steps, force, progress)
    if as_json:
        dump(found)
    else:
        names = list(found["before"])
        table(
            "The language model",
            ("", *names),
            [[when, *(found[when][n] for n in names)] for when in ("before", "after")],
        )
    if not found["published"]:
        raise ConfigError(
            f"nDCG@10 fell by more than {found['tolerance']:g}, so the model is as it was; next: more --layers, more "
            "--minutes, or --force"
        )
    if not as_json:
        closing(
            f"the smaller model is in {place.language}", 'instructrec recommend "..." --user ID --rerank lm'
        )


@command("evaluate")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A folder for evaluation.md, evaluation.json and the plots.",
)
@click.option("--limit", default=5_000, help="Most test requests, drawn at random.")
@workspace_option
@json_option
def evaluate_command(output: Path | None, limit: int, workspace: str | None, as_json: bool) -> None:
    """Compare the current model with the baselines: the full catalog ranked, with and without an
    instruction.
    """
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        measured = evaluate_workspace(place, limit, progress, output)
    if as_json:
        dump(measured)
    else:
        show_evaluation(measured)
        closing(f"written to {output}" if output else "nothing was written; --output FOLDER keeps tables and plots",
                'instructrec recommend "..." --user ID')  # fmt: skip


@command("bench")
@click.option("--requests", default=200, help="How many requests a warm process is asked.")
@workspace_option
@json_option
def bench_command(requests: int, workspace: str | None, as_json: bool) -> None:
    """Measure how fast the current model answers on this machine: a warm process, a cold one, a file of
    requests.
    """
    if not 1 <= requests <= MOST_REQUESTS:
        raise ConfigError(f"--requests {requests}: allowed is 1 to {MOST_REQUESTS:,}")
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        found = measure(place.folder, load(place.store), requests, progress=progress)
    if as_json:
        dump(found.to_dict())
        return
    rows = [
        ("a request with a sentence, ms", found.told_ms["p50"], found.told_ms["p99"]),
        ("a request without one, ms", found.plain_ms["p50"], found.plain_ms["p99"]),
        ("a cold process, s (at worst)", found.cold_s["p50"], found.cold_s["worst"]),
    ]
    table(f"{found.items:,} items, {found.requests:,} requests", ("", "p50", "p99"), rows)
    closing(
        f"{found.cpu_ms:.1f} CPU ms a request, {found.memory_mib:.0f} MiB; a file of requests: "
        f"{found.batch_per_second:.0f} a second",
        "instructrec evaluate",
    )


def train_workspace(
    place: Workspace, seed: int, epochs: int, progress: Progress, encoder: str = DEFAULT
) -> tuple[str, dict[str, Any]]:
    """Train on the workspace's data and split, and publish; the version's name and the report."""
    loop = require("instructrec.tuning.loop", "train")
    parts = split_workspace(place)
    config = loop.TrainConfig(seed=seed, epochs=epochs)
    model, report = loop.train(
        parts,
        load_encoder(encoder),
        config,
        store=place.store,
        checkpoint=place.checkpoint,
        progress=progress,
    )
    facts = {**model.facts, "revision": place.store.revision, "split": place.store.get("split", {})}
    return checkpoint.publish(replace(model, facts=facts), place.models, report.tried), report.to_dict()


def tune_workspace(place: Workspace, settings: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tune on the training part, and weigh the model beside the current fast one; what is known of it, as it
    is kept.
    """
    tuning = require("instructrec.language.tune", "lm")
    version, tried = _tried(place)
    config = tuning.TuneConfig(**settings)
    parts = split_workspace(place)
    made, valid = material(parts, config.seed, progress)
    model, report = tuning.tune(made, valid, config, checkpoint=place.tuning, progress=progress)
    if not tuning.leads():
        raise SystemExit  # another process of the same run writes what came out
    draft = tuning.write(model, place.language)
    titles = [item.title for item in parts.train.catalog.records()]
    about = _publish_language(place, draft, {**report.to_dict(), "beside": version}, tried, titles, progress)
    place.tuning.unlink(missing_ok=True)
    return about


def compress_workspace(
    place: Workspace, steps: dict[str, Any], force: bool, progress: Progress
) -> dict[str, Any]:
    """Make the tuned model smaller, measure both on validation, and publish it where it is not worse, or
    where forced to.
    """
    compressing = require("instructrec.compression.compress", "lm")
    tuning = require("instructrec.language.tune", "lm")
    about = known(place.language)
    version, tried = _tried(place)
    whole = require("instructrec.language.model", "lm").TorchModel(str(place.language / NETWORK))
    if steps["layers"] is not None:
        require("instructrec.compression.layers", "lm").depth_allows(
            whole, steps["layers"]
        )  # now, not after minutes of work
    parts = split_workspace(place)
    made, valid = material(parts, 0, progress)
    titles = [item.title for item in parts.train.catalog.records()]
    small = compressing.compressed(
        whole, parts.train, made, valid, **steps, checkpoint=place.compressing, progress=progress
    )
    draft = tuning.write(small, place.language)
    before, after = compressing.figures((place.language, draft), valid, titles)
    fine = after["nDCG@10"] >= before["nDCG@10"] - compressing.TOLERANCE or force
    found = {"before": before, "after": after, "tolerance": compressing.TOLERANCE, "published": fine, **steps}
    if fine:
        now = _publish_language(
            place, draft, {**about, "beside": version, "compressed": found}, tried, titles, progress
        )
        found["weighed"] = now["weighed"]
    else:
        shutil.rmtree(draft)
    place.compressing.unlink(missing_ok=True)
    return found


def _publish_language(
    place: Workspace,
    draft: Path,
    about: dict[str, Any],
    tried: list[Tried],
    titles: list[str],
    progress: Progress,
) -> dict[str, Any]:
    """Weigh the model of a draft beside the fast one and put it in place; what is known of it, with its
    weights.
    """
    read = reading(draft)
    found = weighed_apart(read, tried, titles, progress)
    about = {**about, "weighed": {kind: asdict(each) for kind, each in found.items()}}
    require("instructrec.language.tune", "lm").publish(draft, place.language, about, read.alone)
    return about


def _tried(place: Workspace) -> tuple[str, list[Tried]]:
    """The current fast model and the lists that it made for validation, beside which a language model is
    weighed.
    """
    version = checkpoint.current(place.models)
    tried = checkpoint.tried(place.models, version)
    if not tried:
        raise NotTrained(
            f"model {version} is from before lists of validation were kept; next: instructrec train"
        )
    return version, tried


def split_workspace(place: Workspace) -> Split:
    """The workspace's data, parted as was chosen; by time when nothing was."""
    return split(load(place.store), **place.store.get("split", {}))[0]


def evaluate_workspace(
    place: Workspace, limit: int, progress: Progress, output: Path | None = None
) -> dict[str, Any]:
    """Both tables as JSON values; raises NotTrained when the model is not of the present data."""
    if output:
        require("altair", "plot")  # now, not after minutes of measuring
    model = checkpoint.load_model(place.models)
    if model.facts.get("revision") != place.store.revision:
        raise NotTrained(
            "the data changed since the model was trained, so its test part may be in it; next: instructrec train"
        )
    parts = split_workspace(place)
    encoder = load_encoder(model.facts["encoder"])
    measured = evaluate(model, parts, encoder, store=place.store, limit=limit, progress=progress)
    found = {"model": model.facts["version"], "revision": place.store.revision, **measured.to_dict()}
    if output:
        _write(output, found, measured.plain, measured.instructed)
    return found


def _write(output: Path, found: dict[str, Any], plain: Table, instructed: Table) -> None:
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(found, indent=2, ensure_ascii=False))
    text = f"## Without an instruction\n\n{plain.to_markdown()}\n\n"
    text += f"## With a train-side instruction\n\n{instructed.to_markdown()}\n"
    (output / "evaluation.md").write_text(text, encoding="utf-8")
    plot(plain, output / "accuracy-diversity.svg")
    plot(plain, output / "accuracy-diversity.png")


def show_training(report: dict[str, Any]) -> None:
    """A line an epoch, and what came out."""
    names = ("epoch", "loss", "valid_sequence", "valid_instruction", "seconds")
    rows = [[int(e["epoch"]) + 1, *(e.get(name, "ended") for name in names[1:])] for e in report["epochs"]]
    table(
        "Epochs (nDCG@10 of each network alone on validation)",
        ("epoch", "loss", "sequence", "instruction", "seconds"),
        rows,
    )
    said = ", ".join(f"{name} {value:.4f}" for name, value in report["valid"].items())
    resumed = f", went on after epoch {report['resumed_from']}" if report["resumed_from"] else ""
    print(f"\nvalidation, all channels: {said}; {report['cpu_seconds']:.0f} CPU seconds{resumed}")


def show_tuning(about: dict[str, Any]) -> None:
    """A line a look at validation, and what the model adds to the lists of the fast one."""
    names = ("examples", "seconds", "loss", "nDCG@10")
    rows = [[int(look["examples"]), *(look.get(name) for name in names[1:])] for look in about["log"]]
    table("Looks (nDCG@10 of one taken title among nine others)", names, rows)
    print()
    for kind, what in (("plain", "without words"), ("told", "with an instruction")):
        found = about["weighed"][kind]
        gap = found["gain"] and found["gain"]["difference"]
        measured = (
            f"{gap['mean']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]"
            if gap
            else "not measured, too few lists"
        )
        print(
            f"{what}: weight {found['weight']:.2f}, nDCG@20 of {found['lists']} lists {found['without']:.4f}, {measured}"
        )


def show_evaluation(found: dict[str, Any]) -> None:
    """Both tables, and what being told is worth."""
    for name, title in (("plain", "Without an instruction"), ("instructed", "With a train-side instruction")):
        rows = []
        for report in found[name]["rows"]:
            first, *rest = (report["metrics"][c] for c in COLUMNS)
            cells = [
                f"{first['mean']:.4f} [{first['low']:.4f}, {first['high']:.4f}]",
                *(m["mean"] for m in rest),
            ]
            rows.append([report["name"], *cells, report["settings"]["seconds_per_1000"]])
        table(f"\n{title}", ("", *COLUMNS, "s/1000"), rows)
        for row, why in found[name]["skipped"].items():
            print(f"not run: {row}: {why}")
        print(found[name]["caption"])
    print(f"\nbeing told is worth x {found['gain']:.2f} in nDCG@10")
