"""One file that opens again, never half-written, and never of the future."""

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from instructrec.errors import StoreError
from instructrec.store import sqlite
from instructrec.store.bulk import save
from instructrec.store.sqlite import VERSION, SqliteStore
from instructrec.types import SavedInstruction

# The schema of version 1, as it was written to files, and a row of every table.
FIRST = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (user_id TEXT PRIMARY KEY, attributes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, attributes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS interactions (
    user_id TEXT NOT NULL, timestamp REAL NOT NULL, item_id TEXT NOT NULL, action TEXT NOT NULL, value REAL, extra TEXT,
    sign INTEGER NOT NULL, PRIMARY KEY (user_id, timestamp, item_id, action)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL, row TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fills (
    source TEXT NOT NULL, key TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, rule TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (
    encoder TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (encoder, hash)) WITHOUT ROWID;
INSERT INTO meta VALUES ('revision', '3');
INSERT INTO users VALUES ('u1', '{"segment": "students"}');
INSERT INTO items VALUES (1, 'm1', '外星人', '{"year": 1979}');
INSERT INTO interactions VALUES ('u1', 1.5, 'm1', 'play', NULL, '{"review": "fine"}', 1);
INSERT INTO quarantine VALUES (1, 'items', '{}', 'id', 'none');
INSERT INTO fills VALUES ('items', 'm1', 'price', '3', 'median');
INSERT INTO vectors VALUES ('hash-64', x'00ff', x'0000803f');
PRAGMA user_version = 1;
"""
OLD_TABLES = ("meta", "users", "items", "interactions", "quarantine", "fills", "vectors")


def old_store(path: Path, more: str = "") -> dict[str, list[tuple]]:
    """A file as version 1 left it; its rows."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(FIRST + more)
    held = rows(connection)
    connection.close()
    return held


def rows(connection: sqlite3.Connection) -> dict[str, list[tuple]]:
    """The rows as version 1 knew them."""
    columns = {"interactions": "user_id, timestamp, item_id, action, value, extra, sign"}
    return {t: connection.execute(f"SELECT {columns.get(t, '*')} FROM {t}").fetchall() for t in OLD_TABLES}


def keep(store: SqliteStore, id: str, owner: str, standing: int = 1, status: str = "active") -> None:
    store.connection.execute(
        "INSERT INTO instructions (id, version, owner, text, plain, language, provenance, standing, status, created, changed) "
        "VALUES (?, 1, ?, ?, ?, 'en', 'person', ?, ?, 0, 0)", (id, owner, f"no {id}", id, standing, status),
    )  # fmt: skip


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


# --- versions of the schema
# -------------------------------------------------------------------------------------------------


def test_a_store_of_version_1_is_brought_to_this_one_and_loses_nothing(tmp_path):
    held = old_store(tmp_path / "s.db")
    with SqliteStore(tmp_path / "s.db") as store:
        assert rows(store.connection) == held
        assert all(held.values())
        assert store.connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert store.count("instructions") == 0
        keep(store, "i1", "segment:students")
        assert store.history("u1") == [("m1", 1)]
    with SqliteStore(tmp_path / "s.db") as store:
        assert [s.id for s in store.saved_instructions("u1")] == ["i1"]


def test_a_store_brought_up_has_the_tables_of_a_new_one(tmp_path):
    old_store(tmp_path / "old.db")
    made = []
    for name in ("old.db", "new.db"):
        with SqliteStore(tmp_path / name) as store:
            made.append(set(store.connection.execute("SELECT type, name, sql FROM sqlite_master")))
    assert made[0] == made[1]


def test_a_migration_that_fails_leaves_the_old_version_whole(tmp_path):
    held = old_store(tmp_path / "s.db", "CREATE VIEW instructions AS SELECT 1 AS id;")
    with pytest.raises(StoreError, match="cannot open the store"):
        SqliteStore(tmp_path / "s.db")
    connection = sqlite3.connect(tmp_path / "s.db", timeout=0.1)
    assert rows(connection) == held
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.execute("BEGIN IMMEDIATE")  # nobody holds it any more
    connection.close()


def test_an_old_store_that_two_open_at_once_is_brought_up_once(tmp_path):
    held = old_store(tmp_path / "s.db")
    found, errors = [], []

    def work() -> None:
        try:
            with SqliteStore(tmp_path / "s.db") as store:
                found.append(rows(store.connection) == held and store.count("instructions") == 0)
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert (found, errors) == ([True] * 8, [])


# --- standing instructions
# --------------------------------------------------------------------------------------------------


def test_standing_instructions_come_for_all_then_by_segment_then_by_user(store):
    users = [("one", '{"segment": "students"}'), ("two", '{"segment": ["students", "night owls"]}'), ("none", "{}"),
             ("odd", '{"segment": null}'), ("number", '{"segment": 3}')]  # fmt: skip
    store.connection.executemany("INSERT INTO users VALUES (?, ?)", users)
    for id, owner in [("u", "user:one"), ("s", "segment:students"), ("g", "global"), ("o", "segment:night owls"),
                      ("n", "segment:3"), ("x", "user:nobody")]:  # fmt: skip
        keep(store, id, owner)
    keep(store, "idle", "global", standing=0)
    keep(store, "gone", "global", status="retired")
    held = {
        user: [s.id for s in store.saved_instructions(user)]
        for user in ("one", "two", "none", "odd", "number", "nobody", None)
    }
    assert held == {"one": ["g", "s", "u"], "two": ["g", "s", "o"], "none": ["g"], "odd": ["g"], "number": ["g", "n"],
                    "nobody": ["g", "x"], None: ["g"]}  # fmt: skip
    assert store.saved_instructions("none") == [SavedInstruction(id="g", owner="global", text="no g")]


def test_a_name_is_no_sql_and_no_pattern(store):
    keep(store, "a", "user:%")
    keep(store, "b", "user:' OR 1 --")
    assert [[s.id for s in store.saved_instructions(u)] for u in ("%", "' OR 1 --", "_", "x")] == [
        ["a"],
        ["b"],
        [],
        [],
    ]


def test_a_write_to_a_locked_store_gives_up_and_the_usual_wait_is_restored(store):
    with (
        SqliteStore(store.path) as other,
        other.begin(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
        store.begin(wait=0.1),
    ):
        pass
    with store.begin():
        store.put("a", 1)
    assert store.connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)


# --- workspaces that cannot be written
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting", [False, True])
def test_a_store_in_a_folder_that_cannot_be_written_is_read(tmp_path, monkeypatch, waiting):
    """Also what waits in its log, as when the process that wrote it was killed."""
    path = tmp_path / "s.db"
    with SqliteStore(path) as store:
        store.put("a", 1)
        if waiting:
            shutil.copytree(tmp_path, tmp_path / "copy")
            path = tmp_path / "copy" / "s.db"
            assert path.with_name("s.db-wal").stat().st_size
            path.with_name("s.db-shm").unlink()
    before = {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}
    monkeypatch.setattr(sqlite, "_writable", lambda path: False)
    with SqliteStore(path) as store:
        assert store.get("a") == 1
        assert store.history("nobody") is None
        if not waiting:
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                store.put("a", 2)
    assert {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()} == before


def test_an_old_store_in_a_folder_that_cannot_be_written_says_what_to_do(tmp_path, monkeypatch):
    old_store(tmp_path / "s.db")
    monkeypatch.setattr(sqlite, "_writable", lambda path: False)
    with pytest.raises(StoreError, match="copy the folder to where it can be"):
        SqliteStore(tmp_path / "s.db")
