"""Each scorer reads its own part of an item."""

from instructrec.data.features import LONG, decade_name, encoder_text, full_text, names
from instructrec.types import Item

PROSE = "A retired thief is asked for one last job. " * 10
ITEM = Item(
    id="1",
    title="Heat",
    attributes={
        "year": 1995, "director": "Mann", "brand": "Orbit", "categories": ["Action", "Crime"], "description": PROSE,
        "image_url": "http://x/y.png", "imdb_id": "tt1", "price": 9.5,
    },
)  # fmt: skip


def test_the_encoder_sees_names_decade_and_the_beginning_of_the_prose():
    assert encoder_text(ITEM) == f"Heat. Action, Crime. Orbit. Mann. 1995, 1990s. {PROSE[:300]}"


def test_the_word_index_sees_names_and_prose():
    assert full_text(ITEM) == f"Heat Action, Crime Orbit Mann {PROSE}"
    assert len(PROSE) > LONG


def test_a_short_description_is_prose_and_no_name():
    assert names(Item(id="1", title="x", attributes={"description": "A light mat.", "brand": "Alto"})) == [
        "Alto"
    ]


def test_addresses_and_ids_are_never_words():
    assert not any(word in full_text(ITEM) for word in ("http", "tt1"))


def test_a_bare_title_is_enough():
    assert encoder_text(Item(id="1", title="Heat")) == full_text(Item(id="1", title="Heat")).strip() == "Heat"


def test_a_long_list_is_cut():
    item = Item(id="1", title="x", attributes={"tags": [f"t{n}" for n in range(20)]})
    assert full_text(item).count("t") == 12


def test_decades_start_at_ten():
    assert [decade_name(y) for y in (1989, 1990, 2009)] == ["1980s", "1990s", "2000s"]
