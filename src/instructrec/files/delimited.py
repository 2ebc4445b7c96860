"""From the characters of a text file to a frame of strings: separator, quotes, ragged rows; every line is
accounted for.

polars parses. A slow reader line by line takes over only where quotation marks do not pair, to find out which
of them quote.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from instructrec.errors import DataError, ReadError

NULLS = ("", "NULL", "null", "NaN", "nan", "\\N", "N/A", "#N/A", "<NA>", "NaT")
_DELIMITERS = ",\t;|\x01"
_SAMPLE = 1 << 16
_UNIT, _BREAK = "\x1f", "\x1e"  # what parts fields, and lines inside of a field, in text that was mended
_LONGEST = 2000  # lines of one quoted field
_MENTIONED = 5
_ENOUGH = 20  # sound lines from which they say what a cell looks like
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_WELL = r'"(?:[^"]|"")*"'


@dataclass(frozen=True, slots=True)
class Parsed:
    """A frame of strings, what parts its fields, the row of its first data, and what to say."""

    frame: pl.DataFrame
    separator: str
    first_row: int
    notes: tuple[str, ...] = ()


def parse(text: str, file: str, default: str = "", header: bool = True) -> Parsed:
    """Parse separated text; with `header` the first line holds the names, else they are column_1, column_2
    ...

    Raises ReadError with the row that has too many fields or a quote that is never closed.
    """
    text = text.replace("\r\n", "\n")
    if "\n" not in text.rstrip("\r"):
        text = text.replace("\r", "\n")
    text, separator, skipped, notes = _preamble(text, default)
    separator = separator or sniff(text[:_SAMPLE], default)
    if len(separator) > 1:
        text, separator, shown = text.replace(separator, _UNIT), _UNIT, separator
    else:
        shown = separator
    first, body = _first_record(text, separator)
    names = distinct(first) if header else [f"column_{n}" for n in range(1, len(first) + 1)]
    lines = _Lines(body if header else text, file, skipped + (2 if header else 1))
    frame = lines.frame(names, separator)
    return Parsed(frame, shown, lines.first_row, (*notes, *lines.notes))


def sniff(sample: str, default: str = "") -> str:
    r"""Choose the separator under which the first rows have most often as many fields as the first.

    >>> sniff("a;b\n1,5;2\n3;4,0\n", ","), sniff("1::2::3\n1::4::5\n")
    (';', '::')
    """
    lines = [line for line in sample.splitlines()[:50] if line.strip()]
    lines = lines[:-1] or lines
    double = {line.count("::") for line in lines}
    if len(double) == 1 and double != {0}:
        return "::"
    fits = {separator: _fit(lines, separator) for separator in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda separator: (fits[separator], separator == default))
    return best if fits[best][0] else default or ","


def _fit(lines: Sequence[str], separator: str) -> tuple[float, int]:
    """The share of lines with as many fields as the first, and how many these are; with quotes or without."""
    best = (0.0, 0)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        rows = [len(row) for row in csv.reader(lines, delimiter=separator, quoting=quoting) if row]
        if rows and rows[0] > 1:
            best = max(best, (sum(n == rows[0] for n in rows) / len(lines), rows[0]))
    return best


def distinct(names: Sequence[str]) -> list[str]:
    """Strip names, name the nameless and number those that come twice.

    >>> distinct([" a ", "", "a"])
    ['a', 'column_2', 'a_duplicated_2']
    """
    named = [selectable(name.strip()) or f"column_{i}" for i, name in enumerate(names, start=1)]
    return [name if name not in named[:i] else f"{name}_duplicated_{i}" for i, name in enumerate(named)]


def selectable(name: str) -> str:
    """A name that polars does not take for a pattern of names, as it does ^...$."""
    return f"column {name}" if name.startswith("^") and name.endswith("$") else name


def _preamble(text: str, default: str) -> tuple[str, str, int, list[str]]:
    """Lines before the header: `sep=;` as spreadsheets write it, and comments; (rest, separator, lines,
    notes).
    """
    separator, skipped, notes = "", 0, []
    start, _, rest = text.partition("\n")
    if told := re.fullmatch(r'"?sep=(.|::)"?', start.strip(" \r")):
        text, separator, skipped = rest, told[1], 1
    comments = 0
    while text.startswith("#"):
        line, _, rest = text.partition("\n")
        sign = separator or sniff(text[:_SAMPLE], default)
        if line.count(sign) == rest.partition("\n")[0].count(sign) > 0:
            break  # a header that begins with a number sign
        text, comments = rest, comments + 1
    if comments:
        notes.append(f"{comments} lines at the beginning start with # and were skipped")
    while text.startswith("\n"):
        text, skipped = text[1:], skipped + 1
    return text, separator, skipped + comments, notes


def _first_record(text: str, separator: str) -> tuple[list[str], str]:
    """The fields of the first record and the text behind it; a quoted name may hold a line end."""
    end = text.find("\n")
    line = text if end < 0 else text[:end]
    fields = _strict(line, separator)
    while fields is None and end >= 0 and end < _SAMPLE:
        more = text.find("\n", end + 1)
        fields = _strict(text[: more if more >= 0 else len(text)], separator)
        if more < 0:
            break
        end = more
    if fields is None:
        end = text.find("\n")
        fields = (text if end < 0 else text[:end]).split(separator)
    return fields, "" if end < 0 else text[end + 1 :]


def _strict(text: str, separator: str) -> list[str] | None:
    """The fields of one record whose quotes are as they should be, doubled inside of a field; else None."""
    if '"' not in text:
        return text.split(separator) if "\n" not in text else None
    try:
        rows = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


class _Lines:
    """The lines behind the header, and what had to be mended in them."""

    def __init__(self, text: str, file: str, first_row: int) -> None:
        self.text, self.file, self.first_row = text, file, first_row
        self.notes: list[str] = []

    def frame(self, names: Sequence[str], separator: str) -> pl.DataFrame:
        """Every record as a row of strings."""
        text, quote = self.text, '"'
        if not text.strip("\n"):
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        widths = self._widths(text, separator)
        if '"' not in text:
            quote = None
        elif widths is None:
            text, separator, quote = self._mended(names, separator), _UNIT, None
            widths = self._widths(text, separator)
        assert widths is not None
        text = self._fitted(text, widths, len(names), separator)
        options: dict[str, Any] = {"separator": separator, "quote_char": quote, "null_values": list(NULLS)}
        schema = dict.fromkeys(names, pl.String)
        try:
            frame = pl.read_csv(
                text.encode(), has_header=False, schema=schema, truncate_ragged_lines=True, **options
            )
        except pl.exceptions.PolarsError as error:
            raise ReadError(f"cannot be parsed: {str(error).splitlines()[0]}", file=self.file) from error
        if _BREAK in text:
            frame = frame.with_columns(pl.all().str.replace_all(_BREAK, "\n", literal=True))
        records = text.count("\n") + (not text.endswith("\n"))
        if frame.height != records:
            raise ReadError(f"{records} lines became {frame.height} rows; mend its quotes", file=self.file)
        return frame

    def _widths(self, text: str, separator: str) -> pl.Series | None:
        """Fields of every line; None where a quote is not closed in its line or quotes only a part of a
        field.
        """
        lines = pl.Series(text.removesuffix("\n").split("\n"))
        if '"' in text and separator != _UNIT:
            lines = lines.str.replace_all(_WELL, "\x02")
            sign = re.escape(separator)
            if lines.str.contains(f'"|[^{sign}]\x02|\x02[^{sign}]').any():
                return None
        return lines.str.count_matches(separator, literal=True) + 1

    def _fitted(self, text: str, widths: pl.Series, width: int, separator: str) -> str:
        """Lines with more fields than names are an error, unless what is too much is blank; shorter are
        told.
        """
        if (widths > width).any():
            self._check_surplus(text.split("\n"), (widths > width).arg_true().to_list(), width, separator)
        short = ((widths < width) & (widths > 1)).arg_true()
        if short.len():
            rows = ", ".join(str(i + self.first_row) for i in short.head(_MENTIONED))
            more = ", ..." if short.len() > _MENTIONED else ""
            self.notes.append(
                f"{self.file}: {short.len()} rows have fewer fields than names (rows {rows}{more}); the "
                "rest of them is missing"
            )
        padded = width > 1 and (widths < width).any()
        return _padded(text, widths, width, separator) if padded else text

    def _check_surplus(self, lines: Sequence[str], long: Sequence[int], width: int, separator: str) -> None:
        """Raise ReadError for the first line whose fields beyond the last name are not blank."""
        for index in long:
            line = lines[index]
            fields = line.split(separator) if separator == _UNIT else (_strict(line, separator) or [])
            surplus = [f for f in fields[width:] if f.strip()]
            if surplus or not fields:
                raise ReadError(
                    f"{len(fields)} fields where the header has {width}; quote or remove {surplus[:3]}",
                    file=self.file,
                    row=index + self.first_row,
                )

    def _mended(self, names: Sequence[str], separator: str) -> str:
        """The records with a sign of their own between the fields, once it is known which quotes quote."""
        lines = self.text.removesuffix("\n").split("\n")
        if _UNIT in self.text or _BREAK in self.text:
            raise DataError(
                f"{self.file}: control characters 30 or 31 beside quotes that do not pair; remove them"
            )
        shape = _Shape.of(lines, separator, len(names))
        made, literal, place = [], [], 0
        while place < len(lines):
            fields, end, plain = _record(lines, place, separator, shape)
            if fields is None:
                raise ReadError(
                    "a quote that opens here is never closed; close it or double it",
                    file=self.file,
                    row=len(made) + self.first_row,
                )
            if plain:
                literal.append(len(made) + self.first_row)
            made.append(_UNIT.join(fields).replace("\n", _BREAK))
            place = end
        if literal:
            rows = ", ".join(map(str, literal[:_MENTIONED])) + (", ..." if len(literal) > _MENTIONED else "")
            self.notes.append(
                f"{self.file}: the quotation marks of {len(literal)} rows (rows {rows}) do not pair; they "
                "were read as ordinary characters"
            )
        return "\n".join(made) + "\n"


def _padded(text: str, widths: pl.Series, width: int, separator: str) -> str:
    """Lines with as many separators as the others: the first of them tells polars how many there are."""
    lines = text.removesuffix("\n").split("\n")
    for index in (widths < width).arg_true():
        lines[index] += separator * (width - widths[index])
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the cells of sound lines look like, by which a whole record is told from a line of prose."""

    width: int
    numeric: tuple[bool, ...] = ()
    compact: tuple[bool, ...] = ()  # without blanks; known from enough lines only
    forms: frozenset[str] = frozenset()  # of what stands first in a record

    @staticmethod
    def of(lines: Sequence[str], separator: str, width: int) -> "_Shape":
        sound = [line.split(separator) for line in lines[:20_000] if '"' not in line]
        rows = [row for row in sound if len(row) == width][:2000]
        columns = list(zip(*rows, strict=True)) or [()] * width
        numeric = tuple(_most(c, lambda cell: bool(_NUMBER.fullmatch(cell.strip()))) for c in columns)
        compact = tuple(
            len(rows) >= _ENOUGH and _most(c, lambda cell: " " not in cell.strip()) for c in columns
        )
        return _Shape(width, numeric, compact, frozenset(_form(row[0]) for row in rows))

    def fits(self, line: str, separator: str, opening: str) -> bool:
        """Whether a line is a record by itself: as many fields as names, each like its column, the first like
        that of other records.
        """
        cells = line.split(separator)
        if len(cells) != self.width:
            cells = _strict(line, separator) or []
        if len(cells) != self.width or self.width < 2:
            return False
        for cell, numeric, compact in zip(cells, self.numeric, self.compact, strict=True):
            bare = cell.strip(' "')
            if bare and ((numeric and not _NUMBER.fullmatch(bare)) or (compact and " " in bare)):
                return False
        first = _form(cells[0])
        return bool(first) and (
            first in self.forms or first == _form(opening.split(separator)[0]) or self.compact[0]
        )


