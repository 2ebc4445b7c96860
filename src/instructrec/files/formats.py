"""From a file, a folder or an SQL address to raw polars frames: formats, archives and encodings, but no
meaning.
"""

import bz2
import gzip
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from instructrec.errors import ConfigError, DataError, ReadError
from instructrec.files import delimited
from instructrec.files.encodings import decode
from instructrec.files.sql import mixed, read_sql

KINDS = ("interactions", "items", "users")
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
SHEETS = {".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"}
PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}
ARCHIVE = ".zip"
SUFFIXES = (*TEXT, *sorted(JSON), *sorted(PARQUET), *sorted(SHEETS))
_TYPED = re.compile(r"^(.+):(token|token_seq|float|float_seq)$")
_SHOWN = 10


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
    notes: tuple[str, ...] = ()
    written: bool = False  # cells are as somebody wrote them: a number may be text


@dataclass(frozen=True, slots=True)
class Opening:
    """How text files are to be opened, where that is known: their encoding, and whether they have a
    header.
    """

    encoding: str | None = None
    header: bool = True


AS_FOUND = Opening()


def open_source(
    source: str | Path | Mapping[str, str | Path], how: Opening = AS_FOUND
) -> dict[str, RawTable]:
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
        return {kind: open_file(path, how) for kind, path in source.items()}
    try:
        return _open(source, how)
    except OSError as error:
        raise ReadError(
            f"cannot be opened ({error.strerror}); mend its rights or name another", file=str(source)
        ) from error


def _open(source: str | Path, how: Opening) -> dict[str, RawTable]:
    if "://" in str(source):
        scheme = str(source).split("://")[0].lower()
        return {
            kind: RawTable(place, scheme, "utf-8", composed(frame))
            for kind, (place, frame) in read_sql(str(source), KINDS).items()
        }
    path = Path(source)
    if path.suffix.lower() == ARCHIVE and path.is_file():
        return _open_archive(path, how)
    if not path.is_dir():
        return {"": open_file(path, how)}
    return {"": _open_parts(path)} if _is_parts(path) else _open_folder(path, how)


def open_file(path: str | Path, how: Opening = AS_FOUND) -> RawTable:
    """Read one file into a raw frame, telling its format by its name and, for JSON, its content.

    Raises DataError for a missing, empty or unknown file and ReadError with the row for a broken one.
    """
    file = Path(path)
    if file.is_dir() and _is_parts(file):
        return _open_parts(file)
    if not file.is_file():
        raise DataError(
            f"no file {str(path)!r}; give a file, a folder or an address such as sqlite:///shop.db"
        )
    if file.suffix.lower() == ARCHIVE:
        tables = _open_archive(file, how)
        if len(tables) > 1:
            raise DataError(f"{file} holds {len(tables)} tables; read it by itself, as a folder is read")
        return next(iter(tables.values()))
    if _suffix(file.name) not in SUFFIXES:
        raise DataError(_unknown(str(file), _suffix(file.name)))
    try:
        return _open_bytes(file.read_bytes(), file.name, str(file), how)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ReadError(f"cannot be read ({error}); write or fetch it again", file=str(file)) from error


def _unknown(place: str, suffix: str) -> str:
    more = ", ".join((*PACKED, ARCHIVE))
    return f"{place}: format {suffix!r} is not known; allowed: {', '.join(SUFFIXES)} ({more} may follow)"


def _open_bytes(raw: bytes, name: str, place: str, how: Opening) -> RawTable:
    """A table from the bytes of one file, unpacked where its name says so."""
    if unpack := PACKED.get(Path(name).suffix.lower()):
        raw, name = unpack(raw), Path(name).stem
    suffix = Path(name).suffix.lower()
    if suffix in PARQUET:
        return _parquet(raw, place)
    if suffix in SHEETS:
        return _open_sheet(raw, place, how)
    if not raw.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise DataError(f"{place} is empty; write a header and rows to it, or leave it out")
    found = decode(raw, place, how.encoding)
    del raw
    if suffix in JSON:
        table = _open_json(found.text, place)
    else:
        parsed = delimited.parse(found.text, place, TEXT[suffix], how.header)
        named = {"\t": "tsv", ",": "csv"}.get(parsed.separator, f"text separated by {parsed.separator!r}")
        table = RawTable(place, named, "", _tidy_header(parsed.frame), parsed.first_row, parsed.notes, True)
    if not table.frame.width:
        raise DataError(f"{place} has no records; write some to it, or leave it out")
    return replace(table, encoding=found.encoding, notes=(*found.notes, *table.notes))


