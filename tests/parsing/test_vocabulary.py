"""A catalog can be asked for what it has, by the names people use."""

import pytest

from instructrec.lexicon.words import common, key, lexicon, spoken
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item


def item(title: str = "x", **attributes: object) -> Item:
    return Item(id=title, title=title, attributes=attributes)  # pyrefly: ignore


def found(vocabulary: Vocabulary, text: str) -> list[tuple[tuple[str, str], ...]]:
    return [t[1] for k in range(len(key(text))) for t in vocabulary.phrases.at(key(text), k)[:1]]


FILMS = Vocabulary.of(
    [item(categories=["Sci-Fi", "Comedy"], year=1990), item(categories=["Film-Noir"], year=2000, price=None)]
)


@pytest.mark.parametrize("name", ["sci-fi", "science fiction", "SciFi", "科幻片", "科幻"])
def test_a_category_is_found_by_every_name(name):
    assert found(FILMS, name) == [((("categories", "Sci-Fi")),)]


def test_a_name_that_the_catalog_lacks_is_found_without_a_target():
    assert found(FILMS, "horror") == [()]


def test_the_catalogs_own_name_wins_over_the_lexicon():
    games = Vocabulary.of([item(tags=["Funny", "Comedy"])])
    assert found(games, "funny comedy") == [(("tags", "Funny"),), (("tags", "Comedy"),)]


def test_a_name_of_two_fields_has_both_as_targets():
    games = Vocabulary.of([item(categories=["Action"], tags=["Action"])])
    assert found(games, "action") == [(("categories", "Action"), ("tags", "Action"))]


def test_the_lexicon_never_points_to_a_brand():
    shop = Vocabulary.of([item(brand="War")])
    assert found(shop, "战争") == [()]


def test_escaped_names_are_found_as_people_write_them():
    assert found(Vocabulary.of([item(categories=["Design &amp; Art"])]), "design and art") == [
        (("categories", "Design &amp; Art"),)
    ]


def test_the_longest_name_wins():
    games = Vocabulary.of([item(tags=["Strategy", "Turn-Based Strategy"])])
    assert found(games, "turn-based strategy")[0] == (("tags", "Turn-Based Strategy"),)


def test_common_words_and_digits_name_nothing():
    assert found(Vocabulary.of([item(tags=["Movie", "7", "A"])]), "a movie 7") == []


def test_fields_without_a_value_do_not_exist():
    assert FILMS.fields == {"categories", "year"}


def test_cheap_and_dear_are_thirds_of_the_catalogs_own_prices():
    low, high = Vocabulary.of([item(price=float(p)) for p in range(1, 8)]).quantiles["price"]
    assert (low, high) == (pytest.approx(3), pytest.approx(5))


def test_a_brand_that_other_titles_use_as_a_word_is_ordinary():
    shop = [
        item("Love Story", brand="Orbit"),
        item("All You Need Is Love", brand="Orbit"),
        item("Pen", brand="Love"),
    ]
    assert Vocabulary.of([*shop, item("Sharpie Pen", brand="Sharpie")]).ordinary == {"love"}


def test_an_empty_catalog_has_no_names_of_its_own():
    assert not any(Vocabulary.of([]).phrases.table.values())


def test_every_word_of_the_lexicon_can_be_found():
    assert all(key(word) for words in lexicon()["names"].values() for word in words)


def test_the_lists_of_the_lexicon_are_found_with_their_length():
    said = spoken(list(key("not only")))
    assert (said[0]["exempt"], said[0]["negators"]) == (2, 1)


def test_common_words_are_known_as_they_are_written():
    assert {"movie", "this", "电影"} <= common()


def test_every_attribute_with_short_texts_can_be_asked_for_and_long_ones_addresses_and_ids_cannot():
    shop = [
        item(f"x{n}", colour="red", text="long " * 20, image_url="http://a", other_id="b", fresh=True)
        for n in range(12)
    ]
    assert Vocabulary.of(shop).kinds == {"colour": "facet", "fresh": "flag"}


def test_values_that_sort_the_items_need_no_sign_and_names_of_somebody_do():
    shop = [item(f"x{n}", color=("red", "blue")[n % 2], brand=("Best", "Target")[n % 2]) for n in range(24)]
    names = Vocabulary.of(shop)
    assert names.kinds == {"color": "facet", "brand": "choice"}
    assert [
        (c.field, c.op, c.value) for c in parse("a blue one, the best you have on target", names).conditions
    ] == [("color", "=", "blue")]


def test_an_attribute_plays_the_role_that_its_name_ends_with():
    films = Vocabulary.of([item("a", duration_minutes=90.0, publication_year=1999.0, price_level=2.0)])
    assert [films.role(role) for role in ("minutes", "year", "price")] == [
        "duration_minutes",
        "publication_year",
        None,
    ]


def test_people_stand_in_one_text_and_the_last_name_of_the_busiest_is_enough():
    cast = [
        item("a", actors="Tom Hanks, Meg Ryan"),
        item("b", actors="Tom Hanks"),
        item("c", actors="Jack Ryanson"),
    ]
    names = Vocabulary.of(cast).phrases.table
    assert names[("tom", "hank")] == names[("hank",)] == (("actors", "Tom Hanks"),)
    assert ("ryan",) not in names  # four letters say too little


def test_a_language_is_found_by_its_name_and_one_that_the_catalog_lacks_is_known_to_be_uncheckable():
    feed = Vocabulary.of([item(lang="en")])
    assert found(feed, "葡萄牙语") == [()]
    assert found(feed, "英文") == [(("lang", "en"),)]


def test_a_site_is_found_without_its_ending_but_not_by_the_name_of_a_company_that_has_many():
    names = Vocabulary.of(
        [item("a", site="techcrunch.com"), item("b", site="developers.google.com")]
    ).phrases.table
    assert names[("techcrunch",)] == (("site", "techcrunch.com"),)
    assert ("google",) not in names


@pytest.mark.parametrize(
    ("word", "meant"), [("horrer", "Horror"), ("documentry", "Documentary"), ("hotel", None), ("scare", None)]
)
def test_a_misspelled_name_is_found_and_another_form_of_a_word_is_none(word, meant):
    films = Vocabulary.of([item(categories=["Horror", "Documentary"])])
    assert films.misspelled(word) == ((("categories", meant),) if meant else ())


def test_a_role_is_played_by_the_attribute_that_the_catalog_has():
    assert Vocabulary.of([item(stars=4.5)]).role("rating") == "stars"
    assert Vocabulary.of([item(stars=4.5)]).role("price") is None


def test_an_attribute_that_says_what_an_item_is_may_be_a_flag_too():
    vocabulary = Vocabulary.of(
        Item(id=str(n), title="x", attributes={"kind": n % 2 > 0, "type": "Games"}) for n in range(8)
    )
    assert vocabulary.kinds["kind"] == "flag"
