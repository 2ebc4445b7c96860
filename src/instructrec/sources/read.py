"""From any source to a Dataset, with a report of what was found, guessed, left out and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from instructrec.data.dataset import INTERACTIONS, ITEMS, SIGNS, USERS, Catalog, Dataset
from instructrec.errors import ConfigError, DataError, ReadError
from instructrec.sources import columns as col
from instructrec.sources import values as convert
from instructrec.sources.formats import RawTable, open_source

ERRORS_LISTED = 1000
_CONVERT = {
    "categories": convert.to_lists,
    "tags": convert.to_lists,
    "price": convert.to_price,
    "year": convert.to_year,
}


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that was left out; `row` counts from 1, in text files with the header as row 1."""

    file: str
    row: int
    column: str
    value: str | None
    message: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """One table: what it is and how many of its rows were kept; rows_read == rows_kept + rows_failed."""

    kind: str
    path: str
    format: str
    encoding: str
    rows_read: int
    rows_kept: int
    rows_failed: int
    columns: Mapping[str, str]  # target -> source column


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What `read` did. `errors` is capped; `errors_total` is not, and is the sum of rows_failed over the
    files.
    """

    files: tuple[FileReport, ...]
    actions: Mapping[str, tuple[int, int]]  # action -> (rows, sign)
    scale: tuple[float, float] | None  # least and greatest value
    like_from: float | None
    dislike_below: float | None
    positive: int
    neutral: int
    negative: int
    notes: tuple[str, ...]
    errors: tuple[RowError, ...]
    errors_total: int

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Part:
    frame: pl.DataFrame
    report: FileReport
    notes: Sequence[str]
    errors: Sequence[RowError]


@dataclass(frozen=True, slots=True)
class _Check:
    """Rows that fail for one reason; `fatal` when many of them mean that the column was misunderstood."""

    target: str
    failing: pl.Series
    message: str
    fatal: bool = True


def read(
    source: str | Path | Mapping[str, str | Path],
    *,
    mapping: Mapping[str, str] | None = None,
    actions: Mapping[str, int] | None = None,
    like_from: float | None = None,
) -> tuple[Dataset, ReadReport]:
    """Read a folder, a file, an SQL address or a mapping of kinds to files, so that every later stage sees
    one shape.

    `mapping` (target -> column) overrides the guessed columns, `actions` (action -> 1, 0, -1) the signs of
    actions and `like_from` the value from which an act is positive. Times become seconds in UTC, ids strings.
    Rows that cannot be used are left out and reported; raises ReadError when they are more than half,
    DataError when nothing is left.
    """
    signs = _signs(actions or {})
    raw = open_source(source)
    if "" in raw:
        raw = {col.kind_of(raw[""].frame, mapping): raw[""]}
    notes = [table.note for table in raw.values() if table.note]
    fits = {kind: _mapping_of(kind, raw, mapping or {}) for kind in raw}
    parts = {kind: _part(kind, raw.pop(kind), fits[kind], actions or {}) for kind in list(raw)}
    acts = parts["interactions"].frame if "interactions" in parts else pl.DataFrame(schema=dict(INTERACTIONS))
    if not acts.height and not ("items" in parts and parts["items"].frame.height):
        paths = ", ".join(part.report.path for part in parts.values())
        raise DataError(
            f"{paths}: no interactions and no items; add rows, at least user_id and item_id, or item_id and title"
        )
    notes += [note for part in parts.values() for note in part.notes]
    items = _catalog(parts["items"].frame if "items" in parts else None, acts, notes)
    known = parts["users"].frame if "users" in parts else pl.DataFrame(schema=dict(USERS))
    active = acts.select(pl.col("user_id").unique(maintain_order=True)).join(
        known, on="user_id", how="anti", maintain_order="left"
    )
    users = pl.concat([known, active], how="diagonal")
    source_of_value = parts["interactions"].report.columns.get("value", "") if "interactions" in parts else ""
    feedback = col.guess_feedback(acts, source_of_value, signs, like_from)
    data = Dataset(Catalog(items), users, acts, feedback)
    return data, _report(data, list(parts.values()), notes)


def _signs(actions: Mapping[str, int]) -> dict[str, int]:
    if wrong := {action: sign for action, sign in actions.items() if sign not in (-1, 0, 1)}:
        raise ConfigError(f"signs {wrong}: allowed are 1 (wanted), 0 (neither) and -1 (unwanted)")
    # being shown an item is no act of the user
    return {**SIGNS, "impression": 0, **actions}


def _mapping_of(kind: str, raw: Mapping[str, RawTable], mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping for one table, without the columns that only another table has."""
    others = [(name, table.frame.columns) for name, table in raw.items() if name != kind]
    elsewhere = {
        t for t, c in mapping.items() for name, columns in others if t in col.TARGETS[name] and c in columns
    }
    return {t: c for t, c in mapping.items() if c in raw[kind].frame.columns or t not in elsewhere}


