"""Instructions are made from facts of the item, and say so when they tell the title."""

import numpy as np
import pytest

from instructrec.data.text import terms
from instructrec.instructions.generate import evaluation_instruction, facts, generate
from instructrec.parsing.parse import parse
from instructrec.types import Item

HEAT = Item(id="1", title="Heat of the Night", attributes={"categories": ["Comedy", "Crime"], "year": 1995, "brand": "Orbit"})


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_facts_are_of_the_item():
    said = facts(HEAT, rng())
    assert said["category"] in ("comedy", "crime")
    assert set(said["words"].split()) <= {"heat", "night"}
    assert (said["decade"], said["brand"]) == ("1990s", "Orbit")


def test_facts_are_said_in_the_language_asked_for():
    said = facts(HEAT, rng(), "zh")
    assert said["category"] in ("喜剧片", "犯罪片")
    assert said["decade"] == "90年代"


def test_every_item_with_facts_is_asked_for_each_time():
    found = generate([HEAT, HEAT], 3, rng())
    assert sorted(g.item for g in found) == [0, 0, 0, 1, 1, 1]


def test_an_item_without_facts_is_left_out():
    assert generate([Item(id="1", title="")], 3, rng()) == []


def test_the_limit_bounds_all_of_them():
    assert len(generate([HEAT] * 50, 10, rng(), limit=20)) == 20


def test_an_instruction_with_title_words_is_flagged():
    title = {"heat", "night"}
    found = generate([HEAT] * 40, 2, rng())
    assert {g.leaks_target for g in found} == {True, False}
    assert all(g.leaks_target or not title & set(terms(g.text)) for g in found)


def test_generation_is_deterministic_by_seed():
    assert generate([HEAT], 5, rng()) == generate([HEAT], 5, rng())


def test_a_generated_condition_holds_for_its_item():
    for made in generate([HEAT] * 20, 2, rng()):
        values = {c.value for c in parse(made.text, [HEAT]).conditions if c.op == "contains"}
        assert values <= {"Comedy", "Crime"}


@pytest.mark.parametrize("prose", ["", "A detective hunts a quiet safecracker through midnight traffic in the rain. " * 3])
def test_the_evaluation_never_tells_a_word_of_the_title(prose):
    target = Item(id="1", title="Heat of the Night", attributes={**HEAT.attributes, "description": prose})
    earlier = [Item(id="2", title="Night Train Murders", attributes={"categories": ["Crime", "Comedy"]})]
    for seed in range(20):
        said = evaluation_instruction(target, earlier, np.random.default_rng(seed))
        assert not {"heat", "night"} & set(terms(said))
        assert "1990s" in said
