"""Times brought to seconds since 1970 in UTC: numbers of every unit, and dates as people and tools write
them.

Which of two numbers is the day is decided for a whole column, by the values that can be only one; where none
decides, it is asked for.
"""

import re
import time
import tomllib
from collections.abc import Sequence
from importlib import resources

import polars as pl

from instructrec.cells.values import to_float

ORDERS = ("day-first", "month-first", "year-first")
_ORDER = {"day-first": "dmy", "month-first": "mdy", "year-first": "ymd"}
_MONTHS = tomllib.loads((resources.files("instructrec.cells") / "dates.toml").read_text(encoding="utf-8"))[
    "months"
]
_TOOLS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d %H:%M:%S%.f UTC",
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
)  # no regex: fast
_DAY = 86_400.0
_MANY = 10  # dates of two-digit years that show by what changes which number is the year
_EXCEL_EPOCH = 25_569  # 1970-01-01 as spreadsheets count days
_EXCEL = (29_221, 55_153)  # 1980 to 2050
# a time of day, and behind it nothing or a zone
_CLOCK = (
    r"(?:[t ,]+(?:at |um |à |a las )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:[.,]\d+)?))?"
    r" ?(?P<half>[ap])?\.?(?:m\.?)?(?: ?uhr)?)?"
    r" ?\(?(?:utc|gmt|z)?\)? ?(?P<sign>[+-])?(?P<zone_hour>\d{2})?:?(?P<zone_minute>\d{2})?$"
)
_SEP = r"[-/. ]+"
# forms with the place of each part known, then those of three numbers whose order is to be decided
_NAMED = (
    rf"^(?P<day>\d{{1,2}})\.?[-/. ]*m(?P<month>\d\d)[-/., ]+(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
    rf"^m(?P<month>\d\d)[-/., ]*(?P<day>\d{{1,2}})[-/., ]+(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
    rf"^(?P<year>\d{{4}})[-/., ]*m(?P<month>\d\d)[-/., ]*(?P<day>\d{{1,2}}){_CLOCK}",
    r"^m(?P<month>\d\d) +(?P<day>\d{1,2}) (?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2}) "
    r"(?:utc |gmt )?(?P<year>\d{4})"
    r"(?P<half>x)?(?P<sign>x)?(?P<zone_hour>x)?(?P<zone_minute>x)?$",
    rf"^(?P<month>\d{{1,2}}) (?P<day>\d{{1,2}}), (?P<year>\d{{4}}){_CLOCK}",
)
_YEAR_FIRST = rf"^(?P<a>\d{{4}}){_SEP}(?P<b>\d{{1,2}}){_SEP}(?P<c>\d{{1,2}}){_CLOCK}"
_YEAR_LAST = rf"^(?P<a>\d{{1,2}})(?P<sep>[-/. ])(?P<b>\d{{1,2}})[-/. ](?P<c>\d{{4}}){_CLOCK}"
_SHORT = rf"^(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})[-/.](?P<c>\d{{2}}){_CLOCK}"


class UndecidedDates(ValueError):
    """A column of dates of which no value tells the day from the month; the text says what was seen."""


