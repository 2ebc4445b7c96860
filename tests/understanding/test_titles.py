"""A title is found as people say it."""

import pytest

from instructrec.lexicon.words import key
from instructrec.types import Item
from instructrec.understanding.titles import Titles

NAMES = [
    "Matrix, The (1999)",
    "Star Trek: First Contact",
    "Star Trek: Generations",
    "Alien",
    "Aliens",
    "Independence Day (ID4)",
    "Portal 2",
]
TITLES = Titles([Item(id=name, title=name) for name in NAMES])


def ids(said: str) -> tuple[str, ...]:
    found = TITLES.at(key(said), 0)
    return TITLES.said(found[0][1], said) if found else ()


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("the matrix", "Matrix, The (1999)"),
        ("matrix", "Matrix, The (1999)"),
        ("independence day", "Independence Day (ID4)"),
        ("Aliens", "Aliens"),
        ("Alien", "Alien"),
        ("portal 2", "Portal 2"),
    ],
)
def test_articles_years_and_brackets_may_be_left_out(said, title):
    assert ids(said) == (title,)


def test_the_name_of_a_series_stands_for_all_of_it():
    assert ids("star trek") == ("Star Trek: First Contact", "Star Trek: Generations")


def test_nearly_a_title_is_taken_for_it_and_something_else_is_not():
    assert TITLES.near("Star Trek: Frist Contact") == ("Star Trek: First Contact",)
    assert TITLES.near("Casablanca") == ()


def test_a_word_that_many_titles_have_names_none_by_itself():
    crowd = Titles([Item(id=str(n), title=f"Love {n}x") for n in range(9)] + [Item(id="l", title="Love")])
    assert TITLES.distinct("matrix")
    assert not crowd.distinct("love")


def test_no_titles_no_references():
    assert Titles(()).at(["a"], 0) == []
    assert Titles(()).near("anything") == ()
