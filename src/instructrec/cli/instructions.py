"""`instructions`: saved instructions in versions, and an audit of generated ones."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from instructrec.app.train import split_workspace
from instructrec.cli.terminal import (
    Command,
    argument,
    bars,
    closing,
    dump,
    json_option,
    table,
    workspace_option,
)
from instructrec.cli.write import paraphrase_command, preference_command
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError, DataError
from instructrec.instructions.audit import Audit, audit_instructions, read_form, sample, write_form
from instructrec.instructions.column_words import vocabulary_of
from instructrec.instructions.generate import Generated, corpus
from instructrec.instructions.instruction_store import STATUSES, InstructionStore, StoredInstruction
from instructrec.instructions.template import LANGUAGES
from instructrec.parsing.parse import parse
from instructrec.recommender.eligibility import describe_all
from instructrec.recommender.explain import unresolved_notes
from instructrec.store.profile import catalog_profile
from instructrec.store.workspace import Workspace
from instructrec.types import Instruction

COLUMNS = ("status", "owner", "persistent", "version", "provenance", "asked", "shown", "text")
VERSION = ("version", "status", "from", "to", "quality", "asked", "shown", "+/-", "text")
LONGEST = 100  # characters of a text in a list

user_option = click.option("--user", "-u", help="Of one user, by id.")
segment_option = click.option("--segment", help="Of the users whose attribute `segment` has this name.")


@click.group("instructions", no_args_is_help=True)
def instructions_group() -> None:
    """Keep instructions: in versions, for all, a segment or a user, and such that hold for every request."""


for each in (paraphrase_command, preference_command):
    instructions_group.add_command(each)


def subcommand(name: str) -> Any:
    """Makes a function a command of the group."""
    return instructions_group.command(name, cls=Command)


@subcommand("list")
@click.option("--owner", help="Only those of global, segment:NAME or user:ID.")
@click.option("--status", type=click.Choice([*STATUSES, "all"]), default="active", help="Which of them.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Only those in this language.")
@click.option("--contains", help="Only those whose text has this in it.")
@click.option("--persistent", is_flag=True, help="Only those that hold for every request.")
@click.option("--templates", is_flag=True, help="The templates too, which come with the package.")
@workspace_option
@json_option
def list_command(
    status: str, persistent: bool, templates: bool, workspace: str | None, as_json: bool, **filters: Any
) -> None:
    """List the newest version of every instruction."""
    filters |= {"persistent": persistent or None, "status": None if status == "all" else status}
    found = InstructionStore(Workspace.of(workspace).store).list(**filters, with_templates=templates)
    if as_json:
        dump([stored.to_dict() for stored in found])
        return
    columns = COLUMNS if status == "all" else COLUMNS[1:]
    table("Instructions", ("id", *columns), [(s.id, *_list_row(s, columns)) for s in found])
    more = "" if templates else "; the templates too: list --templates"
    closing(
        f"{len(found)} found{more}",
        "instructrec instructions show ID" if found else 'instructrec instructions add "..."',
    )


@subcommand("show")
@argument("id", help="The id of an instruction or a template.")
@workspace_option
@json_option
def show_command(id: str, workspace: str | None, as_json: bool) -> None:
    """Show an instruction in all of its versions."""
    place = Workspace.of(workspace)
    versions = InstructionStore(place.store).history(id)
    now = versions[-1]
    parsed = None if now.number is None else _understood(place, now.text)
    if as_json:
        dump({"versions": [v.to_dict() for v in versions], "understood": parsed and parsed.to_dict()})
        return
    table(_title(now), VERSION, [_version(v) for v in versions])
    if now.number is not None:
        _print_understood(parsed, now.persistent)
    then = (
        f"diff {id}" if len(versions) > 1 else f'edit {id} "..."' if now.number is not None else 'add "..."'
    )
    closing(f"versions: {len(versions)}", f"instructrec instructions {then}")


@subcommand("add")
@argument("text", help="The instruction, in English or Chinese.")
@user_option
@segment_option
@click.option(
    "--persistent", is_flag=True, help="Apply it to every request of that user or segment, or of all."
)
@click.option("--quality", type=float, help="How good it is, 0 to 1.")
@workspace_option
@json_option
def add_command(
    text: str,
    *,
    user: str | None,
    segment: str | None,
    persistent: bool,
    quality: float | None,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Keep an instruction, once.

    It belongs to all, or to a user or a segment; one that says the same but for case and punctuation is not
    kept again.
    """
    place = Workspace.of(workspace)
    added = InstructionStore(place.store).add(
        text, _owner(user, segment), persistent=persistent, quality=quality
    )
    stored = added.stored
    done, then = f"kept as {stored.id}", f"instructrec instructions show {stored.id}"
    if user is not None and stored.persistent:
        then = f"instructrec recommend --user {user}"
    if not added.new:
        done, then = (
            f"known already as {stored.id}: nothing was added",
            f'instructrec instructions edit {stored.id} "..."',
        )
    if persistent and not stored.persistent:
        done, then = (
            f"{done}, and it is not persistent",
            f"instructrec instructions edit {stored.id} --persistent",
        )
    _report_saved(place, stored, added.new, as_json, (done, then))


