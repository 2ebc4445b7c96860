"""Every format, encoding and mess gives the same frame, or an error that names the place."""

import gzip
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from instructrec.errors import ConfigError, DataError, InstructRecError, MissingExtra, ReadError
from instructrec.files.formats import open_file, open_source

ROWS = [
    {"user_id": "u1", "item_id": "i1", "note": "café 用户"},
    {"user_id": "u2", "item_id": "i2", "note": "a,b"},
]


def write(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def table(path: Path) -> list[dict[str, object]]:
    return open_file(path).frame.to_dicts()


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.psv", "a.txt", "a.parquet", "a.json", "a.ndjson", "a.jsonl", "a.csv.gz"]
)
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    path, frame = tmp_path / name, pl.DataFrame(ROWS)
    separator = {"a.tsv": "\t", "a.psv": "|", "a.txt": ";"}.get(name, ",")
    if name == "a.parquet":
        frame.write_parquet(path)
    elif name == "a.json":
        frame.write_json(path)
    elif name in {"a.ndjson", "a.jsonl"}:
        frame.write_ndjson(path)
    else:
        content = frame.write_csv(separator=separator).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert table(path) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_with_chinese_are_read(tmp_path: Path, encoding: str) -> None:
    path = write(
        tmp_path, "a.csv", "用户,商品,标题\nu1,i1,红楼梦,\nu2,i2,西游记\n".replace("梦,", "梦"), encoding
    )
    raw = open_file(path)
    assert raw.frame.columns == ["用户", "商品", "标题"]
    assert raw.frame["标题"].to_list() == ["红楼梦", "西游记"]
    assert ("guess" in " ".join(raw.notes)) == (encoding == "gb18030")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_western_encodings_are_read_and_noted_as_a_guess(tmp_path: Path, encoding: str) -> None:
    raw = open_file(
        write(tmp_path, "a.csv", "item_id,title\n1,Amélie à Besançon\n2,Der Fußgänger\n", encoding)
    )
    assert raw.frame["title"].to_list() == ["Amélie à Besançon", "Der Fußgänger"]
    assert "guess" in " ".join(raw.notes)
    assert raw.encoding == "cp1252"


def test_one_damaged_byte_does_not_spoil_utf8(tmp_path: Path) -> None:
    content = "item_id,title\n" + "1,用户用户用户用户用户用户\n" * 5
    raw = open_file(write(tmp_path, "a.csv", content.encode() + b"2,\xff\n"))
    assert raw.frame["title"][0] == "用户用户用户用户用户用户"
    assert " ".join(raw.notes)


def test_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    for name in ("a.csv", "a.json"):
        text = "user_id,item_id\n1,2\n" if name == "a.csv" else '[{"user_id": "1", "item_id": "2"}]'
        assert open_file(write(tmp_path, name, text, "utf-8-sig")).frame.columns == ["user_id", "item_id"]


def test_quoted_newlines_and_delimiters_stay_in_their_field(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'item_id,title\n1,"two\nlines, ""one"" field"\n2,x\n')
    assert table(path) == [
        {"item_id": "1", "title": 'two\nlines, "one" field'},
        {"item_id": "2", "title": "x"},
    ]


def test_short_rows_and_empty_surplus_are_filled_and_cut(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "a,b,c\n1,2\n3,4,5,,\n")
    assert table(path) == [{"a": "1", "b": "2", "c": None}, {"a": "3", "b": "4", "c": "5"}]


def test_row_with_too_many_fields_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "a,b\n1,2\n3,4,surplus\n5,6\n")
    with pytest.raises(ReadError, match=r"row 3.*3 fields.*surplus") as caught:
        open_file(path)
    assert caught.value.row == 3
    assert caught.value.file == str(path)


def test_quote_that_is_never_closed_is_an_error_and_not_half_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'a,b\n1,x\n2,"open\n3,y,z\n')
    with pytest.raises(ReadError, match="row 4: 3 fields"):
        open_file(path)


def test_inch_marks_are_no_quotes_when_every_row_then_fits(tmp_path: Path) -> None:
    raw = open_file(write(tmp_path, "a.tsv", 'item_id\ttitle\n1\t"Weird Al\n2\tLP\n'))
    assert raw.frame["title"].to_list() == ['"Weird Al', "LP"]
    assert "ordinary" in " ".join(raw.notes)


def test_typed_headers_lose_their_types_and_sequences_are_split(tmp_path: Path) -> None:
    write(tmp_path, "toy.inter", "user_id:token\titem_id:token\trating:float\n01\t7\t3\n")
    write(
        tmp_path,
        "toy.item",
        "item_id:token\tmovie_title:token_seq\tclass:token_seq\n7\tToy Story\tAnimation Comedy\n",
    )
    tables = open_source(tmp_path)
    assert tables["interactions"].frame.to_dicts() == [{"user_id": "01", "item_id": "7", "rating": "3"}]
    assert tables["items"].frame["class"].to_list() == [["Animation", "Comedy"]]


