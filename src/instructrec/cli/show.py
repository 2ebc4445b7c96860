"""What commands share: their common options, progress bars with time left, tables and the closing line."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from instructrec.types import Progress

WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", "-w", help="The workspace folder (or INSTRUCTREC_WORKSPACE; default .instructrec).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@contextmanager
def bars(quiet: bool = False) -> Iterator[Progress]:
    """Progress bars on the error stream, one a step, with the time left; none when quiet."""
    columns = (
        TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(file=sys.stderr)
    if not quiet and not console.is_terminal:
        yield _lines()
        return
    with Bars(*columns, console=console, disable=quiet, transient=True) as drawn:
        tasks: dict[str, TaskID] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step.startswith("epoch "):  # one bar for all epochs: a new one would scroll the page
                drawn.update(tasks.setdefault("epoch", drawn.add_task("epoch") if "epoch" not in tasks else tasks["epoch"]),
                             description=step, completed=done, total=total)  # fmt: skip
                return
            if step not in tasks:
                tasks[step] = drawn.add_task(step, total=total)
            drawn.update(tasks[step], completed=done, total=total)

        yield progress


def _lines() -> Progress:
    """Progress for a log: a line when a step is finished, since a bar cannot be drawn over."""

    def progress(step: str, done: int, total: int) -> None:
        if done >= total > 0:
            print(f"{step}: {total:,} done", file=sys.stderr, flush=True)

    return progress


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; numbers to the right."""
    printer = console()
    printer.print(title, style="bold", soft_wrap=True)
    drawn = Table(header_style="bold", box=None, pad_edge=False)
    listed = [[_cell(value) for value in row] for row in rows]
    for place, column in enumerate(columns):
        numeric = all(_is_number(row[place]) for row in listed)
        drawn.add_column(column, justify="right" if numeric and listed else "left", overflow="fold")
    for row in listed:
        drawn.add_row(*row)
    printer.print(drawn)


def console() -> Console:
    """The console of standard output; wide when it is not a terminal, so that files hold whole lines."""
    return Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 160)


def closing(done: str, *then: str) -> None:
    """The last line: what was done, and what to do next."""
    print(f"\n{done}")
    for line in then:
        print(f"next: {line}")


def dump(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else "" if value is None else str(value)


def _is_number(cell: str) -> bool:
    return not cell or cell.replace(",", "").replace(".", "").replace("-", "").isdigit()
