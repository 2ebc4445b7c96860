"""Interactions of any shop's export mean what they say, and what is not understood is told with the option
that mends it.
"""

import re
from pathlib import Path

import pytest

from instructrec.errors import ConfigError, ReadError
from instructrec.sources.judging import Asked
from instructrec.sources.read import ReadReport, read


def signs(tmp_path: Path, text: str, **how) -> tuple[list[int], ReadReport]:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    data, report = read(path, **how)
    return data.interactions["sign"].to_list(), report


def rows(header: str, *values: object) -> str:
    return f"user,item,{header}\n" + "".join(f"u{n},i{n},{value}\n" for n, value in enumerate(values))


@pytest.mark.parametrize(
    ("header", "values", "found"),
    [
        ("rating", (1, -1), [1, -1]),
        ("score", (0, 1, 2, 9, 5), [0, -1, -1, 1, 0]),
        ("clicked", (1, 0), [1, -1]),
        ("liked", ("true", "false"), [1, -1]),
        ("returned", ("yes", "no"), [-1, 1]),
        ("feedback", ("thumbs up", "thumbs down"), [1, -1]),
        ("rating", ("85%", "40%"), [1, -1]),
        ("quantity", (3, -1, 0), [1, -1, 0]),
        ("stars", ("★★★★★", "★"), [1, -1]),
    ],
)
def test_a_column_of_values_says_what_is_wanted(
    tmp_path: Path, header: str, values: tuple, found: list[int]
) -> None:
    assert signs(tmp_path, rows(header, *values))[0] == found


def test_several_labels_of_one_row_are_read_together(tmp_path: Path) -> None:
    text = "user,item,click,like,dislike\nu,a,1,0,0\nu,b,0,0,0\nv,a,1,1,0\nv,b,1,0,1\n"
    assert signs(tmp_path, text)[0] == [1, -1, 1, -1]


def test_unknown_actions_are_neutral_and_the_advice_works(tmp_path: Path) -> None:
    text = "user,item,event\nu,a,zap\nu,b,zap\nv,a,buy\n"
    found, report = signs(tmp_path, text)
    assert found == [0, 0, 1]
    [note] = [n for n in report.notes if "zap" in n]
    assert "'zap' (2 rows)" in note
    name, sign = re.search(r"--action (\S+)=(-?\d)", note).groups()
    assert signs(tmp_path, text, actions={name: int(sign)})[0] == [1, 1, 1]


def test_values_that_stand_for_not_rated_are_told_and_the_advice_works(tmp_path: Path) -> None:
    text = rows("rating", 0, 5, 2)
    found, report = signs(tmp_path, text)
    assert found == [0, 1, -1]
    [note] = [n for n in report.notes if "not rated" in n]
    value, sign = re.search(r"--action (\S+)=(-?\d)", note).groups()
    assert signs(tmp_path, text, actions={value: int(sign)})[0] == [-1, 1, -1]


def test_nothing_wanted_is_said(tmp_path: Path) -> None:
    assert any(
        "no interaction was read as wanted (2 as not wanted)" in n
        for n in signs(tmp_path, rows("rating", 1, 2))[1].notes
    )


def test_a_rating_of_one_alone_says_nothing_until_told(tmp_path: Path) -> None:
    found, report = signs(tmp_path, rows("rating", 1))
    assert found == [0]
    assert any("--like-from 1" in n for n in report.notes)
    assert signs(tmp_path, rows("rating", 1), like_from=1)[0] == [1]
    assert signs(tmp_path, rows("rating", 1), actions={"1": -1})[0] == [-1]


def test_an_earlier_meaning_holds(tmp_path: Path) -> None:
    _, first = signs(tmp_path, rows("rating", 1, 8, 10))
    assert signs(tmp_path, rows("rating", 4, 5), known=[first.meaning])[0] == [-1, 0]
    _, told = signs(tmp_path, "user,item,event\nu,a,zap\n", actions={"zap": -1})
    assert signs(tmp_path, "user,item,event\nu,a,zap\n", known=[told.meaning])[0] == [-1]


def test_dates_that_nothing_decides_are_asked_for_and_the_advice_works(tmp_path: Path) -> None:
    text = "user,item,date\nu,a,03/04/2024\nu,b,05/06/2024\n"
    with pytest.raises(ReadError, match="--dates day-first") as caught:
        signs(tmp_path, text)
    orders = re.findall(r"--dates (\S+?)(?:,| or|$)", str(caught.value))
    found = {o: read(tmp_path / "log.csv", dates=o)[0].interactions["timestamp"][0] for o in orders[:2]}
    assert found == {"day-first": 1712102400.0, "month-first": 1709510400.0}


def test_a_moment_beside_its_day_is_the_time(tmp_path: Path) -> None:
    text = "event_date,event_timestamp,event_name,user_pseudo_id,item_id\n"
    text += "".join(f"20240301,{1709280000 + 60 * n}000000,view_item,1.1,A\n" for n in range(3))
    found, report = signs(tmp_path, text)
    assert found == [1, 1, 1]
    assert any("'event_date' holds days only" in n for n in report.notes)


def test_a_day_and_a_time_of_day_are_one_moment(tmp_path: Path) -> None:
    signs(tmp_path, "user,item,date,time\nu,a,2024-03-01,10:00\n")
    assert read(tmp_path / "log.csv")[0].interactions["timestamp"].to_list() == [1709287200.0]


def test_cancelled_invoices_and_returned_goods_are_not_wanted(tmp_path: Path) -> None:
    text = "InvoiceNo,StockCode,Quantity,InvoiceDate,CustomerID\n536365,A,6,12/1/2010 8:26,1\nC536379,A,1,12/13/2010 9:41,1\n"
    text += "536380,B,-2,12/14/2010 9:41,2\n536381,B,2,12/14/2010 9:50,2\n"
    assert signs(tmp_path, text)[0] == [1, -1, -1, 1]


def test_ids_that_lost_digits_are_refused_unless_accepted(tmp_path: Path) -> None:
    text = "user,item\n9.00712E+15,a\n9.00712E+15,b\n"
    with pytest.raises(ReadError, match=r"'9.00712E\+15': 2 ids lost .*--accept-rejected") as caught:
        signs(tmp_path, text)
    assert caught.value.row == 2
    found, report = signs(tmp_path, text, accept_rejected=True)
    assert len(found) == 2
    assert any("spreadsheet" in n for n in report.notes)


def test_events_without_an_item_are_left_out_and_counted(tmp_path: Path) -> None:
    found, report = signs(tmp_path, "user,item,event\nu,,login\nu,,search\nu,a,view\n")
    assert (found, report.errors_total) == ([1], 2)


def test_readings_show_rows_and_an_example(tmp_path: Path) -> None:
    _, report = signs(tmp_path, "user,item,event\nu,a,view\nv,a,view\nu,b,skip\n")
    assert [(r.column, r.what, r.rows, r.sign, r.example) for r in report.readings] == [
        ("event", "view", 2, 1, "u, a"),
        ("event", "skip", 1, -1, "u, b"),
    ]


def test_signs_have_three_values() -> None:
    with pytest.raises(ConfigError, match="allowed are 1"):
        Asked({"zap": 2})
