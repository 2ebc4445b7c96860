"""How the units of `units.txt` are written."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

MARKS = str.maketrans({'"': "″", "”": "″", "％": "%", "µ": "μ"})  # one of several signs of a unit
LETTERS_OF_SIZE = {"k": "KB", "m": "MB", "g": "GB", "t": "TB"}  # as sizes of files are shortened: 19M
BY_CASE = 2  # letters of units that may differ by their case alone, as MB and Mb; "8 G" is no gram


@cache
def definitions() -> Sequence[str]:
    """The lines of `units.txt` that define a unit."""
    text = (resources.files("instructrec.cells") / "units.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def spellings() -> Mapping[str, str]:
    """Every spelling of a unit, with the unit's name; those of more than one letter in small letters too."""
    found: dict[str, str] = {}
    for name, written in _spelled():
        found.setdefault(written, name)
        if len(written) > BY_CASE or not written.isascii():
            found.setdefault(written.lower(), name)
    for name, written in _spelled():  # 99kw: where no unit is spelled so, the case does not matter
        if len(written) == BY_CASE:
            found.setdefault(written.lower(), name)
    return found


def _spelled() -> Iterator[tuple[str, str]]:
    """The name of each unit with each of its spellings."""
    for line in definitions():
        name, _, *others = (part.strip() for part in line.split("="))
        spelled = (spelling.replace("_", " ").strip().translate(MARKS) for spelling in (name, *others))
        yield from ((name, written) for written in spelled if written)


@cache
def symbols() -> Mapping[str, str]:
    """The sign by which each unit is shown, by the unit's name; the name itself where it has none."""
    parts = ([part.strip() for part in line.split("=")] for line in definitions())
    return {name: (name if sign == "_" else sign).replace("_", " ") for name, _, sign, *_ in parts}


def spellings_of(unit: str) -> tuple[str, ...]:
    """All spellings of a unit; () for what is none.

    >>> spellings_of("kg")[:3], spellings_of("USD")
    (('kilogram', 'kg', 'kgs'), ())
    """
    name = spellings().get(unit.translate(MARKS))
    return tuple(s for s, n in spellings().items() if n == name) if name else ()