def _suffix(name: str) -> str:
    """The ending that says the format, below the one that says how it is packed."""
    path = Path(name)
    return Path(path.stem).suffix.lower() if path.suffix.lower() in PACKED else path.suffix.lower()


def _is_parts(folder: Path) -> bool:
    """Whether a folder is one table in parts: Parquet files below it, and none with the name of a table."""
    files = [f for f in folder.rglob("*") if f.is_file() and not f.name.startswith(("_", "."))]
    named = any(_kind_of_name(f.name) for f in folder.iterdir())
    return bool(files) and not named and all(_suffix(f.name) in PARQUET for f in files)


def _open_parts(folder: Path) -> RawTable:
    files = sorted(
        f for f in folder.rglob("*") if f.suffix.lower() in PARQUET and not f.name.startswith(("_", "."))
    )
    try:
        frame = pl.concat([pl.read_parquet(f, glob=False) for f in files], how="diagonal_relaxed")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ReadError(
            f"its Parquet files do not fit together ({str(error).splitlines()[0]})", file=str(folder)
        ) from error
    return RawTable(str(folder), f"parquet, {len(files)} files", "binary", composed(frame))


def _parquet(raw: bytes, place: str) -> RawTable:
    try:
        return RawTable(place, "parquet", "binary", composed(pl.read_parquet(raw)))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ReadError(
            f"not a readable Parquet file ({str(error).splitlines()[0]}); write it again", file=place
        ) from error


def _open_sheet(raw: bytes, place: str, how: Opening) -> RawTable:
    """The first sheet of a workbook that is not empty; the others are named."""
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(raw))
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as error:
        raise ReadError(f"not a readable workbook ({error}); save it again", file=place) from error
    filled = [(name, rows) for name, rows in sheets.items() if rows and any(map(any, rows))]
    if not filled:
        raise DataError(f"{place} is empty; write a header and rows to it, or leave it out")
    name, rows = filled[0]
    frame = _sheet_frame(rows, how.header)
    others = [other for other, _ in filled[1:]]
    notes = (f"{place}: sheet {name!r} was read; skipped: {', '.join(others)}",) if others else ()
    return RawTable(place, "workbook", "binary", composed(frame), 2 if how.header else 1, notes, True)


def _sheet_frame(rows: Sequence[Sequence[Any]], header: bool) -> pl.DataFrame:
    """The cells of a sheet; its numbers, which are all floats there, as whole ones where they are."""
    width = max(map(len, rows))
    cells = [[None if c == "" else c for c in row] + [None] * (width - len(row)) for row in rows]
    names = [f"column_{n}" for n in range(1, width + 1)]
    if header:
        names, cells = delimited.distinct(["" if c is None else str(c) for c in cells[0]]), cells[1:]
    columns = zip(*cells, strict=True) if cells else [[] for _ in names]
    made = [mixed(n, column) for n, column in zip(names, columns, strict=True)]
    return pl.DataFrame([s.cast(pl.Int64) if _is_whole(s) else s for s in made])


def _is_whole(numbers: pl.Series) -> bool:
    if not numbers.dtype.is_float():
        return False
    return bool((numbers.drop_nulls() % 1 == 0).all() and (numbers.abs() < 2**53).all())


def _open_archive(file: Path, how: Opening) -> dict[str, RawTable]:
    """The tables of a .zip, as those of a folder; a single file in it as that file."""
    try:
        with zipfile.ZipFile(file) as archive:
            inside = [i for i in archive.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
            wanted = [i for i in inside if _suffix(i.filename) in SUFFIXES]
            chosen = (
                {"": wanted[0].filename}
                if len(wanted) == 1
                else _by_kind([i.filename for i in wanted], str(file))
            )
            if not chosen:
                names = ", ".join(i.filename for i in inside[:_SHOWN]) or "nothing"
                raise DataError(f"{file} holds {names}; name them interactions.*, items.*, users.*")
            tables = {
                kind: _open_bytes(archive.read(name), Path(name).name, f"{file}:{name}", how)
                for kind, name in chosen.items()
            }
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
        raise ReadError(
            f"cannot be unpacked ({error}); pack it again, without a password", file=str(file)
        ) from error
    return _with_skipped(tables, [i.filename for i in inside if i.filename not in chosen.values()], str(file))


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in Path(name).parts)


def _kind_of_name(name: str) -> str:
    """The table that a file's name says it is, or ""."""
    stem, suffix = name.split(".")[0].lower(), _suffix(name)
    for kind, own in zip(KINDS, (".inter", ".item", ".user"), strict=True):
        if stem in (kind, kind[:-1]) or suffix == own:
            return kind
    return ""


