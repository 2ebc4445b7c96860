"""What is said of items and people is read from the catalog and the training acts, and from nothing else."""

from random import Random

import polars as pl
import pytest

from instructrec.data.dataset import Dataset, Feedback
from instructrec.instructions.item_facts import ItemFacts
from instructrec.types import Interaction
from tests import worlds

GAMES = [
    "Halo 2 - Xbox",
    "Halo 3 - Xbox",
    "Halo Wars - Xbox",
    "Tetris (PC)",
    "Myst (PC)",
    "Riven: Myst Sequel (PC)",
]


def rated(
    *acts: tuple[str, str, float], items: pl.DataFrame | None = None, reviews: list[str] | None = None
) -> Dataset:
    """Acts (user, item, stars) at the times 0, 1, 2 ..."""
    rows = [
        Interaction(user=u, item=i, action="rate", time=float(n), value=v) for n, (u, i, v) in enumerate(acts)
    ]
    data = Dataset.of(rows, items, Feedback(like_from=4.0, dislike_below=3.0))
    return (
        data.with_interactions(data.interactions.with_columns(review=pl.Series(reviews))) if reviews else data
    )


def titles(*names: str) -> Dataset:
    items = pl.DataFrame({"item_id": [str(n) for n in range(len(names))], "title": names})
    return Dataset.of([], items)


def texts(found: dict, name: str) -> set[str]:
    return {fact.text for fact in found.get(name, ())}


@pytest.fixture(scope="module")
def films() -> ItemFacts:
    return ItemFacts(worlds.movies())


def test_attributes_are_facts_of_the_item(films):
    known = films.known(5, "en", oracle=False)  # Hidden Harbour, 1975, Sci-Fi and Drama, Lumen, 10
    assert texts(known, "category") == {"sci-fi", "drama"}
    assert (texts(known, "brand"), texts(known, "decade"), texts(known, "year")) == (
        {"Lumen"},
        {"1970s"},
        {"1975"},
    )
    assert texts(known, "price") == {"10", "15"}
    assert texts(films.known(5, "zh", oracle=False), "category") == {"科幻片", "剧情片"}


def test_price_and_age_are_said_by_thirds(films):
    assert [films.side(n, "price") for n in (0, 15, 29)] == ["low", "", "high"]
    assert "cheap" in texts(films.known(0, "en", oracle=False), "band")
    assert not texts(films.known(15, "en", oracle=False), "band")


def test_moods_come_from_the_categories(films):
    assert "tense" not in texts(films.known(0, "en", oracle=False), "mood")
    assert "dark and creepy" in texts(films.known(1, "en", oracle=False), "mood")


def test_a_mood_that_names_a_value_is_said_of_items_that_have_it():
    items = pl.DataFrame(
        {"item_id": ["a", "b"], "title": ["A", "B"], "tags": [["Casual", "Relaxing"], ["Casual"]]}
    )
    evidence = ItemFacts(Dataset.of([], items))
    assert {"relaxing", "easy-going"} <= texts(evidence.known(0, "en", oracle=False), "mood")
    assert {"relaxing", "easy-going"} & texts(evidence.known(1, "en", oracle=False), "mood") == {"easy-going"}


def test_the_title_is_said_by_the_oracle_only(films):
    assert texts(films.known(5, "en", oracle=True), "words") == {"hidden", "harbour"}
    for item in range(30):
        said = {f.text.lower() for facts in films.known(item, "en", oracle=False).values() for f in facts}
        assert said.isdisjoint(films.titles[item].lower().split())


def test_a_catalog_of_titles_has_claims():
    evidence = ItemFacts(titles(*GAMES))
    known = evidence.known(1, "en", oracle=True)
    assert (texts(known, "series"), texts(known, "trait"), texts(known, "words")) == (
        {"Halo"},
        {"Xbox"},
        {"halo", "xbox"},
    )
    assert not evidence.known(1, "en", oracle=False).keys() & {"series", "trait", "words", "word"}


