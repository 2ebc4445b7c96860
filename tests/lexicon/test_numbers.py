"""Numbers that are spelled out, and numbers that leave room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.lexicon.numbers import han_number, vague


@given(st.integers(1, 99_999))
def test_chinese_numbers_are_read_as_written(number):
    digits, said, gap = "零一二三四五六七八九", "", False
    for place, unit in ((4, "万"), (3, "千"), (2, "百"), (1, "十"), (0, "")):
        digit = number // 10**place % 10
        if digit:
            said += ("零" if gap and said else "") + digits[digit] + unit
        gap = not digit and bool(said)
    assert han_number(said) == number


@pytest.mark.parametrize(
    ("said", "terminal", "values"),
    [
        ("二三十块", "NUMBER", "20 30"),
        ("三四百", "NUMBER", "300 400"),
        ("二十几块", "NUMBER", "21 29"),
        ("几十块", "NUMBER", "20 90"),
        ("百来块", "NUMBER", "80 120"),
        ("零几年", "DECADE", "2000"),
        ("八几年", "DECADE", "1980"),
    ],
)
def test_a_vague_number_is_a_range(said, terminal, values):
    found = vague(said, 0)
    assert found is not None
    assert (found.terminal, found.values) == (terminal, values)


@pytest.mark.parametrize("said", ["二十", "二十五", "一百", "八五折", "二十三十", "十年", "几个", "百年"])
def test_other_words_are_not_vague_numbers(said):
    assert vague(said, 0) is None
