"""What was read is listed and taken back exactly; catalogs are updated by column; persons are erased."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instructrec.data.clean import Rules
from instructrec.data.dataset import INTERACTIONS, Catalog, Dataset, Feedback
from instructrec.errors import StoreError, UnknownUser
from instructrec.store.bulk import Origin, load, save
from instructrec.store.quarantine import clean_store
from instructrec.store.sources import forget, listed, meanings, remove
from instructrec.store.sqlite import BEFORE, SCHEMAS, SqliteStore

Row = tuple[str, str, float, int]


def world(acts: list[Row] | None = None, items: Mapping[str, Mapping[str, Any]] | None = None) -> Dataset:
    """Interactions as (user, item, time, sign) and items as {id: columns}."""
    rows = [(u, i, "view", t, None, s) for u, i, t, s in acts or []]
    frame = pl.DataFrame(rows, schema={**INTERACTIONS, "sign": pl.Int8}, orient="row")
    described = [{"item_id": i, "title": i, **columns} for i, columns in (items or {}).items()]
    named = [{"item_id": i, "title": i} for i in dict.fromkeys(frame["item_id"]) if i not in (items or {})]
    catalog = (
        pl.from_dicts([*described, *named], infer_schema_length=None)
        if described or named
        else pl.DataFrame(schema={"item_id": pl.String, "title": pl.String})
    )
    return Dataset(
        Catalog(catalog), frame.select(pl.col("user_id").unique(maintain_order=True)), frame, Feedback()
    )


def put(store: SqliteStore, place: str, data: Dataset, **more: Any) -> None:
    save(store, data, origin=Origin(place, explicit=more.pop("explicit", False), **more))


def shown(store: SqliteStore) -> dict[str, Any]:
    run = store.connection.execute
    return {
        "items": sorted(run("SELECT item_id, title, attributes FROM items").fetchall()),
        "users": sorted(run("SELECT user_id, attributes FROM users").fetchall()),
        "acts": sorted(run("SELECT user_id, timestamp, item_id, action, sign FROM interactions").fetchall()),
    }


def test_an_update_changes_its_columns_and_no_other(store):
    put(store, "items.csv", world(items={"a": {"title": "Kettle", "price": 30.0, "tags": ["red"]}}))
    put(store, "prices.csv", world(items={"a": {"price": 25.0, "tags": None}}))
    [item] = store.items()
    assert (item.title, dict(item.attributes)) == ("Kettle", {"price": 25.0, "tags": ["red"]})


def test_an_item_that_is_only_named_keeps_what_is_known_of_it(store):
    put(store, "items.csv", world(items={"a": {"title": "Kettle", "price": 30.0}}))
    put(store, "log.csv", world([("u", "a", 1.0, 1)]))
    assert store.items()[0].title == "Kettle"


def test_sources_are_listed_with_what_they_mean(store):
    put(store, "items.csv", world(items={"a": {"title": "Kettle"}}))
    put(store, "log.csv", world([("u", "a", 1.0, 1)]), meaning={"column": "stars", "like_from": 4.0})
    assert [(r.number, r.place, r.rows["items"], r.rows["interactions"]) for r in listed(store)] == [
        (1, "items.csv", 1, 0),
        (2, "log.csv", 1, 1),
    ]
    assert meanings(store)[0]["like_from"] == 4.0


def test_the_same_place_with_nothing_new_is_no_new_source(store):
    data = world([("u", "a", 1.0, 1)], {"a": {"title": "Kettle"}})
    put(store, "shop", data)
    before, revision = shown(store), store.revision
    put(store, "shop", data)
    assert (len(listed(store)), shown(store), store.revision) == (1, before, revision)


def test_what_two_sources_brought_stays_when_one_goes(store):
    put(store, "one", world([("u", "a", 1.0, 1), ("u", "b", 2.0, 1)], {"a": {"title": "A", "price": 1.0}}))
    put(store, "two", world([("u", "a", 1.0, -1), ("u", "c", 3.0, 1)], {"a": {"title": "A2", "year": 1999}}))
    assert store.history("u") == [("a", 1), ("b", 1), ("c", 1)]  # what is stored is not read anew
    remove(store, [1])
    assert store.history("u") == [("a", -1), ("c", 1)]
    assert [(i.id, i.title, dict(i.attributes)) for i in store.items()] == [
        ("a", "A2", {"year": 1999}),
        ("c", "c", {}),
    ]


def test_a_place_that_was_read_again_goes_newest_first(store):
    put(store, "log", world([("u", "a", 1.0, 1)]))
    put(store, "log", world([("u", "a", 1.0, 1), ("u", "b", 2.0, 1)]))
    with pytest.raises(StoreError, match="instructrec sources remove 1 2"):
        remove(store, [1])
    remove(store, [2])
    assert store.history("u") == [("a", 1)]


def test_a_corrected_reading_is_taken_back_with_its_source(store):
    put(store, "log", world([("u", "a", 1.0, 1)]))
    put(store, "log", world([("u", "a", 1.0, -1)]), explicit=True)
    assert store.history("u") == [("a", -1)]
    remove(store, [2])
    assert store.history("u") == [("a", 1)]


def test_a_number_that_is_not_listed_changes_nothing(store):
    put(store, "log", world([("u", "a", 1.0, 1)]))
    with pytest.raises(StoreError, match="no source 7; there are: 1"):
        remove(store, [7])
    assert store.history("u") == [("a", 1)]


def test_a_complete_catalog_takes_what_is_missing_out_until_it_is_taken_back(store):
    put(store, "old", world([("u", "a", 1.0, 1)], {"a": {"title": "A"}, "b": {"title": "B"}}))
    before = shown(store)
    put(store, "new", world(items={"b": {"title": "B new"}}), complete=True)
    assert [i.id for i in store.items()] == ["b"]
    put(store, "log", world([("u", "a", 9.0, 1), ("u", "z", 10.0, 1)]))
    assert [i.id for i in store.items()] == ["b"]  # naming an item does not bring it back
    remove(store, [2, 3])
    assert shown(store) == before


def test_removing_takes_the_cleaning_back_first_and_says_so(store):
    put(store, "one", world([("u", "a", 1.0, 1), ("u", "b", 2.0, 1), ("v", "a", 3.0, 1)]))
    put(store, "two", world([("w", "a", 4.0, 1)]))
    clean_store(store, Rules(min_user=2))
    assert remove(store, [2]).cleaned
    assert store.count("interactions") == 3


acts = st.lists(
    st.tuples(st.sampled_from("uv"), st.sampled_from("abc"), st.sampled_from([1.0, 2.0]), st.sampled_from([1, 0, -1])),
    max_size=5, unique_by=lambda row: row[:3],
)  # fmt: skip
columns = st.fixed_dictionaries(
    {}, optional={"title": st.sampled_from(["A", "B"]), "price": st.sampled_from([1.0, 2.0])}
)
things = st.dictionaries(st.sampled_from("abc"), columns, max_size=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(acts, things, st.booleans()), min_size=2, max_size=4), st.data())
def test_without_a_source_the_store_is_as_if_it_had_never_been_read(tmp_path_factory, reads, data):
    folder = tmp_path_factory.mktemp("stores")
    gone = data.draw(st.integers(0, len(reads) - 1))
    with SqliteStore(folder / "all.db") as whole, SqliteStore(folder / "less.db") as less:
        for number, (rows, items, complete) in enumerate(reads):
            put(whole, f"place {number}", world(rows, items), complete=complete)
            if number != gone:
                put(less, f"place {number}", world(rows, items), complete=complete)
        remove(whole, [gone + 1])
        assert shown(whole) == shown(less)


def test_a_person_is_erased_from_every_table(store):
    put(store, "one", world([("u", "a", 1.0, 1), ("v", "b", 2.0, 1), ("u", "c", 5.0, 1)]))
    put(store, "two", world([("u", "a", 1.0, 1)]))
    store.connection.execute(
        "INSERT INTO layers (kind, id, source, row) VALUES ('users', 'u', 1, '{\"age\": 30}')"
    )
    store.connection.execute(
        "INSERT INTO instructions (id, version, owner, text, plain, language, provenance, standing, "
        "status, created, changed) "
        "VALUES ('i', 1, 'user:u', 'no tea', 'no tea', 'en', 'person', 1, 'active', 0, 0)"
    )
    clean_store(store, Rules(schema=[{"column": "interactions.timestamp", "op": "<=", "value": 4}]))
    counts = forget(store, "u")
    assert counts["interactions"] == 2
    assert (counts["rejected rows"], counts["instructions"]) == (1, 1)
    for table in ("interactions", "users", "repeats", "layers", "quarantine", "instructions"):
        rows = store.connection.execute(f"SELECT * FROM {table}").fetchall()
        assert not [row for row in rows if "u" in row or "user:u" in row or '"user_id": "u"' in str(row)], (
            table
        )
    assert [i.id for i in store.items()] == ["b"]
    assert store.history("u") is None
    with pytest.raises(UnknownUser, match="nothing is stored"):
        forget(store, "u")


def test_nothing_of_a_person_is_left_in_the_file(tmp_path):
    with SqliteStore(tmp_path / "s.db") as store:
        put(store, "one", world([("person-4711", "a", 1.0, 1), ("v", "b", 2.0, 1)]))
        forget(store, "person-4711")
        assert b"person-4711" not in (tmp_path / "s.db").read_bytes()


# --- stores of earlier versions


def second(path: Path) -> None:
    """A store as version 2 left it, with a number that is none in a person's attributes."""
    connection = sqlite3.connect(path)
    connection.executescript("".join(SCHEMAS[:2]))
    connection.executescript("""
        INSERT INTO users VALUES ('u', '{"age": NaN, "city": "Rome"}'), ('v', '{}');
        INSERT INTO items VALUES (1, 'a', 'Tea', '{"price": 3.0}'), (2, 'b', 'b', '{}');
        INSERT INTO interactions VALUES ('u', 1.0, 'a', 'rate', 5.0, NULL, 1), ('v', 2.0, 'b', 'view',
        NULL, NULL, 1);
        INSERT INTO quarantine VALUES (1, 'interactions', '{"user_id": "u", "timestamp": 9.0, "item_id":
        "a", "action": "rate",
            "value": 1.0, "extra": null, "sign": -1}', 'rule', 'why');
        INSERT INTO meta VALUES ('feedback', '{"signs": {"view": 1}, "like_from": 4.0, "dislike_below":
        3.0}');
        PRAGMA user_version = 2;
    """)
    connection.close()


