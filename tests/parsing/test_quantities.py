"""Years and prices are read as they are said."""

from datetime import date
from itertools import pairwise

import pytest

from instructrec.parsing.parse import parse
from instructrec.parsing.parse import read as read_sentence
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

SHOP = Vocabulary.of(
    [Item(id=str(p), title="", attributes={"price": float(p), "year": 2000}) for p in range(1, 8)]
)


def read(text: str) -> list[tuple[str, str, object]]:
    return [(c.field, c.op, c.value) for m in read_sentence(text, SHOP).mentions for c in m.options]


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("from the 90s", "between", [1990, 1999]),
        ("from the '90s", "between", [1990, 1999]),
        ("the 1990's", "between", [1990, 1999]),
        ("nineties", "between", [1990, 1999]),
        ("the 2000s", "between", [2000, 2009]),
        ("the 10s", "between", [2010, 2019]),
        ("80年代", "between", [1980, 1989]),
        ("上世纪八十年代", "between", [1980, 1989]),
        ("before 1990", "<", 1990),
        ("older than 1990", "<", 1990),
        ("after 2000", ">", 2000),
        ("newer than 2000", ">", 2000),
        ("since 2010", ">=", 2010),
        ("from 2010 on", ">=", 2010),
        ("2010 or later", ">=", 2010),
        ("no later than 1999", "<=", 1999),
        ("between 1980 and 1990", "between", [1980, 1990]),
        ("from 1990 to 1980", "between", [1980, 1990]),
        ("1980-1990", "between", [1980, 1990]),
        ("in 1994", "=", 1994),
        ("a 1994 movie", "=", 1994),
        ("1994年", "=", 1994),
        ("2015年以后", ">=", 2015),
        ("2015年之前", "<", 2015),
        ("不早于2015年", ">=", 2015),
        ("1990年到2000年之间", "between", [1990, 2000]),
        ("80s or 90s", "between", [1980, 1999]),
        ("from the 70s to the 90s", "between", [1970, 1999]),
        ("1970s-1990s", "between", [1970, 1999]),
        ("1970年代到1990年代", "between", [1970, 1999]),
        ("七十年代至九十年代", "between", [1970, 1999]),
        ("pre-1980", "<", 1980),
        ("made before my father was born in 1950", "<", 1950),
        ("released after the wall fell in 1989", ">=", 1989),
        ("have not seen before, something made in 1985", "=", 1985),
        ("post-2000", ">", 2000),
        ("the early 90s", "between", [1990, 1994]),
        ("from the mid-seventies", "between", [1973, 1977]),
        ("late 1980s", "between", [1985, 1989]),
        ("late 80s or early 90s", "between", [1985, 1994]),
        ("上世纪八十年代末", "between", [1985, 1989]),
        ("2000年代初", "between", [2000, 2004]),
        ("九十年代中国", "between", [1990, 1999]),
        ("but not 1995", "=", 1995),
        ("except 1995", "=", 1995),
        ("newer than ninety six", ">", 1996),
        ("before 75", "<", 1975),
        ("between ninety four and two thousand three", "between", [1994, 2003]),
        ("1990-95", "between", [1990, 1995]),
        ("二零一五到二零一八年的", "between", [2015, 2018]),
        ("2012 at the earliest", ">=", 2012),
        ("1995年或者更新的", ">=", 1995),
        ("the 70s and the 90s", "in", [*range(1970, 1980), *range(1990, 2000)]),
    ],
)
def test_years(text, op, value):
    assert read(text) == [("year", op, value)]


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("under $30", "<=", 30),
        ("less than 30 dollars", "<=", 30),
        ("no more than 12.50 euros", "<=", 12.5),
        ("$1,200 max", "<=", 1200),
        ("my budget is $40", "<=", 40),
        ("over $30", ">=", 30),
        ("at least 5 bucks", ">=", 5),
        ("between 10 and 20 dollars", "between", [10, 20]),
        ("$10-$20", "between", [10, 20]),
        ("around 20 euro", "between", [16, 24]),
        ("under 30", "<=", 30),
        ("30元以下", "<=", 30),
        ("不超过50块", "<=", 50),
        ("一百二十元以内", "<=", 120),
        ("预算50元", "<=", 50),
        ("10到20元", "between", [10, 20]),
        ("20块左右", "between", [16, 24]),
        ("100元以上", ">=", 100),
        ("cheap", "<=", 3),
        ("便宜一点的", "<=", 3),
        ("expensive", ">=", 5),
        ("贵的", ">=", 5),
    ],
)
def test_prices(text, op, value):
    assert read(text) == [("price", op, pytest.approx(value))]


