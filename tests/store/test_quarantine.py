"""Cleaning in the store loses no row and no digit, and everything it did can be taken back."""

import json
import math
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.data.clean import Rules
from instructrec.data.dataset import INTERACTIONS, Catalog, Dataset, Feedback
from instructrec.errors import ConfigError, NotTrained
from instructrec.store import quarantine
from instructrec.store.bulk import load, save
from instructrec.store.quarantine import clean_store, restore
from instructrec.store.sqlite import SqliteStore

TABLES = ("items", "users", "interactions")
FINE = 1_700_000_000.1234567  # more digits than the 15 that SQLite writes into JSON
ODD = ["o'brien", '"quoted"', "用户 7", "a b  c", "🎬", "%_\\"]
Act = tuple[str, str, str, float, float | None]


def world(
    acts: list[Act], items: dict[str, list[Any]] | None = None, feedback: Feedback | None = None
) -> Dataset:
    frame = pl.DataFrame(acts, schema=["user_id", "item_id", "action", "timestamp", "value"], orient="row")
    frame = frame.cast(dict(INTERACTIONS))
    ids = frame["item_id"].unique(maintain_order=True).to_list()
    catalog = pl.DataFrame(items or {"item_id": ids, "title": [f"title of {i}" for i in ids]})
    return Dataset(
        Catalog(catalog),
        frame.select(pl.col("user_id").unique(maintain_order=True)),
        frame,
        feedback or Feedback(),
    )


