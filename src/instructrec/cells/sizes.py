"""How large units are, from the table that pint reads too: sentences need no more than this."""

from collections.abc import Mapping
from functools import cache

from instructrec.cells.spellings import MARKS, definitions, spellings


@cache
def _unit_sizes() -> Mapping[str, tuple[str, float]]:
    """What each unit measures, and its size in the first unit of that kind."""
    found: dict[str, tuple[str, float]] = {}
    for line in definitions():
        name, what, *_ = (part.strip() for part in line.split("="))
        if what.startswith("["):
            found[name] = (what, 1.0)
        else:
            number, base = what.split()
            kind, size = found[base]
            found[name] = (kind, float(number) * size)
    return found


def _unit_name(unit: str) -> str:
    return spellings().get(unit.translate(MARKS), "")


def dimension_of(unit: str) -> str:
    """What a unit measures, as "[time]"; "" for what is no unit.

    >>> dimension_of("kg"), dimension_of("rooms")
    ('[mass]', '')
    """
    return _unit_sizes().get(_unit_name(unit), ("", 1.0))[0]


def times(unit: str, into: str) -> float:
    """How many of one unit another of the same kind is.

    >>> times("h", "min"), times("cm", "m")
    (60.0, 0.01)
    """
    return _unit_sizes()[_unit_name(unit)][1] / _unit_sizes()[_unit_name(into)][1]
