"""Accuracy against diversity as a picture, one point a row."""

from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from instructrec.errors import ConfigError, require
from instructrec.evaluation.compare import MAIN, Table

DIVERSITY = "ILD@10"
WIDTH, HEIGHT = 640, 420  # pixels
LETTER, LINE = 6.5, 14.0  # pixels a label needs: across for each letter, and down
FORMATS = (".svg", ".png", ".json")


def plot(table: Table, path: str | Path) -> Path:
    """Draw nDCG@10 against ILD@10 of every row, with 95 % intervals and a caption, to .svg, .png or .json
    (Vega-Lite).

    Needs the extra `plot`. Raises ConfigError for another ending, MissingExtra without altair.
    """
    target = Path(path)
    if target.suffix not in FORMATS:
        raise ConfigError(f"cannot draw to {target.name!r}; allowed endings: {', '.join(FORMATS)}")
    altair = require("altair", "plot")
    require("vl_convert", "plot")
    _chart(altair, points(table), table.caption()).save(str(target))
    return target


def points(table: Table) -> list[dict[str, Any]]:
    """List what is drawn: one record a row, with the height at which its label does not cover another."""
    rows = [
        {
            "row": report.name,
            "accuracy": report.metrics[MAIN].mean,
            "low": report.metrics[MAIN].low,
            "high": report.metrics[MAIN].high,
            "diversity": report.metrics[DIVERSITY].mean,
        }
        for report in table.reports
    ]
    left, right = across(rows)
    bottom, top = down(rows)
    x = np.array([row["diversity"] - left for row in rows]) * WIDTH / (right - left)
    y = np.array([row["accuracy"] - bottom for row in rows]) * HEIGHT / (top - bottom)
    heights = spread(x, y, np.array([len(row["row"]) for row in rows]) * LETTER)
    return [
        {**row, "label": bottom + float(up) * (top - bottom) / HEIGHT}
        for row, up in zip(rows, heights, strict=True)
    ]


def across(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Choose the ends of the diversity axis, with room for a label to the right of the last point."""
    values = [row["diversity"] for row in rows]
    span = (max(values) - min(values)) or 0.1
    return min(values) - 0.05 * span, max(values) + 0.35 * span


def down(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Choose the ends of the accuracy axis: from zero, so that a ratio of heights is a ratio of
    accuracies.
    """
    return 0.0, 1.05 * max(row["high"] for row in rows) or 1.0


def spread(left: np.ndarray, up: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Push labels up, lowest first, until none covers another; all in pixels, labels start at `left`.

    >>> spread(np.array([0.0, 10.0, 300.0]), np.array([0.0, 4.0, 0.0]), np.array([50.0, 50.0, 50.0])).tolist()
    [0.0, 14.0, 0.0]
    """
    placed = up.astype(float).copy()
    done: list[int] = []
    for label in np.argsort(up, kind="stable").tolist():
        for other in sorted(done, key=lambda place: placed[place]):
            beside = left[label] >= left[other] + widths[other] or left[other] >= left[label] + widths[label]
            if not beside and abs(placed[label] - placed[other]) < LINE:
                placed[label] = placed[other] + LINE
        done.append(label)
    return placed


def _chart(altair: Any, rows: list[dict[str, Any]], caption: str) -> Any:
    base = altair.Chart(altair.Data(values=rows))
    height = {"title": "accuracy (nDCG@10)", "scale": altair.Scale(domain=down(rows), nice=False)}
    x = altair.X(
        "diversity:Q",
        title="intra-list diversity (ILD@10)",
        scale=altair.Scale(domain=across(rows), zero=False, nice=False),
    )
    bars = base.mark_rule(color="#cccccc").encode(x=x, y=altair.Y("low:Q", **height), y2="high:Q")
    dots = base.mark_circle(size=70, opacity=1).encode(x=x, y=altair.Y("accuracy:Q", **height))
    names = base.mark_text(align="left", dx=8).encode(x=x, y=altair.Y("label:Q", **height), text="row:N")
    title = altair.TitleParams("Accuracy against diversity", subtitle=wrap(caption, 100), anchor="start")
    return (bars + dots + names).properties(width=WIDTH, height=HEIGHT, title=title)
