"""A world that can be checked in the head: even users like even items, odd users odd ones."""

import numpy as np
import polars as pl
import pytest

from instructrec.data.dataset import Dataset
from instructrec.types import Context, Interaction

SIZE = 20
EVEN = np.arange(0, SIZE, 2)
ODD = np.arange(1, SIZE, 2)


@pytest.fixture(scope="session")
def checkerboard() -> Dataset:
    acts = [
        Interaction(user=f"u{user}", item=f"i{item}", action="like", time=float(item))
        for user in range(SIZE)
        for item in range(user % 2, SIZE, 2)
        if item // 2 != user // 2  # everyone has one item left to find
    ]
    titles = [f"{'even' if item % 2 == 0 else 'odd'} n{item}" for item in range(SIZE)]
    return Dataset.of(acts, pl.DataFrame({"item_id": [f"i{item}" for item in range(SIZE)], "title": titles}))


@pytest.fixture
def newcomers() -> list[Context]:
    """One who likes even things, one who likes odd things, and one of whom nothing is known; none is in
    training.
    """
    return [
        Context(history=np.array([0, 4, 8], np.int32), user="a stranger"),
        Context(history=np.array([1, 5], np.int32)),
        Context(history=np.empty(0, np.int32)),
    ]
