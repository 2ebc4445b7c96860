"""Losses: softmax over sampled candidates, corrected for how likely each was to be among them."""

import numpy as np
import torch
from torch.nn import functional


class Sampler:
    """Candidates of a batch: its targets and uniform others, with the log-probability of each to be in the set.

    With uniform inclusion u = negatives / items and n targets drawn with frequencies f, an item is in the set with
    probability 1 - (1 - u) (1 - f) ** n; subtracting its logarithm from the logit makes the softmax unbiased for the full one
    (Bengio and Senecal 2008; Yi et al. 2019). With as many negatives as items it is the full softmax.
    """

    def __init__(self, frequencies: np.ndarray, negatives: int) -> None:
        self.items = frequencies.size
        self.negatives = min(negatives, self.items)
        self.misses = np.log1p(-np.minimum(frequencies / max(frequencies.sum(), 1), 1 - 1e-9))

    def draw(self, targets: np.ndarray, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Candidates (some), log inclusion probabilities (some), and the place of every target among the candidates."""
        uniform = rng.choice(self.items, self.negatives, replace=False)
        candidates, place = np.unique(np.concatenate([targets, uniform]), return_inverse=True)
        share = self.negatives / self.items
        missed = (1 - share) * np.exp(self.misses[candidates] * targets.size)
        included = np.log(np.maximum(1 - missed, 1e-12))
        return (
            torch.from_numpy(candidates),
            torch.from_numpy(included.astype(np.float32)),
            torch.from_numpy(place[: targets.size].astype(np.int64)),
        )


def softmax_loss(logits: torch.Tensor, included: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of the targets among corrected candidates; logits (rows, some)."""
    return functional.cross_entropy(logits - included, place)
