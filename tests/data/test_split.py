"""Splits partition the rows, and time flows one way."""

from itertools import chain
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.data.dataset import Dataset, Feedback, Split
from instructrec.data.split import SplitReport, split_by_time, split_by_user, split_last
from instructrec.errors import ConfigError, DataError
from instructrec.sources.read import read
from instructrec.types import Interaction

SHARED = Path(__file__).parents[2] / "../shared/data"


def dataset(
    rows: list[tuple[str, str, float]], action: str = "view", feedback: Feedback | None = None
) -> Dataset:
    acts = [
        Interaction(user=u, item=i, action=action, time=t, value=float(n)) for n, (u, i, t) in enumerate(rows)
    ]
    return Dataset.of(acts, feedback=feedback)


def numbers(split: Split) -> list[list[float]]:
    return [part.interactions["value"].to_list() for part in (split.train, split.valid, split.test)]


def partition(data: Dataset, split: Split, report: SplitReport) -> bool:
    parts = numbers(split)
    assert [part.rows for part in report.parts.values()] == [len(part) for part in parts]
    assert all(part == sorted(part) for part in parts)
    return sorted(chain(*parts)) == list(range(data.interactions.height))


acts = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.sampled_from("wxyz"), st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0, 9.0])
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150)
@given(acts, st.sampled_from([0.1, 0.2, 0.3]), st.sampled_from([0.1, 0.3]))
def test_split_keeps_the_future_out_of_train(
    rows: list[tuple[str, str, float]], valid: float, test: float
) -> None:
    data = dataset(rows)
    if data.interactions["timestamp"].n_unique() < 3:
        with pytest.raises(DataError, match="would be empty"):
            split_by_time(data, valid, test)
        return
    try:
        split, report = split_by_time(data, valid, test)
    except DataError:  # crowded moments leave no room between the cuts
        return
    assert partition(data, split, report)
    spans = [part.interactions["timestamp"] for part in (split.train, split.valid, split.test)]
    assert spans[0].max() < report.cuts[0] <= spans[1].min()
    assert spans[1].max() < report.cuts[1] <= spans[2].min()


@settings(max_examples=100)
@given(acts)
def test_last_acts_are_left_out_user_by_user(rows: list[tuple[str, str, float]]) -> None:
    data = dataset(rows)
    try:
        split, report = split_last(data)
    except DataError:
        assert data.interactions.group_by("user_id").len()["len"].max() < 3
        return
    assert partition(data, split, report)
    for (user,), mine in data.interactions.group_by("user_id"):
        if mine.height >= 3:
            order = mine.sort("timestamp", "value")["value"].to_list()
            for part, wanted in ((split.valid, order[-2]), (split.test, order[-1])):
                assert part.interactions.filter(pl.col("user_id") == user)["value"].to_list() == [wanted]


def test_last_act_is_the_last_positive_one_and_what_follows_goes_with_it() -> None:
    signs = Feedback(like_from=10)
    values = [10, 11, 2, 12, 3, 13, 4]
    rows = [
        Interaction(user="u", item=str(n), action="rate", time=float(n), value=float(v))
        for n, v in enumerate(values)
    ]
    split, _ = split_last(Dataset.of(rows, feedback=signs))
    assert numbers(split) == [[10, 11, 2], [12, 3], [13, 4]]


def test_shares_are_near_what_was_asked() -> None:
    split, report = split_by_time(dataset([("u", "i", float(n)) for n in range(100)]))
    assert [part.rows for part in report.parts.values()] == [80, 10, 10]
    assert report.cuts == (80.0, 90.0)
    assert report.notes
    assert split.train.catalog is split.test.catalog


def test_crowded_moment_moves_the_cut_to_its_nearer_side() -> None:
    times = [0.0] * 85 + [1.0] * 5 + [2.0] * 10
    _, report = split_by_time(dataset([("u", "i", t) for t in times]))
    assert [part.rows for part in report.parts.values()] == [85, 5, 10]


@settings(max_examples=50)
@given(acts, st.integers(0, 3))
def test_users_are_whole_and_the_seed_repeats_them(rows: list[tuple[str, str, float]], seed: int) -> None:
    data = dataset(rows)
    if data.users.height < 3:
        with pytest.raises(DataError, match="would be empty"):
            split_by_user(data, seed=seed)
        return
    split, report = split_by_user(data, seed=seed)
    assert partition(data, split, report)
    users = [set(part.interactions["user_id"]) for part in (split.train, split.valid, split.test)]
    assert not (users[0] & users[1] | users[0] & users[2] | users[1] & users[2])
    assert report.unseen_users == len(users[2])
    assert numbers(split_by_user(data, seed=seed)[0]) == numbers(split)


def test_unseen_users_and_items_of_test_are_counted() -> None:
    rows = [("a", "x", float(n)) for n in range(8)] + [("a", "y", 8.0), ("b", "y", 9.0)]
    _, report = split_by_time(dataset(rows))
    assert (report.unseen_users, report.unseen_items) == (1, 1)
    assert report.to_dict()["parts"]["test"] == {"rows": 1, "users": 1, "items": 1, "first": 9.0, "last": 9.0}


def test_what_cannot_be_split_says_what_to_do() -> None:
    with pytest.raises(DataError, match="no interactions to split"):
        split_by_time(dataset([]))
    with pytest.raises(DataError, match=r"train part .* would be empty .*use other shares"):
        split_by_time(dataset([("u", "i", 1.0)] * 10))
    with pytest.raises(DataError, match="clean the data first"):
        split_by_time(dataset([("u", "i", float("nan"))]))
    with pytest.raises(DataError, match="split by last"):
        split_last(dataset([("u", "i", 1.0)] * 2))
    with pytest.raises(ConfigError, match=r"valid=0\.6"):
        split_by_time(dataset([("u", "i", 1.0)]), valid=0.6, test=0.4)


def test_real_ratings_are_split_in_order() -> None:
    if not (SHARED / "ml-100k").is_dir():
        pytest.skip(f"no {SHARED / 'ml-100k'}")
    data, _ = read(SHARED / "ml-100k")
    split, report = split_by_time(data)
    assert split.train.interactions["timestamp"].max() < split.test.interactions["timestamp"].min()
    assert abs(report.parts["train"].rows - 80_000) < 500
    assert sum(part.rows for part in split_last(data)[1].parts.values()) == 100_000
