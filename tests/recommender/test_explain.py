"""A reason is made of facts that were used: conditions the item meets, and the terms that lifted it."""

import pytest

from instructrec.models.fast import CHANNELS
from instructrec.recommender.explain import SAYINGS, grounds, reason
from instructrec.recommender.recommender import Recommender
from instructrec.types import Condition, Item
from tests import worlds

FILM = Item(
    id="1",
    title="Heat",
    attributes={"categories": ["Action", "Crime"], "year": 1995, "price": 9.5, "brand": "Lumen"},
)


def because(lift: dict[str, float], last: str = "Alien", source: str = "Ronin") -> str:
    return reason(
        *grounds(FILM, lift, last, dict.fromkeys(("neighbours", "wording", "together"), source), [])
    )


def met(field: str, op: str, value: object) -> str:
    return reason(*grounds(FILM, {}, "", {}, [Condition(field=field, op=op, value=value)]))


def test_every_channel_of_the_model_has_a_saying():
    assert set(CHANNELS) <= set(SAYINGS)


def test_the_two_terms_that_lift_most_are_said_strongest_first():
    said = because({"popularity": 0.1, "sequence": 0.3, "neighbours": 0.2})
    assert said == "it comes next after Alien and people who had Ronin went on to it"


def test_a_term_that_lowers_the_item_or_leaves_it_is_not_said():
    assert because({"popularity": -0.5, "lexical": 0.0, "instruction": 0.1}) == "it fits your words"


def test_nothing_is_said_where_nothing_was_used():
    assert because({"popularity": -0.5}) == ""


@pytest.mark.parametrize("name", ["sequence", "neighbours", "wording", "together"])
def test_a_term_of_an_act_that_is_not_known_is_not_said(name):
    assert because({name: 1.0, "popularity": 0.1}, last="", source="") == "it is popular now"


def test_a_title_with_braces_is_said_as_it_is():
    assert because({"sequence": 1.0}, last="{0} {title}") == "it comes next after {0} {title}"


@pytest.mark.parametrize(
    ("field", "op", "value", "said"),
    [
        ("categories", "contains", "Crime", "Crime"),
        ("categories", "in", ["Crime", "War"], "Crime"),
        ("year", "between", [1990, 1999], "year 1995"),
        ("price", "<=", 10.0, "price 9.5"),
        ("brand", "=", "Lumen", "brand Lumen"),
        ("brand", "in", ["Lumen", "Orbit"], "brand Lumen"),
    ],
)
def test_the_fact_by_which_a_condition_is_met_is_said(field, op, value, said):
    assert met(field, op, value) == said


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("categories", "not_contains", "War"),
        ("brand", "!=", "Orbit"),
        ("year", "not_in", [1980]),
        ("pages", "<=", 100),
    ],
)
def test_what_is_not_there_is_no_fact(field, op, value):
    assert met(field, op, value) == ""


def test_conditions_come_before_what_lifted():
    condition = Condition(field="categories", op="contains", value="Action")
    assert reason(*grounds(FILM, {"popularity": 1.0}, "", {}, [condition])) == "Action; it is popular now"


def test_the_reasons_of_a_slate_name_acts_of_the_history_only():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    titles = {item.title: item.id for item in recommender.items}
    slate = recommender.recommend(history=["m02", "m08", "m14"], n=27)
    named = {id_ for line in slate for title, id_ in titles.items() if title in line.reason}
    assert named
    assert named <= {"m02", "m08", "m14"}


def test_what_a_dial_lifts_because_few_have_it_is_not_called_popular():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    reasons = {
        said: [line.reason for line in recommender.recommend(said, n=10)]
        for said in ("hidden gems", "the classics")
    }
    assert any("few know it" in reason for reason in reasons["hidden gems"])
    assert not any("popular" in reason for reason in reasons["hidden gems"])
    assert any("it is popular now" in reason for reason in reasons["the classics"])
    assert not any("few know it" in reason for reason in reasons["the classics"])


def test_without_a_history_no_reason_speaks_of_one():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    for line in recommender.recommend("a comedy", n=10):
        assert "after" not in line.reason
        assert "people who had" not in line.reason
        assert "what you had" not in line.reason