def _form(cell: str) -> str:
    """The form of an id: p17 is a9."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell.strip(' "')))


def _most(cells: Sequence[str], test: Any) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and sum(map(test, filled)) >= 0.95 * len(filled)


def _record(
    lines: Sequence[str], place: int, separator: str, shape: _Shape
) -> tuple[list[str] | None, int, bool]:
    """One record from a line on: its fields, the line behind it, and whether its quotes were no quotes."""
    line = lines[place]
    if '"' not in line:
        return line.split(separator), place + 1, False
    fields = _strict(line, separator)
    if fields and len(fields) == shape.width:
        return fields, place + 1, False
    escaped = _strict(_doubled(line), separator)
    if escaped and len(escaped) == shape.width:
        return escaped, place + 1, False
    joined, end = _over_lines(lines, place, separator, shape)
    if joined:
        return joined, end, False
    cut = _to_the_separator(line, separator)
    for found in (cut, line.split(separator)):
        if len(found) == shape.width:
            return found, place + 1, True
    following = lines[place + 1] if place + 1 < len(lines) else ""
    if 1 < len(cut) < shape.width and shape.fits(following, separator, line):
        return cut, place + 1, True
    return (fields, place + 1, False) if fields else (None, place + 1, False)


def _to_the_separator(line: str, separator: str) -> list[str]:
    """The fields of a line in which a quoted field ends at the first quote before a separator or the end:
    quotes inside of it are none that quote.

    >>> _to_the_separator('7,"wishes for a "do-over" again",9', ",")
    ['7', 'wishes for a "do-over" again', '9']
    """
    sign = re.escape(separator)
    pattern = re.compile(rf'"(?P<quoted>.*?)"(?={sign}|$)|(?P<bare>[^{sign}]*)')
    fields, place = [], 0
    while place <= len(line):
        match = pattern.match(line, place)
        assert match is not None
        fields.append(match["bare"] if match["quoted"] is None else match["quoted"])
        place = match.end() + len(separator)
    return fields


def _doubled(text: str) -> str:
    """Quotes that a backslash escapes, doubled as the others are."""
    return text.replace('\\"', '""')


def _over_lines(
    lines: Sequence[str], place: int, separator: str, shape: _Shape
) -> tuple[list[str] | None, int]:
    """A record whose quoted field goes on over line ends, unless a line inside it is a record of its own."""
    if not _opens(lines[place], separator):
        return None, place
    for end in range(place + 1, min(place + _LONGEST, len(lines))):
        if shape.fits(lines[end], separator, lines[place]):
            return None, place
        if '"' in lines[end]:
            whole = "\n".join(lines[place : end + 1])
            for text in dict.fromkeys((whole, _doubled(whole))):
                fields = _strict(text, separator)
                if fields and len(fields) == shape.width:
                    return fields, end + 1
    return None, place


def _opens(line: str, separator: str) -> bool:
    """Whether a field begins with a quote that the line does not close."""
    bare = re.sub(_WELL, "", line)
    return any(after.startswith('"') for _, after in pairwise(["", *bare.split(separator)]))
