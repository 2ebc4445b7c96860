"""Flat arrays give every user their own acts."""

import numpy as np

from tests import worlds


def test_a_user_owns_their_acts_oldest_first():
    acts = worlds.histories([3, 1], [], [2])
    assert [acts.of(user).tolist() for user in range(len(acts))] == [[3, 1], [], [2]]


def test_kept_acts_stay_with_their_user():
    acts = worlds.histories([3, 1, 4], [2], [5, 6], signs=[[1, -1, 1], [-1], [0, 1]])
    kept = acts.taste()
    assert [kept.of(user).tolist() for user in range(3)] == [[3, 4], [], [5, 6]]
    assert (kept.times.tolist(), kept.signs.tolist()) == ([0, 2, 0, 1], [1, 1, 0, 1])


def test_keeping_everything_changes_nothing():
    acts = worlds.histories([1, 2], [3])
    kept = acts.where(np.ones(3, bool))
    assert kept.offsets.tolist() == acts.offsets.tolist()
    assert kept.items.tolist() == acts.items.tolist()


def test_a_taste_is_the_last_interactions_that_are_not_negative():
    acts = worlds.histories([3, 1, 4, 5], [2], signs=[[1, -1, 1, 0], [-1]])
    assert [acts.taste(2).of(user).tolist() for user in range(2)] == [[4, 5], []]
