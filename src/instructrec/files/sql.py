"""From an SQL address to raw polars frames: SQLite by the standard library, PostgreSQL by Arrow."""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl

from instructrec.errors import ConfigError, DataError, ReadError, require

_POSTGRES_TABLES = (
    "SELECT table_name::text AS name FROM information_schema.tables "
    "WHERE table_schema = ANY (current_schemas(false))"
)


def read_sql(url: str, wanted: Sequence[str]) -> dict[str, tuple[str, pl.DataFrame]]:
    """Read the wanted tables or views, under their plural or singular names, so that a shop needs no export
    first.

    Gives wanted name -> (place without a password, frame). Raises ConfigError for another kind of address,
    DataError when the database cannot be reached or has none of the tables, ReadError when it is broken.
    """
    scheme = url.split("://")[0].lower()
    if scheme in {"postgresql", "postgres"}:
        return _read_postgres(url, wanted)
    if scheme != "sqlite":
        raise ConfigError(
            f"address {scheme}://... is not known; allowed: sqlite:///FILE and postgresql://USER@HOST/DATABASE"
        )
    file = Path(url.split("://", 1)[1].removeprefix("/"))
    if not file.is_file():
        raise DataError(
            f"no SQLite file {str(file)!r}; for an absolute path write sqlite:////path/to/file.db"
        )
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            rows = connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            ).fetchall()
            names = _present([name for (name,) in rows], wanted, str(file))
            return {kind: (f"{file}:{name}", _sqlite_frame(connection, name)) for kind, name in names.items()}
        except sqlite3.DatabaseError as error:
            raise ReadError(f"SQLite cannot read it ({error}); is it a database?", file=str(file)) from error


def mixed(name: str, values: Iterable[Any]) -> pl.Series:
    """Make a column of one type; where the types are mixed, as SQLite and JSON allow, of strings, so that no
    value is lost.

    >>> mixed("a", [1, None]).dtype, mixed("a", [1, "x"]).to_list()
    (Int64, ['1', 'x'])
    """
    values = list(values)
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        plain = [
            v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False, default=str)
            for v in values
        ]
        return pl.Series(name, plain, dtype=pl.String)


def _sqlite_frame(connection: sqlite3.Connection, table: str) -> pl.DataFrame:
    cursor = connection.execute(f'SELECT * FROM "{table}"')  # a name that _present took from our own list
    rows = cursor.fetchall()
    return pl.DataFrame([mixed(c[0], [row[i] for row in rows]) for i, c in enumerate(cursor.description)])


def _present(tables: Sequence[str], wanted: Sequence[str], place: str) -> dict[str, str]:
    found = {kind: name for kind in wanted for name in (kind[:-1], kind) if name in tables}
    if not found:
        raise DataError(
            f"{place} holds the tables {list(tables)[:20]}; create a table or a view named "
            f"{', '.join(wanted)}"
        )
    return found


def _read_postgres(url: str, wanted: Sequence[str]) -> dict[str, tuple[str, pl.DataFrame]]:
    driver = require("adbc_driver_manager", "postgres")
    require("adbc_driver_postgresql", "postgres")
    require("pyarrow", "postgres")
    place = re.sub(r"//[^@/]*@", "//", url)  # a password must not reach a report or a log
    try:
        tables = pl.read_database_uri(_POSTGRES_TABLES, url, engine="adbc")["name"].to_list()
        names = _present(tables, wanted, place)
        return {
            kind: (f"{place}:{name}", pl.read_database_uri(f'SELECT * FROM "{name}"', url, engine="adbc"))
            for kind, name in names.items()
        }
    except driver.Error as error:
        reason = str(error).replace(url, place).strip().splitlines()[0]
        raise DataError(f"{place}: {reason}; check the address and that the server runs") from None
