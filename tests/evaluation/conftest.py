import numpy as np
import polars as pl
import pytest

from instructrec.data.dataset import Dataset, Split
from instructrec.evaluation.evaluate import Space
from instructrec.types import Context, Interaction

ITEMS = pl.DataFrame({"item_id": list("abcdef"), "title": list("abcdef")})


def act(user: str, item: str, time: float, action: str = "like") -> Interaction:
    return Interaction(user=user, item=item, action=action, time=time)


class Fixed:
    """A scorer that gives everyone the same scores."""

    def __init__(self, scores, name="fixed"):
        self.scores, self.name = np.asarray(scores, np.float32), name

    def score(self, contexts: list[Context]) -> np.ndarray:
        return np.tile(self.scores, (len(contexts), 1))


def split_of(train: list[Interaction], valid: list[Interaction], test: list[Interaction]) -> Split:
    return Split(*(Dataset.of(part, ITEMS) for part in (train, valid, test)))


@pytest.fixture
def split() -> Split:
    """u: a, then not b, then c in valid; tests on d and e at once, then on a again with f."""
    return split_of(
        [act("u", "a", 1), act("u", "b", 2, "dislike"), act("v", "a", 1)],
        [act("u", "c", 3)],
        [
            act("u", "d", 4),
            act("u", "e", 4),
            act("u", "a", 5),
            act("u", "f", 5),
            act("v", "a", 6),
            act("new", "b", 6),
        ],
    )


@pytest.fixture
def space() -> Space:
    return Space(
        np.eye(6, dtype=np.float32)[[0, 0, 1, 1, 2, 3]],
        np.array([3, 1, 1, 1, 0, 0]),
        "six items in four directions",
    )
