"""The columns of a catalog that numbers are compared with, and the words by which people ask for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instructrec.cells.sizes import dimension_of
from instructrec.cells.spellings import spellings, symbols
from instructrec.data.profile import MEASURED, CatalogProfile, Role
from instructrec.lexicon.words import Phrases, key

UNIT = "="  # before the symbol of a unit that was said, to tell it from the kinds of the lexicon
_FEW = 50  # different numbers up to which a column counts things, so that more than 5 is not 5


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """One column of numbers: its role and unit, its range, and whether its numbers are counts of few."""

    name: str
    role: Role
    unit: str
    least: float
    most: float
    counts: bool

    @property
    def dimension(self) -> str:
        """What its unit measures; "" where it has none."""
        return dimension_of(self.unit) if self.role is not Role.MONEY else ""

    @property
    def currency(self) -> str:
        """The code of the money that it holds; "" where it is not known, or no money."""
        return self.unit.partition("/")[0] if self.role is Role.MONEY else ""

    @property
    def per(self) -> str:
        """The time that its money is paid for; "" where none is known."""
        return self.unit.partition("/")[2] if self.role is Role.MONEY else ""


@dataclass(frozen=True)
class NumberColumns:
    """All columns of numbers of a catalog whose profile is known."""

    columns: Mapping[str, NumberColumn]
    words: Phrases[tuple[str, ...]]  # what columns are called, each with those that are called so

    @staticmethod
    def of(profile: CatalogProfile, numbers: Mapping[str, Sequence[float]]) -> "NumberColumns":
        """The columns that a profile says are numbers and that items have numbers in."""
        found, words = {}, {}
        for name, values in numbers.items():
            column = profile.get(name)
            if column is None or column.role not in MEASURED:
                continue
            different = np.unique(np.asarray(values, float))
            counts = (
                len(different) <= _FEW and bool((different % 1 == 0).all()) and column.role is Role.NUMBER
            )
            least, most = float(different[0]), float(different[-1])
            found[name] = NumberColumn(name, column.role, column.unit, least, most, counts)
            for stems in filter(None, map(key, column.words)):
                words.setdefault(stems, []).append(name)
        return NumberColumns(found, Phrases({stems: tuple(names) for stems, names in words.items()}))

    @cached_property
    def units(self) -> Phrases[str]:
        """The spellings of units, each with `UNIT` and its symbol; of one letter only those of columns."""
        table = {}
        for said, name in reversed(list(spellings().items())):
            symbol = symbols()[name]
            if len(said) > 1 or not said.isascii() or self.measures(symbol):
                table[key(said)] = UNIT + symbol
        return Phrases(table)

    def measures(self, unit: str) -> bool:
        """Whether a column can be asked for in a unit."""
        return dimension_of(unit.removeprefix(UNIT)) in self._dimensions

    @cached_property
    def _dimensions(self) -> frozenset[str]:
        return frozenset(column.dimension for column in self.columns.values()) - {""}

    def called(
        self, stems: Sequence[str], places: Iterable[int]
    ) -> Iterable[tuple[int, int, tuple[str, ...]]]:
        """Where columns are called by name at some places: the first and last token, and the columns."""
        for place in places:
            for length, names in self.words.at(stems, place)[:1]:
                yield place, place + length, names
