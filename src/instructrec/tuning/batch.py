"""Histories to batches: windows of bounded length, sorted into buckets so that short ones are not padded to
long ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from instructrec.data.histories import Histories


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs and next items, right-aligned; `learn` marks the positions whose next interaction was
    positive.
    """

    inputs: np.ndarray  # rows x length, item numbers, -1 where empty
    targets: np.ndarray  # rows x length
    learn: np.ndarray  # rows x length, bool


def bucket(size: int) -> int:
    """The size rounded up to three binary digits, at most a quarter more, so that few sizes occur.

    Products of 16 bits are compiled for each shape of them, which takes as long as a step with ever other
    shapes.

    >>> [bucket(size) for size in (1, 7, 8, 9, 11, 100, 1537)]
    [1, 7, 8, 10, 12, 112, 1792]
    """
    step = 1 << max(0, size.bit_length() - 3)
    return -(-size // step) * step


def windows(histories: Histories, length: int, rng: np.random.Generator) -> np.ndarray:
    """Start and end of consecutive windows of up to length + 1 interactions, shared at the ends; (windows, 2)
    int64.

    `histories` should hold the interactions the network may see, that is, the non-negative ones. The last
    window of a longer history has a random length, so that each interaction is learned from beside other ones
    in every epoch.
    """
    found = []
    for start, end in zip(histories.offsets[:-1].tolist(), histories.offsets[1:].tolist(), strict=True):
        longest = length + 1 if end - start <= length + 1 else int(rng.integers(2, length + 2))
        while end - start >= 2:
            first = max(start, end - longest)
            found.append((first, end))
            end, longest = first + 1, length + 1
    return np.array(found, np.int64).reshape(-1, 2)


def window_batches(
    histories: Histories, spans: np.ndarray, size: int, rng: np.random.Generator, masked: float = 0.0
) -> Iterator[Batch]:
    """All windows once, in buckets of like length, in random order; a share of the interactions before the
    last is `masked`.
    """
    jitter, lengths = rng.random(len(spans)), spans[:, 1] - spans[:, 0] - 1
    order, most = np.lexsort((jitter, lengths)), int(lengths.max(initial=0))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    for group in rng.permutation(len(groups)).tolist():
        yield _masked(_batch(histories, spans[groups[group]], most), masked, rng)


def _batch(histories: Histories, spans: np.ndarray, most: int) -> Batch:
    lengths = spans[:, 1] - spans[:, 0] - 1
    longest = min(bucket(int(lengths.max())), most)
    offset = np.arange(longest) - (longest - lengths[:, None])  # place in the window, negative where empty
    place = np.maximum(spans[:, :1] + offset, 0)
    empty = offset < 0
    inputs = np.where(empty, -1, histories.items[place])
    targets = np.where(empty, -1, histories.items[np.minimum(place + 1, len(histories.items) - 1)])
    learn = ~empty & (histories.signs[np.minimum(place + 1, len(histories.items) - 1)] > 0)
    return Batch(inputs.astype(np.int64), targets.astype(np.int64), learn)


def _masked(batch: Batch, share: float, rng: np.random.Generator) -> Batch:
    """The batch without a random share of its interactions, but for the last of each row: they are neither
    seen nor gone on from.
    """
    if not share:
        return batch
    gone = rng.random(batch.inputs.shape) < share
    gone[:, -1] = False
    return Batch(np.where(gone, -1, batch.inputs), batch.targets, batch.learn & ~gone)
