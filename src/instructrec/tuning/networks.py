"""The learned parts in torch: twins of `channels.sequence` and of the instruction channel's adapter; and
their precision.
"""

import time
from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.sequence import NextItem

HEADS = 2
PROBE = (512, 576, 1536)  # rows, width and inner width of the products that say which precision is faster


@cache
def faster_on_this_cpu() -> torch.dtype:
    """The precision in which this CPU multiplies faster, measured once a process: 16 bits, or 32 where they
    are emulated.
    """
    rows, inner, outer = PROBE
    times = {}
    for kind in (torch.float32, torch.bfloat16):
        left, right = torch.ones(rows, inner, dtype=kind), torch.ones(outer, inner, dtype=kind)
        functional.linear(left, right)  # the first of a kind is slower
        start = time.perf_counter()
        for _ in range(5):
            functional.linear(left, right)
        times[kind] = time.perf_counter() - start
    return min(times, key=lambda kind: times[kind])


class Block(nn.Module):
    """One pre-norm transformer block (SASRec family; SiLU instead of ReLU) with a learned bias for each
    distance in the past.

    What came just before counts for more than what came long ago, wherever it stands: relative positions
    (Shaw et al. 2018, as a bias of the attention as in T5 and HSTU).
    """

    def __init__(self, width: int, length: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.near = nn.Parameter(torch.zeros(HEADS, length))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, hidden: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
        """One step of mixing; hidden (batch, length, width), visible (batch, 1, length, length)."""
        batch, length, width = hidden.shape
        steps = torch.arange(length)
        distance = (steps[:, None] - steps).clamp(min=0)  # later ones are not visible
        query, key, value = (
            self.qkv(self.norm1(hidden)).view(batch, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        )
        # not of the shares of attention: that is slower here, and no better
        rate = self.dropout if self.training else 0.0
        logits = query @ key.transpose(-1, -2) * (width // HEADS) ** -0.5 + self.near[:, distance]
        mixed = logits.masked_fill(~visible, -1e9).softmax(dim=-1) @ value
        hidden = hidden + functional.dropout(
            self.out(mixed.transpose(1, 2).reshape(batch, length, width)), rate
        )
        return hidden + functional.dropout(self.down(functional.silu(self.up(self.norm2(hidden)))), rate)


class SequenceNetwork(nn.Module):
    """Causal transformer over item vectors that start at the PCA of the items' text vectors."""

    def __init__(self, text: np.ndarray, width: int, length: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.items = nn.Parameter(torch.from_numpy(principal(text, width)))
        self.bias = nn.Parameter(torch.zeros(len(text)))
        self.position = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, length, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, histories: torch.Tensor) -> torch.Tensor:
        """States after each interaction; histories (batch, length) right-aligned, -1 where empty -> (batch,
        length, width).
        """
        length, empty = histories.shape[1], histories < 0
        hidden = self.items[histories.clamp(min=0)] * self.items.shape[1] ** 0.5 + self.position[-length:]
        hidden = functional.dropout(hidden, self.dropout, self.training)
        causal = torch.ones(length, length, dtype=torch.bool).tril()
        visible = (causal & ~empty[:, None, :]) | torch.eye(length, dtype=torch.bool)
        for block in self.blocks:
            hidden = block(hidden, visible[:, None])
        return self.norm(hidden)

    def after(self, histories: torch.Tensor, acts: torch.Tensor) -> torch.Tensor:
        """States after the interactions that `interactions` (batch, length) marks; (marked, width).

        Products are of the faster precision, all else and the weights of 32 bits (mixed precision,
        Micikevicius et al. 2018).
        """
        with torch.autocast("cpu", torch.bfloat16, enabled=faster_on_this_cpu() is torch.bfloat16):
            return self(histories)[acts]

    def channel(self) -> NextItem:
        """The numpy twin with the present weights."""
        return NextItem({name: value.detach().numpy().copy() for name, value in self.state_dict().items()})


class InstructionNetwork(nn.Module):
    """A query adapter that starts where the channel does, so the zero-shot encoder is the floor, and a
    learned temperature.
    """

    def __init__(self, start: InstructionMatch, temperature: float = 0.07) -> None:
        super().__init__()
        self.register_buffer("items", torch.from_numpy(start.items), persistent=False)
        self.adapter = nn.Parameter(torch.from_numpy(start.adapter.copy()))
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(1 / temperature))))
        # a cosine of .5: between yes and no to one item
        self.threshold = nn.Parameter(torch.tensor(0.5 / temperature))

    def queries(self, asked: torch.Tensor) -> torch.Tensor:
        """Adapted unit vectors of instructions, scaled by the temperature; (batch, width)."""
        return functional.normalize(asked @ self.adapter.T, dim=-1) * self.log_scale.exp().clamp(max=100)

    def against(self, queries: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        """Scaled cosines with some items; (batch, some)."""
        return queries @ self.items[candidates].T

    def channel(self) -> InstructionMatch:
        """The numpy twin with the present weights."""
        return InstructionMatch(self.items.numpy(), self.adapter.detach().numpy().copy())

    def each(self, queries: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """The scaled cosine of each query with its own item; (batch,)."""
        return (queries * self.items[items]).sum(dim=-1)


def principal(vectors: np.ndarray, width: int) -> np.ndarray:
    """The first principal components of the rows, scaled to the size of usual initial item vectors; (rows,
    width) float32.

    Fewer components than `width` are filled with small noise, so that a catalog of a few items trains too.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    parts = centred @ axes[:, ::-1][:, :width]
    parts = np.pad(parts, ((0, 0), (0, max(0, width - parts.shape[1]))))
    spread = parts.std() or 1.0
    noise = np.random.default_rng(0).normal(scale=0.002, size=parts.shape)
    return (parts / spread * 0.05 + noise).astype(np.float32)


def polyak(mean: torch.Tensor, now: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
    """An exponential mean over a thousand steps, over fewer at first (Polyak averaging): less noise, and a
    better optimum.
    """
    return torch.lerp(mean, now, max(1e-3, 9.0 / (10.0 + float(steps))))
