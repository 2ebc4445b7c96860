"""A condition lets through exactly the items that meet it."""

import pytest

from instructrec.data.facets import Facets
from instructrec.errors import ConfigError
from instructrec.types import Condition, Item

ITEMS = [
    Item(id="a", title="A", attributes={"categories": ["Comedy", "Drama"], "year": 1994, "brand": "Sony"}),
    Item(id="b", title="B", attributes={"categories": ["Horror"], "year": 1999, "price": 10.0}),
    Item(id="c", title="C", attributes={}),
]


def passing(field: str, op: str, value: object) -> str:
    mask = Facets(ITEMS).passes(Condition(field=field, op=op, value=value))
    return "".join(item.id for item, passes in zip(ITEMS, mask, strict=True) if passes)


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("categories", "contains", "comedy", "a"),
        ("categories", "not_contains", "Comedy", "bc"),
        ("categories", "in", ["Drama", "Horror"], "ab"),
        ("categories", "not_in", ["Drama", "Horror"], "c"),
        ("categories", "in", [], ""),
        ("categories", "contains", "Com", ""),
        ("brand", "=", "SONY", "a"),
        ("brand", "!=", "sony", "bc"),
        ("year", "=", 1994, "a"),
        ("year", "<", 1999, "a"),
        ("year", "<=", 1999, "ab"),
        ("year", ">", 1994, "b"),
        ("year", ">=", 1994, "ab"),
        ("year", "between", [1994, 1998], "a"),
        ("year", "in", [1994, 2000], "a"),
        ("year", "not_in", [1994, 1995], "bc"),
        ("price", "<=", 10, "b"),
    ],
)
def test_an_operator_means_what_it_says(field, op, value, expected):
    assert passing(field, op, value) == expected


def test_all_conditions_must_hold():
    facets = Facets(ITEMS)
    both = [
        Condition(field="year", op=">=", value=1990),
        Condition(field="categories", op="not_contains", value="Horror"),
    ]
    assert facets.mask(both).tolist() == [True, False, False]


def test_no_condition_lets_everything_through():
    assert Facets(ITEMS).mask([]).all()


def test_an_unknown_field_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="brand, categories, price, year"):
        passing("colour", "=", "red")


def test_an_unknown_operator_is_refused():
    with pytest.raises(ConfigError, match="no operator '~'"):
        passing("year", "~", 1)


def test_whole_numbers_match_their_text():
    assert passing("year", "contains", "1994") == "a"
