"""One row for each item or user: rows of one id are put together, and what does not belong together is
refused.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from instructrec.catalog.evidence import words_of
from instructrec.cells import values as convert
from instructrec.cells.lists import looks_like_lists, to_lists
from instructrec.data.dataset import ITEMS
from instructrec.errors import ReadError
from instructrec.files.formats import RawTable
from instructrec.sources.columns import IDENTIFYING, NEEDED, VIEWS, plain
from instructrec.sources.interactions import ids_of
from instructrec.sources.judging import Asked, RowCheck

MOST_LOST = 0.02  # of the rows of a catalog that may be unusable, or put together though they differ
_SHOWN = 3


def users_of(
    raw: RawTable, source: Mapping[str, str], asked: Asked, notes: list[str]
) -> tuple[pl.DataFrame, list[RowCheck]]:
    """The ids of a table of users; the rows of one are still as many as there were, see `one_each`."""
    ids = ids_of(raw, source["user_id"], "user_id", asked, notes)
    return ids.to_frame(), [RowCheck("user_id", ids.is_null(), "user_id is missing")]


def extras_of(
    raw: RawTable, source: Mapping[str, str], taken: Sequence[str], notes: list[str]
) -> list[pl.Series]:
    """The columns that no target took."""
    made = []
    for name in raw.frame.columns:
        values = raw.frame[name]
        if name in source.values():
            continue
        free = f"{name}_source" if name in taken else name
        if free != name:
            notes.append(f"column {name!r} is kept as {free!r}, because another column was taken as {name}")
        made.append(_own(raw, values, notes).alias(free))
    return made


def _own(raw: RawTable, values: pl.Series, notes: list[str]) -> pl.Series:
    """A column of its own: lists as lists, text without markup, and numbers where cells are as somebody
    wrote them.
    """
    name = values.name
    if looks_like_lists(values) or _holds_objects(values):
        return to_lists(values)
    values = convert.without_markup(values)
    if not raw.written or plain(name).endswith("id"):
        return values
    typed = convert.to_plain_types(values)
    if typed.dtype.is_numeric() and (lost := typed.null_count() - values.null_count()):
        notes.append(f"{lost} values of {name!r} say that they are missing; the others are numbers")
    if typed.dtype.is_float() and values.dtype == pl.String and values.str.contains(",", literal=True).any():
        notes.append(
            f"column {name!r} is written with commas; its numbers were read as {typed.drop_nulls()[0]:g} "
            "and so on"
        )
    return typed


def _holds_objects(values: pl.Series) -> bool:
    return isinstance(values.dtype, pl.List) and isinstance(values.dtype.inner, pl.Struct)


def one_each(
    frame: pl.DataFrame,
    rows: pl.Series,
    kind: str,
    raw: RawTable,
    asked: Asked,
    notes: list[str],
    united: Sequence[str] = (),
) -> pl.DataFrame:
    """Put the rows of one id together: of each column the first value that is not blank, of those that are
    `united` all of them, as a list where an id has several.

    `rows` are the numbers of the rows in the file. Variants of a product and views of a store differ in some
    columns; rows that differ in nearly all are other things under one id, and more than 2 % of them are
    refused with ReadError.
    """
    key = NEEDED[kind][0]
    if not frame[key].is_duplicated().any():
        return frame
    rest = [c for c in frame.columns if c != key]
    several = _several(frame, key, united)
    single = [c for c in several if not isinstance(frame[c].dtype, pl.List)]
    frame = frame.with_columns(pl.when(pl.col(c).is_not_null()).then(pl.concat_list(c)) for c in single)
    merged = _one_row_each(frame, key, rest, several)
    if several:
        shown = ", ".join(map(repr, several))
        notes.append(f"{kind}: of {shown} every value of the rows of one id was kept, so each is a list")
    same = frame.is_duplicated()
    differing = _differing(frame, merged, key)
    count, exact = int(differing.sum()), int((same & ~frame[key].is_first_distinct()).sum())
    if count > MOST_LOST * frame.height and not asked.accept_rejected:
        raise ReadError(
            _refusal(frame, differing, rows, key, raw), file=raw.path, row=rows[differing.arg_true()[0]]
        )
    more = frame.height - merged.height
    repeated = frame.filter(frame[key].is_duplicated())[key].value_counts(sort=True)
    shown = ", ".join(f"{i!r} has {n}" for i, n in repeated.head(_SHOWN).iter_rows())
    notes.append(
        f"{kind}: {more} rows are variants of {repeated.height} {kind} ({shown} rows) and were merged with "
        f"them, the first value that is not blank of each column was kept; {exact} are the same in every "
        f"column, {count} differ in nearly all"
    )
    return merged.select(frame.columns)


def _one_row_each(frame: pl.DataFrame, key: str, rest: Sequence[str], several: Sequence[str]) -> pl.DataFrame:
    """One row for each id: all values of the columns of which it has several, the first of the others."""
    if not rest:
        return frame.unique(key, maintain_order=True)
    every = [pl.col(c).explode().drop_nulls().unique(maintain_order=True) for c in several]
    first = [pl.col(c).drop_nulls().first() for c in rest if c not in several]
    merged = frame.group_by(key, maintain_order=True).agg([*every, *first])
    return merged.with_columns(pl.when(pl.col(c).list.len() > 0).then(pl.col(c)).alias(c) for c in several)


def _several(frame: pl.DataFrame, key: str, united: Sequence[str]) -> list[str]:
    """The columns of names of which an id has different values in its rows."""
    repeated = frame.filter(frame[key].is_duplicated())
    found = []
    for name in united:
        lists = isinstance(frame[name].dtype, pl.List)
        given = repeated.select(key, name).drop_nulls()
        if lists or given.unique().height > given[key].n_unique():
            found.append(name)
    return found


def _differing(frame: pl.DataFrame, merged: pl.DataFrame, key: str) -> pl.Series:
    """Rows that share an id and differ from its first values in their title and most of what both have."""
    rest = [c for c in frame.columns if c != key]
    nothing = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    if not rest:
        return nothing
    beside = frame.select(key).join(merged, on=key, how="left", maintain_order="left")
    both, unlike = [], []
    for name in rest:
        filled = frame[name].is_not_null() & beside[name].is_not_null()
        other = (frame[name].ne_missing(beside[name])) & filled
        both.append(filled.cast(pl.Int32).alias(name))
        unlike.append(other.cast(pl.Int32).alias(name))
    compared = pl.DataFrame(both).sum_horizontal()
    different = pl.DataFrame(unlike).sum_horizontal()
    telling = "title" if "title" in rest else None
    named = pl.DataFrame(unlike)[telling] > 0 if telling else ~nothing
    found = named & (different * 2 > compared)
    return found & ~_views(frame, key) if found.any() else found


def _views(frame: pl.DataFrame, key: str) -> pl.Series:
    """Rows that are views of one product for several stores or languages: a column says which, once for
    each id.
    """
    for name in frame.columns:
        words = set(words_of(name))
        if name == key or not words & VIEWS or frame[name].dtype.is_nested():
            continue
        pairs = frame.select(key, name)
        if frame[name].n_unique() <= 100 and not pairs.is_duplicated().any():
            return pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    return pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)


def _refusal(frame: pl.DataFrame, differing: pl.Series, rows: pl.Series, key: str, raw: RawTable) -> str:
    places = differing.arg_true()
    first = frame[key][places[0]]
    listed = ", ".join(str(rows[p]) for p in places.head(_SHOWN)) + (", ..." if len(places) > _SHOWN else "")
    return (
        f"{len(places)} of {frame.height} rows (rows {listed}) have an id that other rows have, e.g. "
        f"{first!r}, and hold something "
        f"else; {_better(raw, key)}; nothing was stored; --accept-rejected merges them all the same"
    )


def _better(raw: RawTable, key: str) -> str:
    """The advice of a refusal: the column that tells the rows apart, if there is one; rather one that is
    called an id.
    """
    height = raw.frame.height
    unique = []
    for name in raw.frame.columns:
        values = raw.frame[name]
        if (
            values.dtype.is_nested()
            or values.dtype.is_float()
            or values.null_count()
            or values.n_unique() < height
        ):
            continue
        text = values.cast(pl.String)
        called = bool(IDENTIFYING & set(words_of(name)))
        if called or not text.str.contains(r"\s|^https?:|\d[.,]\d|^[-+]?\d+$").any():
            unique.append(name)
    if not unique:
        return "no column is different in every row: give each row an id of its own"
    best = max(unique, key=lambda name: bool(IDENTIFYING & set(words_of(name))))
    return f"{best!r} is different in every row: --map {key}={best}"


def with_titles(items: pl.DataFrame) -> pl.DataFrame:
    """Items whose title is their id where the table has none."""
    title = pl.col("title") if "title" in items.columns else pl.lit(None, pl.String)
    first = items.select("item_id", pl.coalesce(title, "item_id").alias("title"))
    return first.hstack(items.select(c for c in items.columns if c not in ITEMS))
