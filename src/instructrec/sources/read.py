"""From any source to a Dataset, with a report of what was found, guessed, left out and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from instructrec.cells.dates import ORDERS
from instructrec.data.clean import repeats
from instructrec.data.dataset import INTERACTIONS, ITEMS, SIGNS, USERS, Catalog, Dataset, Feedback
from instructrec.data.profile import NAMED, CatalogProfile
from instructrec.errors import ConfigError, DataError, ReadError
from instructrec.files.formats import Opening, RawTable, open_source
from instructrec.sources import columns as col
from instructrec.sources.entities import MOST_LOST, extras_of, one_each, users_of, with_titles
from instructrec.sources.interactions import IMPRESSION, ParsedInteractions, parse_interactions
from instructrec.sources.items import parse_items
from instructrec.sources.judging import WANTED, Asked, Reading, RowCheck
from instructrec.sources.meaning import Meaning

ERRORS_LISTED = 1000


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
    """One table: what it is and what became of its rows; rows_read == rows_kept + rows_merged +
    rows_failed.
    """

    kind: str
    path: str
    format: str
    encoding: str
    rows_read: int
    rows_kept: int
    rows_merged: int
    rows_failed: int
    columns: Mapping[str, str]  # target -> source column


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What `read` did. `errors` is capped; `errors_total` is not: it is the sum of all rows_failed.

    `meaning` is kept with the source; `timeless` says that the order of the rows stands for time, and
    `explicit` that the call itself said how actions or values are read.
    """

    files: tuple[FileReport, ...]
    actions: Mapping[str, tuple[int, int]]  # action -> (rows, sign)
    readings: tuple[Reading, ...]
    scale: tuple[float, float] | None  # least and greatest value
    like_from: float | None
    dislike_below: float | None
    positive: int
    neutral: int
    negative: int
    notes: tuple[str, ...]
    errors: tuple[RowError, ...]
    errors_total: int
    meaning: Mapping[str, Any] = field(default_factory=dict)
    timeless: bool = False
    explicit: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Part:
    frame: pl.DataFrame
    report: FileReport
    notes: Sequence[str]
    errors: Sequence[RowError]
    parsed: ParsedInteractions | None = None
    profile: CatalogProfile = field(default_factory=CatalogProfile)
    cells: pl.DataFrame | None = None


def read(
    source: str | Path | Mapping[str, str | Path],
    *,
    mapping: Mapping[str, str] | None = None,
    actions: Mapping[str, int] | None = None,
    like_from: float | None = None,
    dates: str = "",
    encoding: str | None = None,
    header: bool = True,
    accept_rejected: bool = False,
    known: Sequence[Mapping[str, Any]] = (),
    profile: CatalogProfile | None = None,
) -> tuple[Dataset, ReadReport]:
    """Read a folder, a file, an SQL address or a mapping of kinds to files, so that every later stage sees
    one shape.

    `mapping` (target -> column) overrides the guessed columns, `actions` (action -> 1, 0, -1) the signs of
    actions and `like_from` the value from which an interaction is wanted; `dates` is one of "day-first",
    "month-first" and "year-first"; `known` are the meanings of earlier sources, which hold where nothing
    speaks against them. Times become seconds in UTC, ids strings. Rows that cannot be used are left out and
    reported; raises ReadError when they are more than half, or more than 2 % of a catalog unless
    `accept_rejected`, and DataError when nothing is left.
    """
    if dates and dates not in ORDERS:
        raise ConfigError(f"--dates {dates}: allowed are {', '.join(ORDERS)}")
    asked = Asked(actions or {}, like_from, dates, accept_rejected, [Meaning.of(m) for m in known])
    raw = open_source(source, Opening(encoding, header))
    for table in raw.values():
        _check_header(table, header)
    if lone := raw.pop("", None):
        raw[col.kind_of(lone.frame, mapping)] = lone
    notes = list(chain.from_iterable(table.notes for table in raw.values()))
    fits = {kind: _mapping_of(kind, raw, mapping or {}) for kind in raw}
    parts = _read_parts(raw, fits, profile or CatalogProfile(), asked)
    if not any(part.frame.height for part in parts.values()):
        paths = ", ".join(part.report.path for part in parts.values())
        raise DataError(
            f"{paths}: no interactions and no items; add rows, at least user_id and item_id, or item_id "
            "and title"
        )
    notes += chain.from_iterable(part.notes for part in parts.values())
    data = _dataset(parts, notes)
    return data, _report(data, list(parts.values()), notes, asked)


