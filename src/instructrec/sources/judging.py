"""What the values beside interactions judge: ratings, amounts, grades in words, columns of yes and no."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from instructrec.errors import ConfigError
from instructrec.sources import meaning as mean
from instructrec.sources.columns import is_amount, plain
from instructrec.sources.meaning import Meaning

WANTED: Mapping[int, str] = {1: "wanted", 0: "neutral", -1: "not wanted"}
EXAMPLES = 20  # verbs and values that are listed one by one


@dataclass(frozen=True, slots=True)
class RowCheck:
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
class Judged:
    """The numbers of a column of values, the sign that each row's value says, what the column is, and rows
    that fail.
    """

    values: pl.Series
    signs: pl.Series
    meaning: Meaning = field(default_factory=Meaning)
    checks: Sequence[RowCheck] = ()


def judged(
    frame: pl.DataFrame, source: Mapping[str, str], verbs: pl.Series | None, asked: Asked, notes: list[str]
) -> Judged:
    """What the columns of values say; columns of yes and no count where none holds ratings."""
    rated = "value" in source and not is_amount(source["value"])
    labels = {} if rated else mean.labels_of(frame, list(source.values()))
    if labels:
        shown = ", ".join(f"{name!r} ({WANTED[sign]})" for name, sign in labels.items())
        notes.append(f"a yes in the column {shown} says so; a row with a no alone counts as the opposite")
        return by_labels(frame, labels)
    if "value" in source:
        return by_value(frame[source["value"]], verbs, asked, notes)
    nothing = pl.Series([None]).new_from_index(0, frame.height)
    return Judged(nothing.cast(pl.Float64), nothing.cast(pl.Int8))


def by_value(given: pl.Series, verbs: pl.Series | None, asked: Asked, notes: list[str]) -> Judged:
    """A column of ratings, amounts or grades: its numbers, the sign each says, and what it is."""
    given = given.fill_nan(None) if given.dtype.is_float() else given
    nothing = pl.repeat(None, len(given), dtype=pl.Int8, eager=True)
    numbers, top = mean.to_numbers(given)
    missing = given.len() - given.null_count() - (len(numbers) - numbers.null_count())
    if given.dtype == pl.String and missing * 2 > given.len() - given.null_count():
        return _by_grades(given, asked, notes)
    checks = [RowCheck("value", numbers.is_null() & given.is_not_null(), "the value is not a number")]
    if _only_beside_verbs(given.name, numbers, verbs) and asked.like_from is None:
        return Judged(numbers, nothing, Meaning(given.name, "amount"), checks)
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
            f'values of {given.name!r} that stand for "not rated" are neither wanted nor unwanted: '
            f"{counts}; if one is a rating, say so: --action {left[0]:g}=-1"
        )
    return Judged(numbers, signs, meaning, checks)


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def _only_beside_verbs(name: str, numbers: pl.Series, verbs: pl.Series | None) -> bool:
    """Whether the values are strengths of actions: a column that is not called a rating, beside other
    verbs.
    """
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
    """A scale of which only one low value was seen says nothing: 1 may be the best of one or the worst of
    five.
    """
    used = numbers.drop_nulls().unique()
    known = any(plain(m.column) == plain(meaning.column) for m in asked.known)
    if meaning.kind == "scale" and asked.like_from is None and not known and used.to_list() == [1.0]:
        notes.append(
            f"every value of {meaning.column!r} is 1, which may be the best or the worst; it counts as "
            "neutral: say --like-from 1 if it is wanted, or --action 1=-1 if it is not"
        )
        return replace(meaning, unjudged=(1.0,))
    return meaning


def _by_grades(given: pl.Series, asked: Asked, notes: list[str]) -> Judged:
    """A column of words that judge; unknown ones are neutral and named."""
    text = given.str.strip_chars()
    counts = text.drop_nulls().value_counts(sort=True)
    words = counts[text.name].to_list()
    signs = {**mean.grades_of(words, asked.known), **{w: s for w, s in asked.actions.items() if w in words}}
    if unknown := [w for w in words if w not in signs]:
        rows = counts.filter(pl.col(text.name).is_in(unknown))["count"].sum()
        shown = ", ".join(repr(w) for w in unknown[:EXAMPLES])
        notes.append(
            f"values {shown} of {given.name!r} ({rows:,} rows) are not known and count as neutral; say what "
            f"they mean: --action {shlex.quote(unknown[0])}=1, =0 or =-1"
        )
    by_value = text.replace_strict(signs, default=0, return_dtype=pl.Int8).set(text.is_null(), None)
    nothing = pl.repeat(None, len(given), dtype=pl.Float64, eager=True)
    return Judged(nothing, by_value, Meaning(given.name, "grades", words=signs))


def by_labels(frame: pl.DataFrame, labels: Mapping[str, int]) -> Judged:
    """Columns of yes and no: a yes counts as its column says, and only noes mean that it was seen and
    ignored.
    """
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
    return Judged(first, signs, Meaning(next(iter(labels)), "labels", labels=dict(labels)))


def verb_of_label(name: str, sign: int) -> str:
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
