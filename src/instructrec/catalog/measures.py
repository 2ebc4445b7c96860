"""Roles of columns that hold numbers: money, amounts with a unit, years, and numbers of anything."""

import re
from collections.abc import Callable, Sequence
from statistics import median

import polars as pl

from instructrec.catalog.evidence import Evidence, words_of
from instructrec.cells import money, units
from instructrec.cells.figures import magnitude_of
from instructrec.cells.spellings import LETTERS_OF_SIZE
from instructrec.data.profile import ColumnProfile, Role

MOST = 0.9  # share of the different values that must be of a kind
_YEARS = (1000, 2100)
_RECENT = (1900, 2040)
_LOOKED = 300  # different values that are searched for units
_CALENDAR = ("d", "wk", "mo", "yr")  # a column "month" holds no amounts of months
_FIRST = ("km", "kms", "kilometers", "miles", "kg", "minutes", "hours", "pages")
_PER_HUNDRED = re.compile(r"(?:[\s_/]|per|pour|por|pro|je|每)*100[\s_]?(?:g|ml|克|毫升)\b", re.IGNORECASE)
_LASTING = frozenset((
    "time", "duration", "runtime", "length", "prep", "cook", "cooking", "total", "play", "playing", "reading",
))  # fmt: skip
_SPENT = ("time", "时间", "时长")
_LONGEST = 1_000  # minutes that half of the things take

Found = ColumnProfile | None


def money_role(e: Evidence) -> Found:
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
    classed = bool({"range", "band", "class", "category", "level", "tier", "type"} & set(e.words))
    called = (
        (e.hints("money") and not classed and not e.hints("count", "shares", "code")) or saved or bool(own)
    )
    if signed < 0.6 and not (called and max(e.numeric, _priced(e)) >= 0.8):
        return None
    if not e.bare and (
        _percent(e) >= 0.5 or (units.main_unit(e.plain[:_LOOKED], {})[1] >= 0.5 and signed < 0.6)
    ):
        return None
    per = _period(e)
    return e.profile(
        Role.MONEY,
        "its cells are money" if signed >= 0.6 else "its name says so and its cells are numbers",
        unit=(own or code) + (f"/{per}" if per else ""),
        magnitude=_magnitude(e),
        decimal=e.decimal,
        missing=_words_for_none(e, _priced_text),
    )


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


def _words_for_none(e: Evidence, readable: Callable[[str], bool]) -> tuple[str, ...]:
    """Words that stand in a column of numbers for no value: few, and without digits."""
    words = [t for t, p in zip(e.texts, e.plain, strict=True) if not re.search(r"\d", t) and not readable(p)]
    return (*e.missing, *words[:5])


def _percent(e: Evidence) -> float:
    return e.share(lambda t: bool(re.match(r"^[-+]?\d+(?:[.,]\d+)?\s?[%％]$", t)))


def amount_role(e: Evidence) -> Found:
    """Numbers with a unit in the cells, in the name, or of a kind that has units."""
    if not e.texts or e.letters > 40 or e.hints("title"):
        return None
    if not e.bare and (written := _written_amounts(e)):
        return written
    if e.hints("size") and (sized := _sizes(e)):
        return sized
    if e.numeric < MOST:
        return None
    if own := unit_of_name(e):
        return e.profile(
            Role.AMOUNT,
            "its name has a unit",
            unit=own,
            decimal=e.decimal,
            missing=_words_for_none(e, _is_figure),
        )
    if (
        len(e.words) > 1
        and e.words[-1] in _SPENT
        and not e.hints("year")
        and 5 <= median(e.numbers) <= _LONGEST
    ):
        why = "its name is of a time that something takes, which are told in minutes mostly"
        return e.profile(Role.AMOUNT, why, unit="min", missing=_words_for_none(e, _is_figure))
    if e.hints("dimension") and not e.hints("count"):
        area = "面积" in e.name
        why = "its name measures" + (", and Chinese areas are told in m²" if area else "")
        return e.profile(
            Role.AMOUNT,
            why,
            unit="m²" if area else "",
            decimal=e.decimal,
            missing=_words_for_none(e, _is_figure),
        )
    return None


def _written_amounts(e: Evidence) -> Found:
    """Amounts by the units in the cells; words for a missing value count neither way."""
    looked = e.plain[:_LOOKED]
    rows = [e.counts[t] for t in e.texts[:_LOOKED]]
    unit, having = units.main_unit(looked, dict(zip(looked, rows, strict=True)))
    if not unit:
        return None
    unread = _words_for_none(e, lambda t: bool(units.amounts_in(t)))
    words = sum(e.counts.get(t, 0) for t in unread if t in e.texts[:_LOOKED])
    having = having * sum(rows) / max(1, sum(rows) - words)
    different = units.main_unit(looked, {})[1]  # 200 lengths in minutes and 15 in seasons are in minutes
    if max(having, different if having >= 0.5 else 0) < 0.8 or not _tight(e, unit):
        return None
    why = f"its cells are written in {unit}"
    return e.profile(Role.AMOUNT, why, unit=unit, decimal=e.decimal, missing=unread)


