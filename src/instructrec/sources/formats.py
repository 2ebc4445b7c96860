"""From a file, a folder or an SQL address to raw polars frames: formats, encodings and delimiters, but no
meaning.

polars parses; a slow reader of the standard library takes over only where polars refuses, to say which row is
to blame.
"""

import codecs
import csv
import gzip
import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from instructrec.errors import ConfigError, DataError, ReadError
from instructrec.sources.sql import mixed, read_sql

KINDS = ("interactions", "items", "users")
NULLS = ("", "NULL", "null", "NaN", "nan", "\\N", "N/A")
TEXT = {
    ".csv": ",",
    ".tsv": "\t",
    ".tab": "\t",
    ".txt": "",
    ".dat": "",
    ".psv": "|",
    ".inter": "\t",
    ".item": "\t",
    ".user": "\t",
}
JSON = {".json", ".ndjson", ".jsonl"}
PARQUET = {".parquet", ".pq"}
SUFFIXES = (*TEXT, *sorted(JSON), *sorted(PARQUET))
_DELIMITERS = ",\t;|"
_SAMPLE = 1 << 16
_CHUNK = 1 << 24
_TYPED = re.compile(r"^(.+):(token|token_seq|float|float_seq)$")


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as its source has it: text formats hold strings only; `first_row` is the number of its first
    data row.
    """

    path: str
    format: str
    encoding: str
    frame: pl.DataFrame
    first_row: int = 1
    note: str = ""


def open_source(source: str | Path | Mapping[str, str | Path]) -> dict[str, RawTable]:
    """Open every table of a source, so that one call serves a folder, a file, a mapping and an SQL address.

    The keys are kinds (`interactions`, `items`, `users`), or "" for a lone file whose kind its columns must
    tell. Raises DataError or ConfigError when there is nothing to open and ReadError when something cannot be
    read.
    """
    if isinstance(source, Mapping):
        if unknown := sorted(set(source) - set(KINDS)) or not source:
            raise ConfigError(
                f"{unknown or 'nothing'} given as tables; allowed: {', '.join(KINDS)}; name at least one"
            )
        return {kind: open_file(path) for kind, path in source.items()}
    try:
        return _open(source)
    except OSError as error:
        raise ReadError(
            f"cannot be opened ({error.strerror}); mend its rights or name another", file=str(source)
        ) from error


def _open(source: str | Path) -> dict[str, RawTable]:
    if "://" in str(source):
        scheme = str(source).split("://")[0].lower()
        return {
            kind: RawTable(place, scheme, "utf-8", frame)
            for kind, (place, frame) in read_sql(str(source), KINDS).items()
        }
    return _open_folder(Path(source)) if Path(source).is_dir() else {"": open_file(source)}


def open_file(path: str | Path) -> RawTable:
    """Read one file into a raw frame, telling its format by its name and, for JSON, its content.

    Raises DataError for a missing, empty or unknown file and ReadError with the row for a broken one.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError(
            f"no file {str(path)!r}; give a file, a folder or an address such as sqlite:///shop.db"
        )
    suffix = _suffix(file)
    if suffix not in SUFFIXES:
        raise DataError(
            f"{file}: format {suffix!r} is not known; allowed: {', '.join(SUFFIXES)} (.gz may follow)"
        )
    if suffix in PARQUET:
        try:
            return RawTable(str(file), "parquet", "binary", pl.read_parquet(file, glob=False))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReadError(
                f"not a readable Parquet file ({str(error).splitlines()[0]}); write it again", file=str(file)
            ) from error
    try:
        with _binary(file) as stream:
            sample = stream.read(_SAMPLE)
        if not sample.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
            raise DataError(f"{file} is empty; write a header and rows to it, or leave it out")
        raw = _open_json(file) if suffix in JSON else _open_text(file, sample, TEXT[suffix])
        if not raw.frame.width:
            raise DataError(f"{file} has no records; write some to it, or leave it out")
        return raw
    except (OSError, EOFError) as error:
        raise ReadError(f"cannot be read ({error}); write or fetch it again", file=str(file)) from error


def _suffix(file: Path) -> str:
    return Path(file.stem).suffix.lower() if file.suffix.lower() == ".gz" else file.suffix.lower()


