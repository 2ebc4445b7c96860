"""Cleaning accounts for every row, gives every rejected one a reason, and is done when it is done."""

import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.data.clean import CleanReport, Rules, clean, rules_from
from instructrec.data.dataset import INTERACTIONS, Catalog, Dataset
from instructrec.errors import ConfigError
from instructrec.sources.read import read

SHARED = Path(__file__).parents[2] / "../shared/data"
Row = tuple[str, str, str, float | None, float | None]


def dataset(rows: list[Row], prices: dict[str, float | None] | None = None) -> Dataset:
    acts = pl.DataFrame(rows, schema=dict(INTERACTIONS), orient="row")
    prices = (
        prices if prices is not None else dict.fromkeys(acts["item_id"].unique(maintain_order=True).to_list())
    )
    items = pl.DataFrame({"item_id": list(prices), "title": list(prices), "price": list(prices.values())}, schema_overrides={
        "item_id": pl.String, "title": pl.String, "price": pl.Float64})  # fmt: skip
    return Dataset(Catalog(items), acts.select(pl.col("user_id").unique(maintain_order=True)), acts)


def exact(data: Dataset, cleaned: Dataset, report: CleanReport) -> None:
    pairs = {
        "interactions": (data.interactions, cleaned.interactions),
        "items": (data.catalog.items, cleaned.catalog.items),
        "users": (data.users, cleaned.users),
    }
    for name, (before, after) in pairs.items():
        counts = report.tables[name]
        assert (counts.read, counts.kept) == (before.height, after.height)
        assert counts.read == counts.kept + counts.quarantined
    assert (
        report.quarantine.height
        == sum(t.quarantined for t in report.tables.values())
        == sum(report.counts.values())
    )
    assert report.quarantine.null_count().sum_horizontal().sum() == 0
    assert all(report.quarantine["reason"].str.len_chars() > 0)


rows = st.lists(
    st.tuples(
        st.sampled_from(["u1", "u2", "u3"]), st.sampled_from(["i1", "i2", "i3", "i4"]), st.sampled_from(["view", "buy"]),
        st.sampled_from([0.0, 1.0, 5.0, 1.6e9, -1.0, 9e12, float("nan"), None]), st.sampled_from([None, 1.0, 4.0, 5.0, 90.0]),
    ),
    max_size=40,
)  # fmt: skip
prices = st.fixed_dictionaries(
    {f"i{n}": st.one_of(st.none(), st.floats(-10, 1000, width=16)) for n in range(1, 5)}
)
ways = st.sampled_from(["mean", "median", "interpolate", "drop", {"constant": 3.0}])
outliers = st.sampled_from([{"method": "iqr", "k": 1.5}, {"method": "zscore", "k": 1.0}])
rules = st.builds(
    Rules,
    duplicates=st.booleans(),
    missing=st.dictionaries(st.sampled_from(["items.price", "interactions.value"]), ways),
    outliers=st.dictionaries(st.sampled_from(["items.price", "interactions.value"]), outliers),
    min_user=st.integers(1, 4),
    min_item=st.integers(1, 4),
    schema=st.sampled_from([(), ({"column": "items.price", "op": ">=", "value": 0},)]),
)


@settings(max_examples=150)
@given(rows, prices, rules)
def test_nothing_vanishes_and_cleaning_twice_changes_nothing(
    acts: list[Row], cost: dict[str, float | None], how: Rules
) -> None:
    data = dataset(acts, cost)
    cleaned, report = clean(data, how)
    exact(data, cleaned, report)
    again, second = clean(cleaned, how)
    assert second.quarantine.is_empty()
    assert second.fills.is_empty()
    assert again.interactions.equals(cleaned.interactions)
    assert again.catalog.items.equals(cleaned.catalog.items)


@settings(max_examples=100)
@given(rows)
def test_first_of_exact_repeats_is_kept(acts: list[Row]) -> None:
    cleaned, _ = clean(dataset(acts), Rules(impossible_times=False))
    seen: dict[str, Row] = {}
    for row in acts:
        seen.setdefault(repr(row[:4]), row)
    assert repr(cleaned.interactions.rows()) == repr(list(seen.values()))


def test_impossible_times_go_to_the_quarantine_with_their_row() -> None:
    data = dataset(
        [("u", "a", "view", t, None) for t in (0.0, 1.6e9, time.time(), -5.0, time.time() + 3 * 86400, None)]
    )
    cleaned, report = clean(data)
    assert cleaned.interactions.height == 3
    assert report.counts == {"impossible times": 3}
    assert json.loads(report.quarantine["row"][0]) == {
        "user_id": "u",
        "item_id": "a",
        "action": "view",
        "timestamp": -5.0,
        "value": None,
    }


