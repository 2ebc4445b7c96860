"""Whole datasets in and out of the store; every write is one transaction, so a killed one leaves nothing
behind.
"""

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import polars as pl

from instructrec.data.dataset import INTERACTIONS, TEXTS, Catalog, Dataset, Feedback
from instructrec.data.profile import CatalogProfile
from instructrec.errors import DataError, NotTrained
from instructrec.store import layers, order
from instructrec.store.profile import catalog_profile
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Progress, no_progress

BATCH = 100_000
ACT = ("user_id", "timestamp", "item_id", "action", "value", "extra", "sign", "source")
KEY = ACT[:4]

# An act that lies in the quarantine stays there when its file is read again, until the rules are applied
# anew.
_STILL_REJECTED = """
DELETE FROM interactions WHERE (user_id, timestamp, item_id, action) IN (
    SELECT json_extract(row, '$.user_id'), json_extract(row, '$.timestamp'), json_extract(row, '$.item_id'),
           json_extract(row, '$.action')
    FROM quarantine WHERE source = 'interactions')
"""
_SAME = " AND ".join(f"e.{k} = i.{k}" for k in KEY)


@dataclass(frozen=True, slots=True)
class Saved:
    """What an append did: rows given, rows new, rows that were there already, and of these the changed
    ones.
    """

    given: int
    added: int
    known: int
    changed: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a dataset comes from: it is listed, and can be taken back, by that.

    `timeless`: the order of the rows stands for time. `explicit`: it was said how actions are read, which
    holds for the stored rows of the same place too. `complete`: items that are not in it are no longer in the
    catalog.
    """

    place: str = "records in memory"
    meaning: Mapping[str, Any] = field(default_factory=dict)
    timeless: bool = False
    explicit: bool = True
    complete: bool = False


RECORDS = Origin()


def save(
    store: SqliteStore, data: Dataset, progress: Progress = no_progress, origin: Origin = RECORDS
) -> dict[str, Saved]:
    """Append a dataset as a source: of an item or user that is there the columns that come again are changed,
    an interaction that is there already is left alone.
    """
    with store.begin():
        source = _begin(store, origin, data.catalog.profile)
        data, notes = order.placed(store, data, origin.place) if origin.timeless else (data, [])
        items, users = (
            _save_entities(store, kind, frame, data.interactions, source, origin, cells)
            for kind, frame, cells in (
                ("items", data.catalog.items, data.catalog.cells),
                ("users", data.users, None),
            )
        )
        acts = _save_interactions(store, data, progress, source, origin)
        acts = replace(acts, notes=(*notes, *acts.notes))
        gone = layers.rebuild(store, "items") if origin.complete else 0
        changed = any(s.added or s.changed for s in (items, users, acts)) or gone
        if data.interactions.height:
            _note_feedback(store, data.feedback)
        if not changed and _brought_nothing(store, source, origin.place):
            store.connection.execute("DELETE FROM sources WHERE number = ?", (source,))
        else:
            store.changed()
        if gone:
            items = replace(items, notes=(f"{gone} items are not in the new catalog and are gone from it",))
    return {"items": items, "users": users, "interactions": acts}


def _begin(store: SqliteStore, origin: Origin, profile: CatalogProfile) -> int:
    statement = (
        "INSERT INTO sources (place, read, rows, meaning, timeless, complete, profile) "
        "VALUES (?, ?, '{}', ?, ?, ?, ?)"
    )
    meaning, columns = (
        json.dumps(dict(given), ensure_ascii=False)
        for given in (origin.meaning, profile.to_dict() if profile else {})
    )
    row = (origin.place, time.time(), meaning, origin.timeless, origin.complete, columns)
    return int(store.connection.execute(statement, row).lastrowid or 0)


def _brought_nothing(store: SqliteStore, source: int, place: str) -> bool:
    """Whether a source is the same place as an earlier one and added nothing to it."""
    before = "SELECT EXISTS (SELECT 1 FROM sources WHERE place = ? AND number != ?)"
    held = (
        "SELECT EXISTS (SELECT 1 FROM layers WHERE source = ?) "
        "OR EXISTS (SELECT 1 FROM repeats WHERE source = ?)"
    )
    run = store.connection.execute
    return bool(run(before, (place, source)).fetchone()[0]) and not run(held, (source, source)).fetchone()[0]


def _note_feedback(store: SqliteStore, feedback: Feedback) -> None:
    """How the newest source reads ratings and actions; one without ratings leaves that of ratings as it
    is.
    """
    known = store.get("feedback")
    if known and feedback.like_from is None:
        feedback = replace(feedback, like_from=known["like_from"], dislike_below=known["dislike_below"])
    store.put("feedback", asdict(feedback))


def load(store: SqliteStore) -> Dataset:
    """Everything the store holds, as a dataset; raises NotTrained when nothing was read yet."""
    items = _frame(
        store, "SELECT item_id, title, attributes FROM items ORDER BY number", ("item_id", "title")
    )
    if not items.height:
        raise NotTrained(f"the store {store.path} is empty; next: instructrec read FOLDER")
    users = _frame(store, "SELECT user_id, attributes FROM users", ("user_id",))
    texts = {name: f"json_extract(extra, '$.\"{name}\"')" for name in TEXTS if _written(store, name)}
    columns = [*INTERACTIONS, "sign", *(f'{extract} AS "{name}"' for name, extract in texts.items())]
    query = f"SELECT {', '.join(columns)} FROM interactions ORDER BY user_id, timestamp"
    types = {**INTERACTIONS, "sign": pl.Int8, **dict.fromkeys(texts, pl.String)}
    acts = pl.read_database(query, store.connection, schema_overrides=types)
    return Dataset(Catalog(items, catalog_profile(store)), users, acts, Feedback(**store.get("feedback", {})))


def _written(store: SqliteStore, name: str) -> bool:
    """Whether any interaction came with a text of that name; ends at the first found, and reads no JSON."""
    query = "SELECT EXISTS (SELECT 1 FROM interactions WHERE extra IS NOT NULL AND instr(extra, ?))"
    return bool(store.connection.execute(query, (f'"{name}": "',)).fetchone()[0])


def _frame(store: SqliteStore, query: str, keys: tuple[str, ...]) -> pl.DataFrame:
    rows = store.connection.execute(query).fetchall()
    records = [{**dict(zip(keys, row, strict=False)), **json.loads(row[-1])} for row in rows]
    if not records:
        return pl.DataFrame(schema={k: pl.String for k in keys})
    return pl.from_dicts(records, infer_schema_length=None)


def _save_entities(
    store: SqliteStore,
    kind: str,
    frame: pl.DataFrame,
    acts: pl.DataFrame,
    source: int,
    origin: Origin,
    cells: pl.DataFrame | None,
) -> Saved:
    added, changed = layers.add(store, kind, frame, acts, source, origin.place, cells)
    return Saved(frame.height, added, frame.height - added, changed)


def _save_interactions(
    store: SqliteStore, data: Dataset, progress: Progress, source: int, origin: Origin
) -> Saved:
    """Insert in key order, which keeps the tree of the table append-only and fast."""
    acts = data.signed().sort("user_id", "timestamp", "item_id", "action")
    extra = [c for c in acts.columns if c not in (*INTERACTIONS, "sign")]
    texts = pl.repeat(None, acts.height, dtype=pl.String, eager=True)
    if extra:
        texts = pl.Series(layers.to_json(acts.select(extra)))
        texts = texts.set(texts == "{}", None)
    acts = acts.with_columns(
        texts.alias("extra"), pl.lit(source).alias("source"), pl.col("value").fill_nan(None)
    ).select(ACT)
    before = store.count("interactions")
    table = "interactions" if not before else "temp.incoming"
    run = store.connection.execute
    if before:
        run("DROP TABLE IF EXISTS temp.incoming")
        run(f"CREATE TEMP TABLE incoming ({', '.join(ACT)}, PRIMARY KEY ({', '.join(KEY)})) WITHOUT ROWID")
    statement = (
        f"INSERT INTO {table} ({', '.join(ACT)}) VALUES ({', '.join('?' * len(ACT))}) ON CONFLICT DO NOTHING"
    )
    _check_whole(acts)
    for start in range(0, acts.height, BATCH):
        try:
            store.connection.executemany(statement, acts.slice(start, BATCH).iter_rows())
        except sqlite3.IntegrityError as error:
            raise DataError(
                f"an interaction without user, item, action or time cannot be stored ({error}); clean first"
            ) from error
        progress("store", min(start + BATCH, acts.height), acts.height)
    changed, notes = _merged(store, source, origin) if before else (0, [])
    run(_STILL_REJECTED)
    added = store.count("interactions") - before
    run(
        "UPDATE sources SET rows = json_set(rows, '$.interactions', ?) WHERE number = ?",
        (acts.height, source),
    )
    return Saved(acts.height, added, acts.height - added, changed, tuple(notes))


def _check_whole(acts: pl.DataFrame) -> None:
    missing = acts.select(pl.any_horizontal(pl.col(KEY).is_null()).any()).item() if acts.height else False
    if missing:
        raise DataError("an interaction without user, item, action or time cannot be stored; clean first")


def _merged(store: SqliteStore, source: int, origin: Origin) -> tuple[int, list[str]]:
    """Put the incoming interactions beside the stored ones: what is there already stays as it was read,
    unless the same place says now how it is to be read.
    """
    run = store.connection.execute
    there = f"FROM temp.incoming i CROSS JOIN interactions e ON {_SAME} JOIN sources s ON s.number = e.source"
    unlike = run(f"SELECT count(*) {there} WHERE e.value IS NOT i.value", ()).fetchone()[0]
    others = ", ".join(f"i.{c}" for c in ACT)
    run(
        f"INSERT OR IGNORE INTO repeats ({', '.join(ACT)}) SELECT {others} {there} WHERE s.place != ?",
        (origin.place,),
    )
    changed = 0
    if origin.explicit:
        stored = ", ".join(f"e.{c}" for c in ACT)
        run("DROP TABLE IF EXISTS temp.corrected")
        corrected = f"SELECT {stored}, i.sign AS new {there} WHERE s.place = ? AND e.sign != i.sign"
        run(f"CREATE TEMP TABLE corrected AS {corrected}", (origin.place,))
        run(f"INSERT OR IGNORE INTO repeats ({', '.join(ACT)}) SELECT {', '.join(ACT)} FROM temp.corrected")
        changed = run(
            f"UPDATE interactions AS e SET sign = i.new, source = ? FROM temp.corrected i WHERE {_SAME}",
            (source,),
        ).rowcount
    run(f"INSERT OR IGNORE INTO interactions ({', '.join(ACT)}) SELECT {', '.join(ACT)} FROM temp.incoming")
    run("DROP TABLE temp.incoming")
    notes = [f"{changed:,} stored interactions are read anew, as was said"] if changed else []
    if unlike:
        notes.append(
            f"{unlike:,} interactions that are stored came again with another value; the stored one was kept"
        )
    return changed, notes
