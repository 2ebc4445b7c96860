"""A reason is made of facts that were used: conditions the item meets, and the terms that lifted it."""

import pytest

from instructrec.channels.registry import CHANNELS
from instructrec.recommender.explain import (
    condition_facts,
    reason_phrase,
    reason_text,
    shared_facts,
    strongest,
)
from instructrec.recommender.recommender import Recommender
from instructrec.types import Condition, Item, Recommendation
from tests import worlds

FILM = Item(
    id="1",
    title="Heat",
    attributes={"categories": ["Action", "Crime"], "year": 1995, "price": 9.5, "brand": "Lumen"},
)


def facts(field: str, op: str, value: object) -> str:
    return ", ".join(condition_facts(FILM, Condition(field=field, op=op, value=value)))


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_words_its_reason_in_both_languages(name):
    channel = CHANNELS[name]
    assert set(channel.reason) == {"en", "zh"}
    assert ("{}" in channel.reason["en"]) == ("{}" in channel.reason["zh"])
    assert bool(channel.reason_against) == channel.may_be_negative


def test_the_two_terms_that_lift_most_are_named_strongest_first():
    phrases = {
        "popularity": "popular",
        "sequence": "next after Alien",
        "neighbours": "often chosen after Ronin",
    }
    named = strongest({"popularity": 0.1, "sequence": 0.3, "neighbours": 0.2}, phrases)
    assert named == ["next after Alien", "often chosen after Ronin"]


def test_a_term_that_lowers_the_item_or_leaves_it_is_not_named():
    phrases = dict.fromkeys(("popularity", "lexical", "instruction"), "a term")
    assert strongest({"popularity": -0.5, "lexical": 0.0, "instruction": 0.1}, phrases) == ["a term"]
    assert strongest({"popularity": -0.5}, phrases) == []


@pytest.mark.parametrize("name", ["sequence", "neighbours", "tfidf", "ease", "lexical"])
def test_a_term_that_has_nothing_to_name_is_not_worded(name):
    assert reason_phrase(worlds.movie_model(), name, 0, 1.0, "") == ""


def test_a_title_with_braces_is_named_as_it_is():
    assert reason_phrase(worlds.movie_model(), "sequence", 0, 1.0, "{0} {title}").endswith(
        "after {0} {title}"
    )


def test_a_negative_popularity_gate_makes_a_hidden_gem():
    model = worlds.movie_model()
    values = model.channels["popularity"].values
    niche = int(values.argmin())
    assert reason_phrase(model, "popularity", niche, -float(values[niche]), "") == "a hidden gem"
    assert reason_phrase(model, "popularity", niche, float(values[niche]), "", "zh") == "近期热门"


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
    assert facts(field, op, value) == said


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
    assert facts(field, op, value) == ""


def test_conditions_come_before_what_lifted():
    assert reason_text(["Action"], ["popular right now"]) == "Action. Popular right now"
    assert reason_text(["恐怖"], ["近期热门", "符合你的描述"], "zh") == "恐怖。近期热门，符合你的描述"


def test_shared_facts_are_those_of_every_reason():
    def line(*because: str) -> Recommendation:
        return Recommendation(
            item=FILM, rank=1, score=0.0, channels={}, conditions_met=("Crime",), because=because
        )

    assert shared_facts([line("popular", "new"), line("popular")]) == ("Crime", "popular")
    assert shared_facts([line("popular")]) == ()


def test_the_reasons_of_a_slate_name_items_of_the_history_only():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    titles = {item.title: item.id for item in recommender.items}
    slate = recommender.recommend(history=["m02", "m08", "m14"], n=27)
    named = {id_ for line in slate for title, id_ in titles.items() if title in line.reason}
    assert named
    assert named <= {"m02", "m08", "m14"}


def test_the_words_of_the_request_that_an_item_has_are_named():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    reasons = [line.reason for line in recommender.recommend("quiet harbour", n=10)]
    assert any("match for “quiet, harbour”" in reason for reason in reasons)


def test_what_a_dial_lifts_as_niche_is_not_called_popular():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    reasons = {
        words: [line.reason.lower() for line in recommender.recommend(words, n=10)]
        for words in ("hidden gems", "the classics")
    }
    assert any("hidden gem" in reason for reason in reasons["hidden gems"])
    assert not any("popular" in reason for reason in reasons["hidden gems"])
    assert any("popular right now" in reason for reason in reasons["the classics"])
    assert not any("hidden gem" in reason for reason in reasons["the classics"])


def test_a_chinese_request_is_answered_with_chinese_reasons():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    because = [
        fact for line in recommender.recommend("安静的电影", history=["m02"], n=5) for fact in line.because
    ]
    assert because
    assert all(any("\u4e00" <= char <= "\u9fff" for char in fact) for fact in because)


def test_without_a_history_no_reason_mentions_one():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    for line in recommender.recommend("a comedy", n=10):
        assert "after" not in line.reason
        assert "chosen" not in line.reason
        assert "chose" not in line.reason
