"""Draws keep to the time before the target, and what they say holds of their items."""

from random import Random

import polars as pl
import pytest

from instructrec.data.dataset import Dataset
from instructrec.instructions.item_facts import ItemFacts
from instructrec.instructions.sampler import KEPT, Flips, InstructionSampler, SampledRequest
from instructrec.instructions.template import Fact
from instructrec.types import TaskForm
from tests import worlds
from tests.instructions.test_item_facts import rated, titles

FILMS = worlds.movie_items()


@pytest.fixture(scope="module")
def films() -> ItemFacts:
    return ItemFacts(worlds.movies())


def draw(evidence: ItemFacts, seed: int = 0) -> InstructionSampler:
    return InstructionSampler(evidence, Random(seed))


def test_every_item_is_asked_for_by_a_stranger_before_one_comes_again(films):
    found = draw(films)
    assert sorted(found.stranger().item for _ in range(30)) == list(range(30))
    assert found.stranger().history == ()


def test_a_person_has_done_everything_before_the_target(films):
    found, acts = draw(films), films.histories
    for _ in range(400):
        case = found.person()
        assert case is not None
        assert acts.items[case.row] == case.item
        rows = range(acts.offsets[case.user], case.row)
        assert list(case.history) == [acts.items[r] for r in rows][-KEPT:]
        assert all(acts.times[r] < acts.times[case.row] for r in rows)


def test_acts_of_the_same_moment_and_disliked_ones_are_no_history():
    data = rated(("u", "m00", 5.0), ("u", "m01", 1.0), ("u", "m02", 5.0), ("u", "m03", 5.0), items=FILMS)
    acts = data.interactions.with_columns(timestamp=pl.Series([0.0, 1.0, 2.0, 2.0]))
    found = draw(ItemFacts(data.with_interactions(acts)))
    cases = {case.item: case.history for _ in range(20) if (case := found.person())}
    assert cases == {2: (0,), 3: (0,)}


def test_nobody_is_drawn_from_no_acts():
    assert draw(ItemFacts(titles("A", "B"))).person() is None


def test_a_taste_names_what_was_liked_and_disliked_before():
    data = rated(("u", "m00", 5.0), ("u", "m03", 5.0), ("u", "m01", 1.0), ("u", "m06", 5.0), items=FILMS)
    found = draw(ItemFacts(data))
    said = [found.taste(SampledRequest(6, 0, 3, (0, 3)), "en", False) for _ in range(60)]
    facts = {(f.text, f.field) for s in said if s for f in s.facts}
    assert ("comedy", "history.categories") in facts
    assert ("horror", "disliked.categories") in facts
    assert not {"sci-fi"} & {text for text, _ in facts}


def test_a_taste_may_be_the_mood_of_most_of_the_history(films):
    found = draw(films)  # three horror films before another
    said = [found.taste(SampledRequest(10, 0, 9, (1, 4, 7)), "en", False) for _ in range(80)]
    facts = {(f.text, f.field) for s in said if s for f in s.facts}
    assert ("sinister", "history.categories") in facts
    assert not {"cheerful", "visionary"} & {text for text, _ in facts}


def test_reviews_written_before_tell_what_matters():
    words = ["the battery is fine", "a battery is there", "the cable is long", "a cable is there"]
    data = rated(("u", "a", 5.0), ("v", "b", 5.0), ("w", "c", 5.0), ("u", "d", 5.0), reviews=words)
    found = draw(ItemFacts(data))
    row = next(n for n, i in enumerate(found.items) if i == 3)
    said = [found.taste(SampledRequest(3, found.owner[row], row, (0,)), "en", False) for _ in range(60)]
    assert {f.text for s in said if s for f in s.facts if f.field == "history.review"} == {"battery"}


def test_a_refusal_is_of_something_the_target_is_not(films):
    found = draw(films)
    for item in range(30):
        said = found.wish(SampledRequest(item, history=(0, 1, 2)), "not", "en", False)
        assert said is not None
        assert said.negates
        assert not {c for c in films.of[item] if films.claims[c].value in said.negates}


def test_a_flipped_pair_holds_of_one_item_each(films):
    found = Flips(draw(films))
    kinds = set()
    for turn in range(300):
        item = turn % 30
        pair = found.pair(SampledRequest(item, history=()), "en", False)
        if pair is None:
            continue
        wish, other_wish, other = pair
        assert other != item
        assert wish.text != other_wish.text
        kinds.add(
            "year" if "before" in wish.text + other_wish.text else "price" if "cheap" in wish.text else "name"
        )
        for said, of in ((wish.text, item), (other_wish.text, other)):
            assert holds(films, said, of, other_wish.negates), (said, of)
    assert {"year", "name"} <= kinds


def holds(films: ItemFacts, said: str, item: int, negates: tuple[str, ...]) -> bool:
    """Whether a wish of a flipped pair is true of a film, read in the plainest way."""
    year = int(films.numbers["year"][item])
    if "before" in said:
        return year < int(said.split()[-1])
    if "or later" in said:
        return year >= int(said.split()[-3])
    if any(w in said for w in ("cheap", "affordable", "inexpensive")):
        return films.side(item, "price") == "low"
    if any(w in said for w in ("high-end", "expensive")):
        return films.side(item, "price") == "high"
    own = {films.claims[c].value.lower() for c in films.of[item]}
    refuses = any(w in said for w in ("not", "anything but", "without"))
    return (negates[0].lower() in own) != refuses


def test_wrong_choices_are_new_to_the_person(films):
    for seed in range(20):
        wrong = draw(films, seed).wrong(SampledRequest(3, history=(4, 5)), 9)
        assert len(wrong) == len(set(wrong)) == 9
        assert not {3, 4, 5} & set(wrong)


def test_choices_hold_the_target_and_its_rival(films):
    found = draw(films)
    assert found.choices(TaskForm.MATCHING, SampledRequest(3)) == ()
    assert 3 in found.choices(TaskForm.PAIRWISE, SampledRequest(3))
    listed = found.choices(TaskForm.RERANKING, SampledRequest(3), 8)
    assert {3, 8} <= set(listed)
    assert len(set(listed)) == len(listed) == 10


def test_quoted_titles_are_short_and_each_once(films):
    quoted = draw(films).quoted("zh", SampledRequest(3, history=(4, 4, 4)), ())
    assert quoted["history"] == "《Distant Harbour》"
    assert quoted["target"] == "《Electric Harbour》"


def test_words_of_the_title_leak_and_those_of_the_history_do_not(films):
    found = draw(films)  # 5 is Hidden Harbour
    assert found.leaks(SampledRequest(5), "something hidden", [])
    assert not found.leaks(SampledRequest(5), "the film with sci-fi", [Fact("sci-fi", "categories")])
    assert found.leaks(SampledRequest(5), "something sturdy", [Fact("sturdy", "review")])


def test_words_of_the_users_own_review_leak():
    evidence = ItemFacts(rated(("u", "a", 5.0), ("u", "b", 5.0), reviews=["fine", "so sturdy"]))
    found = draw(evidence)
    sturdy = [Fact("sturdy", "history.review")]
    assert found.leaks(SampledRequest(1, 0, 1), "sturdy", sturdy)
    assert not found.leaks(SampledRequest(1), "sturdy", sturdy)


def test_a_dataset_of_one_item_has_no_wrong_choice():
    found = draw(ItemFacts(Dataset.of([], pl.DataFrame({"item_id": ["a"], "title": ["One"]}))))
    assert found.wrong(found.stranger(), 9) == []
    assert found.choices(TaskForm.PAIRWISE, SampledRequest(0)) == (0,)
