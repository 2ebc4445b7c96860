"""The profile of the stored catalog: what its sources say of their columns, and what a person corrected."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from instructrec.data.profile import CatalogProfile, ColumnProfile
from instructrec.errors import ConfigError
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
    query = (
        "SELECT min(json_extract(attributes, ?1)), max(json_extract(attributes, ?1)) FROM items "
        "WHERE json_type(attributes, ?1) IN ('integer', 'real')"
    )
    least, most = store.connection.execute(query, (path,)).fetchone()
    return replace(column, least=least, most=most, frequent=(), unread=0)


def read_profile(store: SqliteStore) -> CatalogProfile:
    """The columns as they were read, without corrections."""
    columns: dict[str, ColumnProfile] = {}
    identity: tuple[str, ...] = ()
    for _, profile in profiles_by_source(store):
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


def profiles_by_source(store: SqliteStore) -> list[tuple[int, CatalogProfile]]:
    """The number of each source that counts, with the profile of its catalog; oldest first."""
    rows = store.connection.execute(
        "SELECT number, profile FROM sources WHERE profile != '{}' "
        "AND number >= (SELECT coalesce(max(number), 0) FROM sources WHERE complete) ORDER BY number"
    )
    return [(number, CatalogProfile.of(json.loads(text))) for number, text in rows]
