"""Interactions without times come after what is stored, in their order, and each once."""

import pytest

from instructrec.data.dataset import Dataset
from instructrec.store.bulk import Origin, save
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Interaction


def log(*pairs: str) -> Dataset:
    """Rows in an order, as "ua": user u, item a."""
    return Dataset.of(Interaction(user=p[0], item=p[1], action="view", time=n) for n, p in enumerate(pairs))


def put(store: SqliteStore, place: str, *pairs: str) -> dict:
    return save(store, log(*pairs), origin=Origin(place, timeless=True, explicit=False))


def order(store: SqliteStore) -> str:
    return " ".join(
        u + i
        for u, i in store.connection.execute("SELECT user_id, item_id FROM interactions ORDER BY timestamp")
    )


def test_a_later_file_is_later(store):
    put(store, "monday", "ua", "ub", "va")
    put(store, "tuesday", "uc", "vd")
    assert order(store) == "ua ub va uc vd"
    assert [i for i, _ in store.history("u")] == ["a", "b", "c"]


@pytest.mark.parametrize("place", ["monday", "everything"])
@pytest.mark.parametrize(
    ("grown", "after"),
    [
        ("wz ua ub va", "ua ub va wz"),
        ("ua ub va uc", "ua ub va uc"),
        ("ua ua ub va", "ua ub va ua"),
        ("ua ub va", "ua ub va"),
    ],
)
def test_a_file_that_holds_all_stored_rows_adds_only_the_others(store, place, grown, after):
    put(store, "monday", "ua", "ub", "va")
    put(store, place, *grown.split())
    assert order(store) == after


def test_a_grown_file_can_grow_again(store):
    put(store, "log", "ua", "ub")
    put(store, "log", "ua", "ub", "uc")
    put(store, "log", "ua", "ub", "uc", "ud")
    assert order(store) == "ua ub uc ud"


def test_a_log_that_begins_with_the_last_rows_goes_on(store):
    put(store, "log", "ua", "ub", "uc", "ud", "ue")
    put(store, "log", "uc", "ud", "ue", "uf")
    assert order(store) == "ua ub uc ud ue uf"


def test_equal_rows_of_another_file_are_new_and_told(store):
    put(store, "monday", "ua", "ub", "uc")
    [note] = put(store, "tuesday", "ua", "ud")["interactions"].notes
    assert "1 rows without a time are equal to rows that are stored" in note
    assert order(store) == "ua ub uc ua ud"


def test_rows_without_times_come_after_real_times(store):
    save(
        store, Dataset.of([Interaction(user="u", item="a", action="view", time=1.7e9)]), origin=Origin("log")
    )
    put(store, "more", "ub", "uc")
    assert order(store) == "ua ub uc"
    assert store.connection.execute("SELECT max(timestamp) FROM interactions").fetchone()[0] < 1.7e9 + 1
