import numpy as np
import pytest

from instructrec.evaluation.metrics import (
    bootstrap,
    coverage,
    diversity,
    exposure,
    gini,
    novelty,
    paired,
    resample,
)


def test_diversity_of_three_items_by_hand():
    """Pairs: 1-2 at 60 degrees (cosine .5), 1-3 and 2-3 at right angles: 1 - .5 / 3."""
    vectors = np.array([[1.0, 0.0, 0.0], [0.5, np.sqrt(0.75), 0.0], [0.0, 0.0, 1.0]])
    assert diversity(np.array([[0, 1, 2]]), vectors)[0] == pytest.approx(1 - 0.5 / 3)


def test_items_without_a_vector_are_unlike_all():
    assert diversity(np.array([[0, 1]]), np.zeros((2, 3)))[0] == 1


def test_empty_lists_are_harmless():
    nothing = np.full((2, 3), -1)
    assert diversity(nothing, np.eye(3)).tolist() == [0, 0]
    assert novelty(nothing, np.ones(3)).tolist() == [0, 0]
    assert coverage(nothing, 3) == 0
    assert gini(nothing, 3) == 0


def test_novelty_of_an_item_never_seen_is_finite():
    assert novelty(np.array([[1]]), np.array([6, 0]))[0] == pytest.approx(3.0)  # share 1 of 8


def test_gini_by_hand():
    """Shown 1, 3 times of 2 items: (2*1 - 2 - 1) * 1 + (2*2 - 2 - 1) * 3 = 2, over 2 * 4."""
    assert gini(np.array([[0, 1], [1, -1], [1, -1]]), 2) == pytest.approx(0.25)


def test_intervals_cover_the_truth():
    """Users differ, requests of a user are alike: an interval by request would be far too narrow here."""
    rng = np.random.default_rng(1)
    users = np.repeat(np.arange(60), 10)
    hits = 0
    for _ in range(100):
        values = rng.normal(0, 1, 60)[users] + rng.normal(0, 0.3, 600)
        [estimate] = bootstrap(values[:, None], users, resamples=200)
        hits += estimate.low <= 0 <= estimate.high
    assert 88 <= hits <= 100


def test_the_same_seed_gives_the_same_interval_and_another_a_different_one():
    values, users = np.random.default_rng(0).random((50, 2)), np.arange(50) % 7
    assert bootstrap(values, users) == bootstrap(values, users)
    assert bootstrap(values, users) != bootstrap(values, users, seed=1)


def test_resampling_in_pieces_covers_all_resamples(monkeypatch):
    monkeypatch.setattr("instructrec.evaluation.metrics.CHUNK", 30)
    assert resample(np.ones((20, 1)), np.arange(20), resamples=7).tolist() == [[1.0]] * 7


def test_users_weigh_by_their_requests():
    """Of two users with 1 and 3 requests, a resample has a mean of 0, 1 or 3/4."""
    drawn = resample(np.array([[0.0], [1.0], [1.0], [1.0]]), np.array(["a", "b", "b", "b"]))
    assert set(drawn.ravel()) == {0.0, 0.75, 1.0}


def test_a_paired_difference_sees_what_two_intervals_do_not():
    rng = np.random.default_rng(0)
    other = rng.random(200)
    better = other + 0.01
    users = np.arange(200)
    result = paired(better, other, users)
    assert result.difference.low == pytest.approx(0.01)
    assert result.ratio is not None
    assert result.ratio.low > 1
    [a], [b] = bootstrap(better[:, None], users), bootstrap(other[:, None], users)
    assert a.low < b.high


def test_a_ratio_to_nothing_is_not_given():
    assert paired(np.ones(4), np.zeros(4), np.arange(4)).ratio is None


def test_exposure_is_coverage_and_gini_with_an_interval_around_them():
    rng = np.random.default_rng(0)
    ranked, users = rng.integers(0, 50, (300, 5)), np.repeat(np.arange(60), 5)
    shown, uneven = exposure(ranked, users, 80)
    assert shown.mean == coverage(ranked, 80)
    assert uneven.mean == gini(ranked, 80)
    for estimate in (shown, uneven):
        assert estimate.low <= estimate.mean <= estimate.high
        assert estimate.n == 300
    assert uneven.high > uneven.low


def test_the_interval_of_coverage_is_wider_with_fewer_users():
    rng = np.random.default_rng(1)
    ranked = rng.integers(0, 200, (400, 5))
    widths = []
    for size in (100, 4):  # requests a user: 4 or 100
        users = np.arange(400) // (400 // size)
        estimate, _ = exposure(ranked, users, 200)
        widths.append(estimate.high - estimate.low)
    assert widths[1] > widths[0]
