"""What a raw column means: guessed by its name and content."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import resources
from typing import Any

import polars as pl

from instructrec.data.dataset import Feedback
from instructrec.errors import ConfigError
from instructrec.sources.values import to_float, to_seconds

_WORDS = tomllib.loads((resources.files("instructrec.sources") / "names.toml").read_text(encoding="utf-8"))
NAMES: Mapping[str, Sequence[str]] = {target: names.split() for target, names in _WORDS["columns"].items()}
ACTIONS: Mapping[str, str] = {
    word: to for to, words in _WORDS["actions"].items() for word in (to, *words.split())
}
TARGETS: Mapping[str, tuple[str, ...]] = {
    "interactions": ("user_id", "item_id", "action", "timestamp", "value"),
    "items": ("item_id", "title", "description", "categories", "tags", "brand", "price", "year", "image_url"),
    "users": ("user_id",),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "interactions": ("user_id", "item_id"),
    "items": ("item_id",),
    "users": ("user_id",),
}
# greatest value of a scale -> (liked from, disliked below)
SCALES: Mapping[float, tuple[float, float]] = {1: (1, 1), 5: (4, 3), 10: (7, 5), 100: (70, 50)}
STRENGTHS = frozenset({"strength", "eventstrength", "weight"})


@dataclass(frozen=True, slots=True)
class Guess:
    """Which column stands for which target, and how it was told where its name did not say so."""

    columns: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())


def plain(name: str) -> str:
    """Write a name without case, spaces and signs, so that userId, user_id and "User ID" are one.

    >>> plain("User_ID"), plain("reviewerID"), plain("用户 ID")
    ('userid', 'reviewerid', '用户id')
    """
    return re.sub(r"[\W_]+", "", name).lower()


def guess_kind(columns: Sequence[str], mapping: Mapping[str, str] | None = None) -> str:
    """Tell what a lone table holds by its columns; ConfigError when neither a user nor an item is among them.

    >>> guess_kind(["userId", "movieId", "rating"]), guess_kind(["id", "title"]), guess_kind(["uid", "age"])
    ('interactions', 'items', 'users')
    """
    has = {
        t for t in ("user_id", "item_id", "title") if _named(t, columns) or (mapping or {}).get(t) in columns
    }
    if {"user_id", "item_id"} <= has:
        return "interactions"
    if "item_id" in has or "title" in has:
        return "items"
    if "user_id" in has:
        return "users"
    raise ConfigError(
        f"no user or item column among {list(columns)[:30]}; is the header missing? Map them: --map item_id=COLUMN"
    )


def kind_of(frame: pl.DataFrame, mapping: Mapping[str, str] | None = None) -> str:
    """Tell what a lone table holds; ConfigError for what would be a catalog without titles whose ids repeat:
    that is a log.
    """
    kind = guess_kind(frame.columns, mapping)
    if kind != "items":
        return kind
    columns = guess(frame, kind, mapping).columns
    item = columns.get("item_id")
    if item and "title" not in columns and frame.height >= 10 and frame[item].n_unique() < 0.8 * frame.height:
        raise ConfigError(
            f"column {item!r} repeats its ids and there is no title, so this looks like a log whose user column has another "
            f"name; name it: --map user_id=COLUMN, one of {list(frame.columns)[:30]}"
        )
    return kind


def guess(frame: pl.DataFrame, kind: str, mapping: Mapping[str, str] | None = None) -> Guess:
    """Choose a column for each target of a kind; a mapping (target -> column) wins over every guess.

    Raises ConfigError for a mapped column or target that does not exist, and when an id column cannot be
    told.
    """
    columns = _mapped(frame.columns, kind, mapping or {})
    for target in TARGETS[kind]:
        free = [c for c in frame.columns if c not in columns.values()]
        named = [] if target in columns else _named(target, free)
        filled = [c for c in named if frame[c].null_count() < frame.height]
        if named:
            columns[target] = (filled or named)[0]
    notes = _by_content(frame, kind, columns)
    for target in NEEDED[kind]:
        if target not in columns:
            near = get_close_matches(target, frame.columns, n=3, cutoff=0.3) or frame.columns[:10]
            raise ConfigError(
                f"{kind}: no column for {target}; nearest names: {', '.join(near)}; use --map {target}=COLUMN"
            )
    return Guess(columns, tuple(notes))


def _mapped(columns: Sequence[str], kind: str, mapping: Mapping[str, str]) -> dict[str, str]:
    if unknown := set(mapping) - set(NAMES):
        raise ConfigError(f"{sorted(unknown)} cannot be mapped; allowed: {', '.join(NAMES)}")
    mine = {target: column for target, column in mapping.items() if target in TARGETS[kind]}
    for target, column in mine.items():
        if column not in columns:
            near = get_close_matches(column, columns, n=3, cutoff=0.3) or list(columns)[:10]
            raise ConfigError(
                f"{kind}: column {column!r} for {target} does not exist; nearest names: {', '.join(near)}"
            )
    return mine


def _named(target: str, columns: Sequence[str]) -> list[str]:
    names = NAMES[target]
    return sorted(
        (c for c in columns if plain(c) in names), key=lambda c: (c != target, names.index(plain(c)))
    )


def _by_content(frame: pl.DataFrame, kind: str, columns: dict[str, str]) -> list[str]:
    """Fill in an `id`, a time and a rating by what the columns hold; the notes say so."""
    tests = (
        {"timestamp": looks_like_time, "value": looks_like_rating}
        if kind == "interactions"
        else {NEEDED[kind][0]: _is_bare_id}
    )
    notes = []
    for target, test in tests.items():
        for column in frame.columns:
            if (
                target not in columns
                and column not in columns.values()
                and test(frame[column].drop_nulls().head(1000))
            ):
                columns[target] = column
                notes.append(f"column {column!r} was taken as {target} for its content")
    return notes


def _is_bare_id(sample: pl.Series) -> bool:
    return plain(sample.name) in {"id", "编号"}


def looks_like_time(sample: pl.Series) -> bool:
    """Say whether values are dates, or epoch numbers between 1985 and 2100 (s, ms or us), so that an odd name
    is no matter.

    >>> looks_like_time(pl.Series(["2020-01-01", "2021-03-04T05:06:07Z"])), looks_like_time(pl.Series([4, 5, 1]))
    (True, False)
    """
    if sample.dtype.is_temporal() or sample.dtype.is_nested() or not sample.len():
        return sample.dtype in (pl.Datetime, pl.Date)
    seconds = to_seconds(sample)
    return not seconds.has_nulls() and seconds.is_between(4.7e8, 4.1e9).all()


def looks_like_rating(sample: pl.Series) -> bool:
    """Say whether values are half steps on a scale of 5 or whole steps on one of 10, with at least three of
    them used.

    >>> looks_like_rating(pl.Series(["4", "3.5", "5"])), looks_like_rating(pl.Series([17, 3, 2]))
    (True, False)
    """
    if sample.dtype.is_temporal() or sample.dtype.is_nested() or sample.dtype == pl.Boolean:
        return False
    used = set(to_float(sample).unique().to_list())
    of_five, of_ten = {n / 2 for n in range(1, 11)}, {float(n) for n in range(1, 11)}
    return len(used) >= 3 and (used <= of_five or (used <= of_ten and 10 in used))


def to_actions(values: pl.Series, own: Mapping[str, Any] | None = None) -> pl.Series:
    """Bring action words to their normal form, e.g. Purchased and 购买 to buy; unknown words and those in `own`
    stay.

    >>> to_actions(pl.Series(["Purchased", "购买", "thumbs_up", "wave"])).to_list()
    ['buy', 'buy', 'like', 'wave']
    """
    text = values if values.dtype == pl.String else values.cast(pl.String)
    words = text.unique().drop_nulls().to_list()
    known = {w: w.strip() if own and w in own else ACTIONS.get(plain(w), w.strip()) for w in words}
    changed = {w: action for w, action in known.items() if w != action}
    return text.replace(changed) if changed else text


def guess_feedback(
    acts: pl.DataFrame, source: str, signs: Mapping[str, int], like_from: float | None
) -> Feedback:
    """Choose from which value an act is positive by the scale, where the values of `source` rate; else leave
    it to signs.

    A given `like_from` stands. Values are ratings when most of them belong to the actions rate or review.
    """
    valued = acts.select(
        pl.col("value").min().alias("low"), pl.col("value").max().alias("high"), pl.col("value").count().alias("n"),
        pl.col("value").filter(pl.col("action").is_in(["rate", "review"])).count().alias("rated"),
        pl.col("value").is_between(0, 1, closed="none").any().alias("fraction"),
    ).row(0, named=True)  # fmt: skip
    rated = valued["n"] and valued["rated"] * 2 >= valued["n"] and plain(source) not in STRENGTHS
    if (
        not rated
        or valued["low"] < 0
        or valued["high"] > max(SCALES)
        or (valued["high"] <= 1 and valued["fraction"])
    ):
        return Feedback(signs, like_from, like_from)
    like, low = SCALES[min(top for top in SCALES if valued["high"] <= top)]
    return (
        Feedback(signs, like, low) if like_from is None else Feedback(signs, like_from, min(low, like_from))
    )
