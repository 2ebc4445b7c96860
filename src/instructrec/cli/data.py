"""`read`, `clean` and `split`."""

import math
import tomllib
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
from instructrec.data.clean import CleanReport, rules_from
from instructrec.data.split import SplitReport, split
from instructrec.errors import ConfigError
from instructrec.sources.read import ReadReport, read
from instructrec.store.bulk import Saved, load, save
from instructrec.store.quarantine import clean_store
from instructrec.store.workspace import Workspace


@command("read")
@argument("source", help="A folder, a file, or a SQL address (sqlite:///..., postgresql://...).")
@click.option("--map", "maps", multiple=True, help="target=column, as in user_id=uid; repeat.")
@click.option("--action", "actions", multiple=True, help="action=1, 0 or -1, as in view=0; repeat.")
@click.option("--like-from", type=float, help="The value from which an act is positive.")
@workspace_option
@json_option
def read_command(
    source: str,
    maps: tuple[str, ...],
    actions: tuple[str, ...],
    like_from: float | None,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Read interactions, items and users into the workspace; reading the same again adds nothing."""
    place = Workspace.of(workspace)
    if like_from is not None and not math.isfinite(like_from):
        raise ConfigError(f"--like-from {like_from}: it must be a number, as 4 where stars go up to 5")
    signs = {key: _sign(key, value) for key, value in _pairs(actions, "--action").items()}
    data, report = read(source, mapping=_pairs(maps, "--map"), actions=signs, like_from=like_from)
    with bars(quiet=as_json) as progress:
        saved = save(place.store, data, progress)
    if as_json:
        dump({**report.to_dict(), "saved": {name: asdict(counts) for name, counts in saved.items()}})
    else:
        show_read(report, saved)
        closing(f"in the workspace {place.folder}", "instructrec clean", "instructrec train")


@command("clean")
@click.option("--rules", type=click.Path(path_type=Path), help="A TOML file of rules.")
@click.option("--min-user", type=int, help="Least interactions of a user (k-core).")
@click.option("--min-item", type=int, help="Least interactions of an item (k-core).")
@workspace_option
@json_option
def clean_command(
    rules: Path | None, min_user: int | None, min_item: int | None, workspace: str | None, as_json: bool
) -> None:
    """Apply the cleaning rules to everything read; earlier rejections are taken back first."""
    given: dict[str, Any] = _toml(rules) if rules else {}
    given |= {
        key: value for key, value in {"min_user": min_user, "min_item": min_item}.items() if value is not None
    }
    _, report = clean_store(Workspace.of(workspace).store, rules_from(given))
    if as_json:
        dump(report.to_dict())
    else:
        show_clean(report)
        closing(
            "rejected rows are in the store's table quarantine, with the reason of each", "instructrec train"
        )


@command("split")
@click.option("--method", default="time", help="time (global, the default), last (leave-one-out) or user.")
@click.option("--valid", default=0.1, help="Share of validation; not for last.")
@click.option("--test", default=0.1, help="Share of test; not for last.")
@workspace_option
@json_option
def split_command(method: str, valid: float, test: float, workspace: str | None, as_json: bool) -> None:
    """Choose how the data is parted into train, valid and test; `train` and `evaluate` keep to it."""
    store = Workspace.of(workspace).store
    settings: dict[str, Any] = {"method": method} | (
        {} if method == "last" else {"valid": valid, "test": test}
    )
    _, report = split(load(store), **settings)
    if store.get("split", {}) != settings:
        with store.begin():
            store.put("split", settings)
            store.changed()
    if as_json:
        dump(report.to_dict())
    else:
        show_split(report)
        closing("train and evaluate will keep to this split", "instructrec train")


def show_read(report: ReadReport, saved: dict[str, Saved]) -> None:
    """Files, columns, the reading of actions, and what is new."""
    files = [
        (f.kind, f.path, f.format, f.encoding, f.rows_read, f.rows_kept, f.rows_failed) for f in report.files
    ]
    table("Read", ("kind", "from", "format", "encoding", "rows", "kept", "failed"), files)
    columns = [(f.kind, target, source) for f in report.files for target, source in f.columns.items()]
    table("\nColumns (change one with --map target=column)", ("kind", "target", "column"), columns)
    words = {1: "positive", 0: "neutral", -1: "negative"}
    valued = report.like_from is not None
    acts = [
        (action, rows, "by value" if valued and action in ("rate", "review") else words[sign])
        for action, (rows, sign) in report.actions.items()
    ]
    table("\nActions (change one with --action name=1, 0 or -1)", ("action", "rows", "read as"), acts)
    if report.like_from is not None:
        print(f"\nvalues from {report.like_from:g} on are positive (--like-from): {report.positive:,} positive, "
              f"{report.neutral:,} neutral, {report.negative:,} negative")  # fmt: skip
    table(
        "\nStored",
        ("table", "given", "new", "there already"),
        [(k, s.given, s.added, s.known) for k, s in saved.items()],
    )
    for error in report.errors[:10]:
        print(
            f"left out: {error.file}, row {error.row}, column {error.column}: {error.value!r} {error.message}"
        )
    if report.errors_total > 10:
        print(f"... and {report.errors_total - 10:,} more rows; --json lists up to 1,000")
    for note in report.notes:
        print(f"note: {note}")


def show_clean(report: CleanReport) -> None:
    """Counts per table and rule; they add up."""
    rows = [(name, t.read, t.kept, t.quarantined) for name, t in report.tables.items()]
    table("Cleaned", ("table", "read", "kept", "quarantined"), rows)
    if report.counts:
        table("\nRejected", ("rule", "rows"), list(report.counts.items()))
    if report.fills.height:
        table("\nFilled", ("rule", "values"), report.fills.group_by("rule").len().rows())


def show_split(report: SplitReport) -> None:
    """Sizes of the parts."""
    rows = [(name, part.rows, part.users, part.items) for name, part in report.parts.items()]
    table(f"Split by {report.method}", ("part", "rows", "users", "items"), rows)
    print(f"\nnot in train: {report.unseen_users:,} users and {report.unseen_items:,} items of test")
    for note in report.notes:
        print(f"note: {note}")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read the rules in {path}: {error}") from error


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {name: value for name, _, value in (pair.partition("=") for pair in given)}
    if wrong := [key for key, value in pairs.items() if not value]:
        raise ConfigError(f"{option} {wrong[0]!r}: write it as name=value")
    return pairs


def _sign(action: str, value: str) -> int:
    if value not in ("1", "0", "-1", "+1"):
        raise ConfigError(f"--action {action}={value}: allowed are 1 (positive), 0 (neutral), -1 (negative)")
    return int(value)
