"""One file that opens again, never half-written, and never of the future."""

import sqlite3

import pytest

from instructrec.errors import StoreError
from instructrec.store.bulk import save
from instructrec.store.sqlite import VERSION, SqliteStore


def test_values_survive_closing(tmp_path):
    with SqliteStore(tmp_path / "deep" / "s.sqlite") as store:
        store.put("facts", {"电影": [1, None]})
    with SqliteStore(tmp_path / "deep" / "s.sqlite") as store:
        assert (store.get("facts"), store.get("absent", 3)) == ({"电影": [1, None]}, 3)


def test_a_transaction_that_raises_leaves_nothing(store):
    def fail() -> None:
        with store.begin():
            store.put("a", 1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.get("a") is None


def test_readers_see_the_old_state_while_a_writer_works(store):
    store.put("a", 1)
    with SqliteStore(store.path) as reader, store.begin():
        store.put("a", 2)
        assert reader.get("a") == 1


def test_a_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "s").write_bytes(b"something else entirely, and long enough to be looked at" * 20)
    with pytest.raises(StoreError, match="is it a store"):
        SqliteStore(tmp_path / "s")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot open"):
        SqliteStore(tmp_path / "file" / "s.sqlite")


def test_a_store_of_a_newer_version_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "s")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        SqliteStore(tmp_path / "s")


def test_only_known_tables_are_counted(store):
    with pytest.raises(StoreError, match="no table"):
        store.count("items; DROP TABLE items")


def test_a_history_is_in_order_of_time_with_signs(store, movies):
    save(store, movies)
    acts = movies.signed().filter(user_id="u03").sort("timestamp")
    assert store.history("u03") == list(zip(acts["item_id"], acts["sign"], strict=True))


def test_an_unknown_user_has_no_history_and_a_silent_one_an_empty_one(store):
    store.connection.execute("INSERT INTO users VALUES ('quiet', '{}')")
    assert (store.history("quiet"), store.history("nobody")) == ([], None)


def test_vectors_are_found_by_encoder_and_hash(store):
    rows = [(n.to_bytes(16, "big"), bytes([n % 256] * 4)) for n in range(1201)]
    store.add_vectors("one", rows)
    store.add_vectors("two", [(rows[0][0], b"else")])
    assert store.vectors("one", [h for h, _ in rows]) == dict(rows)
    assert store.vectors("two", [h for h, _ in rows]) == {rows[0][0]: b"else"}