def _part(kind: str, raw: RawTable, mapping: Mapping[str, str], own: Mapping[str, int]) -> _Part:
    found = col.guess(raw.frame, kind, mapping)
    notes = list(found.notes)
    acts = kind == "interactions"
    made, checks = (
        _acts(raw.frame, found.columns, own, notes)
        if acts
        else _entities(raw.frame, found.columns, kind, notes)
    )
    made = made.hstack(_extras(raw, found.columns, made.columns, notes))
    failing = [check for check in checks if check.failing.any()]
    errors: list[RowError] = []
    rows, failed = raw.frame.height, 0
    if failing:
        blank = (
            raw.frame.select(pl.all_horizontal(pl.all().is_null())).to_series() if raw.first_row > 1 else None
        )
        rows -= int(blank.sum()) if blank is not None else 0
        errors, failed, keep = _left_out(raw, failing, found.columns, blank)
        made = made.filter(keep)
    made = made if acts else _drop_empty(made, kind, notes)
    report = FileReport(
        kind, raw.path, raw.format, raw.encoding, rows, rows - failed, failed, dict(found.columns)
    )
    return _Part(made, report, notes, errors)


def _acts(
    frame: pl.DataFrame, source: Mapping[str, str], own: Mapping[str, int], notes: list[str]
) -> tuple[pl.DataFrame, list[_Check]]:
    users, items = (convert.to_ids(frame[source[target]]).alias(target) for target in ("user_id", "item_id"))
    checks = [_Check(ids.name, ids.is_null(), f"{ids.name} is missing") for ids in (users, items)]
    if "timestamp" in source:
        times = convert.to_seconds(frame[source["timestamp"]])
        checks.append(
            _Check(
                "timestamp", times.is_null(), "the time is missing or not readable; use seconds or ISO 8601"
            )
        )
    else:
        times = pl.arange(frame.height, eager=True).cast(pl.Float64)
        notes.append("interactions: no time column; the order of the rows stands for time")
    values = pl.repeat(None, frame.height, dtype=pl.Float64, eager=True)
    if "value" in source:
        given = frame[source["value"]]
        given = given.fill_nan(None) if given.dtype.is_float() else given
        values = convert.to_float(given)
        checks.append(_Check("value", values.is_null() & given.is_not_null(), "the value is not a number"))
    made = pl.DataFrame([users, items, times.alias("timestamp"), values.alias("value")])
    default = pl.lit("rate" if "value" in source else "view")
    if "action" in source:
        by_row = pl.when(values.is_not_null()).then(pl.lit("rate")).otherwise(pl.lit("view"))
        default = pl.coalesce(col.to_actions(frame[source["action"]], own), by_row)
    return made.with_columns(default.alias("action")).select(*INTERACTIONS), checks


def _entities(
    frame: pl.DataFrame, source: Mapping[str, str], kind: str, notes: list[str]
) -> tuple[pl.DataFrame, list[_Check]]:
    key = col.NEEDED[kind][0]
    ids = convert.to_ids(frame[source[key]]).alias(key)
    repeated = ids.is_not_null() & ~ids.is_last_distinct()
    if repeated.any():
        notes.append(
            f"{kind}: {repeated.sum()} rows repeat an id that comes again later; the last row of each id was kept"
        )
    made = {key: ids}
    for target, name in source.items():
        if target != key:
            made[target] = _CONVERT.get(target, _to_text)(frame[name]).alias(target)
            lost = made[target].null_count() - frame[name].null_count()
            if lost > 0:
                notes.append(f"{kind}: {lost} values of {name!r} say no {target} and are missing")
    if kind == "items":
        titles = made.get("title", pl.repeat(None, frame.height, dtype=pl.String, eager=True))
        if titles.null_count():
            notes.append(f"items: {titles.null_count()} items have no title; their id stands for it")
        made = {
            key: ids,
            "title": titles.fill_null(ids).alias("title"),
            **{t: s for t, s in made.items() if t not in ITEMS},
        }
    checks = [
        _Check(key, ids.is_null(), f"{key} is missing"),
        _Check(key, repeated, "the id comes again later", fatal=False),
    ]
    return pl.DataFrame(list(made.values())), checks


def _to_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested():
        words = (
            values.cast(pl.List(pl.String), strict=False)
            if values.dtype != pl.Struct
            else values.struct.json_encode()
        )
        return words.list.join(" ") if words.dtype == pl.List else words
    text = values.cast(pl.String, strict=False).str.strip_chars()
    return text.set(text == "", None)


