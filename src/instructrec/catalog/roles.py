"""The role of a column by the evidence of its name and its cells; the first test that holds decides."""

import re
from collections.abc import Callable, Sequence

import polars as pl

from instructrec.catalog.evidence import Evidence
from instructrec.catalog.measures import (
    MOST,
    Found,
    amount_role,
    money_role,
    number_role,
    unit_of_name,
    year_role,
)
from instructrec.catalog.namelists import separators_of
from instructrec.catalog.scales import bands_of, steps_of
from instructrec.cells.dates import UndecidedDates, time_of_day, to_seconds
from instructrec.cells.lists import to_lists
from instructrec.cells.values import YES_NO
from instructrec.data.profile import ColumnProfile, Role

_PROSE = 80  # letters of a mean value from which a text is prose
_MANY, _GROUPS = 200, 0.2  # cells from which a share of different values below this is of groups
_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif)(?:[?#].*)?$", re.IGNORECASE)
_DATED = re.compile(
    r"\d[\d\s./:-]*[^\W\d_]{0,9}\.?[\s,./-]*\d|\d{4}年"
)  # two numbers, a month's name between them
_AGO = re.compile(r"^(?:today|yesterday|never|(?:an?|\d+) \w+ ago|刚刚|\d+\S?前)$", re.IGNORECASE)
_HOURS = re.compile(r"\d:\d\d\s?(?:[ap]m)?\s?[-–~至到]\s?\d{1,2}:\d\d", re.IGNORECASE)
_DIALLED = re.compile(r"^[\d\s()+./-]{6,}$")
_HOST = re.compile(r"^(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?$", re.IGNORECASE)
_WHOLE_DATE = re.compile(r"\d{4}|[^\W\d_]{3}|\d\D+\d+\D+\d|年")
_VERSION = re.compile(r"^[vV]?\d+(?:\.\d+)+(?:\s?(?:and up|\+|-\S+))?$")
_DAY = re.compile(r"\b(?:1[5-9]|20)\d{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:0?[1-9]|[12]\d|3[01])")
_PAIRS = ({"1", "0"}, {"t", "f"}, {"y", "n"}, {"有", "无"}, {"有", "没有"}, {"支持", "不支持"}, {"on", "off"})


def role_of(evidence: Evidence) -> ColumnProfile:
    """What a column is; `unknown` where nothing tells."""
    for test in _TESTS:
        if found := test(evidence):
            return found
    return evidence.profile(Role.UNKNOWN, "nothing tells")


def _nothing(e: Evidence) -> Found:
    if not e.filled:
        return e.profile(Role.IGNORE, "it is empty")
    if e.values.dtype == pl.Boolean and e.distinct > 1:
        return e.profile(Role.YESNO, "its cells are true and false")
    if len(e.texts) == 1 and YES_NO.get(e.texts[0].lower()) == "1" and e.filled < e.rows:
        return e.profile(Role.YESNO, "its cells say yes or nothing", missing=e.missing)
    if e.distinct == 1 and e.filled * 2 > e.rows > 2:
        return e.profile(Role.IGNORE, "every cell says the same")
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
        return e.profile(Role.IGNORE, "it numbers the rows")
    if e.unnamed and (steps > 0).all():
        return e.profile(Role.OTHER, "it numbers the rows, with gaps")
    return None


def _typed_lists(e: Evidence) -> Found:
    if isinstance(e.values.dtype, (pl.List, pl.Array)):
        return _named_role(e, separators=("[]",)) or e.profile(Role.NAMES, "its cells are lists")
    if e.values.dtype.is_nested():
        return e.profile(Role.OTHER, "its cells are objects")
    return e.profile(Role.DATE, "its cells are dates") if e.values.dtype.is_temporal() else None


def _addresses(e: Evidence) -> Found:
    link = e.hints("link") and e.share(lambda t: bool(_HOST.match(t))) >= MOST
    if not link and e.share(lambda t: bool(_URL.match(t))) < MOST:
        return None
    picture = e.hints("image") or e.share(lambda t: bool(_PICTURE.search(t))) >= 0.5
    return e.profile(Role.IMAGE if picture else Role.LINK, "its cells are addresses")


def _mail(e: Evidence) -> Found:
    if e.share(lambda t: bool(re.match(r"^\S+@\S+\.\w+$", t))) >= MOST:
        return e.profile(Role.OTHER, "its cells are mail addresses")
    return None


def _yes_no_role(e: Evidence) -> Found:
    said = {t.lower() for t in (e.counts if len(e.counts) == 2 else e.texts)}
    if len(said) == 1:  # 有 and 无 beside 暂无数据: what says no here says elsewhere that there is nothing
        said |= {t.lower() for t in e.missing if _opposed(said | {t.lower()})}
    elif len(said) > 2:
        most = [t.lower() for t in e.texts[:2]]
        said = (
            set(most) if sum(list(e.counts.values())[:2]) >= 0.95 * e.filled and _opposed(set(most)) else said
        )
    if len(said) == 2 and _opposed(said) and not (said <= {"1", "0"} and e.hints("count")):
        return e.profile(Role.YESNO, "its cells say yes or no")
    return None


def _opposed(said: set[str]) -> bool:
    """Whether two values are a yes and a no."""
    return {YES_NO.get(t) for t in said} == {"1", "0"} or said in _PAIRS or said == {"1.0", "0.0"}


def _clock(e: Evidence) -> Found:
    sample = pl.Series(e.texts, dtype=pl.String)
    if e.texts and time_of_day(sample):
        return e.profile(Role.OTHER, "its cells are times of day")
    if e.share(lambda t: bool(_HOURS.search(t))) >= 0.8:
        return e.profile(Role.OTHER, "its cells are opening hours")
    if e.share(lambda t: bool(_AGO.match(t))) >= 0.8:
        return e.profile(Role.OTHER, "its cells say how long ago")
    return e.profile(Role.OTHER, "its cells are versions") if _are_versions(e) else None


def _are_versions(e: Evidence) -> bool:
    dotted = e.share(lambda t: bool(_VERSION.match(t)))
    twice = e.share(lambda t: bool(_VERSION.match(t)) and t.count(".") > 1)
    return dotted >= 0.8 and (
        twice >= 0.1 or bool({"version", "versions", "ver"} & set(e.words)) or "版本" in e.name
    )


def _codes(e: Evidence) -> Found:
    """Codes: by their name, where the cells are short and without blanks."""
    numbered = len(e.words) > 1 and e.words[-1] in ("id", "ids", "key", "keys")
    called = e.hints("code") or numbered or e.name.endswith("编号")
    if called and not e.hints("size") and e.share(lambda t: " " not in t) >= MOST and not unit_of_name(e):
        return e.profile(Role.OTHER, "its name says that it holds codes")
    return None


def _dates(e: Evidence) -> Found:
    if e.numeric >= MOST:
        days = e.hints("time") and e.numbers and all(19000101 <= n <= 21001231 for n in e.numbers)
        epochs = e.hints("time") and e.numbers and all(3e8 <= n <= 4.1e12 for n in e.numbers)
        return e.profile(Role.DATE, "its numbers are dates") if days or epochs else None
    if not e.texts or e.letters > 60 or e.share(lambda t: bool(_DATED.search(t))) < 0.8:
        return None
    if not e.hints("time") and e.share(lambda t: bool(_WHOLE_DATE.search(t))) < 0.5:
        return None  # 11.2/12 is no day
    try:
        read = to_seconds(pl.Series(e.texts, dtype=pl.String))
    except UndecidedDates:
        return e.profile(Role.DATE, "its cells are dates")
    if len(read) - read.null_count() >= MOST * len(read):
        return e.profile(Role.DATE, "its cells are dates")
    if e.share(lambda t: bool(_DAY.search(t))) >= 0.8:
        return e.profile(Role.DATE, "its cells hold dates")
    return None


def _named_role(e: Evidence, separators: tuple[str, ...] | None = None) -> Found:
    """People, makers and places by the name of the column."""
    place = Role.PLACE if e.hints("place") else None
    role = next((r for hint, r in (("person", Role.PERSON), ("brand", Role.BRAND)) if e.headed(hint)), place)
    cut = _names_of_role(e, role) if role and separators is None else separators or ()
    if role is None or (not cut and e.letters > 120):
        return None
    return e.profile(role, "its name says so", separators=cut, missing=e.missing)


def _names_of_role(e: Evidence, role: Role) -> tuple[str, ...]:
    """The signs between the people, makers or places in a cell; whole addresses, one a row, are not cut."""
    if role is Role.PLACE and (e.unique > 0.5 or e.letters > 60):
        return ()
    return separators_of({t: e.counts[t] for t in e.texts}, people=role is not Role.PLACE)


def _titles(e: Evidence) -> Found:
    if not e.hints("title") or e.hints("names") or e.letters > 200 or _of_groups(e):
        return None
    cut: tuple[str, ...] = ()
    if e.hints("alias") and _of_several(e):
        cut = separators_of({t: e.counts[t] for t in e.texts}, people=True)
        cut = cut or ((",",) if e.share(lambda t: ", " in t) >= 0.2 else ())
    return e.profile(Role.TITLE, "its name says so", separators=cut)


def _of_groups(e: Evidence) -> bool:
    """Whether the names come again and again in a long column: then they are of groups, and no item's own."""
    return e.filled >= _MANY and e.unique < _GROUPS and {"title", "titles"}.isdisjoint(e.words)


def _of_several(e: Evidence) -> bool:
    """Whether a column of other titles is called by a word of several."""
    return (
        any(w.endswith("s") for w in e.words if w not in ("series",)) or "别名" in e.name or "又名" in e.name
    )


def _levels(e: Evidence) -> Found:
    if not 2 <= len(e.texts) <= 60:
        return None
    order = steps_of(e.texts) or bands_of(e.texts)
    if not order:
        return None
    single = all(len(t) == 1 for t in order)
    if single and not e.hints("level"):
        return None
    return e.profile(Role.LEVEL, "its values are steps of a scale", order=order, missing=e.missing)


def _prose(e: Evidence) -> Found:
    texts = e.texts[:500]
    counts = {t: e.counts[t] for t in e.texts}
    if e.letters > _PROSE or (e.hints("text") and not e.hints("title") and e.letters > 25):
        cut = separators_of(counts)
        if not cut or e.hints("text"):
            long = cut in (("[]",), ("{}",))
            return e.profile(Role.TEXT, "its cells are long texts", separators=cut if long else ())
    if e.unique > 0.5 and e.share(lambda t: len(t.split()) > 6, texts) > 0.6 and not separators_of(counts):
        return e.profile(Role.TEXT, "its cells are sentences")
    return None


def _names(e: Evidence) -> Found:
    counts = {t: e.counts[t] for t in e.texts}
    cut = separators_of(counts)
    if cut and _sentences(e, cut):
        return e.profile(Role.TEXT, "its cells are lists of sentences", separators=cut)
    if cut:
        return e.profile(
            Role.NAMES, "its cells are lists of names that come again", separators=cut, missing=e.missing
        )
    if e.letters <= 45 and (e.unique <= 0.5 or e.hints("names")):
        return e.profile(Role.NAMES, "its values come again", missing=e.missing)
    if e.share(lambda t: bool(_DIALLED.match(t)) or (" " not in t and bool(re.search(r"\d", t)))) >= 0.8:
        return e.profile(Role.OTHER, "its cells are codes")
    if e.unique > 0.5 and e.letters > 4:
        return e.profile(Role.TEXT, "its cells are short texts that differ")
    return e.profile(Role.NAMES, "its cells are short", missing=e.missing) if e.letters <= 45 else None


def _sentences(e: Evidence, cut: tuple[str, ...]) -> bool:
    """Whether the members of written lists are long and seldom come again."""
    if cut not in (("[]",), ("{}",)):
        return False
    parts = [p for names in to_lists(pl.Series(e.texts[:500])).drop_nulls().to_list() for p in names]
    return bool(parts) and len(set(parts)) * 2 > len(parts) and sum(map(len, parts)) > 15 * len(parts)


_TESTS: Sequence[Callable[[Evidence], Found]] = (
    _nothing, _numbering, _typed_lists, _addresses, _mail, _yes_no_role, _clock, _codes, _levels, _dates,
    money_role, amount_role, year_role, number_role, _named_role, _titles, _prose, _names,
)  # fmt: skip
