"""What is liked lifts and bars nothing, also in the sum; an order is kept, and who has no value comes last."""

import numpy as np
import pytest

from instructrec.data.facets import Facets
from instructrec.recommender.liked import LIKED, first_in_order, in_order, sort_keys, with_liked
from instructrec.recommender.recommender import Recommender
from instructrec.recommender.score import ScoredItems
from instructrec.types import Condition, Instruction, Item
from tests import worlds

SHOP = [
    Item(id="a", title="Blue mug", attributes={"price": 5.0, "added": "2024-01-05"}),
    Item(id="b", title="Red mug", attributes={"price": 3.0, "added": "2023-07-01"}),
    Item(id="c", title="Blue bowl", attributes={"added": "2025-02-01"}),
    Item(id="d", title="Green mug", attributes={"price": 3.0}),
]
BLUE = Condition(field="title", op="mentions", value="blue")


def scored(scores: list[float], allowed: list[bool]) -> ScoredItems:
    return ScoredItems({"popularity": np.array(scores, np.float32)}, np.array(allowed))


def test_a_liking_lifts_by_how_much_the_scores_differ_and_bars_nothing():
    before = scored([1.0, 2.0, 3.0, 4.0], [True] * 4)
    after = with_liked(before, Instruction(soft=(BLUE,)), Facets(SHOP))
    spread = np.std([1.0, 2.0, 3.0, 4.0])
    assert np.allclose(after.parts[LIKED], [spread, 0, spread, 0])
    assert np.allclose(after.scores, before.scores + after.parts[LIKED])
    assert after.allowed.tolist() == before.allowed.tolist()
    assert with_liked(before, Instruction(), Facets(SHOP)) is before


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (("price", "asc"), ["d", "b", "a", "c"]),  # d before b by its score
        (("price", "desc"), ["a", "d", "b", "c"]),
        (("added", "desc"), ["c", "a", "b", "d"]),
    ],
)
def test_an_order_is_kept_and_equal_ones_stand_by_their_scores(sort, expected):
    facets, instruction = Facets(SHOP), Instruction(sort=(sort,))
    keys = sort_keys(instruction, facets)
    assert keys is not None
    found = in_order(scored([1.0, 2.0, 3.0, 4.0], [True] * 4), keys, 4)
    assert [SHOP[place].id for place in found] == expected
    assert first_in_order(keys, np.array([True, True, False, True])).tolist() == [True, True, False, True]


@pytest.mark.parametrize("text", ["something quiet, ideally horror", "想看点安静的，最好是恐怖片"])
def test_what_is_liked_is_shown_and_summed_and_others_are_shown_too(text):
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    slate = recommender.recommend(text, n=30)
    assert not slate.instruction.conditions
    assert [c.value for c in slate.instruction.soft] == ["Horror"]
    assert "liked, not demanded: categories has Horror" in slate.notes
    assert len(slate) == 30
    horror = [line for line in slate if "Horror" in (line.item.attributes["categories"] or [])]
    assert 0 < len(horror) < 30
    assert {line.channels[LIKED] > 0 for line in horror} == {True}
    for line in slate:
        assert abs(sum(line.channels.values()) - line.score) < 1e-4
    refused = recommender.recommend("no horror", n=30)
    assert "Horror" not in {name for line in refused for name in line.item.attributes["categories"]}


def test_alternatives_that_are_liked_are_no_demand():
    recommender = Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())
    slate = recommender.recommend("something quiet, ideally horror or from the 80s", n=30)
    assert not slate.instruction.any_of
    assert {c.field for c in slate.instruction.soft} == {"categories", "year"}
    assert len(slate) == 30