def dump(store: SqliteStore, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    return {
        t: sorted(store.connection.execute(f"SELECT * FROM {t}").fetchall(), key=repr)
        for t in tables or TABLES
    }


def held(store: SqliteStore) -> dict[str, Any]:
    rows = store.connection.execute("SELECT source, row, rule, reason FROM quarantine").fetchall()
    return {
        "quarantine": sorted(rows),
        "fills": sorted(store.connection.execute("SELECT * FROM fills").fetchall()),
    }


def rejected(store: SqliteStore, table: str) -> list[dict[str, Any]]:
    rows = store.connection.execute("SELECT row FROM quarantine WHERE source = ? ORDER BY number", (table,))
    return [json.loads(row) for (row,) in rows]


def at_least(column: str, value: float) -> Rules:
    return Rules(schema=[{"column": column, "op": ">=", "value": value}])


# --- rejected rows
# ------------------------------------------------------------------------------------------------------


def test_rejected_act_goes_to_the_quarantine_whole(store):
    data = world(
        [("u", "a", "rate", FINE, 1.0), ("u", "b", "rate", 2.0, 5.0)], feedback=Feedback(like_from=4.0)
    )
    acts = data.interactions.with_columns(pl.Series("review", ["dull “film”", "好看"]))
    save(store, data.with_interactions(acts))
    clean_store(store, at_least("interactions.value", 3.0))
    [row] = rejected(store, "interactions")
    assert json.loads(row.pop("extra")) == {"review": "dull “film”"}
    assert row == {
        "user_id": "u",
        "timestamp": FINE,
        "item_id": "a",
        "action": "rate",
        "value": 1.0,
        "sign": -1,
        "source": 1,
    }


def test_quarantine_says_the_rule_and_the_reason(store):
    save(store, world([("u", "a", "rate", 1.0, 1.0), ("u", "b", "rate", 2.0, 5.0)]))
    clean_store(
        store,
        Rules(schema=[{"column": "interactions.value", "op": ">=", "value": 3, "name": "no low ratings"}]),
    )
    [(rule, reason)] = store.connection.execute("SELECT rule, reason FROM quarantine").fetchall()
    assert (rule, reason) == ("no low ratings", "not interactions.value >= 3")


def test_a_time_comes_back_to_the_last_digit(store):
    save(store, world([("u", "a", "rate", FINE, 1.0), ("u", "b", "rate", 2.0, 5.0)]))
    before = dump(store)
    clean_store(store, at_least("interactions.value", 3.0))
    clean_store(store, Rules())
    assert dump(store) == before


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_move_and_come_back(store, odd):
    save(store, world([(odd, odd, odd, 1.5, 1.0), ("u", "b", "rate", 2.0, 5.0)]))
    before = dump(store)
    clean_store(store, at_least("interactions.value", 3.0))
    assert [(r["user_id"], r["item_id"], r["action"]) for r in rejected(store, "interactions")] == [
        (odd, odd, odd)
    ]
    assert store.count("interactions") == 1
    clean_store(store, Rules())
    assert dump(store) == before


def test_only_the_act_with_the_low_value_goes_not_its_twin_of_the_same_moment(store):
    save(store, world([("u", "a", "rate", 1.0, 1.0), ("u", "a", "view", 1.0, 5.0)]))
    clean_store(store, at_least("interactions.value", 3.0))
    assert [r["action"] for r in rejected(store, "interactions")] == ["rate"]
    assert load(store).interactions["action"].to_list() == ["view"]


def test_an_act_without_an_end_of_time_is_rejected_in_the_store_too(store):
    acts: list[Act] = [
        ("u", "a", "rate", 1.0, 1.0),
        ("u", "b", "rate", math.inf, 5.0),
        ("u", "b", "rate", -math.inf, 5.0),
    ]
    save(store, world(acts))
    before = dump(store)
    _, report = clean_store(store, Rules())
    assert report.tables["interactions"].quarantined == store.count("quarantine") == 2
    assert store.count("interactions") == 1
    clean_store(store, Rules(impossible_times=False))
    assert dump(store) == before


def test_a_rejected_item_takes_its_acts_along_and_keeps_its_place_in_the_catalog(store):
    items = {"item_id": ["a", "b", "c"], "title": ["A", "B", "C"], "price": [1.0, -1.0, 2.0]}
    save(store, world([("u", "a", "view", 1.0, None), ("u", "b", "view", 2.0, None)], items))
    before = dump(store)
    _, report = clean_store(store, at_least("items.price", 0))
    assert [i.id for i in store.items()] == ["a", "c"]
    assert [r["item_id"] for r in rejected(store, "interactions")] == ["b"]
    assert report.tables["items"].quarantined == 1
    restore(store)
    assert [i.id for i in store.items()] == ["a", "b", "c"]
    assert dump(store) == before


def test_a_rejected_user_goes_with_all_attributes(store):
    data = world([("u", "a", "view", 1.0, None), ("v", "a", "view", 2.0, None)])
    users = pl.DataFrame({"user_id": ["u", "v"], "age": [12, 40], "town": ["Zürich", "北京"]})
    save(store, Dataset(data.catalog, users, data.interactions))
    clean_store(store, at_least("users.age", 18))
    assert [(r["user_id"], json.loads(r["attributes"])) for r in rejected(store, "users")] == [
        ("u", {"age": 12, "town": "Zürich"})
    ]
    assert store.history("u") is None
    assert [r["user_id"] for r in rejected(store, "interactions")] == ["u"]


def test_a_rejected_item_is_not_lost_when_a_new_one_took_its_number(store):
    items = {"item_id": ["a", "b"], "title": ["A", "B"], "price": [1.0, -1.0]}
    save(store, world([("u", "a", "view", 1.0, None)], items))
    clean_store(store, at_least("items.price", 0))
    save(store, world([("u", "c", "view", 2.0, None)], {"item_id": ["c"], "title": ["C"], "price": [3.0]}))
    clean_store(store, Rules())
    assert {(i.id, i.title) for i in store.items()} == {("a", "A"), ("b", "B"), ("c", "C")}


def test_an_item_that_was_read_again_stays_as_it_was_read(store):
    acts: list[Act] = [("u", "a", "view", 1.0, None)]
    save(store, world(acts, {"item_id": ["a", "b"], "title": ["A", "B"], "price": [1.0, -1.0]}))
    clean_store(store, at_least("items.price", 0))
    save(store, world(acts, {"item_id": ["b"], "title": ["B mended"], "price": [4.0]}))
    clean_store(store, at_least("items.price", 0))
    assert {(i.id, i.title) for i in store.items()} == {("a", "A"), ("b", "B mended")}
    assert store.count("quarantine") == 0


# --- again
# --------------------------------------------------------------------------------------------------------------


STRICT = Rules(min_user=2, missing={"items.price": "median", "interactions.value": "mean"})


@pytest.fixture
def mixed(store) -> SqliteStore:
    """u has three acts of which one has no value, v has one; b has no price."""
    items = {
        "item_id": ["a", "b", "c"],
        "title": ["A", "B", "C"],
        "price": [1.0, None, 4.0],
        "year": [1990, 2000, 2010],
    }
    acts: list[Act] = [
        ("u", "a", "rate", FINE, 5.0), ("u", "b", "rate", FINE + 1, None), ("u", "c", "rate", 3.0, 2.0),
        ("v", "a", "rate", 4.0, 5.0),
    ]  # fmt: skip
    save(store, world(acts, items, Feedback(like_from=4.5, dislike_below=3.0)))
    return store


def test_the_same_rules_twice_change_nothing(mixed):
    clean_store(mixed, STRICT)
    rows, kept, revision = dump(mixed), held(mixed), mixed.revision
    clean_store(mixed, STRICT)
    assert (dump(mixed), held(mixed), mixed.revision) == (rows, kept, revision)


def test_cleaning_that_changes_something_is_a_new_revision(mixed):
    before = mixed.revision
    clean_store(mixed, STRICT)
    assert mixed.revision == before + 1


def test_cleaning_that_finds_nothing_is_no_new_revision(mixed):
    before = mixed.revision
    clean_store(mixed, Rules())
    assert mixed.revision == before


def test_another_row_of_the_same_length_is_a_new_revision(store):
    save(store, world([("u", "a", "rate", 1.0, 1.0), ("u", "b", "rate", 2.0, 5.0)]))
    clean_store(store, at_least("interactions.value", 3))
    before = store.revision
    clean_store(store, Rules(schema=[{"column": "interactions.value", "op": "<=", "value": 3}]))
    assert [r["item_id"] for r in rejected(store, "interactions")] == ["b"]
    assert store.revision == before + 1


def test_other_rules_first_take_everything_back(mixed):
    before = dump(mixed)
    clean_store(mixed, STRICT)
    assert dump(mixed) != before
    clean_store(mixed, Rules())
    assert dump(mixed) == before
    assert held(mixed) == {"quarantine": [], "fills": []}


def test_rules_that_reject_everything_can_be_taken_back(mixed):
    before = dump(mixed)
    clean_store(mixed, at_least("items.price", 1_000))
    clean_store(mixed, Rules(min_user=100))
    assert mixed.count("interactions") == 0
    clean_store(mixed, Rules())
    assert dump(mixed) == before


def test_what_is_returned_is_what_the_store_then_holds(mixed):
    data, report = clean_store(mixed, STRICT)
    again = load(mixed)
    assert again.interactions.sort("timestamp").equals(data.interactions.sort("timestamp"))
    assert again.catalog.records() == data.catalog.records()
    assert {t: mixed.count(t) for t in TABLES} == {t: report.tables[t].kept for t in TABLES}


# --- filled values
# ------------------------------------------------------------------------------------------------------


def test_a_filled_number_stays_a_number_and_is_noted(mixed):
    clean_store(mixed, STRICT)
    prices = [i.attributes["price"] for i in mixed.items()]
    assert prices == [1.0, 2.5, 4.0]
    assert all(isinstance(p, float) for p in prices)
    assert ("items", "b", "price", "2.5", "median") in held(mixed)["fills"]


def test_a_filled_whole_number_stays_whole(store):
    save(
        store,
        world(
            [("u", "a", "view", 1.0, None)],
            {"item_id": ["a", "b"], "title": ["A", "B"], "year": [1990, None]},
        ),
    )
    clean_store(store, Rules(missing={"items.year": {"constant": 2001}}))
    assert [i.attributes["year"] for i in store.items()] == [1990, 2001]
    assert isinstance(store.items()[1].attributes["year"], int)


@pytest.mark.parametrize("text", ["1984", "1e5", "-", "n/a", "it's"])
def test_a_filled_text_stays_a_text_also_when_it_looks_like_a_number(store, text):
    save(
        store,
        world(
            [("u", "a", "view", 1.0, None)],
            {"item_id": ["a", "b"], "title": ["A", "B"], "brand": ["X", None]},
        ),
    )
    clean_store(store, Rules(missing={"items.brand": {"constant": text}}))
    assert [i.attributes["brand"] for i in store.items()] == ["X", text]


@pytest.mark.parametrize("column", ["shelf.row", "own column", 'in "stock"', "a[0]", "单价"])
def test_a_column_of_any_name_is_filled_and_emptied(store, column):
    save(
        store,
        world(
            [("u", "a", "view", 1.0, None)], {"item_id": ["a", "b"], "title": ["A", "B"], column: [7, None]}
        ),
    )
    before = dump(store)
    clean_store(store, Rules(missing={f"items.{column}": {"constant": 3}}))
    assert [i.attributes for i in store.items()] == [{column: 7}, {column: 3}]
    clean_store(store, Rules())
    assert dump(store) == before


def test_a_user_is_filled_and_emptied(store):
    data = world([("u", "a", "view", 1.0, None), ("v", "a", "view", 2.0, None)])
    save(
        store,
        Dataset(data.catalog, pl.DataFrame({"user_id": ["u", "v"], "age": [30, None]}), data.interactions),
    )
    before = dump(store)
    clean_store(store, Rules(missing={"users.age": {"constant": 44}}))
    assert load(store).users.sort("user_id")["age"].to_list() == [30, 44]
    clean_store(store, Rules())
    assert dump(store) == before


def test_a_filled_act_has_its_value_whatever_the_digits_of_its_time(mixed):
    data, _ = clean_store(mixed, Rules(missing={"interactions.value": {"constant": 4.0}}))
    assert mixed.connection.execute("SELECT value FROM interactions WHERE item_id = 'b'").fetchall() == [
        (4.0,)
    ]
    assert data.interactions["value"].null_count() == 0


def test_a_fill_leaves_the_value_of_another_act_of_the_same_moment_alone(store):
    save(store, world([("u", "a", "rate", 1.0, 5.0), ("u", "a", "view", 1.0, None)]))
    before = dump(store)
    clean_store(store, Rules(missing={"interactions.value": {"constant": 2.0}}))
    assert store.connection.execute("SELECT action, value FROM interactions").fetchall() == [
        ("rate", 5.0),
        ("view", 2.0),
    ]
    clean_store(store, Rules())
    assert dump(store) == before


def test_an_act_is_read_by_its_filled_value_as_everywhere_else(mixed):
    assert ("b", 1) in (mixed.history("u") or [])  # without a value a rating counts as liked
    data, _ = clean_store(mixed, Rules(missing={"interactions.value": {"constant": 1.0}}))
    assert ("b", -1) in (mixed.history("u") or [])
    assert mixed.history("u") == data.history("u")
    clean_store(mixed, Rules())
    assert ("b", 1) in (mixed.history("u") or [])


def test_a_filled_row_that_another_rule_rejects_is_in_the_quarantine_as_it_was_read(mixed):
    clean_store(
        mixed,
        Rules(
            missing={"items.price": {"constant": 9.0}},
            schema=[{"column": "items.price", "op": "<", "value": 5}],
        ),
    )
    assert [json.loads(r["attributes"]) for r in rejected(mixed, "items")] == [{"year": 2000}]
    assert held(mixed)["fills"] == []


def test_a_real_value_that_was_read_since_is_not_emptied(mixed):
    clean_store(mixed, STRICT)
    save(mixed, world([("u", "b", "rate", 9.0, 1.0)], {"item_id": ["b"], "title": ["B"], "price": [7.5]}))
    clean_store(mixed, Rules())
    assert {i.id: i.attributes.get("price") for i in mixed.items()} == {"a": 1.0, "b": 7.5, "c": 4.0}


# --- what goes wrong
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["restore", "load", "_move", "_fill"])
def test_a_run_that_breaks_off_leaves_the_store_as_it_was(mixed, step, monkeypatch):
    clean_store(mixed, Rules(min_user=2))
    rows, kept, revision = dump(mixed), held(mixed), mixed.revision

    whole = getattr(quarantine, step)

    def broken(*given):
        whole(*given)
        raise RuntimeError("the power went")

    monkeypatch.setattr(quarantine, step, broken)
    with pytest.raises(RuntimeError, match="the power went"):
        clean_store(mixed, STRICT)
    assert (dump(mixed), held(mixed), mixed.revision) == (rows, kept, revision)
    monkeypatch.undo()
    clean_store(mixed, STRICT)
    assert mixed.revision == revision + 1