def test_missing_values_are_filled_as_the_rule_says_and_listed() -> None:
    cost = {"a": 1.0, "b": None, "c": 5.0, "d": 6.0}
    expected = {"mean": 4.0, "median": 5.0, "interpolate": 3.0, "constant": 9.0}
    for way, value in expected.items():
        rule: Any = {"constant": 9} if way == "constant" else way
        cleaned, report = clean(dataset([], cost), Rules(missing={"items.price": rule}))
        assert cleaned.catalog.items["price"].to_list() == [1.0, value, 5.0, 6.0]
        assert report.fills.rows() == [("items", "b", "price", str(value), way)]


def test_rows_of_a_dropped_item_go_with_it() -> None:
    data = dataset([("u", "a", "view", 1.0, None), ("u", "b", "view", 2.0, None)], {"a": 1.0, "b": None})
    cleaned, report = clean(data, Rules(missing={"items.price": "drop"}))
    assert cleaned.interactions["item_id"].to_list() == ["a"]
    assert report.counts == {"missing items.price": 1, "known item": 1}
    exact(data, cleaned, report)


def test_outliers_by_both_methods_are_rejected() -> None:
    cost: dict[str, float | None] = {f"i{n}": 10.0 + n % 3 for n in range(30)} | {"odd": 900.0}
    for method, k in (("iqr", 1.5), ("zscore", 3.0)):
        cleaned, report = clean(
            dataset([], cost), Rules(outliers={"items.price": {"method": method, "k": k}})
        )
        assert "odd" not in cleaned.catalog.ids
        assert report.counts == {"outliers items.price": 1}


def test_core_is_stable_for_users_and_items() -> None:
    acts = [("u1", "a"), ("u1", "b"), ("u2", "a"), ("u2", "b"), ("u3", "a"), ("u3", "c")]
    data = dataset([(u, i, "view", float(n), None) for n, (u, i) in enumerate(acts)])
    cleaned, report = clean(data, Rules(min_user=2, min_item=2))
    assert cleaned.interactions["user_id"].to_list() == ["u1", "u1", "u2", "u2"]
    assert report.counts == {"min_user": 1, "min_item": 1}
    exact(data, cleaned, report)


@pytest.mark.parametrize(
    ("op", "value", "left"),
    [
        ("=", 2, "bc"),
        ("!=", 2, "ac"),
        ("<", 2, "ac"),
        ("<=", 1, "ac"),
        (">", 1, "bc"),
        (">=", 2, "bc"),
        ("in", [1, 2], "abc"),
        ("not_null", None, "ab"),
    ],
)
def test_schema_checks_are_data(op: str, value: Any, left: str) -> None:
    check = {"column": "items.price", "op": op, "value": value, "name": "the check"}
    cleaned, report = clean(dataset([], {"a": 1.0, "b": 2.0, "c": None}), Rules(schema=[check]))
    assert "".join(cleaned.catalog.ids) == left
    assert set(report.counts) <= {"the check"}


def test_matches_is_a_pattern() -> None:
    check = {"column": "items.title", "op": "matches", "value": "^[ab]$"}
    assert clean(dataset([], {"a": 1.0, "c": None}), Rules(schema=[check]))[0].catalog.ids == ("a",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_users": 2}, "'min_users' is not allowed; allowed: duplicates.*did you mean min_user"),
        ({"missing": {"items.price": "average"}}, "allowed: mean, median"),
        ({"missing": {"items.cost": "mean"}}, "allowed: item_id, title, price"),
        ({"missing": {"things.price": "mean"}}, "allowed: interactions, items, users"),
        ({"missing": {"items.title": "mean"}}, "no numbers"),
        ({"missing": {"items.price": {"constant": "x"}}}, "does not fit"),
        ({"missing": {"items.item_id": "mean"}}, "cannot be made up"),
        ({"outliers": {"items.price": {"method": "mad"}}}, "allowed: iqr, zscore"),
        ({"min_user": "5"}, "'5'; give a number"),
        ({"schema": [{"column": "items.price", "op": "~", "value": 1}]}, "allowed: ="),
        ({"schema": [{"column": "items.title", "op": ">", "value": [1]}]}, "does not fit"),
    ],
)
def test_mistaken_rules_say_what_is_allowed(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        clean(dataset([], {"a": None}), rules_from(options))


def test_real_events_are_cleaned_exactly() -> None:
    if not (SHARED / "deskdrop").is_dir():
        pytest.skip(f"no {SHARED / 'deskdrop'}")
    data, _ = read(SHARED / "deskdrop")
    cleaned, report = clean(data, Rules(min_user=5, min_item=5))
    exact(data, cleaned, report)
    assert cleaned.interactions.group_by("user_id").len()["len"].min() >= 5
    assert report.to_dict()["tables"]["interactions"]["kept"] == cleaned.interactions.height
