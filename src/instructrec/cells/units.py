"""Amounts in cells: a number with a unit, several of them that belong together, or a number of a unit that
the column's name says. Units and their sizes are pint's, from `units.txt`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import pint

from instructrec.cells.spellings import MARKS, definitions, spellings, symbols

_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}
_NUMBER = r"(?P<number>\d+(?:\.\d+)?)?\s?(?P<vulgar>[½¼¾⅓⅔⅛])?"
_TOGETHER = ("[time]", "[length]", "[mass]")  # amounts that are written in two units: 1 h 20 min, 5 ft 11 in


@cache
def _registry() -> pint.UnitRegistry:
    registry = pint.UnitRegistry(None)
    for line in definitions():
        name, what = line.split("=")[:2]  # how a unit is written is our own matter, see `spellings`
        registry.define(f"{name}={what}")
    return registry


_AMOUNT = re.compile(
    rf"{_NUMBER}[ -]?(?P<first>°?[^\W\d_]+(?:/[^\W\d_]+|[²³])?|[%″℃㎡])(?:[ .](?P<second>[^\W\d_]+²?))?"
)


def _unit_at(match: re.Match[str]) -> tuple[str, int]:
    """The unit behind a number, and the end of its spelling: of two words, of one, or the beginning of a
    Chinese one.
    """
    first, second = match["first"], match["second"]
    if second and (unit := unit_named(f"{first} {second}")):
        return unit, match.end()
    if unit := unit_named(first):
        return unit, match.end("first")
    if first.isascii():
        return "", match.end("first")
    ends = range(len(first) - 1, 0, -1)
    found = ((unit, end) for end in ends if not first[:end].isascii() and (unit := unit_named(first[:end])))
    unit, end = next(found, ("", len(first)))
    return unit, match.start("first") + end


@cache
def unit_named(word: str) -> str:
    """The unit that a word means, by the name it is shown by; "" where it means none.

    >>> unit_named("mins"), unit_named("厘米"), unit_named("GB"), unit_named("sqm"), unit_named("rooms")
    ('min', 'cm', 'GB', 'm²', '')
    """
    plain = word.replace("_", " ").strip(" .").translate(MARKS)
    name = spellings().get(plain) or (spellings().get(plain.lower()) if len(plain) > 1 else None)
    return shown(name) if name else ""


def shown(name: str) -> str:
    """The symbol of a unit, or its name where it has none."""
    return symbols()[name]


@cache
def dimension(unit: str) -> str:
    """What a unit measures, as "[time]"; "" for what is no unit."""
    name = spellings().get(unit.translate(MARKS))
    return str(_registry().get_dimensionality(name)) if name else ""


@cache
def factor(unit: str, into: str) -> float:
    """How many of one unit another is.

    >>> factor("h", "min"), factor("kg", "g")
    (60.0, 1000.0)
    """
    names = spellings()
    return float(_registry().convert(1.0, names[unit.translate(MARKS)], names[into.translate(MARKS)]))


def amounts_in(text: str) -> list[tuple[float, str]]:
    """The amounts in a text whose numbers are written with a point, each with the symbol of its unit.

    >>> amounts_in("1 hr 20 min"), amounts_in("50MP + 12MP"), amounts_in("no unit 5")
    ([(1.0, 'h'), (20.0, 'min')], [(50.0, 'MP'), (12.0, 'MP')], [])
    """
    return [(number, unit) for number, unit, _, _ in placed_amounts(text)]


def placed_amounts(text: str) -> list[tuple[float, str, int, int]]:
    """The amounts of a text with their places."""
    found, place = [], 0
    plain = text.translate(MARKS)
    while match := _AMOUNT.search(plain, place):
        place = max(match.start() + 1, match.end("number"), match.end("vulgar"))
        if match["number"] is None and match["vulgar"] is None:
            continue
        unit, end = _unit_at(match)
        if unit:
            number = float(match["number"] or 0) + _VULGAR.get(match["vulgar"] or "", 0)
            found.append((number, unit, match.start(), end))
            place = end
    return found


def without_amounts(text: str) -> str:
    """What a text says besides its amounts.

    >>> without_amounts("24 min per ep")
    ' per ep'
    """
    left, place = "", 0
    for _, _, start, end in placed_amounts(text):
        left, place = left + text[place:start], end
    return left + text[place:]


def amount_in(text: str, unit: str) -> float | None:
    """The first amount of a text in a unit, with the smaller parts that follow it; None where it has none.

    >>> amount_in("1 hr 20 min", "min"), amount_in("3 days 9 hrs", "h"), amount_in("8 GB / 12 GB", "GB")
    (80.0, 81.0, 8.0)
    """
    wanted = dimension(unit)
    parts = [(number, own) for number, own in amounts_in(text) if dimension(own) == wanted]
    if not parts:
        return None
    total, smallest = parts[0][0] * factor(parts[0][1], unit), factor(parts[0][1], unit)
    for number, own in parts[1:] if wanted in _TOGETHER else ():
        size = factor(own, unit)
        if size >= smallest:
            break
        total, smallest = total + number * size, size
    return round(total, 9)


def main_unit(texts: Iterable[str], counts: Mapping[str, int]) -> tuple[str, float]:
    """The unit in which most cells are written, and the share of the cells that have an amount of its kind.

    Of cells with several parts the smallest counts: 1 h 20 min is told in minutes.
    """
    units: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += counts.get(text, 1)
        found = amounts_in(text)
        if found:
            kind = dimension(found[0][1])
            same = [unit for _, unit in found if dimension(unit) == kind]
            units[same[-1]] += counts.get(text, 1)
            kinds[kind] += counts.get(text, 1)
    if not kinds:
        return "", 0.0
    kind, having = kinds.most_common(1)[0]
    best = max((u for u in units if dimension(u) == kind), key=lambda u: units[u])
    return best, having / total


def unit_beside(texts: Sequence[str], numbers: Sequence[float]) -> tuple[str, float]:
    """The unit that other texts of the same rows write behind the numbers of a column, and in what share of
    the rows that have the number at all.

    >>> unit_beside(["Table, 140x80 cm", "Chair 40 cm", "Lamp 7"], [80, 40, 3])
    ('cm', 1.0)
    """
    units: Counter[str] = Counter()
    having = 0
    for text, number in zip(texts, numbers, strict=True):
        written = f"{number:g}"
        if not re.search(rf"(?<![\d.]){re.escape(written)}(?![\d.])", text):
            continue
        having += 1
        joined = re.sub(r"(?<=\d)\s?[x×*]\s?(?=\d)", " x ", text)
        last = ""
        for value, unit in reversed(_with_places(joined)):
            last = unit or last
            if value == written and last:
                units[last] += 1
                break
    if not units:
        return "", 0.0
    best, count = units.most_common(1)[0]
    return best, count / having


def _with_places(text: str) -> list[tuple[str, str]]:
    """The numbers of a text with their units; "140 x 80 cm" gives the unit to the last only."""
    found = []
    for match in re.finditer(r"\d+(?:\.\d+)?(?:\s?([^\W\d_]{1,3}|″|%)(?![^\W\d_]))?", text):
        number = re.match(r"\d+(?:\.\d+)?", match[0])
        assert number is not None
        found.append(
            (f"{float(number[0]):g}", unit_named(match[1] or "") if match[1] not in (None, "x") else "")
        )
    return found
