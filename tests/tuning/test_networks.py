"""The networks start where they should and see no future."""

import numpy as np
import torch

from instructrec.channels.instruction import InstructionMatch
from instructrec.tuning.networks import InstructionNetwork, SequenceNetwork, principal
from instructrec.types import Context

TEXT = np.random.default_rng(0).normal(size=(10, 16)).astype(np.float32)


def network() -> SequenceNetwork:
    torch.manual_seed(0)
    return SequenceNetwork(TEXT, width=8, length=6, layers=2, dropout=0.0).eval()


def test_a_state_does_not_see_later_acts():
    one, other = network()(torch.tensor([[1, 2, 3, 4], [1, 2, 9, 9]]))[:, :2]
    assert torch.allclose(one, other, atol=1e-6)


def test_padding_does_not_change_a_state():
    short = network()(torch.tensor([[1, 2]]))[0, -1]
    padded = network()(torch.tensor([[-1, -1, -1, 1, 2]]))[0, -1]
    assert torch.allclose(short, padded, atol=1e-5)


def test_empty_positions_are_finite():
    assert network()(torch.tensor([[-1, -1, 1]])).isfinite().all()


def test_dropout_is_for_training_only():
    noisy = SequenceNetwork(TEXT, width=8, length=6, layers=1, dropout=0.5)
    rows = torch.tensor([[1, 2, 3]])
    assert not torch.equal(noisy(rows), noisy(rows))
    noisy.eval()
    assert torch.equal(noisy(rows), noisy(rows))


def test_the_adapter_starts_at_the_zero_shot_cosine():
    items = TEXT / np.linalg.norm(TEXT, axis=1, keepdims=True)
    asked = items[[3, 4]] * 2
    match = InstructionMatch.untrained(items)
    network = InstructionNetwork(match, temperature=0.5)
    scaled = network.against(network.queries(torch.from_numpy(asked)), torch.arange(10)).detach().numpy()
    plain = match.score([Context(history=np.zeros(0, np.int32), vector=v) for v in asked])
    assert np.allclose(scaled, 2 * plain, atol=1e-5)


def test_a_query_meets_an_item_of_its_own_as_it_meets_all():
    network = InstructionNetwork(InstructionMatch.untrained(TEXT))
    queries, own = network.queries(torch.from_numpy(TEXT[:4])), torch.tensor([3, 1, 7, 0])
    expected = network.against(queries, torch.arange(10))[torch.arange(4), own]
    assert torch.allclose(network.each(queries, own), expected, atol=1e-5)


def test_item_vectors_are_not_trained_by_instructions():
    assert {name for name, _ in InstructionNetwork(InstructionMatch.untrained(TEXT)).named_parameters()} == {
        "adapter",
        "log_scale",
        "threshold",
    }


def test_items_of_like_text_start_alike():
    text = np.concatenate([np.tile([1.0, 0, 0, 0], (5, 1)), np.tile([0, 1.0, 0, 0], (5, 1))]).astype(
        np.float32
    )
    start = principal(text, 2)
    within = np.linalg.norm(start[0] - start[4])
    assert within < np.linalg.norm(start[0] - start[5]) / 3


def test_a_width_beyond_the_text_is_filled_with_noise():
    start = principal(TEXT[:3, :2], 8)
    assert start.shape == (3, 8)
    assert np.isfinite(start).all()
    assert (start[:, 4:] != 0).all()


def test_items_without_any_text_start_finite():
    assert np.isfinite(principal(np.zeros((4, 3), np.float32), 2)).all()
