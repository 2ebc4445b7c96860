"""`train`, `tune`, `compress`, `evaluate` and `bench`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from instructrec.app.evaluate import evaluate_workspace
from instructrec.app.language import compress_workspace, tune_workspace
from instructrec.app.speed import measure_speed
from instructrec.app.train import train_workspace
from instructrec.cli.terminal import bars, closing, command, dump, json_option, table, workspace_option
from instructrec.encoders.registry import DEFAULT
from instructrec.errors import ConfigError
from instructrec.evaluation.compare import COLUMNS
from instructrec.models.fast import UNTRAINED
from instructrec.store.bulk import load
from instructrec.store.workspace import Workspace

MAX_BENCH_REQUESTS = 100_000
NEXT_RECOMMEND = 'instructrec recommend "..." --user ID'


@command("train")
@click.option("--seed", default=0, help="Random seed.")
@click.option("--epochs", default=30, help="Maximum epochs (early stopping).")
@click.option(
    "--encoder",
    default=DEFAULT,
    show_default=True,
    help="Sentence encoder: the default, or a sentence-transformers model.",
)
@workspace_option
@json_option
def train_command(seed: int, epochs: int, encoder: str, workspace: str | None, as_json: bool) -> None:
    """Train the fast model and make it current. An interrupted run resumes at its last epoch."""
    if epochs < 1 or seed < 0:
        raise ConfigError(
            f"--epochs {epochs} and --seed {seed}: at least 1 epoch and a seed of 0 or more are allowed"
        )
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        version, report = train_workspace(place, seed, epochs, progress, encoder)
    if as_json:
        dump({"version": version, **report})
    else:
        show_training(report)
        close_training(place, version, report)


@command("tune")
@click.option("--minutes", default=15.0, help="Tuning time; weighing the model afterwards takes longer.")
@click.option(
    "--model",
    default="smollm2",
    show_default=True,
    help="The default, a folder, or a name on the Hugging Face hub.",
)
@click.option("--seed", default=0, help="Random seed.")
@workspace_option
@json_option
def tune_command(minutes: float, model: str, seed: int, workspace: str | None, as_json: bool) -> None:
    """Tune a language model on the data's instructions. An interrupted run resumes where it was."""
    if not minutes > 0 or seed < 0:
        raise ConfigError(
            f"--minutes {minutes} and --seed {seed}: a time above 0 and a seed of 0 or more are allowed"
        )
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        about = tune_workspace(place, {"minutes": minutes, "model": model, "seed": seed}, progress)
    if as_json:
        dump(about)
    else:
        show_tuning(about)
        closing(f"the tuned model is in {place.language}", f"{NEXT_RECOMMEND} --rerank lm")


@command("compress")
@workspace_option
@json_option
def compress_command(workspace: str | None, as_json: bool) -> None:
    """Trim the tuned language model's vocabulary to the data; the model is replaced unless validation gets
    worse.
    """
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        found = compress_workspace(place, progress)
    if as_json:
        dump(found)
    else:
        names = list(found["before"])
        rows = [[when, *(found[when][n] for n in names)] for when in ("before", "after")]
        table("The language model", ("", *names), rows)
    if not found["published"]:
        raise ConfigError(
            f"nDCG@10 fell by more than {found['tolerance']:g}, so the model was kept as it was"
        )
    if not as_json:
        closing(f"the smaller model is in {place.language}", f"{NEXT_RECOMMEND} --rerank lm")


@command("evaluate")
@click.option(
    "--output", type=click.Path(path_type=Path), help="A folder for evaluation.md, evaluation.json and plots."
)
@click.option("--limit", default=5_000, help="Maximum test requests (sampled).")
@workspace_option
@json_option
def evaluate_command(output: Path | None, limit: int, workspace: str | None, as_json: bool) -> None:
    """Compare the current model with the baselines on the test part, with and without an instruction."""
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        measured = evaluate_workspace(place, limit, progress, output)
    if as_json:
        dump(measured)
    else:
        show_evaluation(measured)
        done = (
            f"written to {output}"
            if output
            else "not written to disk; --output FOLDER keeps tables and plots"
        )
        closing(done, NEXT_RECOMMEND)


@command("bench")
@click.option("--requests", default=200, help="Requests to a warm process.")
@workspace_option
@json_option
def bench_command(requests: int, workspace: str | None, as_json: bool) -> None:
    """Measure how fast the current model answers on this machine: a warm process, a cold one, a file of
    requests.
    """
    if not 1 <= requests <= MAX_BENCH_REQUESTS:
        raise ConfigError(f"--requests {requests}: 1 to {MAX_BENCH_REQUESTS:,} are allowed")
    place = Workspace.of(workspace)
    with bars(quiet=as_json) as progress:
        found = measure_speed(place.folder, load(place.store), requests, progress=progress)
    if as_json:
        dump(found.to_dict())
        return
    rows = [
        ("a request with a sentence, ms", found.instructed_ms["p50"], found.instructed_ms["p99"]),
        ("a request without one, ms", found.uninstructed_ms["p50"], found.uninstructed_ms["p99"]),
        ("a cold process, s (p50 and worst)", found.cold_s["p50"], found.cold_s["worst"]),
    ]
    table(f"{found.items:,} items, {found.requests:,} requests", ("", "p50", "p99"), rows)
    closing(
        f"{found.cpu_ms:.1f} CPU ms a request, {found.memory_mib:.0f} MiB; a file of requests: "
        f"{found.batch_per_second:.0f} a second",
        "instructrec evaluate",
    )


