"""Proper names are meant when something shows it."""

import pytest

from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

GIVEN = [
    {"brand": "Five Star", "site": "theverge.com", "publisher": "Orbit"},
    {"brand": "Medium", "site": "medium.com", "publisher": "Lumen", "director": "Alfred Hitchcock"},
    {"brand": "HP", "site": "linkedin.com", "categories": ["Pens"], "director": "Alfred Hitchcock"},
]
SHOP = Vocabulary.of([Item(id=str(n), title=f"Thing {n}", attributes=a) for n, a in enumerate(GIVEN)])


def conditions(text: str) -> list[tuple[str, str, object]]:
    return [(c.field, c.op, c.value) for c in parse(text, SHOP).conditions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a Five Star notebook", [("brand", "=", "Five Star")]),
        ("articles from The Verge", [("site", "=", "theverge.com")]),
        ("published by Orbit", [("publisher", "=", "Orbit")]),
        ("Orbit发行的", [("publisher", "=", "Orbit")]),
        ("a Hitchcock film", [("director", "contains", "Alfred Hitchcock")]),
        ("directed by alfred hitchcock", [("director", "contains", "Alfred Hitchcock")]),
        ("HP only", [("brand", "=", "HP")]),
        ("only hp", [("brand", "=", "HP")]),
        ("a medium size", []),
        ("toner for my HP", []),
        ("news about HP", []),
        ("ink that fits my HP printer", []),
        ("HP打印机能用的墨盒", []),
        ("linkedin.com", [("site", "=", "linkedin.com")]),
    ],
)
def test_a_proper_name(text, expected):
    assert conditions(text) == expected


def test_siblings_are_named_by_their_last_name_where_they_work_together():
    pairs = [
        "Joel Coen, Ethan Coen",
        "Joel Coen, Ethan Coen",
        "Sofia Coppola",
        "Sofia Coppola",
        "Francis Coppola",
    ]
    films = [
        Item(id=str(n), title=f"Film {n}", attributes={"director": names}) for n, names in enumerate(pairs)
    ]
    known = Vocabulary.of(films)
    for text in ("anything by the Coen brothers", "a coen bros film", "the Coen siblings"):
        assert [c.value for c in parse(text, known).conditions] == ["Joel Coen"], text
    assert parse("the Coppola brothers", known).conditions == ()


def test_a_last_name_in_small_letters_is_meant_where_texts_seldom_have_it():
    told = ["a trip to paris", "love in Paris", "nights in Paris", "Paris again", "a Hitchcock of our days"]
    people = ["Alfred Hitchcock"] * 5 + ["Ann Paris"] * 5
    films = [
        Item(
            id=str(n),
            title=f"Film {n}",
            attributes={
                "director": name,
                "description": told[n] if n < 5 else "",
                "categories": ["Thriller"],
            },
        )
        for n, name in enumerate(people * 2)
    ]
    known = Vocabulary.of(films)
    assert [c.value for c in parse("hitchcock thrillers", known).conditions] == [
        "Alfred Hitchcock",
        "Thriller",
    ]
    assert [c.value for c in parse("paris thrillers", known).conditions] == ["Thriller"]


@pytest.mark.parametrize(
    "text", ["directed by Nobody Known", "published by Acme", "the Acme brand", "written by Alfred Hitchcock"]
)
def test_a_name_that_the_catalog_lacks_is_reported(text):
    read = parse(text, SHOP)
    assert read.conditions == ()
    assert len(read.unresolved) == 1


def test_a_language_that_cannot_be_checked_is_reported_and_a_country_is_not():
    assert len(parse("something in French", SHOP).unresolved) == 1
    assert parse("French cooking", SHOP).unresolved == ()


def test_a_misspelled_category_is_found():
    assert conditions("some penss, quickly") == []
    films = Vocabulary.of([Item(id="1", title="x", attributes={"categories": ["Documentary"]})])
    assert [c.value for c in parse("a documentry", films).conditions] == ["Documentary"]


STORE = Vocabulary.of(
    [
        Item(
            id=str(n),
            title=f"thing {n}",
            attributes={"brand": brand, "crowd_sentiment": mood, "director": who},
        )
        for n, (brand, mood, who) in enumerate(
            [
                ("HP", "Mixed", "Ang Lee"),
                ("Canon", "Very Positive", "Robert De Niro"),
                ("Hero", "Mostly Positive", "Ang Lee"),
            ]
            * 12
        )
    ]
)


def asked(text: str) -> list[tuple]:
    return [(c.field, c.op, c.value) for c in parse(text, STORE).conditions]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("惠普的打印纸", [("brand", "=", "HP")]),
        ("不要佳能", [("brand", "!=", "Canon")]),
        ("李安拍的", [("director", "contains", "Ang Lee")]),
        ("英雄牌钢笔", [("brand", "=", "Hero")]),
        ("讲一个英雄", []),
        ("by De Niro", [("director", "contains", "Robert De Niro")]),
    ],
)
def test_makers_and_people_go_by_their_chinese_and_their_last_names(text, conditions):
    assert asked(text) == conditions


@pytest.mark.parametrize("text", ["惠普牌的", "周星驰演的", "索尼家的"])
def test_a_chinese_name_that_the_catalog_lacks_is_reported(text):
    lacking = Vocabulary.of([Item(id="1", title="x", attributes={"categories": ["Pens"]})])
    assert parse(text, lacking).unresolved


@pytest.mark.parametrize("text", ["mostly positive or better", "at least mostly positive", "多半好评以上"])
def test_a_step_of_a_scale_is_the_least_that_is_asked_for(text):
    assert asked(text) == [("crowd_sentiment", "in", ["Mostly Positive", "Very Positive"])]


def test_a_step_of_a_scale_before_another_bound_is_that_step():
    assert asked("very positive and under 10 dollars")[0] == ("crowd_sentiment", "=", "Very Positive")


FILMS = Vocabulary.of(
    [
        Item(id=str(n), title=f"Film {n}", attributes={"categories": [c]})
        for n, c in enumerate(("Action", "Adventure", "Comedy"))
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("an action adventure", ["Action", "Adventure"]),
        ("动作 冒险", ["Action", "Adventure"]),
        ("动作冒险片", ["Action", "Adventure"]),
        ("a dark comedy", ["Comedy"]),
    ],
)
def test_a_name_that_the_catalog_lacks_is_the_names_it_is_made_of(text, expected):
    assert [c.value for c in parse(text, FILMS).conditions] == expected