def _read_parts(
    raw: dict[str, RawTable], fits: Mapping[str, Mapping[str, str]], known: CatalogProfile, asked: Asked
) -> dict[str, _Part]:
    """The tables one by one; interactions come first: they say which column of the items holds the ids."""
    parts: dict[str, _Part] = {}
    for kind in sorted(raw):
        table = raw.pop(kind)
        if kind == "items":
            parts[kind] = _items_part(table, fits[kind], parts, known, asked)
        else:
            parts[kind] = _part(kind, table, fits[kind], asked)
    return parts


def _meaning(parts: Iterable["_Part"]) -> Meaning:
    return next((part.parsed.meaning for part in parts if part.parsed), Meaning())


def _dataset(parts: Mapping[str, _Part], notes: list[str]) -> Dataset:
    """The tables put together: who interacts is a user, and what they interact on is an item."""
    frames = {kind: part.frame for kind, part in parts.items()}
    meaning = _meaning(parts.values())
    parsed = frames.get("interactions", pl.DataFrame(schema={**INTERACTIONS, "sign": pl.Int8}))
    items = Catalog(_catalog(frames.get("items"), parsed, notes))
    if found := parts.get("items"):
        items = replace(items, profile=found.profile, cells=found.cells)
    known = frames.get("users", pl.DataFrame(schema=dict(USERS)))
    active = parsed.select(pl.col("user_id").unique(maintain_order=True)).join(
        known, on="user_id", how="anti", maintain_order="left"
    )
    users = pl.concat([known, active], how="diagonal")
    feedback = Feedback({**SIGNS, **IMPRESSION, **meaning.words}, meaning.like_from, meaning.dislike_below)
    return Dataset(items, users, parsed, feedback)


def _check_header(table: RawTable, header: bool) -> None:
    if not header or not table.written:
        return
    if values := col.without_header(table.frame):
        shown = ", ".join(map(repr, values[:3]))
        raise ReadError(
            f"the first row looks like values and not like names ({shown}): this file has no header; add "
            "--no-header, and map its columns by number, as in --no-header --map user_id=column_1 --map "
            f"item_id=column_{min(2, table.frame.width)}",
            file=table.path,
            row=table.first_row - 1,
        )


