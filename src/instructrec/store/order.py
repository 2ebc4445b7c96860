"""The place in time of interactions whose source has none: after everything that is stored, in their order,
and each once.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from instructrec.data.dataset import Dataset
from instructrec.store.sqlite import SqliteStore

LEAST_EPOCH = 1e8  # smaller numbers are places in an order and not seconds since 1970
STEP = 0.001  # seconds between two rows that come after real times
LEAST_OVERLAP = 3  # rows with which a later part of a log may begin again
_ROW = ("user_id", "item_id", "action", "value")
_NTH_ROW = [*_ROW, "nth"]  # equal rows are told apart by how many come before


def placed(store: SqliteStore, data: Dataset, place: str) -> tuple[Dataset, list[str]]:
    """Give the rows of a source without times their place: those of an earlier such source that come again
    keep theirs, all others follow what is stored.

    A file that holds all rows of an earlier one is that file, grown. One of the same name that begins with
    the last rows of the earlier goes on where it ended. In any other, equal rows are interactions of their
    own.
    """
    acts = data.interactions.sort("timestamp", maintain_order=True).with_row_index("row")
    times = pl.Series("timestamp", [None], dtype=pl.Float64).new_from_index(0, acts.height)
    equal = 0
    for there, stored in _timeless(store):
        known = _grown(acts, times, stored)
        if known is None and there == place:
            known = _continued_order(acts, times, stored)
        if known is None:
            equal += acts.filter(times.is_null()).join(stored, on=_ROW, how="semi", nulls_equal=True).height
        else:
            times = times.fill_null(known)
    last = store.connection.execute("SELECT max(timestamp) FROM interactions").fetchone()[0]
    start, step = (
        (0.0, 1.0) if last is None else (last + 1.0, 1.0) if last < LEAST_EPOCH else (last + STEP, STEP)
    )
    new = times.is_null()
    after = start + (new.cast(pl.Int64).cum_sum() - 1).cast(pl.Float64) * step
    acts = acts.with_columns(timestamp=pl.select(pl.when(new).then(after).otherwise(times)).to_series()).drop(
        "row"
    )
    notes = []
    if equal:
        notes.append(
            f"{equal:,} rows without a time are equal to rows that are stored and were stored after them as "
            "interactions of their own; if they are the same, take this source back: instructrec sources"
        )
    return replace(data, interactions=acts), notes


def _timeless(store: SqliteStore) -> list[tuple[str, pl.DataFrame]]:
    """The stored rows of the sources without times, by place, in their order."""
    query = (
        "SELECT place, user_id, item_id, action, value, timestamp "
        "FROM interactions JOIN sources ON number = source WHERE timeless ORDER BY place, timestamp"
    )
    schema = {"place": pl.String, "user_id": pl.String, "item_id": pl.String, "action": pl.String,
              "value": pl.Float64, "timestamp": pl.Float64}  # fmt: skip
    if not store.connection.execute("SELECT EXISTS (SELECT 1 FROM sources WHERE timeless)").fetchone()[0]:
        return []
    rows = pl.read_database(query, store.connection, schema_overrides=schema)
    return [(str(name), part.drop("place")) for (name,), part in rows.group_by("place", maintain_order=True)]


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with how many equal ones come before each."""
    return rows.with_columns(nth=pl.int_range(pl.len()).over(_ROW))


def _grown(acts: pl.DataFrame, times: pl.Series, stored: pl.DataFrame) -> pl.Series | None:
    """The times of the stored rows in a file that holds all of them, or that they hold; None in any other."""
    free = _numbered(acts.filter(times.is_null()).select("row", *_ROW))
    held = _numbered(stored)
    return None if _lacks(free, held) else _times_of(acts, free, held)


def _lacks(rows: pl.DataFrame, others: pl.DataFrame) -> bool:
    """Whether any of the numbered `others` is not among the numbered rows."""
    return others.join(rows, on=_NTH_ROW, how="anti", nulls_equal=True).height > 0


def _times_of(acts: pl.DataFrame, free: pl.DataFrame, held: pl.DataFrame) -> pl.Series:
    """The times of the stored rows, by equal rows of a file; null for rows that are not stored."""
    found = free.join(held, on=_NTH_ROW, how="left", nulls_equal=True).select("row", "timestamp")
    return acts.select("row").join(found, on="row", how="left", maintain_order="left")["timestamp"]


def _continued_order(acts: pl.DataFrame, times: pl.Series, stored: pl.DataFrame) -> pl.Series | None:
    """The times of the rows with which a file begins again, where these are the last of the stored; also
    those of a file that lost some of its rows.
    """
    if times.is_not_null().any() or not acts.height:
        return None
    given, held = acts.select(_ROW).rows(), stored.select(_ROW).rows()
    for start in (n for n, row in enumerate(held) if row == given[0]):  # only there is the rest worth a copy
        tail = held[start:]
        if tail == given[: len(tail)] and len(tail) >= min(LEAST_OVERLAP, len(held)):
            return _at_the_beginning(stored["timestamp"][start:].to_list(), acts.height)
    free, all_held = _numbered(acts.select("row", *_ROW)), _numbered(stored)
    return None if _lacks(all_held, free) else _times_of(acts, free, all_held)


def _at_the_beginning(times: Sequence[float], height: int) -> pl.Series:
    return pl.Series("timestamp", [*times, *[None] * (height - len(times))], dtype=pl.Float64)
