"""What commands print."""

import json
import os
import pty
import subprocess
import sys

import pytest

from instructrec.cli.terminal import bars, closing, dump, table, width_of, wrapped

SLOW_STEPS = """
import time
from instructrec.cli.terminal import bars
with bars() as progress:
    for epoch in (1, 2):
        for done in (1, 2, 3):
            progress(f"epoch {epoch}", done, 3)
            time.sleep(0.15)
    for done in (1, 2, 3):
        progress("refit", done, 4)
        time.sleep(0.15)
"""


def in_a_terminal(code: str, **environment: str) -> str:
    """What a script shows in a terminal of 80 columns (both streams, with the codes that move the cursor)."""
    ours, theirs = pty.openpty()
    own = {**os.environ, "COLUMNS": "80", "LINES": "24", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, env=own
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other end was closed
        pass
    os.close(ours)
    assert process.wait(timeout=30) == 0, shown
    return shown.decode()


def test_table_prints_long_titles_whole_and_numbers_with_separators(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(
        "a title much longer than the two columns below it",
        ("name", "rows"),
        [("items", 12345), ("users", None)],
    )
    printed = capsys.readouterr().out
    assert "a title much longer than the two columns below it" in printed
    assert "12,345" in printed


def test_table_puts_numbers_to_the_right_and_counts_chinese_as_two_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(
        "books",
        ("", "title", "price"),
        [(1, "便宜的科幻片", 9.5), (2, "Alto tea", 1234.5), (10, "茶 tea", None)],
    )
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "books"
    assert lines == [
        "    title            price",
        " 1  便宜的科幻片      9.50",
        " 2  Alto tea      1,234.50",
        "10  茶 tea",
    ]


def test_table_wraps_long_words_at_160_columns_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table("", ("title", "because"), [("kettle", "it fits your words " * 20), ("茶", "合你的口味" * 40)])
    lines = capsys.readouterr().out.splitlines()[2:]
    assert len(lines) == 6
    assert all(width_of(line) <= 160 for line in lines)
    assert all(line.startswith(" " * 8) for line in (*lines[1:3], *lines[4:]))


def test_table_fits_a_terminal_and_is_bold_only_there() -> None:
    code = (
        "from instructrec.cli.terminal import table\n"
        "table('found', ('title', 'because'), [('a kettle', 'it reads like what you had ' * 6)])"
    )
    shown = in_a_terminal(code, NO_COLOR="").splitlines()
    assert shown[0] == "\033[1mfound\033[0m"
    assert len(shown) == 5
    assert all(len(line) <= 80 for line in shown[2:])
    assert "\033" not in in_a_terminal(code, NO_COLOR="1")


def test_cells_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    table("", ("title",), [("red\033[2J\nkettle",)])
    assert capsys.readouterr().out.splitlines()[2] == "red [2J kettle"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("one two three", 7, ["one two", "three"]),
        ("unbreakable", 4, ["unbr", "eaka", "ble"]),
        ("便宜的科幻片", 5, ["便宜", "的科", "幻片"]),
        ("茶", 1, ["茶"]),
    ],
)
def test_wrapping(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_combining_marks_take_no_column() -> None:
    assert width_of("cafe\u0301 茶") == 7


def test_bars_in_a_terminal_show_the_time_left_and_are_gone_in_the_end() -> None:
    shown = in_a_terminal(SLOW_STEPS)
    lines = [line for line in shown.replace("\r", "\n").splitlines() if line.strip()]
    assert any(line.startswith("epoch 2 ") and "1/3" in line for line in lines)
    assert any(line.startswith("refit ") and " 3/4 00:00 left 00:00" in line for line in lines)
    # one bar at a time: the page does not scroll
    assert "\n" not in shown.replace("\r\n", "\n").strip("\r\n ")
    assert not shown.replace("\r", "\n").splitlines()[-1].strip()


def test_a_finished_step_is_a_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as progress:
        progress("store", 1_000, 2_000)
        progress("store", 2_000, 2_000)
    assert capsys.readouterr().err == "store: 2,000 done\n"
    with bars(quiet=True) as progress:
        progress("store", 2_000, 2_000)
    assert capsys.readouterr().err == ""


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
