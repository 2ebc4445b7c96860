"""Gates see what a context has, and are positive."""

import numpy as np
import pytest

from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.neighbours import Neighbours
from instructrec.data.sparse import SparseRows
from instructrec.models.gates import FEATURES, TYPICAL_REQUESTS, Gates, features
from instructrec.types import Context

MATCH = InstructionMatch(np.array([[1, 0], [0, 1]], np.float32), np.eye(2, dtype=np.float32))


def seen(**context: object) -> dict[str, float]:
    given = Context(**{"history": np.zeros(0, np.int32), **context})
    return dict(zip(FEATURES, features([given], {"instruction": MATCH})[0].tolist(), strict=True))


def test_nothing_known_leaves_only_the_constant():
    assert seen() == {name: float(name == "always") for name in FEATURES}


def test_a_history_is_seen_with_its_length():
    found = seen(history=np.array([0, 1, 0]))
    assert (found["history"], found["instruction"], found["both"]) == (1, 0, 0)
    assert found["log history"] == pytest.approx(np.log(4) / 5)


def test_words_are_counted_up_to_ten():
    assert seen(words=("a",) * 4)["words"] == pytest.approx(0.4)
    assert seen(words=("a",) * 40)["words"] == 1


def test_agreement_is_the_cosine_of_taste_and_words():
    assert seen(history=np.array([0]), vector=np.array([0.6, 0.8]))["agreement"] == pytest.approx(0.6)
    assert seen(history=np.array([0, 1]), vector=np.array([1, 0]))["agreement"] == pytest.approx(0.5**0.5)


def test_agreement_looks_at_the_last_ten_items():
    history = np.array([1] * 5 + [0] * 10)
    assert seen(history=history, vector=np.array([1, 0]))["agreement"] == pytest.approx(1)


def test_neighbour_count_is_how_far_the_last_ten_items_lead():
    rows = SparseRows(np.ones(3, np.float32), np.array([0, 1, 0], np.int32), np.array([0, 2, 3, 3]), 3)
    channels = {"instruction": MATCH, "neighbours": Neighbours(rows, 1.0, 10)}
    reach = channels["neighbours"].neighbour_count
    assert reach.mean() == pytest.approx(0, abs=1e-6)
    assert reach[0] > reach[1] > reach[2]  # two others, one, none
    given = Context(history=np.array([2, *[0, 1] * 5]))
    assert features([given], channels)[0, FEATURES.index("neighbour count")] == pytest.approx(
        (reach[0] + reach[1]) / 2
    )
    assert (
        features([Context(history=np.zeros(0, np.int32))], channels)[0, FEATURES.index("neighbour count")]
        == 0
    )


def test_without_weights_the_gate_is_the_scale():
    gates = Gates(
        ("sequence", "lexical"), np.zeros((2, len(FEATURES)), np.float32), np.array([2, 3], np.float32)
    )
    assert gates.values(np.ones((1, len(FEATURES)), np.float32)).tolist() == [[2, 3]]


def test_a_gate_is_the_exponential_of_its_weighted_features():
    gates = Gates(("sequence",), np.array([[1.0, -2.0]]), np.array([3.0]))
    assert gates.values(np.array([[1.0, 0.5], [0.0, 1.0]])) == pytest.approx(
        np.array([[3], [3 * np.exp(-2)]])
    )


def test_popularity_may_count_against_items_of_a_known_user_only():
    weights = np.zeros((2, len(FEATURES)), np.float32)
    weights[:, 0] = -3
    gates = Gates(("sequence", "popularity"), weights, np.array([1, 2], np.float32))
    known, unknown = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    known[:2] = unknown[0] = 1
    assert gates.values(np.stack([known, unknown])) == pytest.approx(
        np.array([[np.exp(-3), 2 * (1 - 3)], [np.exp(-3), 2 * np.exp(-3)]])
    )
    assert gates.shares()["a user, no words"]["popularity"] == pytest.approx(2 / (2 + np.exp(-3)), rel=1e-5)


def test_gates_stay_positive_and_finite_whatever_the_weights():
    values = Gates(("sequence", "lexical"), np.array([[1e9, 0], [-1e9, 0]]), np.ones(2)).values(
        np.ones((1, 2))
    )
    assert (values > 0).all()
    assert np.isfinite(values).all()


def test_gates_come_back_from_their_arrays():
    gates = Gates(("sequence", "lexical"), np.ones((2, 3), np.float32), np.array([1, 2], np.float32))
    again = Gates.from_arrays(gates.arrays())
    assert (again.channels, again.weights.tolist(), again.scale.tolist()) == (
        gates.channels,
        [[1] * 3] * 2,
        [1, 2],
    )


def test_the_parts_of_typical_requests_sum_to_one_and_the_silent_have_none():
    names = ("sequence", "instruction", "popularity")
    gates = Gates(names, np.zeros((3, len(FEATURES)), np.float32), np.ones(3, np.float32))
    assert gates.shares()["a user, no words"] == {"sequence": 0.5, "instruction": 0.0, "popularity": 0.5}
    assert gates.shares()["new user, no words"]["popularity"] == 1
    assert all(len(given) == len(FEATURES) for given in TYPICAL_REQUESTS.values())
