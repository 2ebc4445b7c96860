import numpy as np
import pytest

from instructrec.errors import ConfigError
from instructrec.evaluation.cases import cases
from instructrec.evaluation.evaluate import Space, evaluate_scorer

from .conftest import Fixed


def test_seen_items_are_left_out_and_the_figures_are_those_of_the_hand(split, space):
    """Descending a..f. new: abcdef wants b (rank 2); u at 4: d e f wants d e; u at 5: f wants f."""
    result = evaluate_scorer(Fixed([6, 5, 4, 3, 2, 1]), cases(split), space, k=(1, 2))
    assert result.ranked.tolist() == [[0, 1], [3, 4], [5, -1]]
    assert result.values["RR@2"].tolist() == [0.5, 1.0, 1.0]
    assert result.values["P@2"].tolist() == [0.5, 1.0, 0.5]
    assert result.values["ILD@2"].tolist() == [0.0, 1.0, 0.0]
    report = result.report
    assert report.metrics["RR@2"].mean == pytest.approx(2.5 / 3)
    assert report.metrics["RR@2"].n == 3
    assert report.metrics["coverage@2"].mean == pytest.approx(5 / 6)
    assert report.settings["users"] == 2
    assert report.settings["space"] == space.name
    assert all(m.low <= m.mean <= m.high and m.n == 3 for m in report.metrics.values())


def test_items_that_break_a_hard_condition_are_never_listed(split, space):
    mask = np.array([False, True, True, False, True, True])
    result = evaluate_scorer(
        Fixed([6, 5, 4, 3, 2, 1]),
        cases(split),
        space,
        k=(10,),
        allowed=lambda cs: np.tile(mask, (len(cs), 1)),
    )
    assert set(result.ranked[result.ranked >= 0].tolist()) <= {1, 2, 4, 5}
    assert result.ranked[1].tolist()[:3] == [4, 5, -1]


def test_the_mask_of_the_caller_is_not_written_to(split, space):
    mask = np.ones((3, 6), bool)
    evaluate_scorer(Fixed(range(6)), cases(split), space, allowed=lambda _: mask)
    assert mask.all()


def test_batches_change_nothing(split, space, monkeypatch):
    whole = evaluate_scorer(Fixed([1, 2, 3, 3, 2, 1]), cases(split), space)
    monkeypatch.setattr("instructrec.channels.base.BATCH", 2)
    pieces = evaluate_scorer(Fixed([1, 2, 3, 3, 2, 1]), cases(split), space)
    np.testing.assert_array_equal(whole.ranked, pieces.ranked)
    assert whole.report.metrics == pieces.report.metrics


@pytest.mark.parametrize(("scores", "words"), [([1, 2], "shape"), ([1, 2, 3, 4, 5, np.nan], "not finite")])
def test_a_scorer_that_breaks_its_promise_is_named(scores, words, split, space):
    with pytest.raises(ConfigError, match=f"mine gave scores .*{words}"):
        evaluate_scorer(Fixed(scores, "mine"), cases(split), space)


def test_no_requests_are_refused(space):
    with pytest.raises(ConfigError, match="0 requests"):
        evaluate_scorer(Fixed(range(6)), [], space)


def test_a_space_needs_a_vector_and_a_count_for_each_item():
    with pytest.raises(ConfigError, match="3 vectors and 2 counts"):
        Space(np.eye(3), np.ones(2))
