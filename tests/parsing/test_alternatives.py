"""What an `or` joins."""

import pytest

from instructrec.parsing.alternatives import either, runs
from instructrec.parsing.parse import parse, read
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

FILMS = Vocabulary.of(
    [
        Item(
            id="1",
            title="x",
            attributes={
                "categories": ["Comedy", "Horror", "War"],
                "year": 1980,
                "price": 3.0,
                "brand": "Lumen",
            },
        ),
        Item(
            id="2",
            title="y",
            attributes={"categories": ["Drama"], "year": 1990, "price": 9.0, "brand": "Orbit"},
        ),
    ]
)


def parts(text: str) -> list[list[list[str]]]:
    """The runs of a sentence, each part with what it mentions."""
    sentence = read(text, FILMS)
    return [[[str(m.options[0].value) for m in part] for part in run.parts] for run in runs(sentence, ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("comedy or horror", [[["Comedy"], ["Horror"]]]),
        ("comedy, horror or war", [[["Comedy"], ["Horror"], ["War"]]]),
        ("comedy, horror", [[["Comedy"]], [["Horror"]]]),
        ("comedy and horror", [[["Comedy", "Horror"]]]),
        ("a comedy with dogs, or a horror film", [[["Comedy"]], [["Horror"]]]),
        ("喜剧或者恐怖", [[["Comedy"], ["Horror"]]]),
        ("要么喜剧，要么恐怖", [[["Comedy"], ["Horror"]]]),
    ],
)
def test_runs(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text", ["comedy, horror, either works", "喜剧、恐怖都可以", "喜剧也行，恐怖也行", "Comedy? Horror?"]
)
def test_a_list_of_which_any_will_do_is_one_of_alternatives(text):
    (condition,) = parse(text, FILMS).conditions
    assert (condition.op, condition.value) == ("in", ["Comedy", "Horror"])


def test_only_what_is_allowed_too_is_not_asked_for():
    assert [c.value for c in parse("喜剧，恐怖也行", FILMS).conditions] == ["Comedy"]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("90s comedy or drama", []),
        ("comedies from the 90s or horror from the 80s", [2, 2]),
        ("a comedy from the 90s, or anything by Orbit", [2, 1]),
        ("comedy or by Orbit", [1, 1]),
        ("Orbit or under 5 dollars", [1, 1]),
    ],
)
def test_each_side_keeps_its_own_conditions_where_it_has_some(text, groups):
    assert [len(group) for group in parse(text, FILMS).any_of] == groups


def test_an_alternative_that_cannot_be_checked_leaves_none():
    sentence = read("comedy or western", FILMS)
    (run,) = runs(sentence, ())
    assert (either(run).conditions, either(run).groups) == ([], [])


def groups(text: str) -> tuple[set, set]:
    """The conditions of a sentence, and the groups of which one must hold."""
    said = parse(text, FILMS)
    return (
        {(c.field, c.op, str(c.value)) for c in said.conditions},
        {frozenset((c.field, c.op, str(c.value)) for c in group) for group in said.any_of},
    )


@pytest.mark.parametrize("text", ["no horror unless it's a comedy", "不要恐怖片，除非是喜剧"])
def test_what_takes_a_refusal_back_is_an_alternative(text):
    not_horror, comedy = ("categories", "not_contains", "Horror"), ("categories", "contains", "Comedy")
    assert groups(text) == (set(), {frozenset([not_horror]), frozenset([comedy])})


def test_what_stands_before_a_list_is_no_part_of_it():
    conditions, any_of = groups("from the 80s, Lumen or Orbit")
    assert conditions == {("year", "between", "[1980, 1989]"), ("brand", "in", "['Lumen', 'Orbit']")}
    assert not any_of


@pytest.mark.parametrize("text", ["only Lumen and Orbit", "只要Lumen和Orbit的"])
def test_two_values_of_an_attribute_that_has_one_are_alternatives(text):
    assert groups(text)[0] == {("brand", "in", "['Lumen', 'Orbit']")}


def test_an_alternative_that_nobody_made_is_reported_and_the_other_is_left():
    said = parse("by Lumen or by Nemo", FILMS)
    assert [(c.field, c.value) for c in said.conditions] == [("brand", "Lumen")]
    assert [said.text[a:b] for a, b in said.unresolved] == ["by Nemo"]


def test_a_dial_is_no_part_of_a_list():
    said = parse("popular comedies or dramas", FILMS)
    assert said.dials == {"popularity": 0.5}
    assert [(c.op, c.value) for c in said.conditions] == [("in", ["Comedy", "Drama"])]


@pytest.mark.parametrize("text", ["if there's no horror then a war film", "没有恐怖片的就来战争片"])
def test_what_will_do_without_it_is_an_alternative(text):
    assert groups(text) == ({("categories", "in", "['Horror', 'War']")}, set())


def test_a_refusal_that_may_be_meant_is_kept():
    assert ("categories", "not_contains", "Horror") in groups("没有恐怖，就来个喜剧")[0]


@pytest.mark.parametrize(
    "text", ["不是喜剧就是恐怖片", "战争片，没有的话恐怖片", "horror or silly war movies"]
)
def test_one_or_the_other_is_a_choice(text):
    assert [op for _, op, _ in groups(text)[0]] == ["in"]


@pytest.mark.parametrize(
    "text", ["不是喜剧也不是恐怖的片子", "既不是喜剧也不是恐怖", "stop showing me comedies and horror"]
)
def test_neither_of_two_is_no_choice(text):
    assert groups(text)[0] == {("categories", "not_contains", value) for value in ("Comedy", "Horror")}


def test_a_paired_choice_is_not_a_feeling_that_is_denied():
    assert groups("我不是不喜欢喜剧，就是想看恐怖片")[0] == {("categories", "contains", "Horror")}


@pytest.mark.parametrize(
    "text",
    [
        "comedies under 5 or horror under 10",
        "a comedy by Orbit or a horror film under 10",
        "Orbit的喜剧或者十元以内的恐怖片",
        "comedy or 80s horror by Orbit",
    ],
)
def test_what_each_side_says_of_its_own_thing_stays_there(text):
    said = parse(text, FILMS)
    assert not said.conditions
    comedy, horror = said.any_of
    assert "Comedy" in [c.value for c in comedy]
    assert "Horror" in [c.value for c in horror]
    assert len(horror) > 1


def test_a_maker_that_will_do_too_is_an_alternative():
    assert groups("Lumen的，Orbit的也行")[0] == {("brand", "in", "['Lumen', 'Orbit']")}
