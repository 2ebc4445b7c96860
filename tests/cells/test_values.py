"""Values are read as people and tools write them; what cannot be read is null, never a guess and never an
error.
"""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.cells.dates import to_seconds
from instructrec.cells.lists import to_lists
from instructrec.cells.values import to_float, to_ids, to_plain_types, to_price, to_year

MARCH_5 = datetime(2020, 3, 5, tzinfo=UTC).timestamp()


def column(*values: Any) -> pl.Series:
    return pl.Series("c", values)


# --- ids
# ---------------------------------------------------------------------------------------------------------------
# ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ((12, 7), ["12", "7"]),
        ((12.0, None), ["12", None]),
        (("1.0", "2.0"), ["1", "2"]),
        (("v1.0", "2.0"), ["v1.0", "2.0"]),
        ((" 007 ", "\tB0"), ["007", "B0"]),
        (("", "   ", None), [None, None, None]),
        ((12.5, 12.0), ["12.5", "12.0"]),
        ((2**53 + 1,), [str(2**53 + 1)]),
        (("商品 1", "🎬"), ["商品 1", "🎬"]),
    ],
)
def test_ids_are_written_one_way_in_every_file(given, read):
    assert to_ids(column(*given)).to_list() == read


def test_whole_numbers_and_their_float_spelling_are_the_same_id():
    assert (
        to_ids(column(3, 4)).to_list()
        == to_ids(column(3.0, 4.0)).to_list()
        == to_ids(column("3.0", "4.0")).to_list()
    )


# --- numbers
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("4.5", 4.5), ("4,5", 4.5), ("-2,25", -2.25), (" 7 ", 7.0), ("1e3", 1000.0), ("true", 1.0), ("No", 0.0), ("four", None),
     ("", None)],
)  # fmt: skip
def test_a_number_is_read_in_any_spelling(text, number):
    assert to_float(column("1", text)).to_list() == [1.0, number]


@pytest.mark.parametrize("endless", ["inf", "-inf", "nan"])
def test_what_is_no_finite_number_is_missing(endless):
    assert to_float(column("1", endless)).to_list() == [1.0, None]
    assert to_float(column(1.0, float(endless))).to_list() == [1.0, None]


def test_yes_and_no_are_one_and_zero():
    assert to_float(column(True, False, None)).to_list() == [1.0, 0.0, None]


@pytest.mark.parametrize("value", [[1.0], {"a": 1}, date(2020, 1, 1)])
def test_a_list_a_record_or_a_date_is_no_number(value):
    assert to_float(pl.Series("c", [value])).to_list() == [None]


# --- times
# -------------------------------------------------------------------------------------------------------------
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2020-03-05", "2020-03-05 00:00:00", "2020-03-05T00:00:00.000Z", "2020-03-05T08:00:00+08:00",
        "2020-03-04T19:00:00-0500",
        "2020-03-05 00:00:00 UTC", "2020/3/5", "2020年3月5日", "Mar 5, 2020", "March 5, 2020", "03 05, 2020", "05 Mar 2020",
        "Thu, 05 Mar 2020 00:00:00 GMT", "Thu Mar 05 00:00:00 2020", "1583366400", "1583366400000",
    ],
)  # fmt: skip
def test_a_moment_is_the_same_however_it_is_written(written):
    assert to_seconds(column(written)).to_list() == [MARCH_5]


@pytest.mark.parametrize("factor", [1, 10**3, 10**6, 10**9])
def test_epoch_numbers_are_told_apart_by_their_size(factor):
    assert to_seconds(column(1_583_366_400 * factor)).to_list() == [MARCH_5]


@pytest.mark.parametrize("value", [date(2020, 3, 5), datetime(2020, 3, 5), datetime(2020, 3, 5, tzinfo=UTC)])
def test_typed_dates_are_read(value):
    assert to_seconds(column(value)).to_list() == [MARCH_5]


def test_numbers_that_are_all_days_are_dates():
    assert to_seconds(column(20200305, 20200306)).to_list() == [MARCH_5, MARCH_5 + 86_400]
    assert to_seconds(column("20200305000001")).to_list() == [MARCH_5 + 1]


def test_numbers_of_which_one_is_no_day_are_seconds():
    assert to_seconds(column(20200305, 20209999)).to_list() == [20200305.0, 20209999.0]


