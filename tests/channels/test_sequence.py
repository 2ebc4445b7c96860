"""The numpy network and its twin in torch say the same."""

import numpy as np
import pytest
import torch

from instructrec.channels.sequence import TOGETHER, NextItem
from instructrec.tuning.networks import SequenceNetwork
from instructrec.types import Context
from tests import worlds

ITEMS, LENGTH = 12, 6


def twins(layers: int = 2) -> tuple[SequenceNetwork, NextItem]:
    text = np.random.default_rng(0).normal(size=(ITEMS, 16)).astype(np.float32)
    network = SequenceNetwork(text, width=8, length=LENGTH, layers=layers, dropout=0.5).eval()
    weights = worlds.sequence_weights(ITEMS, 8, LENGTH, layers)
    network.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()})
    return network, network.channel()


def contexts(*lengths: int) -> list[Context]:
    rng = np.random.default_rng(3)
    return [Context(history=rng.integers(0, ITEMS, n).astype(np.int32)) for n in lengths]


def in_torch(network: SequenceNetwork, given: list[Context]) -> np.ndarray:
    longest = min(LENGTH, max(len(c.history) for c in given))
    rows = np.full((len(given), longest), -1, np.int64)
    for row, context in enumerate(given):
        tail = context.history[-longest:]
        rows[row, longest - len(tail) :] = tail
    with torch.no_grad():
        states = network(torch.from_numpy(rows))[:, -1]
        return (states @ network.items.T + network.bias).numpy()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_numpy_and_torch_give_the_same_scores_with_padding(layers):
    network, channel = twins(layers)
    given = contexts(1, 2, 5, 6, 9)
    assert (
        np.abs(channel.score(given) - in_torch(network, given)).max()
        < 1e-5 * np.abs(in_torch(network, given)).max()
    )


@pytest.mark.parametrize("length", [1, 3, LENGTH, LENGTH + 4])
def test_numpy_and_torch_give_the_same_state_at_every_length(length):
    network, channel = twins()
    history = contexts(length)
    with torch.no_grad():
        state = network(torch.from_numpy(history[0].history[-LENGTH:].astype(np.int64))[None])[:, -1].numpy()
    assert np.allclose(channel.state(history), state, atol=1e-5, rtol=1e-5)


def test_many_histories_have_the_states_they_have_alone():
    _, channel = twins()
    many = contexts(*(n % 9 for n in range(2 * TOGETHER + 3)))
    alone = np.concatenate([twins()[1].state([one]) for one in many])
    assert np.allclose(channel.state(many), alone, atol=1e-5)


def test_padding_does_not_change_a_score():
    _, channel = twins()
    short, long = contexts(2, 6)
    assert np.allclose(channel.score([short, long])[0], channel.score([short])[0], atol=1e-4)


def test_an_empty_history_scores_zeros_beside_others():
    _, channel = twins()
    scores = channel.score(contexts(0, 3))
    assert not scores[0].any()
    assert scores[1].any()


def test_order_counts():
    _, channel = twins()
    there, back = channel.score([Context(history=np.array([1, 2])), Context(history=np.array([2, 1]))])
    assert not np.allclose(there, back)


def test_items_before_the_window_do_not_count():
    _, channel = twins()
    history = np.arange(LENGTH)
    assert np.allclose(
        *channel.score([Context(history=history), Context(history=np.concatenate([[9, 9, 9], history]))]),
        atol=1e-5,
    )


def test_a_history_that_was_asked_before_is_not_worked_out_again(monkeypatch):
    _, channel = twins()
    first, second = contexts(3, 5)
    before = channel.score([first, second, first])
    monkeypatch.setattr(NextItem, "_states_of", lambda *_: pytest.fail("worked out again"))
    assert np.array_equal(channel.score([second, first]), before[[1, 0]])
    with pytest.raises(pytest.fail.Exception):  # a new act is a new history
        channel.score([Context(history=np.append(first.history, 2))])


def test_the_oldest_states_are_given_up(monkeypatch):
    monkeypatch.setattr("instructrec.channels.sequence.CACHED", 2)
    _, channel = twins()
    channel.score(contexts(1, 2, 3, 4))
    assert len(channel.states) == 2


def test_a_bias_for_what_came_just_before_moves_the_state():
    _, channel = twins(1)
    near = channel.weights["blocks.0.near"].copy()
    near[:, 0] += 50  # all attention to the last act itself
    turned = NextItem({**channel.weights, "blocks.0.near": near})
    ends_alike = [Context(history=np.array(h)) for h in ([1, 2, 7], [4, 5, 7])]
    states = turned.state(ends_alike)
    assert np.allclose(states[0], states[1], atol=1e-4)
    assert not np.allclose(*channel.state(ends_alike), atol=1e-2)
