"""Draw what is in bench/results: accuracy by row, latency by items, cost by interactions; an SVG beside each
table.

python bench/plots.py [--results FOLDER]
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair
from ablation import is_part
from machine import ROOT

WIDTH, HEIGHT = 560, 320  # pixels
KINDS = ("InstructRec", "a part of it", "another")
COLOURS = ("#1f6f5c", "#b7d3cb", "#8a8a8a")


def kind(name: str) -> str:
    """Whose row this is."""
    if is_part(name):
        return KINDS[1]
    return KINDS[0] if name == "InstructRec" else KINDS[2]


def ranking(result: dict[str, Any]) -> altair.LayerChart:
    """nDCG@10 of every row that was not told the answer, with a dot a seed."""
    rows = [
        {"row": name, "kind": kind(name), "value": row["nDCG@10"], "seeds": row.get("nDCG@10 by seed", [])}
        for name, row in result["rows"].items()
        if "nDCG@10" in row and "(leaks)" not in name
    ]
    order = [row["row"] for row in sorted(rows, key=lambda row: -row["value"])]
    base = altair.Chart(altair.Data(values=rows)).encode(y=altair.Y("row:N", sort=order, title=None))
    bars = base.mark_bar().encode(
        x=altair.X("value:Q", title="nDCG@10, full ranking"),
        color=altair.Color("kind:N", title=None, scale=altair.Scale(domain=list(KINDS), range=list(COLOURS))),
    )
    dots = base.transform_flatten(["seeds"]).mark_point(color="black", size=12).encode(x="seeds:Q")
    title = f"{result['set']}: {result['requests']:,} requests, {result['items']:,} items, {result['seeds']} seed(s)"
    return (bars + dots).properties(width=WIDTH, title=title)


def latency(result: dict[str, Any]) -> altair.LayerChart:
    """Milliseconds of a request against the size of the catalog."""
    rows = [
        {"items": row["items"], "ms": row[key], "what": what}
        for row in result["rows"]
        for key, what in (
            ("conditions p50 ms", "with conditions"),
            ("free p50 ms", "without"),
            ("encoder p50 ms", "of it the encoder"),
        )
    ]
    return lines(
        rows, ("items", "items of the catalog"), ("ms", "ms"), "One request with a new sentence, one thread"
    )


def scaling(result: dict[str, Any]) -> altair.LayerChart:
    """CPU seconds of training against interactions."""
    rows = [
        {"interactions": r["interactions"], "seconds": r["cpu_seconds"], "what": "CPU seconds"}
        for r in result["rows"]
    ]
    title = f"Cost of an epoch and of counting: exponent {result['exponent']:.2f}"
    return lines(rows, ("interactions", "interactions"), ("seconds", "CPU seconds"), title)


def lines(
    rows: list[dict[str, Any]], x: tuple[str, str], y: tuple[str, str], title: str
) -> altair.LayerChart:
    """Lines with dots over logarithmic axes."""
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X(f"{x[0]}:Q", title=x[1], scale=altair.Scale(type="log")),
        y=altair.Y(f"{y[0]}:Q", title=y[1], scale=altair.Scale(type="log")),
        color=altair.Color("what:N", title=None),
    )
    return (base.mark_line() + base.mark_point(filled=True)).properties(
        width=WIDTH, height=HEIGHT, title=title
    )


DRAWN: dict[str, Callable[[dict[str, Any]], altair.LayerChart]] = {"latency": latency, "scaling": scaling}


def main() -> None:
    """Draw every result that has a picture."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--results", type=Path, default=ROOT / "bench/results")
    given = options.parse_args()
    for path in sorted(given.results.glob("*.json")):
        result = json.loads(path.read_text())
        draw = DRAWN.get(path.stem, ranking if "seeds" in result else None)  # of the others a table says more
        if draw:
            draw(result).save(str(path.with_suffix(".svg")))
            print(path.with_suffix(".svg").name)


if __name__ == "__main__":
    main()
