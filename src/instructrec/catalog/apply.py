"""Cells read as a profile says: numbers in the column's unit, lists of names, yes and no, years."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from instructrec.cells import money, units
from instructrec.cells.figures import beside, figure_in, plain_numbers, without_beside
from instructrec.cells.lists import cut_at, to_lists
from instructrec.cells.spellings import LETTERS_OF_SIZE
from instructrec.cells.values import YES_NO, to_text, to_year, without_markup
from instructrec.data.profile import ColumnProfile, Role

_YES = {
    **YES_NO,
    "有": "1",
    "无": "0",
    "没有": "0",
    "支持": "1",
    "不支持": "0",
    "on": "1",
    "off": "0",
    "1.0": "1",
    "0.0": "0",
}
TEXTS = ("title", "description", "brand", "image_url")  # fields that hold one text
LISTS = ("categories", "tags")  # fields that hold lists whatever their cells look like
_LISTED = (Role.NAMES, Role.PERSON, Role.BRAND, Role.PLACE, Role.TEXT, Role.TITLE)


def converted(values: pl.Series, profile: ColumnProfile, name: str = "") -> pl.Series:
    """The cells of a column as the field `name` of an item holds them; what the role cannot read is null.

    >>> weight = ColumnProfile("weight", Role.AMOUNT, unit="g")
    >>> converted(pl.Series(["190 g", "0.2 kg", "unknown"]), weight).to_list()
    [190, 200, None]
    """
    if name in TEXTS and values.dtype.is_nested():
        return to_text(values)  # words that a typed file keeps apart
    if name in LISTS and profile.role in _LISTED and not profile.separators:
        return to_lists(values)
    if profile.role in _LISTED and (profile.separators or isinstance(values.dtype, (pl.List, pl.Array))):
        return _as_lists(values, profile)
    if values.dtype.is_nested():
        return to_text(values)
    reader = _READERS.get(profile.role)
    if reader is None:
        return to_text(without_markup(values)) if values.dtype == pl.String else values
    if profile.role is not Role.YESNO and values.dtype.is_numeric() and profile.magnitude == 1:
        return values.cast(pl.Int64, strict=False) if profile.role is Role.YEAR else values
    return _by_value(values, profile, reader)


def _as_lists(values: pl.Series, profile: ColumnProfile) -> pl.Series:
    """Lists of names; where few cells are written lists, each cell is cut at the signs."""
    if profile.separators in (("[]",), ("{}",)) or not profile.separators:
        lists = to_lists(values)
    else:
        lists = cut_at(values, profile.separators)
    if not profile.missing:
        return lists
    told = [m.lower() for m in profile.missing]
    kept = lists.list.eval(pl.element().filter(~pl.element().str.to_lowercase().is_in(told)))
    return (
        kept.to_frame().select(pl.when(pl.col(kept.name).list.len() > 0).then(pl.col(kept.name))).to_series()
    )


Reader = Callable[[Sequence[str], ColumnProfile], Sequence[float | bool | None]]


def _by_value(values: pl.Series, profile: ColumnProfile, reader: Reader) -> pl.Series:
    """Read every different cell once."""
    text = values.cast(pl.String, strict=False).str.strip_chars()
    missing = set(profile.missing)
    given = [t for t in text.drop_nulls().unique(maintain_order=True).to_list() if t and t not in missing]
    read = dict(zip(given, reader(given, profile), strict=True))
    dtype = (
        pl.Boolean if profile.role is Role.YESNO else pl.Int64 if profile.role is Role.YEAR else pl.Float64
    )
    made = text.replace_strict(read, default=None, return_dtype=dtype).alias(values.name)
    floats = dtype == pl.Float64 and profile.role is not Role.MONEY
    whole = floats and (made.drop_nulls() % 1 == 0).all() and (made.drop_nulls().abs() < 2**53).all()
    return made.cast(pl.Int64) if whole else made


def _read_numbers(texts: Sequence[str], profile: ColumnProfile) -> list[float | None]:
    plain = plain_numbers(texts, profile.decimal)
    words = beside(plain[:500])
    found = (figure_in(without_beside(text, words)) for text in plain)
    return [None if n is None else round(n * profile.magnitude, 6) for n in found]


def _read_amounts(texts: Sequence[str], profile: ColumnProfile) -> list[float | None]:
    plain = plain_numbers(texts, profile.decimal)
    found = []
    for text in plain:
        number = units.amount_in(text, profile.unit) if units.dimension(profile.unit) else None
        if number is None and not units.amounts_in(text):
            number = _unitless(text, profile.unit)
        found.append(None if number is None else number * profile.magnitude)
    return found


def _unitless(text: str, unit: str) -> float | None:
    """A number without its unit, or with the letter of a size of memory."""
    number = figure_in(text)
    letter = text.strip(" +").lower()[-1:]
    sized = LETTERS_OF_SIZE.get(letter)
    if number is None and sized:
        number = figure_in(text.strip(" +")[:-1])
    if sized and units.dimension(unit) == "[information]" and number is not None:
        own = figure_in(text.strip(" +")[:-1])
        return None if own is None else own * units.factor(sized, unit)
    return number


def _read_money(texts: Sequence[str], profile: ColumnProfile) -> list[float | None]:
    plain = plain_numbers(texts, profile.decimal) if profile.decimal else texts
    return money.to_money(plain, profile.magnitude, profile.unit.partition("/")[2])


def _read_years(texts: Sequence[str], profile: ColumnProfile) -> list[float | None]:
    del profile
    years = to_year(pl.Series(texts, dtype=pl.String)).to_list()
    plain = (figure_in(text) for text in texts)
    return [
        n if (n := whole if year is None else year) is None else int(n)
        for year, whole in zip(years, plain, strict=True)
    ]


def _read_yes_no(texts: Sequence[str], profile: ColumnProfile) -> list[bool | None]:
    del profile
    said = (_YES.get(t.lower(), t) for t in texts)
    return [{"1": True, "0": False}.get(t) for t in said]


_READERS: Mapping[Role, Reader] = {
    Role.NUMBER: _read_numbers,
    Role.AMOUNT: _read_amounts,
    Role.MONEY: _read_money,
    Role.YEAR: _read_years,
    Role.YESNO: _read_yes_no,
}


def unreadable(values: pl.Series, made: pl.Series, profile: ColumnProfile) -> int:
    """How many cells hold something that the role could not read, and that is no word for a missing value."""
    if made.dtype.is_nested() or values.dtype.is_nested():
        return 0
    text = values.cast(pl.String, strict=False).str.strip_chars()
    held = text.is_not_null() & (text != "") & ~text.is_in(list(profile.missing))
    return int((held & made.is_null()).sum())