@pytest.mark.parametrize(
    "text",
    [
        "under 90 minutes",
        "2001 nights of 12345",
        "room 1408",
        "top 10",
        "珍贵",
        "20 players",
        "number 19901",
        "a 3-hour film",
        "",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "op", "years"),
    [
        ("nothing older than 15 years", ">=", 15),
        ("newer than 5 years", ">", 5),
        ("made more than 30 years ago", "<", 30),
        ("from less than ten years ago", ">", 10),
        ("within 10 years", ">=", 10),
        ("a movie less than five years old", ">", 5),
        ("not more than 10 years old", ">=", 10),
        ("films at least 40 years old", "<=", 40),
        ("from the last 20 years", ">=", 20),
        ("十年以内的", ">=", 10),
        ("不超过3年", ">=", 3),
        ("超过二十年的", "<", 20),
        ("二十年前的", "<=", 20),
        ("20年前的", "<=", 20),
    ],
)
def test_how_long_ago_is_no_year(text, op, years):
    assert read(text) == [("year", op, date.today().year - years)]


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("95年的", "=", 1995),
        ("08年以后的", ">=", 2008),
        ("15年之前的", "<", 2015),
        ("不晚于08年", "<=", 2008),
        ("12年后的", ">=", 2012),
    ],
)
def test_two_digits_of_a_year_are_no_time(text, op, value):
    assert read(text) == [("year", op, value)]


def test_years_that_are_no_date_ask_for_nothing():
    assert read("we waited 20 years for this") == []


def test_numbers_do_not_overlap_and_are_in_order():
    mentions = read_sentence("between 1980 and 1990, under $30, cheap, from the 90s", SHOP).mentions
    spans = [c.span for m in mentions for c in m.options]
    assert len(spans) == 4
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_cheap_must_be_checked_and_cannot_be_where_there_are_no_prices():
    assert [(m.hard, m.options) for m in read_sentence("cheap", Vocabulary.of([])).mentions] == [(True, ())]


def test_the_latest_is_a_wish_where_nothing_has_a_year():
    assert read_sentence("the latest", Vocabulary.of([])).mentions == []


def test_an_age_is_answered_by_ages_or_by_a_category_for_children_or_not_at_all():
    toys = Vocabulary.of([Item(id="1", title="Blocks", attributes={"min_age": 3})])
    films = Vocabulary.of([Item(id="1", title="Heidi", attributes={"categories": ["Children's"]})])
    said = {
        name: read_sentence("for my 6-year-old", v).mentions[0]
        for name, v in (("toys", toys), ("films", films), ("shop", SHOP))
    }
    assert [(c.field, c.op, c.value) for c in said["toys"].options] == [("min_age", "<=", 6)]
    assert [(c.field, c.op, c.value) for c in said["films"].options] == [
        ("categories", "contains", "Children's")
    ]
    assert said["shop"].hard


def test_the_age_of_a_child_is_not_that_of_a_film():
    films = Vocabulary.of(
        [Item(id="1", title="Heidi", attributes={"categories": ["Children's"], "year": 1937})]
    )
    asked = parse("a film for kids under 8 years old", films).conditions
    assert [(c.field, c.op) for c in asked] == [("categories", "contains")]


def test_cheap_is_relative_to_the_category_that_is_asked_for():
    pens = [
        Item(id=f"p{n}", title="Pen", attributes={"categories": ["Pens"], "price": n / 10})
        for n in range(1, 31)
    ]
    desks = [
        Item(id=f"d{n}", title="Desk", attributes={"categories": ["Desks"], "price": 100.0 + n})
        for n in range(1, 31)
    ]
    shop = Vocabulary.of([*pens, *desks])
    limits = {text: parse(text, shop).conditions[0].value for text in ("cheap pens", "cheap desks")}
    assert limits["cheap pens"] < 2 < 100 < limits["cheap desks"] < 112


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("rated 4 or more", ">=", 4),
        ("at least 4 stars", ">=", 4),
        ("评分4分以上", ">=", 4),
        ("4 stars", ">=", 4),
    ],
)
def test_a_rating_is_read_where_the_catalog_has_one(text, op, value):
    shop = Vocabulary.of([Item(id="1", title="Pen", attributes={"average_rating": 4.5})])
    assert [(c.field, c.op, c.value) for c in parse(text, shop).conditions] == [("average_rating", op, value)]


