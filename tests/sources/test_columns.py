"""Columns are found by name and content, and their values read as people write them."""

from datetime import date, datetime, timedelta, timezone

import polars as pl
import pytest

from instructrec.cells.dates import to_seconds
from instructrec.cells.lists import to_lists
from instructrec.cells.values import to_float, to_ids, to_plain_types, to_price, to_year
from instructrec.errors import ConfigError
from instructrec.sources.columns import guess, guess_kind
from instructrec.sources.meaning import to_actions


def frame(*names: str) -> pl.DataFrame:
    return pl.DataFrame({name: ["1"] for name in names})


@pytest.mark.parametrize(
    ("names", "kind", "found"),
    [
        (("userId", "movieId", "Rating", "timestamp"), "interactions", "user_id item_id value timestamp"),
        (
            ("reviewerID", "asin", "overall", "unixReviewTime"),
            "interactions",
            "user_id item_id value timestamp",
        ),
        (("用户", "商品", "评分", "时间", "行为"), "interactions", "user_id item_id value timestamp action"),
        (("USER ID", "Product-ID", "Event_Type"), "interactions", "user_id item_id action"),
        (("visitorid", "event", "itemid"), "interactions", "user_id action item_id"),
        (("商品ID", "标题", "价格", "类别", "品牌"), "items", "item_id title price categories brand"),
        (
            ("id", "name", "genres", "developer", "release_date"),
            "items",
            "item_id title categories brand year",
        ),
        (("uid", "age"), "users", "user_id"),
    ],
)
def test_columns_are_found_by_their_names(names: tuple[str, ...], kind: str, found: str) -> None:
    assert guess_kind(names) == kind
    columns = guess(frame(*names), kind).columns
    assert [columns[target] for target in found.split()] == list(names[: len(found.split())])


def test_rating_wins_over_strength_unless_it_is_empty() -> None:
    table = frame("user", "item", "strength", "rating")
    assert guess(table, "interactions").columns["value"] == "rating"
    table = table.with_columns(rating=pl.lit(None, pl.Float64))
    assert guess(table, "interactions").columns["value"] == "strength"


def test_time_and_rating_are_found_by_content() -> None:
    table = pl.DataFrame(
        {"user": ["a"] * 3, "item": ["b"] * 3, "x": ["5", "1", "3.5"], "y": ["2020-01-01"] * 3}
    )
    found = guess(table, "interactions")
    assert found.columns == {"user_id": "user", "item_id": "item", "value": "x", "timestamp": "y"}
    assert len(found.notes) == 2


def test_mapping_wins_and_its_mistakes_name_the_nearest() -> None:
    table = frame("user_id", "uid", "item_id")
    assert guess(table, "interactions", {"user_id": "uid"}).columns["user_id"] == "uid"
    with pytest.raises(ConfigError, match=r"'usr_id' for user_id does not exist; nearest names: user_id"):
        guess(table, "interactions", {"user_id": "usr_id"})
    with pytest.raises(ConfigError, match="cannot be mapped; allowed: user_id"):
        guess(table, "interactions", {"user": "uid"})


def test_missing_ids_are_an_error_that_says_how_to_map() -> None:
    with pytest.raises(ConfigError, match="--no-header"):
        guess_kind(["a", "b"])
    with pytest.raises(ConfigError, match="--map user_id=COLUMN"):
        guess(frame("item_id", "who"), "interactions")


def test_ids_are_strings_whatever_they_were() -> None:
    assert to_ids(pl.Series([12, None])).to_list() == ["12", None]
    assert to_ids(pl.Series([12.0, 7.0])).to_list() == ["12", "7"]
    assert to_ids(pl.Series(["12.0", "7.0"])).to_list() == ["12", "7"]
    assert to_ids(pl.Series(["1.0", "1.1"])).to_list() == ["1.0", "1.1"]
    assert to_ids(pl.Series(["007", " x ", " "])).to_list() == ["007", "x", None]


TIMES = """1600000000|1600000000000|1600000000000000|2020-09-13T12:26:40Z|2020-09-13 12:26:40|2020-09-13T12:26:40.000
2020-09-13T20:26:40+08:00|2020-09-13 06:56:40-0530|2020/09/13 12:26:40|2020-09-13T14:26:40+02|20200913122640
2020-09-13 12:26:40 UTC|Sun Sep 13 12:26:40 2020|2020年09月13日 12:26:40"""


@pytest.mark.parametrize("text", TIMES.replace("\n", "|").split("|"))
def test_times_are_seconds_in_utc(text: str) -> None:
    assert to_seconds(pl.Series([text, None])).to_list() == [1.6e9, None]


def test_typed_times_are_seconds_in_utc() -> None:
    zone = timezone(timedelta(hours=8))
    zoned = pl.Series([datetime(2020, 9, 13, 20, 26, 40, tzinfo=zone)])
    assert to_seconds(zoned).to_list() == [1.6e9]
    assert to_seconds(pl.Series([datetime(2020, 9, 13, 12, 26, 40)]).cast(pl.Datetime("ms"))).to_list() == [
        1.6e9
    ]
    assert to_seconds(pl.Series([date(1970, 1, 2)])).to_list() == [86400.0]
    assert to_seconds(pl.Series([20200101, 20200102])).to_list() == [1577836800.0, 1577923200.0]
    assert to_seconds(pl.Series([0, 1, 2])).to_list() == [0.0, 1.0, 2.0]
    assert to_seconds(pl.Series(["2020-01-01", "1600000000", "x", "13 Sep 2020"])).null_count() == 1


def test_numbers_are_read_as_people_write_them() -> None:
    assert to_float(pl.Series(["4", "4,5", "yes", "inf", "x", None])).to_list() == [
        4,
        4.5,
        1,
        None,
        None,
        None,
    ]
    assert to_price(pl.Series(["€ 12,50", "¥1,299", "Free", "免费", "3-5", "n"])).to_list() == [
        12.5,
        1299,
        0,
        0,
        3,
        None,
    ]
    assert to_year(pl.Series(["1995-11-22", "1999", "12 May 2001", "2004年", "soon"])).to_list() == [
        1995,
        1999,
        2001,
        2004,
        None,
    ]


def test_categories_are_lists_whatever_divides_them() -> None:
    for text in (
        "Action|War",
        "Action; War",
        "Action, War",
        '["Action", "War"]',
        "['Action', 'War']",
        "Action > War",
        "Action、War",
    ):
        assert to_lists(pl.Series([text, None])).to_list() == [["Action", "War"], None]
    assert to_lists(pl.Series([["Action", " "], []])).to_list() == [["Action"], None]


def test_actions_are_normal_words_in_two_languages() -> None:
    words = [
        "Purchased",
        "order",
        "thumbs_up",
        "favourite",
        "read",
        "购买",
        "浏览",
        "点击",
        "收藏",
        "点赞",
        "评论",
        "分享",
        "wave",
    ]
    expected = [
        "buy",
        "buy",
        "like",
        "like",
        "view",
        "buy",
        "view",
        "click",
        "bookmark",
        "like",
        "comment",
        "share",
        "wave",
    ]
    assert to_actions(pl.Series(words)).to_list() == expected


def test_codes_with_leading_zeros_stay_text() -> None:
    assert to_plain_types(pl.Series(["0114709", "113497"])).dtype == pl.String
    assert to_plain_types(pl.Series(["0.5", "0", None])).dtype == pl.Float64
    assert to_plain_types(pl.Series(["True", "false"])).to_list() == [True, False]
