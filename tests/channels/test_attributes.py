"""Words stand for a category that they do not name."""

import numpy as np

from instructrec.channels.attributes import Attributes
from instructrec.types import Context, Item

KINDS = [["Comedy"], ["Comedy", "War"], ["War"]] * 5 + [["Rare"]]
ITEMS = [Item(id=str(n), title=str(n), attributes={"categories": kinds}) for n, kinds in enumerate(KINDS)]
VECTORS = np.array([[1.0, 0], [0.7, 0.7], [0, 1]] * 5 + [[1.0, 1.0]], np.float32)


def score(*vector: float, temperature: float = 0.05) -> list[float]:
    channel = Attributes.of(ITEMS, VECTORS, temperature)
    return channel.score([Context(history=np.zeros(0, np.int64), vector=np.array(vector, np.float32))])[
        0
    ].tolist()


def test_items_with_the_value_that_is_meant_come_first_and_with_both_values_no_less():
    comedy, both, war = score(1.0, 0.0)[:3]
    assert comedy > 0.9
    assert both >= comedy
    assert war < 0.1


def test_shares_sum_to_one_so_that_an_item_with_every_value_has_all_of_them():
    assert score(0.6, 0.4)[1] == np.float32(1.0)


def test_a_value_that_hardly_any_item_has_is_not_asked_for():
    assert score(1.0, 1.0)[15] == 0


def test_a_higher_temperature_is_less_sure():
    assert score(1.0, 0.0, temperature=1.0)[0] < score(1.0, 0.0)[0]


def test_without_words_or_without_values_nothing_is_said():
    channel = Attributes.of(ITEMS, VECTORS)
    assert not channel.score([Context(history=np.array([1]))]).any()
    bare = Attributes.of([Item(id="1", title="x")], VECTORS[:1])
    assert bare.score([Context(history=np.array([0]), vector=VECTORS[0])]).tolist() == [[0.0]]


def test_what_is_saved_scores_the_same():
    channel = Attributes.of(ITEMS, VECTORS, 0.1)
    again = Attributes.from_arrays(channel.arrays())
    context = [Context(history=np.zeros(0, np.int64), vector=np.array([0.3, 0.9], np.float32))]
    np.testing.assert_allclose(again.score(context), channel.score(context), atol=1e-6)
