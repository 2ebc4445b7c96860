"""Amounts in cells: a number with a unit, several of them that belong together, or a number of a unit that the
column's name says. Units and their sizes are pint's, from `units.txt`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

import pint

_BY_CASE = 2  # letters up to which the case of a unit matters: "8 G" is no gram, "5 M" no meter
_MARKS = str.maketrans({'"': "″", "”": "″", "％": "%", "µ": "μ"})
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}
_NUMBER = r"(?P<number>\d+(?:\.\d+)?)?\s?(?P<vulgar>[½¼¾⅓⅔⅛])?"
_TOGETHER = ("[time]", "[length]", "[mass]")  # amounts that are written in two units: 1 h 20 min, 5 ft 11 in


@cache
def _registry() -> pint.UnitRegistry:
    text = (resources.files("instructrec.cells") / "units.txt").read_text(encoding="utf-8")
    registry = pint.UnitRegistry(None)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            registry.define(line)
    return registry


@cache
def _spellings() -> dict[str, str]:
    """Every spelling of a unit, with its name; those of more than two letters in small letters too."""
    lines = (resources.files("instructrec.cells") / "units.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        name, _, *others = (part.strip() for part in line.split("="))
        for spelling in (name, *others):
            written = spelling.replace("_", " ").strip().translate(_MARKS)
            if written:
                found.setdefault(written, name)
                if len(written) > _BY_CASE or not written.isascii():
                    found.setdefault(written.lower(), name)
    return found


@cache
def _amount_pattern() -> re.Pattern[str]:
    spellings = sorted(_spellings(), key=len, reverse=True)
    listed = "|".join(
        re.escape(s).replace(r"\ ", r"[ .]?") + (r"(?![^\W\d_])" if s[-1].isalpha() and s.isascii() else "")
        for s in spellings
    )
    long = "|".join(
        re.escape(s) + r"(?![^\W\d_])"
        for s in spellings
        if len(s) > _BY_CASE and s.isascii() and s[-1].isalpha()
    )
    return re.compile(rf"{_NUMBER}[ -]?(?P<unit>{listed}|(?i:{long}))")


def unit_named(word: str) -> str:
    """The unit that a word means, by the name it is shown by; "" where it means none.

    >>> unit_named("mins"), unit_named("厘米"), unit_named("GB"), unit_named("sqm"), unit_named("rooms")
    ('min', 'cm', 'GB', 'm²', '')
    """
    plain = word.replace("_", " ").strip(" .").translate(_MARKS)
    name = _spellings().get(plain) or (_spellings().get(plain.lower()) if len(plain) > _BY_CASE else None)
    return shown(name) if name else ""


def shown(name: str) -> str:
    """The symbol of a unit, or its name where it has none."""
    return _registry().get_symbol(name).replace("_", " ")


def dimension(unit: str) -> str:
    """What a unit measures, as "[time]"; "" for what is no unit."""
    name = _spellings().get(unit.translate(_MARKS))
    return str(_registry().get_dimensionality(name)) if name else ""


def factor(unit: str, into: str) -> float:
    """How many of one unit another is.

    >>> factor("h", "min"), factor("kg", "g")
    (60.0, 1000.0)
    """
    names = _spellings()
    return float(_registry().convert(1.0, names[unit.translate(_MARKS)], names[into.translate(_MARKS)]))


def amounts_in(text: str) -> list[tuple[float, str]]:
    """The amounts in a text whose numbers are written with a point, each with the symbol of its unit.

    >>> amounts_in("1 hr 20 min"), amounts_in("50MP + 12MP"), amounts_in("no unit 5")
    ([(1.0, 'h'), (20.0, 'min')], [(50.0, 'MP'), (12.0, 'MP')], [])
    """
    found = []
    for match in _amount_pattern().finditer(text.translate(_MARKS)):
        if match["number"] is None and match["vulgar"] is None:
            continue
        number = float(match["number"] or 0) + _VULGAR.get(match["vulgar"] or "", 0)
        if unit := unit_named(match["unit"].replace(".", " ") if " " in match["unit"] else match["unit"]):
            found.append((number, unit))
    return found


def without_amounts(text: str) -> str:
    """What a text says besides its amounts.

    >>> without_amounts("24 min per ep")
    ' per ep'
    """
    return _amount_pattern().sub("", text.translate(_MARKS))


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
