"""What may be shown, why there is so little of it, and the nearest way to more."""

import numpy as np
import pytest

from instructrec.data.facets import Facets
from instructrec.recommender.eligibility import (
    Eligibility,
    describe_all,
    eligibility,
    id_mask,
    instruction_mask,
    offer,
    relaxations,
)
from instructrec.types import Condition, Instruction, Item, Request

ITEMS = [
    Item(id="a", title="A", attributes={"kind": ["pen"], "price": 1.0}),
    Item(id="b", title="B", attributes={"kind": ["pen"], "price": 3.0}),
    Item(id="c", title="C", attributes={"kind": ["pen"], "price": 9.0}),
    Item(id="d", title="D", attributes={"kind": ["desk"], "price": 2.0}),
    Item(id="e", title="E", attributes={"kind": ["pen"]}),
]
FACETS = Facets(ITEMS)
NUMBERS = {item.id: n for n, item in enumerate(ITEMS)}
PEN = Condition(field="kind", op="contains", value="pen")
CHEAP = Condition(field="price", op="<=", value=2.0)
ALL = np.ones(len(ITEMS), bool)


def left(request: Request, *conditions: Condition, seen: tuple[int, ...] = ()) -> Eligibility:
    return eligibility(
        request, Instruction(conditions=conditions), FACETS, ALL, NUMBERS, np.array(seen, np.int64)
    )


def ids(found: Eligibility) -> list[str]:
    return [item.id for item, kept in zip(ITEMS, found.allowed, strict=True) if kept]


def test_every_step_takes_away_and_says_what_is_left():
    found = left(Request(candidates=("a", "b", "d", "x"), exclude=("b",)), PEN, seen=(0,))
    assert ids(found) == []
    assert found.shortfall(1) == (
        "0 of 1: of 5 items, 3 of the 4 candidates are in the catalog, 2 meet the conditions (kind has pen), "
        "1 remain after removing excluded items, 0 remain after removing items seen before"
    )
    assert found.shortfall(0) is None


def test_a_missing_value_passes_only_where_it_is_allowed():
    assert ids(left(Request(), PEN, CHEAP)) == ["a"]
    assert ids(left(Request(allow_missing=True), PEN, CHEAP)) == ["a", "e"]


def test_one_group_of_alternatives_must_hold():
    said = Instruction(any_of=((PEN, CHEAP), (Condition(field="kind", op="contains", value="desk"),)))
    assert ids(eligibility(Request(), said, FACETS, ALL, NUMBERS, np.zeros(0, np.int64))) == ["a", "d"]
    assert describe_all(said) == ["one of: kind has pen and price <= 2 / kind has desk"]


def test_a_number_is_loosened_just_so_far_that_enough_pass_and_another_condition_is_dropped():
    found = relaxations(Instruction(conditions=(PEN, CHEAP)), FACETS, ALL, 2)
    assert [(r.condition, r.value, r.items) for r in found] == [(PEN, None, 2), (CHEAP, 3, 2)]
    assert [offer(r) for r in found] == [
        "without 'kind has pen': 2 items",
        "price <= 3 instead of price <= 2: 2 items",
    ]


@pytest.mark.parametrize(("op", "value", "nearest"), [("<", 2.0, 4), (">", 5.0, 2), (">=", 9.5, 3)])
def test_an_open_bound_is_loosened_so_that_the_nearest_item_passes(op, value, nearest):
    asked = Instruction(conditions=(Condition(field="price", op=op, value=value),))
    (found,) = relaxations(asked, FACETS, FACETS.mask([PEN]), 2)
    assert found.value == nearest
    assert found.items == 2


def test_what_would_give_no_more_is_not_offered():
    said = Instruction(conditions=(PEN, Condition(field="kind", op="contains", value="ink")))
    assert [r.condition.value for r in relaxations(said, FACETS, ALL, 5)] == ["ink"]


def test_unknown_ids_mark_nothing():
    assert id_mask(["a", "zz"], NUMBERS).tolist() == [True, False, False, False, False]


def test_saved_instructions_are_steps_before_the_conditions_and_no_relaxation_gives_them_up():
    saved = [Instruction(text="cheap ones", conditions=(CHEAP,)), Instruction(text="never A", unlike=("a", "gone")),
                Instruction(text="gems", dials={"popularity": -1.0})]  # fmt: skip
    found = eligibility(
        Request(), Instruction(conditions=(PEN,)), FACETS, ALL, NUMBERS, np.zeros(0, np.int64), saved=saved
    )
    assert ids(found) == []
    assert found.shortfall(1) == (
        '0 of 1: of 5 items, 2 satisfy the saved instruction "cheap ones", 1 satisfy the saved instruction "never A", '
        "0 meet the conditions (kind has pen)"
    )
    assert [ITEMS[n].id for n in np.flatnonzero(found.free)] == ["d"]
    assert instruction_mask(saved[0], FACETS, NUMBERS, allow_missing=True).tolist() == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_braces_in_a_name_are_only_braces():
    odd = Instruction(conditions=(Condition(field="kind", op="!=", value="{x} {}"),))
    found = eligibility(Request(), odd, FACETS, ALL, NUMBERS, np.zeros(0, np.int64))
    assert found.shortfall(9) == "5 of 9: of 5 items, 5 meet the conditions (kind != {x} {})"
