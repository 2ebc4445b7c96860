"""Numbers over a catalog with a profile: which column is meant, in which unit, and what fits none."""

import pytest

from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.instructions.column_words import vocabulary_of
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

COLUMNS = {
    "price": (Role.MONEY, "USD", [300, 550, 900, 1_200]),
    "price_india": (Role.MONEY, "INR", [20_000, 45_000, 70_000, 99_000]),
    "width": (Role.AMOUNT, "cm", [40, 80, 120.5, 200]),
    "height": (Role.AMOUNT, "cm", [45, 90, 180, 230]),
    "weight": (Role.AMOUNT, "g", [900, 1_500, 4_000, 12_000]),
    "prep time": (Role.AMOUNT, "min", [5, 10, 15, 30]),
    "total time": (Role.AMOUNT, "min", [20, 45, 90, 200]),
    "seats": (Role.NUMBER, "", [2, 4, 5, 7]),
    "bedrooms": (Role.NUMBER, "", [1, 2, 3, 4]),
    "bathrooms": (Role.NUMBER, "", [1, 1, 2, 3]),
    "rating": (Role.NUMBER, "", [3.1, 4.2, 4.6, 4.9]),
}


@pytest.fixture(scope="module")
def shop() -> Vocabulary:
    """Four things with numbers of every kind, and the profile that says what they are."""
    items = [
        Item(
            id=str(k),
            title=f"thing {k}",
            attributes={name: values[k] for name, (_, _, values) in COLUMNS.items()},
        )
        for k in range(4)
    ]
    profile = CatalogProfile({n: ColumnProfile(n, role, unit=unit) for n, (role, unit, _) in COLUMNS.items()})
    return vocabulary_of(items, profile)


def read(text: str, shop: Vocabulary) -> list[tuple[str, str, object]]:
    return [(c.field, c.op, c.value) for c in parse(text, shop).conditions]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("width under 1 m", [("width", "<=", 100)]),
        ("height at least 2 m 20", [("height", ">=", 220)]),
        ("宽度不超过一米二", [("width", "<=", 120)]),
        ("高2米以上", [("height", ">=", 200)]),
        ("under 1.5 kg", [("weight", "<=", 1_500)]),
        ("三斤以下", [("weight", "<=", 1_500)]),
        ("in half an hour or less", [("total time", "<=", 30)]),
        ("prep time up to 10 minutes", [("prep time", "<=", 10)]),
        ("准备时间不超过10分钟", [("prep time", "<=", 10)]),
        ("2 bedrooms, 1 bathrooms", [("bedrooms", "=", 2), ("bathrooms", "=", 1)]),
        ("under 50k rupees", [("price_india", "<=", 50_000)]),
        ("under 900 dollars", [("price", "<=", 900)]),
        ("rating above 4.5", [("rating", ">=", 4.5)]),
    ],
)
def test_a_number_is_said_of_the_column_that_its_unit_and_words_name(shop, text, conditions):
    assert read(text, shop) == conditions


def test_a_strict_comparison_stays_strict_where_things_are_counted(shop):
    assert read("more than 5 seats", shop) == [("seats", ">", 5)]
    assert read("at least 5 seats", shop) == [("seats", ">=", 5)]


@pytest.mark.parametrize("text", ["under 2 km", "between 60 and 80 cm", "above 12 bhp"])
def test_a_number_that_fits_no_column_or_several_is_reported(shop, text):
    found = parse(text, shop)
    assert found.conditions == ()
    assert found.unresolved


def test_a_number_that_was_said_is_never_changed_to_one_of_the_catalog():
    items = [
        Item(id=str(k), title=f"{kind} {k}", attributes={"categories": [kind], "price": price})
        for k, (kind, price) in enumerate(
            [("Thai", 700), ("Thai", 900)] * 20 + [("Italian", 100), ("Italian", 300)] * 20
        )
    ]
    vocabulary = Vocabulary.of(items)
    for limit in {*vocabulary.quantiles["price"], *vocabulary.prices["Thai"]}:
        assert ("price", "<=", limit) in read(f"thai under ${limit:g}", vocabulary)
