"""A read dataset has one shape, and the report accounts for every row."""

from pathlib import Path

import polars as pl
import pytest

from instructrec.data.dataset import INTERACTIONS
from instructrec.errors import ConfigError, DataError, ReadError
from instructrec.sources.read import ReadReport, read

SHARED = Path(__file__).parents[2] / "../shared/data"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def exact(report: ReadReport) -> bool:
    assert report.errors_total == sum(f.rows_failed for f in report.files)
    return all(f.rows_read == f.rows_kept + f.rows_merged + f.rows_failed for f in report.files)


def test_interactions_have_their_columns_first_and_own_ones_after(tmp_path: Path) -> None:
    folder = write(
        tmp_path, interactions="text,uid,item,when,stars\nnice,007,12,2020-01-01,5\nbad,8,13,2020-01-02,1\n"
    )
    data, report = read(folder)
    assert data.interactions.columns == [*INTERACTIONS, "sign", "text"]
    assert {name: data.interactions.schema[name] for name in INTERACTIONS} == dict(INTERACTIONS)
    assert data.interactions.row(0) == ("007", "12", "rate", 1577836800.0, 5.0, 1, "nice")
    assert data.catalog.items.to_dicts() == [
        {"item_id": "12", "title": "12"},
        {"item_id": "13", "title": "13"},
    ]
    assert data.users["user_id"].to_list() == ["007", "8"]
    assert (report.like_from, report.dislike_below, report.positive, report.neutral, report.negative) == (
        4,
        3,
        1,
        0,
        1,
    )
    assert exact(report)


def test_files_that_disagree_about_id_types_agree_after_reading(tmp_path: Path) -> None:
    pl.DataFrame({"user_id": [1.0, 2.0, None], "item_id": [10, 11, 12]}).write_parquet(
        tmp_path / "interactions.parquet"
    )
    write(tmp_path, items="item_id,title\n10,Ten\n11,Eleven\n", users="user_id,age\n1,30\n")
    data, report = read(tmp_path)
    assert data.interactions.select("user_id", "item_id").rows() == [("1", "10"), ("2", "11")]
    assert data.catalog.ids == ("10", "11")
    assert data.users.to_dicts() == [{"user_id": "1", "age": 30}, {"user_id": "2", "age": None}]
    assert exact(report)


def test_bad_rows_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [
        "u1,i1,1600000000,5",
        ",i2,1600000000,4",
        "u3,,1600000000,4",
        "u4,i4,soon,4",
        "u5,i5,1600000000,many",
        "",
    ]
    rows += [f"v{n},i{n},160000000{n},3" for n in range(8)]
    folder = write(tmp_path, interactions="user_id,item_id,timestamp,rating\n" + "\n".join(rows) + "\n")
    data, report = read(folder)
    places = {(e.row, e.column, e.value) for e in report.errors}
    assert places == {
        (3, "user_id", None),
        (4, "item_id", None),
        (5, "timestamp", "soon"),
        (6, "rating", "many"),
    }
    assert data.interactions.height == 9
    assert (report.files[0].rows_read, report.files[0].rows_kept, report.files[0].rows_failed) == (13, 9, 4)
    assert exact(report)


def test_mostly_unreadable_column_stops_the_read_and_suggests_a_mapping(tmp_path: Path) -> None:
    folder = write(tmp_path, interactions="user_id,item_id,time\n" + "u,i,noon\n" * 3 + "u,i,1600000000\n")
    with pytest.raises(
        ReadError, match=r"column 'time': 3 of 4 rows fail.*'noon'.*--map timestamp=COLUMN"
    ) as caught:
        read(folder)
    assert caught.value.row == 2


def test_only_a_thousand_errors_are_listed_but_all_are_counted(tmp_path: Path) -> None:
    folder = write(tmp_path, interactions="user_id,item_id\n" + ",i\n" * 1500 + "u,i\n" * 1600)
    _, report = read(folder)
    assert (len(report.errors), report.errors_total) == (1000, 1500)
    assert exact(report)


def test_rows_of_one_id_that_differ_are_refused_and_merged_only_when_asked(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        interactions="user,item\nu,1\nu,3\n",
        items="item_id,name,price,genre\n1,Old,1,A\n2,,x,\n1,New,$2.50,A|B\n",
    )
    with pytest.raises(ReadError, match=r"row 4: 1 of 3 rows \(rows 4\).*'1'.*--accept-rejected"):
        read(folder)
    data, report = read(folder, accept_rejected=True)
    assert data.catalog.items.to_dicts() == [
        {"item_id": "1", "title": "Old", "categories": ["A", "B"], "price": 1.0},
        {"item_id": "2", "title": "2", "categories": None, "price": None},
        {"item_id": "3", "title": "3", "categories": None, "price": None},
    ]
    notes = " ".join(report.notes)
    for part in (
        "1 rows are variants of 1 items ('1' has 2 rows)",
        "1 items have no title",
        "1 items are in the interactions",
        "column 'price': 1 of 3 cells hold no money",
    ):
        assert part in notes
    assert report.files[1].rows_merged == 1
    assert exact(report)


def test_without_times_the_row_order_stands_for_time(tmp_path: Path) -> None:
    data, report = read(write(tmp_path, interactions="user,item\nu,b\nu,a\n"))
    assert data.interactions["timestamp"].to_list() == [0.0, 1.0]
    assert data.interactions["action"].to_list() == ["view", "view"]
    assert any("order of the rows" in note for note in report.notes)