def _tight(e: Evidence, unit: str) -> bool:
    """Whether cells are amounts and little else: a word before, a few behind, and no names of things."""
    kind = units.dimension(unit)
    having = [t for t in e.plain[:_LOOKED] if any(units.dimension(u) == kind for _, u in units.amounts_in(t))]
    begins = e.share(_begins_with_amount, having)
    words = sum(len(re.sub(r"[\W\d_]", "", units.without_amounts(t))) for t in having) / max(1, len(having))
    return begins >= 0.8 and words <= (4 if e.hints("title", "text") else 9)


def _begins_with_amount(text: str) -> bool:
    """Whether the first number of a text has a unit, or begins a range that has: 24 min, 3-5 kg."""
    before = text[: units.placed_amounts(text)[0][2]]
    ranged = re.fullmatch(r"\D*(?:\d+(?:\.\d+)?\s?(?:[-–~至到x+/]|to)\s?)?", before)
    return len(before) <= 12 and ranged is not None


def _sizes(e: Evidence) -> Found:
    """Sizes of files and memories: 19M, 201k, 8G."""
    letters = [m[1].lower() for t in e.plain if (m := re.match(r"^\d+(?:\.\d+)?\s?([kKmMgGtT])[bB]?\+?$", t))]
    if len(letters) < 0.8 * len(e.plain):
        return None
    unit = LETTERS_OF_SIZE[max(set(letters), key=letters.count)]
    return e.profile(
        Role.AMOUNT,
        "its cells are sizes of memory",
        unit=unit,
        missing=_words_for_none(e, lambda t: t[:1].isdigit()),
    )


def unit_of_name(e: Evidence) -> str:
    """The unit in the brackets of a name, or in its last words; "" where it has none."""
    if found := units.unit_named(e.bracketed):
        return found
    per = _PER_HUNDRED.search(e.name)
    said = _PER_HUNDRED.sub("", e.bracketed)
    words = re.findall(r"[^\s()（）,]+", said) if not re.search(r"\d", said) else []
    found = next((unit for word in words if (unit := units.unit_named(word))), "")
    if per and not found:  # what 100 g of food hold is told in grams
        return _unit_of_words(words_of(e.name[: per.start()])) or "g"
    if found or e.hints("count", "time"):
        return found
    if "%" in e.name or (e.hints("shares") and e.numbers and 1 < max(e.numbers) <= 100):
        return "%"
    return _unit_of_words(e.words) or (units.unit_named(e.words[-1]) if e.hints("dimension", "size") else "")


def _unit_of_words(words: Sequence[str]) -> str:
    """A unit that a name ends with; a name that is one word is a unit where it is no part of a date."""
    ends = [" ".join(words[-2:]), *words[-1:]] if len(words) > 1 else [w for w in words if len(w) > 2]
    if words[-1] == "min" and len(words) > 1 and _LASTING.isdisjoint(words):
        return ""  # the least, beside a greatest
    unit = next((unit for word in ends if len(word) > 1 and (unit := units.unit_named(word))), "")
    if not unit and len(words) > 1 and words[0] in _FIRST:  # km driven, hours played
        unit = units.unit_named(words[0])
    return "" if len(words) == 1 and unit in _CALENDAR else unit


def _is_figure(text: str) -> bool:
    return bool(re.match(r"^\W{0,3}\d", text))


def year_role(e: Evidence) -> Found:
    """Years: whole numbers of four digits under such a name, or with few others between 1900 and now."""
    if e.numeric < MOST or any(n % 1 for n in e.numbers):
        return None
    inside = sum(_YEARS[0] <= n <= _YEARS[1] for n in e.numbers) / len(e.numbers)
    recent = sum(_RECENT[0] <= n <= _RECENT[1] for n in e.numbers) / len(e.numbers)
    counted = e.hints("count") and not e.hints("year")
    if e.hints("year") and inside >= 0.8 and not e.hints("money"):
        return e.profile(
            Role.YEAR, "its name says so and its cells are years", missing=_words_for_none(e, _is_figure)
        )
    if recent >= 0.98 and not counted and len(e.numbers) > 2 and (e.hints("time") or e.unique < 0.5):
        return e.profile(Role.YEAR, "its cells are years", missing=_words_for_none(e, _is_figure))
    return None


def number_role(e: Evidence) -> Found:
    """Numbers of anything; codes that begin with a nought are none."""
    words = [t for t, f in zip(e.texts, e.figures, strict=True) if f is None]
    if e.numeric >= MOST and e.values.dtype == pl.String and any(re.match(r"^[+]|^0\d", t) for t in e.texts):
        return e.profile(Role.OTHER, "its numbers begin with a nought or a plus, as codes do")
    if e.numeric < MOST and not (e.numeric >= 0.6 and len(words) <= 2):
        return None
    missing = (*e.missing, *(w for w in words[:5] if not re.search(r"\d", w)))
    why = "its cells are numbers"
    return e.profile(Role.NUMBER, why, decimal=e.decimal, magnitude=_magnitude(e), missing=missing)
