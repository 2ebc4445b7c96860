"""Figures and tables as Markdown, and the notes that stand under a table."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

NOT_MEASURED = "not measured"


def figure(value: float | str | None) -> str:
    """A number with three significant digits, at most four decimals and a leading zero.

    >>> [figure(value) for value in (0.14376, 0.0065018, 12.4, 1247.2, 3094, None)]
    ['0.144', '0.0065', '12.4', '1,247', '3,094', 'not measured']
    """
    if value is None:
        return NOT_MEASURED
    if isinstance(value, str | int):
        return f"{value:,}" if isinstance(value, int) else value
    if value == 0:
        return "0"
    decimals = min(4, max(0, 2 - math.floor(math.log10(abs(value)))))
    return f"{value:,.{decimals}f}"


def ratio(values: Sequence[float] | None) -> str:
    """A ratio with its 95 % interval.

    >>> ratio([1.4598, 1.3339, 1.6038])
    '1.46x (1.33-1.60)'
    """
    return f"{values[0]:.2f}x ({values[1]:.2f}-{values[2]:.2f})" if values else "no ratio"


def table(head: Sequence[str], rows: Sequence[Sequence[float | str | None]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    lines += [[figure(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def of_rows(rows: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str], first: str = "") -> str:
    """A table with a line for each named row; `columns` maps a key of the rows to its heading.

    A column that no row has is left out, and a cell that a row lacks is empty.
    """
    shown = {key: head for key, head in columns.items() if any(key in row for row in rows.values())}
    lines = [[name, *(row.get(key, "") for key in shown)] for name, row in rows.items()]
    return table([first, *shown.values()], lines)


def run(about: Mapping[str, Any]) -> str:
    """The machine, the commit and, where it is known, the command of a run."""
    cpu = about["cpu"].replace("(R)", "").replace(" Processor", "").replace("  ", " ")
    many = f"{about['threads']} thread" + ("s" if about["threads"] != 1 else "")
    command = f", `{about['command']}`" if "command" in about else ""
    return f"{cpu}, {many}, commit {about['commit']}{command}"


def section(title: str, *parts: str, level: int = 2) -> str:
    """A heading and its paragraphs; empty ones are left out."""
    return "\n\n".join([f"{'#' * level} {title}", *(part.strip() for part in parts if part.strip())]) + "\n"
