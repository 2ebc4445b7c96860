"""What is said is understood, and nothing that is returned violates it: random sentences, catalogs and
requests.

`bench/understanding.py violations` does the same with 100,000 pairs and prints what it finds.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Item
from tests import sayings, violations

SHOP = Vocabulary.of(sayings.catalog(np.random.default_rng(0)))


@settings(max_examples=400)
@given(seed=st.integers(0, 2**32 - 1), language=st.sampled_from(["en", "zh"]))
def test_conditions_that_are_said_in_any_way_are_read_back(seed, language):
    saying = sayings.say(np.random.default_rng(seed), language)
    read = parse(saying.text, SHOP)
    assert sayings.facts_of(read.conditions) == saying.facts, saying.text
    assert read.any_of == ()


@pytest.mark.parametrize("seed", [0, 1])
def test_no_item_violates_a_condition_in_any_path(seed):
    found = violations.run(1_500, seed)
    assert found["violations"] == []
    assert found["items"] > 2_000
    assert found["conditions"] > 3_000


def test_the_judge_can_find_a_violation():
    item = Item(id="1", title="x", attributes={"categories": ["War"], "price": 9.0, "year": None})
    held = [
        Condition(field="categories", op="contains", value="War"),
        Condition(field="price", op="between", value=[1, 9]),
        Condition(field="categories", op="not_in", value=["Drama"]),
        Condition(field="brand", op="!=", value="Lumen"),
    ]
    broken = [
        Condition(field="categories", op="not_contains", value="war"),
        Condition(field="price", op="<", value=9),
        Condition(field="year", op=">", value=1900),
        Condition(field="brand", op="=", value="Lumen"),
    ]
    assert all(sayings.passes(item, c) for c in held)
    assert not any(sayings.passes(item, c) for c in broken)