@subcommand("edit")
@argument("id", help="The id of the instruction.")
@argument("text", help="The new text; may be left out.", required=False)
@click.option(
    "--persistent/--not-persistent",
    default=None,
    help="Apply it to every request of its owner, or no longer.",
)
@click.option("--quality", type=float, help="How good it is, 0 to 1.")
@workspace_option
@json_option
def edit_command(id: str, text: str | None, workspace: str | None, as_json: bool, **changes: Any) -> None:
    """Write a new version; the earlier ones are kept."""
    if text is None and all(value is None for value in changes.values()):
        raise ConfigError("nothing to change: give a new text, --persistent, --not-persistent or --quality")
    place = Workspace.of(workspace)
    bank = InstructionStore(place.store)
    before = bank.get(id)
    stored = bank.edit(id, text, **changes)
    done = f"version {stored.version} of {id}{' says that already' if stored == before else ''}"
    then = f"instructrec instructions {'diff' if stored.version > 1 else 'show'} {id}"
    _report_saved(place, stored, stored != before, as_json, (done, then))


@subcommand("retire")
@argument("id", help="The id of the instruction.")
@workspace_option
@json_option
def retire_command(id: str, workspace: str | None, as_json: bool) -> None:
    """Take one out of use; its versions are kept."""
    stored = InstructionStore(Workspace.of(workspace).store).retire(id)
    if as_json:
        dump(stored.to_dict())
    else:
        closing(f"{id} is retired: {_shortened(stored.text)}", "instructrec instructions list --status all")


@subcommand("diff")
@argument("id", help="The id of the instruction.")
@click.option("--from", "before", type=int, help="The earlier version; without, the one before.")
@click.option("--to", "after", type=int, help="The later version; without, the newest.")
@workspace_option
@json_option
def diff_command(
    id: str, before: int | None, after: int | None, workspace: str | None, as_json: bool
) -> None:
    """Show what an edit changed, word by word.

    What was taken out stands in [-...-], what was put in in {+...+}.
    """
    bank = InstructionStore(Workspace.of(workspace).store)
    change = bank.diff(id, before, after)
    new = bank.get(id, after).version
    old = new - 1 if before is None else before
    if as_json:
        dump({"id": id, "from": old, "to": new, "diff": change})
        return
    print(change)
    closing(f"version {old} -> {new} of {id}", f"instructrec instructions show {id}")


@subcommand("near")
@argument("text", help="A sentence.")
@click.option("-n", type=click.IntRange(1, 1_000), default=5, help="How many.")
@workspace_option
@json_option
def near_command(text: str, n: int, workspace: str | None, as_json: bool) -> None:
    """List those nearest to a sentence, by the encoder."""
    found = InstructionStore(Workspace.of(workspace).store).near(text, load_encoder(), n)
    if as_json:
        dump([{**stored.to_dict(), "similarity": similarity} for stored, similarity in found])
        return
    table(
        "Nearest",
        ("cosine", "id", "owner", "text"),
        [(c, s.id, s.owner, _shortened(s.text)) for s, c in found],
    )
    closing(f"{len(found)} of the active instructions", 'instructrec instructions add "..."')