def test_old_macintosh_line_ends_are_read(tmp_path: Path) -> None:
    assert table(write(tmp_path, "a.csv", "a,b\r1,2\r3,4\r")) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_mixed_types_in_json_become_text(tmp_path: Path) -> None:
    for name, text in (
        ("a.json", '[{"a": 1, "b": [1]}, {"a": "x", "b": 2}]'),
        ("a.jsonl", '{"a": 1, "b": [1]}\n\n{"a": "x", "b": 2}'),
    ):
        assert open_file(write(tmp_path, name, text)).frame["a"].to_list() == ["1", "x"]


def test_broken_json_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="row 2"):
        open_file(write(tmp_path, "a.ndjson", '{"a": 1}\n{"a":\n{"a": 2}\n'))
    with pytest.raises(ReadError, match="no object"):
        open_file(write(tmp_path, "a.json", "[1, 2]"))


def test_line_separators_inside_json_strings_end_no_record(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "a.ndjson",
        json.dumps({"a": "x\u2028y", "b": 1}, ensure_ascii=False) + "\n" + '{"a": 1, "b": {}}',
    )
    assert open_file(path).frame["a"].to_list() == ["x\u2028y", "1"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_empty_file_says_what_to_do(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(DataError, match=r"is empty; write a header"):
        open_file(write(tmp_path, name, content))


def test_json_without_records_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no records; write some"):
        open_file(write(tmp_path, "a.json", "[]"))


def test_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert open_file(write(tmp_path, "a.csv", "user_id,item_id\n")).frame.shape == (0, 2)


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
def test_broken_binary_file_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReadError, match=name):
        open_file(write(tmp_path, name, b"\x1f\x8bnot really"))


def test_unknown_sources_say_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\.parquet"):
        open_file(write(tmp_path, "a.docx", "x"))
    with pytest.raises(DataError, match="no file"):
        open_file(tmp_path / "nothing.csv")
    with pytest.raises(ConfigError, match="sqlite:///"):
        open_source("mysql://host/shop")
    with pytest.raises(ConfigError, match="interactions, items, users"):
        open_source({"ratings": "a.csv"})
    with pytest.raises(DataError, match="name them"):
        open_source(tmp_path)


@pytest.mark.parametrize("refused", ["is_dir", "iterdir", "is_file"])
def test_a_place_that_may_not_be_read_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, refused, refuse)
    sources = {"is_dir": tmp_path, "iterdir": tmp_path, "is_file": "sqlite:///shop.db"}
    with pytest.raises(
        ReadError, match=r"cannot be opened \(Permission denied\); mend its rights or name another"
    ):
        open_source(sources[refused])


def test_two_candidates_for_one_table_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "items.csv", "item_id\n1\n")
    write(tmp_path, "item.csv", "item_id\n1\n")
    with pytest.raises(DataError, match="could all be the items"):
        open_source(tmp_path)


def test_sqlite_tables_are_read_with_mixed_columns(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE interactions (user_id, item_id, rating)")
        connection.executemany(
            "INSERT INTO interactions VALUES (?, ?, ?)", [("u", 1, 4.5), ("v", "01", None)]
        )
        connection.execute("CREATE TABLE items (item_id TEXT, title TEXT)")
        connection.commit()
    tables = open_source(f"sqlite:///{path}")
    assert tables["interactions"].frame["item_id"].to_list() == ["1", "01"]
    assert tables["items"].frame.height == 0


def test_sqlite_without_our_tables_lists_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (x)")
    with pytest.raises(DataError, match="orders"):
        open_source(f"sqlite:///{path}")
    with pytest.raises(DataError, match="no SQLite file"):
        open_source(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(ReadError, match="database"):
        open_source(f"sqlite:///{write(tmp_path, 'bad.db', b'no database at all' * 100)}")


def test_postgres_that_does_not_answer_is_an_error_without_the_password() -> None:
    with pytest.raises(InstructRecError) as caught:
        open_source("postgresql://me:secret@127.0.0.1:9/shop")
    assert isinstance(caught.value, (DataError, MissingExtra))
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(
    "INSTRUCTREC_TEST_POSTGRES" not in os.environ, reason="set INSTRUCTREC_TEST_POSTGRES to a server's URL"
)
def test_postgres_tables_are_read() -> None:
    url = os.environ["INSTRUCTREC_TEST_POSTGRES"]
    dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi")
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS interactions")
        cursor.execute("CREATE TABLE interactions (user_id int, item_id text, rating numeric)")
        cursor.execute("INSERT INTO interactions VALUES (1, '01', 4.5)")
        connection.commit()
    frame = open_source(url)["interactions"].frame
    assert frame.select("user_id", "item_id").rows() == [(1, "01")]
