"""Of every column the newest value that any source gave is shown."""

import polars as pl

from instructrec.store.layers import add, refold, to_json
from instructrec.store.sqlite import SqliteStore

NONE = pl.DataFrame(schema={"item_id": pl.String, "user_id": pl.String})


def put(store: SqliteStore, number: int, **columns: object) -> tuple[int, int]:
    statement = "INSERT INTO sources (number, place, read, rows, meaning) VALUES (?, ?, 0, '{}', '{}')"
    store.connection.execute(statement, (number, f"place {number}"))
    return add(store, "items", pl.DataFrame(columns), NONE, number, f"place {number}")


def test_the_newest_value_of_each_column_is_shown(store):
    assert put(store, 1, item_id=["a", "b"], title=["A", "B"], price=[1.0, 2.0]) == (2, 0)
    assert put(store, 2, item_id=["b"], title=["b"], price=[3.0], year=[1999]) == (0, 1)
    assert [(i.id, i.title, dict(i.attributes)) for i in store.items()] == [
        ("a", "A", {"price": 1.0}),
        ("b", "B", {"price": 3.0, "year": 1999}),
    ]


def test_nothing_changes_when_nothing_is_new(store):
    put(store, 1, item_id=["a"], title=["A"], price=[1.0])
    assert refold(store, "items", ["a", "nobody"]) == 0


def test_a_title_with_signs_of_json_stays_whole(store):
    title = 'say "hi", {"a": 1}'
    put(store, 1, item_id=["a", "b"], title=[title, 'x"}'], price=[None, 2.0])
    assert [(i.title, dict(i.attributes)) for i in store.items()] == [(title, {}), ('x"}', {"price": 2.0})]


def test_what_is_missing_is_not_written():
    rows = pl.DataFrame({"a": [None, "x"], "b": [float("inf"), 0.5], "c": [["x"], None]})
    assert to_json(rows) == ['{"c": ["x"]}', '{"a": "x", "b": 0.5}']
