"""Which column a number is said of: by its unit, the words around it, its currency and the column's range."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from instructrec.cells.sizes import dimension_of, times
from instructrec.data.profile import Role
from instructrec.understanding.columns import NumberColumn, NumberColumns

BEFORE, AFTER = 6, 4  # tokens around an amount in which the name of its column may stand
_NAMED = 4.0  # points of a name right beside the amount; each token between takes some
_APART_BEFORE, _APART_AFTER = 0.5, 0.7
_NO_UNIT = -1.5  # a unit was said, and the column has none
_SAME_KIND, _SAME_CURRENCY, _OTHER_CURRENCY = 3.0, 2.0, -1.5
_WHOLE = 0.6  # for the column of the whole, where several measure parts: total time beside preparation time
_WHOLES = frozenset([("total",), ("total", "time"), ("duration",), ("runtime",), ("length",)])
_INSIDE, _FAR_OUTSIDE = 0.5, -3.0
_FAR = 3.0  # times the greatest number, or below the least, from which a number is implausible
AROUND = 0.2  # "around 20" is from 16 to 24
OPS = {"up_to": "<=", "at_least": ">=", "of": "=", "alone": "="}
_TIME = dimension_of("min")
_IN_A_YEAR = {"year": 1, "month": 12, "week": 52}  # how often money is paid
_ENOUGH, _LEAD = 2.5, 0.3


@dataclass(frozen=True, slots=True)
class SaidAmount:
    """A number or a range as it was said, magnitudes included, with its unit or its currency."""

    low: float
    high: float
    unit: str = ""
    money: bool = False
    currency: str = ""
    per: str = ""  # the time that it is paid for, where that is said


@dataclass(slots=True)
class NamedNear:
    """Points of each column by its names around an amount, and how far the names reach."""

    points: dict[str, float] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, name: str, points: float, start: int, end: int) -> None:
        """Keep the best name of a column."""
        if points > self.points.get(name, 0.0):
            self.points[name], self.places[name] = points, (start, end)


def named_near(
    columns: NumberColumns, stems: Sequence[str], amount: tuple[int, int], closed: Collection[int]
) -> NamedNear:
    """The columns that are named around the tokens of an amount; no token of `closed` is passed."""
    start, end = amount
    first, last = start, end
    while first > max(0, start - BEFORE) and first - 1 not in closed:
        first -= 1
    while last < min(len(stems), end + AFTER) and last not in closed:
        last += 1
    found = NamedNear()
    for begin, stop, names in columns.called(stems, range(first, last)):
        if stop > last:
            continue
        behind, before = max(0, begin - end), max(0, start - stop)
        points = _NAMED + 0.2 * (stop - begin) - behind * _APART_AFTER - before * _APART_BEFORE
        points -= 0.5 * (len(names) > 1)
        points += 0.6 * (begin == end)  # "3 bedrooms"
        for name in names:
            found.add(name, points, begin, stop)
    return found


def column_of(said: SaidAmount, named: Mapping[str, float], columns: NumberColumns) -> NumberColumn | None:
    """The column that an amount is said of; None where none is likely, or several are."""
    points = {
        name: found
        for name, column in columns.columns.items()
        if (found := _likelihood(said, named.get(name, 0.0), column, columns)) is not None
    }
    order = sorted(points, key=lambda name: -points[name])
    if not order or points[order[0]] < _ENOUGH:
        return None
    if len(order) > 1 and points[order[0]] - points[order[1]] < _LEAD:
        return None
    return columns.columns[order[0]]


def in_unit(value: float, said: SaidAmount, column: NumberColumn) -> float:
    """A number that was said, in the unit of a column."""
    if said.unit and column.dimension == dimension_of(said.unit):
        return round(value * times(said.unit, column.unit), 6)
    if said.per in _IN_A_YEAR and column.per in _IN_A_YEAR:
        return round(value * _IN_A_YEAR[said.per] / _IN_A_YEAR[column.per], 2)
    return value


def compared(comparison: str, low: float, high: float, column: NumberColumn) -> tuple[str, object]:
    """The operator and the value of a comparison with a column; strict only where the column counts."""
    match comparison:
        case "between":
            return "between", [low, high]
        case "of" | "alone" | "around" if low < high:
            return "between", [low, high]
        case "around":
            return "between", [round(low * (1 - AROUND), 6), round(low * (1 + AROUND), 6)]
        case "under":
            return ("<" if column.counts else "<="), high
        case "over":
            return (">" if column.counts else ">="), low
        case "of" | "alone" if column.dimension == _TIME:
            return "<=", high  # "in half an hour"
        case "of" | "alone" if not column.counts and column.role is Role.NUMBER:
            return ">=", low  # "rated 4 stars" does not turn 5 away
    return OPS[comparison], low


def _likelihood(said: SaidAmount, named: float, column: NumberColumn, columns: NumberColumns) -> float | None:
    """How likely a column is; None where it cannot be."""
    points = named
    if said.unit:
        if column.dimension == dimension_of(said.unit):
            whole = not named and any(column.name in columns.words.table.get(w, ()) for w in _WHOLES)
            points += _SAME_KIND + _WHOLE * whole
        elif column.dimension or column.role in (Role.MONEY, Role.YEAR) or named < _ENOUGH:
            return None
        else:
            points += _NO_UNIT
    elif said.money:
        if column.role is not Role.MONEY:
            return None
        points += _SAME_KIND + 0.5 * (column.name == "price") + _currency_points(said, column)
    elif not named:
        return None
    return points + _plausibility(said, column)


def is_far(value: float, column: NumberColumn) -> bool:
    """Whether a number is so far outside of a column's range that it is hardly said of it."""
    return value < column.least / _FAR or value > column.most * _FAR


def _currency_points(said: SaidAmount, column: NumberColumn) -> float:
    if not said.currency or not column.currency:
        return 0.0
    return _SAME_CURRENCY if said.currency == column.currency else _OTHER_CURRENCY


def _plausibility(said: SaidAmount, column: NumberColumn) -> float:
    """Points for a number inside of a column's range, against one far outside."""
    low, high = in_unit(said.low, said, column), in_unit(said.high, said, column)
    if is_far(low, column) and is_far(high, column):
        return _FAR_OUTSIDE
    return _INSIDE if low <= column.most and high >= column.least else 0.0
