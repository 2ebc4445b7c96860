"""Dates are read as they were meant where a value decides, and asked for where none does."""

from datetime import UTC, datetime

import polars as pl
import pytest

from instructrec.cells.dates import UndecidedDates, fineness, time_of_day, to_seconds, unit_of


def days(*texts: str, order: str = "") -> list[str | None]:
    seconds = to_seconds(pl.Series(texts, dtype=pl.String), order).to_list()
    return [
        None
        if s is None
        else datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")
        for s in seconds
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            ("01-03-24", "15-02-24", "02-04-24", "28-01-24"),
            ["2024-03-01", "2024-02-15", "2024-04-02", "2024-01-28"],
        ),
        (("24-03-01", "24-02-29"), ["2024-03-01", "2024-02-29"]),
        (("12/1/2010 8:26", "12/13/2010 18:26"), ["2010-12-01 08:26", "2010-12-13 18:26"]),
        (("12/1/2010 8:26 PM", "12/13/2010 12:26 AM"), ["2010-12-01 20:26", "2010-12-13 00:26"]),
        (("01.03.2024", "02.04.2024 10:05"), ["2024-03-01", "2024-04-02 10:05"]),
        (("99-12-31", "98-01-02"), ["1999-12-31", "1998-01-02"]),
        (("2024-15-02", "2024-01-03"), ["2024-02-15", "2024-01-03"]),
        (
            ("Mar 5, 24", "5 Mar 2024", "5. März 2024", "12 de marzo de 2024"),
            ["2024-03-05"] * 3 + ["2024-03-12"],
        ),
        (
            ("5 марта 2024", "2 Şubat 2024", "sábado 4 de enero de 2025"),
            ["2024-03-05", "2024-02-02", "2025-01-04"],
        ),
        (("45352.41", "45353"), ["2024-03-01 09:50", "2024-03-02"]),
        (("31/02/2024", "1/1/2024"), [None, "2024-01-01"]),
        (("2024年3月1日 12:30:00",), ["2024-03-01 12:30"]),
    ],
)
def test_dates_are_read_by_the_values_that_decide(written: tuple[str, ...], read: list[str | None]) -> None:
    assert days(*written) == read


@pytest.mark.parametrize(
    "written",
    [
        ("03/04/2024", "05/06/2024"),
        ("13/02/2024", "02/13/2024"),
        ("01-02-03", "04-05-06"),
        ("01-01-21", "01-02-23"),
    ],
)
def test_dates_that_nothing_decides_are_not_guessed(written: tuple[str, ...]) -> None:
    with pytest.raises(UndecidedDates):
        days(*written)


def test_an_order_that_is_given_decides() -> None:
    assert days("03/04/2024", order="day-first") == ["2024-04-03"]
    assert days("03/04/2024", order="month-first") == ["2024-03-04"]
    assert days("03-04-05", order="year-first") == ["2003-04-05"]


def test_units_of_numbers_are_told() -> None:
    units = [unit_of(pl.Series([n])) for n in (1.7e9, 1.7e12, 1.7e15, 1.7e18, 45352.5, 3)]
    assert units == [
        "seconds",
        "milliseconds",
        "microseconds",
        "nanoseconds",
        "days of a spreadsheet",
        "places in an order",
    ]


def test_times_of_day_are_none_and_moments_are_finer_than_days() -> None:
    assert (time_of_day(pl.Series(["09:30"])), time_of_day(pl.Series(["2024-01-01"]))) == (True, False)
    assert (fineness([0.0, 86_400.0])[0], fineness([0.0, 60.0])[0]) == (False, True)