def test_empty_columns_are_dropped_and_noted(tmp_path: Path) -> None:
    data, report = read(write(tmp_path, items="item_id,title,price\n1,A,\n2,B,\n"))
    assert data.catalog.items.columns == ["item_id", "title"]
    assert any("price" in note for note in report.notes)


def test_own_columns_keep_their_names_and_get_plain_types(tmp_path: Path) -> None:
    data, _ = read(
        write(
            tmp_path,
            items="item_id,title,pages,imdb_id,release_date,new\n1,A,3,0012,1995-11-22,true\n2,B,4,12,,false\n",
        )
    )
    assert data.catalog.items.row(0) == ("1", "A", 1995, 3, "0012", "1995-11-22", True)


def test_nothing_to_learn_from_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no interactions and no items; add rows"):
        read(write(tmp_path, interactions="user_id,item_id\n", items="item_id,title\n"))


def test_one_user_with_one_item_is_a_dataset(tmp_path: Path) -> None:
    data, report = read(write(tmp_path, interactions="user_id,item_id\nu,i\n"))
    assert (len(data.catalog), data.users.height, report.positive) == (1, 1, 1)


def test_kind_of_a_lone_file_is_told_by_its_columns(tmp_path: Path) -> None:
    write(tmp_path, a="uid,sku\nu,i\n", b="sku,title\ni,T\n")
    assert read(tmp_path / "a.csv")[0].interactions.height == 1
    assert read(str(tmp_path / "b.csv"))[0].catalog.items.row(0) == ("i", "T")
    data, _ = read({"interactions": tmp_path / "a.csv", "items": tmp_path / "b.csv"})
    assert data.catalog.items.row(0) == ("i", "T")


def test_mapping_for_one_table_is_no_mistake_in_another(tmp_path: Path) -> None:
    write(tmp_path, interactions="who,what\nu,i\n", items="item_id,title\ni,T\n", users="user_id,age\nu,3\n")
    data, _ = read(tmp_path, mapping={"user_id": "who", "item_id": "what"})
    assert (data.interactions.height, data.catalog.items.height, data.users.height) == (1, 1, 1)
    with pytest.raises(ConfigError, match="nobody"):
        read(tmp_path, mapping={"user_id": "nobody", "item_id": "what"})


@pytest.mark.parametrize(("top", "like", "low"), [(5, 4, 3), (10, 7, 5), (1, 1, 1), (100, 70, 50)])
def test_scale_tells_what_is_liked(tmp_path: Path, top: int, like: float, low: float) -> None:
    _, report = read(write(tmp_path, interactions=f"user,item,rating\nu,a,{top}\nu,b,0\nu,c,1\n"))
    assert (report.scale, report.like_from, report.dislike_below) == ((0, top), like, low)


def test_strengths_of_actions_are_no_ratings(tmp_path: Path) -> None:
    _, report = read(
        write(tmp_path, interactions="user,item,event,strength\nu,a,view,1\nu,b,like,2\nu,c,评论,4\n")
    )
    assert report.like_from is None
    assert report.actions == {"view": (1, 1), "like": (1, 1), "comment": (1, 1)}


def test_signs_of_actions_can_be_given(tmp_path: Path) -> None:
    write(tmp_path, interactions="user,item,event\nu,a,zap\nu,b,buy\nu,c,impression\n")
    _, report = read(tmp_path, actions={"zap": -1})
    assert report.actions == {"zap": (1, -1), "buy": (1, 1), "impression": (1, 0)}
    assert (report.positive, report.neutral, report.negative) == (1, 1, 1)
    with pytest.raises(ConfigError, match="allowed are 1"):
        read(tmp_path, actions={"zap": 2})
    assert any("zap" in note for note in read(tmp_path)[1].notes)


def test_given_threshold_wins_over_the_guess(tmp_path: Path) -> None:
    _, report = read(write(tmp_path, interactions="user,item,rating\nu,a,5\nu,b,3\nu,c,1\n"), like_from=5)
    assert (report.like_from, report.positive, report.neutral, report.negative) == (5, 1, 1, 1)


def test_report_is_plain_json(tmp_path: Path) -> None:
    report = read(write(tmp_path, interactions="user,item\nu,a\n,b\nu,c\n"))[1].to_dict()
    assert report["errors"][0]["row"] == 3
    assert report["files"][0]["columns"] == {"user_id": "user", "item_id": "item"}


@pytest.mark.parametrize(
    ("name", "acts", "users", "items", "like"),
    [
        ("ml-100k", 100_000, 943, 1682, 4),
        ("amazon-office", 22_447, 3231, 3459, None),
        ("deskdrop", 24_207, 1895, 239, None),
        ("steam", 52_956, 24_266, 32_131, 1),
    ],
)
def test_real_data_is_read_whole(name: str, acts: int, users: int, items: int, like: float | None) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"no {SHARED / name}")
    data, report = read(SHARED / name)
    assert (data.interactions.height, data.users.height, len(data.catalog), report.like_from) == (
        acts,
        users,
        items,
        like,
    )
    assert exact(report)
    assert report.positive + report.neutral + report.negative == acts
