"""ALS finds the two tastes of the checkerboard, and serves people it never saw."""

import numpy as np
import pytest

from instructrec.baselines.factors import ALS
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context, Interaction

from .conftest import EVEN, ODD


@pytest.fixture(scope="module")
def als(checkerboard) -> ALS:
    return ALS.fit(checkerboard, factors=2, regularization=0.1, seed=0)


def test_a_newcomer_is_shown_what_people_alike_liked(als, newcomers):
    even, odd, _ = als.score(newcomers)
    assert even[EVEN].min() > even[ODD].max()
    assert odd[ODD].min() > odd[EVEN].max()


def test_an_empty_history_is_answered_by_popularity():
    likes = {"u": "abc", "v": "bc", "w": "c"}
    acts = [
        Interaction(user=u, item=i, action="like", time=t)
        for u, items in likes.items()
        for t, i in enumerate(items)
    ]
    scores = ALS.fit(Dataset.of(acts), factors=2).score([Context(history=np.zeros(0, np.int32))])[0]
    assert scores[0] < scores[1] < scores[2]


def test_scores_are_one_finite_row_a_context(als, newcomers):
    scores = als.score(newcomers)
    assert scores.shape == (3, 20)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_a_context_is_scored_alike_alone_and_among_others(als, newcomers):
    together = als.score(newcomers)
    for row, context in enumerate(newcomers):
        np.testing.assert_allclose(als.score([context])[0], together[row], atol=1e-5)


def test_an_item_met_twice_counts_once(als):
    twice, once = als.score([Context(history=np.array([0, 0, 4])), Context(history=np.array([0, 4]))])
    np.testing.assert_allclose(twice, once, atol=1e-6)


def test_the_seed_decides(checkerboard, newcomers):
    one, same, other = (ALS.fit(checkerboard, factors=4, seed=seed).score(newcomers) for seed in (1, 1, 2))
    np.testing.assert_allclose(one, same, atol=1e-6)
    assert not np.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("setting", ["factors", "alpha"])
def test_a_setting_of_nothing_is_refused(checkerboard, setting):
    with pytest.raises(ConfigError, match=f"{setting} is 0; it must be above 0"):
        ALS.fit(checkerboard, **{setting: 0})
