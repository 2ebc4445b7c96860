"""A shop's own database is read as it is: our tables by name, no value lost, nothing written, no password
told.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from instructrec.errors import ConfigError, DataError, MissingExtra, ReadError
from instructrec.files.sql import mixed, read_sql

WANTED = ("interactions", "items", "users")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "my shop%20.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            CREATE TABLE item (item_id, title, "unit price" REAL);
            INSERT INTO item VALUES (1, 'Tea', 2.5), ('B-2', NULL, NULL);
            CREATE TABLE orders (customer TEXT, item_id TEXT, at INTEGER);
            INSERT INTO orders VALUES ('u', '1', 5);
            CREATE VIEW interactions AS SELECT customer AS user_id, item_id, at AS timestamp FROM orders;
        """)
    return path


def test_tables_and_views_are_found_by_either_name(shop):
    found = read_sql(f"sqlite:///{shop}", WANTED)
    assert {kind: place for kind, (place, _) in found.items()} == {
        "interactions": f"{shop}:interactions",
        "items": f"{shop}:item",
    }


def test_a_view_gives_its_columns_and_rows(shop):
    _, frame = read_sql(f"sqlite:///{shop}", WANTED)["interactions"]
    assert frame.to_dicts() == [{"user_id": "u", "item_id": "1", "timestamp": 5}]


def test_columns_of_mixed_types_lose_no_value(shop):
    _, frame = read_sql(f"sqlite:///{shop}", WANTED)["items"]
    assert frame.to_dicts() == [
        {"item_id": "1", "title": "Tea", "unit price": 2.5},
        {"item_id": "B-2", "title": None, "unit price": None},
    ]


def test_the_plural_name_comes_first(tmp_path):
    path = tmp_path / "both.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE item (x); CREATE TABLE items (y);")
    assert read_sql(f"sqlite:///{path}", WANTED)["items"][0] == f"{path}:items"


def test_an_empty_table_keeps_its_columns(tmp_path):
    path = tmp_path / "empty.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE items (item_id TEXT, title TEXT)")
    _, frame = read_sql(f"sqlite:///{path}", WANTED)["items"]
    assert frame.columns == ["item_id", "title"]
    assert frame.height == 0


def test_reading_writes_nothing(shop):
    before, beside = shop.read_bytes(), set(shop.parent.iterdir())
    shop.chmod(0o400)
    read_sql(f"sqlite:///{shop}", WANTED)
    assert shop.read_bytes() == before
    assert set(shop.parent.iterdir()) == beside


def test_a_relative_address_is_of_the_current_folder(shop, monkeypatch):
    monkeypatch.chdir(shop.parent)
    assert "items" in read_sql(f"sqlite:///{shop.name}", WANTED)


def test_the_scheme_is_read_in_any_case(shop):
    assert "items" in read_sql(f"SQLite:///{shop}", WANTED)


@pytest.mark.parametrize("url", ["mysql://host/shop", "oracle://x", "no address"])
def test_another_kind_of_address_is_refused_with_what_is_allowed(url):
    with pytest.raises(
        ConfigError, match=r"is not known; allowed: sqlite:///FILE and postgresql://USER@HOST/DATABASE"
    ):
        read_sql(url, WANTED)


def test_a_file_that_is_not_there_is_told_and_not_made(tmp_path):
    with pytest.raises(DataError, match=r"no SQLite file .*none\.db.*write sqlite:////path/to/file\.db"):
        read_sql(f"sqlite:///{tmp_path}/none.db", WANTED)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told(tmp_path):
    path = tmp_path / "list.db"
    path.write_bytes(b"id,title\n" * 200)
    with pytest.raises(ReadError, match=r"list\.db: SQLite cannot read it .*is it a database\?"):
        read_sql(f"sqlite:///{path}", WANTED)


def test_a_database_without_our_tables_lists_what_it_has(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (id)")
    with pytest.raises(
        DataError,
        match=r"holds the tables \['customers'\]; create a table or a view named interactions, items",
    ):
        read_sql(f"sqlite:///{path}", WANTED)


def test_a_view_that_is_broken_is_told(tmp_path):
    path = tmp_path / "broken.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t (x); CREATE VIEW items AS SELECT x FROM t; DROP TABLE t;")
    with pytest.raises(ReadError, match=r"broken\.db: SQLite cannot read it \(no such table"):
        read_sql(f"sqlite:///{path}", WANTED)


def test_postgres_without_its_driver_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_manager", None)
    with pytest.raises(MissingExtra, match=r"pip install 'instructrec\[postgres\]'"):
        read_sql("postgresql://me:secret@127.0.0.1/shop", WANTED)


def test_a_password_is_never_told():
    pytest.importorskip("adbc_driver_postgresql")
    with pytest.raises(DataError, match=r"postgresql://127\.0\.0\.1:9/shop.*check the address") as told:
        read_sql("postgresql://me:secret@127.0.0.1:9/shop", WANTED)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ([1, 2], [1, 2]),
        ([1, 2.5], ["1", "2.5"]),
        ([1, "x", None], ["1", "x", None]),
        ([None, None], [None, None]),
        ([2**130, 1], [str(2**130), "1"]),
        ([[1], "x"], ["[1]", "x"]),
        (["单价", {"a": "é"}], ["单价", '{"a": "é"}']),
    ],
)
def test_a_mixed_column_is_text_and_any_other_keeps_its_type(values, column):
    assert mixed("c", values).to_list() == column
