"""The best n, or good ones that differ."""

import numpy as np

from instructrec.recommender.diversify import mmr, top_items

SCORES = np.array([1.0, 0.99, 0.98, 0.5, 0.0])
VECTORS = np.array([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 1]])  # the three best are the same thing
ALL = np.ones(5, bool)


def test_without_a_wish_for_variety_the_best_are_chosen():
    assert (
        mmr(SCORES, ALL, 3, VECTORS.__getitem__, 0.0).tolist()
        == top_items(SCORES, ALL, 3).tolist()
        == [0, 1, 2]
    )


def test_variety_brings_another_kind_forward_and_keeps_the_best_first():
    assert mmr(SCORES, ALL, 2, VECTORS.__getitem__, 0.5).tolist() == [0, 3]


def test_more_variety_never_makes_a_list_more_alike():
    def alike(diversity: float) -> float:
        chosen = VECTORS[mmr(SCORES, ALL, 3, VECTORS.__getitem__, diversity)]
        return float((chosen @ chosen.T).mean())

    found = [alike(d) for d in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert found == sorted(found, reverse=True)


def test_nothing_that_is_not_allowed_is_chosen_and_no_item_twice():
    allowed = np.array([False, True, True, False, True])
    assert sorted(mmr(SCORES, allowed, 5, VECTORS.__getitem__, 0.9).tolist()) == [1, 2, 4]


def test_scores_that_are_level_and_a_pool_of_none_do_no_harm():
    assert len(mmr(np.zeros(5), ALL, 3, VECTORS.__getitem__, 0.5)) == 3
    assert mmr(SCORES, ~ALL, 3, VECTORS.__getitem__, 0.5).tolist() == []
