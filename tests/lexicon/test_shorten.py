"""A text that is longer than can be read keeps what it refuses and bounds, and says how much was not read."""

import time

import pytest

from instructrec.lexicon.shorten import shortened
from instructrec.lexicon.words import LIMIT
from instructrec.parsing.parse import parse
from instructrec.types import Item

FILMS = [
    Item(
        id="a", title="A", attributes={"categories": ["Comedy"], "brand": "Lumen", "year": 1994, "price": 5.0}
    ),
    Item(
        id="b", title="B", attributes={"categories": ["Horror"], "brand": "Orbit", "year": 1979, "price": 9.0}
    ),
]
TALK = "I watched a film with my friends and we talked about the music. "
REFUSALS = (
    "Please no horror.",
    "Horror? No thanks.",
    "horror-free, please",
    "I am tired of horror.",
    "不要恐怖片。",
)


@pytest.mark.parametrize("talk", [TALK, "我昨天看了一部片子。", "word ", "x" * 50])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_after_nine_thousand_characters_holds(talk, refusal):
    asked = parse((talk * 1_000)[:9_000] + ". " + refusal, FILMS)
    assert [(c.field, c.op, c.value) for c in asked.conditions] == [("categories", "not_contains", "Horror")]
    assert len(asked.text) <= LIMIT
    assert all(0 <= start < end <= len(asked.text) for start, end in (c.span for c in asked.conditions))


def test_a_bound_at_the_end_holds_and_what_is_refused_in_another_language_is_reported():
    assert [c.value for c in parse(TALK * 140 + "Under 8 dollars.", FILMS).conditions] == [8.0]
    foreign = parse(TALK * 140 + "Bitte kein Horror.", FILMS)
    assert [foreign.text[slice(*place)] for place in foreign.unresolved] == ["kein Horror"]


def test_what_is_read_keeps_its_order_and_begins_at_the_beginning():
    text = "No war. " + TALK * 140 + "No horror. " + TALK * 20 + "Under 8 dollars."
    read, unread = shortened(text, str.isdigit)
    assert read.startswith("No war. " + TALK)
    assert read.index("No horror. ") < read.index("Under 8 dollars.")
    assert unread == len(text) - len(read)
    assert LIMIT - len(TALK) < len(read) <= LIMIT


def test_a_text_within_the_limit_is_read_as_it_is():
    for text in ("", "no horror", "a" * LIMIT, "不" * LIMIT):
        assert shortened(text, str.isdigit) == (text, 0)
        assert parse(text, FILMS).unread == 0


@pytest.mark.parametrize("piece", ["no horror ", "a", " ", "\n", ". ", "a\n", "不", "。", "“", "1", "kein, "])
def test_an_endless_text_is_shortened_in_time(piece):
    begin = time.process_time()
    read, unread = shortened(piece * 200_000, str.isdigit)
    assert 0 < len(read) <= LIMIT
    assert unread > 0
    assert time.process_time() - begin < 5