def _by_kind(names: Sequence[str], place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind in KINDS:
        mine = [name for name in names if _kind_of_name(Path(name).name) == kind]
        if len(mine) > 1:
            raise DataError(f"{place}: {mine} could all be the {kind}; keep one or map {kind}=FILE")
        found.update((kind, name) for name in mine)
    return found


def _open_folder(folder: Path, how: Opening) -> dict[str, RawTable]:
    entries = [e for e in sorted(folder.iterdir()) if not e.name.startswith(".")]
    tables = [e.name for e in entries if _is_table(e)]
    chosen = _by_kind(tables, str(folder))
    if not chosen:
        names = ", ".join(tables[:_SHOWN]) or "no data files"
        raise DataError(
            f"{folder} holds {names}; name them interactions.*, items.*, users.*, or map each, as in "
            "items=FILE"
        )
    found = {kind: open_file(folder / name, how) for kind, name in chosen.items()}
    return _with_skipped(found, [e.name for e in entries if e.name not in chosen.values()], str(folder))


def _is_table(entry: Path) -> bool:
    if entry.is_dir():
        return bool(_kind_of_name(entry.name)) and _is_parts(entry)
    return _suffix(entry.name) in SUFFIXES or entry.suffix.lower() == ARCHIVE


def _with_skipped(tables: dict[str, RawTable], names: Sequence[str], place: str) -> dict[str, RawTable]:
    """The same tables, of which the first says what else was there and was not read."""
    if not names:
        return tables
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    note = f"{place}: skipped: {', '.join(names[:_SHOWN])}{more}"
    kind, first = next(iter(tables.items()))
    return {**tables, kind: replace(first, notes=(note, *first.notes))}


def composed(frame: pl.DataFrame) -> pl.DataFrame:
    """The same table with its text in composed form (NFC) and without numbers that are none (NaN)."""
    frame = frame.rename({n: delimited.selectable(n) for n in frame.columns if delimited.selectable(n) != n})
    texts = [
        n
        for n, t in frame.schema.items()
        if t == pl.String and not frame[n].str.contains(r"^[\x00-\x7f]*$").all()
    ]
    lists = [n for n, t in frame.schema.items() if t == pl.List(pl.String)]
    floats = [n for n, t in frame.schema.items() if t.is_float()]
    return frame.with_columns(
        pl.col(texts).str.normalize("NFC"),
        pl.col(lists).list.eval(pl.element().str.normalize("NFC")),
        pl.col(floats).fill_nan(None),
    )


def _tidy_header(frame: pl.DataFrame) -> pl.DataFrame:
    """Take off the `:type` suffixes of names; a `_seq` type is a list separated by spaces."""
    typed = [_TYPED.match(name) for name in frame.columns]
    if not typed or not all(typed):
        return frame
    lists = [m[1] for m in typed if m and m[2].endswith("_seq")]
    frame = frame.rename({old: m[1] for old, m in zip(frame.columns, typed, strict=True) if m})
    words = pl.col(lists).str.strip_chars().str.split(" ")
    return frame.with_columns(words.list.eval(pl.element().filter(pl.element() != ""))) if lists else frame


def _open_json(text: str, place: str) -> RawTable:
    array = text.lstrip().startswith("[")
    parse = pl.read_json if array else pl.read_ndjson
    try:
        frame = parse(text.encode(), infer_schema_length=None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        frame = _parse_json(text, array, place)
    return RawTable(place, "json" if array else "ndjson", "", composed(frame))


def _loaded(text: str, place: str, row: int | None) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        raise ReadError(f"not JSON: {error}; mend it there", file=place, row=row) from error


def _parse_json(text: str, array: bool, place: str) -> pl.DataFrame:
    """Parse with the standard library what polars refused, or raise ReadError with the row that is broken."""
    records: list[Any] = []
    # only a line feed ends a record: splitlines() would also cut at separators inside of strings
    lines = [text] if array else text.split("\n")
    for number, line in ((n, line) for n, line in enumerate(lines, start=1) if line.strip()):
        parsed = _loaded(line, place, None if array else number)
        records += parsed if isinstance(parsed, list) else [parsed]
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise ReadError(f"{record!r} is no object; write one object a row", file=place, row=number)
    names = dict.fromkeys(chain.from_iterable(records))
    return pl.DataFrame([mixed(name, [record.get(name) for record in records]) for name in names])
