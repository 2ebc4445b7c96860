"""Sampled softmax stands for the full one."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from instructrec.channels.instruction import InstructionMatch
from instructrec.tuning.networks import InstructionNetwork
from instructrec.tuning.objective import Sampler, grid_loss, softmax_loss
from instructrec.tuning.prepare import OBJECTIVES, InstructionExamples

ITEMS = 200
FREQUENCIES = np.random.default_rng(0).zipf(1.5, ITEMS).clip(max=50).astype(np.float64)


def full(logits: torch.Tensor, targets: np.ndarray) -> float:
    return float(functional.cross_entropy(logits, torch.from_numpy(targets)))


def sampled(logits: torch.Tensor, targets: np.ndarray, sampler: Sampler, rng: np.random.Generator) -> float:
    candidates, included, place = sampler.draw(targets, rng)
    return float(
        softmax_loss(logits, torch.eye(ITEMS, dtype=logits.dtype)[candidates], -included.double(), place)
    )


@pytest.mark.parametrize("negatives", [ITEMS, ITEMS * 5])
def test_with_as_many_negatives_as_items_it_is_the_full_softmax(negatives):
    rng = np.random.default_rng(1)
    logits, targets = torch.from_numpy(rng.normal(size=(16, ITEMS))), rng.integers(0, ITEMS, 16)
    assert sampled(logits, targets, Sampler(FREQUENCIES, negatives), rng) == pytest.approx(
        full(logits, targets), abs=1e-6
    )


def test_every_target_is_found_among_the_candidates():
    targets = np.array([5, 199, 5, 0])
    candidates, _, place = Sampler(FREQUENCIES, 10).draw(targets, np.random.default_rng(0))
    assert candidates[place].tolist() == targets.tolist()
    assert len(candidates.unique()) == len(candidates)


def test_inclusion_is_how_often_an_item_is_really_drawn():
    rng, sampler = np.random.default_rng(2), Sampler(FREQUENCIES, 20)
    drawn, said = np.zeros(ITEMS), np.zeros(ITEMS)
    for _ in range(2000):
        targets = rng.choice(ITEMS, 30, p=FREQUENCIES / FREQUENCIES.sum())
        candidates, included, _ = sampler.draw(targets, rng)
        drawn[candidates] += 1
        said[candidates] = included.exp()
    assert np.abs(drawn / 2000 - said).max() < 0.05


def test_the_softmax_is_that_of_the_logits_and_so_are_its_gradients():
    """Whatever fills it up to few shapes counts for nothing: 13 rows are made 14, and 33 candidates 40."""
    torch.manual_seed(0)
    parts = [
        torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((13, 5), (33, 5), (33,))
    ]
    place = torch.randint(0, 33, (13,))
    states, items, bias = parts
    expected = torch.autograd.grad(functional.cross_entropy(states @ items.T + bias, place), parts)
    loss = softmax_loss(states, items, bias, place)
    assert float(loss.detach()) == pytest.approx(
        float(functional.cross_entropy(states @ items.T + bias, place).detach())
    )
    for found, wanted in zip(torch.autograd.grad(loss, parts), expected, strict=True):
        torch.testing.assert_close(found, wanted)


def mean_gradient(corrected: bool) -> float:
    """The size of the mean gradient at the optimum of the full softmax, where it should be nothing."""
    rng, sampler, share = np.random.default_rng(3), Sampler(FREQUENCIES, 60), FREQUENCIES / FREQUENCIES.sum()
    total = torch.zeros(ITEMS, dtype=torch.float64)
    for _ in range(300):
        bias = torch.from_numpy(np.log(share)).requires_grad_()
        candidates, included, place = sampler.draw(rng.choice(ITEMS, 64, p=share), rng)
        nothing, items = (
            torch.zeros(64, 1, dtype=torch.float64),
            torch.ones(len(candidates), 1, dtype=torch.float64),
        )
        softmax_loss(nothing, items, bias[candidates] - included * corrected, place).backward()
        assert bias.grad is not None
        total += bias.grad
    return float((total / 300).abs().sum())


def test_the_correction_takes_the_bias_out_of_the_gradient():
    assert mean_gradient(corrected=True) < mean_gradient(corrected=False) / 3


def test_a_catalog_without_counts_can_be_sampled():
    _, included, _ = Sampler(np.zeros(4), 2).draw(np.array([1]), np.random.default_rng(0))
    assert included.isfinite().all()


TEXTS = np.eye(6, dtype=np.float32)
WEIGHTS = dict.fromkeys(OBJECTIVES, 1.0)


def asks(
    objective: str,
    *,
    items: list[int],
    hard_negatives: list[int] | None = None,
    labels: list[bool] | None = None,
) -> InstructionExamples:
    """Instructions whose vector is that of the item after the one they ask for: wrong until the adapter
    learns it.
    """
    size = len(items)
    return InstructionExamples(
        vectors=TEXTS[[(i + 1) % 6 for i in items]],
        items=np.array(items),
        hard_negatives=np.array(hard_negatives or [-1] * size),
        histories=np.full((size, 1), -1),
        objective=np.full(size, OBJECTIVES.index(objective)),
        labels=np.array(labels or [True] * size),
    )


def nothing_known(histories: np.ndarray, candidates: torch.Tensor) -> torch.Tensor:
    return torch.zeros(len(histories), len(candidates))


def learned(
    given: InstructionExamples, steps: int = 60, known=nothing_known, weights=WEIGHTS
) -> tuple[InstructionNetwork, float, float]:
    """The network after some steps, and the loss before and after."""
    torch.manual_seed(0)
    network = InstructionNetwork(InstructionMatch(TEXTS, np.eye(6, dtype=np.float32)))
    optimiser = torch.optim.Adam(network.parameters(), lr=0.05)
    sampler, rng = Sampler(np.ones(6), 6), np.random.default_rng(0)
    losses = []
    for _ in range(steps):
        loss = grid_loss(network, given, np.arange(len(given)), sampler, rng, known=known, weights=weights)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return network, losses[0], losses[-1]


def cosine(network: InstructionNetwork, asked: int, item: int) -> float:
    query = network.queries(torch.from_numpy(TEXTS[[asked]])) / network.log_scale.exp()
    return float(network.each(query, torch.tensor([item])).detach())


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_can_be_learned(objective):
    network, before, after = learned(asks(objective, items=[0, 1, 2], hard_negatives=[3, 4, 5]))
    assert after < before / 2
    assert cosine(network, 1, 0) > 0.5


def test_a_hard_negative_is_pushed_away():
    plain, *_ = learned(asks("search", items=[0]), steps=10)
    turned, *_ = learned(asks("search", items=[0], hard_negatives=[1]), steps=10)
    assert cosine(turned, 1, 1) < cosine(plain, 1, 1)


def test_a_no_pushes_the_item_of_the_question_away():
    network, *_ = learned(asks("pointwise", items=[0, 1], labels=[True, False]))
    assert cosine(network, 1, 0) > cosine(network, 2, 1)


def test_what_the_history_says_already_is_not_learned_from_the_words():
    def sure(histories: np.ndarray, candidates: torch.Tensor) -> torch.Tensor:
        return 50.0 * (candidates == 0).float().expand(len(histories), -1)

    told, *_ = learned(asks("personalised_search", items=[0]), steps=10, known=sure)
    untold, *_ = learned(asks("personalised_search", items=[0]), steps=10)
    assert cosine(told, 1, 0) < cosine(untold, 1, 0)


def test_an_objective_of_no_weight_teaches_nothing():
    network, *_ = learned(asks("search", items=[0, 1]), weights={**WEIGHTS, "search": 0.0})
    assert torch.equal(network.adapter, torch.eye(6))
