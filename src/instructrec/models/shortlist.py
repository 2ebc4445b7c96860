"""The few items of a large catalog that can be in a list: nearest in all dense channels at once, or reached
by another channel.

The dense channels (sequence, instruction, content, popularity) are products of a query and of an item's row,
so their gated sum is one product of longer rows, and one search in an HNSW graph finds the largest (Malkov
and Yashunin 2018; usearch). The others are sparse, and cheap on any catalog.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from instructrec.channels.base import Channel, Dense
from instructrec.config import threads
from instructrec.errors import require

KEPT = 1_000  # items from the graph, and as many from the sparse channels
ENOUGH = 100  # of those from the graph must pass the filters, or every item is scored
FEW = 20_000  # items that pass the filters and are scored each, without a search
# ... where they are a fifth of the catalog or less: rows one by one are read no faster than all of more
SHARE = 5
GRAPH = {"connectivity": 32, "expansion_add": 128, "expansion_search": KEPT}


@dataclass(frozen=True)
class Shortlist:
    """A graph over the rows of the dense channels, one after the other."""

    index: Any  # usearch.index.Index; its keys are item numbers

    @classmethod
    def build(cls, channels: Mapping[str, Channel], items: int) -> "Shortlist":
        """Link all items, which takes minutes. Raises MissingExtra without usearch."""
        every = np.arange(items)
        rows = np.concatenate([c.rows(every) for c in dense_of(channels).values()], axis=1).astype(np.float32)
        index = require("usearch.index", "ann").Index(ndim=rows.shape[1], metric="ip", dtype="f16", **GRAPH)
        index.add(every, np.ascontiguousarray(rows), threads=threads())
        return cls(index)

    def near(self, queries: Sequence[np.ndarray]) -> np.ndarray:
        """The KEPT items with the largest gated sum of the dense channels; `queries` in their order, gates in
        them.
        """
        query = np.concatenate(queries).astype(np.float32)
        return self.index.search(query, min(KEPT, len(self.index)), threads=1).keys.astype(np.int64)

    def save(self, path: Path) -> None:
        """Write the graph; the rows are in it as halves."""
        self.index.save(str(path))

    @classmethod
    def load(cls, path: Path) -> "Shortlist":
        """The graph that was saved, mapped from its file. Raises MissingExtra without usearch, ValueError if
        damaged.
        """
        try:
            index = require("usearch.index", "ann").Index.restore(str(path), view=True)
        except RuntimeError as error:
            raise ValueError(f"{path.name}: {error}") from error
        if index is None:
            raise ValueError(f"{path.name} is no graph")
        index.expansion_search = KEPT
        return cls(index)


def dense_of(channels: Mapping[str, Channel]) -> dict[str, Dense]:
    """The channels that are products of a query with an item's row."""
    return {name: channel for name, channel in channels.items() if isinstance(channel, Dense)}


def few(allowed: np.ndarray) -> np.ndarray | None:
    """The items that pass the filters, ascending, where scoring each takes less than scoring or searching
    all; else None.
    """
    passing = int(np.count_nonzero(allowed))
    return np.flatnonzero(allowed) if passing <= min(FEW, len(allowed) // SHARE) else None


def among(
    shortlist: Shortlist, queries: Sequence[np.ndarray], reached: Sequence[np.ndarray], allowed: np.ndarray
) -> np.ndarray | None:
    """The allowed items that may be in a list, ascending; None where only scoring all of them will tell.

    `reached` are the gated scores of the sparse channels, (items,) each. Where few pass they are not searched
    for but taken (`few`), so that none is lost behind others that the filters refuse.
    """
    near = shortlist.near(queries)
    near = near[allowed[near]]
    if len(near) < ENOUGH:
        return None
    total = np.where(allowed, np.sum(reached, axis=0), -np.inf)
    kept = min(KEPT, len(total) - 1)
    best = np.argpartition(-total, kept)[:kept]
    return np.union1d(near, best[np.isfinite(total[best])])
