"""Raw values brought to the types the dataset wants: what cannot be read becomes null, and the caller counts
it.
"""

import json
from collections.abc import Sequence

import polars as pl

_WRITTEN_BY_TOOLS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d",
)  # no regex: fast
_DATES = (
    "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d", "%Y%m%d%H%M%S", "%Y年%m月%d日", "%Y年%m月%d日 %H:%M:%S",
    "%m %d, %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %b %Y %H:%M:%S", "%a, %d %b %Y %H:%M:%S", "%a %b %d %H:%M:%S %Y",
)  # fmt: skip


def to_ids(values: pl.Series) -> pl.Series:
    """Write ids as strings: 12 and 12.0 become "12", leading zeros stay, blanks around are stripped, nothing
    is null.

    >>> to_ids(pl.Series([12.0, None])).to_list(), to_ids(pl.Series([" 007"])).to_list()
    (['12', None], ['007'])
    """
    if values.dtype.is_float() and (values.drop_nulls() % 1 == 0).all():
        values = values.cast(pl.Int64, strict=False)
    text = values if values.dtype == pl.String else values.cast(pl.String)
    if (
        text.head(100).drop_nulls().str.ends_with(".0").any()
        and text.drop_nulls().str.contains(r"^\d+\.0$").all()
    ):
        text = text.str.strip_suffix(".0")  # whole numbers that some tool wrote as floats
    if text.str.contains(r"^\s|\s$|^$").any():
        text = text.str.strip_chars()
        text = text.set(text == "", None)
    return text


def to_float(values: pl.Series) -> pl.Series:
    """Read numbers as Float64: yes and no are 1 and 0, a decimal comma is read, what is no finite number is
    null.

    >>> to_float(pl.Series(["4.5", "4,5", "1,234", "true", "bad"])).to_list()
    [4.5, 4.5, 1234.0, 1.0, None]
    """
    if values.dtype.is_nested() or values.dtype.is_temporal():
        return pl.Series(values.name, [None] * values.len(), dtype=pl.Float64)
    numbers = values.cast(pl.Float64, strict=False)
    if values.dtype == pl.String and numbers.null_count() > values.null_count():
        text = _point(values.str.strip_chars().str.to_lowercase())
        numbers = numbers.fill_null(
            text.replace({"true": "1", "false": "0", "yes": "1", "no": "0"}).cast(pl.Float64, strict=False)
        )
    return numbers if numbers.is_finite().all() else numbers.set(~numbers.is_finite(), None)


def _point(values: pl.Series) -> pl.Series:
    """Write numbers in text with a point and without thousands marks: three digits after a comma are
    thousands.
    """
    return (
        values.str.replace_all(r"(\d)\.(\d{3}(?:\.\d{3})*,)", "$1$2")
        .str.replace_all(r"(\d),(\d{3})\b", "$1$2")
        .str.replace_all(r"(\d),(\d{3})\b", "$1$2")
        .str.replace_all(r"(\d),(\d+)\b", "$1.$2")
    )


