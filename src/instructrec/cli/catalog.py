"""`catalog`: what every column was understood as, and how to correct it."""

import json
from pathlib import Path
from typing import Any

import click

from instructrec.app.profile import as_toml, from_toml, imported, prompt, settings
from instructrec.cli.terminal import closing, command, dump, json_option, table, workspace_option
from instructrec.data.profile import MEASURED, CatalogProfile, ColumnProfile, Role
from instructrec.encoders.registry import load_encoder
from instructrec.errors import ConfigError, NotTrained
from instructrec.instructions.column_words import ColumnWords, with_words, words_by_column
from instructrec.store.corrections import correct, replace_corrections
from instructrec.store.profile import Corrections, catalog_profile, corrections, profile_version, read_profile
from instructrec.store.sqlite import SqliteStore
from instructrec.store.workspace import Workspace


@command("catalog")
@click.option("--set", "given", multiple=True, help='COLUMN.KEY=VALUE, as price.words="budget,预算"; repeat.')
@click.option("--edit", is_flag=True, help="Open the profile as TOML in your editor.")
@click.option("--prompt", "as_prompt", is_flag=True, help="Print a text that asks any assistant for words.")
@click.option(
    "--import", "answer", type=click.Path(path_type=Path), help="A file with the answer to --prompt."
)
@click.option("--restore", type=int, metavar="VERSION", help="Go back to an earlier version; 0 is as read.")
@workspace_option
@json_option
def catalog_command(
    given: tuple[str, ...],
    edit: bool,
    as_prompt: bool,
    answer: Path | None,
    restore: int | None,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Show what every column of the catalog was understood as, and correct it.

    A correction takes effect at once: nothing has to be read again.
    """
    if sum(map(bool, (given, edit, as_prompt, answer))) + (restore is not None) > 1:
        raise ConfigError("--set, --edit, --prompt, --import and --restore: give one of them")
    store = Workspace.of(workspace).store
    profile = catalog_profile(store)
    if not profile:
        raise NotTrained(
            "no catalog with columns was read into this workspace; next: instructrec read FOLDER"
        )
    if as_prompt:
        print(prompt(with_words(profile, load_encoder())))
        return
    notes: list[str] = []
    changed = _changed(store, profile, given, edit, answer, restore, notes)
    _show(store, as_json, changed, notes)


def _changed(
    store: SqliteStore,
    profile: CatalogProfile,
    given: tuple[str, ...],
    edit: bool,
    answer: Path | None,
    restore: int | None,
    notes: list[str],
) -> int | None:
    """Apply what was asked for; the number of changed items, None where nothing was asked for."""
    if given:
        return correct(store, settings(given))
    if answer:
        taken, left = imported(answer, with_words(profile, load_encoder()))
        notes += [f"left out: {text}" for text in left]
        return correct(store, taken)
    if restore is not None:
        return replace_corrections(store, corrections(store, restore))
    return replace_corrections(store, _edited(store, profile)) if edit else None


def _edited(store: SqliteStore, profile: CatalogProfile) -> Corrections:
    shown = with_words(profile, load_encoder())
    text = as_toml(shown)
    edited = click.edit(text, extension=".toml")
    if edited is None or edited == text:
        return corrections(store)
    return from_toml(edited, with_words(read_profile(store), load_encoder()), shown)


def _show(store: SqliteStore, as_json: bool, changed: int | None, notes: list[str]) -> None:
    profile, version = catalog_profile(store), profile_version(store)
    words = words_by_column(profile, load_encoder())
    if as_json:
        columns = {
            name: {**column.to_dict(), **_words_json(words.get(name))}
            for name, column in profile.columns.items()
        }
        more: dict[str, Any] = {} if changed is None else {"changed_items": changed}
        dump(
            {
                "version": version,
                "identity": list(profile.identity),
                "columns": columns,
                **more,
                "notes": notes,
            }
        )
        return
    rows = [
        (name, column.column if column.column != name else "", _role(column), _filled(column), _holds(column),
         ", ".join(words[name].words[:6]) if name in words else "", column.why)
        for name, column in profile.columns.items()
    ]  # fmt: skip
    title = f"Columns of the catalog (version {version}; change one with --set COLUMN.KEY=VALUE, or --edit)"
    table(title, ("field", "column", "is", "filled", "holds", "asked for by", "because"), rows)
    for note in [*notes, *_questions(profile)]:
        print(f"note: {note}")
    done = f"{len(profile.columns)} columns" + ("" if changed is None else f"; {changed:,} items changed")
    closing(done, 'instructrec parse "..."')


def _words_json(words: ColumnWords | None) -> dict[str, Any]:
    return {"words": list(words.words), "words_from": words.source} if words else {"words": []}


def _questions(profile: CatalogProfile) -> list[str]:
    """What only the owner knows: columns of which nothing tells, and an id where none was found."""
    unknown = profile.playing(Role.UNKNOWN)
    asked = [f"what is {name!r}? say it: --set {name!r}.role=names, or number, text ..." for name in unknown]
    if profile.identity:
        shown = ", ".join(profile.identity[:5]) + (" ..." if len(profile.identity) > 5 else "")
        asked.append(f"no column is an id, so {shown} stands for it")
    return asked


def _role(column: ColumnProfile) -> str:
    """The role with its unit, its list signs and its magnitude."""
    unit = f", {column.unit}" if column.unit else ""
    times = f", x{column.magnitude:g}" if column.magnitude != 1 else ""
    cut = f", list ({' '.join(json.dumps(s, ensure_ascii=False)[1:-1] for s in column.separators)})"
    return f"{column.role}{unit}{times}{cut if column.separators else ''}"


def _filled(column: ColumnProfile) -> str:
    return f"{column.filled / column.rows:.0%}" if column.rows else ""


def _holds(column: ColumnProfile) -> str:
    """The range of numbers, the steps of a scale, or the most frequent values."""
    if column.role in MEASURED and column.least is not None and column.most is not None:
        return f"{_bound(column.least)} to {_bound(column.most)}"
    if column.order:
        return " < ".join(column.order[:6])
    return ", ".join(value[:30] for value, _ in column.frequent[:4])


def _bound(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:g}"
