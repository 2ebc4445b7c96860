"""What every baseline is fitted on: who liked what, once each, and a prior that never outvotes."""

import numpy as np
import pytest

from instructrec.baselines.matrix import positives, rows
from instructrec.baselines.popular import PRIOR, above_zero, counts, with_prior
from instructrec.data.dataset import Dataset
from instructrec.errors import ConfigError
from instructrec.types import Context, Interaction


def act(user: str, item: str, action: str, time: float) -> Interaction:
    return Interaction(user=user, item=item, action=action, time=time)


# u likes a twice and b, refuses c; v likes c; nobody has d
TRAIN = Dataset.of(
    [
        act("u", "a", "like", 1), act("u", "a", "like", 2), act("u", "b", "like", 3), act("u", "c", "dislike", 4),
        act("v", "c", "like", 5), act("v", "d", "hide", 6),
    ]
)  # fmt: skip


def test_positives_are_ones_for_what_was_liked_and_nothing_else():
    assert positives(TRAIN).toarray().tolist() == [[1, 1, 0, 0], [0, 0, 1, 0]]


def test_counts_are_of_likes_each_time():
    assert counts(TRAIN).tolist() == [2, 1, 1, 0]


def test_an_item_outside_the_catalog_is_no_column():
    data = Dataset(TRAIN.catalog, TRAIN.users, Dataset.of([act("u", "elsewhere", "like", 1)]).interactions)
    assert counts(data).tolist() == [0, 0, 0, 0]


def test_rows_are_the_histories_of_requests():
    contexts = [
        Context(history=np.array([3, 1, 3])),
        Context(history=np.zeros(0, np.int64)),
        Context(history=np.array([0])),
    ]
    assert rows(contexts, 4).toarray().tolist() == [[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]


def test_no_requests_are_no_rows():
    assert rows([], 4).shape == (0, 4)


def test_the_prior_orders_what_is_level():
    scores = with_prior(np.array([[1.0, 1.0, 1.0]]), np.array([5.0, 9.0, 1.0]))[0]
    assert scores.argsort().tolist() == [2, 0, 1]


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_the_prior_never_outvotes_a_difference_at_any_scale(size):
    close = np.array([[size, size * (1 - 1e-5), 0.0]])
    assert with_prior(close, np.array([0.0, 1e9, 1e9]))[0].argmax() == 0


def test_the_prior_is_its_stated_share_of_the_largest_score():
    scores = with_prior(np.array([[0.0, -4.0]]), np.array([2.0, 2.0]))
    np.testing.assert_allclose(scores, [[4 * PRIOR, -4 + 4 * PRIOR]], rtol=1e-6)


def test_without_likes_and_without_scores_everything_is_level_and_finite():
    assert with_prior(np.zeros((2, 3)), np.zeros(3)).tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("value", [0, -1.5, float("nan")])
def test_a_setting_that_means_nothing_is_named(value):
    with pytest.raises(ConfigError, match=r"k is .*; it must be above 0: leave it out to get the default"):
        above_zero(k=value)
