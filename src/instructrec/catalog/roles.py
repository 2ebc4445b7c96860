"""The role of a column by the evidence of its name and its cells; the first test that holds decides."""

import re
from collections.abc import Callable, Sequence

import polars as pl

from instructrec.catalog.evidence import Evidence
from instructrec.catalog.namelists import separators_of
from instructrec.catalog.scales import scale_of
from instructrec.cells import money, units
from instructrec.cells.dates import UndecidedDates, time_of_day, to_seconds
from instructrec.cells.figures import magnitude_of
from instructrec.cells.lists import to_lists
from instructrec.cells.values import YES_NO
from instructrec.data.profile import ColumnProfile, Role

_MOST = 0.9  # share of the different values that must be of a kind
_YEARS = (1000, 2100)
_RECENT = (1900, 2040)
_LOOKED = 300  # different values that are searched for units
_PROSE = 80  # letters of a mean value from which a text is prose
_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif)(?:[?#].*)?$", re.IGNORECASE)
_DATED = re.compile(
    r"\d[\d\s./:-]*[^\W\d_]{0,9}\.?[\s,./-]*\d|\d{4}年"
)  # two numbers, a month's name between them
_AGO = re.compile(r"^(?:today|yesterday|never|(?:an?|\d+) \w+ ago|刚刚|\d+\S?前)$", re.IGNORECASE)
_VERSION = re.compile(r"^[vV]?\d+(?:\.\d+)+(?:\s?(?:and up|\+|-\S+))?$")
_DAY = re.compile(r"\b(?:1[5-9]|20)\d{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:0?[1-9]|[12]\d|3[01])")
_PAIRS = ({"1", "0"}, {"t", "f"}, {"y", "n"}, {"有", "无"}, {"有", "没有"}, {"支持", "不支持"}, {"on", "off"})
_CALENDAR = ("d", "wk", "mo", "yr")  # a column "month" holds no amounts of months
_LETTERS_OF_SIZE = {"k": "KB", "m": "MB", "g": "GB", "t": "TB"}

Found = ColumnProfile | None


def role_of(evidence: Evidence) -> ColumnProfile:
    """What a column is; `unknown` where nothing tells."""
    for test in _TESTS:
        if found := test(evidence):
            return found
    return _as(evidence, Role.UNKNOWN, "nothing tells")


def _as(evidence: Evidence, role: Role, why: str, **more: object) -> ColumnProfile:
    return ColumnProfile(
        evidence.name,
        role,
        why=why,
        rows=evidence.rows,
        filled=evidence.filled,
        distinct=evidence.distinct,
        **more,
    )  # type: ignore[arg-type]


def _nothing(e: Evidence) -> Found:
    if not e.filled:
        return _as(e, Role.IGNORE, "it is empty")
    if e.values.dtype == pl.Boolean and e.distinct > 1:
        return _as(e, Role.YESNO, "its cells are true and false")
    if e.distinct == 1 and e.filled * 2 > e.rows > 2:
        return _as(e, Role.IGNORE, "every cell says the same")
    return None


def _numbering(e: Evidence) -> Found:
    """Row numbers: 0, 1, 2 ... in order, without a name of its own."""
    if not e.unnamed and not e.hints("row"):
        return None
    numbers = e.values.cast(pl.Float64, strict=False)
    if numbers.null_count() or e.rows < 2:
        return None
    steps = numbers.diff().drop_nulls()
    if (steps == 1).all():
        return _as(e, Role.IGNORE, "it numbers the rows")
    if e.unnamed and (steps > 0).all():
        return _as(e, Role.OTHER, "it numbers the rows, with gaps")
    return None


def _typed_lists(e: Evidence) -> Found:
    if isinstance(e.values.dtype, (pl.List, pl.Array)):
        return _named_role(e, separators=("[]",)) or _as(e, Role.NAMES, "its cells are lists")
    if e.values.dtype.is_nested():
        return _as(e, Role.OTHER, "its cells are objects")
    return _as(e, Role.DATE, "its cells are dates") if e.values.dtype.is_temporal() else None


def _addresses(e: Evidence) -> Found:
    if e.share(lambda t: bool(_URL.match(t))) < _MOST:
        return None
    picture = e.hints("image") or e.share(lambda t: bool(_PICTURE.search(t))) >= 0.5
    return _as(e, Role.IMAGE if picture else Role.LINK, "its cells are addresses")


def _yes_no(e: Evidence) -> Found:
    said = {t.lower() for t in (e.counts if len(e.counts) == 2 else e.texts)}
    if len(said) != 2:
        return None
    words = {YES_NO.get(t) for t in said} == {"1", "0"}
    if (words or said in _PAIRS or said == {"1.0", "0.0"}) and not (said <= {"1", "0"} and e.hints("count")):
        return _as(e, Role.YESNO, "its cells say yes or no")
    return None


def _clock(e: Evidence) -> Found:
    sample = pl.Series(e.texts, dtype=pl.String)
    if e.texts and time_of_day(sample):
        return _as(e, Role.OTHER, "its cells are times of day")
    if e.share(lambda t: bool(_AGO.match(t))) >= 0.8:
        return _as(e, Role.OTHER, "its cells say how long ago")
    return _as(e, Role.OTHER, "its cells are versions") if _are_versions(e) else None


def _are_versions(e: Evidence) -> bool:
    dotted = e.share(lambda t: bool(_VERSION.match(t)))
    twice = e.share(lambda t: bool(_VERSION.match(t)) and t.count(".") > 1)
    return dotted >= 0.8 and (
        twice >= 0.1 or bool({"version", "versions", "ver"} & set(e.words)) or "版本" in e.name
    )


def _codes(e: Evidence) -> Found:
    """Codes: by their name, where the cells are short and without blanks."""
    called = (
        e.hints("code")
        or (e.words[-1:] in (("id",), ("ids",)) and len(e.words) > 1)
        or e.name.endswith("编号")
    )
    if called and not e.hints("size") and e.share(lambda t: " " not in t) >= _MOST and not _unit_of_name(e):
        return _as(e, Role.OTHER, "its name says that it holds codes")
    return None


def _dates(e: Evidence) -> Found:
    if e.numeric >= _MOST:
        days = e.hints("time") and e.numbers and all(19000101 <= n <= 21001231 for n in e.numbers)
        epochs = e.hints("time") and e.numbers and all(3e8 <= n <= 4.1e12 for n in e.numbers)
        return _as(e, Role.DATE, "its numbers are dates") if days or epochs else None
    if not e.texts or e.letters > 60 or e.share(lambda t: bool(_DATED.search(t))) < 0.8:
        return None
    try:
        read = to_seconds(pl.Series(e.texts, dtype=pl.String))
    except UndecidedDates:
        return _as(e, Role.DATE, "its cells are dates")
    if len(read) - read.null_count() >= _MOST * len(read):
        return _as(e, Role.DATE, "its cells are dates")
    if e.share(lambda t: bool(_DAY.search(t))) >= 0.8:
        return _as(e, Role.DATE, "its cells hold dates")
    return None


def _money(e: Evidence) -> Found:
    """Money by the signs in the cells, or numbers under a name that says so."""
    texts = e.plain
    signed = 0.0 if e.bare else e.share(money.has_money, texts)
    code, _ = money.currency_of([*texts[:500], *([e.bracketed] if e.bracketed else [])])
    own = (
        money.currency_in(e.bracketed)
        or money.currency_in(" ".join(e.words))
        or ("CNY" if "万元" in e.name else "")
    )
    saved = e.hints("saving") and e.numbers and max(e.numbers) > 100
    called = (e.hints("money") and not e.hints("count", "shares", "code")) or saved or bool(own)
    if signed < 0.6 and not (called and max(e.numeric, _priced(e)) >= 0.8):
        return None
    if not e.bare and (
        _percent(e) >= 0.5 or (units.main_unit(e.plain[:_LOOKED], {})[1] >= 0.5 and signed < 0.6)
    ):
        return None
    per = _period(e)
    return _as(
        e, Role.MONEY, "its cells are money" if signed >= 0.6 else "its name says so and its cells are numbers",
        unit=(own or code) + (f"/{per}" if per else ""), magnitude=_magnitude(e), decimal=e.decimal, missing=_missing(e, _priced_text),
    )  # fmt: skip


def _priced(e: Evidence) -> float:
    return e.share(_priced_text, e.plain)


def _priced_text(text: str) -> bool:
    return (
        money.has_money(text)
        or bool(re.match(r"^\W{0,3}\d+(?:\.\d+)?\W{0,3}$", text))
        or text.lower().startswith("free")
    )


def _period(e: Evidence) -> str:
    """What the money is paid for, where several cells or the name say it."""
    said = [p for t in e.plain if (p := money.period_in(t))]
    if len(said) * 20 >= len(e.plain) and said:
        return max(set(said), key=said.count)
    return money.period_in(e.bracketed)


def _magnitude(e: Evidence) -> float:
    """What the name says that the numbers are counted in: 总价(万), price (lakhs)."""
    words = [*re.findall(r"[^\W\d_]+", e.bracketed), *(w for w in e.words if len(w) > 2)]
    found = next((m for w in words if (m := magnitude_of(w)) > 1), 1.0)
    if found == 1.0 and "万" in e.bracketed:
        found = 1e4
    return found


def _missing(e: Evidence, readable: Callable[[str], bool]) -> tuple[str, ...]:
    """Words that stand in a column of numbers for no value: few, and without digits."""
    words = [t for t, p in zip(e.texts, e.plain, strict=True) if not re.search(r"\d", t) and not readable(p)]
    return (*e.missing, *words[:5])


def _percent(e: Evidence) -> float:
    return e.share(lambda t: bool(re.match(r"^[-+]?\d+(?:[.,]\d+)?\s?[%％]$", t)))


def _amounts(e: Evidence) -> Found:
    """Numbers with a unit in the cells, in the name, or of a kind that has units."""
    if not e.texts or e.letters > 40 or e.hints("title"):
        return None
    unit, having = units.main_unit(e.plain, dict(zip(e.plain, (e.counts[t] for t in e.texts), strict=True)))
    rows = sum(e.counts[t] for t in e.texts)
    unread = _missing(e, lambda t: bool(units.amounts_in(t)))
    words = sum(e.counts.get(t, 0) for t in unread if t in e.texts)
    having = having * rows / max(1, rows - words)
    if unit and having >= 0.8 and _tight(e, unit):
        return _as(
            e, Role.AMOUNT, f"its cells are written in {unit}", unit=unit, decimal=e.decimal, missing=unread
        )
    if e.hints("size") and (sized := _sizes(e)):
        return sized
    if e.numeric < _MOST:
        return None
    if own := _unit_of_name(e):
        return _as(
            e,
            Role.AMOUNT,
            "its name has a unit",
            unit=own,
            decimal=e.decimal,
            missing=_missing(e, _is_figure),
        )
    if e.hints("dimension") and not e.hints("count"):
        return _as(e, Role.AMOUNT, "its name measures", decimal=e.decimal, missing=_missing(e, _is_figure))
    return None


def _written_amounts(e: Evidence) -> Found:
    """Amounts by the units in the cells; words for a missing value count neither way."""
    looked = e.plain[:_LOOKED]
    rows = [e.counts[t] for t in e.texts[:_LOOKED]]
    unit, having = units.main_unit(looked, dict(zip(looked, rows, strict=True)))
    if not unit:
        return None
    unread = _missing(e, lambda t: bool(units.amounts_in(t)))
    words = sum(e.counts.get(t, 0) for t in unread if t in e.texts[:_LOOKED])
    having = having * sum(rows) / max(1, sum(rows) - words)
    if having < 0.8 or not _tight(e, unit):
        return None
    why = f"its cells are written in {unit}"
    return _as(e, Role.AMOUNT, why, unit=unit, decimal=e.decimal, missing=unread)


def _tight(e: Evidence, unit: str) -> bool:
    """Whether cells are amounts and little else: a word before, a few behind, and no names of things."""
    kind = units.dimension(unit)
    having = [t for t in e.plain[:_LOOKED] if any(units.dimension(u) == kind for _, u in units.amounts_in(t))]
    begins = e.share(lambda t: bool(re.match(r"^[^\d½¼¾⅓⅔⅛]{0,12}[\d½¼¾⅓⅔⅛]", t)), having)
    words = sum(len(re.sub(r"[\W\d_]", "", units.without_amounts(t))) for t in having) / max(1, len(having))
    return begins >= 0.8 and words <= (4 if e.hints("title", "text") else 9)


def _sizes(e: Evidence) -> Found:
    """Sizes of files and memories: 19M, 201k, 8G."""
    letters = [m[1].lower() for t in e.plain if (m := re.match(r"^\d+(?:\.\d+)?\s?([kKmMgGtT])[bB]?\+?$", t))]
    if len(letters) < 0.8 * len(e.plain):
        return None
    unit = _LETTERS_OF_SIZE[max(set(letters), key=letters.count)]
    return _as(
        e,
        Role.AMOUNT,
        "its cells are sizes of memory",
        unit=unit,
        missing=_missing(e, lambda t: t[:1].isdigit()),
    )


def _unit_of_name(e: Evidence) -> str:
    """The unit that stands in the brackets of a name, or behind its last sign; a single letter only there."""
    for word in re.findall(r"[^\s()（）,]+", e.bracketed) if not re.search(r"\d", e.bracketed) else ():
        if unit := units.unit_named(word.removeprefix("in ")):
            return unit
    if "%" in e.name or e.hints("shares"):
        return "%" if "%" in e.name or (e.numbers and max(e.numbers) > 1) else ""
    if e.hints("count", "time"):
        return ""
    last = [" ".join(e.words[-2:]), e.words[-1]] if len(e.words) > 1 else [w for w in e.words if len(w) > 2]
    unit = next((unit for word in last if len(word) > 1 and (unit := units.unit_named(word))), "")
    return "" if len(e.words) == 1 and unit in _CALENDAR else unit


def _is_figure(text: str) -> bool:
    return bool(re.match(r"^\W{0,3}\d", text))


def _years(e: Evidence) -> Found:
    if e.numeric < _MOST or any(n % 1 for n in e.numbers):
        return None
    inside = sum(_YEARS[0] <= n <= _YEARS[1] for n in e.numbers) / len(e.numbers)
    recent = sum(_RECENT[0] <= n <= _RECENT[1] for n in e.numbers) / len(e.numbers)
    counted = e.hints("count") and not e.hints("year")
    if e.hints("year") and inside >= 0.8 and not e.hints("money"):
        return _as(e, Role.YEAR, "its name says so and its cells are years", missing=_missing(e, _is_figure))
    if recent >= 0.98 and not counted and len(e.numbers) > 2 and (e.hints("time") or e.unique < 0.5):
        return _as(e, Role.YEAR, "its cells are years", missing=_missing(e, _is_figure))
    return None


def _numbers(e: Evidence) -> Found:
    words = [t for t, f in zip(e.texts, e.figures, strict=True) if f is None]
    if e.numeric >= _MOST and e.values.dtype == pl.String and any(re.match(r"^[+]|^0\d", t) for t in e.texts):
        return _as(e, Role.OTHER, "its numbers begin with a nought or a plus, as codes do")
    if e.numeric < _MOST and not (e.numeric >= 0.6 and len(words) <= 2):
        return None
    return _as(e, Role.NUMBER, "its cells are numbers", decimal=e.decimal, magnitude=_magnitude(e),
               missing=(*e.missing, *(w for w in words[:5] if not re.search(r"\d", w))))  # fmt: skip


def _named_role(e: Evidence, separators: tuple[str, ...] | None = None) -> Found:
    """People, makers and places by the name of the column."""
    for hint, role in (("person", Role.PERSON), ("brand", Role.BRAND), ("place", Role.PLACE)):
        if (e.hints(hint) if role is Role.PLACE else e.headed(hint)) and e.letters <= 120:
            cut = separators_of({t: e.counts[t] for t in e.texts}, people=role is not Role.PLACE)
            return _as(
                e,
                role,
                "its name says so",
                separators=cut if separators is None else separators,
                missing=e.missing,
            )
    return None


def _titles(e: Evidence) -> Found:
    if not e.hints("title") or e.hints("names") or e.letters > 200:
        return None
    cut: tuple[str, ...] = ()
    if e.hints("alias") and _several(e):
        cut = separators_of({t: e.counts[t] for t in e.texts}, people=True)
        cut = cut or ((",",) if e.share(lambda t: ", " in t) >= 0.2 else ())
    return _as(e, Role.TITLE, "its name says so", separators=cut)


def _several(e: Evidence) -> bool:
    """Whether a column of other titles is called by a word of several."""
    return (
        any(w.endswith("s") for w in e.words if w not in ("series",)) or "别名" in e.name or "又名" in e.name
    )


def _levels(e: Evidence) -> Found:
    if not 2 <= len(e.texts) <= 60:
        return None
    order = scale_of(e.texts)
    if not order:
        return None
    single = all(len(t) == 1 for t in order)
    if single and not e.hints("level"):
        return None
    return _as(e, Role.LEVEL, "its values are steps of a scale", order=order, missing=e.missing)


def _prose(e: Evidence) -> Found:
    texts = e.texts[:500]
    counts = {t: e.counts[t] for t in e.texts}
    if e.letters > _PROSE or (e.hints("text") and not e.hints("title") and e.letters > 25):
        cut = separators_of(counts)
        if not cut or e.hints("text"):
            long = cut in (("[]",), ("{}",))
            return _as(e, Role.TEXT, "its cells are long texts", separators=cut if long else ())
    if e.unique > 0.5 and e.share(lambda t: len(t.split()) > 6, texts) > 0.6 and not separators_of(counts):
        return _as(e, Role.TEXT, "its cells are sentences")
    return None


def _names(e: Evidence) -> Found:
    counts = {t: e.counts[t] for t in e.texts}
    cut = separators_of(counts)
    if cut and _sentences(e, cut):
        return _as(e, Role.TEXT, "its cells are lists of sentences", separators=cut)
    if cut:
        return _as(
            e, Role.NAMES, "its cells are lists of names that come again", separators=cut, missing=e.missing
        )
    if e.letters <= 45 and (e.unique <= 0.5 or e.hints("names")):
        return _as(e, Role.NAMES, "its values come again", missing=e.missing)
    if e.share(lambda t: " " not in t and bool(re.search(r"\d", t))) >= 0.8:
        return _as(e, Role.OTHER, "its cells are codes")
    if e.unique > 0.5 and e.letters > 4:
        return _as(e, Role.TEXT, "its cells are short texts that differ")
    return _as(e, Role.NAMES, "its cells are short", missing=e.missing) if e.letters <= 45 else None


def _sentences(e: Evidence, cut: tuple[str, ...]) -> bool:
    """Whether the members of written lists are long and seldom come again."""
    if cut not in (("[]",), ("{}",)):
        return False
    parts = [p for names in to_lists(pl.Series(e.texts[:500])).drop_nulls().to_list() for p in names]
    return bool(parts) and len(set(parts)) * 2 > len(parts) and sum(map(len, parts)) > 15 * len(parts)


_TESTS: Sequence[Callable[[Evidence], Found]] = (
    _nothing, _numbering, _typed_lists, _addresses, _yes_no, _clock, _codes, _levels, _dates, _money, _amounts, _years, _numbers,
    _named_role, _titles, _prose, _names,
)  # fmt: skip