def test_a_rule_that_does_not_fit_leaves_the_store_as_it_was(mixed):
    clean_store(mixed, STRICT)
    rows, kept = dump(mixed), held(mixed)
    with pytest.raises(ConfigError, match=r"items\.prize.*did you mean price"):
        clean_store(mixed, at_least("items.prize", 0))
    assert (dump(mixed), held(mixed)) == (rows, kept)


def test_cleaning_an_empty_store_says_what_comes_first(store):
    with pytest.raises(NotTrained, match="next: instructrec read"):
        clean_store(store, Rules())


# --- always
# -------------------------------------------------------------------------------------------------------------


acts_given = st.lists(
    st.tuples(
        st.sampled_from(["u", *ODD[:3]]), st.sampled_from(["i1", "i2", *ODD[3:5]]), st.sampled_from(["view", "skip"]),
        st.sampled_from([0.0, 5.0, FINE, -1.0, 9e12, 0.1 + 0.2]), st.sampled_from([None, 1.0, 4.0, 90.0]),
    ),
    min_size=1, max_size=25, unique_by=lambda act: act[:4],
)  # fmt: skip
rules_given = st.builds(
    Rules,
    impossible_times=st.booleans(),
    missing=st.dictionaries(
        st.sampled_from(["items.price", "interactions.value"]),
        st.sampled_from(["mean", "drop", {"constant": 3.0}]),
    ),
    outliers=st.dictionaries(
        st.sampled_from(["items.price", "interactions.value"]), st.just({"method": "iqr", "k": 0.5})
    ),
    min_user=st.integers(1, 3),
    min_item=st.integers(1, 3),
    schema=st.lists(st.just({"column": "items.price", "op": ">", "value": 2}), max_size=1),
)
price = st.floats(-10, 1000)
# a column without any value is no column in a store
prices_given = st.tuples(price, *[st.one_of(st.none(), price)] * 3)


