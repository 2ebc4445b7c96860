"""`read`, `sources`, `forget`, `clean` and `split`."""

import math
import re
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from instructrec.cells.dates import ORDERS
from instructrec.cli.terminal import (
    Command,
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
from instructrec.data.profile import CatalogProfile
from instructrec.data.split import SplitReport, split
from instructrec.errors import ConfigError
from instructrec.sources.judging import WANTED
from instructrec.sources.read import ReadReport, read
from instructrec.store.bulk import Origin, Saved, load, save
from instructrec.store.profile import catalog_profile
from instructrec.store.quarantine import clean_store
from instructrec.store.sources import SourceRecord, forget, listed, meanings, remove
from instructrec.store.workspace import Workspace

SHOWN = 20  # readings in the report of a source


@command("read")
@argument("source", help="A folder, a file, or a SQL address (sqlite:///..., postgresql://...).")
@click.option("--map", "maps", multiple=True, help="target=column, as in user_id=uid; repeat.")
@click.option(
    "--action", "actions", multiple=True, help="An action or value =1, 0 or -1, as in view=0; repeat."
)
@click.option("--like-from", type=float, help="The value from which an interaction is wanted.")
@click.option("--dates", type=click.Choice(ORDERS), help="How dates are written, where no value tells.")
@click.option("--encoding", help="The encoding of text files, e.g. cp1251; else it is found out.")
@click.option(
    "--no-header", is_flag=True, help="The first row holds values: columns are column_1, column_2 ..."
)
@click.option(
    "--replace", type=click.Choice(["items"]), help="The catalog is complete: other items are gone."
)
@click.option("--accept-rejected", is_flag=True, help="Store although many rows are unusable or merged.")
@workspace_option
@json_option
def read_command(
    source: str,
    maps: tuple[str, ...],
    actions: tuple[str, ...],
    workspace: str | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Read interactions, items and users into the workspace; reading the same again adds nothing."""
    place, like_from = Workspace.of(workspace), how["like_from"]
    if like_from is not None and not math.isfinite(like_from):
        raise ConfigError(f"--like-from {like_from}: it must be a number, as 4 where stars go up to 5")
    signs = {key: _sign(key, value) for key, value in _pairs(actions, "--action").items()}
    data, report = read(
        source,
        mapping=_pairs(maps, "--map"),
        actions=signs,
        like_from=like_from,
        dates=how["dates"] or "",
        encoding=how["encoding"],
        header=not how["no_header"],
        accept_rejected=how["accept_rejected"],
        known=meanings(place.store) if place.store_path.exists() else (),
        profile=catalog_profile(place.store) if place.store_path.exists() else None,
    )
    complete = how["replace"] == "items"
    if complete and "items" not in {file.kind for file in report.files}:
        raise ConfigError("--replace items: the source holds no items; read a complete catalog with it")
    with bars(quiet=as_json) as progress:
        saved = save(place.store, data, progress, origin_of(source, report, complete))
    if as_json:
        dump({**report.to_dict(), "saved": {name: asdict(counts) for name, counts in saved.items()}})
    else:
        show_read(report, saved)
        show_others(report, data.catalog.profile)
        closing(f"in the workspace {place.folder}", "instructrec catalog", 'instructrec recommend "..."')


def origin_of(source: str | Path, report: ReadReport, complete: bool = False) -> Origin:
    """Under what a source is listed: its whole path, or its address without a password."""
    place = re.sub(r"//[^@/]*@", "//", str(source)) if "://" in str(source) else str(Path(source).absolute())
    return Origin(place, report.meaning, report.timeless, report.explicit, complete)


@click.group("sources", invoke_without_command=True)
@workspace_option
@json_option
@click.pass_context
def sources_group(context: click.Context, workspace: str | None, as_json: bool) -> None:
    """List what was read, or take a source back: instructrec sources remove 2."""
    if context.invoked_subcommand:
        context.obj = workspace
        return
    records = listed(Workspace.of(workspace).store)
    if as_json:
        dump([record.to_dict() for record in records])
        return
    rows = [
        (
            r.number,
            _date_of(r.read),
            r.place,
            *(r.rows.get(kind, 0) for kind in ("items", "users", "interactions")),
            _meaning_text(r),
        )
        for r in records
    ]
    columns = ("", "read (UTC)", "from", "items", "users", "interactions", "how interactions were read")
    table("Sources", columns, rows)
    closing(f"{len(records)} sources", "instructrec sources remove NUMBER")


@sources_group.command("remove", cls=Command)
@argument("numbers", help="The numbers that instructrec sources lists.", nargs=-1, required=True, type=int)
@workspace_option
@json_option
@click.pass_context
def remove_command(
    context: click.Context, numbers: tuple[int, ...], workspace: str | None, as_json: bool
) -> None:
    """Take sources back: what only they brought goes, what others brought too stays as these brought it."""
    removed = remove(Workspace.of(workspace or context.obj).store, numbers)
    if as_json:
        dump(asdict(removed))
        return
    gone = ", ".join(f"{count:,} {kind}" for kind, count in removed.rows.items())
    if removed.cleaned:
        print("note: the cleaning rules were taken back first; apply them again: instructrec clean")
    closing(f"removed {', '.join(map(str, numbers))}: {gone} went", "instructrec train")


@command("forget")
@click.option("--user", "-u", required=True, help="The id of the person.")
@workspace_option
@json_option
def forget_command(user: str, workspace: str | None, as_json: bool) -> None:
    """Erase a person: profile, interactions, instructions of their own, everything that is stored under
    the id.
    """
    place = Workspace.of(workspace)
    counts = forget(place.store, user)
    if as_json:
        dump(counts)
        return
    table("Erased", ("what", "rows"), list(counts.items()))
    print("note: take the person out of your files too, or reading them again brings them back")
    closing(f"nothing is stored of {user!r} any more", "instructrec train, to learn from the others alone")


def _date_of(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _meaning_text(record: SourceRecord) -> str:
    """How the interactions of a source were read, in a line."""
    m, parts = record.meaning, []
    if m.get("like_from") is not None:
        parts.append(
            f"{m.get('column') or 'values'}: wanted from {m['like_from']:g}, not wanted below "
            f"{m['dislike_below']:g}"
        )
    elif m.get("kind"):
        parts.append(f"{m['column']}: {m['kind']}")
    for sign, word in ((1, "wanted"), (0, "neutral"), (-1, "not wanted")):
        if verbs := [
            verb for verb, s in m.get("words", {}).items() if s == sign and m.get("kind") != "scale"
        ]:
            parts.append(f"{word}: {', '.join(verbs[:6])}{' ...' if len(verbs) > 6 else ''}")
    return "; ".join([*parts, *(["complete catalog"] if record.complete else [])])


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
    """Choose how the data is split into train, valid and test; `train` and `evaluate` keep to it."""
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
    """Files, columns, what interactions mean, and what is new."""
    files = [
        (f.kind, f.path, f.format, f.encoding, f.rows_read, f.rows_kept, f.rows_merged, f.rows_failed)
        for f in report.files
    ]
    table("Read", ("kind", "from", "format", "encoding", "rows", "kept", "merged", "failed"), files)
    columns = [(f.kind, target, source) for f in report.files for target, source in f.columns.items()]
    table("\nColumns (change one with --map target=column)", ("kind", "target", "column"), columns)
    if report.readings:
        rows = [(r.column, r.what, r.rows, WANTED[r.sign], r.example) for r in report.readings[:SHOWN]]
        table("\nWhat interactions mean (change it with --action name=1, 0 or -1)",
              ("column", "holds", "rows", "read as", "e.g. user, item"), rows)  # fmt: skip
        if len(report.readings) > SHOWN:
            print(f"... and {len(report.readings) - SHOWN} more; --json lists all")
        print(
            f"\n{report.positive:,} wanted, {report.neutral:,} neutral, {report.negative:,} not wanted"
            + _from(report)
        )
    table(
        "\nStored",
        ("table", "given", "new", "there already", "of these changed"),
        [(k, s.given, s.added, s.known, s.changed) for k, s in saved.items()],
    )
    for error in report.errors[:10]:
        print(
            f"left out: {error.file}, row {error.row}, column {error.column}: {error.value!r} {error.message}"
        )
    if report.errors_total > 10:
        print(f"... and {report.errors_total - 10:,} more rows; --json lists up to 1,000")
    for note in [*report.notes, *(note for counts in saved.values() for note in counts.notes)]:
        print(f"note: {note}")


def show_others(report: ReadReport, profile: CatalogProfile) -> None:
    """The columns of items that play no part of their own, by what they were understood as."""
    taken = {column for file in report.files if file.kind == "items" for column in file.columns.values()}
    others: dict[str, list[str]] = {}
    for column in profile.columns.values():
        if column.column not in taken:
            unit = f" ({column.unit})" if column.unit else ""
            others.setdefault(str(column.role), []).append(f"{column.column}{unit}")
    if others:
        table("\nOther columns of items (instructrec catalog shows all)", ("is", "columns"),
              [(role, ", ".join(names)) for role, names in others.items()])  # fmt: skip


def _from(report: ReadReport) -> str:
    """From which value an interaction is wanted, where values decide."""
    if report.like_from is None:
        return ""
    return f"; values from {report.like_from:g} on are wanted (--like-from)"


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
