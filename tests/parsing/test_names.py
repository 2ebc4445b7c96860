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
