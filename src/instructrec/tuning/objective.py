"""Losses: softmax over sampled candidates, corrected for how likely each was to be among them; the grid's
objectives.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch.nn import functional

from instructrec.tuning.batch import bucket
from instructrec.tuning.networks import InstructionNetwork
from instructrec.tuning.prepare import OBJECTIVES, InstructionExamples

UNKNOWN = -100  # PyTorch's mark of a target that is not learned from
PIECES = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=1024, chunking_method=None, acc_policy="compact")
# histories (rows, length), candidates -> logits (rows, some)
Known = Callable[[np.ndarray, torch.Tensor], torch.Tensor]


class Sampler:
    """Candidates of a batch: its targets and uniform others, with the log-probability of each to be in the
    set.

    With uniform inclusion u = negatives / items and n targets drawn with frequencies f, an item is in the set
    with probability 1 - (1 - u) (1 - f) ** n; subtracting its logarithm from the logit makes the softmax
    unbiased for the full one (Bengio and Senecal 2008; Yi et al. 2019). With as many negatives as items it is
    the full softmax.
    """

    def __init__(self, frequencies: np.ndarray, negatives: int) -> None:
        self.items = frequencies.size
        self.negatives = min(negatives, self.items)
        self.misses = np.log1p(-np.minimum(frequencies / max(frequencies.sum(), 1), 1 - 1e-9))

    def draw(
        self, targets: np.ndarray, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Candidates (some), log inclusion probabilities (some), and the place of every target among the
        candidates.
        """
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


def softmax_loss(
    states: torch.Tensor, items: torch.Tensor, bias: torch.Tensor, place: torch.Tensor
) -> torch.Tensor:
    """Mean cross-entropy of the targets among the candidates; states (rows, width), items (some, width), bias
    (some,).

    The logits of some rows at a time are made and used: on ml-1m half the time of a softmax over logits that
    are kept. Rows and candidates that count for nothing fill both up to few shapes.
    """
    rows, others = bucket(len(states)) - len(states), bucket(len(items)) - len(items)
    states, items = functional.pad(states, (0, 0, 0, rows)), functional.pad(items, (0, 0, 0, others))
    place, bias = (
        functional.pad(place, (0, rows), value=UNKNOWN),
        functional.pad(bias, (0, others), value=-torch.inf),
    )
    return functional.linear_cross_entropy(states, items, place, linear_bias=bias, options=PIECES)


def grid_loss(
    network: InstructionNetwork,
    examples: InstructionExamples,
    rows: np.ndarray,
    sampler: Sampler,
    rng: np.random.Generator,
    *,
    known: Known,
    weights: Mapping[str, float],
) -> torch.Tensor:
    """The mean loss of a batch of instructions, each by its own objective, weighted (paper, section 3.2:
    multi-task tuning).

    - search, personalised search, and the winner of a pair: softmax of the target among sampled candidates
    and its own hard
      negative; beside a history the logits of `known` are added, so the words learn what the history does not
      say already;
    - pairwise: the target above the other one;
    - pointwise: yes or no;
    - turned around: the item's own words among those of the batch.
    """
    objective, items = examples.objective[rows], examples.items[rows]
    candidates, included, place = sampler.draw(items, rng)
    queries = network.queries(torch.from_numpy(examples.vectors[rows]))
    logits = network.against(queries, candidates)
    target = logits.gather(1, place[:, None]).squeeze(1)
    other = torch.from_numpy(examples.hard_negatives[rows])
    hard = network.each(queries, other.clamp(min=0))
    losses = _target_loss(
        logits + known(examples.histories[rows], candidates),
        included,
        place,
        hard.masked_fill(other < 0, -1e9),
    )
    pair = functional.softplus(hard - target)
    yes = torch.from_numpy(examples.labels[rows].astype(np.float32))
    answer = functional.binary_cross_entropy_with_logits(target - network.threshold, yes, reduction="none")
    own = _own_words(network, queries, torch.from_numpy(items))
    by_objective = {"pairwise": losses + pair, "pointwise": answer, "turned_around": own}
    total = torch.zeros(())
    for number, name in enumerate(OBJECTIVES):
        chosen = torch.from_numpy(objective == number)
        total = total + weights[name] * (by_objective.get(name, losses) * chosen).sum()
    return total / len(rows)


def _target_loss(
    logits: torch.Tensor, included: torch.Tensor, place: torch.Tensor, hard: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of each target among the corrected candidates and its hard negative; (rows,)."""
    return functional.cross_entropy(
        torch.cat([logits - included, hard[:, None]], dim=1), place, reduction="none"
    )


def _own_words(network: InstructionNetwork, queries: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each item's words among those of the batch, where words of the same item do not
    compete; (rows,).
    """
    scores = network.against(queries, items).T  # items x words
    same = (items[:, None] == items[None, :]) & ~torch.eye(len(items), dtype=torch.bool)
    return functional.cross_entropy(
        scores.masked_fill(same, -1e9), torch.arange(len(items)), reduction="none"
    )