def _binary(file: Path) -> Any:
    return gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb")


def _open_folder(folder: Path) -> dict[str, RawTable]:
    files = [f for f in sorted(folder.iterdir()) if f.is_file() and _suffix(f) in SUFFIXES]
    found: dict[str, RawTable] = {}
    for kind, own in zip(KINDS, (".inter", ".item", ".user"), strict=True):
        mine = [f for f in files if f.name.split(".")[0].lower() in (kind, kind[:-1]) or _suffix(f) == own]
        if len(mine) > 1:
            raise DataError(
                f"{folder}: {[f.name for f in mine]} could all be the {kind}; keep one or map {kind}=FILE"
            )
        found.update((kind, open_file(file)) for file in mine)
    if not found:
        names = ", ".join(f.name for f in files[:10]) or "no data files"
        raise DataError(
            f"{folder} holds {names}; name them interactions.*, items.*, users.*, or map each, as in items=FILE"
        )
    return found


def _open_text(file: Path, sample: bytes, separator: str) -> RawTable:
    encoding, note = detect_encoding(file)
    separator = _sniff(_decode(sample, encoding), separator)
    direct = encoding == "utf-8" and file.suffix.lower() != ".gz"
    options: dict[str, Any] = {"separator": separator, "infer_schema": False, "null_values": list(NULLS)}
    frame = None
    with suppress(pl.exceptions.ComputeError, pl.exceptions.NoDataError):
        # polars takes the path itself, so clean UTF-8 is never copied through Python
        frame = pl.read_csv(file if direct else _text(file, encoding).encode(), glob=False, **options)
    if frame is None or "\r" in "".join(
        frame.columns
    ):  # old Macintosh line ends are one endless header to polars
        frame, more = _split_text(_text(file, encoding), separator, file)
        note = "; ".join(filter(None, (note, more)))
    named = {"\t": "tsv", ",": "csv"}.get(separator, f"text separated by {separator!r}")
    return RawTable(str(file), named, encoding, _tidy_header(frame), 2, note)