def test_prose_gives_topics_that_other_texts_share():
    prose = ["the island is wild", "a storm on the island at night", "the storm of the year", "a clock"] * 2
    items = pl.DataFrame(
        {"item_id": list("abcdefgh"), "title": [f"T{n}" for n in range(8)], "description": prose}
    )
    assert texts(ItemFacts(Dataset.of([], items)).known(1, "en", oracle=False), "topic") <= {
        "island",
        "storm",
    }


def test_a_taste_is_what_was_chosen_more_often_than_the_catalog_has_it(films):
    wanted, unwanted = films.taste([0, 3, 6, 9, 12], [1, 4])
    assert films.claims[wanted[0]].value == "Comedy"
    assert [films.claims[c].value for c in unwanted if films.claims[c].kind == "category"] == ["Horror"]


def test_an_item_that_shares_nothing_lends_nothing(films):
    assert films.lent([], 5, Random(0)) == []
    # Hidden Garden is science fiction too: it lends what is not of the own title
    [lent] = films.lent([11], 5, Random(0))
    assert (lent.text, lent.field) == ("garden", "history.title")


def test_the_nearest_of_the_history_lends():
    evidence = ItemFacts(
        titles("Halo Sniper - Xbox", "Tetris Junior - Xbox", "Halo 2", "Halo 3 - Xbox", *"ABCDEFGHIJ")
    )
    assert {evidence.lent([0], 3, Random(n))[0].text for n in range(9)} == {"sniper"}
    assert evidence.lent([2], 3, Random(0)) == []  # it has nothing but the words of the target's title
    assert evidence.lent([4], 3, Random(0)) == []


def test_what_is_refused_is_not_of_the_item(films):
    for item in range(30):
        for claim in films.refusable([0, 1, 2], item, Random(0)):
            assert item not in films.holders[claim]
            assert not films.has(item, claim)


def test_a_name_in_the_title_counts_as_the_items_own():
    evidence = ItemFacts(
        titles("Cable for PC - Xbox", "A - Xbox", "B - Xbox", "One (PC)", "Two (PC)", "Three (PC)")
    )
    pc = next(n for n, c in enumerate(evidence.claims) if (c.kind, c.value) == ("trait", "PC"))
    assert 0 not in evidence.holders[pc]
    assert evidence.has(0, pc)
    assert not evidence.has(1, pc)


def test_fame_is_counted_in_the_acts():
    many = [("u", "a", 5.0)] * 9 + [("u", "b", 5.0)] * 2 + [("u", "c", 5.0), ("u", "d", 5.0)]
    assert ItemFacts(rated(*many)).fame == ["high", "", "low", "low"]


def test_reviews_are_of_their_acts_and_praise_is_of_the_liked():
    acts = [("u", "a", 5.0), ("v", "a", 5.0), ("w", "b", 1.0), ("x", "c", 5.0), ("y", "c", 5.0)]
    said = ["I love the battery", "the battery is good", "the screen broke", "the screen is fine", ""]
    evidence = ItemFacts(rated(*acts, reviews=said))
    assert evidence.reviews == said  # acts come sorted by user
    assert evidence.praise[0] == ["battery"]
    assert evidence.praise[1] == []


def test_a_source_without_reviews_has_none(films):
    assert (films.reviews, films.review_words) == ([], [])
    assert ItemFacts(rated(("u", "a", 5.0), reviews=[""])).reviews == []


def test_words_that_name_what_the_item_is_not_are_left_out():
    items = pl.DataFrame(
        {"item_id": list("ab"), "title": ["Comedy War", "Love"], "categories": [["Comedy"], ["War"]]}
    )
    evidence = ItemFacts(Dataset.of([], items))
    assert texts(evidence.known(0, "en", oracle=True), "words") == {"comedy"}
    assert evidence.free("war", 1)
    assert not evidence.free("战争", 0)