def test_places_in_an_order_stay_as_they_are():
    assert to_seconds(column(1, 2, 3)).to_list() == [1.0, 2.0, 3.0]


def test_a_column_of_mixed_spellings_is_read_row_by_row():
    assert to_seconds(column("1583366400", "2020-03-05", "5 minutes ago", None)).to_list() == [
        MARCH_5,
        MARCH_5,
        None,
        None,
    ]


def test_fractions_of_a_second_stay():
    assert to_seconds(column("2020-03-05 00:00:00.25")).to_list() == [MARCH_5 + 0.25]


# --- names
# -------------------------------------------------------------------------------------------------------------
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Drama|War", ["Drama", "War"]),
        ("Drama; War", ["Drama", "War"]),
        ("Home > Kitchen > Pots", ["Home", "Kitchen", "Pots"]),
        ("喜剧、爱情", ["喜剧", "爱情"]),
        ('["A, B", "C"]', ["A, B", "C"]),
        ("['A', 'B']", ["A", "B"]),
        ("[1, 2]", ["1", "2"]),
        ("[broken", ["broken"]),
        ("Drama||  |War", ["Drama", "War"]),
        ("[]", None),
        ("  ", None),
    ],
)
def test_names_are_parted_as_they_were_joined(text, names):
    assert to_lists(column(text)).to_list() == [names]


def test_one_sign_parts_a_whole_column():
    assert to_lists(column("a|b", "c, d")).to_list() == [["a", "b"], ["c, d"]]


def test_lists_stay_lists_without_blanks():
    assert to_lists(column(["a", " "], [], None, ["b "])).to_list() == [["a"], None, None, ["b"]]


def test_numbers_in_lists_are_names():
    assert to_lists(column([1, 2])).to_list() == [["1", "2"]]


def test_of_objects_in_a_list_the_name_counts():
    genres = [{"id": 18, "name": "Drama"}, {"id": 10752, "name": "War"}, {"id": 1, "name": None}]
    assert to_lists(column(genres, [], None)).to_list() == [["Drama", "War"], None, None]
    assert to_lists(column('[{"id": 18, "name": "Drama"}, {"word": "War"}, {}]')).to_list() == [
        ["Drama", "War", "{}"]
    ]


# --- prices and years
# ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("$1,299.00", 1299.0), ("¥99", 99.0), ("USD 3", 3.0), ("1,5", 1.5), ("12.5 - 20", 12.5), ("20-30", 20.0),
        ("Free to Play", 0.0), ("免费", 0.0), ("ask us", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_price_is_read_from_what_shops_write(text, price):
    assert to_price(column("$2", text)).to_list() == [2.0, price]


def test_a_typed_price_stays():
    assert to_price(column(3, 4)).to_list() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("text", "year"),
    [("1995", 1995), ("1996.0", 1996), ("22-Nov-1999", 1999), ("(1941)", 1941), ("1995年", 1995), ("2001-02-03", 2001),
     ("95", None), ("19955", None), ("2101", None), ("soon", None)],
)  # fmt: skip
def test_a_year_is_found_in_its_text(text, year):
    assert to_year(column(text)).to_list() == [year]


# --- own columns
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (("1", "2", None), [1, 2, None]),
        (("1.5", "2"), [1.5, 2.0]),
        (("TRUE", "false"), [True, False]),
        (("1", "x"), ["1", "x"]),
        (("01", "2"), ["01", "2"]),
        (("-05", "2"), ["-05", "2"]),
        (("+1", "2"), ["+1", "2"]),
        (("0", "10"), [0, 10]),
    ],
)
def test_a_column_is_typed_only_where_every_value_fits(given, read):
    found = to_plain_types(column(*given)).to_list()
    assert found == read
    assert list(map(type, found)) == list(map(type, read))


def test_a_typed_column_is_left_alone():
    assert to_plain_types(column([1], [2])).to_list() == [[1], [2]]


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=6))
def test_any_text_is_read_or_missing_and_rows_stay_in_place(texts):
    given = pl.Series("c", texts, dtype=pl.String)
    for read in (to_ids, to_float, to_seconds, to_lists, to_price, to_year, to_plain_types):
        found = read(given)
        assert len(found) == len(given)
        assert all(value is None for value, text in zip(found.to_list(), texts, strict=True) if text is None)
