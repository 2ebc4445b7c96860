"""Tables of every kind of text file come back as they were written, or are refused with the row.

10,000 cases: INSTRUCTREC_ROUNDTRIP=10000 pytest tests/sources/test_roundtrip.py
"""

import csv
import io
import os
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from instructrec.cells.units import factor
from instructrec.errors import InstructRecError, ReadError
from instructrec.files.delimited import NULLS
from instructrec.files.formats import open_file
from instructrec.sources.read import read

CASES = int(os.environ.get("INSTRUCTREC_ROUNDTRIP", "200"))
many = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LETTERS = {
    "utf-8": "abcdeXYZ éüñßłőшж灯水カ한🌙'’&-_.:!?()",
    "utf-8-sig": "abcdeXYZ éü灯'&-_.:!?()",
    "utf-16": "abcXYZ éш灯한'&-.:",
    "ascii": "abcdefgXYZ '&-_.:!?()/",
}
SEPARATORS = (",", ";", "\t", "|")
ORIGIN = datetime(2021, 1, 1, tzinfo=UTC)


@st.composite
def cells(draw: st.DrawFn, encoding: str) -> str:
    """A cell as people write it: with separators, quotes and line ends in it, and sometimes blank."""
    alphabet = LETTERS[encoding] + ',;|"' + ("\n" if draw(st.integers(0, 9)) == 0 else "")
    text = draw(st.text(alphabet, max_size=14))
    return unicodedata.normalize("NFC", text)


def written(rows: list[list[str]], separator: str, quoting: int, line_end: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator=line_end).writerows(rows)
    return buffer.getvalue()


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[list[str]], str]:
    """The bytes of a catalog with its rows: ids, titles, one more column of text."""
    encoding = draw(st.sampled_from(sorted(LETTERS)))
    separator = draw(st.sampled_from(SEPARATORS))
    n = draw(st.integers(1, 8))
    rows = [[f"p{number}", draw(cells(encoding)), draw(cells(encoding))] for number in range(n)]
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    text = written([["item_id", "title", "note"], *rows], separator, quoting, line_end)
    return text.encode(encoding), rows, separator


def as_read(cell: str) -> str | None:
    """What a cell is once read: quotes are gone, a word for nothing is nothing."""
    return None if cell in NULLS else cell


@many
@given(files())
def test_every_cell_of_a_text_file_comes_back(
    tmp_path: Path, case: tuple[bytes, list[list[str]], str]
) -> None:
    content, rows, _ = case
    path = tmp_path / "items.csv"
    path.write_bytes(content)
    frame = open_file(path).frame
    assert frame.columns == ["item_id", "title", "note"]
    assert [list(row) for row in frame.iter_rows()] == [[as_read(c) for c in row] for row in rows]


@many
@given(files(), st.data())
def test_a_quote_that_is_never_closed_loses_no_row(
    tmp_path: Path, case: tuple[bytes, list[list[str]], str], data: st.DataObject
) -> None:
    _, rows, separator = case
    plain = [[c.replace('"', "").replace(separator, "").replace("\n", "") for c in row] for row in rows]
    for number in data.draw(st.sets(st.integers(0, len(plain) - 1), min_size=1)):
        plain[number][1] = '"' + plain[number][1]
    text = "\n".join(
        separator.join(row) for row in [["item_id", "title", "year"], *[[a, b, "1999"] for a, b, _ in plain]]
    )
    path = tmp_path / "items.csv"
    path.write_text(text + "\n", encoding="utf-8")
    try:
        frame = open_file(path).frame
    except ReadError as error:
        assert error.row is not None
        return
    assert frame["item_id"].to_list() == [row[0] for row in rows]
    assert frame["title"].to_list() == [as_read(row[1]) for row in plain]


MONEY = {
    "1,234.50": (",", "."), "1.234,50": (".", ","), "1 234,50": (" ", ","), "1'234.50": ("'", "."), "1234.50": ("", "."),
    "1\u00a0234,50": ("\u00a0", ","), "1\u202f234,50": ("\u202f", ","),
}  # fmt: skip


@many
@given(
    st.lists(st.integers(1, 9_999_999), min_size=1, max_size=8),
    st.sampled_from(sorted(MONEY)),
    st.sampled_from(["", " €", "€ ", "$", "EUR "]),
)
def test_money_is_the_same_however_it_is_written(
    tmp_path: Path, cents: list[int], style: str, sign: str
) -> None:
    thousands, mark = MONEY[style]
    shown = [f"{c / 100:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", thousands) for c in cents]
    prices = [f"{s}{sign}" if sign.startswith(" ") else f"{sign}{s}" for s in shown]
    rows = [["item_id", "title", "price"], *([f"p{n}", f"Thing {n}", p] for n, p in enumerate(prices))]
    path = tmp_path / "items.csv"
    path.write_text(written(rows, ";", csv.QUOTE_MINIMAL, "\n"), encoding="utf-8")
    assert read(path)[0].catalog.items["price"].to_list() == [c / 100 for c in cents]


DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%Y%m%d",
    "%d %b %Y", "%b %d, %Y", "%m/%d/%Y %I:%M %p", "%d/%m/%y", "%Y-%m-%d %H:%M:%S UTC", "%s", "%s000", "%Y年%m月%d日",
)  # fmt: skip


