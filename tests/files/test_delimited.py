"""Every line of a text file is a row, part of a quoted field, or named."""

import re

import polars as pl
import pytest

from instructrec.errors import ReadError
from instructrec.files.delimited import parse, sniff
from instructrec.sources.columns import without_header
from instructrec.sources.read import read


def rows(text: str, **how) -> list[tuple]:
    return parse(text, "a.csv", ",", **how).frame.rows()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'a\tb\tc\n1\t"Open\t9\n2\tx\t8\n3\t"Odd" y\t7\n',
            [("1", '"Open', "9"), ("2", "x", "8"), ("3", '"Odd" y', "7")],
        ),
        (
            'a,b,c\n1,"Open,ok\n2,Low,x\n3,Gulls",y\n',
            [("1", '"Open', "ok"), ("2", "Low", "x"), ("3", 'Gulls"', "y")],
        ),
        ('a,b,c\n1,"Weird Al,ok\n3,Plain,"x, y"\n', [("1", '"Weird Al', "ok"), ("3", "Plain", "x, y")]),
        ('a,b\n1,"two\nlines"\n2,x\n', [("1", "two\nlines"), ("2", "x")]),
        ('a,b\n1,"He said \\"hi\\", ok"\n', [("1", 'He said "hi", ok')]),
        ('a,b\n1,5" disc\n2,"5"" disc"\n', [("1", '5" disc'), ("2", '5" disc')]),
    ],
)
def test_quotes_quote_only_where_they_pair(text: str, found: list[tuple]) -> None:
    assert rows(text) == found


def test_quotes_that_do_not_pair_are_told_with_their_rows() -> None:
    [note] = parse('a\tb\n1\t"Open\n2\tx\n', "a.tsv", "\t").notes
    assert "quotation marks of 1 rows (rows 2)" in note


def test_what_cannot_be_read_is_refused_with_its_row() -> None:
    with pytest.raises(ReadError, match=r"row 3: 3 fields where the header has 2.*'surplus'"):
        rows("a,b\n1,2\n3,4,surplus\n")


def test_short_rows_are_told_even_the_first() -> None:
    found = parse("a,b,c\n1\n2,x,y\n", "a.csv", ",")
    assert found.frame.rows() == [("1", None, None), ("2", "x", "y")]
    assert parse("a,b,c\n1,2\n2,x,y\n", "a.csv", ",").notes[0].startswith("a.csv: 1 rows have fewer fields")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "::", "\x01"])
def test_separators_are_found_out(sign: str) -> None:
    text = "\n".join(sign.join(row) for row in ("ab", "12", "34"))
    assert sniff(text + "\n") == sign
    assert rows(text) == [("1", "2"), ("3", "4")]


def test_the_line_of_a_spreadsheet_says_the_separator_and_is_no_row() -> None:
    found = parse("sep=;\na;b\n1,5;2\n", "a.csv", ",")
    assert (found.frame.rows(), found.first_row) == ([("1,5", "2")], 3)


def test_comments_before_the_header_are_passed_over_and_told() -> None:
    found = parse("# made by x\n# twice\na,b\n1,2\n", "a.csv", ",")
    assert (found.frame.rows(), found.first_row) == ([("1", "2")], 4)
    assert found.notes == ("2 lines at the beginning start with # and were skipped",)


def test_without_a_header_no_row_is_lost() -> None:
    found = parse("s1,x\ns2,y\n", "a.csv", ",", header=False)
    assert (found.frame.columns, found.frame.height, found.first_row) == (["column_1", "column_2"], 2, 1)


@pytest.mark.parametrize(
    ("names", "values", "none"),
    [
        (("s1", "2024-04-07", "p-14"), ("s2", "2024-04-08", "p-15"), True),
        (("1", "1193", "5"), ("1", "661", "3"), True),
        (("alice", "pear"), ("alice", "plum"), True),
        (("Artikel", "Preis"), ("17", "4.5"), False),
        (("user", "2019"), ("u1", "3"), False),
        (("id", "x1"), ("7", "x2"), False),
    ],
)
def test_names_that_look_like_values_are_none(names: tuple, values: tuple, none: bool) -> None:
    table = pl.DataFrame({n: [v] for n, v in zip(names, values, strict=True)})
    assert bool(without_header(table)) is none


def test_the_advice_for_a_missing_header_loses_no_row(tmp_path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("s1,p-14,2024-04-07\ns1,p-15,2024-04-08\ns2,p-14,2024-04-09\n")
    with pytest.raises(ReadError) as caught:
        read(path, mapping={"user_id": "s1", "item_id": "p-14"})
    mapping = dict(re.findall(r"--map (\w+)=(\w+)", str(caught.value)))
    assert read(path, header=False, mapping=mapping)[0].interactions.height == 3
