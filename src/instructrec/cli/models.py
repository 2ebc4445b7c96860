"""`models`, `explain-model`, `download` and `doctor`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from instructrec.cli.terminal import (
    argument,
    bars,
    closing,
    command,
    dump,
    json_option,
    table,
    workspace_option,
)
from instructrec.models import checkpoint
from instructrec.resources.known import get
from instructrec.store.doctor import examine
from instructrec.store.workspace import Workspace


@command("models")
@click.option("--rollback", is_flag=True, help="Serve the version before the current one again.")
@click.option("--use", help="Serve this version.")
@workspace_option
@json_option
def models_command(rollback: bool, use: str | None, workspace: str | None, as_json: bool) -> None:
    """List the trained models, or make an earlier one current."""
    place = Workspace.of(workspace)
    if rollback or use:
        checkpoint.rollback(place.models, use)
    known = checkpoint.versions(place.models)
    now = checkpoint.served(place.models)
    facts = {version: checkpoint.manifest(place.models, version) for version in known}
    if as_json:
        dump({"current": now, "models": facts})
        return
    rows = [
        (v, _state(f, v == now), f["created"], f["valid"]["nDCG@10"], f["data"]) for v, f in facts.items()
    ]
    table("Models", ("version", "", "created", "valid nDCG@10", "data"), rows)
    closing(
        f"current: {now or 'none; answers come from the untrained model'}",
        "instructrec models --rollback" if len(known) > 1 else "instructrec train",
    )


def _state(facts: Mapping[str, Any], is_current: bool) -> str:
    return "current" if is_current else "held back" if facts.get("held_back") else ""


@command("explain-model")
@click.option("--version", help="A version that `models` lists; the current one where not given.")
@workspace_option
@json_option
def explain_command(version: str | None, workspace: str | None, as_json: bool) -> None:
    """Show what the model's sum is made of: each channel's part in typical requests, and how it was
    trained.
    """
    model = checkpoint.load_model(Workspace.of(workspace).models, version)
    shares = model.gates.shares()
    if as_json:
        dump({"shares": shares, "facts": dict(model.facts)})
        return
    rows = [(c, *(f"{100 * shares[name][c]:.0f} %" for name in shares)) for c in model.gates.channels]
    table("Each channel's part of the sum", ("channel", *shares), rows)
    told = model.facts.get("valid", {})
    reached = ", ".join(f"{name} {value:.4f}" for name, value in told.items())
    closing(f"on validation: {reached or 'not measured'}", "instructrec evaluate")


@command("download")
@argument("name", help="minilm, smollm2 or ml-100k.")
@click.option("--path", type=click.Path(path_type=Path), help="A folder that holds the files already.")
@json_option
def download_command(name: str, path: Path | None, as_json: bool) -> None:
    """Fetch weights or data into the user's cache, checked against pinned hashes."""
    with bars(quiet=as_json) as progress:
        found = get(name, path, progress=progress)
    if as_json:
        dump({"name": name, "path": str(found)})
    else:
        closing(
            f"{name} is in {found}",
            f"instructrec read {found}" if name == "ml-100k" else "instructrec doctor",
        )


@command("doctor")
@workspace_option
@json_option
def doctor_command(workspace: str | None, as_json: bool) -> None:
    """Say what is present, from where, and what each missing thing costs."""
    checks = examine(Workspace.of(workspace).folder)
    if as_json:
        dump([asdict(check) for check in checks])
        return
    table("Present", ("", "state", "value", "where"), [(c.name, c.state, c.value, c.where) for c in checks])
    lacking = [(c.name, c.cost, c.fix) for c in checks if c.state != "ok"]
    if lacking:
        table("\nMissing, and what that costs", ("", "cost", "to mend it"), lacking)
    closing(f"{len(checks) - len(lacking)} of {len(checks)} in order", "instructrec demo")