def _mapping_of(kind: str, raw: Mapping[str, RawTable], mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping for one table, without the columns that only another table has."""
    others = [(name, table.frame.columns) for name, table in raw.items() if name != kind]
    elsewhere = {
        t for t, c in mapping.items() for name, columns in others if t in col.TARGETS[name] and c in columns
    }
    return {t: c for t, c in mapping.items() if c in raw[kind].frame.columns or t not in elsewhere}


def _part(kind: str, raw: RawTable, mapping: Mapping[str, str], asked: Asked) -> _Part:
    """A table of interactions or users."""
    found = col.guess(raw.frame, kind, mapping)
    notes = list(found.notes)
    parsed = parse_interactions(raw, found.columns, asked, notes) if kind == "interactions" else None
    made, checks = (parsed.frame, parsed.checks) if parsed else users_of(raw, found.columns, asked, notes)
    made = made.hstack(extras_of(raw, found.columns, made.columns, notes))
    errors, failed, keep = _left_out(raw, checks, found.columns, kind, asked)
    made, rows = made.filter(keep), _row_numbers(raw, keep)
    single = _distinct_interactions(made, notes) if parsed else one_each(made, rows, kind, raw, asked, notes)
    counts = (made.height + failed, made.height - single.height, failed)
    if not parsed:
        single = _drop_empty(single, kind, notes)
    report = _file_report(kind, raw, single.height, counts, found.columns)
    return _Part(single, report, notes, errors, parsed)


def _items_part(
    raw: RawTable, mapping: Mapping[str, str], parts: Mapping[str, _Part], known: CatalogProfile, asked: Asked
) -> _Part:
    notes: list[str] = []
    interacted = parts["interactions"].frame["item_id"] if "interactions" in parts else None
    parsed = parse_items(raw, mapping, interacted, known, asked, notes)
    errors, failed, keep = _left_out(raw, parsed.checks, parsed.columns, "items", asked)
    made, rows = parsed.frame.filter(keep), _row_numbers(raw, keep)
    united = [n for n in parsed.profile.playing(*NAMED) if n in made.columns]
    single = one_each(made, rows, "items", raw, asked, notes, united)
    counts = (made.height + failed, made.height - single.height, failed)
    single = _drop_empty(single, "items", notes)
    quiet = replace(
        asked, accept_rejected=True
    )  # what is merged, and whether it may be, was said of the items
    both = [n for n in united if n in parsed.cells.columns]
    cells = one_each(parsed.cells.filter(keep), rows, "items", raw, quiet, [], both)
    report = _file_report("items", raw, single.height, counts, parsed.columns)
    return _Part(single, report, notes, errors, profile=parsed.profile, cells=cells)


def _row_numbers(raw: RawTable, keep: pl.Series) -> pl.Series:
    return pl.arange(raw.first_row, raw.first_row + raw.frame.height, eager=True).filter(keep)


def _file_report(
    kind: str, raw: RawTable, kept: int, counts: tuple[int, int, int], columns: Mapping[str, str]
) -> FileReport:
    readable, merged, failed = counts
    return FileReport(kind, raw.path, raw.format, raw.encoding, readable, kept, merged, failed, dict(columns))


def _distinct_interactions(made: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Interactions of which none has the user, item, action and time of an earlier one; how many had is
    told.
    """
    key = ["user_id", "item_id", "action", "timestamp"]
    first = ~repeats(made)
    if first.all():
        return made
    other = made.filter(~first).join(
        made.filter(first), on=key, how="left", suffix="_first", maintain_order="left"
    )
    unlike = int(
        (other["value"].ne_missing(other["value_first"]) | (other["sign"] != other["sign_first"])).sum()
    )
    notes.append(
        f"interactions: {int((~first).sum()):,} rows repeat the user, item, action and time of an earlier "
        f"row and were merged with it, {unlike:,} of them with another value; the first value was kept"
    )
    return made.filter(first)


def _left_out(
    raw: RawTable, checks: Sequence[RowCheck], source: Mapping[str, str], kind: str, asked: Asked
) -> tuple[list[RowError], int, pl.Series]:
    """List the rows that fail, each once and by its first check; give the list, their number and the mask of
    those to keep. Blank rows are no rows.
    """
    height = raw.frame.height
    keep = pl.repeat(True, height, dtype=pl.Boolean, eager=True)
    if raw.written and any(check.failing.any() for check in checks):
        keep = ~raw.frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    readable, errors = int(keep.sum()), []
    for check in checks:
        failing = check.failing & keep
        keep = keep & ~failing
        column, count = source.get(check.target, check.target), int(failing.sum())
        listed = max(ERRORS_LISTED - len(errors), 1)
        found = [_row_error(raw, index, column, check.message) for index in failing.arg_true().head(listed)]
        if check.fatal and count * 2 > readable:
            raise ReadError(
                f"{count} of {readable} rows fail, the first with {found[0].value!r}: {check.message}. "
                f"If it is another column, use --map {check.target}=COLUMN",
                file=raw.path, row=found[0].row, column=column,
            )  # fmt: skip
        if kind != "interactions" and count > MOST_LOST * readable and not asked.accept_rejected:
            rows = ", ".join(str(e.row) for e in found[:5]) + (", ..." if count > 5 else "")
            raise ReadError(
                f"{count} of {readable} rows (rows {rows}) cannot be used: {check.message}; nothing was "
                "stored: name another column "
                f"with --map {check.target}=COLUMN, or leave these rows out with --accept-rejected",
                file=raw.path, row=found[0].row, column=column,
            )  # fmt: skip
        errors += found
    return errors[:ERRORS_LISTED], readable - int(keep.sum()), keep


def _row_error(raw: RawTable, index: int, column: str, message: str) -> RowError:
    value = raw.frame[column][index]
    return RowError(raw.path, index + raw.first_row, column, None if value is None else str(value), message)


def _drop_empty(frame: pl.DataFrame, kind: str, notes: list[str]) -> pl.DataFrame:
    empty = [s.name for s in frame if s.null_count() == frame.height and s.name not in {**ITEMS, **USERS}]
    if empty and frame.height:
        notes.append(f"{kind}: columns without any value were dropped: {', '.join(empty)}")
    return frame.drop(empty)


def _catalog(items: pl.DataFrame | None, parsed: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    named = parsed.select(pl.col("item_id").unique(maintain_order=True))
    if items is None:
        if named.height:
            notes.append("no items table; the id of an item stands for its title until one is read")
        return named.with_columns(title=pl.col("item_id"))
    untitled = items["title"].null_count() if "title" in items.columns else items.height
    items = with_titles(items)
    if untitled:
        notes.append(
            f"items: {untitled} items have no title here; their id stands for it where none is stored"
        )
    new = named.join(items, on="item_id", how="anti", maintain_order="left")
    if not new.height:
        return items
    notes.append(
        f"{new.height} items are in the interactions but not in the items table; they were added with "
        "their id as title"
    )
    if new.height == named.height and items.height:
        notes.append(
            f"no id agrees between the tables: {named['item_id'][0]!r} there, {items['item_id'].first()!r} "
            "in the items"
        )
    return pl.concat([items, new.with_columns(title=pl.col("item_id"))], how="diagonal")


def _report(data: Dataset, parts: Sequence[_Part], notes: list[str], asked: Asked) -> ReadReport:
    parsed = next((part.parsed for part in parts if part.parsed), None)
    counts = data.interactions.group_by("action", "sign", maintain_order=True).len()
    by_action = counts.group_by("action", maintain_order=True).agg(
        pl.col("len").sum().alias("rows"), pl.col("sign").sort_by("len").last()
    )
    signs = dict(counts.group_by("sign").agg(pl.col("len").sum()).iter_rows())
    words = data.feedback.signs
    scale = data.interactions.select(
        pl.col("value").min().alias("low"), pl.col("value").max().alias("high")
    ).row(0)
    rows = data.interactions.height
    if rows and not signs.get(1):
        said = " and ".join(f"{n:,} as {WANTED[s]}" for s, n in sorted(signs.items()))
        notes.append(
            f"no interaction was read as wanted ({said}): nothing can be learned of what people like; if "
            "that is wrong, say what is wanted: --like-from VALUE or --action NAME=1"
        )
    if by_action["action"].is_in(["impression"]).any() and words.get("impression") == 0:
        notes.append("impressions count as neither wanted nor unwanted")
    return ReadReport(
        files=tuple(part.report for part in parts),
        actions={
            a: (n, words.get(a, sign)) for a, n, sign in by_action.sort("rows", descending=True).iter_rows()
        },
        readings=parsed.readings if parsed else (),
        scale=None if scale[0] is None else scale,
        like_from=data.feedback.like_from,
        dislike_below=data.feedback.dislike_below,
        positive=signs.get(1, 0),
        neutral=signs.get(0, 0),
        negative=signs.get(-1, 0),
        notes=tuple(notes),
        errors=tuple(error for part in parts for error in part.errors)[:ERRORS_LISTED],
        errors_total=sum(part.report.rows_failed for part in parts),
        meaning=parsed.meaning.to_dict() if parsed else {},
        timeless=bool(parsed and parsed.timeless),
        explicit=bool(asked.actions or asked.like_from is not None),
    )
