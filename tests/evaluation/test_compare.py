import json
import sys

import numpy as np
import polars as pl
import pytest

from instructrec.baselines.registry import BASELINES, Baseline
from instructrec.errors import ConfigError, MissingExtra
from instructrec.evaluation.cases import cases
from instructrec.evaluation.compare import BaselineRow, compare, fit_baselines, tune_baseline
from instructrec.evaluation.plot import plot, points, spread

from .conftest import Fixed

GOOD, BAD = Fixed([0, 3, 1, 6, 5, 4], "good"), Fixed([6, 0, 5, 0, 0, 1], "bad")


@pytest.fixture
def table(split, space):
    return compare([BAD, GOOD, BaselineRow("huge", reason="needs about 5 GB")], cases(split), space)


def test_rows_are_sorted_and_the_best_is_paired_with_the_next(table):
    assert [report.name for report in table.reports] == ["good", "bad"]
    best, other = (evaluation.values["nDCG@10"].mean() for evaluation in table.evaluations)
    assert table.lead.difference.mean == pytest.approx(best - other)
    assert table.lead.ratio.mean == pytest.approx(best / other)


def test_what_could_not_run_says_why(table):
    assert table.skipped == {"huge": "needs about 5 GB"}
    assert "| huge | not run: needs about 5 GB |" in table.to_markdown()


def test_markdown_has_a_line_a_row_of_equal_width_and_a_caption(table):
    *rows, empty, caption = table.to_markdown().splitlines()
    assert {line.count("|") for line in rows} == {rows[0].count("|")}
    assert len(rows) == 5
    assert empty == ""
    assert caption.startswith("n = 3 requests of 2 users, full ranking of 6 items")
    assert "good leads bad: +" in caption


def test_a_lead_within_chance_is_not_called_one(split, space):
    assert (
        "same cannot be told apart from fixed"
        in compare([Fixed(range(6), "same"), Fixed(range(6))], cases(split), space).caption()
    )


def test_the_table_is_plain_json(table):
    told = json.loads(json.dumps(table.to_dict()))
    assert told["rows"][0]["metrics"]["nDCG@10"]["n"] == 3
    assert told["skipped"] == {"huge": "needs about 5 GB"}


def test_a_single_row_has_no_lead(split, space):
    assert compare([GOOD], cases(split), space).lead is None


def test_nothing_to_compare_is_refused(split, space):
    with pytest.raises(ConfigError, match="0 rows can run"):
        compare([BaselineRow("huge", reason="no")], cases(split), space)
    with pytest.raises(ConfigError, match="must hold 10"):
        compare([GOOD], cases(split), space, k=(5,))


def test_tuning_takes_the_setting_that_ranks_validation_best(split):
    def fit(train, favourite):
        return Fixed(np.eye(6)[favourite])

    grid = [{"favourite": item} for item in (5, 2, 3)]
    assert tune_baseline(Baseline(fit, grid), split.train, cases(split, "valid")) == {"favourite": 2}


def test_rows_that_do_not_fit_carry_their_reason_and_the_others_are_refitted_on_train_and_valid(split):
    def too_large(train):
        raise ConfigError("too large")

    popular, large = fit_baselines(
        split, cases(split, "valid"), {"popularity": BASELINES["popularity"], "large": Baseline(too_large)}
    )
    assert popular.scorer.score([cases(split)[0].context])[0].tolist() == [
        2,
        0,
        1,
        0,
        0,
        0,
    ]  # c is of the validation part
    assert large == BaselineRow("large", reason="too large")


def test_settings_that_all_fail_raise_the_last_reason(split):
    def fit(train, size):
        raise ConfigError(f"size {size} is too large")

    with pytest.raises(ConfigError, match="size 2 is too large"):
        tune_baseline(Baseline(fit, [{"size": 1}, {"size": 2}]), split.train, cases(split, "valid"))


def test_labels_never_cover_each_other():
    rng = np.random.default_rng(0)
    left, up, widths = rng.random(15) * 100, rng.random(15) * 40, np.full(15, 60.0)
    placed = spread(left, up, widths)
    for one in range(15):
        for other in range(one):
            apart = abs(left[one] - left[other]) >= 60 or abs(placed[one] - placed[other]) >= 14 - 1e-9
            assert apart


def test_points_hold_what_the_table_holds(table):
    first = points(table)[0]
    assert first["row"] == "good"
    assert first["low"] <= first["accuracy"] <= first["high"]
    assert pl.DataFrame(points(table)).height == 2


@pytest.mark.parametrize("ending", ["svg", "png", "json"])
def test_the_picture_is_written(table, tmp_path, ending):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    path = plot(table, tmp_path / f"curve.{ending}")
    assert path.stat().st_size > 500


def test_another_ending_is_refused(table, tmp_path):
    with pytest.raises(ConfigError, match=r"\.svg, \.png, \.json"):
        plot(table, tmp_path / "curve.pdf")


def test_without_altair_the_extra_is_named(table, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingExtra, match=r"instructrec\[plot\]"):
        plot(table, tmp_path / "curve.svg")
