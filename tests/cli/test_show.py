"""What commands print."""

import json

import pytest

from instructrec.cli.show import bars, closing, dump, table


def test_table_prints_long_titles_whole_and_numbers_with_separators(capsys: pytest.CaptureFixture[str]) -> None:
    table("a title much longer than the two columns below it", ("name", "rows"), [("items", 12345), ("users", None)])
    printed = capsys.readouterr().out
    assert "a title much longer than the two columns below it" in printed
    assert "12,345" in printed


def test_closing_says_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    closing("done", "instructrec train")
    assert capsys.readouterr().out == "\ndone\nnext: instructrec train\n"


def test_dump_keeps_chinese_readable(capsys: pytest.CaptureFixture[str]) -> None:
    dump({"title": "电影"})
    printed = capsys.readouterr().out
    assert "电影" in printed
    assert json.loads(printed) == {"title": "电影"}


def test_bars_draw_nothing_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as progress:
        progress("train", 1, 2)
        progress("epoch 1", 1, 2)
        progress("epoch 2", 1, 2)
    assert capsys.readouterr().out == ""
