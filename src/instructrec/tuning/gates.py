"""Fit the gates by softmax on validation requests: later than everything the channels were fitted on, as in service.

Where a request says a wish, two things count: that the item which was taken comes first, and that the list has what was wished.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from instructrec.channels.base import Channel
from instructrec.channels.instruction import InstructionMatch
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import Allowed, batches
from instructrec.evaluation.instructed import Steered
from instructrec.models.gates import BY_PROFILE, BY_WORDS, FEATURES, Gates, features, signed
from instructrec.types import Context

NEGATIVES = 500
FOLLOW = 1.0  # what following the wish counts beside finding the item that was taken
# L2 towards plain addition of standardised channels. What people did next is believed: there the pull is as so many requests.
# What they say is not, since validation's sentences are made by rules: where words are heard it is a share of the loss.
PULL, PULL_OF_WORDS = 2.0, 0.005
CLOSED = -1e9
SAMPLE = 1_000  # requests on which spreads are measured


@dataclass(frozen=True)
class _Observed:
    values: torch.Tensor  # requests x candidates x channels
    features: torch.Tensor  # requests x features
    relevant: torch.Tensor  # requests x candidates, bool
    stands_for: torch.Tensor  # requests x candidates: the logarithm of how many items each stands for; CLOSED for none
    wished: torch.Tensor  # requests x candidates, bool; all False where no wish was said


def prior(channels: Mapping[str, Channel], contexts: Sequence[Context]) -> Gates:
    """Plain addition: every channel scaled to the same spread over the catalog, where it says anything.

    Seen on a sample of all kinds of requests: many channels are silent in most of them.
    """
    scale = np.ones(len(channels), np.float32)
    sample = list(contexts[:: -(-len(contexts) // SAMPLE) or 1])
    for place, channel in enumerate(channels.values()):
        spread = channel.score(sample).std(axis=1)
        spoken = spread[spread > 1e-9]
        scale[place] = 1 / spoken.mean() if spoken.size else 1
    return Gates(tuple(channels), np.zeros((len(channels), len(FEATURES)), np.float32), scale)


def fit_gates(
    channels: Mapping[str, Channel],
    cases: Sequence[Case],
    allowed: Allowed,
    seed: int = 0,
    steps: int = 60,
    *,
    steered: Sequence[Steered] = (),
) -> Gates:
    """Minimise the softmax loss of the relevant items among all open ones (L-BFGS); the result is deterministic by seed.

    The open ones are sampled, and each stands for as many as there are to one that was drawn: so the loss is that of the whole
    catalog and not of an easier one (sampling correction; Bengio and Senecal 2008). `steered` requests add to it minus the
    logarithm of the share that goes to items which have what is wished.
    """
    every = [*cases, *(s.case for s in steered)]
    start = prior(channels, [case.context for case in every])
    if not every:
        return start
    wished = [np.zeros(0, np.int64)] * len(cases) + [s.wished for s in steered]
    seen = _observe(channels, start, every, wished, allowed=allowed, seed=seed)
    asks = seen.wished.any(dim=-1)
    below = torch.from_numpy(signed(seen.features.numpy(), list(channels)))  # may fall below zero
    pull = torch.full((len(channels), len(FEATURES)), PULL_OF_WORDS)
    heard = torch.tensor([name in (*BY_WORDS, *BY_PROFILE) for name in channels])
    pull[~heard, : FEATURES.index("instruction")] = PULL / len(every)
    weights = torch.zeros(len(channels), len(FEATURES), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        gates = strength(seen.features, weights, below)
        shares = ((seen.values * gates[:, None, :]).sum(dim=-1) + seen.stands_for).log_softmax(dim=-1)
        found = -(shares * seen.relevant).sum(dim=-1) / seen.relevant.sum(dim=-1)
        followed = -shares.masked_fill(~seen.wished, CLOSED).logsumexp(dim=-1)
        total = (found + FOLLOW * torch.where(asks, followed, 0.0)).mean() + (pull * weights.square()).sum()
        total.backward()
        return total

    optimiser.step(closure)
    return Gates(start.channels, weights.detach().numpy().astype(np.float32), start.scale)


def strength(given: torch.Tensor, weights: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
    """Gate values in spreads of each channel over the catalog, as in `models.gates`; (requests, channels).

    `given` (requests, features), `weights` (channels, features), and `below` (requests, channels) which may fall below zero.
    """
    turned = (given @ weights.T).clamp(-10, 10)
    return torch.where(below, 1 + turned, turned.exp())


def _observe(
    channels: Mapping[str, Channel],
    start: Gates,
    cases: Sequence[Case],
    wished: Sequence[np.ndarray],
    *,
    allowed: Allowed,
    seed: int,
) -> _Observed:
    """Channel values of each request's relevant items and of sampled others it could have been shown."""
    match = channels["instruction"]
    assert isinstance(match, InstructionMatch)
    rng = np.random.default_rng(seed)
    width = min(NEGATIVES, len(match.items)) + max(len(case.relevant) for case in cases)
    values, relevant, stands_for, asked = [], [], [], []
    meant = iter(wished)
    for batch in batches(cases):
        contexts = [case.context for case in batch]
        scores = np.stack([c.score(contexts) for c in channels.values()], axis=-1) * start.scale
        passes = allowed(contexts)
        for row, case in enumerate(batch):
            chosen, many = candidates(case, passes[row], width, rng)
            values.append(scores[row, np.maximum(chosen, 0)])
            relevant.append(np.arange(width) < len(case.relevant))
            stands_for.append(many)
            asked.append(np.isin(chosen, next(meant)))
    given = features([case.context for case in cases], match)
    return _Observed(
        torch.from_numpy(np.stack(values).astype(np.float32)),
        torch.from_numpy(given),
        torch.from_numpy(np.stack(relevant)),
        torch.from_numpy(np.stack(stands_for)),
        torch.from_numpy(np.stack(asked)),
    )


def candidates(case: Case, passes: np.ndarray, width: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Relevant items first, then open others, then -1; and the logarithm of how many items each stands for."""
    others = passes.copy()
    others[case.seen] = False
    others[case.relevant] = False
    pool, sure = np.flatnonzero(others), len(case.relevant)
    drawn = rng.choice(pool, min(len(pool), NEGATIVES), replace=False)
    chosen, many = np.full(width, -1, np.int64), np.full(width, CLOSED, np.float32)
    chosen[:sure], many[:sure] = case.relevant, 0.0
    chosen[sure : sure + len(drawn)], many[sure : sure + len(drawn)] = drawn, np.log(max(len(pool), 1) / max(len(drawn), 1))
    return chosen, many
