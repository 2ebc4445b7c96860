"""Whole datasets in and out of the store; every write is one transaction, so a killed one leaves nothing
behind.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from instructrec.data.dataset import INTERACTIONS, TEXTS, Catalog, Dataset, Feedback
from instructrec.errors import DataError, NotTrained
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Progress, no_progress

BATCH = 100_000

# An act that lies in the quarantine stays there when its file is read again, until the rules are applied
# anew.
_STILL_REJECTED = """
DELETE FROM interactions WHERE (user_id, timestamp, item_id, action) IN (
    SELECT json_extract(row, '$.user_id'), json_extract(row, '$.timestamp'), json_extract(row, '$.item_id'),
           json_extract(row, '$.action')
    FROM quarantine WHERE source = 'interactions')
"""


@dataclass(frozen=True, slots=True)
class Saved:
    """What an append did: rows given, rows new, rows that were there already."""

    given: int
    added: int
    known: int


def save(store: SqliteStore, data: Dataset, progress: Progress = no_progress) -> dict[str, Saved]:
    """Append a dataset: items and users are replaced by id, an interaction that is there already is left
    alone.
    """
    with store.begin():
        before = store.connection.total_changes
        items, users = _save_items(store, data.catalog.items), _save_users(store, data.users)
        changed = store.connection.total_changes > before
        acts = _save_interactions(store, data, progress)
        if data.interactions.height:
            changed |= _agree(store, data.feedback)
        if changed or acts.added:
            store.changed()
    return {"items": items, "users": users, "interactions": acts}


def _agree(store: SqliteStore, feedback: Feedback) -> bool:
    """Read all acts alike, so that old rows follow a corrected reading; whether anything is new.

    The newest source decides, but one without ratings says nothing of how ratings are read: that stays.
    """
    known = store.get("feedback")
    if known and feedback.like_from is None:
        feedback = replace(feedback, like_from=known["like_from"], dislike_below=known["dislike_below"])
    if known == asdict(feedback):
        return False
    store.put("feedback", asdict(feedback))
    if known:
        store.connection.create_function("reading", 2, feedback.of, deterministic=True)
        store.connection.execute("UPDATE interactions SET sign = reading(action, value)")
    return True


def load(store: SqliteStore) -> Dataset:
    """Everything the store holds, as a dataset; raises NotTrained when nothing was read yet."""
    items = _frame(
        store, "SELECT item_id, title, attributes FROM items ORDER BY number", ("item_id", "title")
    )
    if not items.height:
        raise NotTrained(f"the store {store.path} is empty; next: instructrec read FOLDER")
    users = _frame(store, "SELECT user_id, attributes FROM users", ("user_id",))
    texts = {name: f"json_extract(extra, '$.\"{name}\"')" for name in TEXTS if _written(store, name)}
    columns = [*INTERACTIONS, *(f'{extract} AS "{name}"' for name, extract in texts.items())]
    query = f"SELECT {', '.join(columns)} FROM interactions ORDER BY user_id, timestamp"
    types = {**INTERACTIONS, **dict.fromkeys(texts, pl.String)}
    acts = pl.read_database(query, store.connection, schema_overrides=types)
    return Dataset(Catalog(items), users, acts, Feedback(**store.get("feedback", {})))


def _written(store: SqliteStore, name: str) -> bool:
    """Whether any act came with a text of that name; the search ends at the first, and reads no JSON."""
    query = "SELECT EXISTS (SELECT 1 FROM interactions WHERE extra IS NOT NULL AND instr(extra, ?))"
    return bool(store.connection.execute(query, (f'"{name}": "',)).fetchone()[0])


def _frame(store: SqliteStore, query: str, keys: tuple[str, ...]) -> pl.DataFrame:
    rows = store.connection.execute(query).fetchall()
    records = [{**dict(zip(keys, row, strict=False)), **json.loads(row[-1])} for row in rows]
    if not records:
        return pl.DataFrame(schema={k: pl.String for k in keys})
    return pl.from_dicts(records, infer_schema_length=None)


def _records(frame: pl.DataFrame, keys: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    """Rows as (keys ..., the other columns as JSON without nulls)."""
    for row in frame.iter_rows(named=True):
        rest = {k: v for k, v in row.items() if k not in keys and v is not None}
        yield (*(row[k] for k in keys), json.dumps(rest, ensure_ascii=False, default=str))


def _append(
    store: SqliteStore, table: str, statement: str, rows: Iterable[tuple[Any, ...]], given: int
) -> Saved:
    before = store.count(table)
    store.connection.executemany(statement, rows)
    added = store.count(table) - before
    return Saved(given, added, given - added)


def _save_items(store: SqliteStore, items: pl.DataFrame) -> Saved:
    # An item that only an interactions file names has its id as title: it must not overwrite the real one.
    statement = (
        "INSERT INTO items (item_id, title, attributes) VALUES (?, ?, ?) ON CONFLICT (item_id) DO UPDATE SET "
        "title = excluded.title, attributes = excluded.attributes "
        "WHERE (excluded.title != excluded.item_id OR excluded.attributes != '{}') "
        "AND (excluded.title != title OR excluded.attributes != attributes)"
    )
    return _append(store, "items", statement, _records(items, ("item_id", "title")), items.height)


def _save_users(store: SqliteStore, users: pl.DataFrame) -> Saved:
    statement = (
        "INSERT INTO users VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET attributes = excluded.attributes "
        "WHERE excluded.attributes != '{}' AND excluded.attributes != attributes"
    )
    return _append(store, "users", statement, _records(users, ("user_id",)), users.height)


def _save_interactions(store: SqliteStore, data: Dataset, progress: Progress) -> Saved:
    """Insert in key order, which keeps the tree of the table append-only and fast."""
    acts = data.signed().sort("user_id", "timestamp", "item_id", "action")
    extra = [c for c in acts.columns if c not in (*INTERACTIONS, "sign")]
    if extra:
        rest = pl.struct(extra).map_elements(_extra_json, return_dtype=pl.String, skip_nulls=False)
        acts = acts.with_columns(rest.alias("extra"))
    else:
        acts = acts.with_columns(pl.lit(None, pl.String).alias("extra"))
    acts = acts.select("user_id", "timestamp", "item_id", "action", "value", "extra", "sign")
    statement = "INSERT INTO interactions VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    before = store.count("interactions")
    for start in range(0, acts.height, BATCH):
        try:
            store.connection.executemany(statement, acts.slice(start, BATCH).iter_rows())
        except sqlite3.IntegrityError as error:
            raise DataError(
                f"an interaction without user, item, action or time cannot be stored ({error}); clean first"
            ) from error
        progress("store", min(start + BATCH, acts.height), acts.height)
    store.connection.execute(_STILL_REJECTED)
    added = store.count("interactions") - before
    return Saved(acts.height, added, acts.height - added)


def _extra_json(row: Mapping[str, Any]) -> str | None:
    rest = {k: v for k, v in row.items() if v is not None}
    return json.dumps(rest, ensure_ascii=False, default=str) if rest else None
