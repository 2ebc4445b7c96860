"""What somebody said once holds for all of their requests, in every path; it is shown, counted, and wins."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instructrec.instructions.instruction_store import InstructionStore
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender.recommender import Recommender
from instructrec.recommender.saved import SavedInstructions
from instructrec.store.bulk import save
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Instruction, Request, Slate
from tests import sayings, worlds

EVERY = tuple(f"m{n:02d}" for n in range(30))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SqliteStore]:
    """The movie world in a store; user u01 is an owl."""
    with SqliteStore(tmp_path / "store.db") as store:
        save(store, worlds.movies())
        store.connection.execute(
            """UPDATE users SET attributes = '{"segment": ["owls"]}' WHERE user_id = 'u01'"""
        )
        yield store


@pytest.fixture
def bank(shop: SqliteStore) -> InstructionStore:
    return InstructionStore(shop)


@pytest.fixture
def asked(shop: SqliteStore) -> Recommender:
    return Recommender(worlds.movie_model(), shop, worlds.HashEncoder())


def categories(slate: Slate) -> set[str]:
    return {name for line in slate for name in line.item.attributes["categories"]}


# --- where it holds
# ---------------------------------------------------------------------------------------------------------


def test_it_holds_in_a_recommendation_a_batch_and_among_candidates(bank, asked):
    assert "Horror" in categories(asked.recommend(user="u00", n=30))
    bank.add("never show me horror", "user:u00", persistent=True)
    requests = [
        Request(user="u00", n=30),
        Request(user="u00", n=30, candidates=EVERY),
        Request(user="u00", instruction="quiet"),
        Request(user="u00", history=("m02",), n=30, allow_missing=True),
        Request(user="u00", instruction="rank them", candidates=EVERY[:9]),
    ]
    for slate in [asked.recommend(user="u00", n=30), *asked.answer(requests)]:
        assert len(slate)
        assert "Horror" not in categories(slate)
        assert slate.saved_instructions == ("never show me horror",)
    [other] = asked.answer([Request(user="u02", n=30)])
    assert "Horror" in categories(other)
    assert other.saved_instructions == ()


def test_it_holds_for_a_title_that_is_asked_about(bank, asked):
    bank.add("no horror", "user:u00", persistent=True)
    slate = asked.recommend("would I like 《Golden Harbour》?", user="u00")  # m01, which is horror
    assert len(slate) == 0
    assert '0 satisfy the saved instruction "no horror"' in slate.shortfall


def test_those_of_all_of_the_segment_and_of_the_user_come_together_in_this_order(bank, asked):
    bank.add("not from the 70s", "user:u01", persistent=True)
    bank.add("no horror", "segment:owls", persistent=True)
    bank.add("不要剧情片", persistent=True)
    slate = asked.recommend(user="u01", n=30)
    assert slate.saved_instructions == ("不要剧情片", "no horror", "not from the 70s")
    assert not categories(slate) & {"Horror", "Drama"}
    assert all(line.item.attributes["year"] >= 1980 for line in slate)
    assert (
        asked.recommend(user="u02", n=30).saved_instructions
        == asked.recommend(n=30).saved_instructions
        == ("不要剧情片",)
    )


def test_alternatives_and_refused_titles_hold_too(bank, asked):
    bank.add("comedy from the 70s or horror from the 80s", "user:u00", persistent=True)
    bank.add("not 《Quiet Harbour》", "user:u00", persistent=True)  # m00
    for line in asked.recommend(user="u00", history=[], n=30):
        year, kinds = line.item.attributes["year"], line.item.attributes["categories"]
        assert ("Comedy" in kinds and year < 1980) or ("Horror" in kinds and 1980 <= year < 1990)
        assert line.item.id != "m00"


def test_an_edit_holds_from_the_next_request_on_and_a_retired_one_no_more(bank, asked):
    bank.add("no horror", "user:u00", persistent=True)
    assert "Horror" not in categories(asked.recommend(user="u00", n=30))
    bank.edit("i1", "no comedy")
    assert {"Comedy"} == {"Comedy", "Horror"} - categories(asked.recommend(user="u00", n=30))
    bank.retire("i1")
    slate = asked.recommend(user="u00", n=30)
    assert {"Comedy", "Horror"} <= categories(slate)
    assert slate.saved_instructions == ()


def test_an_instruction_that_only_is_kept_changes_nothing(bank, asked):
    before = asked.recommend(user="u00", n=30).recommendations
    bank.add("no horror", "user:u00")
    assert asked.recommend(user="u00", n=30).recommendations == before


def test_its_wishes_are_the_profile_and_lift_what_fits_them(bank, asked):
    before = asked.recommend("quiet", user="u00", n=30)
    assert all(line.channels["profile"] == 0 for line in before)
    bank.add("golden signals", "user:u00", persistent=True)
    after = asked.recommend("quiet", user="u00", n=30)
    lift = {line.item.id: line.channels["profile"] for line in after}
    assert lift[max(lift, key=lift.__getitem__)] > lift[min(lift, key=lift.__getitem__)]
    assert "golden" in asked.items[asked.model.numbers[max(lift, key=lift.__getitem__)]].title.casefold()
    assert not [note for note in after.notes if "changes nothing" in note]
    assert all(line.channels["profile"] == 0 for line in asked.recommend("quiet", user="u01", n=5))


def test_what_asks_for_nothing_is_said_to_change_nothing(bank, asked):
    bank.add("no gluten", "user:u00", persistent=True)
    before, after = asked.recommend(user="u01", n=5), asked.recommend(user="u00", n=5)
    assert 'saved instruction i1 ("no gluten") asks for nothing and changes nothing' in after.notes
    assert not [note for note in before.notes if "changes nothing" in note]


def test_its_dials_turn_where_the_request_turns_none(bank, asked):
    before = asked.recommend("quiet", user="u00", n=10)
    bank.add("hidden gems", "user:u00", persistent=True)
    turned = asked.recommend("quiet", user="u00", n=10)
    assert turned.instruction.dials["popularity"] < 0
    assert turned.recommendations != before.recommendations
    own = asked.recommend("quiet, the classics", user="u00", n=10)
    assert own.instruction.dials["popularity"] > 0


def test_a_dial_of_the_user_goes_before_that_of_all():
    held = SavedInstructions(
        (), (Instruction(dials={"novelty": 0.5, "diversity": 0.5}), Instruction(dials={"novelty": -0.5}))
    )
    said = held.added_to(Instruction(text="x", dials={"popularity": 0.5}))
    assert said.dials == {"novelty": -0.5, "diversity": 0.5, "popularity": 0.5}
    assert SavedInstructions().added_to(said) is said


# --- what is said of it
# -----------------------------------------------------------------------------------------------------


def test_the_persistent_one_wins_and_the_note_says_what_to_change(bank, asked):
    bank.add("never show me horror", "user:u00", persistent=True)
    slate = asked.recommend("a horror film tonight", user="u00")
    assert len(slate) == 0
    assert (
        "saved instruction i1 (\"never show me horror\") conflicts with 'categories has Horror': no item satisfies both; "
        "edit or retire i1"
    ) in slate.notes
    assert [offer.condition.value for offer in slate.relaxations] == ["Horror"]
    assert slate.relaxations[0].items > 0


@pytest.mark.parametrize(
    ("persistent", "request_", "against"),
    [
        ("under 20 dollars", "at least 30 dollars", True),
        ("under 20 dollars", "at least 15 dollars", False),
        ("no horror", "horror or comedy", False),
        ("no horror", "a quiet film", False),
        ("no horror", "from the 80s", False),
        ("only films from the 70s", "horror from the 90s", True),
        ("no horror and no comedy", "comedy or horror", True),
    ],
)
def test_a_note_is_there_exactly_where_nothing_meets_both(bank, asked, persistent, request_, against):
    bank.add(persistent, "user:u00", persistent=True)
    slate = asked.recommend(request_, user="u00", history=[], n=30)
    assert any("conflicts with" in note for note in slate.notes) == against
    assert bool(len(slate)) != against


def test_what_of_it_cannot_be_checked_is_said(bank, asked):
    bank.add("no horror, nothing violent", "user:u00", persistent=True)
    notes = asked.recommend(user="u00").notes
    assert (
        "not checked: the catalog has no attribute for 'nothing violent' (saved instruction i1 (\"no horror, nothing violent\"))"
        in notes
    )


def test_it_is_part_of_the_json(bank, asked):
    bank.add("no horror", persistent=True)
    assert asked.recommend(n=1).to_dict()["saved_instructions"] == ["no horror"]


def test_a_dataset_has_none():
    plain = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    assert plain.recommend(user="u00", n=1).saved_instructions == ()


# --- counts
# -----------------------------------------------------------------------------------------------------------------


def test_requests_and_items_are_counted(bank, asked):
    bank.add("no horror", persistent=True)
    bank.add("no drama", "user:u00", persistent=True)
    bank.add("no comedy", "user:u02", persistent=True)
    asked.answer([Request(user="u00", n=2), Request(user="u04", n=3), Request(n=1)])
    assert [(s.asked, s.shown) for s in bank.list()] == [(3, 6), (1, 2), (0, 0)]


def test_a_store_that_cannot_be_written_keeps_no_answer_back(bank, asked, shop):
    bank.add("no horror", persistent=True)
    shop.connection.execute("PRAGMA query_only = ON")
    assert len(asked.recommend(n=3)) == 3
    shop.connection.execute("PRAGMA query_only = OFF")
    with SqliteStore(shop.path) as other, other.begin():
        assert len(asked.recommend(n=3)) == 3
    assert bank.get("i1").asked == 0


def test_without_persistent_instructions_nothing_is_written(asked, shop):
    changes = shop.connection.total_changes
    asked.recommend(user="u00")
    assert shop.connection.total_changes == changes
    with pytest.raises(sqlite3.OperationalError), shop.begin():
        shop.connection.execute("no SQL")


# --- never violated
# ---------------------------------------------------------------------------------------------------------


class Shelf:
    """A catalog in memory whose one user has persistent instructions."""

    def __init__(self, store: SqliteStore, items: list) -> None:
        self.store, self.catalog = store, items

    def items(self) -> list:
        return self.catalog

    def history(self, user: str) -> list[tuple[str, int]] | None:
        return []

    def saved_instructions(self, user: str | None) -> list:
        return self.store.saved_instructions(user)


@pytest.mark.parametrize("seed", range(6))
def test_no_item_ever_violates_a_persistent_condition(store, seed):
    rng = np.random.default_rng(seed)
    items = sayings.catalog(rng, 60)
    parts = worlds.channels(items, worlds.histories([0, 1], [2, 3]))
    model = replace(worlds.movie_model(), items=tuple(i.id for i in items), channels=parts)
    made = Recommender(model, Shelf(store, items), worlds.HashEncoder())
    bank, vocabulary, shown = InstructionStore(store), Vocabulary.of(items), 0
    for number in range(15):
        text = sayings.say(rng, ("en", "zh")[number % 2]).text
        stored = bank.add(text, "user:u", persistent=True).stored
        said = parse(text, vocabulary)
        asked = [sayings.say(rng, "en").text, ""]
        requests = [
            Request(instruction=t, user="u", n=20, candidates=c)
            for t in asked
            for c in (None, tuple(model.items[:40]))
        ]
        for slate in made.answer(requests):
            assert slate.saved_instructions == (stored.text,)
            for line in slate:
                shown += 1
                assert all(sayings.passes(line.item, c) for c in said.conditions)
                groups = [all(sayings.passes(line.item, c) for c in group) for group in said.any_of]
                assert any(groups) or not groups
        bank.retire(stored.id)
    assert shown > 30