def to_seconds(values: pl.Series, order: str = "") -> pl.Series:
    """Read times as Float64 seconds since 1970 in UTC, from epoch numbers in s, ms, us or ns, the day numbers
    of spreadsheets, dates and ISO text; else null.

    Text without a zone is UTC. Small numbers (ordinals) stay as they are; columns of YYYYMMDD or
    YYYYMMDDhhmmss are dates. `order` is one of ORDERS; without it the values decide, and UndecidedDates is
    raised where they do not.

    >>> to_seconds(pl.Series(["1700000000000", "1970-01-02", "1970-01-01T01:00:00+01:00", "soon"])).to_list()
    [1700000000.0, 86400.0, 0.0, None]
    >>> to_seconds(pl.Series(["02/01/70", "13/01/70"])).to_list()
    [86400.0, 1036800.0]
    """
    if values.dtype in (pl.Date, pl.Datetime):
        return (values if values.dtype == pl.Datetime else values.cast(pl.Datetime("us"))).dt.timestamp(
            "us"
        ) / 1e6
    numbers = to_float(values)
    if numbers.null_count() < len(numbers) and (_are_days(numbers) or _are_days(numbers // 1_000_000)):
        return _parsed(numbers.cast(pl.Int64).cast(pl.String), order)
    if numbers.null_count() < len(numbers) and numbers.is_between(*_EXCEL).all():
        return (numbers - _EXCEL_EPOCH) * _DAY
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
        return numbers.fill_null(_parsed(values.set(numbers.is_not_null(), None), order))
    return numbers


def unit_of(values: pl.Series) -> str:
    """What the numbers of a time column count, for the report; "" where it holds dates.

    >>> unit_of(pl.Series([1700000000000])), unit_of(pl.Series([45352.4])), unit_of(pl.Series(["2024-03-01"]))
    ('milliseconds', 'days of a spreadsheet', '')
    """
    numbers = (
        pl.Series(dtype=pl.Float64)
        if values.dtype.is_temporal()
        else to_float(values.head(1000)).drop_nulls()
    )
    if not numbers.len() or _are_days(numbers) or _are_days(numbers // 1_000_000):
        return ""
    if numbers.is_between(*_EXCEL).all():
        return "days of a spreadsheet"
    size = float(numbers.abs().max())  # type: ignore[arg-type]
    units = ((1e17, "nanoseconds"), (1e14, "microseconds"), (1e11, "milliseconds"), (1e8, "seconds"))
    return next((name for least, name in units if size >= least), "places in an order")


def _are_days(numbers: pl.Series) -> bool:
    if not numbers.is_between(19000101, 21001231).all():
        return False
    month, day = numbers // 100 % 100, numbers % 100
    return (month.is_between(1, 12) & day.is_between(1, 31) & (numbers % 1 == 0)).all()


def _parsed(text: pl.Series, order: str) -> pl.Series:
    seconds = _by_tools(text)
    left = text.set(seconds.is_not_null(), None)
    return seconds if left.null_count() == len(left) else seconds.fill_null(_by_people(left, order))


def _by_tools(text: pl.Series) -> pl.Series:
    moment = pl.Series(text.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(text))
    for form in _TOOLS:
        if moment.null_count() == text.null_count():
            break
        left = text.set(moment.is_not_null(), None) if moment.null_count() < len(text) else text
        moment = moment.fill_null(left.str.to_datetime(form, strict=False, time_unit="us"))
    late = moment.dt.year() >= 1000  # 24-03-01 is no day of the year 24
    return moment.set(~late.fill_null(True), None).dt.timestamp("us") / 1e6


def _by_people(text: pl.Series, order: str) -> pl.Series:
    """Only the rows that are left are looked at, and put back in their places."""
    rows = text.is_not_null().arg_true()
    plain = _plain_dates(text.gather(rows))
    found = pl.Series("seconds", [None], dtype=pl.Float64).new_from_index(0, len(rows))
    for form in _NAMED:
        found = found.fill_null(_seconds(_parts(plain, form)))
    for form, choose in ((_YEAR_FIRST, _year_first), (_YEAR_LAST, _year_last), (_SHORT, _short_form)):
        parts = _parts(plain.set(found.is_not_null(), None), form)
        if parts["a"].null_count() < parts.height:
            names = [{"d": "day", "m": "month", "y": "year"}[sign] for sign in choose(parts, order)]
            parts = parts.rename(dict(zip("abc", names, strict=True)))
            found = found.fill_null(_seconds(parts))
    whole = pl.Series(text.name, [None], dtype=pl.Float64).new_from_index(0, len(text))
    return whole.scatter(rows, found) if len(rows) else whole


def _plain_dates(text: pl.Series) -> pl.Series:
    """Dates in small letters, without names of weekdays and filling words, months by name as m01 to m12."""
    text = (
        text.str.to_lowercase()
        .str.replace_all(r"[年月]|년|월", "-")
        .str.replace_all(r"日|일", " ")
        .str.replace_all(r"\b(of|de|del|the|г)\b\.?", " ")
        .str.replace_all(r"(\d)(st|nd|rd|th)\b", "$1")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )
    if not text.str.contains(r"[^\W\d_]{3}").any():
        return text
    for month, names in reversed(list(enumerate(_MONTHS, start=1))):
        begins = "|".join(sorted(names.split(), key=lambda name: -len(name)))
        text = text.str.replace(rf"(^|[\d\s.,/\-])(?:{begins})[^\W\d_]*\.?", f"${{1}}m{month:02d}")
    return text.str.replace(r"^[^\W\d_]{2,}[.,]* (\d|m\d)", "$1").str.strip_chars()


def _parts(text: pl.Series, form: str) -> pl.DataFrame:
    pattern = re.sub(r"\(\?P<", "(?<", form)
    return text.str.extract_groups(pattern).struct.unnest()


def _numbers(parts: pl.DataFrame, name: str) -> pl.Series:
    return parts[name].cast(pl.Int32, strict=False)


def _year_first(parts: pl.DataFrame, order: str) -> str:
    b, c = _numbers(parts, "b"), _numbers(parts, "c")
    return "ydm" if (b > 12).any() and not (c > 12).any() else "ymd"


def _year_last(parts: pl.DataFrame, order: str) -> str:
    return _day_or_month(parts, order, "dmy", "mdy")


def _short_form(parts: pl.DataFrame, order: str) -> str:
    """The order of three numbers of two digits: the year is above 31, or the other end would lie in the
    future, or stays the same over many rows whose first number changes. Points stand before a year.
    """
    if order:
        return _ORDER[order]
    a, c = _numbers(parts, "a").drop_nulls(), _numbers(parts, "c").drop_nulls()
    now = time.gmtime().tm_year % 100
    for least in (31, now):
        if (a > least).any() != (c > least).any():
            first = (a > least).any() == (least == 31)
            return "ymd" if first else _day_or_month(parts, order, "dmy", "mdy")
    steady = len(c) >= _MANY and c.n_unique() <= 2 and a.n_unique() >= _MANY // 2
    if steady or set(parts["sep"].drop_nulls().unique()) == {"."}:
        return _day_or_month(parts, order, "dmy", "mdy")
    raise UndecidedDates(f"{_shown(parts)} does not tell which number is the year")


def _day_or_month(parts: pl.DataFrame, order: str, by_day: str, by_month: str) -> str:
    if order in ("day-first", "month-first"):
        return by_day if order == "day-first" else by_month
    a, b = _numbers(parts, "a"), _numbers(parts, "b")
    day, month = bool((a > 12).any()), bool((b > 12).any())
    if day and month:
        first, second = (_shown(parts.filter(s > 12)) for s in (a, b))
        raise UndecidedDates(f"{first} has the day first and {second} the month")
    if day or month:
        return by_day if day else by_month
    if set(parts["sep"].drop_nulls().unique()) == {"."}:
        return by_day  # nobody writes points with the month first
    raise UndecidedDates(
        f"{_shown(parts)} can be read with the day or with the month first, and no value decides"
    )


def _shown(parts: pl.DataFrame) -> str:
    row = parts.drop_nulls("a").row(0, named=True)
    return repr((row["sep"] or "-").join((row["a"], row["b"], row["c"])))


def _seconds(parts: pl.DataFrame) -> pl.Series:
    """Seconds of dates in parts; a day that does not exist is null."""
    year = pl.col("year").cast(pl.Int32, strict=False)
    pivot = (time.gmtime().tm_year + 1) % 100
    full = pl.when(year >= 100).then(year).when(year <= pivot).then(year + 2000).otherwise(year + 1900)
    half = pl.col("half").fill_null("")
    hour = pl.col("hour").cast(pl.Int32, strict=False).fill_null(0)
    hour = (
        pl.when((half == "p") & (hour < 12))
        .then(hour + 12)
        .when((half == "a") & (hour == 12))
        .then(0)
        .otherwise(hour)
    )
    second = (
        pl.col("second").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).fill_null(0.0)
    )
    day = pl.concat_str(
        full.cast(pl.String), pl.col("month").str.zfill(2), pl.col("day").str.zfill(2), separator="-"
    ).str.to_date("%Y-%m-%d", strict=False)
    minutes = hour * 60 + pl.col("minute").cast(pl.Int32, strict=False).fill_null(0)
    zone = pl.col("zone_hour").cast(pl.Int32, strict=False).fill_null(0) * 60
    zone += pl.col("zone_minute").cast(pl.Int32, strict=False).fill_null(0)
    zone = pl.when(pl.col("sign") == "-").then(-zone).when(pl.col("sign") == "+").then(zone).otherwise(0)
    sound = (hour < 24) & (pl.col("minute").cast(pl.Int32, strict=False).fill_null(0) < 60) & (second < 61)
    stray = pl.col("sign").is_null() & pl.col("zone_hour").is_not_null()
    seconds = day.cast(pl.Datetime("us")).dt.timestamp("us") / 1e6 + (minutes - zone) * 60.0 + second
    return parts.select(pl.when(sound & ~stray).then(seconds).alias("seconds")).to_series()


def time_of_day(values: pl.Series) -> bool:
    """Whether a column holds times of day alone, as 09:30 or 9:30:05 PM.

    >>> time_of_day(pl.Series(["09:30", "9:31:00 PM"])), time_of_day(pl.Series(["2024-01-01 09:30"]))
    (True, False)
    """
    if values.dtype == pl.Time:
        return True
    sample = values.drop_nulls().head(1000)
    form = r"^\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([apAP]\.?[mM]\.?)?\s*$"
    return values.dtype == pl.String and sample.len() > 0 and bool(sample.str.contains(form).all())


def fineness(values: Sequence[float] | pl.Series) -> tuple[bool, int]:
    """How fine a column of seconds tells moments apart: whether any is not at midnight, and how many there
    are.
    """
    seconds = pl.Series(values).drop_nulls()
    return bool((seconds % _DAY != 0).any()), seconds.n_unique()
