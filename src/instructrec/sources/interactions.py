"""From a raw table of interactions to users, items, times, actions, values and what each row means."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from instructrec.cells.dates import UndecidedDates, to_seconds, unit_of
from instructrec.cells.values import lost_digits, to_ids
from instructrec.data.dataset import INTERACTIONS, SIGNS
from instructrec.errors import ReadError
from instructrec.files.formats import RawTable
from instructrec.sources import meaning as mean
from instructrec.sources.columns import clock_beside, columns_named, plain
from instructrec.sources.judging import EXAMPLES, Asked, Judged, Reading, RowCheck, judged, verb_of_label
from instructrec.sources.meaning import Meaning

IMPRESSION = {"impression": 0}  # being shown an item is no act of the user
BOUGHT = ("quantity", "qty", "menge", "anzahl", "数量")  # amounts of what was bought, and not used or watched


@dataclass(frozen=True, slots=True)
class ParsedInteractions:
    """The interactions of one table with their meaning; `timeless` where the order of the rows stands for
    time.
    """

    frame: pl.DataFrame
    checks: list[RowCheck]
    meaning: Meaning
    readings: tuple[Reading, ...]
    timeless: bool


def parse_interactions(
    raw: RawTable, source: Mapping[str, str], asked: Asked, notes: list[str]
) -> ParsedInteractions:
    """Read a table of interactions; `source` says which column stands for which target.

    Raises ReadError for ids that lost their digits, and for dates that can be read in two ways.
    """
    frame = raw.frame
    if "action" not in source and (state := mean.state_column(frame, list(source.values()))):
        source = {**source, "action": state}
        notes.append(f"column {state!r} was taken as action: its words say what became of an interaction")
    users, items = (ids_of(raw, source[target], target, asked, notes) for target in ("user_id", "item_id"))
    # in a log of events many have no item, which says nothing of the column
    checks = [
        RowCheck(
            ids.name,
            ids.is_null(),
            f"{ids.name} is missing",
            fatal=ids.name == "user_id" or "action" not in source,
        )
        for ids in (users, items)
    ]
    timeless = "timestamp" not in source
    if timeless:
        times = pl.arange(frame.height, eager=True).cast(pl.Float64)
        notes.append("interactions: no time column; the order of the rows stands for time")
    else:
        times = _read_times(raw, source["timestamp"], list(source.values()), asked, notes)
        checks.append(
            RowCheck(
                "timestamp", times.is_null(), "the time is missing or not readable; use seconds or ISO 8601"
            )
        )
    judged, meaning, more = _judged(raw, source, asked, notes)
    made = pl.DataFrame([users, items, times.alias("timestamp")]).hstack(judged)
    readings = _readings(made, source, meaning)
    return ParsedInteractions(
        made.select(*INTERACTIONS, "sign"), [*checks, *more], meaning, readings, timeless
    )


def ids_of(raw: RawTable, column: str, target: str, asked: Asked, notes: list[str]) -> pl.Series:
    """Ids as strings; raises ReadError where digits were lost, by which different ids became one."""
    values = raw.frame[column]
    if lost := lost_digits(values):
        text = (
            f"{lost} ids lost their last digits in a spreadsheet or as numbers of 17 digits, so different "
            "ones are the same now; write the column as text and export it again"
        )
        if not asked.accept_rejected:
            row = (values.cast(pl.String).str.contains(r"[eE]\+").arg_true().to_list() or [0])[0]
            raise ReadError(
                f"{values[row]!r}: {text}, or read it as it is with --accept-rejected",
                file=raw.path, row=row + raw.first_row, column=column,
            )  # fmt: skip
        notes.append(f"note on {column!r}, written in scientific form by a spreadsheet: {text}")
    ids = to_ids(values)
    if values.dtype == pl.String and (
        changed := int((values.str.contains(r"\.0+\s*$") & (ids != values)).sum())
    ):
        notes.append(f"{changed} ids of {column!r} are written as 12.0 and were read as 12")
    return ids.alias(target)


def _read_times(
    raw: RawTable, column: str, taken: Sequence[str], asked: Asked, notes: list[str]
) -> pl.Series:
    values = raw.frame[column]
    if clock := clock_beside(raw.frame, column, taken):
        notes.append(f"the time of day in {clock!r} was added to the day in {column!r}")
        day = values.cast(pl.String).str.strip_chars().str.replace(r"[T ]+00:00(:00(\.0+)?)?$", "")
        values = (day + " " + raw.frame[clock].cast(pl.String).str.strip_chars()).alias(column)
    try:
        times = to_seconds(values, asked.dates)
    except UndecidedDates as error:
        raise ReadError(
            f"{error}; say which: --dates day-first, --dates month-first or --dates year-first",
            file=raw.path, column=column,
        ) from None  # fmt: skip
    if unit := unit_of(values):
        notes.append(f"column {column!r} was read as {unit}")
    others = [c for c in columns_named("timestamp", raw.frame.columns) if c not in (column, clock)]
    if others:
        notes.append(
            f"of several columns of time {column!r} was taken; --map timestamp=COLUMN takes another: "
            f"{', '.join(others)}"
        )
    return times


def _judged(
    raw: RawTable, source: Mapping[str, str], asked: Asked, notes: list[str]
) -> tuple[pl.DataFrame, Meaning, Sequence[RowCheck]]:
    """Action, value and sign of every row, how they were found, and the rows whose value cannot be read."""
    frame = raw.frame
    verbs = mean.to_actions(frame[source["action"]], asked.actions) if "action" in source else None
    found = judged(frame, source, verbs, asked, notes)
    meaning = found.meaning
    actions = _actions(verbs, found)
    words = _signs_of_verbs(actions, source.get("action", ""), asked, meaning, notes)
    signs = _combined(actions, words if verbs is not None else {}, found.signs, words)
    if meaning.kind == "amount":
        signs = _taken_back(signs, found, notes)
    if documents := mean.cancelled(frame):
        name, marked = documents
        meaning = replace(meaning, document=name)
        signs = signs.set(marked, -1)
        notes.append(
            f"{marked.sum()} rows whose {name!r} begins with a letter, e.g. "
            f"{frame[name].filter(marked)[0]!r}, were cancelled and count as not wanted"
        )
    explicit = tuple(sorted({*meaning.explicit, *asked.actions}))
    meaning = replace(meaning, words={**meaning.words, **words, **asked.actions}, explicit=explicit)
    columns = {"action": actions, "value": found.values.cast(pl.Float64), "sign": signs.cast(pl.Int8)}
    return pl.DataFrame(columns), meaning, found.checks


def _actions(verbs: pl.Series | None, found: Judged) -> pl.Series:
    """What each row is called: by its verb, else by what its column of values says."""
    if verbs is not None:
        rated = pl.when(found.values.is_not_null()).then(pl.lit("rate")).otherwise(pl.lit("view"))
        return verbs.fill_null(pl.select(rated).to_series())
    name, kind = found.meaning.column, found.meaning.kind
    if kind == "labels":
        called = verb_of_label(name, found.meaning.labels[name])
    elif kind == "amount":
        called = "buy" if plain(name) in BOUGHT else "rate"
    else:
        called = "rate" if kind else "view"
    return pl.Series("action", [called]).new_from_index(0, len(found.values))


def _taken_back(signs: pl.Series, found: Judged, notes: list[str]) -> pl.Series:
    """Amounts below zero are returns, and one of zero says nothing."""
    below, none = (found.values < 0).fill_null(False), (found.values == 0).fill_null(False)
    counts = (
        (below.sum(), "rows below zero were taken back and count as not wanted"),
        (none.sum(), "rows of zero are neutral"),
    )
    if shown := ", ".join(f"{n:,} {what}" for n, what in counts if n):
        notes.append(f"column {found.meaning.column!r} holds amounts: {shown}")
    return signs.set(below, -1).set(none, 0)


def _signs_of_verbs(
    actions: pl.Series, column: str, asked: Asked, meaning: Meaning, notes: list[str]
) -> dict[str, int]:
    """The sign of each verb: as told, as earlier sources were told, as listed, or by its words; unknown ones
    are neutral and named.
    """
    usual = {**SIGNS, **IMPRESSION, **mean.signs_given(asked.known), **asked.actions}
    counts = dict(actions.value_counts(sort=True).iter_rows())
    known = {verb: usual.get(verb, mean.sign_of_verb(verb)) for verb in counts}
    unknown = [verb for verb, sign in known.items() if sign is None]
    if unknown and column and meaning.kind in ("", "amount"):
        shown = ", ".join(f"{verb!r} ({counts[verb]:,} rows)" for verb in unknown[:EXAMPLES])
        option = shlex.quote(unknown[0])
        notes.append(
            f"actions {shown} are not known and count as neutral; say what they mean: --action {option}=1, "
            "=0 or =-1"
        )
    # a row that no column calls anything is an interaction all the same
    neutral = 0 if column else 1
    return {verb: neutral if sign is None else sign for verb, sign in known.items()}


def _combined(
    actions: pl.Series, said: Mapping[str, int], by_value: pl.Series, words: Mapping[str, int]
) -> pl.Series:
    """What a row means: an action that was said and is refused or neutral for sure stays so, else the value
    decides where there is one.
    """
    verb = actions.replace_strict(dict(words), default=0, return_dtype=pl.Int8)
    sure = [
        w for w, s in said.items() if s < 0 or (s == 0 and (w in IMPRESSION or mean.sign_of_verb(w) == 0))
    ]
    fixed = actions.is_in(sure)
    return pl.select(pl.when(by_value.is_not_null() & ~fixed).then(by_value).otherwise(verb)).to_series()


def _readings(made: pl.DataFrame, source: Mapping[str, str], meaning: Meaning) -> tuple[Reading, ...]:
    """What was read as what, for the report: verbs one by one, values in ranges."""
    column = pl.lit(source.get("action") or meaning.column or "each row")
    value = pl.lit(None, pl.String)
    if meaning.kind in ("scale", "signs", "labels", "amount"):
        sets = [made["value"].drop_nulls().n_unique()]
        value = pl.col("value").map_batches(_ranges if sets[0] > EXAMPLES else _each, return_dtype=pl.String)
    groups = (
        made.with_columns(what=pl.concat_str("action", value.fill_null(""), separator=" "))
        .group_by("what", "sign", maintain_order=True)
        .agg(pl.len(), pl.col("user_id").first(), pl.col("item_id").first())
        .sort("len", descending=True)
    )
    name = pl.select(column).to_series()[0]
    shown = ((w.strip(), s, n, f"{u}, {i}") for w, s, n, u, i in groups.iter_rows())
    label = f"{name} {meaning.column}" if "action" in source and meaning.column else str(name)
    return tuple(Reading(label, w, n, s, example) for w, s, n, example in shown)


def _each(values: pl.Series) -> pl.Series:
    return values.cast(pl.String).str.replace(r"\.0$", "")


def _ranges(values: pl.Series) -> pl.Series:
    """Below zero, zero, and above it, where there are too many values to list."""
    return pl.select(
        pl.when(values < 0)
        .then(pl.lit("below 0"))
        .when(values == 0)
        .then(pl.lit("0"))
        .when(values > 0)
        .then(pl.lit("above 0"))
    ).to_series()
