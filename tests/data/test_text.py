"""Words come out of a text in order, whatever the script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.data.text import terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Children's Film, 1994!", ["the", "children's", "film", "1994"]),
        ("snake_case and-dash", ["snake", "case", "and", "dash"]),
        ("科幻电影", ["科幻", "幻电", "电影"]),
        ("片", ["片"]),
        ("USB线3米", ["usb", "线", "3", "米"]),
        ("Pokémon", ["pokémon"]),
        ("", []),
        (" ... !! ", []),
    ],
)
def test_a_text_is_split_into_words_and_bigrams(text, words):
    assert terms(text) == words


@given(st.text(max_size=80))
def test_every_term_is_lower_case_and_not_empty(text):
    assert all(term and term == term.lower() for term in terms(text))
