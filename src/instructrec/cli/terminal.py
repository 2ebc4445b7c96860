"""What commands share: their options and help, progress bars with time left, tables and the closing line."""

import json
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import click
from tqdm import tqdm

from instructrec.types import Progress, no_progress

GAP = "  "  # between two columns of a table
NARROWEST = 8  # a column of words is not made narrower than this,
NARROW = 24  # and the last one, which gives way first, not than this while another is wider
FILE_WIDTH = 160  # of a table that goes to a file or a pipe: wide, so that files hold whole lines
BAR = "{desc} {bar:28} {n_fmt}/{total_fmt} {elapsed} left {remaining} {postfix}"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

workspace_option = click.option(
    "--workspace", "-w", help="The workspace folder (or INSTRUCTREC_WORKSPACE; default .instructrec)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


class Argument(click.Argument):
    """An argument that the help of its command explains."""

    def __init__(self, *given: Any, help: str = "", **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.explained = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Its name and what it is."""
        return self.human_readable_name, self.explained


class Command(click.Command):
    """A command whose help explains its arguments before its options, and shows defaults."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **{"context_settings": {"show_default": True}} | settings)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A section of arguments where there are any, and one of options."""
        for title, kind in (("Arguments", click.Argument), ("Options", click.Option)):
            records = (each.get_help_record(ctx) for each in self.get_params(ctx) if isinstance(each, kind))
            if listed := [record for record in records if record]:
                with formatter.section(title):
                    formatter.write_dl(listed)


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Makes a function the command of this name; the function's docstring is its help."""
    return click.command(name, cls=Command)


def argument(name: str, help: str, **settings: Any) -> Callable[[Any], Any]:
    """An argument with its explanation."""
    return click.argument(name, cls=Argument, help=help, **settings)


@contextmanager
def bars(quiet: bool = False) -> Iterator[Progress]:
    """Progress bars on the error stream, one a step, with the time left; none when quiet."""
    if quiet:
        yield no_progress
    elif not sys.stderr.isatty():
        yield _log_line
    else:
        drawn: dict[str, tqdm] = {}
        try:
            yield lambda step, done, total, note="": _draw_bar(drawn, step, done, total, note)
        finally:
            for bar in drawn.values():
                bar.close()


def _draw_bar(drawn: dict[str, tqdm], step: str, done: int, total: int, note: str) -> None:
    """Move the bar of a step on; a finished step has none."""
    if done >= total:
        if bar := drawn.pop(step, None):
            bar.close()
        return
    if step not in drawn:  # `initial`: work done before the bar existed says nothing of the speed
        size = shutil.get_terminal_size()  # not tqdm's own, which draws nothing where the size is unknown
        drawn[step] = tqdm(
            desc=f"{step:<15}",
            initial=done,
            total=total,
            bar_format=BAR,
            file=sys.stderr,
            leave=False,
            miniters=1,
            unit_scale=total >= 1_000_000,
            ncols=size.columns,
            nrows=size.lines,
        )
    bar = drawn[step]
    bar.total = total
    bar.set_postfix_str(note, refresh=False)
    bar.update(done - bar.n)


def _log_line(step: str, done: int, total: int, note: str = "") -> None:
    """Progress for a log: a line when a step ends, and one for each part of it that has a note."""
    if note:
        print(f"{step} {done:,}/{total:,}: {note}", file=sys.stderr, flush=True)
    elif done >= total > 0:
        print(f"{step}: {total:,} done", file=sys.stderr, flush=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table: numbers to the right, and words wrapped where the lines would not fit."""
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [
        bool(cells) and all(_numeric_cell(row[place]) for row in cells) for place in range(len(columns))
    ]
    widths = _widths([list(columns), *cells], numeric)
    print(_bold(title))
    for line in _row_lines(columns, widths, numeric):
        print(_bold(line))
    for row in cells:
        print("\n".join(_row_lines(row, widths, numeric)))


def _widths(rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> list[int]:
    """The width of each column; while they do not fit, the last column of words gives way, then the
    widest.
    """
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else FILE_WIDTH
    room -= len(GAP) * (len(widths) - 1)
    words = [place for place, number in enumerate(numeric) if not number]
    while words and sum(widths) > room:
        place = words[-1] if widths[words[-1]] > NARROW else max(words, key=lambda place: widths[place])
        if widths[place] <= NARROWEST:
            break
        widths[place] -= 1
    return widths


def _row_lines(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> Iterator[str]:
    """The lines of one row."""
    for parts in zip_longest(
        *(wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)), fillvalue=""
    ):
        padded = []
        for part, width, number in zip(parts, widths, numeric, strict=True):
            blank = " " * (width - width_of(part))
            padded.append(blank + part if number else part + blank)
        yield GAP.join(padded).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most this many columns, broken between words where that is possible."""
    lines, line = [], ""
    for word in text.split(" "):
        if width_of(longer := f"{line} {word}" if line else word) <= width:
            line = longer
            continue
        lines += [line] if line else []
        while width_of(word) > width:
            cut = next(end for end in range(len(word), 0, -1) if end == 1 or width_of(word[:end]) <= width)
            lines, word = [*lines, word[:cut]], word[cut:]
        line = word
    return [*lines, line] if line or not lines else lines


def width_of(text: str) -> int:
    """Columns of a terminal that the text takes: Chinese characters two, combining ones none.

    >>> width_of("便宜 tea")
    8
    """
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.category(char) in ("Mn", "Me", "Cf") for char in text)


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


def closing(done: str, *then: str) -> None:
    """The last line: what was done, and what to do next."""
    print(f"\n{done}")
    for line in then:
        print(f"next: {line}")


def dump(value: Any) -> None:
    """One JSON document on standard output; escaped where the console has not every letter."""
    narrow = not (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(value, ensure_ascii=narrow, indent=2, default=str))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else CONTROL.sub(" ", str(value))


def _numeric_cell(cell: str) -> bool:
    return not cell or cell.replace(",", "").replace(".", "").replace("-", "").isdigit()