@subcommand("audit")
@click.option("--size", type=click.IntRange(1), default=10_000, help="How many instructions to make.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Random seed.")
@click.option("--sample", "judged", type=click.IntRange(1), default=100, help="How many a person judges.")
@click.option(
    "--form", type=click.Path(path_type=Path), help="Write the sample here as CSV, for a person to fill."
)
@click.option(
    "--read",
    "forms",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Read a filled form; repeat for other judges of the same.",
)
@workspace_option
@json_option
def audit_command(
    size: int,
    seed: int,
    judged: int,
    *,
    form: Path | None,
    forms: tuple[Path, ...],
    workspace: str | None,
    as_json: bool,
) -> None:
    """Make instructions and measure them.

    They are made from the training part of the data; with --form and --read a sample of them is judged by
    people.
    """
    if forms:
        _show_measures(read_form(*forms), as_json)
        return
    train = split_workspace(Workspace.of(workspace)).train
    with bars(quiet=as_json) as progress:
        made, audit, rng = (
            corpus(train, size=size, seed=seed, progress=progress),
            Audit(train),
            np.random.default_rng(seed),
        )
        measures = {} if form else audit_instructions(audit, made, load_encoder(), rng, progress)
    if form:
        _write_form(sample(made, judged, rng), audit, form, as_json)
    else:
        _show_measures(measures, as_json)


def _show_measures(measures: dict[str, dict[str, float]], as_json: bool) -> None:
    if as_json:  # which has no NaN
        dump(
            {
                part: {name: None if value != value else value for name, value in m.items()}
                for part, m in measures.items()
            }
        )
        return
    rows = [(part, name, _measure_text(value)) for part, m in measures.items() for name, value in m.items()]
    table("Measures", ("of", "measure", "value"), rows)
    closing(f"{len(rows)} measures", "instructrec instructions audit --form FILE.csv")


def _measure_text(value: float) -> str:
    return "-" if value != value else f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _write_form(chosen: list[Generated], audit: Audit, form: Path, as_json: bool) -> None:
    if not chosen:
        raise DataError(
            "no instruction says anything of an item, so there is nothing to judge; make more with --size"
        )
    write_form(chosen, audit, form)
    if as_json:
        dump({"form": str(form), "rows": len(chosen)})
    else:
        closing(
            f"{len(chosen)} instructions to judge with yes or no: {form}",
            f"instructrec instructions audit --read {form}",
        )


def _owner(user: str | None, segment: str | None) -> str:
    if user is not None and segment is not None:
        raise ConfigError(
            "--user and --segment: an instruction has one owner; give one of them, or none for all"
        )
    return f"user:{user}" if user is not None else f"segment:{segment}" if segment is not None else "global"


def _understood(place: Workspace, text: str) -> Instruction | None:
    """What is understood of a text; None where the workspace has no catalog to understand it against."""
    items = place.store.items()
    return parse(text, vocabulary_of(items, catalog_profile(place.store))) if items else None


def _report_saved(
    place: Workspace, stored: StoredInstruction, new: bool, as_json: bool, last: tuple[str, str]
) -> None:
    """What was kept, and what is understood of it."""
    parsed = _understood(place, stored.text)
    if as_json:
        dump({"instruction": stored.to_dict(), "new": new, "understood": parsed and parsed.to_dict()})
        return
    print(f"{_title(stored)}\n  {stored.text}")
    _print_understood(parsed, stored.persistent)
    user = stored.owner.removeprefix("user:")
    if parsed and user != stored.owner and place.store.history(user) is None:
        print(f"note: user {user!r} is not known yet")
    closing(*last)


def _print_understood(parsed: Instruction | None, persistent: bool) -> None:
    if parsed is None:
        print("understood: nothing yet, the workspace has no catalog; next: instructrec read FOLDER")
        return
    parts = [
        *describe_all(parsed),
        *(f"not {i}" for i in parsed.unlike),
        *(f"{dial} {amount:+.1f}" for dial, amount in parsed.dials.items()),
        *([f"wishes: {parsed.wishes}"] if persistent and parsed.wishes else []),
    ]
    print("\n".join([f"understood: {'; '.join(parts) or '-'}", *unresolved_notes(parsed)]))
    if persistent and not parts:
        print("note: this instruction has no condition, refused title, dial or wish, so it changes nothing")


def _title(stored: StoredInstruction) -> str:
    persistent = ", persistent" if stored.persistent else ""
    return f"{stored.id}, of {stored.owner}{persistent} ({stored.provenance}, {stored.status})"


def _list_row(stored: StoredInstruction, columns: Sequence[str]) -> list[Any]:
    shown = {
        **stored.to_dict(),
        "persistent": "yes" if stored.persistent else "",
        "text": _shortened(stored.text),
    }
    return [shown[name] for name in columns]


def _version(stored: StoredInstruction) -> tuple[Any, ...]:
    until = "" if stored.status == "active" else _day(stored.changed)
    counts = (stored.asked, stored.shown, f"{stored.positive}/{stored.negative}")
    return (stored.version, stored.status, _day(stored.created), until, stored.quality, *counts, stored.text)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _day(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
