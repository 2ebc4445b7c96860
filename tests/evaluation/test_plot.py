"""The picture shows what the table holds: every row by its name, in the file that was asked for."""

import json
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from instructrec.errors import ConfigError, MissingExtra
from instructrec.evaluation.cases import cases
from instructrec.evaluation.compare import BaselineRow, Table, compare
from instructrec.evaluation.plot import HEIGHT, LINE, across, down, plot, points, spread

from .conftest import Fixed

NAMES = ("good", "bad & ugly", "最好的")


@pytest.fixture
def table(split, space) -> Table:
    rows = [
        Fixed([6, 0, 5, 0, 0, 1], NAMES[1]),
        Fixed([0, 3, 1, 6, 5, 4], NAMES[0]),
        Fixed([1, 2, 3, 4, 5, 6], NAMES[2]),
    ]
    return compare([*rows, BaselineRow("huge", reason="needs about 5 GB")], cases(split), space)


@pytest.fixture
def drawing() -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")


@pytest.mark.usefixtures("drawing")
def test_an_svg_holds_every_row_by_name_and_the_caption(table, tmp_path):
    path = plot(table, tmp_path / "curve.svg")
    text = " ".join(ElementTree.fromstring(path.read_text(encoding="utf-8")).itertext())
    assert all(name in text for name in NAMES)
    assert "huge" not in text
    assert "n = 3 requests of 2 users" in text


@pytest.mark.usefixtures("drawing")
def test_a_json_holds_the_figures_of_every_row(table, tmp_path):
    chart = json.loads(plot(table, tmp_path / "curve.json").read_text(encoding="utf-8"))
    assert str(chart["$schema"]).startswith("https://vega.github.io/schema/vega-lite/")
    [rows] = [found for found in _values(chart) if found]
    assert {row["row"]: row["accuracy"] for row in rows} == {
        r.name: r.metrics["nDCG@10"].mean for r in table.reports
    }


def _values(chart: dict) -> list[list[dict]]:
    """The data of a Vega-Lite chart, wherever altair puts it."""
    data = [chart.get("data", {}), *(layer.get("data", {}) for layer in chart.get("layer", []))]
    found = [d["values"] for d in data if "values" in d] + list(chart.get("datasets", {}).values())
    return [rows for n, rows in enumerate(found) if rows not in found[:n]]


@pytest.mark.usefixtures("drawing")
def test_a_png_is_a_picture(table, tmp_path):
    content = plot(table, tmp_path / "curve.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(content[16:20], "big") > 640  # its width: the plot and its axis


@pytest.mark.usefixtures("drawing")
def test_the_path_may_be_plain_text_and_comes_back(table, tmp_path):
    path = plot(table, str(tmp_path / "a b.json"))
    assert path == tmp_path / "a b.json"
    assert path.is_file()


@pytest.mark.parametrize("name", ["curve.pdf", "curve", "curve.svg.zip"])
def test_another_ending_is_refused_before_anything_is_written(table, tmp_path, name):
    with pytest.raises(ConfigError, match=rf"cannot draw to '{name}'; allowed endings: \.svg, \.png, \.json"):
        plot(table, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lacking", ["altair", "vl_convert"])
def test_without_its_libraries_the_extra_is_named(table, tmp_path, monkeypatch, lacking):
    pytest.importorskip("altair")
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(MissingExtra, match=rf"{lacking} is needed here.*instructrec\[plot\]"):
        plot(table, tmp_path / "curve.svg")


def test_points_are_the_tables_figures_best_first(table):
    found = points(table)
    assert [p["row"] for p in found] == [r.name for r in table.reports]
    for point, report in zip(found, table.reports, strict=True):
        main = report.metrics["nDCG@10"]
        assert (point["low"], point["accuracy"], point["high"]) == (main.low, main.mean, main.high)
        assert point["diversity"] == report.metrics["ILD@10"].mean


def test_accuracy_is_drawn_from_zero_to_above_the_highest_interval():
    assert down([{"high": 0.2}, {"high": 0.4}]) == (0.0, pytest.approx(0.42))


def test_rows_of_no_accuracy_still_have_an_axis():
    assert down([{"high": 0.0}]) == (0.0, 1.0)


def test_the_diversity_axis_holds_every_point_with_room_for_a_label():
    low, high = across([{"diversity": 0.2}, {"diversity": 0.6}])
    assert low < 0.2
    assert high > 0.6 + 0.25 * 0.4


def test_a_single_row_has_an_axis_too():
    low, high = across([{"diversity": 0.5}])
    assert low < 0.5 < high


def test_level_labels_are_stacked_a_line_apart():
    placed = spread(np.zeros(4), np.zeros(4), np.full(4, 50.0))
    assert sorted(placed.tolist()) == [0, LINE, 2 * LINE, 3 * LINE]


def test_labels_that_do_not_meet_stay_where_they_are():
    up = np.array([0.0, LINE, HEIGHT])
    assert spread(np.zeros(3), up, np.full(3, 50.0)).tolist() == up.tolist()
