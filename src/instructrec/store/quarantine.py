"""Cleaning in the store: rejected rows move to the quarantine whole, filled values are noted, and both can be undone."""

import json

from instructrec.data.clean import CleanReport, Rules, clean
from instructrec.data.dataset import Dataset
from instructrec.store.bulk import load
from instructrec.store.sqlite import SqliteStore

COLUMNS = {
    "interactions": ("user_id", "timestamp", "item_id", "action", "value", "extra", "sign"),
    "items": ("number", "item_id", "title", "attributes"),
    "users": ("user_id", "attributes"),
}
KEYS = {"interactions": ("user_id", "timestamp", "item_id", "action"), "items": ("item_id",), "users": ("user_id",)}
PLACE = {"items": "item_id", "users": "user_id", "interactions": "user_id || ' ' || item_id || ' ' || timestamp"}


def clean_store(store: SqliteStore, rules: Rules) -> tuple[Dataset, CleanReport]:
    """Clean everything that was ever read: earlier rejections and fills are taken back first, so rules may be changed.

    One transaction: a killed run leaves the store as it was.
    """
    with store.begin():
        before = _summary(store)
        restore(store)
        data, report = clean(load(store), rules)
        for table, rows in report.quarantine.group_by("table"):
            _move(store, str(table[0]), rows.select("row", "rule", "reason").rows())
        _fill(store, report)
        if _summary(store) != before:
            store.changed()
    return data, report


def _summary(store: SqliteStore) -> list[tuple[int, int | None]]:
    """What is rejected and filled, in short: enough to see that a second run changed nothing."""
    run = store.connection.execute
    sizes = (("quarantine", "row"), ("fills", "value"))
    return [run(f"SELECT count(*), sum(length({column})) FROM {table}").fetchone() for table, column in sizes]


def restore(store: SqliteStore) -> None:
    """Put every rejected row back and empty every filled value."""
    run = store.connection.execute
    for table, columns in COLUMNS.items():
        values = ", ".join(f"json_extract(row, '$.{c}')" for c in columns)
        run(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) SELECT {values} FROM quarantine WHERE source = ?", (table,))
    run("DELETE FROM quarantine")
    for table in ("items", "users"):
        run(
            f"UPDATE {table} SET attributes = json_remove(attributes, '$.' || f.field) FROM fills f "
            f"WHERE f.source = ? AND f.key = {table}.{PLACE[table]}",
            (table,),
        )
    run(f"UPDATE interactions SET value = NULL WHERE {PLACE['interactions']} IN (SELECT key FROM fills WHERE source = ?)",
        ("interactions",))  # fmt: skip
    run("DELETE FROM fills")


def _move(store: SqliteStore, table: str, rejected: list[tuple[str, str, str]]) -> None:
    """From the table to the quarantine, by key; the row is the store's own, with all it holds."""
    keys = KEYS[table]
    pairs = ", ".join(f"'{c}', {c}" for c in COLUMNS[table])
    where = " AND ".join(f"{k} = ?" for k in keys)
    for row, rule, reason in rejected:
        key = tuple(json.loads(row)[k] for k in keys)
        store.connection.execute(
            f"INSERT INTO quarantine (source, row, rule, reason) "
            f"SELECT ?, json_object({pairs}), ?, ? FROM {table} WHERE {where}",
            (table, rule, reason, *key),
        )
        store.connection.execute(f"DELETE FROM {table} WHERE {where}", key)


def _fill(store: SqliteStore, report: CleanReport) -> None:
    """Write filled values and note them; a number stays a number."""
    connection = store.connection
    connection.executemany("INSERT INTO fills VALUES (?, ?, ?, ?, ?)", report.fills.rows())
    number = "CASE WHEN f.value GLOB '*[^0-9.eE+-]*' THEN f.value ELSE CAST(f.value AS NUMERIC) END"
    for table in ("items", "users"):
        connection.execute(
            f"UPDATE {table} SET attributes = json_set(attributes, '$.' || f.field, {number}) FROM fills f "
            f"WHERE f.source = ? AND f.key = {table}.{PLACE[table]}",
            (table,),
        )
    connection.execute(
        f"UPDATE interactions SET value = CAST(f.value AS REAL) FROM fills f "
        f"WHERE f.source = 'interactions' AND f.key = {PLACE['interactions']}"
    )
