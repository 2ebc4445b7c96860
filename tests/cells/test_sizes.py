"""The table of units, as sentences read it and as pint does."""

import pytest

from instructrec.cells.sizes import dimension_of, times
from instructrec.cells.spellings import symbols
from instructrec.cells.units import dimension, factor


@pytest.mark.parametrize("unit", symbols().values())
def test_sentences_and_cells_know_the_same_units(unit: str) -> None:
    """The table is read twice, since a recommendation loads no pint: both must say the same."""
    assert dimension_of(unit) == dimension(unit)
    base = next(u for u in symbols().values() if dimension(u) == dimension(unit))
    assert times(unit, base) == pytest.approx(factor(unit, base))
