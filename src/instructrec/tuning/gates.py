"""Fit the gates on validation requests, which are later than all interactions the channels were fitted on.

A request with a wish has two goals: the relevant item first, and a list that satisfies the wish.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce

import numpy as np
import torch

from instructrec.channels.base import Channel, Need, request_batches
from instructrec.config import freed_memory_kept
from instructrec.evaluation.cases import Case
from instructrec.evaluation.evaluate import Allowed
from instructrec.evaluation.instructed import SoftWishCase
from instructrec.models.gates import FEATURES, Gates, equal_gates, features, may_be_negative

# items that a request's loss sees: the best of plain addition, and others drawn from the rest
TOP, SAMPLED = (300, 200)
BOUND = 0.5  # of the loss (1 - share ** BOUND) / BOUND: 0 is the logarithm, 1 the share itself
FOLLOW = 1.0  # what following the wish counts beside finding the item that was taken
# L2 towards plain addition of standardised channels. What people did next is believed: there the pull is as
# so many requests. What they say is not, since validation's sentences are made by rules: where words are
# heard it is a share of the loss.
PENALTY, PENALTY_OF_WORDS = 2.0, 0.005
OF_HISTORY = ("always", "history", "log history", "neighbour count")  # features of what people did
CLOSED = -1e9


@dataclass(frozen=True)
class _Observed:
    values: torch.Tensor  # requests x candidates x channels
    features: torch.Tensor  # requests x features
    relevant: torch.Tensor  # requests x candidates, bool
    # requests x candidates: the logarithm of how many items each stands for; CLOSED for none
    stands_for: torch.Tensor
    wished: torch.Tensor  # requests x candidates, bool; all False where no wish was said

    @cached_property
    def most(self) -> int:
        """The largest number of relevant items, which are the first candidates."""
        return int(self.relevant.sum(dim=1).max())

    @cached_property
    def has_wish(self) -> torch.Tensor:
        """Which requests have a wish; (requests,) bool."""
        return self.wished.any(dim=-1)

    @cached_property
    def silent(self) -> torch.Tensor:
        """Which requests have neither an instruction nor stated preferences; (requests,) bool."""
        return (self.features[:, [FEATURES.index("instruction"), FEATURES.index("profile")]] == 0).all(dim=1)


@freed_memory_kept()
def fit_gates(
    channels: Mapping[str, Channel],
    cases: Sequence[Case],
    allowed: Allowed,
    seed: int = 0,
    steps: int = 30,
    *,
    soft_wishes: Sequence[SoftWishCase] = (),
    tick: Callable[[], None] = lambda: None,
) -> Gates:
    """Minimise the softmax loss of the relevant items over all eligible ones (L-BFGS); deterministic by seed.

    Candidates are the top 300 under equal gates plus 200 sampled ones, weighted by the inverse sampling rate,
    so that the softmax is unbiased for the catalog (Bengio and Senecal 2008). The loss is the negative
    logarithm of a share; a second run bounds it for requests without words (see `_losses`). `soft_wishes` add
    the negative logarithm of the share of all items that satisfy the wish.
    """
    every = [*cases, *(each.case for each in soft_wishes)]
    start = equal_gates(channels, [case.context for case in every])
    if not every:
        return start
    wished = [np.zeros(0, np.int64)] * len(cases) + [each.wished for each in soft_wishes]
    seen = _observe(channels, start, every, wished, allowed=allowed, seed=seed)
    below = torch.from_numpy(may_be_negative(seen.features.numpy(), list(channels)))  # may fall below zero
    pull = torch.full((len(channels), len(FEATURES)), PENALTY_OF_WORDS)
    worded = torch.tensor([channel.needs in (Need.WORDS, Need.PROFILE) for channel in channels.values()])
    for name in OF_HISTORY:
        pull[~worded, FEATURES.index(name)] = PENALTY / len(every)
    weights = torch.zeros(len(channels), len(FEATURES), requires_grad=True)

    def shares() -> torch.Tensor:
        gates = strength(seen.features, weights, below)
        return (torch.bmm(seen.values, gates[:, :, None]).squeeze(-1) + seen.stands_for).log_softmax(dim=-1)

    def loss(scale: float = 0.0) -> torch.Tensor:
        return _losses(seen, shares(), scale).mean() + (pull * weights.square()).sum()

    tick()
    _minimise(loss, weights, steps)
    tick()
    _minimise(partial(loss, _worth(seen, shares().detach())), weights, steps)
    tick()
    return Gates(start.channels, weights.detach().numpy().astype(np.float32), start.scale)


def _losses(seen: _Observed, shares: torch.Tensor, scale: float) -> torch.Tensor:
    """The loss of each request, from the logarithms of all shares; (requests,).

    Without words it is (1 - p ** BOUND) / BOUND / `scale` instead of -log(p), p the share of a relevant item,
    unless the scale is 0 (generalised cross-entropy; Zhang and Sabuncu 2018): the logarithm weighs most what
    no list of ten can reach.
    """
    relevant = seen.relevant[:, : seen.most]
    of_those = shares[:, : seen.most]
    found = -of_those
    if scale:
        found = torch.where(seen.silent[:, None], (1 - (BOUND * of_those).exp()) / (BOUND * scale), found)
    found = (found * relevant).sum(dim=-1) / relevant.sum(dim=-1)
    wish_loss = -shares[seen.has_wish].masked_fill(~seen.wished[seen.has_wish], CLOSED).logsumexp(dim=-1)
    return found + FOLLOW * torch.zeros(len(shares)).masked_scatter(seen.has_wish, wish_loss)


def _worth(seen: _Observed, shares: torch.Tensor) -> float:
    """What the bounded loss is divided by, so that it is as steep as the logarithm on the whole: the mean of
    p ** BOUND.
    """
    chosen = shares[seen.silent[:, None] & seen.relevant]
    return float((BOUND * chosen).exp().mean()) if chosen.numel() else 0.0


def _minimise(loss: Callable[[], torch.Tensor], weights: torch.Tensor, steps: int) -> None:
    optimiser = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        total = loss()
        total.backward()
        return total

    optimiser.step(closure)


def strength(given: torch.Tensor, weights: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
    """Gate values in spreads of each channel over the catalog, as in `models.gates`; (requests, channels).

    `given` (requests, features), `weights` (channels, features), and `below` (requests, channels) which may
    fall below zero.
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
    """Channel values of each request's relevant items and of others it could have been shown."""
    rng = np.random.default_rng(seed)
    width = TOP + SAMPLED + max(len(case.relevant) for case in cases)
    # filled in place: of 20,000 requests it is 400 MB
    values = np.empty((len(cases), width, len(channels)), np.float32)
    relevant, stands_for, wished_rows = [], [], []
    for batch in request_batches(cases):
        contexts = [case.context for case in batch]
        scores = [c.score(contexts) * scale for c, scale in zip(channels.values(), start.scale, strict=True)]
        passes, plain = allowed(contexts), reduce(np.add, scores)
        for row, case in enumerate(batch):
            chosen, many = candidates(case, passes[row], plain[row], width, rng)
            values[len(relevant)] = np.stack([each[row, np.maximum(chosen, 0)] for each in scores], axis=-1)
            wished_rows.append(np.isin(chosen, wished[len(relevant)]))
            relevant.append(np.arange(width) < len(case.relevant))
            stands_for.append(many)
    given = features([case.context for case in cases], channels)
    return _Observed(
        torch.from_numpy(values),
        torch.from_numpy(given),
        torch.from_numpy(np.stack(relevant)),
        torch.from_numpy(np.stack(stands_for)),
        torch.from_numpy(np.stack(wished_rows)),
    )


def candidates(
    case: Case, passes: np.ndarray, plain: np.ndarray, width: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Relevant items, the best eligible others by `plain`, a sample of the rest, then -1; and the log weight
    of each.

    Both are (width,).
    """
    others = passes.copy()
    others[case.seen] = False
    others[case.relevant] = False
    pool, sure = np.flatnonzero(others), len(case.relevant)
    near = pool[np.argpartition(-plain[pool], TOP)[:TOP]] if len(pool) > TOP else pool
    others[near] = False
    rest = np.flatnonzero(others)
    far = rng.choice(rest, min(len(rest), SAMPLED), replace=False)
    listed = np.concatenate([case.relevant, near, far])
    chosen, many = np.full(width, -1, np.int64), np.full(width, CLOSED, np.float32)
    chosen[: len(listed)], many[: len(listed)] = listed, 0.0
    many[sure + len(near) : len(listed)] = np.log(max(len(rest), 1) / max(len(far), 1))
    return chosen, many
