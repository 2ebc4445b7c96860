"""Over a catalog with a profile: words of texts, marks of yes and no, steps of scales, orders, and words that nothing has."""

import pytest

from instructrec.data.facets import Facets
from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.instructions.column_words import vocabulary_of
from instructrec.parsing.parse import parse, positive_text
from instructrec.types import Item

KINDS = ("Desk", "Bar stool", "Bookcase", "Floor lamp", "Sofa-bed", "Coffee table")
COLOURS = ("black", "white", "red", "green")
LEVELS = ("Easy - no tools", "Medium - a screwdriver", "Hard - two persons")
ITEMS = [
    Item(
        id=f"i{n:02d}",
        title=f"{KINDS[n % 6].lower()} {COLOURS[n % 4]} {n}",
        attributes={
            "short": f"{KINDS[n % 6]}, {40 + n} cm",
            "group": ("Tables & desks", "Seats", "Shelves")[n % 3],
            "price": 10.0 + n,
            "width": 40.0 + n,
            "assembly": LEVELS[n % 3],
            "sold_online": n % 2 == 0,
            "size": ["S", "M"] if n % 5 else ["M"],
        },
    )
    for n in range(60)
]


def column(name: str, role: Role, **more) -> ColumnProfile:
    return ColumnProfile(column=name, role=role, **more)


PROFILE = CatalogProfile(
    columns={
        "title": column("name", Role.TITLE),
        "short": column("short", Role.TEXT),
        "group": column("group", Role.NAMES),
        "price": column("price", Role.MONEY, unit="USD"),
        "width": column("width", Role.AMOUNT, unit="cm"),
        "assembly": column("assembly", Role.LEVEL, order=LEVELS),
        "sold_online": column("sold_online", Role.YESNO),
        "size": column("size", Role.NAMES, separators=(",",)),
    }
)
VOCABULARY, FACETS = vocabulary_of(ITEMS, PROFILE), Facets(ITEMS)


def read(text: str) -> list[tuple[str, str, object]]:
    return [(c.field, c.op, c.value) for c in parse(text, VOCABULARY).conditions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bar stools", [("short", "mentions", "bar stools")]),
        ("a desk, not black", [("short", "mentions", "desk"), ("title", "not_mentions", "black")]),
        ("书桌，不要黑色的", [("short", "mentions", "desks"), ("title", "not_mentions", "black")]),
        ("size S", [("size", "contains", "S")]),
        ("S码", [("size", "contains", "S")]),
        ("a bookcase sold online", [("short", "mentions", "bookcase"), ("sold_online", "=", True)]),
        ("medium or above", [("assembly", "in", list(LEVELS[1:]))]),
        ("nothing wider than 80 cm", [("width", "<=", 80.0)]),
        ("40 cm wide at least", [("width", ">=", 40.0)]),
        ("宽度60厘米以下", [("width", "<=", 60.0)]),
    ],
)
def test_what_is_said_is_a_condition(text, expected):
    assert read(text) == expected


def test_a_kind_of_several_words_is_looked_for_as_one_and_found_in_any_number():
    (condition,) = parse("a bar stool", VOCABULARY).conditions
    found = [item.id for item, passes in zip(ITEMS, FACETS.passes(condition), strict=True) if passes]
    assert found == [item.id for item in ITEMS if "Bar stool" in item.attributes["short"]]


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("cheapest desks", ("price", "asc")),
        ("desks, most expensive first", ("price", "desc")),
        ("desks sorted by width", ("width", "desc")),
        ("便宜的排前面", ("price", "asc")),
        ("宽度从高到低", ("width", "desc")),
    ],
)
def test_an_order_bars_nothing(text, sort):
    found = parse(text, VOCABULARY)
    assert found.sort == (sort,)
    assert not [c for c in found.conditions if c.field in ("price", "width")]


@pytest.mark.parametrize(
    "text", ["a desk, ideally black", "a desk, black would be nice", "书桌，最好是黑色的"]
)
def test_what_is_liked_is_no_condition(text):
    found = parse(text, VOCABULARY)
    assert [c.field for c in found.conditions] == ["short"]
    assert [(c.field, c.value) for c in found.soft] == [("title", "black")]


def test_words_that_nothing_has_are_told_and_still_rank():
    found = parse("a waterproof desk", VOCABULARY)
    assert [found.text[start:end] for start, end in found.unresolved] == ["waterproof"]
    assert "waterproof" in positive_text(found)
    refused = parse("a desk without plywood", VOCABULARY)
    assert "plywood" in " ".join(refused.text[start:end] for start, end in refused.unresolved)
    assert "plywood" not in positive_text(refused)


def test_every_value_of_a_text_condition_stands_in_some_text():
    for text in ("green lamps", "a red sofa bed", "coffee tables", "白色的书桌"):
        for condition in parse(text, VOCABULARY).conditions:
            if condition.op == "mentions":
                assert FACETS.passes(condition).any()


def test_tags_with_their_language_in_front_go_by_what_follows():
    foods = [
        Item(id=str(n), title=f"Food {n}", attributes={"labels": ["en:gluten-free", "en:organic"][n % 2 :]})
        for n in range(20)
    ]
    profile = CatalogProfile(
        columns={
            "title": column("name", Role.TITLE),
            "labels": column("labels", Role.NAMES, separators=(",",)),
        }
    )
    found = parse("gluten free, not organic", vocabulary_of(foods, profile)).conditions
    assert [(c.op, c.value) for c in found] == [
        ("contains", "en:gluten-free"),
        ("not_contains", "en:organic"),
    ]


def has(item: Item, name: str) -> bool:
    """Whether an item is what a name says, by a test of its own."""
    if name.startswith("size "):
        return name[-1] in item.attributes["size"]
    return name.removesuffix("s") in item.title


REFUSALS = ("no {}", "a desk, not {}", "anything but {}", "without {}", "不要{}", "{}的不要", "除了{}都行")


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("name", [*COLOURS, "bar stools", "bookcases", "size S"])
def test_what_is_refused_is_never_asked_for_and_never_passes(refusal, name):
    text = refusal.format(name)
    found = parse(text, VOCABULARY)
    assert found == parse(text, VOCABULARY)
    wanted = [c for c in (*found.conditions, *found.soft) if c.op in ("mentions", "contains", "=")]
    assert not [c for c in wanted if str(c.value).lower() in name.lower()]
    passing = FACETS.mask(found.conditions, found.any_of)
    kept = [item for item, passes in zip(ITEMS, passing, strict=True) if passes and has(item, name)]
    told = " ".join(found.text[start:end] for start, end in found.unresolved)
    assert not kept or name in told