@many
@given(st.lists(st.integers(0, 1_500 * 24 * 60), min_size=1, max_size=8), st.sampled_from(DATES))
def test_times_come_back_or_are_asked_for(tmp_path: Path, minutes: list[int], style: str) -> None:
    moments = [ORIGIN + timedelta(minutes=m) for m in minutes]
    if not any(part in style for part in ("%H", "%I", "%s")):
        moments = [m.replace(hour=0, minute=0) for m in moments]
    shown = [m.strftime(style.replace("%s", str(int(m.timestamp())))) for m in moments]
    rows = [["user_id", "item_id", "time"], *([f"u{n}", f"p{n}", t] for n, t in enumerate(shown))]
    path = tmp_path / "interactions.csv"
    path.write_text(written(rows, ",", csv.QUOTE_MINIMAL, "\n"), encoding="utf-8")
    try:
        data, _ = read(path)
    except ReadError as error:
        assert "--dates" in str(error)
        order = "month-first" if style.startswith("%m") else "day-first"
        data, _ = read(path, dates=order)
    assert data.interactions["timestamp"].to_list() == [m.timestamp() for m in moments]


@many
@given(st.lists(st.lists(st.text("abcXYZ é灯", min_size=1, max_size=8), min_size=1, max_size=4), min_size=4, max_size=12),
       st.sampled_from(["|", ";", ", ", " > ", "、"]))  # fmt: skip
def test_names_are_parted_where_they_were_joined(tmp_path: Path, lists: list[list[str]], sign: str) -> None:
    clean = [list(dict.fromkeys(filter(None, (" ".join(n.split()) for n in names)))) for names in lists]
    clean = [names for names in clean if names]
    assume(sum(len(names) > 1 for names in clean) > 1)
    rows = [
        ["item_id", "title", "categories"],
        *([f"p{n}", "T", sign.join(names)] for n, names in enumerate(clean)),
    ]
    path = tmp_path / "items.tsv"
    path.write_text(written(rows, "\t", csv.QUOTE_MINIMAL, "\n"), encoding="utf-8")
    found = read(path)[0].catalog.items["categories"].to_list()
    assert found == [[unicodedata.normalize("NFC", n) for n in names] for names in clean]


@many
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(content)
    try:
        read(path)
    except InstructRecError as error:
        assert str(error)


@pytest.mark.parametrize("cell", ['say "hi"', "two\nlines", "a,b;c|d", "  edges ", '5" disc', "it's"])
def test_cells_with_signs_of_their_own_come_back(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(
        written([["item_id", "title"], ["1", cell], ["2", "plain"]], ",", csv.QUOTE_MINIMAL, "\n"),
        encoding="utf-8",
    )
    assert open_file(path).frame["title"].to_list() == [cell, "plain"]


def _grams(draw: st.DrawFn) -> tuple[str, object]:
    grams = draw(st.integers(1, 5000))
    return draw(st.sampled_from([f"{grams} g", f"{grams}g", f"{grams / 1000:.3f} kg"])), grams


def _minutes(draw: st.DrawFn) -> tuple[str, object]:
    minutes = draw(st.integers(1, 600))
    hours, rest = divmod(minutes, 60)
    written = f"{hours} h {rest} min" if hours else f"{rest} min"
    return draw(st.sampled_from([f"{minutes} min", f"{minutes} mins", written])), minutes


def _yes(draw: st.DrawFn) -> tuple[str, object]:
    yes = draw(st.booleans())
    return ("yes" if yes else "no"), yes


def _count(draw: st.DrawFn) -> tuple[str, object]:
    number = draw(st.integers(0, 99_999))
    return f"{number:,}", number


def _gigabytes(draw: st.DrawFn) -> tuple[str, object]:
    size = draw(st.sampled_from([2, 4, 6, 8, 12, 16]))
    return f"{size}GB", size


# a column's name, how its cells are written and what they are, and the cell that shows its kind without a doubt
KINDS = {
    "Weight": (_grams, ("250 g", 250)),
    "Running time": (_minutes, ("95 min", 95)),
    "In stock": (_yes, ("yes", True)),
    "Followers": (_count, ("1,024", 1024)),
    "Memory": (_gigabytes, ("32GB", 32)),
}


@many
@given(st.data())
def test_columns_of_every_kind_hold_what_was_written(tmp_path: Path, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5, unique=True))
    height = data.draw(st.integers(3, 15))
    made = {n: [*(data.draw(st.composite(KINDS[n][0])()) for _ in range(height)), KINDS[n][1]] for n in names}
    if "In stock" in made:
        made["In stock"][0] = ("no", False)
    order = data.draw(st.permutations(names))
    sign = data.draw(st.sampled_from(SEPARATORS))
    rows = [["Product ID", "Product", *order]]
    rows += [[f"p{i}", f"Thing {chr(65 + i)}", *(made[n][i][0] for n in order)] for i in range(height + 1)]
    path = tmp_path / "items.csv"
    path.write_text(written(rows, sign, csv.QUOTE_MINIMAL, "\n"), encoding="utf-8")
    catalog = read(path)[0].catalog
    for name in names:
        unit = catalog.profile[name].unit  # that of most cells
        size = factor("g", unit) if name == "Weight" else 1
        assert catalog.items[name].to_list() == pytest.approx([value * size for _, value in made[name]]), name
