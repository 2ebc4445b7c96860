"""Tokens remember their place, and words that mean the same compare the same."""

import tomllib
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.lexicon.words import LIMIT, Phrases, key, normalize, stem, tokenize


@given(st.text(max_size=60))
def test_normalizing_keeps_every_place(text):
    assert len(normalize(text)) == len(text)


@given(st.text(max_size=60))
def test_a_token_is_found_where_it_says(text):
    plain = normalize(text)
    tokens = tokenize(plain)
    assert all(plain[t.start : t.end] == t.text for t in tokens)
    assert all(a.end <= b.start for a, b in pairwise(tokens))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("comedies", "comedy"),
        ("movies", "Movie"),
        ("zombies", "zombie"),
        ("Sci-Fi", "sci fi"),
        ("Design & Illustration", "design and illustration"),
        ("Elmer's", "elmers"),
        ("ＲＰＧ", "rpg"),
        ("Shoot 'Em Up", "shoot em up"),
    ],
)
def test_ways_of_writing_one_name_compare_the_same(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("glass", "glas"), ("comedy", "comic"), ("科幻", "幻科"), ("ab", "a b")]
)
def test_different_names_do_not(one, other):
    assert key(one) != key(other)


@pytest.mark.parametrize("word", ["series", "gross", "famous", "bus", "yes", "电影们"])
def test_a_word_that_is_no_plural_is_left_alone(word):
    assert stem(word) == word


def test_chinese_is_read_character_by_character():
    assert [t.text for t in tokenize("3d科幻")] == ["3d", "科", "幻"]


def test_only_the_beginning_of_a_long_text_is_read():
    assert len(normalize("长" * 5000)) == len(normalize("a" * 5000)) == LIMIT


def test_a_dash_between_words_closes_and_a_hyphen_does_not():
    assert [t.closes for t in tokenize("comedy - not horror")] == [False, True, False, False]
    assert [t.text for t in tokenize("turn-based")] == ["turn", "based"]


def test_the_longest_phrase_at_a_place_comes_first():
    phrases = Phrases({("free",): 1, ("free", "to", "play"): 2})
    assert phrases.at(["free", "to", "play"], 0) == [(3, 2), (1, 1)]
    assert phrases.at(["free", "to"], 0) == [(1, 1)]
    assert phrases.at(["to"], 0) == []


def test_the_word_lists_are_in_simplified_characters():
    """A traditional phrase would meet the simplified one of another list."""
    lists = [words for name in ("lexicon", "names", "chinese") for words in _texts(name)]
    chinese = [text for text in lists if any("㐀" <= char <= "鿿" for char in text)]
    assert len(chinese) > 1_000
    assert [text for text in chinese if normalize(text) != text.lower()] == []


def _texts(name: str) -> list[str]:
    table = tomllib.loads(files("instructrec.lexicon").joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    found = [value for entries in table.values() for value in entries.values()]
    return [
        text
        for value in found
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str)
    ]