def detect_encoding(file: Path) -> tuple[str, str]:
    """Tell the encoding of a text file by marks and by trial, and say so when it is a guess; (codec, note or
    "").
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _binary(file) as stream:
        if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16", ""
        stream.seek(0)
        with suppress(UnicodeDecodeError):
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return "utf-8", ""
        stream.seek(0)
        encoding = _guess_encoding(stream.read())
    return encoding, f"{file}: not valid UTF-8; read as {encoding}, which is a guess"


def _guess_encoding(raw: bytes) -> str:
    """Tell damaged UTF-8, Chinese and western text apart: western letters stand alone between ASCII, Chinese
    ones pair up.

    >>> _guess_encoding("名称,价格".encode("gb18030")), _guess_encoding("caf\\xe9,na\\xefve".encode("latin-1"))
    ('gb18030', 'cp1252')
    """
    decoded = raw.decode("utf-8", errors="replace")
    damaged = decoded.count("\ufffd")
    if damaged * 10 < len(re.findall(r"[^\x00-\x7f]", decoded)) - damaged:
        return "utf-8-replace"
    runs = re.findall(rb"[\x80-\xff]+", raw)
    paired = sum(len(run) == 1 for run in runs) * 5 < len(runs)
    for encoding in ("gb18030", "cp1252") if paired else ("cp1252",):
        with suppress(UnicodeDecodeError):
            raw.decode(encoding)
            return encoding
    return "latin-1"


def _decode(raw: bytes, encoding: str) -> str:
    return raw.decode("utf-8" if encoding == "utf-8-replace" else encoding, errors="replace").removeprefix(
        "\ufeff"
    )


def _text(file: Path, encoding: str) -> str:
    with _binary(file) as stream:
        return _decode(stream.read(), encoding)


def _sniff(sample: str, default: str) -> str:
    """Choose the delimiter under which the first rows have most often as many fields as the header.

    >>> _sniff("a;b\\n1,5;2\\n3;4,0\\n", ",")
    ';'
    """
    lines = sample.splitlines()[:50]

    def fit(separator: str) -> tuple[float, int]:
        rows = [len(row) for row in csv.reader(lines[:-1] or lines, delimiter=separator) if row]
        width = rows[0] if rows else 0
        return (sum(n == width for n in rows) / len(rows), width) if width > 1 else (0.0, 0)

    best = max(_DELIMITERS, key=lambda separator: (fit(separator), separator == default))
    return best if fit(best)[0] else default or ","


def _split_text(text: str, separator: str, file: Path) -> tuple[pl.DataFrame, str]:
    """Parse with the standard library what polars refused, or raise ReadError with the row that is broken."""
    note = ""
    try:
        header, rows = _records(text, separator, file)
    except ReadError:
        # inch marks and the like quote nothing; believed only when every row then has its full width
        plain = [line.split(separator) for line in text.splitlines()]
        if len({len(row) for row in plain}) != 1:
            raise
        (header, *rows), note = (
            plain,
            f"{file}: its quotation marks do not pair; they were read as ordinary characters",
        )
    data = [[None if value in NULLS else value for value in column] for column in zip(*rows, strict=True)]
    return pl.DataFrame(
        data or [[]] * len(header), schema=[(name, pl.String) for name in _distinct(header)], orient="col"
    ), note


def _records(text: str, separator: str, file: Path) -> tuple[list[str], list[list[str | None]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str | None]] = []
    line = begin = 0
    try:
        header = next(reader)
        for number, row in enumerate(reader, start=2):
            line, begin = reader.line_num, line
            if any(field.strip() for field in row[len(header) :]):
                surplus = f"{len(row)} fields where the header has {len(header)}; quote or remove {row[len(header) :][:3]}"
                raise ReadError(surplus, file=str(file), row=number)
            rows.append([*row[: len(header)], *[None] * (len(header) - len(row))])
    except csv.Error as error:
        raise ReadError(f"{error}; is a quote left open?", file=str(file), row=len(rows) + 2) from error
    if line - begin > 1 and text.count('"') % 2:
        raise ReadError(
            "a quote that opens here is never closed; close it or double it",
            file=str(file),
            row=len(rows) + 1,
        )
    return header, rows


def _distinct(names: Sequence[str]) -> list[str]:
    named = [name.strip() or f"column_{i}" for i, name in enumerate(names, start=1)]
    return [name if name not in named[:i] else f"{name}_duplicated_{i}" for i, name in enumerate(named)]


def _tidy_header(frame: pl.DataFrame) -> pl.DataFrame:
    """Strip names, name the nameless and take off the `:type` suffixes; a `_seq` type is a list separated by
    spaces.
    """
    names = _distinct(frame.columns)
    typed = [_TYPED.match(name) for name in names]
    if not names or not all(typed):
        return frame.rename(dict(zip(frame.columns, names, strict=True)))
    lists = [m[1] for m in typed if m and m[2].endswith("_seq")]
    frame = frame.rename({old: m[1] for old, m in zip(frame.columns, typed, strict=True) if m})
    words = pl.col(lists).str.strip_chars().str.split(" ")
    return frame.with_columns(words.list.eval(pl.element().filter(pl.element() != ""))) if lists else frame


def _open_json(file: Path) -> RawTable:
    encoding, note = detect_encoding(file)
    text = _text(file, encoding)
    array = text.lstrip().startswith("[")
    parse = pl.read_json if array else pl.read_ndjson
    try:
        frame = parse(text.encode(), infer_schema_length=None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        frame = _parse_json(text, array, file)
    return RawTable(str(file), "json" if array else "ndjson", encoding, frame, note=note)


def _parse_json(text: str, array: bool, file: Path) -> pl.DataFrame:
    """Parse with the standard library what polars refused, or raise ReadError with the row that is broken."""
    records: list[Any] = []
    # only a line feed ends a record: splitlines() would also cut at separators inside of strings
    for number, line in enumerate([text] if array else text.split("\n"), start=1):
        try:
            parsed = json.loads(line) if line.strip() else []
        except json.JSONDecodeError as error:
            raise ReadError(
                f"not JSON: {error}; mend it there", file=str(file), row=None if array else number
            ) from error
        records += parsed if isinstance(parsed, list) else [parsed]
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise ReadError(f"{record!r} is no object; write one object a row", file=str(file), row=number)
    names = dict.fromkeys(name for record in records for name in record)
    return pl.DataFrame([mixed(name, [record.get(name) for record in records]) for name in names])
