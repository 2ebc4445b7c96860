"""The profile of the stored catalog: what its sources say of their columns, and what a person corrected.

A correction takes effect at once: the stored items are made anew from the cells as they were written.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from instructrec.catalog.apply import converted
from instructrec.data.profile import CORRECTED, CatalogProfile, ColumnProfile
from instructrec.errors import ConfigError
from instructrec.store.layers import first_layer, refold
from instructrec.store.sqlite import SqliteStore

Corrections = Mapping[str, Mapping[str, Any]]  # field -> what was corrected of it


def catalog_profile(store: SqliteStore) -> CatalogProfile:
    """The columns of the stored catalog, each as its newest source has it, with what a person corrected."""
    read, edits = read_profile(store), corrections(store)
    edited = read.with_edits(edits)
    anew = {
        n: _recounted(store, n, edited[n]) for n in edits if n in read and not edited[n].reads_like(read[n])
    }
    return replace(edited, columns={**edited.columns, **anew})


def _recounted(store: SqliteStore, name: str, column: ColumnProfile) -> ColumnProfile:
    """A column that is read in another way than its sources did, with the range of what it holds now."""
    path = f'$."{name}"'
    kinds = "json_type(attributes, ?1) IN ('integer', 'real')"
    query = f"SELECT min(json_extract(attributes, ?1)), max(json_extract(attributes, ?1)) FROM items WHERE {kinds}"
    least, most = store.connection.execute(query, (path,)).fetchone()
    return replace(column, least=least, most=most, frequent=(), unread=0)


def read_profile(store: SqliteStore) -> CatalogProfile:
    """The columns as they were read, without corrections."""
    columns: dict[str, ColumnProfile] = {}
    identity: tuple[str, ...] = ()
    for _, profile in _by_source(store):
        identity = profile.identity or identity
        for name, column in profile.columns.items():
            older = columns.get(name)
            columns[name] = column if older is None or column.filled else older
    return CatalogProfile(columns, identity)


def corrections(store: SqliteStore, version: int | None = None) -> Corrections:
    """What a person corrected, by field; that of an earlier version where one is named."""
    if version == 0:
        return {}
    condition, given = ("WHERE version = ?", (version,)) if version is not None else ("", ())
    row = store.connection.execute(
        f"SELECT columns FROM corrections {condition} ORDER BY version DESC LIMIT 1", given
    ).fetchone()
    if row is None and version is not None:
        raise ConfigError(f"no version {version} of the profile; there are 0 to {profile_version(store)}")
    return json.loads(row[0]) if row else {}


def profile_version(store: SqliteStore) -> int:
    """The number of the last correction; 0 where nothing was corrected."""
    return int(store.connection.execute("SELECT coalesce(max(version), 0) FROM corrections").fetchone()[0])


def correct(store: SqliteStore, changes: Corrections) -> int:
    """Correct some columns; what was corrected of others before stays. Gives the number of changed items.

    Raises ConfigError for a field that the catalog does not have, and for what cannot be corrected.
    """
    known = read_profile(store)
    for name, change in changes.items():
        if name not in known.columns:
            raise ConfigError(f"no column {name!r} in this catalog; it has: {', '.join(known)}")
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


def _by_source(store: SqliteStore) -> list[tuple[int, CatalogProfile]]:
    rows = store.connection.execute(
        "SELECT number, profile FROM sources WHERE profile != '{}' AND number >= ? ORDER BY number",
        (first_layer(store, "items"),),
    )
    return [(number, CatalogProfile.of(json.loads(text))) for number, text in rows]


def _read_again(store: SqliteStore, names: Sequence[str], edits: Corrections) -> int:
    """Make some fields of the stored items anew; the cells of each source by its own profile, as corrected."""
    touched: dict[str, None] = {}
    for number, profile in _by_source(store):
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
        written = [cells.get(name, row.get(name)) for _, row, cells in rows]
        for (_, row, cells), cell, value in zip(
            rows, written, _values(written, profile[name], name), strict=True
        ):
            if cell is not None:
                cells[name] = cell
            row.pop(name, None)
            if value is not None:
                row[name] = value
    encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
    store.connection.executemany(
        "UPDATE layers SET row = ?, cells = ? WHERE kind = 'items' AND source = ? AND id = ?",
        ((encode(_title_first(row)), encode(cells), number, id) for id, row, cells in rows),
    )
    return [id for id, _, _ in rows]


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
        _joined([read[c] for c in cell]) if isinstance(cell, list) else None if cell is None else read[cell]
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


def _joined(values: Sequence[Any]) -> Any:
    """The values of several rows: all names, else the first."""
    given = [v for v in values if v is not None]
    if not any(isinstance(v, list | str) for v in given):
        return given[0] if given else None
    return list(dict.fromkeys(_flat(given)))
