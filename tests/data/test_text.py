"""Words come out of a text in order, whatever the script."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.data.text import plain_text, series, telling, terms, text_diff, traits


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
    texts = [
        "the engine of the car",
        "an engine that hums",
        "the quickly made car is red",
        "the car is the one",
        *["a"] * 16,
    ]
    found = telling(texts, {"of", "that", "is", "the", "a", "one"}, {"the", "an", "a"}, share=0.2)
    assert found[0] == ["engine"]
    assert found[2] == []  # "quickly" is no noun, "made" is of one text only
    assert telling([], (), ()) == []


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("no horror films", "no war films", "no [-horror-]{+war+} films"),
        ("never Alto, under $60", "never Alto or Borea", "never Alto[-, under $60-]{+ or Borea+}"),
        ("不要恐怖片", "不要战争片", "不要[-恐怖-]{+战争+}片"),
        ("a b", "a b", "a b"),
        ("", "a b", "{+a b+}"),
        ("a_b", "", "[-a_b-]"),
    ],
)
def test_a_change_is_told_word_by_word(before, after, change):
    assert text_diff(before, after) == change


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_change_holds_both_texts(before, after):
    change = text_diff(before, after)
    assert sum(map(len, (before, after))) >= len(
        change.replace("[-", "").replace("-]", "").replace("{+", "").replace("+}", "")
    )
    assert text_diff(before, before) == before


@pytest.mark.parametrize("piece", ["喜剧", "ab ", "!", "  "])
def test_a_change_in_a_long_and_monotonous_text_is_found(piece):
    before, after = (piece * 4_000)[:4_000], (piece[::-1] * 4_000)[:3_999]
    assert re.search(r"\[-|\{\+", text_diff(before, after))


@given(st.text(max_size=60))
def test_the_plain_text_of_a_plain_text_is_the_same(text):
    assert plain_text(plain_text(text)) == plain_text(text)
