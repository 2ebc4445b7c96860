"""Sampled softmax stands for the full one."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from instructrec.tuning.objective import Sampler, softmax_loss

ITEMS = 200
FREQUENCIES = np.random.default_rng(0).zipf(1.5, ITEMS).clip(max=50).astype(np.float64)


def full(logits: torch.Tensor, targets: np.ndarray) -> float:
    return float(functional.cross_entropy(logits, torch.from_numpy(targets)))


def sampled(logits: torch.Tensor, targets: np.ndarray, sampler: Sampler, rng: np.random.Generator) -> float:
    candidates, included, place = sampler.draw(targets, rng)
    return float(softmax_loss(logits[:, candidates], included, place))


@pytest.mark.parametrize("negatives", [ITEMS, ITEMS * 5])
def test_with_as_many_negatives_as_items_it_is_the_full_softmax(negatives):
    rng = np.random.default_rng(1)
    logits, targets = torch.from_numpy(rng.normal(size=(16, ITEMS))), rng.integers(0, ITEMS, 16)
    assert sampled(logits, targets, Sampler(FREQUENCIES, negatives), rng) == pytest.approx(full(logits, targets), abs=1e-6)


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


def mean_gradient(corrected: bool) -> float:
    """The size of the mean gradient at the optimum of the full softmax, where it should be nothing."""
    rng, sampler, share = np.random.default_rng(3), Sampler(FREQUENCIES, 60), FREQUENCIES / FREQUENCIES.sum()
    total = torch.zeros(ITEMS, dtype=torch.float64)
    for _ in range(300):
        bias = torch.from_numpy(np.log(share)).requires_grad_()
        candidates, included, place = sampler.draw(rng.choice(ITEMS, 64, p=share), rng)
        logits = bias[candidates].expand(64, -1)
        softmax_loss(logits, included if corrected else torch.zeros_like(included), place).backward()
        assert bias.grad is not None
        total += bias.grad
    return float((total / 300).abs().sum())


def test_the_correction_takes_the_bias_out_of_the_gradient():
    assert mean_gradient(corrected=True) < mean_gradient(corrected=False) / 3


def test_a_catalog_without_counts_can_be_sampled():
    _, included, _ = Sampler(np.zeros(4), 2).draw(np.array([1]), np.random.default_rng(0))
    assert included.isfinite().all()