def keys(store: SqliteStore) -> Counter[tuple[Any, ...]]:
    """Every row in the store and in the quarantine, without what a fill may change."""
    names = {
        "items": ("item_id", "title"),
        "users": ("user_id",),
        "interactions": ("user_id", "timestamp", "item_id", "action", "extra"),
    }
    rows: list[tuple[Any, ...]] = []
    for table, columns in names.items():
        rows += [
            (table, *row) for row in store.connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
        ]
        rows += [(table, *(row[c] for c in columns)) for row in rejected(store, table)]
    return Counter(rows)


@settings(max_examples=40)
@given(acts=acts_given, prices=prices_given, runs=st.lists(rules_given, min_size=1, max_size=3))
def test_rows_in_the_store_and_in_the_quarantine_are_always_the_rows_read(acts, prices, runs):
    ids = ["i1", "i2", *ODD[3:5]]
    items = pl.DataFrame(
        {"item_id": ids, "title": ids, "price": list(prices)}, schema_overrides={"price": pl.Float64}
    )
    data = world(acts, {"item_id": ids, "title": ids})
    review = data.interactions.with_columns(pl.format("review {}", pl.int_range(pl.len())).alias("review"))
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "store.db") as store:
        save(store, Dataset(Catalog(items), data.users, review))
        before, read = dump(store), keys(store)
        for rules in runs:
            _, report = clean_store(store, rules)
            assert keys(store) == read
            for table in TABLES:
                counts = report.tables[table]
                assert (counts.read, counts.kept) == (len(before[table]), store.count(table))
                assert counts.quarantined == len(rejected(store, table))
        restore(store)
        assert dump(store) == before


@pytest.mark.slow
def test_a_hundred_thousand_rejected_rows_are_kept(store):
    n = 100_000
    acts = pl.DataFrame(
        {"user_id": [f"u{k}" for k in range(n)], "item_id": ["a"] * n, "action": ["view"] * n}
    ).with_columns(timestamp=pl.int_range(n) + 0.5, value=pl.lit(None, pl.Float64))
    items = pl.DataFrame({"item_id": ["a"], "title": ["A"]})
    save(store, Dataset(Catalog(items), acts.select("user_id"), acts))
    clean_store(store, Rules(min_user=2))
    assert store.count("quarantine") == n