def _extras(
    raw: RawTable, source: Mapping[str, str], taken: Sequence[str], notes: list[str]
) -> list[pl.Series]:
    """The columns that no target took, and the one that says more than its target keeps: a date of which a
    year is left.
    """
    made = []
    for name in raw.frame.columns:
        values = raw.frame[name]
        whole_year = values.dtype.is_integer() or (
            values.dtype == pl.String and values.str.len_chars().max() in (None, 4)
        )
        if name in source.values() and (name != source.get("year") or whole_year):
            continue
        free = f"{name}_source" if name in taken else name
        if free != name:
            notes.append(f"column {name!r} is kept as {free!r}, because another column was taken as {name}")
        typed = (
            convert.to_plain_types(values)
            if raw.first_row > 1 and not col.plain(name).endswith("id")
            else values
        )
        made.append(typed.alias(free))
    return made


def _left_out(
    raw: RawTable, checks: Sequence[_Check], source: Mapping[str, str], blank: pl.Series | None
) -> tuple[list[RowError], int, pl.Series]:
    """List the rows that fail, each once and by its first check; give the list, their number and the mask of
    those to keep.
    """
    height = raw.frame.height
    keep = pl.repeat(True, height, dtype=pl.Boolean, eager=True) if blank is None else ~blank
    readable, errors = int(keep.sum()), []
    for check in checks:
        failing = check.failing & keep
        keep = keep & ~failing
        column, count = source[check.target], int(failing.sum())
        for index in failing.arg_true().head(ERRORS_LISTED - len(errors)):
            value = raw.frame[column][index]
            errors.append(
                RowError(
                    raw.path,
                    index + raw.first_row,
                    column,
                    None if value is None else str(value),
                    check.message,
                )
            )
        if check.fatal and count * 2 > readable:
            first = next(error for error in errors if error.message == check.message)
            raise ReadError(
                f"{count} of {readable} rows fail, the first with {first.value!r}: {check.message}. "
                f"If it is another column, use --map {check.target}=COLUMN",
                file=raw.path, row=first.row, column=column,
            )  # fmt: skip
    return errors, readable - int(keep.sum()), keep


def _drop_empty(frame: pl.DataFrame, kind: str, notes: list[str]) -> pl.DataFrame:
    empty = [s.name for s in frame if s.null_count() == frame.height and s.name not in {**ITEMS, **USERS}]
    if empty:
        notes.append(f"{kind}: columns without any value were dropped: {', '.join(empty)}")
    return frame.drop(empty)


def _catalog(items: pl.DataFrame | None, acts: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    named = acts.select(pl.col("item_id").unique(maintain_order=True))
    if items is None:
        notes.append("no items table; the id of each item stands for its title")
        return named.with_columns(title=pl.col("item_id"))
    new = named.join(items, on="item_id", how="anti", maintain_order="left")
    if not new.height:
        return items
    notes.append(
        f"{new.height} items are in the interactions but not in the items table; they were added with their id as title"
    )
    if new.height == named.height:
        notes.append(
            f"no id agrees between the tables: {named['item_id'][0]!r} there, {items['item_id'].first()!r} in the items"
        )
    return pl.concat([items, new.with_columns(title=pl.col("item_id"))], how="diagonal")


def _report(data: Dataset, parts: Sequence[_Part], notes: list[str]) -> ReadReport:
    feedback = data.feedback
    # by action and value first: millions of rows have a handful of pairs
    pairs = (
        data.interactions.group_by("action", "value", maintain_order=True).len().with_columns(feedback.sign())
    )
    counts = pairs.group_by("action", maintain_order=True).agg(pl.col("len").sum())
    signs = dict(pairs.group_by("sign").agg(pl.col("len").sum()).iter_rows())
    if unknown := [action for action in counts["action"] if action not in feedback.signs]:
        notes.append(
            f"actions {unknown[:20]} are not known and count as wanted; give their signs, e.g. {unknown[0]}=-1"
        )
    if counts["action"].is_in(["impression"]).any() and feedback.signs["impression"] == 0:
        notes.append("impressions count as neither wanted nor unwanted")
    scale = data.interactions.select(
        pl.col("value").min().alias("low"), pl.col("value").max().alias("high")
    ).row(0)
    return ReadReport(
        files=tuple(part.report for part in parts),
        actions={
            action: (n, feedback.signs.get(action, 1))
            for action, n in counts.sort("len", descending=True).iter_rows()
        },
        scale=None if scale[0] is None else scale,
        like_from=feedback.like_from,
        dislike_below=feedback.dislike_below,
        positive=signs.get(1, 0),
        neutral=signs.get(0, 0),
        negative=signs.get(-1, 0),
        notes=tuple(notes),
        errors=tuple(error for part in parts for error in part.errors)[:ERRORS_LISTED],
        errors_total=sum(part.report.rows_failed for part in parts),
    )
