"""Titles that are meant, and words that only look like titles."""

import pytest

from instructrec.parsing.parse import parse
from instructrec.parsing.references import DATED
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item, Preference, TaskForm

NAMES = ["Toy Story", "Star Wars", "Fargo", "Heat", "It", "Twister", "Drama Queen"]
FILMS = Vocabulary.of(
    [
        Item(id=name, title=name, attributes={"categories": ["Drama"], "brand": "Fargo Films"})
        for name in NAMES
    ]
)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("like Toy Story but darker", ["Toy Story"]),
        ("like toy story but darker", ["Toy Story"]),
        ("similar to Fargo or Heat", ["Fargo", "Heat"]),
        ('something like "Toy Story"', ["Toy Story"]),
        ("像 Toy Story 那样的", ["Toy Story"]),
        ("类似《Toy Story》的", ["Toy Story"]),
        ("Twister那样的", ["Twister"]),
        ("I loved Toy Story", ["Toy Story"]),
        ("Toy Story, what next", ["Toy Story"]),
        ("I'd like a drama", []),
        ("I like it", []),
        ("looks like rain tonight", []),
        ("the heat of the night", []),
        ("a toy with a story", []),
        ("Heat waves at noon", []),
    ],
)
def test_what_is_liked(text, like):
    assert list(parse(text, FILMS).like) == like


@pytest.mark.parametrize(
    "text",
    [
        "not another Star Wars",
        "nothing like Star Wars",
        "anything but Star Wars",
        "除了Star Wars",
        "不要像 Star Wars 那样的",
        "Star Wars看腻了",
    ],
)
def test_what_is_refused(text):
    read = parse(text, FILMS)
    assert (read.like, read.unlike) == ((), ("Star Wars",))


@pytest.mark.parametrize(
    ("text", "places", "wishes"),
    [
        ("films like 《盗梦空间》", ["《盗梦空间》"], ""),
        ('something like "Solaris" but older', ['"Solaris"', "but older"], ""),
        ('something like "Solaris" but warmer', ['"Solaris"'], "warmer"),
        ('not like "Solaris"', ['not like "Solaris"'], ""),
        ('something "cosy" tonight', [], "cosy tonight"),
        ('like the "feel good" ones', [], "feel good"),
    ],
)
def test_a_title_that_the_catalog_has_not_is_said(text, places, wishes):
    read = parse(text, FILMS)
    assert [text[start:end] for start, end in read.unresolved] == places
    assert (read.wishes, read.like, read.unlike, read.conditions) == (wishes, (), (), ())


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("would I like Fargo?", TaskForm.POINTWISE),
        ('would I like "Fargo"?', TaskForm.POINTWISE),
        ("Is Fargo worth watching?", TaskForm.POINTWISE),
        ("我会喜欢 Toy Story 吗", TaskForm.POINTWISE),
        ("Fargo or Heat?", TaskForm.PAIRWISE),
        ("fargo or heat?", TaskForm.PAIRWISE),
        ("Fargo和Heat哪个更好看", TaskForm.PAIRWISE),
        ("rank these for me", TaskForm.RERANKING),
        ("drama or comedy?", TaskForm.MATCHING),
        ("a drama", TaskForm.MATCHING),
    ],
)
def test_the_form_of_the_answer(text, task):
    assert parse(text, FILMS).task == task


def test_a_title_is_that_item_alone_also_in_quotes():
    films = Vocabulary.of([Item(id=name, title=name, attributes={}) for name in ("Alien", "Aliens")])
    for said in ("like Alien", 'like "Alien"', "《Alien》那样的"):
        assert parse(said, films).like == ("Alien",)


def test_asking_about_a_film_says_nothing_of_taste():
    assert parse("Would I like Fargo?", FILMS).preference is Preference.IMPLICIT
    assert parse("I like dramas", FILMS).preference is Preference.EXPLICIT


def test_words_in_quotes_that_are_no_title_are_read_as_nothing_else():
    read = parse('something like "No Drama"', FILMS)
    assert (read.conditions, read.like) == ((), ())


def test_a_pronoun_is_the_person_named_before():
    people = {"director": "Clint Eastwood", "actors": "Clint Eastwood"}
    films = Vocabulary.of([Item(id=str(n), title=f"Film {n}", attributes=people) for n in range(3)])
    asked = [
        (c.field, c.op) for c in parse("directed by Clint Eastwood but not starring him", films).conditions
    ]
    assert asked == [("director", "contains"), ("actors", "not_contains")]
    assert [
        c.field for c in parse("directed by Clint Eastwood, my dad will watch with him", films).conditions
    ] == ["director"]


def test_a_message_that_is_forwarded_is_what_is_asked_for():
    films = Vocabulary.of([Item(id="a", title="Alien", attributes={"categories": ["Horror"]})])
    assert [c.op for c in parse('fwd from Tom: "got anything good? no horror"', films).conditions] == [
        "not_contains"
    ]
    assert not parse('a film with the "no horror at all" label on it', films).conditions


@pytest.mark.parametrize(
    "text",
    [
        "I liked Infinity War (2018), recommend a comedy",
        "have you seen Dumb and Dumber (1994)? a comedy please",
    ],
)
def test_a_title_with_its_year_is_talked_about_and_asks_for_neither(text):
    films = [
        Item(id="1", title="Clue", attributes={"categories": ["Comedy", "War"], "year": 1985}),
        Item(id="2", title="Tootsie", attributes={"categories": ["Comedy"], "year": 1994}),
    ]
    assert [(c.field, c.value) for c in parse(text, films).conditions] == [("categories", "Comedy")]
    assert next((c.field, c.value) for c in parse("a comedy (1994)", films).conditions) == (
        "categories",
        "Comedy",
    )


def test_a_row_of_signs_after_a_capital_costs_no_time():
    found = DATED.search("A" + "!" * 3_000 + "x")  # read in one way only: in many it would take years
    assert found is None
    assert DATED.fullmatch("That's Life! (1998)")
