"""What a raw column means: guessed by its name and content."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import resources

import polars as pl

from instructrec.catalog.evidence import words_of
from instructrec.catalog.understand import understand
from instructrec.cells.dates import UndecidedDates, fineness, time_of_day, to_seconds
from instructrec.cells.values import to_float
from instructrec.data.profile import Role
from instructrec.errors import ConfigError

_WORDS = tomllib.loads((resources.files("instructrec.sources") / "names.toml").read_text(encoding="utf-8"))
NAMES: Mapping[str, Sequence[str]] = {target: names.split() for target, names in _WORDS["columns"].items()}
AMOUNTS = frozenset(_WORDS["amounts"]["names"].split())
DOCUMENTS = frozenset(_WORDS["documents"]["names"].split())
_TELLING = {target: frozenset(words.split()) for target, words in _WORDS["words"].items()}
_COMPANIONS = {target: frozenset(words.split()) for target, words in _WORDS["companions"].items()}
_ALONE = frozenset(_WORDS["alone"]["names"].split())
VIEWS = frozenset(_WORDS["views"]["names"].split())
IDENTIFYING = frozenset(_WORDS["identifying"]["names"].split())
STATES = frozenset(_WORDS["states"]["names"].split())
_NUMBERING = frozenset(_WORDS["numbering"]["names"].split())
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
SAMPLE = 1000


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
        t
        for t in ("user_id", "item_id", "title")
        if columns_named(t, columns) or (mapping or {}).get(t) in columns
    }
    if {"user_id", "item_id"} <= has:
        return "interactions"
    if "item_id" in has or "title" in has:
        return "items"
    if "user_id" in has:
        return "users"
    raise ConfigError(
        f"no user or item column among {list(columns)[:30]}; if these are values and no names, add "
        "--no-header; else map them: --map user_id=COLUMN --map item_id=COLUMN"
    )


def kind_of(frame: pl.DataFrame, mapping: Mapping[str, str] | None = None) -> str:
    """Tell what a lone table holds; ConfigError for what would be a catalog without titles whose ids repeat:
    that is a log. Where no name says it, a table in which one column titles the rows is a catalog.
    """
    try:
        kind = guess_kind(frame.columns, mapping)
    except ConfigError:
        if frame.height < 2 or not _has_titles(frame):
            raise
        return "items"
    item = (mapping or {}).get("item_id") or next(iter(columns_named("item_id", frame.columns)), "")
    titled = "title" in (mapping or {}) or columns_named("title", frame.columns)
    if kind != "items" or titled or not _repeats(frame, item) or _has_titles(frame):
        return kind
    raise ConfigError(
        f"column {item!r} repeats its ids and there is no title, so this looks like a log whose user "
        f"column has another name; name it: --map user_id=COLUMN, one of {list(frame.columns)[:30]}"
    )


def _has_titles(frame: pl.DataFrame) -> bool:
    """Whether a column titles the rows, by its cells where no name says it."""
    return bool(understand(frame, {"item_id": (), "title": ()}).playing(Role.TITLE))


def _repeats(frame: pl.DataFrame, item: str) -> bool:
    """Whether the ids of items come again as in a log."""
    return item in frame.columns and frame.height >= 10 and frame[item].n_unique() < 0.8 * frame.height


def without_header(frame: pl.DataFrame) -> list[str]:
    """The names of a text file that look like values of its columns: it has no header, and its first row
    would be lost. Empty where any name is known, or too few look like values.

    >>> without_header(pl.DataFrame({"s1": ["s1", "s2"], "2024-04-07": ["2024-04-08", "2024-04-09"]}))
    ['s1', '2024-04-07']
    >>> without_header(pl.DataFrame({"Artikel": ["7", "8"], "Preis": ["3", "4"]}))
    []
    """
    if any(columns_named(t, [n]) for n in frame.columns for t in NAMES) or any(
        map(_is_bare_id_name, frame.columns)
    ):
        return []
    alike = [name for name in frame.columns if _like_its_values(name, frame[name].drop_nulls().head(SAMPLE))]
    sure = any(to_float(pl.Series([n])).is_not_null().all() or looks_like_time(pl.Series([n])) for n in alike)
    return alike if alike and (sure or 2 * len(alike) >= frame.width) else []


def _like_its_values(name: str, values: pl.Series) -> bool:
    if values.dtype != pl.String or not values.len():
        return False
    one = pl.Series([re.sub(r"_duplicated_\d+$", "", name)])
    if to_float(one).is_not_null().all():
        return to_float(values).is_not_null().sum() > 0.9 * len(values)
    if looks_like_time(one):
        return looks_like_time(values)
    if values.is_in(one.implode()).any():
        return True
    return bool(re.search(r"\d", one[0])) and bool((_shape(values) == _shape(one)[0]).mean() >= 0.8)


def _shape(values: pl.Series) -> pl.Series:
    return (
        values.str.replace_all(r"\d+", "9").str.replace_all(r"\p{Lu}+", "A").str.replace_all(r"\p{Ll}+", "a")
    )


def guess(frame: pl.DataFrame, kind: str, mapping: Mapping[str, str] | None = None) -> Guess:
    """Choose a column for each target of a kind; a mapping (target -> column) wins over every guess.

    Raises ConfigError for a mapped column or target that does not exist, and when an id column cannot be
    told. Items have a profile besides, see `sources.items`.
    """
    columns = mapped(frame.columns, kind, mapping or {})
    notes: list[str] = []
    for target in TARGETS[kind]:
        free = [c for c in frame.columns if c not in columns.values()]
        if target not in columns and (found := _choose(target, frame.select(free), notes)):
            columns[target] = found
    notes += _by_content(frame, kind, columns)
    for target in NEEDED[kind]:
        if target not in columns:
            near = get_close_matches(target, frame.columns, n=3, cutoff=0.3) or frame.columns[:10]
            raise ConfigError(
                f"{kind}: no column for {target}; nearest names: {', '.join(near)}; use --map {target}=COLUMN"
            )
    return Guess(columns, tuple(notes))


def _choose(target: str, frame: pl.DataFrame, notes: list[str]) -> str | None:
    """The column whose name says most of a target, among those that hold enough."""
    candidates = columns_named(target, frame.columns)
    if target == "value":
        candidates += [c for c in frame.columns if c not in candidates and is_amount(c)]
    filled = [c for c in candidates if frame[c].null_count() < frame.height] or candidates
    if not filled:
        return None
    if target == "timestamp":
        return _finest(filled, frame, notes)
    if target in ("user_id", "item_id"):
        return _fullest(target, filled, frame, notes)
    if target == "action":
        return next((c for c in filled if _holds_words(frame[c])), None)
    return filled[0]


def _fullest(target: str, candidates: Sequence[str], frame: pl.DataFrame, notes: list[str]) -> str:
    """The first column of ids that is there in more than half of the rows."""
    full = [c for c in candidates if frame[c].null_count() * 2 < frame.height]
    best = (full or candidates)[0]
    if best != candidates[0]:
        notes.append(f"column {candidates[0]!r} is mostly empty, so {best!r} was taken as {target}")
    return best


def is_amount(name: str) -> bool:
    """Whether a column of this name holds amounts, which judge nothing: quantities, hours, strengths.

    >>> is_amount("Order Quantity"), is_amount("Menge"), is_amount("rating")
    (True, True, False)
    """
    last = words_of(name)[-1:] or [""]
    return plain(name) in AMOUNTS or (last[0] in AMOUNTS and not columns_named("value", [name]))


def _holds_words(values: pl.Series) -> bool:
    """Whether a column can hold verbs: few different values, and no true or false."""
    return not values.dtype.is_nested() and not values.dtype.is_float() and values.dtype != pl.Boolean


def _finest(candidates: Sequence[str], frame: pl.DataFrame, notes: list[str]) -> str:
    """Of several columns of time the first, unless it holds days and another the moments of these days."""
    first = candidates[0]
    if len(candidates) == 1:
        return first
    seconds = {c: s for c in candidates if (s := _readable(frame[c].head(10_000))) is not None}
    if first not in seconds:
        first = next((c for c in candidates if c in seconds), first)
    if first not in seconds or fineness(seconds[first])[0]:
        return first
    days = seconds[first]
    same = (
        c
        for c, s in seconds.items()
        if fineness(s)[0] and ((s - days).abs() < 2 * 86_400).sum() > 0.9 * len(s)
    )
    if finer := next(same, None):
        notes.append(f"column {finer!r} was taken as timestamp: {first!r} holds days only")
        return finer
    return first


def _readable(values: pl.Series) -> pl.Series | None:
    if time_of_day(values):
        return None
    try:
        seconds = to_seconds(values)
    except UndecidedDates:
        return None
    return seconds if seconds.null_count() * 2 < len(seconds) else None


def clock_beside(frame: pl.DataFrame, column: str, taken: Sequence[str]) -> str | None:
    """The column of times of day that belongs to a column of days, where there is just one."""
    clocks = [c for c in frame.columns if c not in taken and c != column and time_of_day(frame[c])]
    if len(clocks) != 1 or time_of_day(frame[column]):
        return None
    seconds = _readable(frame[column].head(SAMPLE))
    return clocks[0] if seconds is None or not fineness(seconds)[0] else None


def mapped(columns: Sequence[str], kind: str, mapping: Mapping[str, str]) -> dict[str, str]:
    """The part of a mapping that is about one kind of table; ConfigError for a target or column that is not
    there.
    """
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


def columns_named(target: str, columns: Sequence[str]) -> list[str]:
    """The columns whose name says that they are a target, best first: whole names, then by their words.

    >>> columns_named("user_id", ["user_agent", "user_pseudo_id", "uid"])
    ['uid', 'user_pseudo_id']
    >>> columns_named("timestamp", ["InvoiceDate", "birth_date"])
    ['InvoiceDate']
    """
    names = NAMES[target]
    exact = sorted(
        (c for c in columns if plain(c) in names), key=lambda c: (c != target, names.index(plain(c)))
    )
    return [*exact, *(c for c in columns if c not in exact and _by_words(target, c))]


def _by_words(target: str, name: str) -> bool:
    telling, companions = _TELLING.get(target, frozenset()), _COMPANIONS.get(target, frozenset())
    found = [_parted(word, telling, companions) for word in words_of(name)]
    words = [word for parts in found for word in parts]
    if not words or not all(word in telling or word in companions for word in words):
        return False
    inside = [word for word in words if word in telling]
    if target in ("user_id", "item_id"):
        return bool(inside) and (len(words) > len(inside) or any(word in _ALONE for word in inside))
    return bool(inside)


def _parted(word: str, telling: frozenset[str], companions: frozenset[str]) -> list[str]:
    """A word as it is, or as the two known words of which it is joined: kundennummer, 用户编号."""
    if word in telling or word in companions:
        return [word]
    for end in range(1, len(word)):
        first, second = word[:end], word[end:]
        if (first in telling and second in companions) or (first in companions and second in telling):
            return [first, second]
    return [word]


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
                and test(frame[column].drop_nulls().head(SAMPLE))
            ):
                columns[target] = column
                notes.append(f"column {column!r} was taken as {target} for its content")
    return notes


def _is_bare_id(sample: pl.Series) -> bool:
    return _is_bare_id_name(sample.name)


def _is_bare_id_name(name: str) -> bool:
    return plain(name) in {"id", "编号"}


def looks_like_time(sample: pl.Series) -> bool:
    """Say whether values are dates, or epoch numbers between 1985 and 2100 (s, ms or us), so that an odd name
    is no matter.

    >>> looks_like_time(pl.Series(["2020-01-01", "2021-03-04T05:06:07Z"]))
    True
    >>> looks_like_time(pl.Series([4, 5, 1]))
    False
    """
    if sample.dtype.is_temporal() or sample.dtype.is_nested() or not sample.len():
        return sample.dtype in (pl.Datetime, pl.Date)
    numbers = to_float(sample)
    if numbers.null_count() < len(numbers) and numbers.is_between(10_000, 60_000).all():
        return False  # days of a spreadsheet, and much else
    try:
        seconds = to_seconds(sample)
    except UndecidedDates:
        return True
    return not seconds.has_nulls() and seconds.is_between(4.7e8, 4.1e9).all()


def looks_like_rating(sample: pl.Series) -> bool:
    """Say whether values are half steps on a scale of 5 or whole steps on one of 10, with at least three of
    them used.

    >>> looks_like_rating(pl.Series(["4", "3.5", "5"])), looks_like_rating(pl.Series([17, 3, 2]))
    (True, False)
    """
    if sample.dtype.is_temporal() or sample.dtype.is_nested() or sample.dtype == pl.Boolean:
        return False
    if is_amount(sample.name) or _NUMBERING & set(words_of(sample.name)):
        return False
    used = set(to_float(sample).unique().to_list()) - {0.0}
    if used == {-1.0, 1.0}:
        return True
    of_five, of_ten = {n / 2 for n in range(1, 11)}, {float(n) for n in range(1, 11)}
    return len(used) >= 3 and (used <= of_five or (used <= of_ten and 10 in used))
