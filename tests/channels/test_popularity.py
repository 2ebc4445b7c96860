"""The prior follows what is liked, and lately more than long ago."""

from dataclasses import replace

import numpy as np

from instructrec.channels.base import FitSettings
from instructrec.channels.popularity import Popularity, best_half_life
from instructrec.data.histories import Histories
from tests import worlds


def test_more_liked_is_more_popular():
    values = Popularity.of(worlds.histories([0, 1], [1], [1, 2]), 4).values
    assert values[1] > values[0]
    assert values[3] == values.min()


def test_a_late_act_counts_more_than_an_early_one():
    values = Popularity.of(worlds.histories([0, 1]), 3, half_life=0.5).values
    assert values[1] > values[0] > values[2]


def test_an_act_one_half_life_old_counts_half():
    values = Popularity.of(worlds.histories([0, 1, 2]), 3, half_life=0.5).values
    logs = np.log1p([0.25, 0.5, 1.0])
    assert np.allclose(values, (logs - logs.mean()) / logs.std(), atol=1e-6)


def test_dislikes_do_not_make_popular():
    values = Popularity.of(worlds.histories([0, 1, 1, 1], signs=[[1, -1, 0, -1]]), 2).values
    assert values[0] > values[1]


def test_nothing_liked_is_a_flat_prior():
    assert not Popularity.of(worlds.histories([]), 3).values.any()


def test_values_are_standardised():
    values = Popularity.of(worlds.histories([0, 1, 1], [2, 1]), 5).values
    assert abs(values.mean()) < 1e-6
    assert abs(values.std() - 1) < 1e-5


def acts(items: np.ndarray) -> Histories:
    """One user's acts, one after the other."""
    return worlds.histories(items.tolist())


def test_news_are_forgotten_sooner_than_what_is_always_liked():
    rng = np.random.default_rng(0)
    steady = acts(rng.integers(0, 10, 1_000))
    news = acts(np.arange(1_000) // 20)
    assert best_half_life(news, 50) < 0.03 <= best_half_life(steady, 50)


def test_where_time_says_nothing_the_half_life_is_the_default():
    never = worlds.histories([])
    at_once = replace(acts(np.arange(100)), times=np.zeros(100))
    assert best_half_life(never, 3) == best_half_life(at_once, 100) == FitSettings().half_life
