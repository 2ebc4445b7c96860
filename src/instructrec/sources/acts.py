"""From a raw table of interactions to users, items, times, actions, values and what each row means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from instructrec.data.dataset import INTERACTIONS, SIGNS
from instructrec.errors import ConfigError, ReadError
from instructrec.sources import meaning as mean
from instructrec.sources.columns import clock_beside, is_amount, named, plain
from instructrec.sources.dates import UndecidedDates, to_seconds, unit_of
from instructrec.sources.formats import RawTable
from instructrec.sources.meaning import Meaning
from instructrec.sources.values import lost_digits, to_ids

IMPRESSION = {"impression": 0}  # being shown an item is no act of the user
EXAMPLES = 20  # verbs and values that a report lists one by one
WANTED = {1: "wanted", 0: "neutral", -1: "not wanted"}


@dataclass(frozen=True, slots=True)
class Check:
    """Rows that fail for one reason; `fatal` when many of them mean that the column was misunderstood."""

    target: str
    failing: pl.Series
    message: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What one verb or range of values of a column was read as, with how many rows and one of them."""

    column: str
    what: str
    rows: int
    sign: int
    example: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call of `read` says of the interactions itself, and what earlier sources were read as."""

    actions: Mapping[str, int] = field(default_factory=dict)
    like_from: float | None = None
    dates: str = ""
    accept_rejected: bool = False
    known: Sequence[Meaning] = ()

    def __post_init__(self) -> None:
        if wrong := {action: sign for action, sign in self.actions.items() if sign not in (-1, 0, 1)}:
            raise ConfigError(f"signs {wrong}: allowed are 1 (wanted), 0 (neither) and -1 (unwanted)")


@dataclass(frozen=True, slots=True)
class Acts:
    """The interactions of one table with their meaning; `timeless` where the order of the rows stands for time."""

    frame: pl.DataFrame
    checks: list[Check]
    meaning: Meaning
    readings: tuple[Reading, ...]
    timeless: bool


def acts_of(raw: RawTable, source: Mapping[str, str], asked: Asked, notes: list[str]) -> Acts:
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
        Check(
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
        times = _times(raw, source["timestamp"], list(source.values()), asked, notes)
        checks.append(
            Check(
                "timestamp", times.is_null(), "the time is missing or not readable; use seconds or ISO 8601"
            )
        )
    judged, meaning, more = _judged(raw, source, asked, notes)
    made = pl.DataFrame([users, items, times.alias("timestamp")]).hstack(judged)
    readings = _readings(made, source, meaning)
    return Acts(made.select(*INTERACTIONS, "sign"), [*checks, *more], meaning, readings, timeless)


def ids_of(raw: RawTable, column: str, target: str, asked: Asked, notes: list[str]) -> pl.Series:
    """Ids as strings; raises ReadError where digits were lost, by which different ids became one."""
    values = raw.frame[column]
    if lost := lost_digits(values):
        text = (
            f"{lost} ids lost their last digits in a spreadsheet or as numbers of 17 digits, so different ones are the same "
            "now; write the column as text and export it again"
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


def _times(raw: RawTable, column: str, taken: Sequence[str], asked: Asked, notes: list[str]) -> pl.Series:
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
    others = [c for c in named("timestamp", raw.frame.columns) if c not in (column, clock)]
    if others:
        notes.append(
            f"of several columns of time {column!r} was taken; --map timestamp=COLUMN takes another: {', '.join(others)}"
        )
    return times


def _judged(
    raw: RawTable, source: Mapping[str, str], asked: Asked, notes: list[str]
) -> tuple[pl.DataFrame, Meaning, list[Check]]:
    """Action, value and sign of every row, how they were found, and the rows whose value cannot be read."""
    frame, height = raw.frame, raw.frame.height
    values = pl.repeat(None, height, dtype=pl.Float64, eager=True)
    by_value = pl.repeat(None, height, dtype=pl.Int8, eager=True)
    checks: list[Check] = []
    meaning = Meaning()
    verbs = mean.to_actions(frame[source["action"]], asked.actions) if "action" in source else None
    labels = (
        {}
        if "value" in source and not is_amount(source["value"])
        else mean.labels_of(frame, list(source.values()))
    )
    if "value" in source and not labels:
        values, by_value, meaning, checks = _by_value(frame[source["value"]], verbs, asked, notes)
    elif labels:
        values, by_value, meaning = _by_labels(frame, labels)
        shown = ", ".join(f"{name!r} ({WANTED[sign]})" for name, sign in labels.items())
        notes.append(f"a yes in the column {shown} says so; a row with a no alone counts as the opposite")
    given = next(iter(meaning.labels), "")
    default = (
        _verb_of_label(given, meaning.labels[given])
        if given
        else "rate"
        if meaning.kind not in ("", "amount")
        else "view"
    )
    if meaning.kind == "amount" and verbs is None:
        default = "buy" if plain(meaning.column) in ("quantity", "qty", "menge", "anzahl", "数量") else "rate"
    fallback = pl.select(pl.lit(default)).to_series().new_from_index(0, height)
    if verbs is not None:
        fallback = pl.select(
            pl.when(values.is_not_null()).then(pl.lit("rate")).otherwise(pl.lit("view"))
        ).to_series()
        verbs = verbs.fill_null(fallback)
    actions = fallback if verbs is None else verbs
    words = _signs_of_verbs(actions, source.get("action", ""), asked, meaning, notes)
    signs = _combined(actions, words if verbs is not None else {}, by_value, words)
    if meaning.kind == "amount":
        below, none = (values < 0).fill_null(False), (values == 0).fill_null(False)
        signs = signs.set(below, -1).set(none, 0)
        counts = (
            (below.sum(), "rows below zero were taken back and count as not wanted"),
            (none.sum(), "rows of zero are neutral"),
        )
        if shown := ", ".join(f"{n:,} {what}" for n, what in counts if n):
            notes.append(f"column {meaning.column!r} holds amounts: {shown}")
    if found := mean.cancelled(frame):
        name, marked = found
        meaning = replace(meaning, document=name)
        signs = signs.set(marked, -1)
        notes.append(f"{marked.sum()} rows whose {name!r} begins with a letter, e.g. {frame[name].filter(marked)[0]!r}, were "
                     "cancelled and count as not wanted")  # fmt: skip
    told = tuple(sorted({*meaning.told, *asked.actions}))
    meaning = replace(meaning, words={**meaning.words, **words, **asked.actions}, told=told)
    judged = pl.DataFrame(
        {"action": actions.alias("action"), "value": values.cast(pl.Float64), "sign": signs.cast(pl.Int8)}
    )
    return judged, meaning, checks


def _by_value(
    given: pl.Series, verbs: pl.Series | None, asked: Asked, notes: list[str]
) -> tuple[pl.Series, pl.Series, Meaning, list[Check]]:
    """A column of ratings, amounts or grades: its numbers, the sign each says, and what it is."""
    given = given.fill_nan(None) if given.dtype.is_float() else given
    nothing = pl.repeat(None, len(given), dtype=pl.Int8, eager=True)
    numbers, top = mean.to_numbers(given)
    missing = given.len() - given.null_count() - (len(numbers) - numbers.null_count())
    if given.dtype == pl.String and missing * 2 > given.len() - given.null_count():
        return _by_grades(given, asked, notes)
    checks = [Check("value", numbers.is_null() & given.is_not_null(), "the value is not a number")]
    if _only_beside_verbs(given.name, numbers, verbs) and asked.like_from is None:
        return numbers, nothing, Meaning(given.name, "amount"), checks
    own = {float(k): v for k, v in asked.actions.items() if _is_number(k)}
    meaning = mean.scale_of(numbers, given.name, asked.known, asked.like_from)
    written = {**mean.SHORT_SCALES, **mean.SCALES}
    if meaning.kind == "scale" and top in written and asked.like_from is None:
        like, low = written[top]
        meaning = replace(meaning, top=top, like_from=like, dislike_below=low)
    left = [v for v in meaning.unjudged if v not in own]
    meaning = _doubtful(meaning, numbers, asked, notes)
    signs = _signs_of_numbers(numbers, meaning)
    for value, sign in own.items():
        signs = signs.set((numbers == value).fill_null(False), sign)
    if left:
        counts = ", ".join(f"{(numbers == v).sum():,} of {v:g}" for v in left)
        notes.append(
            f'values of {given.name!r} that stand for "not rated" are neither wanted nor unwanted: {counts}; if one is a '
            f"rating, say so: --action {left[0]:g}=-1"
        )
    return numbers, signs, meaning, checks


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def _only_beside_verbs(name: str, numbers: pl.Series, verbs: pl.Series | None) -> bool:
    """Whether the values are strengths of actions: a column that is not called a rating, beside other verbs."""
    if verbs is None or plain(name) in (
        "rating",
        "ratings",
        "stars",
        "star",
        "reviewscore",
        "overall",
        "评分",
        "打分",
        "星级",
    ):
        return False
    rated = (verbs.is_in(mean.RATING_VERBS) & numbers.is_not_null()).sum()
    return int(rated) * 2 < len(numbers) - numbers.null_count()


def _doubtful(meaning: Meaning, numbers: pl.Series, asked: Asked, notes: list[str]) -> Meaning:
    """A scale of which only one low value was seen says nothing: 1 may be the best of one or the worst of five."""
    used = numbers.drop_nulls().unique()
    known = any(plain(m.column) == plain(meaning.column) for m in asked.known)
    if meaning.kind == "scale" and asked.like_from is None and not known and used.to_list() == [1.0]:
        notes.append(
            f"every value of {meaning.column!r} is 1, which may be the best or the worst; it counts as neutral: say "
            "--like-from 1 if it is wanted, or --action 1=-1 if it is not"
        )
        return replace(meaning, unjudged=(1.0,))
    return meaning


def _by_grades(
    given: pl.Series, asked: Asked, notes: list[str]
) -> tuple[pl.Series, pl.Series, Meaning, list[Check]]:
    """A column of words that judge; unknown ones are neutral and named."""
    text = given.str.strip_chars()
    counts = text.drop_nulls().value_counts(sort=True)
    words = counts[text.name].to_list()
    signs = {**mean.grades_of(words, asked.known), **{w: s for w, s in asked.actions.items() if w in words}}
    if unknown := [w for w in words if w not in signs]:
        rows = counts.filter(pl.col(text.name).is_in(unknown))["count"].sum()
        shown = ", ".join(repr(w) for w in unknown[:EXAMPLES])
        notes.append(
            f"values {shown} of {given.name!r} ({rows:,} rows) are not known and count as neutral; say what they mean: "
            f"--action {unknown[0]!r}=1, =0 or =-1"
        )
    by_value = text.replace_strict(signs, default=0, return_dtype=pl.Int8).set(text.is_null(), None)
    nothing = pl.repeat(None, len(given), dtype=pl.Float64, eager=True)
    return nothing, by_value, Meaning(given.name, "grades", words=signs), []


def _by_labels(frame: pl.DataFrame, labels: Mapping[str, int]) -> tuple[pl.Series, pl.Series, Meaning]:
    """Columns of yes and no: a yes counts as its column says, and only noes mean that it was seen and passed over."""
    yes = {name: mean.yes_no(frame[name]) for name in labels}
    height = frame.height
    refused = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    wanted, known = refused, refused
    positive = any(sign > 0 for sign in labels.values())
    for name, column in yes.items():
        assert column is not None
        said = (column == 1).fill_null(False)
        known = known | column.is_not_null()
        refused = refused | said if labels[name] < 0 else refused
        wanted = wanted | said if labels[name] > 0 else wanted
    signs = pl.select(
        pl.when(refused)
        .then(-1)
        .when(wanted)
        .then(1)
        .when(~known)
        .then(0)
        .otherwise(-1 if positive else 1)
        .cast(pl.Int8)
    ).to_series()
    first = next(iter(yes.values()))
    assert first is not None
    return first, signs, Meaning(next(iter(labels)), "labels", labels=dict(labels))


def _verb_of_label(name: str, sign: int) -> str:
    """What a row with yes and no is called: by its column, where a yes is wanted."""
    if sign < 0:
        return "view"
    words = [w for w in mean.words_of(name) if w not in ("is", "has", "was", "did")]
    return mean.SAME.get(plain("".join(words)), "_".join(words)) if words else "rate"


def _signs_of_numbers(numbers: pl.Series, meaning: Meaning) -> pl.Series:
    value = pl.lit(numbers)
    if meaning.kind == "signs":
        signs = pl.when(value > 0).then(1).when(value < 0).then(-1).otherwise(0)
    elif meaning.kind == "scale":
        signs = (
            pl.when(value >= meaning.like_from)
            .then(1)
            .when(value < meaning.dislike_below)
            .then(-1)
            .otherwise(0)
        )
    else:
        signs = pl.lit(None, pl.Int8)
    made = pl.select(
        pl.when(value.is_null())
        .then(None)
        .when(value.is_in(list(meaning.unjudged)))
        .then(0)
        .otherwise(signs)
        .cast(pl.Int8)
    ).to_series()
    return made if len(made) == len(numbers) else made.new_from_index(0, len(numbers))


def _signs_of_verbs(
    actions: pl.Series, column: str, asked: Asked, meaning: Meaning, notes: list[str]
) -> dict[str, int]:
    """The sign of each verb: as told, as earlier sources were told, as listed, or by its words; unknown ones are
    neutral and named.
    """
    told = {w: m.words[w] for m in asked.known for w in m.told if w in m.words}
    usual = {**SIGNS, **IMPRESSION, **told, **asked.actions}
    counts = actions.value_counts(sort=True)
    signs: dict[str, int] = {}
    unknown = []
    for verb, rows in counts.iter_rows():
        sign = usual.get(verb, mean.sign_of_verb(verb))
        if sign is None:
            unknown.append((verb, rows))
        signs[verb] = sign or 0
    if unknown and column and meaning.kind in ("", "amount"):
        shown = ", ".join(f"{verb!r} ({rows:,} rows)" for verb, rows in unknown[:EXAMPLES])
        option = unknown[0][0] if " " not in unknown[0][0] else repr(unknown[0][0])
        notes.append(
            f"actions {shown} are not known and count as neutral; say what they mean: --action {option}=1, =0 or =-1"
        )
    if unknown and not column:
        signs.update({verb: 1 for verb, _ in unknown})
    return signs


def _combined(
    actions: pl.Series, said: Mapping[str, int], by_value: pl.Series, words: Mapping[str, int]
) -> pl.Series:
    """What a row means: an action that was said and is refused or neutral for sure stays so, else the value decides
    where there is one.
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