def test_hours_are_read_as_minutes():
    films = Vocabulary.of([Item(id="1", title="Heat", attributes={"runtime": 170})])
    assert [(c.field, c.op, c.value) for c in parse("under 2 hours", films).conditions] == [
        ("runtime", "<=", 120)
    ]
    for said in ("under one and a half hours", "一个半小时以内"):
        assert [(c.op, c.value) for c in parse(said, films).conditions] == [("<=", 90)]


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("top 10", 10),
        ("前十", 10),
        ("something cheap, three", 3),
        ("three good ones", 3),
        ("1994, please", None),
        ("十年前的", None),
        ("my grandma reads 4 books a week", None),
        ("我每周看4本书", None),
    ],
)
def test_how_many_are_wanted(text, n):
    assert parse(text, SHOP).n == n


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("I won't pay more than 30 for it", "<=", 30.0),
        ("priced north of 150", ">=", 150.0),
        ("my ceiling is 35", "<=", 35.0),
        ("sub-$10", "<=", 10.0),
        ("anything over $12 is too much", "<=", 12.0),
        ("超过40就算了", "<=", 40.0),
        ("撑死30块", "<=", 30.0),
        ("价格上限一百块", "<=", 100.0),
        ("贵于70美元", ">=", 70.0),
        ("比25块便宜的", "<=", 25.0),
        ("不足10块", "<=", 10.0),
        ("under 10 that runs anywhere", "<=", 10.0),
        ("less then 20", "<=", 20.0),
        ("预算就五十", "<=", 50.0),
        ("cheap, under 20 dollars", "<=", 20.0),
        ("不要太贵，15美元以下", "<=", 15.0),
    ],
)
def test_everyday_bounds_of_a_price(text, op, value):
    assert [(c.field, c.op, c.value) for c in parse(text, SHOP).conditions] == [("price", op, value)]


def test_a_number_that_belongs_to_a_name_does_not_count():
    games = Vocabulary.of(
        [Item(id="1", title="x", attributes={"tags": ["3D Platformer", "4 Player Local", "Shooter"]})]
    )
    assert parse("a 3d platformer", games).n is None
    assert parse("4 player local shooter", games).n is None
    assert parse("4 shooters", games).n == 4
    makers = Vocabulary.of([Item(id="1", title="x", attributes={"publisher": "2K Games", "year": 2000})])
    assert [c.value for c in parse("published by 2K Games", makers).conditions] == ["2K Games"]
    assert [c.value for c in parse("2k", makers).conditions] == [2000]


@pytest.mark.parametrize(
    ("text", "op"), [("价格低于15美元", "<="), ("价格高于15美元", ">="), ("价格不低于15美元", ">=")]
)
def test_a_price_below_an_amount_is_no_low_price(text, op):
    assert [(c.field, c.op, c.value) for c in parse(text, SHOP).conditions] == [("price", op, 15.0)]


@pytest.mark.parametrize(
    "text",
    [
        "no more than five comedies",
        "at most 5 comedies",
        "up to five comedies",
        "最多五部喜剧",
        "不要超过五部的喜剧",
    ],
)
def test_a_bound_of_how_many_refuses_nothing(text):
    films = Vocabulary.of(
        [Item(id="1", title="x", attributes={"categories": ["Comedy", "喜剧"], "price": 5.0})]
    )
    read = parse(text, films)
    assert read.n == 5
    assert [c.op for c in read.conditions] == ["contains"]
    assert not read.unresolved


@pytest.mark.parametrize(
    ("text", "field", "op", "value"),
    [
        ("under 120 a night", "price_per_night", "<=", 120),
        ("每晚200以下", "price_per_night", "<=", 200),
        ("at least 128gb", "storage_gb", ">=", 128),
        ("storage over 64 gb", "storage_gb", ">=", 64),
        ("under 90min", "runtime", "<=", 90),
        ("longer than an hour", "runtime", ">=", 60),
        ("十分钟以内", "runtime", "<=", 10),
        ("level 2 or lower", "level", "<=", 2),
        ("under 2 kg", "weight_g", "<=", 2000),
    ],
)
def test_numbers_of_any_catalog_by_their_names_and_units(text, field, op, value):
    own = {"price_per_night": 80.0, "storage_gb": 64.0, "runtime": 50.0, "level": 3.0, "weight_g": 900.0}
    things = Vocabulary.of(
        [Item(id=str(n), title="Thing", attributes={k: v * n for k, v in own.items()}) for n in range(1, 9)]
    )
    assert [(c.field, c.op, c.value) for c in parse(text, things).conditions] == [(field, op, value)]
