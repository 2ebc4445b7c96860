"""Cleaning in the store: rejected rows move to the quarantine whole, filled values are noted, and both can be
undone.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import polars as pl

from instructrec.data.clean import CleanReport, Rules, clean
from instructrec.data.dataset import Dataset
from instructrec.store.bulk import load
from instructrec.store.layers import encode
from instructrec.store.sqlite import SqliteStore

COLUMNS = {
    "interactions": ("user_id", "timestamp", "item_id", "action", "value", "extra", "sign", "source"),
    "items": ("number", "item_id", "title", "attributes"),
    "users": ("user_id", "attributes"),
}
KEYS = {
    "interactions": ("user_id", "timestamp", "item_id", "action"),
    "items": ("item_id",),
    "users": ("user_id",),
}

Key = tuple[Any, ...]


def clean_store(store: SqliteStore, rules: Rules) -> tuple[Dataset, CleanReport]:
    """Clean everything that was ever read: earlier rejections and fills are taken back first, so rules may be
    changed.

    One transaction: a killed run leaves the store as it was.
    """
    with store.begin():
        before = _row_count(store)
        restore(store)
        read = load(store)
        data, report = clean(read, rules)
        for table in COLUMNS:
            _move(store, table, report.quarantine.filter(pl.col("table") == table))
        _fill(store, read, data, report)
        if _row_count(store) != before:
            store.changed()
    return data, report


def _row_count(store: SqliteStore) -> int:
    """What is rejected and filled, as one number that does not depend on the order: whether a second run
    changed anything.
    """
    run = store.connection.execute
    queries = ("SELECT source, row FROM quarantine", "SELECT source, key, field, value FROM fills")
    return sum(hash(row) for query in queries for row in run(query))


def restore(store: SqliteStore) -> None:
    """Put every rejected row back and empty every filled value; a row that was read again since stays as it
    was read.
    """
    for table, columns in COLUMNS.items():
        marks = ", ".join("?" * len(columns))
        if table == "items":  # an item that was read since may have its number
            marks = marks.replace(
                "?", "(SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM items WHERE number = ?1))", 1
            )
        rows = store.connection.execute(
            "SELECT row FROM quarantine WHERE source = ? ORDER BY number", (table,)
        )
        values = (
            tuple(whole[column] for column in columns) for whole in (json.loads(row) for (row,) in rows)
        )
        store.connection.executemany(
            f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", values
        )
    store.connection.execute("DELETE FROM quarantine")
    _empty(store)
    store.connection.execute("DELETE FROM fills")


def _empty(store: SqliteStore) -> None:
    """Take filled values out again where they still are what was filled in."""
    run = store.connection.execute
    for table, key, field, value in run("SELECT source, key, field, value FROM fills").fetchall():
        if table == "interactions":
            place, (filled, sign) = json.loads(key), json.loads(value)
            where = " AND ".join(f"{k} = ?" for k in (*KEYS[table], "value"))
            run(f"UPDATE interactions SET value = NULL, sign = ? WHERE {where}", (sign, *place, filled))
        elif (attributes := _attributes(store, table, key)) and encode(attributes.get(field)) == value:
            del attributes[field]
            _write(store, table, key, attributes)


def _move(store: SqliteStore, table: str, rejected: pl.DataFrame) -> None:
    """From the table to the quarantine, by key; the row is the store's own, with all it holds, to the last
    digit.
    """
    run, keys, columns = store.connection.execute, KEYS[table], COLUMNS[table]
    run("DROP TABLE IF EXISTS temp.rejected")
    run(f"CREATE TEMP TABLE rejected ({', '.join(keys)}, rule, reason, UNIQUE ({', '.join(keys)}))")
    marked = (
        (*key, rule, reason)
        for row, rule, reason in rejected.select("row", "rule", "reason").iter_rows()
        for key in _keys(table, json.loads(row))
    )
    store.connection.executemany(
        f"INSERT OR IGNORE INTO rejected VALUES ({', '.join('?' * (len(keys) + 2))})", marked
    )
    found = run(
        f"SELECT rule, reason, {', '.join(columns)} FROM rejected "
        f"CROSS JOIN {table} USING ({', '.join(keys)})"
    )
    moved = (
        (table, encode(dict(zip(columns, row, strict=True))), rule, reason) for rule, reason, *row in found
    )
    store.connection.executemany(
        "INSERT INTO quarantine (source, row, rule, reason) VALUES (?, ?, ?, ?)", moved
    )
    gone = run(f"SELECT {', '.join(keys)} FROM rejected")
    store.connection.executemany(f"DELETE FROM {table} WHERE {' AND '.join(f'{k} = ?' for k in keys)}", gone)
    run("DROP TABLE temp.rejected")


def _keys(table: str, row: dict[str, Any]) -> Iterator[Key]:
    """The key of a rejected row; the report writes an endless time as null, which can be either of two."""
    key = tuple(row[k] for k in KEYS[table])
    if None not in key:
        yield key
    else:
        yield from (tuple(end if k is None else k for k in key) for end in (math.inf, -math.inf))


def _fill(store: SqliteStore, read: Dataset, data: Dataset, report: CleanReport) -> None:
    """Write the filled values of the rows that stay, each with its type, and note them."""
    before = {"items": read.catalog.items, "users": read.users, "interactions": read.interactions}
    after = {"items": data.catalog.items, "users": data.users, "interactions": data.signed()}
    for table, column, rule in (
        report.fills.select("table", "column", "rule").unique(maintain_order=True).iter_rows()
    ):
        keys = KEYS[table]
        empty = before[table].filter(pl.col(column).is_null() | ~_null_if_nan(before[table][column]))
        filled = after[table].join(empty, on=keys, how="semi").filter(pl.col(column).is_not_null())
        if table == "interactions":
            rows = _fill_interactions(store, filled.select(column, "sign", *keys), read.signed())
        else:
            rows = filled.select(*keys, column).rows()
            for key, value in rows:
                _write(store, table, key, {**_attributes(store, table, key), column: value})
        notes = ((table, key, column, encode(value), rule) for key, value in rows)
        store.connection.executemany("INSERT INTO fills VALUES (?, ?, ?, ?, ?)", notes)


def _null_if_nan(column: pl.Series) -> pl.Series:
    """Where a number is one."""
    return column.is_not_nan() if column.dtype.is_float() else pl.repeat(True, len(column), eager=True)


def _fill_interactions(
    store: SqliteStore, filled: pl.DataFrame, before: pl.DataFrame
) -> list[tuple[str, Key]]:
    """Set values, and with them how the interactions are read; the value is the one column of an interaction
    that can be missing. Gives the key of each with its value and what it meant before.
    """
    keys = KEYS["interactions"]
    where = " AND ".join(f"{k} = ?" for k in keys)
    store.connection.executemany(
        f"UPDATE interactions SET value = ?, sign = ? WHERE {where}", filled.iter_rows()
    )
    signs = filled.select(keys).join(before, on=keys, how="left", maintain_order="left")["sign"]
    return [
        (encode(key), (value, old)) for (value, _, *key), old in zip(filled.iter_rows(), signs, strict=True)
    ]


def _attributes(store: SqliteStore, table: str, key: str) -> dict[str, Any]:
    found = store.connection.execute(
        f"SELECT attributes FROM {table} WHERE {KEYS[table][0]} = ?", (key,)
    ).fetchone()
    return json.loads(found[0]) if found else {}


def _write(store: SqliteStore, table: str, key: str, attributes: dict[str, Any]) -> None:
    store.connection.execute(
        f"UPDATE {table} SET attributes = ? WHERE {KEYS[table][0]} = ?", (encode(attributes), key)
    )
