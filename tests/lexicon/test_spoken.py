"""What people call languages, sites, last names, colours and measures, and that none of it hides what a catalog has itself."""

import pytest

from instructrec.lexicon.spoken import OWN, add_languages, add_other_names, measures, playing, words_of
from instructrec.lexicon.words import key


def test_a_value_of_the_catalog_is_not_hidden_by_the_language_of_its_name():
    phrases = {key("Italian"): (("cuisine", "Italian"),)}
    add_languages(phrases, {"cuisine": {"Italian": 3}})
    assert phrases[key("Italian")] == (("cuisine", "Italian"),)
    assert phrases[key("Portuguese")] == ()  # a language that nothing says: known, and not to be checked


def test_other_names_count_where_an_item_has_the_thing():
    phrases = {key("black"): (("color", "black"),)}
    add_other_names(phrases)
    assert phrases[key("黑色")] == (("color", "black"),)
    assert key("白色") not in phrases


@pytest.mark.parametrize(
    ("said", "field", "unit"),
    [
        ("calories", "calories", "calories"),
        ("storage", "storage_gb", None),
        ("gb", None, "storage_gb"),
        ("热量", "calories", "calories"),
    ],
)
def test_a_number_is_known_by_its_name_and_its_unit(said, field, unit):
    found = measures(["calories", "storage_gb", "price", "release_year"])
    own = [found[table].table.get(key(said)) for table in ("field", "unit")]
    assert own == [(f"{OWN}{name}",) if name else None for name in (field, unit)]


def test_a_unit_of_several_may_be_any_of_theirs_and_what_the_lexicon_knows_stays_its_own():
    found = measures(["memory_gb", "storage_gb", "price", "runtime", "prep_minutes", "rating", "stars"])
    assert found["unit"].table[key("gb")] == (f"{OWN}memory_gb", f"{OWN}storage_gb")
    assert key("price") not in found["field"].table
    assert key("minutes") not in found["unit"].table  # they are the runtime's
    assert found["field"].table[key("prep")] == (f"{OWN}prep_minutes",)
    assert found["unit"].table[key("star")] == (f"{OWN}stars",)  # beside a rating the stars are their own


def test_what_several_have_is_nobodys():
    found = measures(["min_players", "max_players"])
    assert not found["field"].table
    assert not found["unit"].table


def test_a_rating_of_ages_plays_no_rating():
    assert playing(["rating", "stars"], ["age_rating", "user_rating"]) == ["user_rating"]


def test_other_words_of_a_unit_mean_it_too():
    found = measures(["mileage_km", "hours"])["unit"].table
    assert found[key("公里")] == found[key("kilometres")] == (f"{OWN}mileage_km",)
    assert found[key("小时")] == (f"{OWN}hours",)


def test_the_name_of_an_attribute_as_it_is_said():
    assert [words_of(name) for name in ("is_vegan", "price_level", "durationMinutes")] == [
        "vegan",
        "price level",
        "duration minutes",
    ]