def to_seconds(values: pl.Series) -> pl.Series:
    """Read times as Float64 seconds since 1970 in UTC, from epoch numbers in s, ms, us or ns, dates and ISO
    text; else null.

    Text without a zone is UTC. Small numbers (ordinals) stay as they are; columns of YYYYMMDD or
    YYYYMMDDhhmmss are dates.

    >>> to_seconds(pl.Series(["1700000000000", "1970-01-02", "1970-01-01T01:00:00+01:00", "soon"])).to_list()
    [1700000000.0, 86400.0, 0.0, None]
    """
    if values.dtype in (pl.Date, pl.Datetime):
        return (values if values.dtype == pl.Datetime else values.cast(pl.Datetime("us"))).dt.timestamp(
            "us"
        ) / 1e6
    numbers = to_float(values)
    if numbers.null_count() < len(numbers) and (_are_days(numbers) or _are_days(numbers // 1_000_000)):
        return _parse_times(numbers.cast(pl.Int64).cast(pl.String))
    size = numbers.abs()
    if (size >= 1e11).any():
        unit = (
            pl.when(size >= 1e17)
            .then(1e9)
            .when(size >= 1e14)
            .then(1e6)
            .when(size >= 1e11)
            .then(1e3)
            .otherwise(1.0)
        )
        numbers = numbers / pl.select(unit.alias("unit")).to_series()
    if values.dtype == pl.String and numbers.null_count() > values.null_count():
        return numbers.fill_null(_parse_times(values.set(numbers.is_not_null(), None)))
    return numbers


def _are_days(numbers: pl.Series) -> bool:
    if not numbers.is_between(19000101, 21001231).all():
        return False
    month, day = numbers // 100 % 100, numbers % 100
    return (month.is_between(1, 12) & day.is_between(1, 31) & (numbers % 1 == 0)).all()


def _parse_times(text: pl.Series) -> pl.Series:
    seconds = _by_forms(text, _WRITTEN_BY_TOOLS)
    left = text.set(seconds.is_not_null(), None)
    return seconds if left.null_count() == len(left) else seconds.fill_null(_written_by_people(left))


def _by_forms(text: pl.Series, forms: Sequence[str]) -> pl.Series:
    moment = pl.Series(text.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(text))
    for form in forms:
        if moment.null_count() == text.null_count():
            break
        left = text.set(moment.is_not_null(), None) if moment.null_count() < len(text) else text
        moment = moment.fill_null(left.str.to_datetime(form, strict=False, time_unit="us"))
    return moment.dt.timestamp("us") / 1e6


def _written_by_people(text: pl.Series) -> pl.Series:
    text = (
        text.str.strip_chars()
        .str.replace(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]?", "$1-$2-$3 ")
        .str.strip_chars()
    )
    zone = text.str.extract_groups(
        r":\d\d(?:\.\d+)?\s*(?<sign>[+-])(?<hours>\d\d):?(?<minutes>\d\d)?$"
    ).struct.unnest()
    hours, minutes = (zone[name].cast(pl.Float64).fill_null(0) for name in ("hours", "minutes"))
    sign = (zone["sign"] == "-").fill_null(False).cast(pl.Int8) * -2 + 1
    rest = text.str.replace(r"(:\d\d(?:\.\d+)?)\s*(?:[+-]\d\d:?(?:\d\d)?|Z|UTC|GMT)$", "$1")
    return _by_forms(rest, _DATES) - sign * (hours * 3600 + minutes * 60)


def to_lists(values: pl.Series) -> pl.Series:
    """Read categories and tags as lists of strings, from lists, JSON lists or text with one of | ; > ,
    between its parts.

    Of objects, as in `[{"id": 18, "name": "Drama"}]`, the name counts.

    >>> to_lists(pl.Series(["Drama|War", '["A, B"]', None])).to_list()
    [['Drama', 'War'], ['A, B'], None]
    """
    if isinstance(values.dtype, (pl.List, pl.Array)):
        lists = _named(values).cast(pl.List(pl.String), strict=False)
    else:
        text = values.cast(pl.String)
        signs = [s for s in ("|", ";", " > ", ",", "、", "，") if text.str.contains(s, literal=True).any()]
        parts = {t: _parts(t, signs[:1]) for t in text.drop_nulls().unique().to_list()}
        lists = pl.Series(
            values.name, [None if t is None else parts[t] for t in text.to_list()], dtype=pl.List(pl.String)
        )
    kept = pl.element().str.strip_chars()
    lists = lists.list.eval(kept.filter(kept != ""))
    return (
        lists.to_frame()
        .select(pl.when(pl.col(lists.name).list.len() > 0).then(pl.col(lists.name)))
        .to_series()
    )


def _named(values: pl.Series) -> pl.Series:
    """Lists of objects as lists of their names; other lists as they are."""
    inner = values.explode().dtype
    if not isinstance(inner, pl.Struct) or not inner.fields:
        return values
    field = _name([f.name for f in inner.fields])
    return values.cast(pl.List(inner)).list.eval(pl.element().struct.field(field))


def _name(fields: Sequence[str]) -> str:
    """The field of an object that says what it is."""
    return next((f for f in ("name", "title", "label", "value") if f in fields), fields[0])


def _parts(text: str, signs: Sequence[str]) -> list[str]:
    if text.startswith("["):
        try:
            return [
                str(part[_name(list(part))] if isinstance(part, dict) and part else part)
                for part in json.loads(text)
            ]
        except (json.JSONDecodeError, TypeError):  # a list as Python prints it
            return [part.strip(" '\"") for part in text.strip("[] ").split(",")]
    return text.split(signs[0]) if signs else [text]


def to_price(values: pl.Series) -> pl.Series:
    """Read prices as Float64, without currency signs and thousands marks; "free" is 0 and a range is its
    lower end.

    >>> to_price(pl.Series(["$1,299.00", "1.299,00 €", "1,299,000", "Free to Play", "12.5 - 20", "?"])).to_list()
    [1299.0, 1299.0, 1299000.0, 0.0, 12.5, None]
    """
    if values.dtype != pl.String:
        return to_float(values)
    digits = _point(values).str.extract(r"(-?\d+(?:\.\d+)?)")
    free = (
        values.str.to_lowercase()
        .str.contains("^(free|免费)")
        .replace_strict({True: 0.0}, default=None, return_dtype=pl.Float64)
    )
    return digits.cast(pl.Float64, strict=False).fill_null(free)


def to_year(values: pl.Series) -> pl.Series:
    """Read years as Int64, from numbers, dates and text with a year in it.

    >>> to_year(pl.Series(["1995", "22-Nov-1999", "1996.0", "soon"])).to_list()
    [1995, 1999, 1996, None]
    """
    text = values.cast(pl.String, strict=False)
    return text.str.extract(r"\b(1[5-9]\d\d|20\d\d|2100)(?:\b|年)").cast(pl.Int64, strict=False)


def to_plain_types(values: pl.Series) -> pl.Series:
    """Give an own column of a text file numbers or yes/no, where every value is one; codes with leading zeros
    stay text.

    >>> to_plain_types(pl.Series(["1", "2"])).dtype, to_plain_types(pl.Series(["01", "2"])).dtype
    (Int64, String)
    """
    if values.dtype != pl.String or values.str.contains(r"^[+-]?0\d|^\+").any():
        return values
    if values.str.to_lowercase().is_in(["true", "false"]).all() and values.null_count() < len(values):
        return values.str.to_lowercase() == "true"
    for dtype in (pl.Int64, pl.Float64):
        typed = values.cast(dtype, strict=False)
        if typed.null_count() == values.null_count() and typed.is_finite().all():
            return typed
    return values
