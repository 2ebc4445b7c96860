"""Corrections of the profile take effect at once: stored items are made anew from the cells as they were
written.
"""

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from instructrec.catalog.apply import converted
from instructrec.data.profile import CORRECTED, CatalogProfile, ColumnProfile
from instructrec.errors import ConfigError
from instructrec.store.layers import encode, refold
from instructrec.store.profile import (
    Corrections,
    catalog_profile,
    corrections,
    profiles_by_source,
    read_profile,
)
from instructrec.store.sqlite import SqliteStore


def correct(store: SqliteStore, changes: Corrections) -> int:
    """Correct some columns; what was corrected of others before stays. Gives the number of changed items.

    Raises ConfigError for a field that the catalog does not have, and for what cannot be corrected.
    """
    known = read_profile(store)
    for name, change in changes.items():
        if name not in known.columns:
            raise ConfigError(f"no column {name!r} in this catalog; it has: {', '.join(known)}")
        if name == "item_id":
            raise ConfigError(
                "ids are read anew with another column: instructrec read FOLDER --map item_id=COLUMN"
            )
        if wrong := set(change) - set(CORRECTED):
            raise ConfigError(f"{sorted(wrong)} of {name!r} cannot be set; allowed: {', '.join(CORRECTED)}")
    before = corrections(store)
    return replace_corrections(
        store, {**before, **{n: {**before.get(n, {}), **c} for n, c in changes.items()}}
    )


def replace_corrections(store: SqliteStore, whole: Corrections) -> int:
    """Put all corrections in the place of those before, as a new version; the number of changed items."""
    read = read_profile(store)
    kept = {name: dict(change) for name, change in whole.items() if change}
    before, after = catalog_profile(store), read.with_edits(kept)
    if kept == corrections(store):
        return 0
    with store.begin():
        store.connection.execute(
            "INSERT INTO corrections (made, columns) VALUES (?, ?)",
            (time.time(), json.dumps(kept, ensure_ascii=False)),
        )
        different = [n for n in after if not after[n].reads_like(before[n])]
        changed = _read_again(store, different, kept) if different else 0
        store.changed()
    return changed


def _read_again(store: SqliteStore, names: Sequence[str], edits: Corrections) -> int:
    """Make some fields of the stored items anew; the cells of each source by its own profile, as
    corrected.
    """
    touched: dict[str, None] = {}
    for number, profile in profiles_by_source(store):
        mine = [name for name in names if name in profile.columns]
        if mine:
            touched |= dict.fromkeys(_read_layer_again(store, number, profile.with_edits(edits), mine))
    return refold(store, "items", touched)


def _read_layer_again(
    store: SqliteStore, number: int, profile: CatalogProfile, names: Sequence[str]
) -> list[str]:
    rows = [
        (id, json.loads(row), json.loads(cells) if cells else {})
        for id, row, cells in store.connection.execute(
            "SELECT id, row, cells FROM layers WHERE kind = 'items' AND source = ?", (number,)
        )
    ]
    for name in names:
        _read_column_again([(row, cells) for _, row, cells in rows], profile[name], name)
    store.connection.executemany(
        "UPDATE layers SET row = ?, cells = ? WHERE kind = 'items' AND source = ? AND id = ?",
        ((encode(_title_first(row)), encode(cells), number, id) for id, row, cells in rows),
    )
    return [id for id, _, _ in rows]


def _read_column_again(
    rows: Sequence[tuple[dict[str, Any], dict[str, Any]]], column: ColumnProfile, name: str
) -> None:
    """Set one field of some rows to what its cells say now; the cells are kept beside."""
    written = [cells.get(name, row.get(name)) for row, cells in rows]
    for (row, cells), cell, value in zip(rows, written, _values(written, column, name), strict=True):
        row.pop(name, None)
        if cell is not None:
            cells[name] = cell
        if value is not None:
            row[name] = value


def _title_first(row: dict[str, Any]) -> dict[str, Any]:
    """A layer begins with its title, so that the rest need not be read to show it."""
    return {"title": row.pop("title"), **row} if "title" in row else row


def _values(written: Sequence[Any], profile: ColumnProfile, name: str) -> list[Any]:
    """Cells read by a profile; a list of cells, of an item with several rows, is read cell by cell."""
    single = [cell for cell in _flat(written) if cell is not None]
    different = list(dict.fromkeys(single))
    texts = pl.Series(name, [_text(cell) for cell in different], dtype=pl.String)
    read = dict(zip(different, converted(texts, profile, name).to_list(), strict=True))
    return [
        _of_rows([read[c] for c in cell]) if isinstance(cell, list) else None if cell is None else read[cell]
        for cell in written
    ]


def _flat(cells: Iterable[Any]) -> Iterable[Any]:
    for cell in cells:
        if isinstance(cell, list):
            yield from cell
        else:
            yield cell


def _text(cell: Any) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _of_rows(values: Sequence[Any]) -> Any:
    """The values of several rows: all names, else the first."""
    given = [v for v in values if v is not None]
    if not any(isinstance(v, list | str) for v in given):
        return given[0] if given else None
    return list(dict.fromkeys(_flat(given)))
