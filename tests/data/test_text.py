"""Words come out of a text in order, whatever the script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.data.text import series, telling, terms, traits


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


def test_a_name_is_shared_by_three_titles_and_ends_with_a_word_that_tells():
    titles = [
        "The Big Sleep",
        "The Big Short",
        "The Big Chill",
        "My Big Day",
        "So Big",
        "Big Big Big",
        "Star Wars: One",
        "Star Wars: Two",
        "Star Wars III",
    ]
    assert series(titles, {"the"}) == [*[""] * 6, *["Star Wars"] * 3]


def test_traits_are_shared_parts_after_the_first():
    titles = ["A - PC", "B (PC)", "C [PC]", "D - Mac", "PC - E"]
    assert traits(titles, ()) == [["PC"], ["PC"], ["PC"], [], []]


def test_telling_words_are_nouns_that_some_texts_share():
    texts = ["the engine of the car", "an engine that hums", "the quickly made car is red", "the car is the one", *["a"] * 16]
    found = telling(texts, {"of", "that", "is", "the", "a", "one"}, {"the", "an", "a"}, share=0.2)
    assert found[0] == ["engine"]
    assert found[2] == []  # "quickly" is no noun, "made" is of one text only
    assert telling([], (), ()) == []