def test_what_an_earlier_version_read_is_one_source(tmp_path):
    second(tmp_path / "s.db")
    with SqliteStore(tmp_path / "s.db") as store:
        [record] = listed(store)
        assert (record.place, record.rows, record.meaning["like_from"]) == (
            BEFORE, {"items": 2, "users": 2, "interactions": 2}, 4.0,
        )  # fmt: skip
        assert json.loads(store.connection.execute("SELECT attributes FROM users").fetchone()[0]) == {
            "city": "Rome"
        }
        assert store.saved_instructions("u") == []
        put(store, "prices", world(items={"a": {"price": 2.0}}))
        assert [(i.title, dict(i.attributes)) for i in store.items()] == [("Tea", {"price": 2.0}), ("b", {})]
        clean_store(store, Rules())
        assert store.history("u") == [("a", 1), ("a", -1)]
        remove(store, [2])
        assert dict(store.items()[0].attributes) == {"price": 3.0}
        remove(store, [1])
        assert shown(store) == {"items": [], "users": [], "acts": []}


def test_numbers_that_are_none_reach_no_json(store):
    put(store, "items", world(items={"a": {"title": "A", "rating": float("nan"), "size": float("inf")}}))
    assert store.connection.execute("SELECT attributes, json_valid(attributes) FROM items").fetchall() == [
        ("{}", 1)
    ]
    assert load(store).catalog.records()[0].attributes == {}