def show_training(report: dict[str, Any]) -> None:
    """A line an epoch, and the measures of the whole model on validation."""
    names = ("epoch", "loss", "valid_sequence", "valid_instruction", "seconds")
    rows = [[int(e["epoch"]) + 1, *(e.get(name, "stopped") for name in names[1:])] for e in report["epochs"]]
    title = "Epochs (validation nDCG@10 of each network alone)"
    table(title, ("epoch", "loss", "sequence", "instruction", "seconds"), rows)
    measures = ", ".join(f"{name} {value:.4f}" for name, value in report["valid"].items())
    resumed = f", resumed after epoch {report['resumed_from']}" if report["resumed_from"] else ""
    print(f"\nvalidation, all channels: {measures}; {report['cpu_seconds']:.0f} CPU seconds{resumed}")

    for line in gain_lines(report["gain"]):
        print(line)


def gain_lines(gain: Mapping[str, Any]) -> Iterator[str]:
    """What training gained over the untrained model, over all requests and for each kind.

    >>> estimate = {"mean": 0.016, "low": 0.01, "high": 0.022, "n": 600}
    >>> print(*gain_lines({"overall": {"trained": 0.143, "untrained": 0.127, "difference": estimate}}))
    nDCG@10 on validation: 0.143 trained, 0.127 untrained (+0.016, 95 % interval +0.010 to +0.022)
    """
    names = {
        "overall": "nDCG@10 on validation",
        "uninstructed": "  without an instruction",
        "instructed": "  with an instruction",
    }
    for kind, found in gain.items():
        gap = found["difference"]
        yield (
            f"{names[kind]}: {found['trained']:.3f} trained, {found['untrained']:.3f} untrained "
            f"({gap['mean']:+.3f}, 95 % interval {gap['low']:+.3f} to {gap['high']:+.3f})"
        )


def close_training(place: Workspace, version: str, report: Mapping[str, Any]) -> None:
    """Say whether the trained model is served, and what to do next."""
    if not report["held_back"]:
        closing(f"model {version} is current in {place.models}", "instructrec evaluate")
        return
    now = "the untrained model" if report["served"] == UNTRAINED else f"model {report['served']}"
    closing(
        f"model {version} is not served, since it is worse than the untrained model; answers still come from "
        f"{now}",
        "instructrec read SOURCE, and instructrec train again when there is more data",
        f"instructrec models --use {version}, to serve it all the same",
    )


def show_tuning(about: dict[str, Any]) -> None:
    """A line a validation, and what the model adds to the lists of the fast one."""
    names = ("examples", "seconds", "loss", "nDCG@10")
    rows = [[int(entry["examples"]), *(entry.get(name) for name in names[1:])] for entry in about["log"]]
    table("Validation (nDCG@10 of one chosen title among nine others)", names, rows)
    print()
    for kind, words in (("uninstructed", "without an instruction"), ("instructed", "with an instruction")):
        found = about["weighed"][kind]
        gap = found["gain"] and found["gain"]["difference"]
        measured = (
            f"gain {gap['mean']:+.4f} (95 % CI {gap['low']:+.4f} to {gap['high']:+.4f})"
            if gap
            else "not measured, too few lists"
        )
        use = "" if found["earns"] else "; reranking will be skipped here: no significant gain"
        print(
            f"{words}: weight {found['weight']:.2f}, nDCG@20 {found['without']:.4f} on {found['lists']} "
            f"lists, {measured}{use}"
        )


def show_evaluation(found: dict[str, Any]) -> None:
    """Both tables, and the effect of an instruction."""
    for name, title in (("plain", "Without an instruction"), ("instructed", "With an instruction")):
        rows = []
        for report in found[name]["rows"]:
            first, *rest = (report["metrics"][c] for c in COLUMNS)
            cells = [
                f"{first['mean']:.4f} ({first['low']:.4f}-{first['high']:.4f})",
                *(m["mean"] for m in rest),
            ]
            rows.append([report["name"], *cells, report["settings"]["seconds_per_1000"]])
        table(f"\n{title}", ("", *COLUMNS, "s/1000"), rows)
        for row, why in found[name]["skipped"].items():
            print(f"not run: {row}: {why}")
        print(found[name]["caption"])
    print(f"\nnDCG@10 with an instruction / without: {found['gain']:.2f}x")
