import numpy as np
import pytest

from instructrec.evaluation.ranking import rank_lists, ranking_metrics


def test_ndcg_is_the_dcg_worked_by_hand():
    """Hits at rank 1 and 4 of 3 relevant items; the ideal list has them at 1, 2, 3."""
    metrics = ranking_metrics(np.array([[9, 1, 2, 8, 3]]), [np.array([7, 8, 9])], (5,))
    dcg, ideal = 1 + 1 / np.log2(5), 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert metrics["nDCG@5"][0] == pytest.approx(dcg / ideal)
    assert {name: metrics[name][0] for name in ("P@5", "R@5", "Success@5", "RR@5")} == pytest.approx(
        {"P@5": 2 / 5, "R@5": 2 / 3, "Success@5": 1, "RR@5": 1}
    )


def test_a_hit_beyond_the_cut_counts_only_at_the_deeper_cut():
    metrics = ranking_metrics(np.array([[1, 2, 3, 4, 5, 6, 7, 8, 9, 0]]), [np.array([6])], (5, 10))
    assert metrics["RR@5"][0] == metrics["nDCG@5"][0] == 0
    assert metrics["RR@10"][0] == pytest.approx(1 / 6)
    assert metrics["nDCG@10"][0] == pytest.approx(1 / np.log2(7))


@pytest.mark.parametrize("rank", range(1, 11))
def test_reciprocal_rank_is_kept_at_the_very_cut(rank):
    ranked = np.roll(np.arange(10), rank - 1)[None]
    value = ranking_metrics(ranked, [np.array([0])], (rank,))
    assert value[f"RR@{rank}"][0] == pytest.approx(1 / rank)


def test_short_and_empty_lists_count_as_misses():
    metrics = ranking_metrics(np.array([[3, -1], [-1, -1]]), [np.array([3]), np.array([3])], (2,))
    assert metrics["P@2"].tolist() == [0.5, 0.0]
    assert metrics["nDCG@2"].tolist() == [1.0, 0.0]


def test_every_request_keeps_its_own_value():
    ranked = np.tile(np.arange(12), (12, 1))
    values = ranking_metrics(ranked, [np.array([row]) for row in range(12)], (12,))["RR@12"]
    np.testing.assert_allclose(values, 1 / np.arange(1, 13))


def test_top_agrees_with_a_full_sort():
    scores = np.random.default_rng(0).random((30, 50))
    np.testing.assert_array_equal(rank_lists(scores, 7), np.argsort(-scores, axis=1)[:, :7])


def test_level_items_come_in_one_order_that_is_not_the_catalogs():
    ranked = rank_lists(np.zeros((2, 40)), 40)
    assert ranked[0].tolist() == ranked[1].tolist() != list(range(40))
    assert sorted(ranked[0].tolist()) == list(range(40))
    few = rank_lists(np.zeros((1, 40)), 5)
    assert few[0].tolist() == ranked[0, :5].tolist()


def test_a_list_longer_than_the_catalog_is_filled_up():
    assert rank_lists(np.array([[1.0, 2.0]]), 4).tolist() == [[1, 0, -1, -1]]
